/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of an encoder: together they have all of its nonces, each once.  The
 * nonces of plain-07 may be so short that all are drawn.
 */
#include "box_encoder.h"

#define TINY_CAP 65536 /* nonces of 2 bytes */

static struct quiclb_encoder *tiny_encoder(uint8_t nonce_len)
{
	struct quiclb_config config;

	unit_config(&config, QUICLB_CODEC_PLAIN_07, 1, nonce_len);
	return box_encoder_new(&config);
}

/* Draws an encoder of a tiny space dry and counts its nonces in seen. */
static uint64_t draw_dry(struct quiclb_encoder *encoder, uint8_t *seen)
{
	const uint64_t want = quiclb_encoder_remaining(encoder);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	uint64_t n = 0;
	int len;

	while ((len = quiclb_encoder_next(encoder, cid, sizeof(cid))) > 0) {
		size_t nonce = 0;
		int i;

		for (i = 2; i < len; i++)
			nonce = nonce << 8 | cid[i];
		seen[nonce]++;
		n++;
		g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==,
				 want - n);
	}
	g_assert_cmpint(len, ==, QUICLB_ERR_EXHAUSTED);
	return n;
}

static void assert_parts_cover(uint8_t nonce_len, uint32_t n_parts)
{
	const size_t space = (size_t)1 << 8 * nonce_len;
	struct quiclb_encoder *const whole = tiny_encoder(nonce_len);
	g_autofree uint8_t *seen = g_malloc0(space);
	uint64_t left = 0, drawn = 0;
	uint32_t i;

	for (i = 0; i < n_parts; i++) {
		/* the last part first: the order of the calls is free */
		struct quiclb_encoder *const part =
			box_encoder_part(whole, n_parts - 1 - i, n_parts);

		left += quiclb_encoder_remaining(part);
		drawn += draw_dry(part, seen);
		quiclb_encoder_free(part);
	}
	quiclb_encoder_free(whole);
	g_assert_cmpuint(left, ==, space);
	g_assert_cmpuint(drawn, ==, space);
	g_assert_true(unit_all(seen, space, 1));
}

/* 256 nonces: into numbers that divide it or not, and into more than it has. */
static void parts_have_every_nonce_once(void)
{
	static const uint32_t more[] = { 31,  32,  100, 127,  128,  255, 256,
					 257, 300, 511, 1000, 1023, 1024 };
	uint32_t n;
	size_t i;

	for (n = 1; n <= 17; n++)
		assert_parts_cover(1, n);
	for (i = 0; i < G_N_ELEMENTS(more); i++)
		assert_parts_cover(1, more[i]);
}

static void parts_of_two_bytes_have_every_nonce_once(void)
{
	assert_parts_cover(2, 8);
	assert_parts_cover(2, 1023);
	assert_parts_cover(2, QUICLB_N_PARTS);
}

/* One nonce for all: the first part has it. */
static void parts_of_one_nonce_have_it_once(void)
{
	assert_parts_cover(0, 1);
	assert_parts_cover(0, 3);
}

/* Not one is lost where the number of nonces is no power of two, either. */
static void remaining_of_parts_adds_up(void)
{
	static const uint32_t n_parts[] = { 1, 2, 3, 7, 10, 1000, 1024 };
	uint8_t len;
	uint32_t i;
	size_t k;

	for (len = 4; len <= 18; len++)
		for (k = 0; k < G_N_ELEMENTS(n_parts); k++) {
			struct quiclb_encoder *whole;
			struct quiclb_config config;
			uint64_t all, sum = 0;

			unit_config(&config, QUICLB_CODEC_PLAIN, 1, len);
			whole = box_encoder_new(&config);
			all = quiclb_encoder_remaining(whole);
			for (i = 0; i < n_parts[k]; i++) {
				struct quiclb_encoder *const part =
					box_encoder_part(whole, i, n_parts[k]);

				sum += quiclb_encoder_remaining(part);
				quiclb_encoder_free(part);
			}
			g_assert_cmpuint(sum, ==, all);
			quiclb_encoder_free(whole);
		}
}

/* Five nonces before the counter's own end, where a step more would wrap. */
static void parts_end_where_the_counter_ends(void)
{
	uint32_t n, i;

	for (n = 1; n <= 12; n++) {
		struct quiclb_encoder *whole;
		struct quiclb_config config;
		uint64_t drawn = 0;
		uint8_t cid[10];

		unit_config(&config, QUICLB_CODEC_PLAIN, 1, 8);
		whole = box_encoder_new(&config);
		box_encoder_leave(whole, 5);
		for (i = 0; i < n; i++) {
			struct quiclb_encoder *const part =
				box_encoder_part(whole, i, n);

			while (drawn <= 5 &&
			       quiclb_encoder_next(part, cid, 10) == 10)
				drawn++;
			g_assert_cmpint(quiclb_encoder_next(part, cid, 10), ==,
					QUICLB_ERR_EXHAUSTED);
			g_assert_cmpuint(quiclb_encoder_remaining(part), ==, 0);
			quiclb_encoder_free(part);
			g_assert_cmpuint(drawn, <=, 5);
		}
		g_assert_cmpuint(drawn, ==, 5);
		quiclb_encoder_free(whole);
	}
}

