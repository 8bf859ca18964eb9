/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict table, by the real program: IPv6 extension headers.  Options and
 * routing headers are walked, four of them and 128 bytes at most.
 */
#include <linux/bpf.h>

#include "netns.h"
#include "packets.h"
#include "unit.h"

#define MAX_HEADERS 4
#define MAX_BYTES 128
#define IPV6_BYTES 40

enum { HOP_BY_HOP = 0, UDP = 17, ROUTING = 43, FRAGMENT = 44, OPTIONS = 60 };

static const uint8_t types[] = { HOP_BY_HOP, ROUTING, OPTIONS };
#define N_TYPES G_N_ELEMENTS(types)

/* A short header for ID_LEFT6 behind n extension headers. */
static struct frame behind(const struct frame_ext *ext, size_t n)
{
	struct frame_spec spec;
	struct quic quic;
	struct frame f;

	packets_spec(&spec, VIP6);
	g_assert_cmpuint(n, <=, FRAME_EXT_CAP);
	memcpy(spec.ext, ext, n * sizeof(*ext));
	spec.n_ext = n;
	packets_short(&quic, VIP6, ROTATION_FOUR_PASS, ID_LEFT6);
	frame_build(&f, &spec, &quic);
	return f;
}

/* Offset of the byte that names what follows the extension headers. */
static size_t last_next_header(const struct frame *f, const uint8_t *lens,
			       size_t n)
{
	size_t i, at = f->l3 + 6, off = f->l3 + IPV6_BYTES;

	for (i = 0; i < n; i++) {
		at = off;
		off += 8 + 8u * lens[i];
	}
	return at;
}

/* Types by the digits of a number of base 3; returns how many there are. */
static size_t number_to_ext(unsigned int number, struct frame_ext *ext,
			    size_t n)
{
	size_t i;

	memset(ext, 0, n * sizeof(*ext));
	for (i = 0; i < n; i++, number /= N_TYPES)
		ext[i].type = types[number % N_TYPES];
	return n;
}

static unsigned int power(unsigned int base, size_t n)
{
	return n ? base * power(base, n - 1) : 1;
}

/* All orders, repetitions too: what a sender may do is not asked. */
static void up_to_four_headers_steer(void)
{
	struct frame_ext ext[FRAME_EXT_CAP];
	unsigned int number;
	struct frame f;
	size_t n;

	for (n = 0; n <= MAX_HEADERS; n++)
		for (number = 0; number < power(N_TYPES, n); number++) {
			f = behind(ext, number_to_ext(number, ext, n));
			packets_reach(&f, VIP6, ID_LEFT6);
		}
}

static void five_headers_pass(void)
{
	struct frame_ext ext[FRAME_EXT_CAP];
	unsigned int number;
	struct frame f;
	size_t n;

	for (n = MAX_HEADERS + 1; n <= FRAME_EXT_CAP; n++)
		for (number = 0; number < power(N_TYPES, n);
		     number += n - MAX_HEADERS) {
			f = behind(ext, number_to_ext(number, ext, n));
			packets_pass(&f, QUICLB_REASON_EXT_HEADERS, -1);
		}
}

/* One header of every length; the frame is as long as it says. */
static void every_length_of_one_header_has_its_verdict(void)
{
	struct frame_ext ext = { 0 };
	struct frame f;
	unsigned int len;
	size_t i;

	for (i = 0; i < N_TYPES; i++)
		for (len = 0; len < 256; len++) {
			ext.type = types[i];
			ext.len = (uint8_t)len;
			f = behind(&ext, 1);
			if (8 + 8 * len <= MAX_BYTES)
				packets_reach(&f, VIP6, ID_LEFT6);
			else
				packets_pass(&f, QUICLB_REASON_EXT_HEADERS, -1);
		}
}

