/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the time of a call tells one input from random ones, after Reparaz,
 * Balasch and Verbauwhede, "Dude, is my code constant time?" (2017): both kinds
 * in random order, Welch's t-test on the times, once on all and once each on
 * those below a quantile, where interrupts are not.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>
#include <stdint.h>

#define MEASURE_INPUT_MAX 640 /* bytes */

struct measure_trial {
	size_t input_len; /* bytes, all zero or all random */
	/* Not measured: puts the input where the call finds it. */
	void (*prepare)(void *arg, const uint8_t *input);
	void (*call)(void *arg);
};

/*
 * For so many seconds, and at least until there is something to compare: the
 * largest |t|.  About 4.5 is what chance hardly reaches.
 */
double measure(const struct measure_trial *trial, void *arg, double seconds,
	       unsigned long *n_samples);

/* Two samples of numbers. */
struct welch {
	double n[2], mean[2], squares[2];
};

void welch_add(struct welch *w, int sample, double x);
double welch_t(const struct welch *w);

#endif /* MEASURE_H */
