/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_encoder_fill(): a CID whatever happens; routable if it can be.
 */
#include "box_encoder.h"

static struct quiclb_encoder *encoder_of(uint8_t codec, uint8_t server_id_len,
					 uint8_t nonce_len)
{
	struct quiclb_config config;

	box_reset();
	unit_config(&config, codec, server_id_len, nonce_len);
	return box_encoder_new(&config);
}

/* Fills exactly cid_len bytes and not one more. */
static int fill(struct quiclb_encoder *encoder, uint8_t *cid, size_t cid_len)
{
	const uint64_t before = quiclb_encoder_remaining(encoder);
	int result;

	cid[cid_len] = UNIT_UNTOUCHED;
	result = quiclb_encoder_fill(encoder, cid, cid_len);
	g_assert_cmpint(cid[cid_len], ==, UNIT_UNTOUCHED);
	g_assert_cmpuint(before - quiclb_encoder_remaining(encoder), ==,
			 (uint64_t)result);
	return result;
}

static void own_length_is_the_next_cid(void)
{
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN, 3, 8);
	uint8_t cid[13];
	int i;

	for (i = 0; i < 100; i++) {
		g_assert_cmpint(fill(encoder, cid, 12), ==, 1);
		g_assert_cmpint(cid[0] >> 5, ==, 0);
		g_assert_cmpmem(cid + 1, 3, "\1\2\3", 3);
	}
	quiclb_encoder_free(encoder);
}

/* What nobody can route says so, and says how long it is. */
static void other_length_is_unroutable(void)
{
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_FOUR_PASS, 3, 8);
	uint8_t cid[66];
	size_t len;

	for (len = 1; len <= 64; len++) {
		if (len == 12)
			continue;
		g_assert_cmpint(fill(encoder, cid, len), ==, 0);
		g_assert_cmphex(cid[0], ==, 0xe0 | ((len - 1) & 31));
	}
	quiclb_encoder_free(encoder);
}

static void no_bytes_are_none(void)
{
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN, 3, 8);
	uint8_t cid[1];

	g_assert_cmpint(quiclb_encoder_fill(encoder, NULL, 0), ==, 0);
	g_assert_cmpint(quiclb_encoder_fill(NULL, NULL, 0), ==, 0);
	g_assert_cmpint(fill(encoder, cid, 0), ==, 0);
	quiclb_encoder_free(encoder);
}

static void null_is_unroutable(void)
{
	uint8_t cid[21];
	size_t len;

	box_reset();
	for (len = 1; len <= 20; len++) {
		g_assert_cmpint(fill(NULL, cid, len), ==, 0);
		g_assert_cmphex(cid[0], ==, 0xe0 | (len - 1));
	}
}

static void exhausted_is_unroutable(void)
{
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_FOUR_PASS, 3, 8);
	uint8_t cid[13];

	box_encoder_leave(encoder, 1);
	g_assert_cmpint(fill(encoder, cid, 12), ==, 1);
	g_assert_cmpint(fill(encoder, cid, 12), ==, 0);
	g_assert_cmphex(cid[0], ==, 0xe0 | 11);
	g_assert_cmpint(fill(encoder, cid, 12), ==, 0);
	quiclb_encoder_free(encoder);
}

static int fill_in_child(void *data)
{
	uint8_t cid[12];

	if (quiclb_encoder_fill(data, cid, sizeof(cid)))
		return 1;
	return cid[0] == (0xe0 | 11) ? 0 : 2;
}

static void forked_is_unroutable(void)
{
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_FOUR_PASS, 3, 8);
	uint8_t cid[13];

	g_assert_cmpint(unit_in_child(fill_in_child, encoder), ==, 0);
	g_assert_cmpint(fill(encoder, cid, 12), ==, 1);
	quiclb_encoder_free(encoder);
}

static int fail(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 1;
}

static void unstored_mark_is_unroutable(void)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES];
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint8_t cid[13];

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 8);
	box_encoder_options(&options, &config);
	options.nonce_secret = secret;
	options.mark_store = fail;
	encoder = box_encoder_with(&config, &options);
	g_assert_cmpint(fill(encoder, cid, 12), ==, 0);
	g_assert_cmphex(cid[0], ==, 0xe0 | 11);
	quiclb_encoder_free(encoder);
}

/* Not even the system's random bytes are needed; no two are alike. */
static void no_random_bytes_is_unroutable(void)
{
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_FOUR_PASS, 3, 8);
	uint64_t seen[100];
	uint8_t cid[13];
	size_t i;

	box.random = 0;
	for (i = 0; i < G_N_ELEMENTS(seen); i++) {
		g_assert_cmpint(fill(encoder, cid, 12), ==, 0);
		g_assert_cmphex(cid[0], ==, 0xe0 | 11);
		seen[i] = quiclb_h_load64(cid + 1);
	}
	g_assert_false(unit_any_twice(seen, G_N_ELEMENTS(seen)));
	box_reset();
	quiclb_encoder_free(encoder);
}