static int store_nothing(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

/* One secret, so that two encoders have the same nonces in the same order. */
static struct quiclb_encoder *secret_encoder(void)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 42 };
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	unit_config(&config, QUICLB_CODEC_PLAIN, 1, 4);
	config.encode_length = 1;
	box_encoder_options(&options, &config);
	options.nonce_secret = secret;
	options.mark_store = store_nothing;
	return box_encoder_with(&config, &options);
}

static void part_i_has_every_nth_from_i(void)
{
	const uint32_t n_parts = 3;
	struct quiclb_encoder *const reference = secret_encoder();
	struct quiclb_encoder *const whole = secret_encoder();
	struct quiclb_encoder *parts[3];
	uint8_t want[QUICLB_CID_MAX_BYTES], got[QUICLB_CID_MAX_BYTES];
	uint32_t i;

	for (i = 0; i < n_parts; i++)
		parts[i] = box_encoder_part(whole, i, n_parts);
	for (i = 0; i < 300; i++) {
		g_assert_cmpint(
			quiclb_encoder_next(reference, want, sizeof(want)), ==,
			6);
		g_assert_cmpint(quiclb_encoder_next(parts[i % n_parts], got,
						    sizeof(got)),
				==, 6);
		g_assert_cmpmem(got, 6, want, 6);
	}
	for (i = 0; i < n_parts; i++)
		quiclb_encoder_free(parts[i]);
	quiclb_encoder_free(reference);
	quiclb_encoder_free(whole);
}

/* split() must fail thus and write nothing. */
static void assert_split_fails(struct quiclb_encoder *encoder, uint32_t part,
			       uint32_t n_parts, int want)
{
	struct quiclb_encoder *const untouched =
		(struct quiclb_encoder *)(void *)&untouched;
	struct quiclb_encoder *next = untouched;

	g_assert_cmpint(quiclb_encoder_split(encoder, part, n_parts, &next), ==,
			want);
	g_assert_true(next == untouched);
}

static void wrong_parts_are_refused(void)
{
	struct quiclb_encoder *const encoder = tiny_encoder(1);
	struct quiclb_encoder *part;

	assert_split_fails(NULL, 0, 1, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_split(encoder, 0, 1, NULL), ==,
			QUICLB_ERR_ARG);
	assert_split_fails(encoder, 0, 0, QUICLB_ERR_ARG);
	assert_split_fails(encoder, 2, 2, QUICLB_ERR_ARG);
	assert_split_fails(encoder, UINT32_MAX, 2, QUICLB_ERR_ARG);
	assert_split_fails(encoder, 0, QUICLB_N_PARTS + 1, QUICLB_ERR_ARG);
	assert_split_fails(encoder, 0, UINT32_MAX, QUICLB_ERR_ARG);
	/* a refused split leaves the encoder whole */
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, 256);
	part = box_encoder_part(encoder, 0, 2);
	assert_split_fails(encoder, 0, 2, QUICLB_ERR_PART_TAKEN);
	assert_split_fails(encoder, 1, 3, QUICLB_ERR_ARG);
	assert_split_fails(encoder, 0, 1, QUICLB_ERR_ARG);
	assert_split_fails(part, 0, 1, QUICLB_ERR_ARG);
	quiclb_encoder_free(part);
	/* freed is not given back: its nonces are used */
	assert_split_fails(encoder, 0, 2, QUICLB_ERR_PART_TAKEN);
	quiclb_encoder_free(box_encoder_part(encoder, 1, 2));
	assert_split_fails(encoder, 1, 2, QUICLB_ERR_PART_TAKEN);
	quiclb_encoder_free(encoder);
}

static void split_after_issuing_is_refused(void)
{
	struct quiclb_encoder *const encoder = tiny_encoder(1);
	uint8_t cid[3];

	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==, 3);
	assert_split_fails(encoder, 0, 2, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==, 3);
	quiclb_encoder_free(encoder);
}

