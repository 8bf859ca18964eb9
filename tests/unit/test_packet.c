/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of the QUIC invariants.  Every packet lies in a heap block of
 * exactly its size, so that a sanitizer sees a read past its end.
 */
#include <quiclb/packet.h>

#include "unit.h"

#define HEADER 6 /* first byte, version, DCID length */
#define MAX_PACKET (HEADER + 255 + 3)

/* A random long header with this DCID length; returns header and DCID bytes. */
static size_t long_header(uint8_t *packet, uint32_t version, uint8_t dcid_len)
{
	unit_random(packet, MAX_PACKET);
	packet[0] |= 0x80;
	packet[1] = (uint8_t)(version >> 24);
	packet[2] = (uint8_t)(version >> 16);
	packet[3] = (uint8_t)(version >> 8);
	packet[4] = (uint8_t)version;
	packet[5] = dcid_len;
	return HEADER + (size_t)dcid_len;
}

/*
 * Parses a copy of readable bytes that the UDP header says are len.  On
 * failure nothing is written.
 */
static int parse(const uint8_t *packet, size_t readable, uint32_t len,
		 struct quiclb_packet *pkt)
{
	g_autofree uint8_t *exact = unit_copy(packet, readable);
	int err;

	memset(pkt, UNIT_UNTOUCHED, sizeof(*pkt));
	err = quiclb_packet_parse(exact, exact + readable, len, pkt);
	if (err)
		g_assert_true(unit_all(pkt, sizeof(*pkt), UNIT_UNTOUCHED));
	return err;
}

static void assert_long(const uint8_t *packet, size_t len, uint32_t version)
{
	struct quiclb_packet pkt;

	g_assert_cmpint(parse(packet, len, (uint32_t)len, &pkt), ==, 0);
	g_assert_cmpint(pkt.long_header, ==, 1);
	g_assert_cmphex(pkt.version, ==, version);
	g_assert_cmpint(pkt.dcid_offset, ==, HEADER);
	g_assert_cmpint(pkt.dcid_len, ==, packet[5]);
}

static void every_dcid_length_is_reported(void)
{
	uint8_t packet[MAX_PACKET];
	unsigned int dcid_len;

	for (dcid_len = 0; dcid_len <= 255; dcid_len++) {
		const size_t len =
			long_header(packet, 0x00000001, (uint8_t)dcid_len);

		assert_long(packet, len, 0x00000001);
		assert_long(packet, len + 1, 0x00000001);
		assert_long(packet, len + 3, 0x00000001);
	}
}

static void every_truncation_is_short(void)
{
	uint8_t packet[MAX_PACKET];
	struct quiclb_packet pkt;
	unsigned int dcid_len;
	size_t len, cut;

	for (dcid_len = 0; dcid_len <= 255; dcid_len++) {
		len = long_header(packet, 0x6b3343cf, (uint8_t)dcid_len);
		for (cut = 0; cut < len; cut++)
			g_assert_cmpint(parse(packet, cut, (uint32_t)cut, &pkt),
					==, QUICLB_ERR_SHORT);
	}
}

/* The UDP length is smaller than the frame: what follows is not the packet. */
static void padding_of_the_frame_is_not_read_as_packet(void)
{
	uint8_t packet[MAX_PACKET];
	struct quiclb_packet pkt;
	const size_t len = long_header(packet, 1, 20);
	size_t cut;

	for (cut = 0; cut < len; cut++)
		g_assert_cmpint(parse(packet, len, (uint32_t)cut, &pkt), ==,
				QUICLB_ERR_SHORT);
	g_assert_cmpint(parse(packet, len, (uint32_t)len, &pkt), ==, 0);
}

/* Only part of the packet can be read: its DCID may lie beyond. */
static void header_suffices_where_the_rest_is_elsewhere(void)
{
	uint8_t packet[MAX_PACKET];
	struct quiclb_packet pkt;
	const size_t len = long_header(packet, 1, 20);
	size_t readable;

	for (readable = 0; readable <= len; readable++)
		g_assert_cmpint(parse(packet, readable, (uint32_t)len, &pkt),
				==, readable < HEADER ? QUICLB_ERR_SHORT : 0);
	g_assert_cmpint(pkt.dcid_len, ==, 20);
}

static void short_header_reports_all_that_follows(void)
{
	uint8_t packet[MAX_PACKET];
	struct quiclb_packet pkt;
	size_t len;

	unit_random(packet, sizeof(packet));
	packet[0] &= 0x7f;
	g_assert_cmpint(parse(packet, 0, 0, &pkt), ==, QUICLB_ERR_SHORT);
	for (len = 1; len <= sizeof(packet); len++) {
		g_assert_cmpint(parse(packet, len, (uint32_t)len, &pkt), ==, 0);
		g_assert_cmpint(pkt.long_header, ==, 0);
		g_assert_cmphex(pkt.version, ==, 0);
		g_assert_cmpint(pkt.dcid_offset, ==, 1);
		g_assert_cmpint(pkt.dcid_len, ==, (int)len - 1);
		/* one byte suffices to tell */
		g_assert_cmpint(parse(packet, 1, (uint32_t)len, &pkt), ==, 0);
		g_assert_cmpint(pkt.dcid_len, ==, (int)len - 1);
		g_assert_cmpint(parse(packet, 0, (uint32_t)len, &pkt), ==,
				QUICLB_ERR_SHORT);
	}
}

/* The longest UDP payload: dcid_len has 16 bits. */
static void longest_payload_fits(void)
{
	const uint8_t first = 0x40;
	struct quiclb_packet pkt;

	g_assert_cmpint(parse(&first, 1, 65535, &pkt), ==, 0);
	g_assert_cmpint(pkt.dcid_len, ==, 65534);
}

static void every_version_is_taken(void)
{
	static const uint32_t versions[] = { 0,		 1,	     0x6b3343cf,
					     0x0a1a2a3a, 0xff00001d, 0x80000000,
					     0xffffffff };
	uint8_t packet[MAX_PACKET];
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(versions); i++)
		assert_long(packet, long_header(packet, versions[i], 8),
			    versions[i]);
}

/* Of the first byte only the header form counts. */
static void every_first_byte_is_taken(void)
{
	uint8_t packet[MAX_PACKET];
	struct quiclb_packet pkt;
	unsigned int first;
	const size_t len = long_header(packet, 1, 8);

	for (first = 0; first < 256; first++) {
		packet[0] = (uint8_t)first;
		g_assert_cmpint(parse(packet, len, (uint32_t)len, &pkt), ==, 0);
		g_assert_cmpint(pkt.long_header, ==, first >= 0x80);
	}
}

static const struct unit_case cases[] = {
	{ "every_dcid_length_is_reported", every_dcid_length_is_reported },
	{ "every_truncation_is_short", every_truncation_is_short },
	{ "padding_of_the_frame_is_not_read_as_packet",
	  padding_of_the_frame_is_not_read_as_packet },
	{ "header_suffices_where_the_rest_is_elsewhere",
	  header_suffices_where_the_rest_is_elsewhere },
	{ "short_header_reports_all_that_follows",
	  short_header_reports_all_that_follows },
	{ "longest_payload_fits", longest_payload_fits },
	{ "every_version_is_taken", every_version_is_taken },
	{ "every_first_byte_is_taken", every_first_byte_is_taken },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("packet", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
