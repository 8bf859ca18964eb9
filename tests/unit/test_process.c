/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The number that tells a child from its parent.  Built as it is, and as on
 * systems without MADV_WIPEONFORK: in the headers, in the kernel; where any
 * advice is taken and none followed; and without a page to be had.
 */
#define _DEFAULT_SOURCE
#include <sys/mman.h>

#include "unit.h"
#if defined(UNIT_NO_WIPEONFORK)
#undef MADV_WIPEONFORK
#elif defined(UNIT_NO_MADVISE)
#define madvise(page, len, advice) (-1)
#elif defined(UNIT_ANY_ADVICE)
#define madvise(page, len, advice) 0
#elif defined(UNIT_NO_PAGE)
#define mmap(at, len, prot, flags, fd, offset) MAP_FAILED
#endif
#undef _DEFAULT_SOURCE
#include "libquiclb/process.c"

#define N_THREADS 8

static void number_is_constant_and_not_zero(void)
{
	const uint64_t number = quiclb_priv_process();
	int i;

	g_assert_cmpuint(number, !=, 0);
	for (i = 0; i < 1000; i++)
		g_assert_cmpuint(quiclb_priv_process(), ==, number);
}

/* data: the numbers of all ancestors, the last of them 0 */
static int differs_from_ancestors(void *data)
{
	const uint64_t *p = data;
	const uint64_t number = quiclb_priv_process();

	if (!number || number != quiclb_priv_process())
		return 1;
	for (; *p; p++)
		if (*p == number)
			return 2;
	return 0;
}

static int child_and_grandchild_differ(void *data)
{
	uint64_t *const numbers = data;

	if (differs_from_ancestors(numbers))
		return 1;
	numbers[1] = quiclb_priv_process();
	return unit_in_child(differs_from_ancestors, numbers) ? 2 : 0;
}

static void descendants_have_other_numbers(void)
{
	uint64_t numbers[3] = { quiclb_priv_process(), 0, 0 };

	g_assert_cmpint(unit_in_child(child_and_grandchild_differ, numbers), ==,
			0);
	g_assert_cmpuint(quiclb_priv_process(), ==, numbers[0]);
}

/* A child that never asked has a child that does. */
static int only_grandchild_asks(void *data)
{
	return unit_in_child(differs_from_ancestors, data);
}

static void grandchild_alone_has_another_number(void)
{
	uint64_t numbers[3] = { quiclb_priv_process(), 0, 0 };

	g_assert_cmpint(unit_in_child(only_grandchild_asks, numbers), ==, 0);
}

static gpointer ask(gpointer data)
{
	uint64_t *const out = data;

	*out = quiclb_priv_process();
	return NULL;
}

static void threads_agree(void)
{
	GThread *threads[N_THREADS];
	uint64_t numbers[N_THREADS];
	int i;

	for (i = 0; i < N_THREADS; i++)
		threads[i] = g_thread_new("ask", ask, &numbers[i]);
	for (i = 0; i < N_THREADS; i++)
		g_thread_join(threads[i]);
	for (i = 0; i < N_THREADS; i++)
		g_assert_cmpuint(numbers[i], ==, numbers[0]);
}

/* In a child nobody has asked yet: the threads race for the number. */
static int threads_agree_in_child(void *data)
{
	(void)data;
	threads_agree();
	return 0;
}

static void racing_threads_of_a_child_agree(void)
{
	g_assert_cmpint(unit_in_child(threads_agree_in_child, NULL), ==, 0);
}

static const struct unit_case cases[] = {
	{ "number_is_constant_and_not_zero", number_is_constant_and_not_zero },
	{ "descendants_have_other_numbers", descendants_have_other_numbers },
	{ "grandchild_alone_has_another_number",
	  grandchild_alone_has_another_number },
	{ "threads_agree", threads_agree },
	{ "racing_threads_of_a_child_agree", racing_threads_of_a_child_agree },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("process", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