static void whole_issues_nothing_once_split(void)
{
	struct quiclb_encoder *const encoder = tiny_encoder(1);
	struct quiclb_encoder *const part = box_encoder_part(encoder, 0, 2);
	const uint8_t nonce[1] = { 0 };
	uint8_t cid[3];

	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_SPLIT);
	g_assert_cmpint(box_encoder_encode(encoder, nonce, cid, sizeof(cid)),
			==, QUICLB_ERR_SPLIT);
	g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, 0);
	g_assert_cmpuint(quiclb_encoder_cid_len(encoder), ==, 3);
	g_assert_cmpint(quiclb_encoder_fill(encoder, cid, sizeof(cid)), ==, 0);
	g_assert_cmphex(cid[0] & 0xc0, ==, 0xc0);
	quiclb_encoder_free(part);
	quiclb_encoder_free(encoder);
}

static void parts_outlive_the_whole(void)
{
	struct quiclb_encoder *const whole = secret_encoder();
	struct quiclb_encoder *const a = box_encoder_part(whole, 0, 2);
	struct quiclb_encoder *const b = box_encoder_part(whole, 1, 2);
	uint8_t cid[6];

	quiclb_encoder_free(whole);
	g_assert_cmpint(quiclb_encoder_next(a, cid, sizeof(cid)), ==, 6);
	quiclb_encoder_free(a);
	g_assert_cmpint(quiclb_encoder_next(b, cid, sizeof(cid)), ==, 6);
	quiclb_encoder_free(b);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

/* 0, or the number of the step that went wrong. */
static int use_in_child(void *data)
{
	struct quiclb_encoder *const *const inherited = data;
	struct quiclb_encoder *next = NULL;
	uint8_t cid[3];

	if (quiclb_encoder_split(inherited[0], 1, 2, &next) !=
	    QUICLB_ERR_FORKED)
		return 1;
	if (quiclb_encoder_next(inherited[1], cid, sizeof(cid)) !=
	    QUICLB_ERR_FORKED)
		return 2;
	return 0;
}

static void child_is_refused(void)
{
	struct quiclb_encoder *const whole = tiny_encoder(1);
	struct quiclb_encoder *const part = box_encoder_part(whole, 0, 2);
	struct quiclb_encoder *encoders[2] = { whole, part };

	g_assert_cmpint(unit_in_child(use_in_child, encoders), ==, 0);
	quiclb_encoder_free(part);
	quiclb_encoder_free(box_encoder_part(whole, 1, 2));
	quiclb_encoder_free(whole);
}

/* The 14 bytes behind a nonce of the caller's are random. */
static uint64_t random_of(struct quiclb_encoder *encoder)
{
	const uint8_t nonce[4] = { 0 };
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	g_assert_cmpint(box_encoder_encode(encoder, nonce, cid, sizeof(cid)),
			==, QUICLB_CID_MAX_BYTES);
	return quiclb_h_load64(cid + 6);
}

/* Bytes drawn ahead belong to one encoder: parts begin with their own. */
static void parts_share_no_random_bytes(void)
{
	uint64_t seen[3 * 64];
	struct quiclb_encoder *whole, *parts[2];
	struct quiclb_config config;
	size_t i, n = 0;

	unit_config(&config, QUICLB_CODEC_PLAIN, 1, 4);
	config.server_use_len = 14;
	whole = box_encoder_new(&config);
	seen[n++] = random_of(whole);
	parts[0] = box_encoder_part(whole, 0, 2);
	parts[1] = box_encoder_part(whole, 1, 2);
	for (i = 0; i < 64; i++) {
		seen[n++] = random_of(parts[0]);
		seen[n++] = random_of(parts[1]);
	}
	g_assert_false(unit_any_twice(seen, n));
	quiclb_encoder_free(parts[0]);
	quiclb_encoder_free(parts[1]);
	quiclb_encoder_free(whole);
}

static const struct unit_case cases[] = {
	{ "parts_have_every_nonce_once", parts_have_every_nonce_once },
	{ "parts_of_two_bytes_have_every_nonce_once",
	  parts_of_two_bytes_have_every_nonce_once },
	{ "parts_of_one_nonce_have_it_once", parts_of_one_nonce_have_it_once },
	{ "remaining_of_parts_adds_up", remaining_of_parts_adds_up },
	{ "parts_end_where_the_counter_ends",
	  parts_end_where_the_counter_ends },
	{ "part_i_has_every_nth_from_i", part_i_has_every_nth_from_i },
	{ "wrong_parts_are_refused", wrong_parts_are_refused },
	{ "split_after_issuing_is_refused", split_after_issuing_is_refused },
	{ "whole_issues_nothing_once_split", whole_issues_nothing_once_split },
	{ "parts_outlive_the_whole", parts_outlive_the_whole },
	{ "child_is_refused", child_is_refused },
	{ "parts_share_no_random_bytes", parts_share_no_random_bytes },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("split", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
