/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The groups of bench_steer.  Each adds its rows, ratios and notes.
 */
#ifndef GROUPS_H
#define GROUPS_H

#include "../measure.h"

/* One kind of packet at a time, in test run. */
void bench_packets(struct report *report, int quick);

/* Live frames, packets a second. */
void bench_live(struct report *report, int quick);

/* Over many connections in turn, with more and more of one thing. */
void bench_servers(struct report *report, int quick);
void bench_vips(struct report *report, int quick);
void bench_configs(struct report *report, int quick);
void bench_cids(struct report *report, int quick);

/* Random CIDs, alone and among established connections. */
void bench_flood(struct report *report, int quick);

/* One AES block, bitsliced and by the kernel. */
void bench_crypto(struct report *report, int quick);

#endif /* GROUPS_H */