/* Several that together come close to the limit, and go beyond. */
static void lengths_count_together(void)
{
	struct frame_ext ext[MAX_HEADERS];
	unsigned int a, b, c;
	struct frame f;

	for (a = 0; a < 18; a++)
		for (b = 0; b < 18; b++)
			for (c = 0; c < 4; c++) {
				number_to_ext(a + b + c, ext, MAX_HEADERS);
				ext[0].len = (uint8_t)a;
				ext[1].len = (uint8_t)b;
				ext[3].len = (uint8_t)c;
				f = behind(ext, MAX_HEADERS);
				if (8 * (4 + a + b + c) <= MAX_BYTES)
					packets_reach(&f, VIP6, ID_LEFT6);
				else
					packets_pass(&f,
						     QUICLB_REASON_EXT_HEADERS,
						     -1);
			}
}

/* The address is not the last one of the way; other bytes there are data. */
static void segments_left_pass(void)
{
	struct frame_ext ext[MAX_HEADERS];
	struct frame f;
	unsigned int left;
	size_t i, at;

	for (at = 0; at < MAX_HEADERS; at++)
		for (i = 0; i < N_TYPES; i++)
			for (left = 1; left < 256; left += 1 + left / 4) {
				number_to_ext(0, ext, MAX_HEADERS);
				ext[at].type = types[i];
				ext[at].segments_left = (uint8_t)left;
				f = behind(ext, at + 1);
				if (types[i] == ROUTING)
					packets_pass(&f,
						     QUICLB_REASON_EXT_HEADERS,
						     -1);
				else
					packets_reach(&f, VIP6, ID_LEFT6);
			}
}

/* What stands behind the headers is told from what may be walked. */
static void every_next_header_behind_them_has_its_verdict(void)
{
	static const struct frame_ext ext[] = { { HOP_BY_HOP, 0, 0 },
						{ ROUTING, 2, 0 },
						{ OPTIONS, 1, 0 },
						{ OPTIONS, 0, 0 } };
	static const uint8_t lens[] = { 0, 2, 1, 0 };
	unsigned int next;
	struct frame f;
	size_t n;

	for (n = 1; n <= MAX_HEADERS; n++)
		for (next = 0; next < 256; next++) {
			f = behind(ext, n);
			f.bytes[last_next_header(&f, lens, n)] = (uint8_t)next;
			if (next == UDP)
				packets_reach(&f, VIP6, ID_LEFT6);
			else if (next == FRAGMENT)
				packets_pass(&f, QUICLB_REASON_FRAGMENT, -1);
			else if (next != HOP_BY_HOP && next != ROUTING &&
				 next != OPTIONS)
				packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
			else if (n == MAX_HEADERS)
				packets_pass(&f, QUICLB_REASON_EXT_HEADERS, -1);
			/* else the UDP header is walked as one more */
		}
}

