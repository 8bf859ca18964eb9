/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live frames through the devices of netns.h, hundreds of thousands a second,
 * with every one accounted for.  They go in by left-end or right-end and come
 * out by one of them; left and right, where the steering is, lie between.
 *
 * No more than LOAD_WINDOW are under way at once, so that what is lost was
 * lost by the program or by what was done to it.
 */
#ifndef LOAD_H
#define LOAD_H

#include "frame.h"
#include "load_frame.h"

struct load_sum {
	uint64_t sent[LOAD_N_WAYS];
	uint64_t right[LOAD_N_WAYS]; /* came out where they should */
	uint64_t n_sent, n_right, n_wrong;
	uint64_t n_passed; /* went up the stack of left or right */
	double seconds;
};

/*
 * Takes left-end and right-end.  Returns 0, or -1 if the kernel has no live
 * frames (Linux 5.18).
 */
int load_open(void);
void load_close(void);

/* Where frames of this way must come out, and with which destination. */
void load_end_at(unsigned int way, const char *device, const uint8_t mac[6]);

/* Makes a frame one of a set that is not in use; it goes in by device. */
void load_put(unsigned int set, unsigned int i, const char *device,
	      unsigned int way, const struct frame *frame);

/* Sends frames of this set, round and round, from a thread of its own. */
void load_start(unsigned int set);
/* Returns when the other set is sent, and nothing of this one is under way. */
void load_use(unsigned int set);
/* 1: a frame did not come out within seconds; sending has stopped. */
int load_is_short(void);
void load_stop(struct load_sum *sum);

/*
 * Alone, without all of the above: a packet that is in an XDP program until
 * load_release(), a second at most.  Returns 0, or -1 if the kernel cannot
 * (bpf_loop, Linux 5.17).
 */
int load_hold(void);
/* Returns 1 if the packet was still there. */
int load_release(void);

#endif /* LOAD_H */
