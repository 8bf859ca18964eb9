/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict table, by the real program: what RFC 8999 allows a QUIC packet
 * to look like.
 */
#include <linux/bpf.h>

#include "netns.h"
#include "packets.h"
#include "unit.h"

static void every_dcid_length_has_its_verdict(void)
{
	static const size_t needs[N_ROTATIONS] = { 6, 20, 6, 17 };
	uint8_t dcid[255];
	struct quic quic;
	unsigned int rotation, len;
	struct frame f;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++)
		for (rotation = 0; rotation < N_ROTATIONS; rotation++)
			for (len = 0; len < 256; len++) {
				unit_random(dcid, sizeof(dcid));
				packets_cid(packets_vips[i], rotation, ID_LEFT4,
					    dcid);
				quic_long(&quic, QUIC_V1, dcid, len);
				f = packets_with(packets_vips[i], &quic);
				if (len < needs[rotation])
					packets_pass(&f,
						     QUICLB_REASON_SHORT_CID,
						     packets_vips[i]);
				else
					packets_reach(&f, packets_vips[i],
						      ID_LEFT4);
			}
}

/* The length in the header says more than the datagram holds. */
static void dcid_beyond_datagram_is_truncated(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	struct frame f;
	unsigned int len;

	quic_long(&quic, QUIC_V1, cid,
		  packets_cid(VIP4, ROTATION_PLAIN, ID_LEFT4, cid));
	f = packets_with(VIP4, &quic);
	for (len = 6; len < 256; len++) {
		f.bytes[f.payload + 5] = (uint8_t)len;
		if (len <= quic.len - 6)
			packets_reach(&f, VIP4, ID_LEFT4);
		else
			packets_pass(&f, QUICLB_REASON_TRUNCATED, VIP4);
	}
}

/* RFC 8999: whatever the version.  0 is Version Negotiation. */
static void every_version_steers(void)
{
	static const uint32_t versions[] = { 0,		 1,	     2,
					     0x6b3343cf, 0xff00001d, 0x1a2a3a4a,
					     0xffffffff };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	struct frame f;
	size_t i, len;

	len = packets_cid(VIP4, ROTATION_SINGLE_PASS, ID_LEFT4, cid);
	for (i = 0; i < G_N_ELEMENTS(versions); i++) {
		quic_long(&quic, versions[i], cid, len);
		f = packets_with(VIP4, &quic);
		packets_reach(&f, VIP4, ID_LEFT4);
	}
}

/* Of a first byte only the header form counts, not even the fixed bit. */
static void every_first_byte_steers(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	struct frame f;
	unsigned int byte;
	size_t len;

	len = packets_cid(VIP4, ROTATION_FOUR_PASS, ID_LEFT4, cid);
	for (byte = 0; byte < 256; byte++) {
		if (byte & 0x80)
			quic_long(&quic, QUIC_V1, cid, len);
		else
			quic_short(&quic, cid, len);
		quic.bytes[0] = (uint8_t)byte;
		f = packets_with(VIP4, &quic);
		packets_reach(&f, VIP4, ID_LEFT4);
	}
}

/* All first octets of a CID; the low five bits mean nothing here. */
static void every_first_octet_has_its_verdict(void)
{
	struct quic quic;
	struct frame f;
	unsigned int octet;

	for (octet = 0; octet < 256; octet++) {
		const unsigned int rotation = octet >> 5;

		packets_short(&quic, VIP4,
			      rotation < N_ROTATIONS ? rotation : 0, ID_LEFT4);
		quic.bytes[1] = (uint8_t)octet;
		f = packets_with(VIP4, &quic);
		if (rotation == 7)
			packets_pass(&f, QUICLB_REASON_RESERVED, VIP4);
		else if (rotation >= N_ROTATIONS)
			packets_pass(&f, QUICLB_REASON_NO_CONFIG, VIP4);
		else
			packets_reach(&f, VIP4, ID_LEFT4);
		f = packets_with(VIP4_ALONE, &quic);
		if (rotation == 7)
			packets_pass(&f, QUICLB_REASON_RESERVED, VIP4_ALONE);
		else if (rotation)
			packets_pass(&f, QUICLB_REASON_NO_CONFIG, VIP4_ALONE);
		else
			packets_reach(&f, VIP4_ALONE, ID_LEFT4);
	}
}

