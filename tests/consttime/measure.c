/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "random.h"

#define N_BATCH 512 /* samples whose inputs are made beforehand */

/* Part of the samples that are looked at, the fastest ones. */
static const double quantiles[] = { 0.2, 0.5, 0.8, 0.9, 0.95, 0.99 };

#define N_QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

struct batch {
	uint8_t kinds[N_BATCH]; /* 0: zeros, 1: random */
	double ticks[N_BATCH];
	uint8_t inputs[N_BATCH][MEASURE_INPUT_MAX];
};

struct tests {
	double limits[N_QUANTILES];
	struct welch below[N_QUANTILES];
	struct welch all;
};

void welch_add(struct welch *w, int sample, double x)
{
	const double from = x - w->mean[sample];

	w->n[sample]++;
	w->mean[sample] += from / w->n[sample];
	w->squares[sample] += from * (x - w->mean[sample]);
}

double welch_t(const struct welch *w)
{
	double error = 0, difference = w->mean[1] - w->mean[0];
	int i;

	for (i = 0; i < 2; i++) {
		if (w->n[i] < 30)
			return 0;
		error += w->squares[i] / (w->n[i] - 1) / w->n[i];
	}
	/* a clock that ticks slowly: as if each sample were off by a tick */
	error += 1 / w->n[0] + 1 / w->n[1];
	return difference / sqrt(error);
}

/* Both are ordered against what is before and behind. */
#if defined(__x86_64__) && defined(__GNUC__)
#include <x86intrin.h>

static uint64_t now(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}
#else
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
#endif

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_inputs(struct batch *b, size_t input_len)
{
	size_t i;

	for (i = 0; i < N_BATCH; i++) {
		b->kinds[i] = random_word() & 1;
		memset(b->inputs[i], 0, input_len);
		if (b->kinds[i])
			random_bytes(b->inputs[i], input_len);
	}
}

static void take_times(struct batch *b, const struct measure_trial *trial,
		       void *arg)
{
	uint64_t begin, end;
	size_t i;

	make_inputs(b, trial->input_len);
	for (i = 0; i < N_BATCH; i++) {
		trial->prepare(arg, b->inputs[i]);
		begin = now();
		trial->call(arg);
		end = now();
		b->ticks[i] = (double)(end - begin);
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void find_limits(struct tests *tests, const struct batch *b)
{
	double sorted[N_BATCH];
	size_t i;

	memcpy(sorted, b->ticks, sizeof(sorted));
	qsort(sorted, N_BATCH, sizeof(sorted[0]), by_value);
	for (i = 0; i < N_QUANTILES; i++)
		tests->limits[i] = sorted[(size_t)(quantiles[i] * N_BATCH)];
}

static void add_times(struct tests *tests, const struct batch *b)
{
	size_t i, k;

	for (i = 0; i < N_BATCH; i++) {
		welch_add(&tests->all, b->kinds[i], b->ticks[i]);
		for (k = 0; k < N_QUANTILES; k++)
			if (b->ticks[i] <= tests->limits[k])
				welch_add(&tests->below[k], b->kinds[i],
					  b->ticks[i]);
	}
}

double measure(const struct measure_trial *trial, void *arg, double seconds,
	       unsigned long *n_samples)
{
	static struct batch batch;
	struct tests tests;
	double t, end;
	size_t k;

	memset(&tests, 0, sizeof(tests));
	/* the first ones warm up, and tell what is usual */
	take_times(&batch, trial, arg);
	find_limits(&tests, &batch);
	*n_samples = 0;
	for (end = seconds_now() + seconds;
	     *n_samples == 0 || seconds_now() < end; *n_samples += N_BATCH) {
		take_times(&batch, trial, arg);
		add_times(&tests, &batch);
	}
	t = fabs(welch_t(&tests.all));
	for (k = 0; k < N_QUANTILES; k++)
		t = fmax(t, fabs(welch_t(&tests.below[k])));
	return t;
}
