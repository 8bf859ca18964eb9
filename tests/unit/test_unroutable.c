/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CID of last resort, with random bytes and without.
 */
#define _DEFAULT_SOURCE
#include <time.h>
#include <unistd.h>

#include "box.h"
#include "unit.h"
#include "box_macros.h"

static int box_clock(struct timespec *now, int base);
#define timespec_get box_clock
#include "libquiclb/unroutable.c"
#undef timespec_get

static int clock_stands;

static int box_clock(struct timespec *now, int base)
{
	if (!clock_stands)
		return timespec_get(now, base);
	now->tv_sec = 1;
	now->tv_nsec = 0;
	return base;
}

#define CALLS 10000
#define CALLS_PER_PROCESS 1000

static void all_lengths_hold(void)
{
	size_t len;
	int entropy;

	quiclb_unroutable(NULL, 0);
	for (entropy = 0; entropy <= 1; entropy++)
		for (len = 0; len <= 64; len++) {
			g_autofree uint8_t *cid = g_malloc(len + 1);

			box_reset();
			box.random = entropy ? -1 : 0;
			memset(cid, UNIT_UNTOUCHED, len + 1);
			quiclb_unroutable(cid, len);
			g_assert_cmpint(cid[len], ==, UNIT_UNTOUCHED);
			if (len)
				g_assert_cmphex(cid[0], ==,
						0xe0 | ((len - 1) & 31));
		}
	box_reset();
}

/* Exactly cid_len bytes are written: a sanitizer sees one more. */
static void exact_buffer_suffices(void)
{
	size_t len;
	int entropy;

	for (entropy = 0; entropy <= 1; entropy++)
		for (len = 1; len <= 64; len++) {
			g_autofree uint8_t *cid = g_malloc(len);

			box.random = entropy ? -1 : 0;
			quiclb_unroutable(cid, len);
		}
	box_reset();
}

/* Each bit behind the first octet is seen as 0 and as 1. */
static void every_bit_varies(void)
{
	uint8_t zeroes[64] = { 0 }, ones[64] = { 0 }, cid[64];
	size_t i;
	int n, entropy;

	for (entropy = 0; entropy <= 1; entropy++) {
		box.random = entropy ? -1 : 0;
		memset(zeroes, 0, sizeof(zeroes));
		memset(ones, 0, sizeof(ones));
		for (n = 0; n < 100; n++) {
			quiclb_unroutable(cid, sizeof(cid));
			for (i = 0; i < sizeof(cid); i++) {
				ones[i] |= cid[i];
				zeroes[i] |= (uint8_t)~cid[i];
			}
		}
		g_assert_true(unit_all(ones + 1, sizeof(ones) - 1, 0xff));
		g_assert_true(unit_all(zeroes + 1, sizeof(zeroes) - 1, 0xff));
	}
	box_reset();
}

/* The 7 bytes behind the first octet of the shortest CID the draft allows. */
static uint64_t random_part(void)
{
	uint8_t cid[QUICLB_UNROUTABLE_MIN_BYTES];

	quiclb_unroutable(cid, sizeof(cid));
	return quiclb_h_load64(cid) >> 8;
}

static void assert_calls_are_unique(void)
{
	const unsigned int n = unit_rounds(CALLS);
	g_autofree uint64_t *seen = g_new(uint64_t, n);
	unsigned int i;

	for (i = 0; i < n; i++)
		seen[i] = random_part();
	g_assert_false(unit_any_twice(seen, n));
}

static void calls_are_unique(void)
{
	box_reset();
	assert_calls_are_unique();
}

static void calls_without_entropy_are_unique(void)
{
	box.random = 0;
	assert_calls_are_unique();
	box_reset();
}

static void calls_without_entropy_and_clock_are_unique(void)
{
	box.random = 0;
	clock_stands = 1;
	assert_calls_are_unique();
	clock_stands = 0;
	box_reset();
}

/* data: the write end of a pipe, which holds what one process writes */
static int write_parts(void *data)
{
	const int *const fd = data;
	const unsigned int n = unit_rounds(CALLS_PER_PROCESS);
	unsigned int i;

	for (i = 0; i < n; i++) {
		const uint64_t part = random_part();

		if (write(*fd, &part, sizeof(part)) != sizeof(part))
			return 1;
	}
	return 0;
}

/* What this process and n_children of its children make without entropy. */
static void assert_processes_are_unique(unsigned int n_children)
{
	const unsigned int n = unit_rounds(CALLS_PER_PROCESS);
	const size_t all = (size_t)n * (1 + n_children);
	g_autofree uint64_t *seen = g_new(uint64_t, all);
	unsigned int i, k;
	int fds[2];

	box.random = 0;
	random_part();
	g_assert_cmpint(pipe(fds), ==, 0);
	/* the parent last: no child sees its counter move */
	for (k = 0; k <= n_children; k++) {
		const int failed = k < n_children
					   ? unit_in_child(write_parts, &fds[1])
					   : write_parts(&fds[1]);

		g_assert_cmpint(failed, ==, 0);
		for (i = 0; i < n; i++)
			g_assert_cmpint(read(fds[0], &seen[k * n + i], 8), ==,
					8);
	}
	g_assert_false(unit_any_twice(seen, all));
	close(fds[0]);
	close(fds[1]);
	box_reset();
}

/* Counter and addresses are the same in all of them. */
static void processes_without_entropy_are_unique(void)
{
	assert_processes_are_unique(3);
}

static void child_without_entropy_and_clock_is_unique(void)
{
	clock_stands = 1;
	assert_processes_are_unique(1);
	clock_stands = 0;
}

static const struct unit_case cases[] = {
	{ "all_lengths_hold", all_lengths_hold },
	{ "exact_buffer_suffices", exact_buffer_suffices },
	{ "every_bit_varies", every_bit_varies },
	{ "calls_are_unique", calls_are_unique },
	{ "calls_without_entropy_are_unique",
	  calls_without_entropy_are_unique },
	{ "calls_without_entropy_and_clock_are_unique",
	  calls_without_entropy_and_clock_are_unique },
	{ "child_without_entropy_and_clock_is_unique",
	  child_without_entropy_and_clock_is_unique },
	{ "processes_without_entropy_are_unique",
	  processes_without_entropy_are_unique },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("unroutable", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
