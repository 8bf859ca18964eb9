/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The packet under way: what the stages of the program hand on.
 */
#ifndef QUICLB_JOB_H
#define QUICLB_JOB_H

#include "walk.h"

#include <quiclb/decode.h>

/* The DCID, copied out of the frame. */
struct quiclb_dcid {
	struct quiclb_words win;
	__u64 len;    /* bytes; short header: all that follows */
	__u8 begins;  /* 1: a long header, as connections begin with */
	__u8 by_flow; /* 1: if it does not tell, the flow may */
};

/* The packet around the one that is steered. */
struct quiclb_outer {
	__u64 l3;
	__u64 payload; /* behind a UDP header, if gue */
	__u8 family;   /* 4 or 6; 0: there is none */
	__u8 from;     /* QUICLB_ENDPOINT_* of its source */
	__u8 gue;      /* 1: with a UDP header */
};

/*
 * VERIFIER: in a map, not on the stack: that has 512 bytes for the whole call
 * chain, and of numbers that come out of a map nothing is known, so all ways
 * through the walk come out as one.
 */
struct quiclb_job {
	struct quiclb_frame f;
	struct quiclb_outer outer;
	struct quiclb_dcid dcid;
	__u8 missed;		       /* 1: had to be decoded under a key */
	__u8 overload;		       /* 1: and was not, for want of budget */
	struct quiclb_block server_id; /* what the DCID decoded to */
	__u32 pool;		       /* and whose it is */
	__u32 generation;	       /* read once */
	__u32 epoch;
};

/* 0 -> the packet that this CPU works on.  Each program has its own. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct quiclb_job);
} quiclb_jobs SEC(".maps");

#endif /* QUICLB_JOB_H */
