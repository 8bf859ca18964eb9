/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The packet under way: what the stages of the program hand on.
 */
#ifndef QUICLB_JOB_H
#define QUICLB_JOB_H

#include "abi.h"
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

/* A DCID as the memo knows it. */
struct quiclb_memo_key {
	__u64 body[3];
	__u32 candidate;
	__u32 generation;
	__u32 epoch;
};

/* Copies of what maps said: recent.h. */
struct quiclb_recent_vip {
	struct quiclb_vip_key key;
	struct quiclb_vip_value value;
};

struct quiclb_recent_server {
	struct quiclb_server_key key;
	__u32 revision;
	__u32 pad;
	struct quiclb_server_value value;
	__u64 pad2; /* one cache line */
};

struct quiclb_recent_sender {
	__u32 generation; /* 0: empty */
	__u32 revision;
	__u8 mac[6];
	__u8 pad[2];
};

#define QUICLB_RECENT_VIP_BITS 7
#define QUICLB_N_RECENT_SENDERS 8 /* a power of two */
#define QUICLB_RECENT_SERVER_BITS 10
#define QUICLB_RECENT_FLOW_BITS 14

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
	int action;		       /* XDP_*: what becomes of it */
	__u32 generation;	       /* read once */
	__u32 epoch;
	__u32 revision;
	struct quiclb_memo_key memo;
	struct quiclb_recent_sender senders[QUICLB_N_RECENT_SENDERS];
};

/* 0 -> the packet that this CPU works on.  Each program has its own. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct quiclb_job);
} quiclb_jobs SEC(".maps");

/* Hash of a VIP -> VIP.  Each program has its own. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << QUICLB_RECENT_VIP_BITS);
	__type(key, __u32);
	__type(value, struct quiclb_recent_vip);
} quiclb_recent_vips SEC(".maps");

/* Hash of a server ID -> server.  Likewise. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << QUICLB_RECENT_SERVER_BITS);
	__type(key, __u32);
	__type(value, struct quiclb_recent_server);
} quiclb_recent_servers SEC(".maps");

/* Hash of a flow -> what it was kept as: flows.h.  Likewise. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << QUICLB_RECENT_FLOW_BITS);
	__type(key, __u32);
	__type(value, __u64);
} quiclb_recent_flows SEC(".maps");

#endif /* QUICLB_JOB_H */
