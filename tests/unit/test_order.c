/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces show no order.  About 800 chances are looked at, so a false alarm
 * comes with less than 1e-9; and as the random bytes come from the seed, it
 * comes always or never.  A statistic is worth nothing unless it sees a bare
 * counter: each one must.
 */
#include <math.h>

#include "box_encoder.h"
#include "statistics.h"

#define N_NUMBERS 65536u
#define N_COINCIDENCES (1u << 21)
#define ALARM 1e-13

static void assert_shows_nothing(const uint32_t *x, unsigned int n)
{
	size_t i;

	for (i = 0; i < statistics_n; i++) {
		g_test_message("%s", statistics[i].name);
		g_assert_cmpfloat(statistics[i].fn(x, n), >, ALARM);
	}
}

/* --------------------------------------------------------------- numbers -- */

static int store_nothing(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

/* Nonces of 4 bytes in clear; of one order if there is a mark. */
static struct quiclb_encoder *encoder_at(uint64_t mark)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 3 };
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	unit_config(&config, QUICLB_CODEC_PLAIN, 1, 4);
	config.encode_length = 1;
	box_encoder_options(&options, &config);
	if (mark) {
		options.nonce_secret = secret;
		options.mark_store = store_nothing;
		options.mark = mark;
	}
	return box_encoder_with(&config, &options);
}

/* Big-endian: its first bit is the nonce's first. */
static uint32_t next_nonce(struct quiclb_encoder *encoder)
{
	uint8_t cid[6];

	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==, 6);
	return GUINT32_SWAP_LE_BE(quiclb_h_load32(cid + 2));
}

static void nonces_of_one_encoder_show_nothing(void)
{
	const unsigned int n = unit_rounds(N_NUMBERS);
	g_autofree uint32_t *x = g_new(uint32_t, n);
	struct quiclb_encoder *const encoder = encoder_at(0);
	unsigned int i;

	for (i = 0; i < n; i++)
		x[i] = next_nonce(encoder);
	assert_shows_nothing(x, n);
	quiclb_encoder_free(encoder);
}

/* Two encoders in turn, so that what they have in common shows. */
static void assert_two_show_nothing(struct quiclb_encoder *a,
				    struct quiclb_encoder *b)
{
	const unsigned int n = unit_rounds(N_NUMBERS) & ~1u;
	g_autofree uint32_t *x = g_new(uint32_t, n);
	unsigned int i;

	for (i = 0; i < n; i += 2) {
		x[i] = next_nonce(a);
		x[i + 1] = next_nonce(b);
	}
	assert_shows_nothing(x, n);
	quiclb_encoder_free(a);
	quiclb_encoder_free(b);
}

static void nonces_of_two_parts_show_nothing(void)
{
	static const uint32_t n_parts[] = { 2, 3, 8, QUICLB_N_PARTS };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(n_parts); i++) {
		struct quiclb_encoder *const whole = encoder_at(0);

		assert_two_show_nothing(box_encoder_part(whole, 0, n_parts[i]),
					box_encoder_part(whole, 1, n_parts[i]));
		quiclb_encoder_free(whole);
	}
}

static void nonces_of_two_lives_show_nothing(void)
{
	assert_two_show_nothing(encoder_at(QUICLB_MARK_STEP),
				encoder_at(2 * QUICLB_MARK_STEP));
}

/* ---------------------------------------------------------- the controls -- */

/* TRUE if the statistic takes x + i * step for random numbers. */
static gboolean takes_counter(statistic_fn *fn, uint32_t step)
{
	g_autofree uint32_t *x = g_new(uint32_t, N_NUMBERS);
	const uint32_t start = g_test_rand_int();
	unsigned int i;

	for (i = 0; i < N_NUMBERS; i++)
		x[i] = start + i * step;
	return fn(x, N_NUMBERS) > ALARM;
}

static void each_statistic_sees_a_bare_counter(void)
{
	size_t i;

	for (i = 0; i < statistics_n; i++) {
		g_test_message("%s", statistics[i].name);
		g_assert_false(takes_counter(statistics[i].fn, 1));
	}
}

/* 2^32 over the golden ratio, and two without pattern */
static void most_statistics_see_a_counter_of_odd_steps(void)
{
	static const uint32_t steps[] = { 0x9e3779b1, 0x12345671, 0xd2511f53 };
	size_t i, k;

	for (i = 0; i < statistics_n; i++)
		for (k = 0; statistics[i].sees_steps && k < 3; k++) {
			g_test_message("%s", statistics[i].name);
			g_assert_false(
				takes_counter(statistics[i].fn, steps[k]));
		}
}

/* ------------------------------------------------------------- the order -- */

/*
 * Four rounds of a Feistel network are told from a random permutation by
 * counting: pairs whose right halves come out alike and whose left halves
 * come out as different as they went in are twice as many.
 */
static uint64_t coincidence(uint64_t in, uint64_t out)
{
	return out ^ (in & 0xffff);
}

static double chance_of_coincidences(uint64_t *keys, unsigned int n)
{
	return statistics_chance_of_rare(statistics_twins(keys, n),
					 ldexp((double)n * n, -33));
}

static void nonces_show_no_network(void)
{
	const unsigned int n = unit_rounds(N_COINCIDENCES);
	g_autofree uint64_t *keys = g_new(uint64_t, n);
	struct quiclb_encoder *const encoder = encoder_at(0);
	const uint64_t base = box_encoder_base(encoder);
	unsigned int i;

	for (i = 0; i < n; i++)
		keys[i] = coincidence(base + i,
				      GUINT32_SWAP_LE_BE(next_nonce(encoder)));
	quiclb_encoder_free(encoder);
	g_assert_cmpfloat(chance_of_coincidences(keys, n), >, ALARM);
}

/* Why the order has two networks: one would be seen. */
static void one_network_would_be_seen(void)
{
	const unsigned int n = N_COINCIDENCES;
	g_autofree uint64_t *keys = NULL;
	struct quiclb_encoder *encoder;
	unsigned int i;

	if (unit_rounds(n) < n) {
		g_test_skip("too few rounds to see one");
		return;
	}
	keys = g_new(uint64_t, n);
	encoder = encoder_at(0);
	for (i = 0; i < n; i++)
		keys[i] = coincidence(i, box_encoder_order(encoder, 1, 4, i));
	quiclb_encoder_free(encoder);
	g_assert_cmpfloat(chance_of_coincidences(keys, n), <, ALARM);
}

static const struct unit_case cases[] = {
	{ "nonces_of_one_encoder_show_nothing",
	  nonces_of_one_encoder_show_nothing },
	{ "nonces_of_two_parts_show_nothing",
	  nonces_of_two_parts_show_nothing },
	{ "nonces_of_two_lives_show_nothing",
	  nonces_of_two_lives_show_nothing },
	{ "each_statistic_sees_a_bare_counter",
	  each_statistic_sees_a_bare_counter },
	{ "most_statistics_see_a_counter_of_odd_steps",
	  most_statistics_see_a_counter_of_odd_steps },
	{ "nonces_show_no_network", nonces_show_no_network },
	{ "one_network_would_be_seen", one_network_would_be_seen },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("order", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
