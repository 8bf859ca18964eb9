/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared decoder as header-only users call it, and the moves of bytes in
 * words beneath it.
 */
#include <quiclb/decode.h>

#include "pairs.h"

#define UNKNOWN_CODEC 127 /* the last that is ours to give */

/* A record of another codec must not be decoded as one of these. */
static void unknown_codec_is_refused(void)
{
	struct quiclb_record record;
	struct quiclb_block id;
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };

	memset(&record, 0, sizeof(record));
	memset(&id, UNIT_UNTOUCHED, sizeof(id));
	g_assert_cmpint(quiclb_decode_server(&record, cid, sizeof(cid), &id),
			==, QUICLB_ERR_CODEC);
	g_assert_cmpint(quiclb_decode_server(&record, cid, 0, &id), ==,
			QUICLB_ERR_CODEC);
	g_assert_cmpint(quiclb_h_valid(&record), ==, QUICLB_ERR_CODEC);
	record.codec = UNKNOWN_CODEC;
	record.min_cid_len = 8;
	g_assert_cmpint(quiclb_decode_server(&record, cid, 8, &id), ==,
			QUICLB_ERR_CODEC);
	g_assert_cmpint(quiclb_h_valid(&record), ==, QUICLB_ERR_CODEC);
	g_assert_true(unit_all(&id, sizeof(id), UNIT_UNTOUCHED));
	g_assert_cmpint(quiclb_h_family(0), ==, QUICLB_ERR_CODEC);
	g_assert_cmpint(quiclb_h_family(UNKNOWN_CODEC), ==, QUICLB_ERR_CODEC);
}

static void unknown_codec_is_not_encoded(void)
{
	const struct quiclb_words plain = { { 1, 2, 3 } };
	struct quiclb_record record;
	struct quiclb_words cid;

	memset(&record, 0, sizeof(record));
	memset(&cid, UNIT_UNTOUCHED, sizeof(cid));
	g_assert_cmpint(quiclb_h_encode(&record, &plain, 0, &cid,
					quiclb_h_encrypt, quiclb_h_decrypt),
			==, QUICLB_ERR_CODEC);
	record.codec = UNKNOWN_CODEC;
	g_assert_cmpint(quiclb_h_decode(&record, &plain, &cid, quiclb_h_encrypt,
					quiclb_h_decrypt),
			==, QUICLB_ERR_CODEC);
	g_assert_true(unit_all(&cid, sizeof(cid), UNIT_UNTOUCHED));
}

/* What programs take that choose the codec in every step, as in BPF. */
static void steps_of_an_unknown_codec_do_nothing(void)
{
	struct quiclb_record record;
	struct quiclb_work work, before;

	memset(&record, 0, sizeof(record));
	memset(&work, UNIT_UNTOUCHED, sizeof(work));
	before = work;
	g_assert_cmpint(quiclb_h_known(&record), ==, 0);
	g_assert_cmpint(quiclb_h_decode_step(&record, &work, 0), ==,
			QUICLB_STEP_DONE);
	g_assert_cmpint(quiclb_h_encode_step(&record, &work, 0), ==,
			QUICLB_STEP_DONE);
	g_assert_cmpmem(&work, sizeof(work), &before, sizeof(before));
	record.codec = QUICLB_CODEC_PLAIN;
	g_assert_cmpint(quiclb_h_known(&record), ==, 1);
}

/* The same CID, whether the codec is chosen once or in every step. */
static void steps_agree(const struct quiclb_config *config)
{
	struct quiclb_words plain = { { 0, 0, 0 } }, cid = plain, again = plain;
	struct quiclb_record record;
	struct quiclb_work work;
	uint8_t bytes[QUICLB_CID_MAX_BYTES];

	if (config->server_use_len || config->worker_len)
		return;
	g_assert_cmpint(quiclb_config_compile(config, &record), ==, 0);
	unit_random(bytes, sizeof(bytes));
	plain = quiclb_h_window(bytes, record.body_len);
	g_assert_cmpint(quiclb_h_encode(&record, &plain, 0x5a, &cid,
					quiclb_h_encrypt, quiclb_h_decrypt),
			==, 0);
	memset(&work, 0, sizeof(work));
	work.body = plain;
	work.first = 0x5a;
	quiclb_h_run(&record, &work, quiclb_h_encode_step, quiclb_h_encrypt,
		     quiclb_h_decrypt);
	g_assert_cmpmem(&work.body, sizeof(cid), &cid, sizeof(cid));
	g_assert_cmpint(quiclb_h_decode(&record, &cid, &again, quiclb_h_encrypt,
					quiclb_h_decrypt),
			==, 0);
	memset(&work, 0, sizeof(work));
	work.body = cid;
	quiclb_h_run(&record, &work, quiclb_h_decode_step, quiclb_h_encrypt,
		     quiclb_h_decrypt);
	g_assert_cmpmem(&work.body, sizeof(again), &again, sizeof(again));
}

static void every_step_agrees(void)
{
	g_assert_cmpuint(pairs_each_config(steps_agree), >, 0);
}

