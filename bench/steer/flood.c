/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random CIDs under an encrypted config: each has to be decoded, and none
 * names a server.  What that costs, and what it does to packets that the memo
 * knows, with and without a bound (cold-decode-rate).  With one, each call
 * begins with nothing saved up, as the middle of a flood does.
 */
#include "groups.h"

#include "fleet.h"

#define RATE 100000 /* decodes a second */
#define HALF 128    /* of 256 packets */
#define ALL 256

enum { GOOD, HALF_FREE, HALF_BOUND, ALL_FREE, ALL_BOUND, BARE, BARE_ALL, N };

void bench_flood(struct report *report, int quick)
{
	static const struct {
		const char *name;
		unsigned int random;
		uint32_t rate;
		int bare;
	} rows[N] = {
		[GOOD] = { "established only", 0, 0, 0 },
		[HALF_FREE] = { "half random, no bound", HALF, 0, 0 },
		[HALF_BOUND] = { "half random, bound", HALF, RATE, 0 },
		[ALL_FREE] = { "random only, no bound", ALL, 0, 0 },
		[ALL_BOUND] = { "random only, bound", ALL, RATE, 0 },
		[BARE] = { "driver alone", 0, 0, 1 },
		[BARE_ALL] = { "driver alone, random", ALL, 0, 1 },
	};
	struct fleet_case c[N];
	int i;

	for (i = 0; i < N; i++) {
		c[i] = fleet_plain("flood", rows[i].name);
		c[i].codec = QUICLB_CODEC_FOUR_PASS;
		c[i].n_cids = 10000;
		c[i].packets = quick ? 10000 : 50000;
		c[i].random = rows[i].random;
		c[i].cold_decode_rate = rows[i].rate;
		c[i].bare = rows[i].bare;
	}
	fleet_measure(report, c, N, quick ? 2 : 31);
	report_ratio(report, "flood, no bound / established packets",
		     c[ALL_FREE].row, c[GOOD].row, "");
	report_ratio(report, "flood, bound / established packets",
		     c[ALL_BOUND].row, c[GOOD].row, "");
}
