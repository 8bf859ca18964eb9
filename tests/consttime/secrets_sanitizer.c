/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MemorySanitizer ends a process at its first report, so each case gets one of
 * its own.  By _Fork(): its fork() takes a million locks of its own first.
 */
#define _GNU_SOURCE
#include <sanitizer/msan_interface.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secrets.h"

#define REPORTED 99

const char *__msan_default_options(void);
const char *__msan_default_options(void)
{
	return "exitcode=99";
}

const char *secrets_none(void)
{
	return NULL;
}

const char *secrets_not_with(unsigned int cpu)
{
	(void)cpu;
	return NULL;
}

int secrets_one_in(int is_slow)
{
	(void)is_slow;
	return 1;
}

void secrets_mark(void *p, size_t len)
{
	__msan_poison(p, len);
}

void secrets_open(void *p, size_t len)
{
	__msan_unpoison(p, len);
}

unsigned int secrets_reports(int (*fn)(void *arg), void *arg, int *good)
{
	const pid_t child = _Fork();
	int status = -1;

	if (!child)
		_exit(!fn(arg));
	*good = child > 0 && waitpid(child, &status, 0) == child &&
		WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return child > 0 && WIFEXITED(status) &&
	       WEXITSTATUS(status) == REPORTED;
}

unsigned int secrets_other_reports(void)
{
	return 0; /* the process would be gone */
}
