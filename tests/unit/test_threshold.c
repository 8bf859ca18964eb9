/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threshold: told once, in time, to each encoder.
 */
#include "box_encoder.h"

/* What the threshold function was told. */
struct told {
	unsigned int times;
	uint64_t remaining;
};

static void tell(void *arg, uint64_t remaining)
{
	struct told *const told = arg;

	told->times++;
	told->remaining = remaining;
}

/* plain-07 with 256 nonces, or four-pass, of a config rotation. */
static struct quiclb_encoder *encoder_of(uint8_t codec, uint8_t rotation,
					 uint64_t threshold, struct told *told)
{
	const uint8_t nonce_len = codec == QUICLB_CODEC_PLAIN_07 ? 1 : 8;
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	unit_config(&config, codec, 1, nonce_len);
	config.config_rotation = rotation;
	box_encoder_options(&options, &config);
	options.threshold_reached = tell;
	options.threshold_arg = told;
	options.threshold = threshold;
	memset(told, 0, sizeof(*told));
	return box_encoder_with(&config, &options);
}

static void issue(struct quiclb_encoder *encoder)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), >, 0);
}

/* Draws an encoder dry: told at first_left for the first and only time. */
static void assert_told_at(struct quiclb_encoder *encoder,
			   const struct told *told, uint64_t first_left)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	uint64_t left;

	while ((left = quiclb_encoder_remaining(encoder)) > 0) {
		issue(encoder);
		g_assert_cmpuint(told->times, ==, left - 1 <= first_left);
	}
	g_assert_cmpuint(told->remaining, ==, first_left);
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_EXHAUSTED);
	g_assert_cmpuint(told->times, ==, 1);
}

static void told_once_at_exactly_the_threshold(void)
{
	static const uint64_t thresholds[] = { 0, 1, 2, 100, 254, 255 };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(thresholds); i++) {
		struct told told;
		struct quiclb_encoder *const encoder = encoder_of(
			QUICLB_CODEC_PLAIN_07, 0, thresholds[i], &told);

		assert_told_at(encoder, &told, thresholds[i]);
		quiclb_encoder_free(encoder);
	}
}

/* As few are left from the start: told with the first CID. */
static void above_all_nonces_is_told_at_once(void)
{
	static const uint64_t thresholds[] = { 256, 257, UINT64_MAX };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(thresholds); i++) {
		struct told told;
		struct quiclb_encoder *const encoder = encoder_of(
			QUICLB_CODEC_PLAIN_07, 0, thresholds[i], &told);

		g_assert_cmpuint(told.times, ==, 0);
		assert_told_at(encoder, &told, 255);
		quiclb_encoder_free(encoder);
	}
}

/* All were used in an earlier life: the first refusal tells. */
static void none_left_is_told_once(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct told told;
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN_07, 0, 0, &told);
	int i;

	box_encoder_leave(encoder, 0);
	for (i = 0; i < 2; i++) {
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, QUICLB_ERR_EXHAUSTED);
		g_assert_cmpuint(told.times, ==, 1);
		g_assert_cmpuint(told.remaining, ==, 0);
	}
	quiclb_encoder_free(encoder);
}

static void nobody_to_tell_is_allowed(void)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;

	unit_config(&config, QUICLB_CODEC_PLAIN_07, 1, 1);
	box_encoder_options(&options, &config);
	options.threshold = 1000;
	encoder = box_encoder_with(&config, &options);
	issue(encoder);
	quiclb_encoder_free(encoder);
}

/* Each part counts its own: 86, 85 and 85 nonces. */
static void each_part_is_told(void)
{
	struct told told;
	struct quiclb_encoder *const whole =
		encoder_of(QUICLB_CODEC_PLAIN_07, 0, 10, &told);
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct quiclb_encoder *const part =
			box_encoder_part(whole, i, 3);

		memset(&told, 0, sizeof(told));
		assert_told_at(part, &told, 10);
		quiclb_encoder_free(part);
	}
	quiclb_encoder_free(whole);
}

