/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statistics of sequences of 32-bit numbers.  Each gives the chance that
 * random numbers look as odd as these do.
 */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <glib.h>
#include <stdint.h>

typedef double statistic_fn(const uint32_t *x, unsigned int n);

struct statistic {
	const char *name;
	statistic_fn *fn;
	gboolean sees_steps; /* also a counter of large odd steps */
};

extern const struct statistic statistics[];
extern const size_t statistics_n;

/* Pairs of equal numbers; sorts them. */
unsigned int statistics_twins(uint64_t *numbers, size_t n);

/* That count rare events or more come where mean are to be expected. */
double statistics_chance_of_rare(double count, double mean);

#endif /* STATISTICS_H */
