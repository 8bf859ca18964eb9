/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timing [SECONDS]: no call takes another time for zeros than for random CIDs,
 * keys, server IDs and nonces.  By itself it fails on gross differences alone,
 * in a few seconds, lest a busy machine make it fail; with SECONDS for each
 * call it takes that long, and fails on what chance does not explain:
 * scripts/dudect.
 */
#include <stdlib.h>

#include "leaky.h"
#include "paths.h"
#include "tap.h"
#include "timed.h"

#define SHORT_SECONDS 0.012
#define SHORT_LIMIT 50 /* of |t| */
#define LONG_LIMIT 4.5
#define N_ATTEMPTS 3
#define N_REPETITIONS 3 /* each of twice the last one's samples */

static struct effort {
	double seconds, limit;
} effort = { SHORT_SECONDS, SHORT_LIMIT };

/* Whether it tells zeros from random bytes, every time. */
static int differs(const struct measure_trial *trial, struct timed *t,
		   const char *name)
{
	unsigned long n;
	double max;
	int i;

	for (i = 0; i < N_REPETITIONS; i++) {
		max = measure(trial, t, effort.seconds * (1 << i), &n);
		printf("# %s: |t| %.1f, %lu samples\n", name, max, n);
		if (max < effort.limit)
			return 0;
	}
	return 1;
}

static void try_call(struct tap *tap, struct timed *t,
		     const struct timed_call *call, const struct path *path)
{
	char name[100];

	snprintf(name, sizeof(name), "%s %s, %s",
		 quiclb_codec_name(t->config.codec), call->name, path->name);
	tap_case(tap, !differs(&call->trial, t, name), name, NULL);
}

static void try_codec(struct tap *tap, int codec, const struct path *path)
{
	static struct timed t;
	const struct timed_call *call;

	timed_open(&t, codec);
	for (call = timed_calls; call->name; call++)
		if (call->cpus >> path->cpu & 1 &&
		    (!call->is_of_key || t.config.has_key))
			try_call(tap, &t, call, path);
	timed_close(&t);
}

static void try_path(struct tap *tap, const struct path *path)
{
	int codec;

	quiclb_set_cpu_mask(path->cpu);
	if (quiclb_cpu() != path->cpu) {
		tap_case(tap, 1, path->name, "this CPU has no such AES");
		return;
	}
	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec))
		try_codec(tap, codec, path);
}

/* Why what is measured now would tell nothing, or NULL. */
static const char *inconclusive_now(struct timed *t)
{
	if (differs(&timed_nothing, t, "control: twice the same"))
		return "two equal inputs differ: too noisy";
	if (!differs(&timed_early_exit, t, "control: early exit"))
		return "an early exit is not noticed: too noisy";
	if (!differs(&timed_branching_aes, t, "control: AES, branches"))
		return "AES with branches is not noticed: too noisy";
	return NULL;
}

/* The same, but it may have been a moment's noise. */
static const char *inconclusive(void)
{
	static struct timed t;
	const char *why = NULL;
	int i;

	timed_open(&t, QUICLB_CODEC_FOUR_PASS);
	for (i = 0; i < N_ATTEMPTS; i++) {
		why = inconclusive_now(&t);
		if (!why)
			break;
	}
	/* its tables are in the cache all the time: it may pass */
	differs(&timed_table_aes, &t, "for comparison: AES by a table");
	timed_close(&t);
	return why;
}

int main(int argc, char **argv)
{
	struct tap tap = { 0, 0 };
	const char *why;
	size_t i;

	if (argc > 1) {
		effort.seconds = atof(argv[1]);
		effort.limit = LONG_LIMIT;
	}
	leaky_init();
	why = inconclusive();
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	for (i = 0; i < PATHS_N; i++)
		try_path(&tap, &paths[i]);
	return tap_end(&tap);
}
