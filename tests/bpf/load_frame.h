/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What load.bpf.c and load.c share: the frames of the load, and where each of
 * them must end.
 */
#ifndef LOAD_FRAME_H
#define LOAD_FRAME_H

#include <quiclb/wire.h>

#define LOAD_FRAME_BYTES 128
#define LOAD_N_FRAMES 64 /* of a set, a power of two */
#define LOAD_N_SETS 2
#define LOAD_N_WAYS 8

/* A veth ring holds 256 frames: with fewer under way none overflows. */
#define LOAD_WINDOW 192

/* The last 8 bytes of a frame, in the machine's byte order. */
#define LOAD_MAGIC_OFFSET (LOAD_FRAME_BYTES - 8)
#define LOAD_WAY_OFFSET (LOAD_FRAME_BYTES - 4)
#define LOAD_MAGIC 0x10adf4a3u

struct load_frame {
	quiclb_u64 words[LOAD_FRAME_BYTES / 8];
	quiclb_u32 ifindex; /* goes in here */
	quiclb_u32 way;	    /* and ends as this one does */
};

/* Where a way ends: the device, and the destination it must have there. */
struct load_end {
	quiclb_u32 ifindex;
	quiclb_u8 mac[6];
	quiclb_u8 pad[2];
};

/* A packet that is held: not yet in the program (0), in it, out of it. */
#define LOAD_HOLD_IN 1
#define LOAD_HOLD_OUT 2
#define LOAD_HOLD_NS 1000000000u /* in it at most */

#endif /* LOAD_FRAME_H */