/* A nonce of the caller's uses none of the encoder's up. */
static void nonce_of_the_callers_is_not_counted(void)
{
	struct told told;
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN_07, 0, UINT64_MAX, &told);
	const uint8_t nonce[1] = { 7 };
	uint8_t cid[3];

	g_assert_cmpint(box_encoder_encode(encoder, nonce, cid, sizeof(cid)),
			==, 3);
	g_assert_cmpuint(told.times, ==, 0);
	/* but that of parts which leave the nonce to the encoder is */
	g_assert_cmpint(box_encoder_encode(encoder, NULL, cid, sizeof(cid)), ==,
			3);
	g_assert_cmpuint(told.times, ==, 1);
	quiclb_encoder_free(encoder);
}

static void failing_call_tells_nobody(void)
{
	struct told told;
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN_07, 0, UINT64_MAX, &told);
	uint8_t cid[3];

	box.random = 0;
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_RANDOM);
	box_reset();
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, 2), ==,
			QUICLB_ERR_SPACE);
	g_assert_cmpuint(told.times, ==, 0);
	quiclb_encoder_free(encoder);
}

static void fill_tells_too(void)
{
	struct told told;
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN_07, 0, 255, &told);
	uint8_t cid[8];

	g_assert_cmpint(quiclb_encoder_fill(encoder, cid, 8), ==, 0);
	g_assert_cmpuint(told.times, ==, 0);
	g_assert_cmpint(quiclb_encoder_fill(encoder, cid, 3), ==, 1);
	g_assert_cmpuint(told.times, ==, 1);
	quiclb_encoder_free(encoder);
}

/* The next config has its own: whom to tell, and when. */
static void rotation_arms_it_again(void)
{
	struct told first, second;
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_PLAIN_07, 0, UINT64_MAX, &first);
	struct quiclb_encoder *const next =
		encoder_of(QUICLB_CODEC_PLAIN_07, 1, 20, &second);

	issue(encoder);
	g_assert_cmpuint(first.times, ==, 1);
	g_assert_cmpint(quiclb_encoder_rotate(encoder, next), ==, 0);
	assert_told_at(encoder, &second, 20);
	g_assert_cmpuint(first.times, ==, 1);
	quiclb_encoder_free(encoder);
}

/* Long nonces: what is left does not fit, and still it is told in time. */
static void long_nonces_have_a_threshold(void)
{
	struct told told;
	struct quiclb_encoder *const encoder =
		encoder_of(QUICLB_CODEC_FOUR_PASS, 0, UINT64_C(1) << 40, &told);

	box_encoder_leave(encoder, (UINT64_C(1) << 40) + 2);
	issue(encoder);
	g_assert_cmpuint(told.times, ==, 0);
	issue(encoder);
	g_assert_cmpuint(told.times, ==, 1);
	g_assert_cmpuint(told.remaining, ==, UINT64_C(1) << 40);
	quiclb_encoder_free(encoder);
}

static const struct unit_case cases[] = {
	{ "told_once_at_exactly_the_threshold",
	  told_once_at_exactly_the_threshold },
	{ "above_all_nonces_is_told_at_once",
	  above_all_nonces_is_told_at_once },
	{ "none_left_is_told_once", none_left_is_told_once },
	{ "nobody_to_tell_is_allowed", nobody_to_tell_is_allowed },
	{ "each_part_is_told", each_part_is_told },
	{ "nonce_of_the_callers_is_not_counted",
	  nonce_of_the_callers_is_not_counted },
	{ "failing_call_tells_nobody", failing_call_tells_nobody },
	{ "fill_tells_too", fill_tells_too },
	{ "rotation_arms_it_again", rotation_arms_it_again },
	{ "long_nonces_have_a_threshold", long_nonces_have_a_threshold },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("threshold", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
