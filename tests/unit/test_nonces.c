/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nonces of quiclb_encoder_next(), seen through plain: none twice, and the
 * last one is the last.  That none tells its neighbours is test_order.c.
 */
#include "box_encoder.h"

#define SERVER_ID_BYTES 1
#define DRAWS_FOR_DUPLICATES (1u << 20)
#define DRAWS_FOR_SEQUENCES (1u << 16)

static struct quiclb_encoder *plain_encoder(uint8_t nonce_len)
{
	struct quiclb_config config;

	unit_config(&config, QUICLB_CODEC_PLAIN, SERVER_ID_BYTES, nonce_len);
	return box_encoder_new(&config);
}

/* The first 4 bytes of the next nonce, as a big-endian number. */
static uint32_t next_nonce(struct quiclb_encoder *encoder)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const uint8_t *const n = cid + 1 + SERVER_ID_BYTES;

	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), >, 0);
	g_assert_cmpint(cid[1], ==, 1);
	return (uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 |
	       (uint32_t)n[2] << 8 | n[3];
}

/* n nonces of 4 bytes of a new encoder; to g_free(). */
static uint32_t *nonces(unsigned int n)
{
	struct quiclb_encoder *const encoder = plain_encoder(4);
	uint32_t *const out = g_new(uint32_t, n);
	unsigned int i;

	for (i = 0; i < n; i++)
		out[i] = next_nonce(encoder);
	quiclb_encoder_free(encoder);
	return out;
}

static void none_appears_twice(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_DUPLICATES);
	g_autofree uint32_t *seen = nonces(n);
	g_autofree uint64_t *wide = g_new(uint64_t, n);
	unsigned int i;

	for (i = 0; i < n; i++)
		wide[i] = seen[i];
	g_assert_false(unit_any_twice(wide, n));
}

/* The same construction over 1 and 2 bytes, where all values can be drawn. */
static void order_is_a_permutation(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(4);
	g_autofree uint64_t *seen = g_new(uint64_t, 65536);
	uint8_t len;
	uint64_t i;

	for (len = 1; len <= 2; len++) {
		const uint64_t n = UINT64_C(1) << 8 * len;

		for (i = 0; i < n; i++) {
			seen[i] = box_encoder_order(encoder, 2, len, i);
			g_assert_cmpuint(seen[i], <, n);
		}
		g_assert_false(unit_any_twice(seen, n));
	}
	quiclb_encoder_free(encoder);
}

/* plain-07 has nonces so short that an encoder can be drawn dry. */
static void short_spaces_are_drawn_whole(void)
{
	uint8_t len;

	for (len = 0; len <= 2; len++) {
		const size_t n = (size_t)1 << 8 * len;
		g_autofree uint64_t *seen = g_new0(uint64_t, n);
		uint8_t cid[QUICLB_CID_MAX_BYTES];
		struct quiclb_encoder *encoder;
		struct quiclb_config config;
		size_t i;

		unit_config(&config, QUICLB_CODEC_PLAIN_07, 1, len);
		encoder = box_encoder_new(&config);
		g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, n);
		for (i = 0; i < n; i++) {
			g_assert_cmpint(
				quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, 2 + len);
			memcpy(&seen[i], cid + 2, len);
		}
		g_assert_false(unit_any_twice(seen, n));
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, QUICLB_ERR_EXHAUSTED);
		quiclb_encoder_free(encoder);
	}
}

static void draw_to_the_end(uint8_t nonce_len)
{
	struct quiclb_encoder *const encoder = plain_encoder(nonce_len);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	uint64_t seen[5], left;

	box_encoder_leave(encoder, 5);
	for (left = 5; left > 0; left--) {
		g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, left);
		seen[left - 1] = next_nonce(encoder);
	}
	g_assert_false(unit_any_twice(seen, 5));
	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	for (left = 0; left < 3; left++) {
		g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, 0);
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, QUICLB_ERR_EXHAUSTED);
		g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	}
	quiclb_encoder_free(encoder);
}

static void last_one_is_followed_by_exhausted(void)
{
	uint8_t len;

	for (len = 4; len <= 18; len++)
		draw_to_the_end(len);
}

static void explicit_nonce_is_never_exhausted(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(4);
	const uint8_t nonce[4] = { 9, 8, 7, 6 };
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	box_encoder_leave(encoder, 0);
	g_assert_cmpint(box_encoder_encode(encoder, nonce, cid, sizeof(cid)),
			==, 6);
	g_assert_cmpmem(cid + 2, 4, nonce, 4);
	quiclb_encoder_free(encoder);
}

static void remaining_starts_at_the_whole_space(void)
{
	uint8_t len;

	g_assert_cmpuint(quiclb_encoder_remaining(NULL), ==, 0);
	for (len = 4; len <= 18; len++) {
		struct quiclb_encoder *const encoder = plain_encoder(len);
		const uint64_t want =
			len < 8 ? UINT64_C(1) << 8 * len : UINT64_MAX;

		g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, want);
		next_nonce(encoder);
		g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==,
				 want - 1);
		quiclb_encoder_free(encoder);
	}
}

/* Across the wrap of the counter, too, and across that of its low word. */
static void counter_wraps_without_repeating(void)
{
	uint8_t len;

	for (len = 4; len <= 18; len++) {
		struct quiclb_encoder *const encoder = plain_encoder(len);
		uint64_t seen[64];
		int i;

		box_encoder_start_at_end(encoder);
		for (i = 0; i < 64; i++)
			seen[i] = next_nonce(encoder);
		g_assert_false(unit_any_twice(seen, 64));
		quiclb_encoder_free(encoder);
	}
}

static void two_encoders_share_no_sequence(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_SEQUENCES);
	g_autofree uint32_t *a = nonces(n);
	g_autofree uint32_t *b = nonces(n);
	unsigned int i, same = 0;

	for (i = 0; i < n; i++)
		same += a[i] == b[i] || (i && a[i] == b[i - 1]) ||
			(i && a[i - 1] == b[i]);
	g_assert_cmpuint(same, <=, 2);
}

static const struct unit_case cases[] = {
	{ "none_appears_twice", none_appears_twice },
	{ "order_is_a_permutation", order_is_a_permutation },
	{ "short_spaces_are_drawn_whole", short_spaces_are_drawn_whole },
	{ "last_one_is_followed_by_exhausted",
	  last_one_is_followed_by_exhausted },
	{ "explicit_nonce_is_never_exhausted",
	  explicit_nonce_is_never_exhausted },
	{ "remaining_starts_at_the_whole_space",
	  remaining_starts_at_the_whole_space },
	{ "counter_wraps_without_repeating", counter_wraps_without_repeating },
	{ "two_encoders_share_no_sequence", two_encoders_share_no_sequence },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("nonces", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
