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

/* ---- of known versions -------------------------------------------------- */

enum { INITIAL, ZERO_RTT, HANDSHAKE, RETRY, N_TYPES };

static const uint32_t known[] = { 0x00000001, 0x6b3343cf };

/* Long packet types in the first byte: RFC 9000, 17.2, and RFC 9369, 3.2. */
static const uint8_t type_bits[2][N_TYPES] = {
	{ 0x00, 0x10, 0x20, 0x30 },
	{ 0x10, 0x20, 0x30, 0x00 },
};

/* Offset of what follows the SCID; the bytes there are the caller's to set. */
static size_t client_packet(uint8_t packet[MAX_PACKET], unsigned int version,
			    unsigned int type, uint8_t dcid_len,
			    uint8_t scid_len)
{
	const size_t scid = long_header(packet, known[version], dcid_len);

	packet[0] = (uint8_t)((packet[0] & ~0x30) | type_bits[version][type]);
	packet[scid] = scid_len;
	return scid + 1 + scid_len;
}

/* The answer on an exact copy of readable bytes that are said to be len. */
static int first(const uint8_t *packet, size_t readable, size_t len)
{
	g_autofree uint8_t *exact = unit_copy(packet, readable);
	struct quiclb_packet pkt = { 0 };

	g_assert_cmpint(quiclb_packet_parse(exact, exact + readable,
					    (uint32_t)len, &pkt),
			==, 0);
	return quiclb_packet_v1_v2_first(exact, exact + readable, (uint32_t)len,
					 &pkt);
}

/* All DCID lengths against all SCID lengths, also one too long for both. */
static void every_type_is_told_apart(void)
{
	uint8_t packet[MAX_PACKET];
	unsigned int i, version, type;

	for (i = 0; i < 22 * 22; i++)
		for (version = 0; version < 2; version++)
			for (type = 0; type < N_TYPES; type++) {
				const size_t token = client_packet(
					packet, version, type,
					(uint8_t)(i % 22), (uint8_t)(i / 22));

				packet[token] = 0;
				g_assert_cmpint(
					first(packet, token + 1, token + 1), ==,
					type == INITIAL || type == ZERO_RTT);
			}
}

/* The four first bits of a long header's first byte that are not its type. */
static void only_the_type_counts_of_the_first_byte(void)
{
	uint8_t packet[MAX_PACKET];
	unsigned int version, byte;

	for (version = 0; version < 2; version++) {
		const size_t token =
			client_packet(packet, version, INITIAL, 8, 8);

		packet[token] = 0;
		for (byte = 0x80; byte < 0x100; byte++) {
			const unsigned int type =
				((byte >> 4 & 3) + 4 - version) % 4;

			packet[0] = (uint8_t)byte;
			g_assert_cmpint(first(packet, token + 1, token + 1), ==,
					type == INITIAL || type == ZERO_RTT);
		}
	}
}

/*
 * A token's length is a varint of 1, 2, 4 or 8 bytes; that of 0 has one in a
 * packet of anyone who saves bytes.
 */
static void token_tells_what_follows_a_retry(void)
{
	static const struct {
		uint8_t len[8];
		uint8_t n;
		int want;
	} rows[] = {
		{ { 0x00 }, 1, 1 },
		{ { 0x01 }, 1, 0 },
		{ { 0x3f }, 1, 0 },
		{ { 0x40, 0x40 }, 2, 0 },
		{ { 0x7f, 0xff }, 2, 0 },
		{ { 0x80, 0, 0x40, 0 }, 4, 0 },
		{ { 0xc0, 0, 0, 0, 0x40, 0, 0, 0 }, 8, 0 },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 8, 0 },
		{ { 0x40, 0x00 }, 2, 0 },
	};
	uint8_t packet[MAX_PACKET];
	size_t i, cid_len;

	for (i = 0; i < 2 * G_N_ELEMENTS(rows); i++)
		for (cid_len = 0; cid_len <= QUICLB_CID_MAX_BYTES; cid_len++) {
			const size_t row = i / 2;
			const size_t token = client_packet(
				packet, i % 2, INITIAL, (uint8_t)(20 - cid_len),
				(uint8_t)cid_len);

			memcpy(packet + token, rows[row].len, rows[row].n);
			g_assert_cmpint(first(packet, MAX_PACKET, MAX_PACKET),
					==, rows[row].want);
			/* one byte of it tells */
			g_assert_cmpint(first(packet, token + 1, MAX_PACKET),
					==, rows[row].want);
			g_assert_cmpint(first(packet, MAX_PACKET, token + 1),
					==, rows[row].want);
		}
}