static void codepoint_is_the_top_three_bits(void)
{
	unsigned int octet;

	for (octet = 0; octet < 256; octet++)
		g_assert_cmpint(quiclb_h_codepoint((uint8_t)octet), ==,
				octet / 32);
}

/* Whatever the packet has behind the CID, the server ID stays the same. */
static void rest_does_not_matter(const struct quiclb_config *config)
{
	struct quiclb_record record;
	struct quiclb_block first, id;
	uint8_t cid[32];
	uint32_t len;

	if (config->server_use_len || config->worker_len)
		return;
	g_assert_cmpint(quiclb_config_compile(config, &record), ==, 0);
	unit_random(cid, sizeof(cid));
	len = record.min_cid_len;
	g_assert_cmpint(quiclb_decode_server(&record, cid, len, &first), ==, 0);
	/* nor what belongs to the caller, or to nobody */
	record.tag = record.pad1 = 0xffffffff;
	record.keyed = 0xff; /* for the data plane */
	record.pad2 = ~0ULL;
	for (; len <= sizeof(cid); len += 3) {
		g_autofree uint8_t *exact = NULL;

		unit_random(cid + record.min_cid_len,
			    sizeof(cid) - record.min_cid_len);
		exact = unit_copy(cid, len);
		memset(&id, UNIT_UNTOUCHED, sizeof(id));
		g_assert_cmpint(quiclb_decode_server(&record, exact, len, &id),
				==, 0);
		g_assert_cmpmem(&id, sizeof(id), &first, sizeof(first));
	}
}

static void bytes_behind_the_cid_do_not_matter(void)
{
	g_assert_cmpuint(pairs_each_config(rest_does_not_matter), >, 0);
}

/* ----------------------------------------------------------------- bytes -- */

static void store(const struct quiclb_words *words, uint8_t out[24])
{
	int i;

	for (i = 0; i < 24; i++)
		out[i] = (uint8_t)(words->w[i / 8] >> 8 * (i % 8));
}

static void moves_are_those_of_bytes(void)
{
	uint8_t in[24], got[24], want[24];
	struct quiclb_words x, y;
	int len;

	unit_random(in, sizeof(in));
	x.w[0] = quiclb_h_load64(in);
	x.w[1] = quiclb_h_load64(in + 8);
	x.w[2] = quiclb_h_load64(in + 16);
	for (len = 0; len < 24; len++) {
		y = quiclb_h_drop(&x, len);
		store(&y, got);
		memset(want, 0, sizeof(want));
		memcpy(want, in + len, sizeof(in) - (size_t)len);
		g_assert_cmpmem(got, 24, want, 24);
		y = quiclb_h_push(&x, len);
		store(&y, got);
		memset(want, 0, sizeof(want));
		memcpy(want + len, in, sizeof(in) - (size_t)len);
		g_assert_cmpmem(got, 24, want, 24);
	}
}

static void loads_and_masks_begin_at_the_low_end(void)
{
	const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	g_assert_cmphex(quiclb_h_load64(bytes), ==, 0x0807060504030201);
	g_assert_cmphex(quiclb_h_load32(bytes), ==, 0x04030201);
	g_assert_cmphex(quiclb_h_mask64(-1), ==, 0);
	g_assert_cmphex(quiclb_h_mask64(0), ==, 0);
	g_assert_cmphex(quiclb_h_mask64(1), ==, 0xff);
	g_assert_cmphex(quiclb_h_mask64(7), ==, 0x00ffffffffffffff);
	g_assert_cmphex(quiclb_h_mask64(8), ==, 0xffffffffffffffff);
	g_assert_cmphex(quiclb_h_mask64(9), ==, 0xffffffffffffffff);
}

static void window_is_twenty_bytes_at_most(void)
{
	uint8_t cid[24], got[24], want[24];
	struct quiclb_words win;
	uint32_t len;

	unit_random(cid, sizeof(cid));
	for (len = 0; len <= sizeof(cid); len++) {
		win = quiclb_h_window(cid, len);
		store(&win, got);
		memset(want, 0, sizeof(want));
		memcpy(want, cid, MIN(len, 20u));
		g_assert_cmpmem(got, 24, want, 24);
	}
}

static const struct unit_case cases[] = {
	{ "unknown_codec_is_refused", unknown_codec_is_refused },
	{ "unknown_codec_is_not_encoded", unknown_codec_is_not_encoded },
	{ "steps_of_an_unknown_codec_do_nothing",
	  steps_of_an_unknown_codec_do_nothing },
	{ "every_step_agrees", every_step_agrees },
	{ "codepoint_is_the_top_three_bits", codepoint_is_the_top_three_bits },
	{ "bytes_behind_the_cid_do_not_matter",
	  bytes_behind_the_cid_do_not_matter },
	{ "moves_are_those_of_bytes", moves_are_those_of_bytes },
	{ "loads_and_masks_begin_at_the_low_end",
	  loads_and_masks_begin_at_the_low_end },
	{ "window_is_twenty_bytes_at_most", window_is_twenty_bytes_at_most },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("decode", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
