/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of HAProxy as the adapter touches, declared in our own words from
 * what docs/stacks/haproxy.md says of it.
 */
#ifndef HAPROXY_H
#define HAPROXY_H

#include <stdint.h>

#define MAX_THREADS 1024

/* HAProxy has 8, and compiles it in: a short header has so many bytes of it. */
#define QUIC_HAP_CID_LEN 13

struct quic_cid {
	unsigned char data[20];
	unsigned char len;
};

/* Number of the thread that runs. */
extern _Thread_local unsigned int tid;

/* Each CID but a connection's first comes from here, if it is set. */
extern void (*quic_newcid_from_hash64)(unsigned char *cid, int size,
				       uint64_t hash,
				       const unsigned char *secret,
				       size_t secretlen);

#endif /* HAPROXY_H */
