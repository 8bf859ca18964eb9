/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program under BPF_PROG_TEST_RUN, with one frame, again and again: what a
 * packet takes, and proof that each of them was what it should have been.
 *
 * The kernel does not restore the frame between the repetitions of one call.
 * What steering changes in it must therefore do no harm to the next one:
 *  - TTL: 255 at first, and at most TRIAL_REPEAT repetitions;
 *  - source MAC: this host's own, which is no peer's;
 *  - destination MAC: the server's.  The program must take it for its own, or
 *    the next one would be for another host; so it is loaded for the device
 *    `twin`, which has that MAC.  It executes the same instructions.
 * Packets in tunnels grow; driver.h restores those.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "../measure.h"
#include "steering.h"

#define TRIAL_REPEAT 250 /* a TTL lasts as long */
#define TRIAL_FRAME_CAP 128
#define TRIAL_SOURCE_PORT 34 /* of a frame with IPv4 */
#define TRIAL_ANY 0xffffffffu

struct trial_frame {
	uint8_t bytes[TRIAL_FRAME_CAP];
	size_t len;
};

/*
 * A datagram from some client to the VIP, port 443, TTL 255, with a short
 * header, the CID and 24 bytes behind it.
 */
void trial_frame(struct trial_frame *f, const struct quiclb_address *vip,
		 const uint8_t *cid, size_t cid_len);

struct trial {
	int program;
	uint32_t action; /* of the last packet, or TRIAL_ANY */
	/* whose counters must have all packets under these, or NULL */
	const struct steering *steering;
	uint64_t reasons; /* set of QUICLB_REASON_* */
	struct trial_frame frame;
	uint32_t repeat; /* in one call */
	uint32_t calls;	 /* in one sample */
	int warm;	 /* 1: one more before them, for the caches alone */
	void (*before)(const struct steering *steering); /* a call, or NULL */
	/* a further look at what a sample has counted, or NULL; 0, or -1 */
	int (*check)(void *arg, const struct quiclb_counters *counted);
	void *check_arg;
	struct quiclb_counters counted; /* so far */
};

/* The trial of a program: TRIAL_REPEAT times 20 packets in a sample. */
void trial_init(struct trial *t, int program, uint32_t action,
		const struct steering *steering, unsigned int reason);

/* For check: almost all CIDs were in the memo, or none was asked there. */
int trial_hits(void *unused, const struct quiclb_counters *counted);
int trial_misses(void *unused, const struct quiclb_counters *counted);

/* A sample, in ns per packet; for measure_all(). */
int trial_take(void *trial, struct measure_sample *sample);

#endif /* TRIAL_H */
