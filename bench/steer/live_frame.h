/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What live.bpf.c and live.c share.
 */
#ifndef LIVE_FRAME_H
#define LIVE_FRAME_H

#include <quiclb/wire.h>

#define LIVE_FRAME_BYTES 88
#define LIVE_N_FRAMES 64 /* a power of two */

/* A veth ring holds 256 frames: with fewer under way none overflows. */
#define LIVE_WINDOW 192

/* The clock is read for each so many frames: many times what comes in a row. */
#define LIVE_STEP 1024
#define LIVE_N_TIMES 32 /* a power of two */

struct live_frame {
	quiclb_u64 words[LIVE_FRAME_BYTES / 8];
};

#endif /* LIVE_FRAME_H */
