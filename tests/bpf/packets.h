/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The deployment and the network that the packet tests share.
 */
#ifndef PACKETS_H
#define PACKETS_H

#include "frame.h"
#include "rig.h"
#include "unit.h"

/* VIPs: indices, and where they are. */
enum { VIP4, VIP4_OTHER_PORT, VIP6, VIP4_ALONE, N_VIPS };
#define N_FAMILIES 2
extern const int packets_vips[N_FAMILIES]; /* one of each family */
#define VIP4_ADDRESS "203.0.113.1"
#define VIP6_ADDRESS "2001:db8:ff::1"
#define VIP4_ALONE_ADDRESS "203.0.113.2"
#define PORT 443
#define OTHER_PORT 8443

/* Server IDs, one byte. */
enum {
	ID_UNKNOWN = 0xee,
	ID_LOCAL = 1,
	ID_LEFT4,
	ID_LEFT6,
	ID_RIGHT4,
	ID_RIGHT6,
	ID_STALE,   /* its neighbour entry is old, but holds a MAC */
	ID_SILENT4, /* on-link, no neighbour entry */
	ID_SILENT6,
	ID_FAILED,    /* the neighbour never answered */
	ID_ROUTED4,   /* behind a router */
	ID_ROUTED6_0, /* its address and the router's differ in one word */
	ID_ROUTED6_1,
	ID_ROUTED6_2,
	ID_ROUTED6_3,
	ID_NO_ROUTE4,
	ID_NO_ROUTE6,
	ID_BLACKHOLE,
	ID_SELF4, /* an address of this host, but not marked local */
	ID_SELF6,
	ID_LATE, /* comes and goes: of one test alone */
	N_IDS,
};

/*
 * Config rotations of VIP4, VIP6 and VIP4_OTHER_PORT.  VIP4_ALONE has but the
 * first.
 */
enum {
	ROTATION_PLAIN,	      /* 6 bytes */
	ROTATION_PLAIN_LONG,  /* 20 bytes */
	ROTATION_FOUR_PASS,   /* 8 bytes, server use 2 */
	ROTATION_SINGLE_PASS, /* 17 bytes */
	N_ROTATIONS,
};

/* The program under test; frames come in at left. */
extern struct rig packets_rig;

/* Makes the network and switches the rig to the deployment. */
void packets_start(enum quiclb_role role);

/* What main() of a packet test does: all cases, as /<group>/<name>. */
int packets_main(int argc, char **argv, const char *group,
		 const struct unit_case *cases, size_t n);

/* MAC of a server's neighbour entry, or of the router. */
const uint8_t *packets_mac(int id);
extern const uint8_t packets_router_mac[6];

/* A CID for a server of that VIP. */
size_t packets_cid(int vip, unsigned int rotation, int id,
		   uint8_t cid[QUICLB_CID_MAX_BYTES]);

/* What most tests start from: a short header with a plain CID. */
void packets_spec(struct frame_spec *spec, int vip);
void packets_frame(struct frame *frame, int vip, int id);

/* A frame to a VIP with this QUIC packet. */
struct frame packets_with(int vip, const struct quic *quic);
/* A short header with a CID for a server. */
void packets_short(struct quic *quic, int vip, unsigned int rotation, int id);
/* A frame with VLAN tags of these EtherTypes. */
void packets_tag(struct frame *f, int vip, int id, const uint16_t *tags,
		 size_t n);

/* Asserts that the frame passes untouched, and counts so. */
void packets_pass(const struct frame *frame, unsigned int reason, int vip);
/* Asserts that the frame goes to the server, as that takes. */
void packets_reach(const struct frame *frame, int vip, int id);

#endif /* PACKETS_H */