/* A rotation without config has no length: even one byte is enough for it. */
static void rotation_comes_before_length(void)
{
	static const uint8_t octets[] = { 0xa0, 0xe0 };
	static const unsigned int reasons[] = { QUICLB_REASON_NO_CONFIG,
						QUICLB_REASON_RESERVED };
	struct quic quic;
	struct frame f;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(octets); i++) {
		quic_short(&quic, &octets[i], 1);
		quic.len -= QUIC_REST_BYTES;
		f = packets_with(VIP4, &quic);
		packets_pass(&f, reasons[i], VIP4);
		quic_long(&quic, QUIC_V1, &octets[i], 1);
		f = packets_with(VIP4, &quic);
		packets_pass(&f, reasons[i], VIP4);
	}
}

/* First byte alone: there is no CID in it. */
static void empty_dcid_is_short_cid(void)
{
	struct quic quic;
	struct frame f;

	quic_short(&quic, (const uint8_t *)"", 0);
	quic.len = 1;
	f = packets_with(VIP4, &quic);
	packets_pass(&f, QUICLB_REASON_SHORT_CID, VIP4);
	quic_long(&quic, QUIC_V1, (const uint8_t *)"", 0);
	quic.len = 6;
	f = packets_with(VIP4, &quic);
	packets_pass(&f, QUICLB_REASON_SHORT_CID, VIP4);
}

/* The first packet of a datagram decides. */
static void coalesced_packet_is_not_read(void)
{
	uint8_t first[QUICLB_CID_MAX_BYTES], second[QUICLB_CID_MAX_BYTES];
	struct quic quic, other;
	struct frame f;

	quic_long(&quic, QUIC_V1, first,
		  packets_cid(VIP4, ROTATION_FOUR_PASS, ID_LEFT4, first));
	quic_long(&other, QUIC_V1, second,
		  packets_cid(VIP4, ROTATION_FOUR_PASS, ID_RIGHT4, second));
	memcpy(quic.bytes + quic.len, other.bytes, other.len);
	quic.len += other.len;
	f = packets_with(VIP4, &quic);
	packets_reach(&f, VIP4, ID_LEFT4);
}

/* Random bytes behind correct headers: one counter, and PASS or a neighbour. */
static void noise_is_counted_once(void)
{
	struct rig_result result;
	struct frame f;
	unsigned int i;

	for (i = 0; i < unit_rounds(20000); i++) {
		packets_frame(&f, packets_vips[i & 1], ID_LEFT4);
		unit_random(f.bytes + f.payload, f.len - f.payload);
		if (i % 4 == 0)
			unit_random(f.bytes + f.l3, f.len - f.l3);
		else if (i % 4 == 1)
			f.bytes[g_test_rand_int_range(12, (int)f.len)] =
				(uint8_t)g_test_rand_int();
		rig_run(&packets_rig, f.bytes, f.len, &result);
		g_assert_cmpuint(result.len, ==, f.len);
		if (result.reason != QUICLB_REASON_STEERED) {
			g_assert_cmpuint(result.action, ==, XDP_PASS);
			g_assert_cmpmem(result.frame, result.len, f.bytes,
					f.len);
		} else {
			g_assert_true(result.action == XDP_TX ||
				      result.action == XDP_REDIRECT);
			g_assert_cmpmem(result.frame + f.payload,
					f.len - f.payload, f.bytes + f.payload,
					f.len - f.payload);
		}
	}
}

static const struct unit_case cases[] = {
	{ "every_dcid_length_has_its_verdict",
	  every_dcid_length_has_its_verdict },
	{ "dcid_beyond_datagram_is_truncated",
	  dcid_beyond_datagram_is_truncated },
	{ "every_version_steers", every_version_steers },
	{ "every_first_byte_steers", every_first_byte_steers },
	{ "every_first_octet_has_its_verdict",
	  every_first_octet_has_its_verdict },
	{ "rotation_comes_before_length", rotation_comes_before_length },
	{ "empty_dcid_is_short_cid", empty_dcid_is_short_cid },
	{ "coalesced_packet_is_not_read", coalesced_packet_is_not_read },
	{ "noise_is_counted_once", noise_is_counted_once },
};

int main(int argc, char **argv)
{
	return packets_main(argc, argv, "packets_quic", cases,
			    G_N_ELEMENTS(cases));
}