/* Every cut of header and DCID on: 1 until the token's length can be read. */
static void assert_cuts(const uint8_t *packet, size_t token)
{
	const size_t dcid_end = HEADER + (size_t)packet[5];
	size_t cut;

	for (cut = dcid_end; cut <= token + 1; cut++) {
		const int want = cut <= token;

		g_assert_cmpint(first(packet, cut, cut), ==, want);
		g_assert_cmpint(first(packet, MAX_PACKET, cut), ==, want);
	}
	for (cut = HEADER; cut <= token + 1; cut++)
		g_assert_cmpint(first(packet, cut, MAX_PACKET), ==,
				cut <= token);
}

static void every_cut_before_the_token_is_first(void)
{
	uint8_t packet[MAX_PACKET];
	unsigned int i, version;

	for (i = 0; i < 21 * 21; i++)
		for (version = 0; version < 2; version++) {
			const size_t token = client_packet(
				packet, version, INITIAL, (uint8_t)(i % 21),
				(uint8_t)(i / 21));

			packet[token] = 0x41;
			assert_cuts(packet, token);
		}
}

/* Longer than these versions allow: no place for a token is known. */
static void too_long_cid_is_first(void)
{
	uint8_t packet[MAX_PACKET];
	unsigned int len, version;

	for (len = 21; len < 256; len++)
		for (version = 0; version < 2; version++) {
			client_packet(packet, version, INITIAL, (uint8_t)len,
				      0);
			g_assert_cmpint(first(packet, MAX_PACKET, MAX_PACKET),
					==, 1);
			client_packet(packet, version, INITIAL, 0,
				      (uint8_t)len);
			g_assert_cmpint(first(packet, MAX_PACKET, MAX_PACKET),
					==, 1);
		}
}

/* Cut everywhere and not at all: only of the two versions is anything known. */
static void other_versions_are_never_first(void)
{
	static const uint32_t versions[] = {
		0,	    2,		0x00000101, 0x01000000, 0x6b3343ce,
		0x6b3343c4, 0x1a2a3a4a, 0xff00001d, 0xffffffff
	};
	uint8_t packet[MAX_PACKET];
	size_t i, cut;
	unsigned int type;

	for (i = 0; i < G_N_ELEMENTS(versions); i++)
		for (type = 0; type < 4; type++) {
			long_header(packet, versions[i], 8);
			packet[0] = (uint8_t)(0xc0 | type << 4);
			packet[HEADER + 8] = packet[HEADER + 9] = 0;
			for (cut = HEADER + 8; cut < HEADER + 12; cut++)
				g_assert_cmpint(first(packet, cut, cut), ==, 0);
		}
}

static void short_header_is_never_first(void)
{
	uint8_t packet[MAX_PACKET];
	unsigned int byte;

	long_header(packet, 1, 8);
	for (byte = 0; byte < 0x80; byte++) {
		packet[0] = (uint8_t)byte;
		g_assert_cmpint(first(packet, 1, 1), ==, 0);
		g_assert_cmpint(first(packet, 30, 30), ==, 0);
	}
}

/* RFC 9443, 3: 64..127 and 192..255 are QUIC's, the rest is others'. */
static void quic_has_half_of_the_first_bytes(void)
{
	unsigned int byte;

	for (byte = 0; byte < 256; byte++)
		g_assert_cmpint(quiclb_packet_is_quic((uint8_t)byte), ==,
				(byte >= 64 && byte <= 127) || byte >= 192);
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
	{ "every_type_is_told_apart", every_type_is_told_apart },
	{ "only_the_type_counts_of_the_first_byte",
	  only_the_type_counts_of_the_first_byte },
	{ "token_tells_what_follows_a_retry",
	  token_tells_what_follows_a_retry },
	{ "every_cut_before_the_token_is_first",
	  every_cut_before_the_token_is_first },
	{ "too_long_cid_is_first", too_long_cid_is_first },
	{ "other_versions_are_never_first", other_versions_are_never_first },
	{ "short_header_is_never_first", short_header_is_never_first },
	{ "quic_has_half_of_the_first_bytes",
	  quic_has_half_of_the_first_bytes },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("packet", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
