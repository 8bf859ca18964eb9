/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nonces of quiclb_encoder_next(), seen through plain: none twice, the
 * last one is the last, and none tells its neighbours.  The encoder's random
 * bytes come from the seed, so a statistic that holds once holds always.
 */
#include <math.h>

#include "box_encoder.h"

#define SERVER_ID_BYTES 1
#define DRAWS_FOR_DUPLICATES (1u << 20)
#define DRAWS_FOR_STATISTICS (1u << 16)
#define SIGMAS 5.0

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

static void assert_count(double count, double n, double p)
{
	const double sigma = sqrt(n * p * (1 - p));

	g_assert_cmpfloat(fabs(count - n * p), <=, SIGMAS * sigma + 1);
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

/* The same construction over 2 bytes, where all values can be drawn. */
static void order_is_a_permutation(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(4);
	g_autofree uint64_t *seen = g_new(uint64_t, 65536);
	uint64_t i;

	for (i = 0; i < 65536; i++) {
		seen[i] = box_encoder_order(encoder, 2, i);
		g_assert_cmpuint(seen[i], <, 65536);
	}
	g_assert_false(unit_any_twice(seen, 65536));
	quiclb_encoder_free(encoder);
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
	g_assert_cmpint(
		quiclb_encoder_encode(encoder, nonce, NULL, cid, sizeof(cid)),
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

static void each_bit_is_balanced(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_STATISTICS);
	g_autofree uint32_t *x = nonces(n);
	unsigned int bit, i;

	for (bit = 0; bit < 32; bit++) {
		unsigned int ones = 0, flips = 0;

		for (i = 0; i < n; i++)
			ones += x[i] >> bit & 1;
		for (i = 1; i < n; i++)
			flips += (x[i] ^ x[i - 1]) >> bit & 1;
		assert_count(ones, n, 0.5);
		assert_count(flips, n - 1, 0.5);
	}
}

/* A counter has one difference; n random nonces have n. */
static void differences_do_not_repeat(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_STATISTICS);
	g_autofree uint32_t *x = nonces(n);
	g_autofree uint64_t *d = g_new0(uint64_t, n);
	unsigned int i, same = 0;

	for (i = 1; i < n; i++)
		d[i - 1] = x[i] - x[i - 1];
	unit_any_twice(d, n - 1);
	for (i = 1; i + 1 < n; i++)
		same += d[i] == d[i - 1];
	/* n * n / 2 pairs, each equal with chance 2^-32: 0.5 on average */
	g_assert_cmpuint(same, <=, 8);
}

static unsigned int common_prefix(uint32_t a, uint32_t b)
{
	unsigned int n = 0;

	while (n < 32 && !((a ^ b) >> (31 - n) & 1))
		n++;
	return n;
}

static void neighbours_share_no_prefix(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_STATISTICS);
	g_autofree uint32_t *x = nonces(n);
	unsigned int at_least[33] = { 0 }, i, k;

	for (i = 1; i < n; i++)
		for (k = common_prefix(x[i], x[i - 1]); k > 0; k--)
			at_least[k]++;
	for (k = 1; k <= 32; k++)
		assert_count(at_least[k], n - 1, ldexp(1, -(int)k));
}

static double correlation(const uint32_t *x, unsigned int n, unsigned int lag)
{
	double sum = 0, squares = 0;
	unsigned int i;

	for (i = 0; i + lag < n; i++) {
		const double a = ldexp(x[i], -32) - 0.5;
		const double b = ldexp(x[i + lag], -32) - 0.5;

		sum += a * b;
		squares += a * a;
	}
	return sum / squares;
}

static void neighbours_do_not_correlate(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_STATISTICS);
	g_autofree uint32_t *x = nonces(n);
	unsigned int lag;

	for (lag = 1; lag <= 16 && lag < n / 2; lag++)
		g_assert_cmpfloat(fabs(correlation(x, n, lag)), <=,
				  SIGMAS / sqrt(n - lag));
}

static void two_encoders_share_no_sequence(void)
{
	const unsigned int n = unit_rounds(DRAWS_FOR_STATISTICS);
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
	{ "last_one_is_followed_by_exhausted",
	  last_one_is_followed_by_exhausted },
	{ "explicit_nonce_is_never_exhausted",
	  explicit_nonce_is_never_exhausted },
	{ "remaining_starts_at_the_whole_space",
	  remaining_starts_at_the_whole_space },
	{ "counter_wraps_without_repeating", counter_wraps_without_repeating },
	{ "each_bit_is_balanced", each_bit_is_balanced },
	{ "differences_do_not_repeat", differences_do_not_repeat },
	{ "neighbours_share_no_prefix", neighbours_share_no_prefix },
	{ "neighbours_do_not_correlate", neighbours_do_not_correlate },
	{ "two_encoders_share_no_sequence", two_encoders_share_no_sequence },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("nonces", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