/* Nothing may follow "no next header", wherever it stands. */
static void no_next_header_is_not_vip(void)
{
	static const struct frame_ext ext[] = { { HOP_BY_HOP, 0, 0 },
						{ OPTIONS, 15, 0 } };
	static const uint8_t lens[] = { 0, 15 };
	struct frame f;
	size_t n;

	for (n = 0; n <= 1; n++) {
		f = behind(ext, n);
		f.bytes[last_next_header(&f, lens, n)] = 59;
		packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
		f.len = f.l4; /* and nothing does */
		frame_put16(&f, f.l3 + 4,
			    (unsigned int)(f.l4 - f.l3 - IPV6_BYTES));
		packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
}

/* Four headers that are 128 bytes together. */
static struct frame longest(void)
{
	static const struct frame_ext ext[] = { { HOP_BY_HOP, 3, 0 },
						{ OPTIONS, 0, 0 },
						{ ROUTING, 6, 0 },
						{ OPTIONS, 3, 0 } };

	return behind(ext, G_N_ELEMENTS(ext));
}

/* Cut, and cut with lengths that fit what is left. */
static void cut_headers_are_truncated(void)
{
	const struct frame whole = longest();
	const size_t begin = whole.l3 + IPV6_BYTES;
	struct frame f = whole;

	g_assert_cmpuint(whole.l4 - begin, ==, MAX_BYTES);
	packets_reach(&whole, VIP6, ID_LEFT6);
	for (f.len = 14; f.len < whole.len; f.len++)
		packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
	for (f.len = begin; f.len < whole.payload; f.len++) {
		frame_put16(&f, f.l3 + 4, (unsigned int)(f.len - begin));
		packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
	}
}

/* The IP payload ends among the headers, or in UDP; the frame goes on. */
static void chain_beyond_ip_payload_is_truncated(void)
{
	struct frame f = longest();
	const size_t begin = f.l3 + IPV6_BYTES;
	const unsigned int whole = (unsigned int)(f.len - begin);
	unsigned int len;

	for (len = 0; len < 0x10000; len += len < 512 ? 1 : 97) {
		frame_put16(&f, f.l3 + 4, len);
		if (len == whole)
			packets_reach(&f, VIP6, ID_LEFT6);
		else
			packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
	}
}

/* A header that says to be longer than the frame. */
static void header_beyond_frame_is_truncated(void)
{
	static const struct frame_ext ext = { OPTIONS, 0, 0 };
	struct frame f = behind(&ext, 1);
	const size_t room = f.len - f.l4;
	unsigned int len;

	for (len = 1; len < 256; len++) {
		f.bytes[f.l3 + IPV6_BYTES + 1] = (uint8_t)len;
		if (8 + 8 * len > MAX_BYTES)
			packets_pass(&f, QUICLB_REASON_EXT_HEADERS, -1);
		else if (8 * len + 8 > room)
			packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
	}
}

/* The other verdicts are as without them. */
static void other_verdicts_stay(void)
{
	struct frame f = longest();

	f.bytes[f.l3 + 7] = 1;
	packets_pass(&f, QUICLB_REASON_TTL, VIP6);
	f.bytes[f.l3 + 7] = 64;
	f.bytes[f.l3 + 24] ^= 1;
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	f.bytes[f.l3 + 24] ^= 1;
	frame_put16(&f, f.l4 + 2, PORT + 1);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	frame_put16(&f, f.l4 + 2, PORT);
	f.bytes[f.payload + 1] |= 0xe0;
	packets_pass(&f, QUICLB_REASON_RESERVED, VIP6);
}

/* Random headers: one counter, and what leaves has its payload. */
static void noise_is_counted_once(void)
{
	const struct frame whole = longest();
	struct rig_result result;
	struct frame f;
	unsigned int i, n;

	for (i = 0; i < unit_rounds(20000); i++) {
		f = whole;
		f.bytes[f.l3 + 6] = types[i % N_TYPES];
		for (n = 0; n < i % 9; n++)
			f.bytes[g_test_rand_int_range((int)f.l3 + IPV6_BYTES,
						      (int)f.l4)] =
				n & 1 ? (uint8_t)g_test_rand_int_range(0, 4)
				      : types[g_test_rand_int_range(0,
								    N_TYPES)];
		rig_run(&packets_rig, f.bytes, f.len, &result);
		g_assert_cmpuint(result.len, ==, f.len);
		if (result.action == XDP_PASS)
			g_assert_cmpmem(result.frame, result.len, f.bytes,
					f.len);
		else
			g_assert_cmpmem(result.frame + f.l3 + 8,
					f.len - f.l3 - 8, f.bytes + f.l3 + 8,
					f.len - f.l3 - 8);
	}
}

static const struct unit_case cases[] = {
	{ "up_to_four_headers_steer", up_to_four_headers_steer },
	{ "five_headers_pass", five_headers_pass },
	{ "every_length_of_one_header_has_its_verdict",
	  every_length_of_one_header_has_its_verdict },
	{ "lengths_count_together", lengths_count_together },
	{ "segments_left_pass", segments_left_pass },
	{ "every_next_header_behind_them_has_its_verdict",
	  every_next_header_behind_them_has_its_verdict },
	{ "no_next_header_is_not_vip", no_next_header_is_not_vip },
	{ "cut_headers_are_truncated", cut_headers_are_truncated },
	{ "chain_beyond_ip_payload_is_truncated",
	  chain_beyond_ip_payload_is_truncated },
	{ "header_beyond_frame_is_truncated",
	  header_beyond_frame_is_truncated },
	{ "other_verdicts_stay", other_verdicts_stay },
	{ "noise_is_counted_once", noise_is_counted_once },
};

int main(int argc, char **argv)
{
	return packets_main(argc, argv, "packets_ext", cases,
			    G_N_ELEMENTS(cases));
}
