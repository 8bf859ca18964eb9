/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * White box: stands between aes.c and the ways to encrypt, so that a test can
 * shut each of them off and sees which one was taken.
 */
#ifndef BOX_CPU_H
#define BOX_CPU_H

#include "unit.h"

#include "libquiclb/private.h"

/* What aes.c is told of the CPU, if it is so, and what it made of it. */
struct box_cpu {
	int aes;
	int vaes;
	unsigned int n_vaes;  /* calls: 16 blocks */
	unsigned int n_eight; /* calls: up to 8 blocks */
	unsigned int n_wide;  /* calls: any number */
};

extern struct box_cpu box_cpu; /* 1, 1 at first */

int box_available(void);
int box_vaes_available(void);

/* Runs fn by each way to encrypt that this CPU has. */
void box_each_way(void (*fn)(void));

#endif /* BOX_CPU_H */
