/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict table, by the real program: frames, IP and UDP that end too
 * early, or say so.
 */
#include <linux/bpf.h>

#include "netns.h"
#include "packets.h"
#include "unit.h"

/* A frame that ends early counts once, and never leaves. */
static void cut_everywhere(const struct frame *whole)
{
	struct frame f = *whole;

	for (f.len = 14; f.len < whole->len; f.len++)
		packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
}

static void truncated_frame_passes(void)
{
	static const uint16_t tags[] = { 0x88a8, 0x8100 };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	struct frame f;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++) {
		packets_frame(&f, packets_vips[i], ID_LEFT4);
		cut_everywhere(&f);
		quic_long(&quic, QUIC_V1, cid,
			  packets_cid(packets_vips[i], ROTATION_SINGLE_PASS,
				      ID_LEFT4, cid));
		f = packets_with(packets_vips[i], &quic);
		cut_everywhere(&f);
		packets_tag(&f, packets_vips[i], ID_LEFT4, tags, 2);
		cut_everywhere(&f);
	}
}

/*
 * The same with lengths that fit what is left: then the QUIC packet is what
 * ends early.  cid_end: payload bytes up to the end of the DCID.
 */
static void shrink(const struct frame *whole, int vip, size_t header,
		   size_t cid_end)
{
	struct frame f = *whole;
	size_t n;

	for (f.len = f.payload; f.len <= whole->len; f.len++) {
		n = f.len - f.payload;
		frame_put16(&f, f.l4 + 4, (unsigned int)(8 + n));
		if (vip == VIP6)
			frame_put16(&f, f.l3 + 4, (unsigned int)(8 + n));
		else
			frame_put16(&f, f.l3 + 2, (unsigned int)(f.len - f.l3));
		frame_checksum(&f);
		if (n < header)
			packets_pass(&f, QUICLB_REASON_TRUNCATED, vip);
		else if (n < cid_end)
			packets_pass(&f,
				     header == 1 ? QUICLB_REASON_SHORT_CID
						 : QUICLB_REASON_TRUNCATED,
				     vip);
		else
			packets_reach(&f, vip, ID_LEFT4);
	}
}

static void short_datagram_passes(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	unsigned int rotation;
	struct quic quic;
	struct frame f;
	size_t i, len;

	for (i = 0; i < N_FAMILIES; i++)
		for (rotation = 0; rotation < N_ROTATIONS; rotation++) {
			len = packets_cid(packets_vips[i], rotation, ID_LEFT4,
					  cid);
			quic_short(&quic, cid, len);
			f = packets_with(packets_vips[i], &quic);
			shrink(&f, packets_vips[i], 1,
			       1 + len - 2 * (rotation == ROTATION_FOUR_PASS));
			quic_long(&quic, QUIC_V1, cid, len);
			f = packets_with(packets_vips[i], &quic);
			shrink(&f, packets_vips[i], 6, 6 + len);
		}
}

/*
 * Every UDP length over a frame that holds more: what lies behind the length
 * would complete the CID, and is not read.
 */
static void every_udp_length_has_its_verdict(void)
{
	struct frame f;
	unsigned int len;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++) {
		packets_frame(&f, packets_vips[i], ID_LEFT4);
		for (len = 0; len < 0x10000; len += len < 256 ? 1 : 97) {
			frame_put16(&f, f.l4 + 4, len);
			if (len < 8 || len > f.len - f.l4)
				packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
			else if (len == 8)
				packets_pass(&f, QUICLB_REASON_TRUNCATED,
					     packets_vips[i]);
			else if (len < 8 + 1 + 6)
				packets_pass(&f, QUICLB_REASON_SHORT_CID,
					     packets_vips[i]);
			else
				packets_reach(&f, packets_vips[i], ID_LEFT4);
		}
	}
}

static void every_udp_length_of_long_header_has_its_verdict(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	struct frame f;
	unsigned int len;

	quic_long(&quic, QUIC_V1, cid,
		  packets_cid(VIP4, ROTATION_SINGLE_PASS, ID_LEFT4, cid));
	f = packets_with(VIP4, &quic);
	for (len = 8; len <= f.len - f.l4; len++) {
		frame_put16(&f, f.l4 + 4, len);
		if (len < 8 + 6 + 17)
			packets_pass(&f, QUICLB_REASON_TRUNCATED, VIP4);
		else
			packets_reach(&f, VIP4, ID_LEFT4);
	}
}

/* IPv4 counts its header, IPv6 does not.  The frame is padded. */
static void every_ip_length_has_its_verdict(void)
{
	struct frame f;
	unsigned int len;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++) {
		const unsigned int header = packets_vips[i] == VIP4 ? 20 : 0;
		size_t udp;

		packets_frame(&f, packets_vips[i], ID_LEFT4);
		udp = f.len - f.l4;
		frame_pad(&f, 18);
		for (len = 0; len < 0x10000; len += len < 256 ? 1 : 97) {
			frame_put16(&f,
				    f.l3 + (packets_vips[i] == VIP4 ? 2 : 4),
				    len);
			frame_checksum(&f);
			if (len < header + udp || len > header + udp + 18)
				packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
			else
				packets_reach(&f, packets_vips[i], ID_LEFT4);
		}
	}
}

/* An Ethernet frame of a short packet is padded to 60 bytes. */
static void ethernet_padding_is_not_read(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	struct frame f;
	size_t len, cut;

	len = packets_cid(VIP4, ROTATION_PLAIN, ID_LEFT4, cid);
	for (cut = 1; cut <= len; cut++) {
		quic_short(&quic, cid, len);
		quic.len = 1 + len - cut;
		f = packets_with(VIP4, &quic);
		/* the rest of the very CID, where padding would be */
		memcpy(f.bytes + f.len, cid + len - cut, cut);
		f.len += cut;
		packets_pass(&f, QUICLB_REASON_SHORT_CID, VIP4);
	}
	quic_short(&quic, cid, len);
	quic.len = 1 + len;
	f = packets_with(VIP4, &quic);
	frame_pad(&f, 60 - f.len);
	packets_reach(&f, VIP4, ID_LEFT4);
}

static const struct unit_case cases[] = {
	{ "truncated_frame_passes", truncated_frame_passes },
	{ "short_datagram_passes", short_datagram_passes },
	{ "every_udp_length_has_its_verdict",
	  every_udp_length_has_its_verdict },
	{ "every_udp_length_of_long_header_has_its_verdict",
	  every_udp_length_of_long_header_has_its_verdict },
	{ "every_ip_length_has_its_verdict", every_ip_length_has_its_verdict },
	{ "ethernet_padding_is_not_read", ethernet_padding_is_not_read },
};

int main(int argc, char **argv)
{
	return packets_main(argc, argv, "packets_lengths", cases,
			    G_N_ELEMENTS(cases));
}
