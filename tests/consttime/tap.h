/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test Anything Protocol: a line for each case, the plan at the end.
 */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>

struct tap {
	unsigned int n, n_failed;
};

/* skip: why it was not tried, or NULL. */
static inline void tap_case(struct tap *tap, int good, const char *name,
			    const char *skip)
{
	tap->n++;
	tap->n_failed += !good;
	printf("%sok %u - %s%s%s\n", good ? "" : "not ", tap->n, name,
	       skip ? " # SKIP " : "", skip ? skip : "");
	fflush(stdout);
}

static inline int tap_end(const struct tap *tap)
{
	printf("1..%u\n", tap->n);
	return tap->n_failed != 0;
}

#endif /* TAP_H */
