/* SPDX-License-Identifier: BSD-2-Clause */
#include <quiclb/quiclb.h>
#include <valgrind/memcheck.h>

#include "secrets.h"

static unsigned int told;

const char *secrets_none(void)
{
	const char byte = 0;

	/* of the tools of valgrind only memcheck knows this request */
	if (!RUNNING_ON_VALGRIND || !VALGRIND_MAKE_MEM_DEFINED(&byte, 1))
		return "not run by valgrind's memcheck";
	return NULL;
}

const char *secrets_not_with(unsigned int cpu)
{
	return cpu & QUICLB_CPU_VAES
		       ? "valgrind has no AVX-512: `sanitizer` tries it"
		       : NULL;
}

int secrets_one_in(int is_slow)
{
	return is_slow ? 5 : 3;
}

void secrets_mark(void *p, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

void secrets_open(void *p, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

unsigned int secrets_reports(int (*fn)(void *arg), void *arg, int *good)
{
	const unsigned int before = VALGRIND_COUNT_ERRORS;
	unsigned int n;

	*good = fn(arg);
	n = VALGRIND_COUNT_ERRORS - before;
	told += n;
	return n;
}

unsigned int secrets_other_reports(void)
{
	return VALGRIND_COUNT_ERRORS - told;
}