/* Six bits for the length, of which a CID needs five. */
static void two_bits_are_unroutable_as_0b11(void)
{
	static const uint8_t codecs[] = { QUICLB_CODEC_FOUR_PASS_12,
					  QUICLB_CODEC_FOUR_PASS_14,
					  QUICLB_CODEC_FOUR_PASS_15,
					  QUICLB_CODEC_PLAIN_07,
					  QUICLB_CODEC_STREAM_07 };
	uint8_t cid[81];
	size_t i, len;

	for (i = 0; i < G_N_ELEMENTS(codecs); i++) {
		struct quiclb_encoder *const encoder =
			encoder_of(codecs[i], 3, 8);

		for (len = 1; len <= 80; len++) {
			if (len == 12)
				continue;
			g_assert_cmpint(fill(encoder, cid, len), ==, 0);
			g_assert_cmphex(cid[0], ==, 0xc0 | ((len - 1) & 63));
		}
		box_encoder_leave(encoder, 0);
		g_assert_cmpint(fill(encoder, cid, 12), ==, 0);
		g_assert_cmphex(cid[0], ==, 0xc0 | 11);
		quiclb_encoder_free(encoder);
	}
}

/* The bits decide, not the codec's usual ones. */
static void rotation_bits_of_the_config_decide(void)
{
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint8_t cid[9];

	box_reset();
	unit_config(&config, QUICLB_CODEC_FOUR_PASS_15, 3, 8);
	config.rotation_bits = 3;
	encoder = box_encoder_new(&config);
	g_assert_cmpint(fill(encoder, cid, 8), ==, 0);
	g_assert_cmphex(cid[0], ==, 0xe0 | 7);
	quiclb_encoder_free(encoder);
	unit_config(&config, QUICLB_CODEC_PLAIN, 3, 8);
	config.rotation_bits = 2;
	encoder = box_encoder_new(&config);
	g_assert_cmpint(fill(encoder, cid, 8), ==, 0);
	g_assert_cmphex(cid[0], ==, 0xc0 | 7);
	quiclb_encoder_free(encoder);
}

/*
 * What stays the same in a first octet over many fills of another length: the
 * bits that were never 1, and those that were never 0.
 */
static void fill_many(struct quiclb_encoder *encoder, uint8_t *zeroes,
		      uint8_t *ones)
{
	uint8_t cid[9];
	int i;

	*zeroes = *ones = 0xff;
	for (i = 0; i < 200; i++) {
		g_assert_cmpint(fill(encoder, cid, 8), ==, 0);
		*zeroes &= (uint8_t)~cid[0];
		*ones &= cid[0];
	}
}

/* Version 0 is none that a balancer of mvfst's looks into. */
static void mvfst_falls_back_on_version_0(void)
{
	static const uint8_t rows[][3] = { { QUICLB_CODEC_MVFST_1, 2, 8 },
					   { QUICLB_CODEC_MVFST_2, 3, 8 },
					   { QUICLB_CODEC_MVFST_3, 4, 8 } };
	uint8_t zeroes, ones;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct quiclb_encoder *const encoder =
			encoder_of(rows[i][0], rows[i][1], rows[i][2]);

		fill_many(encoder, &zeroes, &ones);
		g_assert_cmphex(zeroes, ==, 0xc0);
		g_assert_cmphex(ones, ==, 0);
		quiclb_encoder_free(encoder);
	}
}

static void layouts_without_rotation_fall_back_on_random_bytes(void)
{
	static const uint8_t rows[][3] = { { QUICLB_CODEC_MSQUIC, 4, 9 },
					   { QUICLB_CODEC_QUICLY, 8, 8 } };
	uint8_t zeroes, ones;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct quiclb_encoder *const encoder =
			encoder_of(rows[i][0], rows[i][1], rows[i][2]);

		fill_many(encoder, &zeroes, &ones);
		g_assert_cmphex(zeroes, ==, 0);
		g_assert_cmphex(ones, ==, 0);
		quiclb_encoder_free(encoder);
	}
}

static const struct unit_case cases[] = {
	{ "own_length_is_the_next_cid", own_length_is_the_next_cid },
	{ "other_length_is_unroutable", other_length_is_unroutable },
	{ "no_bytes_are_none", no_bytes_are_none },
	{ "null_is_unroutable", null_is_unroutable },
	{ "exhausted_is_unroutable", exhausted_is_unroutable },
	{ "forked_is_unroutable", forked_is_unroutable },
	{ "unstored_mark_is_unroutable", unstored_mark_is_unroutable },
	{ "no_random_bytes_is_unroutable", no_random_bytes_is_unroutable },
	{ "two_bits_are_unroutable_as_0b11", two_bits_are_unroutable_as_0b11 },
	{ "rotation_bits_of_the_config_decide",
	  rotation_bits_of_the_config_decide },
	{ "mvfst_falls_back_on_version_0", mvfst_falls_back_on_version_0 },
	{ "layouts_without_rotation_fall_back_on_random_bytes",
	  layouts_without_rotation_fall_back_on_random_bytes },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("fill", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
