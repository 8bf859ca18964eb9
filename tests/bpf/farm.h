/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A farm of servers by their addresses, two VIPs, and frames to them; the rig
 * that they run through.  Outer headers of tunnels are built by hand: no line
 * is shared with bpf/tunnel.h.
 */
#ifndef FARM_H
#define FARM_H

#include "frame.h"
#include "rig.h"

#define FARM_PORT 443
#define FARM_GUE_PORT 6080

enum { FARM_VIP4, FARM_VIP6, FARM_N_VIPS };
extern const char *const farm_vips[FARM_N_VIPS];

extern struct rig farm_rig;

/* The program for n next hops, frames coming in at left. */
void farm_open(size_t n);

/*
 * A deployment of n servers, the first n_local of them this host; a server's
 * ID is its index.  To farm_use().
 */
struct quiclb_deployment *farm_new(const char *const *addresses, size_t n,
				   size_t n_local, uint8_t encapsulation);
/* Puts it in force, and frees it. */
void farm_use(struct quiclb_deployment *d);

struct frame_spec farm_spec(int vip);
struct frame farm_frame_from(const struct frame_spec *spec, int server);
struct frame farm_frame(int vip, int server);

/* Makes the IP packet of a frame `len` bytes long, checksum and all. */
void farm_stretch(struct frame *frame, size_t len);

struct quiclb_address farm_address(const char *text);
struct quiclb_prefix farm_prefix(const char *text);

/* ---- tunnel packets ----------------------------------------------------- */

enum { FARM_GUE, FARM_IPIP, FARM_N_KINDS };

struct farm_wrap {
	const char *source, *destination;
	int kind;
	uint16_t udp_source;
	uint8_t tos;
	uint8_t ttl;
	uint8_t gue[20]; /* a header of variant 0 */
	size_t gue_len;
};

/* From a port, with ECT(0), TTL 64. */
struct farm_wrap farm_wrap_of(const char *source, const char *destination,
			      int kind);
/* The IP packet of in, without what is behind it, inside another. */
struct frame farm_wrapped(const struct frame *in, const struct farm_wrap *w);

/* ---- VLAN tags ---------------------------------------------------------- */

struct farm_tag {
	uint16_t type;
	uint16_t tci;
};

/* The same frame with these tags in place of those it has. */
struct frame farm_tagged(const struct frame *in, const struct farm_tag *tags,
			 size_t n);

/* ---- Packet Too Big ----------------------------------------------------- */

#define FARM_QUOTE 512 /* bytes that are quoted */

/* The answer to a frame whose packet may have mtu bytes, with the same tags. */
struct frame farm_too_big(const struct frame *in, size_t mtu,
			  const uint8_t destination[6],
			  const uint8_t source[6]);

#endif /* FARM_H */
