/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet frames and QUIC packets for the tests, and what a forwarder makes
 * of a frame.  Shares no line with bpf/: offsets and checksums are its own.
 */
#ifndef FRAME_H
#define FRAME_H

#include <config/deployment.h>

#define FRAME_CAP 3400 /* what one buffer of BPF_PROG_TEST_RUN takes */
#define FRAME_TAGS_CAP 4
#define FRAME_EXT_CAP 6

/* The start of a QUIC packet and some bytes that stand for the rest. */
struct quic {
	uint8_t bytes[320];
	size_t len;
};

#define QUIC_V1 1u
#define QUIC_REST_BYTES 24 /* behind the CID */

void quic_short(struct quic *quic, const uint8_t *dcid, size_t dcid_len);
void quic_long(struct quic *quic, uint32_t version, const uint8_t *dcid,
	       size_t dcid_len);

/* An IPv6 extension header. */
struct frame_ext {
	uint8_t type; /* as a next header */
	uint8_t len;  /* as it says itself: 8 bytes each, the first not counted
		       */
	uint8_t segments_left; /* of a routing header */
};

struct frame_spec {
	uint8_t source[6];	       /* MAC */
	uint8_t destination[6];	       /* MAC */
	uint16_t tags[FRAME_TAGS_CAP]; /* EtherTypes of VLAN tags */
	size_t n_tags;
	struct quiclb_address vip;
	uint16_t port;
	uint8_t ttl;
	uint8_t ihl;			     /* IPv4: 5..15 */
	struct frame_ext ext[FRAME_EXT_CAP]; /* IPv6 */
	size_t n_ext;
};

/* Untagged, TTL 64, no options, from some client to the left interface. */
void frame_spec_init(struct frame_spec *spec, const char *vip, uint16_t port);

struct frame {
	uint8_t bytes[FRAME_CAP];
	size_t len;
	size_t l3; /* offsets of IP header, UDP header, UDP payload */
	size_t l4;
	size_t payload;
	uint8_t family;
};

void frame_build(struct frame *frame, const struct frame_spec *spec,
		 const struct quic *quic);

/* Adds n bytes behind everything; no length field knows of them. */
void frame_pad(struct frame *frame, size_t n);

void frame_put16(struct frame *frame, size_t offset, unsigned int value);
unsigned int frame_get16(const struct frame *frame, size_t offset);

/* Writes the IPv4 header's checksum; nothing for IPv6. */
void frame_checksum(struct frame *frame);

/*
 * The one's complement sum over the IPv4 header: 0xffff if its checksum is
 * right.
 */
unsigned int frame_sum(const struct frame *frame);

/* What leaves a forwarder: other MACs, TTL or hop limit one less. */
void frame_forward(struct frame *frame, const uint8_t destination[6],
		   const uint8_t source[6]);

#endif /* FRAME_H */
