/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the examples hold to be true.  Unlike assert() it stays in every build.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(good) check((good) != 0, #good, __LINE__)

static inline void check(int good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "line %d: not so: %s\n", line, what);
	exit(1);
}

#endif /* CHECK_H */
