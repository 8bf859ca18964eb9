/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that a tool takes for uninitialised stand for secret ones: it follows
 * them through all that is made of them, and reports each branch and each
 * address that depends on one.  By valgrind's memcheck, on the instructions as
 * they are; or by clang's MemorySanitizer, on those it makes.
 */
#ifndef SECRETS_H
#define SECRETS_H

#include <stddef.h>

/* Why nothing can be told here; NULL: it can. */
const char *secrets_none(void);

/* Why not with the AES of this QUICLB_CPU_* set; NULL: it can. */
const char *secrets_not_with(unsigned int cpu);

/* Of so many things to try one, for the time it takes: odd; 1: all. */
int secrets_one_in(int is_slow);

void secrets_mark(void *p, size_t len);

/* What is made known: every use says why that does no harm. */
void secrets_open(void *p, size_t len);

/* Runs fn(arg): how many reports there were, and in *good what it returned. */
unsigned int secrets_reports(int (*fn)(void *arg), void *arg, int *good);

/* Reports that came from elsewhere. */
unsigned int secrets_other_reports(void);

#endif /* SECRETS_H */
