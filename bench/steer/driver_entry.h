/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What driver.bpf.c and driver.c share: where things lie in the one frame that
 * it rewrites, and what it writes there.
 */
#ifndef DRIVER_ENTRY_H
#define DRIVER_ENTRY_H

#include <quiclb/wire.h>

/* Ethernet, IPv4 without options, UDP, a short header. */
#define DRIVER_TTL 22
#define DRIVER_SOURCE 26
#define DRIVER_DESTINATION 30
#define DRIVER_SOURCE_PORT 34
#define DRIVER_CID 43
#define DRIVER_FRAME_BYTES 87

/* A client's packet: words of the CID, addresses and port as in a packet. */
struct driver_entry {
	quiclb_u64 cid[2];
	quiclb_u32 cid_end;
	quiclb_u32 source;
	quiclb_u32 destination;
	quiclb_u16 source_port;
	quiclb_u16 pad;
};

QUICLB_STATIC_ASSERT(sizeof(struct driver_entry) == 32, "no padding");

#endif /* DRIVER_ENTRY_H */
