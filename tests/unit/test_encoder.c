/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder but for its nonces, which have test_nonces.c, and for parts of
 * the caller's, which have test_parts.c.
 */
#include "box_encoder.h"

static const uint8_t nonce[QUICLB_NONCE_MAX_BYTES] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* The config of most cases: four-pass, 3 + 8 bytes and 2 for the server. */
static void usual_config(struct quiclb_config *config)
{
	unit_config(config, QUICLB_CODEC_FOUR_PASS, 3, 8);
	config->server_use_len = 2;
	config->encode_length = 1;
}

#define USUAL_CID_LEN 14

static struct quiclb_encoder *usual_encoder(void)
{
	struct quiclb_config config;

	usual_config(&config);
	return box_encoder_new(&config);
}

static void usual_options(struct quiclb_encoder_options *options)
{
	static const uint8_t id[3] = { 0xaa, 0xbb, 0xcc };

	quiclb_encoder_options_init(options);
	options->server_id = id;
	options->server_id_len = sizeof(id);
}

/* new() must fail thus, write nothing and keep nothing. */
static void assert_new_fails(const struct quiclb_config *config,
			     const struct quiclb_encoder_options *options,
			     int want)
{
	struct quiclb_encoder *const untouched =
		(struct quiclb_encoder *)(void *)&untouched;
	struct quiclb_encoder *encoder = untouched;

	g_assert_cmpint(quiclb_encoder_new(config, options, &encoder), ==,
			want);
	g_assert_true(encoder == untouched);
}

static void null_is_refused(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	struct quiclb_encoder_options options;
	struct quiclb_config config;
	uint8_t cid[USUAL_CID_LEN];

	usual_config(&config);
	usual_options(&options);
	assert_new_fails(NULL, &options, QUICLB_ERR_ARG);
	assert_new_fails(&config, NULL, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_new(&config, &options, NULL), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_next(NULL, cid, sizeof(cid)), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_next(encoder, NULL, sizeof(cid)), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(box_encoder_encode(NULL, nonce, cid, sizeof(cid)), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_encode(encoder, NULL, cid, sizeof(cid)),
			==, QUICLB_ERR_ARG);
	g_assert_cmpint(box_encoder_encode(encoder, nonce, NULL, sizeof(cid)),
			==, QUICLB_ERR_ARG);
	g_assert_cmpuint(quiclb_encoder_cid_len(NULL), ==, 0);
	quiclb_encoder_free(encoder);
	quiclb_encoder_free(NULL);
}

static void wrong_options_are_refused(void)
{
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	usual_config(&config);
	usual_options(&options);
	options.server_id = NULL;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	usual_options(&options);
	options.server_id_len = 2;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	options.server_id_len = 4;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	options.server_id_len = 0;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	usual_options(&options);
	options.flags = 2;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	options.flags = 0x80000000u;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	usual_options(&options);
	options.reserved = 1;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
}

static int store_nothing(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 1;
}

/* A secret without a store would repeat, a store without a secret is idle. */
static void secret_and_store_come_together(void)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES];
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	usual_config(&config);
	usual_options(&options);
	options.nonce_secret = secret;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	usual_options(&options);
	options.mark_store = store_nothing;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
	usual_options(&options);
	options.mark = 1;
	assert_new_fails(&config, &options, QUICLB_ERR_ARG);
}

static void wrong_config_is_refused(void)
{
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	usual_config(&config);
	usual_options(&options);
	config.config_rotation = 7;
	assert_new_fails(&config, &options, QUICLB_ERR_ROTATION);
	usual_config(&config);
	config.has_key = 0;
	assert_new_fails(&config, &options, QUICLB_ERR_KEY_MISSING);
	usual_config(&config);
	config.size = offsetof(struct quiclb_config, worker_len) - 1;
	assert_new_fails(&config, &options, QUICLB_ERR_VERSION);
}

/* Size in release 0.1.0, and what has been added since is 0. */
#define FIRST_SIZE (offsetof(struct quiclb_encoder_options, worker))

/* new() with options in exactly size bytes, the last of them tail. */
static int new_sized(size_t size, uint8_t tail)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder = NULL;
	struct quiclb_config config;
	uint8_t bytes[sizeof(options) + 64] = { 0 };
	g_autofree uint8_t *exact = NULL;
	int err;

	usual_config(&config);
	usual_options(&options);
	options.size = size;
	memcpy(bytes, &options, sizeof(options));
	if (size > sizeof(options))
		bytes[size - 1] = tail;
	exact = unit_copy(bytes, size);
	err = quiclb_encoder_new(&config,
				 (const struct quiclb_encoder_options *)exact,
				 &encoder);
	g_assert_cmpint(!encoder, ==, err != 0);
	quiclb_encoder_free(encoder);
	return err;
}

static void options_grow(void)
{
	const size_t ours = sizeof(struct quiclb_encoder_options);
	size_t size;

	for (size = sizeof(size_t); size < FIRST_SIZE; size++)
		g_assert_cmpint(new_sized(size, 0), ==, QUICLB_ERR_VERSION);
	for (size = FIRST_SIZE; size <= ours; size++)
		g_assert_cmpint(new_sized(size, 0), ==, 0);
	for (size = ours + 1; size <= ours + 64; size++) {
		g_assert_cmpint(new_sized(size, 0), ==, 0);
		g_assert_cmpint(new_sized(size, 1), ==, QUICLB_ERR_VERSION);
	}
}

static int new_with_nonce(uint8_t len, uint32_t flags)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder = NULL;
	struct quiclb_config config;
	int err;

	unit_config(&config, QUICLB_CODEC_PLAIN, 1, len);
	usual_options(&options);
	options.server_id_len = 1;
	options.flags = flags;
	err = quiclb_encoder_new(&config, &options, &encoder);
	g_assert_cmpint(!encoder, ==, err != 0);
	quiclb_encoder_free(encoder);
	return err;
}

static void short_nonce_needs_the_flag(void)
{
	uint8_t len;

	for (len = 4; len <= 18; len++) {
		g_assert_cmpint(new_with_nonce(len, 0), ==,
				len < 8 ? QUICLB_ERR_NONCE_RESTART : 0);
		g_assert_cmpint(new_with_nonce(len, QUICLB_F_SHORT_NONCE), ==,
				0);
	}
}

static void small_buffer_is_refused(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	const uint64_t before = quiclb_encoder_remaining(encoder);
	uint8_t cid[USUAL_CID_LEN + 1];
	size_t cap;

	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	for (cap = 0; cap < USUAL_CID_LEN; cap++) {
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, cap), ==,
				QUICLB_ERR_SPACE);
		g_assert_cmpint(box_encoder_encode(encoder, nonce, cid, cap),
				==, QUICLB_ERR_SPACE);
	}
	g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, before);
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, USUAL_CID_LEN), ==,
			USUAL_CID_LEN);
	g_assert_cmpint(cid[USUAL_CID_LEN], ==, UNIT_UNTOUCHED);
	quiclb_encoder_free(encoder);
}

static void cid_len_is_what_next_returns(void)
{
	struct quiclb_config config;
	uint8_t use;

	for (use = 0; use <= 14; use++) {
		struct quiclb_encoder *encoder;
		g_autofree uint8_t *cid = g_malloc(6 + (size_t)use);

		unit_config(&config, QUICLB_CODEC_FOUR_PASS, 1, 4);
		config.server_use_len = use;
		encoder = box_encoder_new(&config);
		g_assert_cmpuint(quiclb_encoder_cid_len(encoder), ==,
				 6 + (size_t)use);
		g_assert_cmpint(
			quiclb_encoder_next(encoder, cid, 6 + (size_t)use), ==,
			6 + use);
		quiclb_encoder_free(encoder);
	}
}

static void first_octet_encodes_the_length(void)
{
	uint8_t rotation, use;

	for (rotation = 0; rotation <= 6; rotation++)
		for (use = 0; use <= 8; use++) {
			struct quiclb_encoder *encoder;
			struct quiclb_config config;
			uint8_t cid[QUICLB_CID_MAX_BYTES];

			unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 8);
			config.config_rotation = rotation;
			config.encode_length = 1;
			config.server_use_len = use;
			encoder = box_encoder_new(&config);
			quiclb_encoder_next(encoder, cid, sizeof(cid));
			g_assert_cmpint(cid[0], ==, rotation << 5 | (11 + use));
			quiclb_encoder_free(encoder);
		}
}

/* Without a length the low five bits are random: each of 32 values comes. */
static void first_octet_is_random_without_length(void)
{
	uint8_t rotation;

	for (rotation = 0; rotation <= 6; rotation++) {
		struct quiclb_encoder *encoder;
		struct quiclb_config config;
		uint32_t seen = 0;
		int i;

		unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 8);
		config.config_rotation = rotation;
		encoder = box_encoder_new(&config);
		for (i = 0; i < 32 * 40; i++) {
			uint8_t cid[QUICLB_CID_MAX_BYTES];

			quiclb_encoder_next(encoder, cid, sizeof(cid));
			g_assert_cmpint(cid[0] >> 5, ==, rotation);
			seen |= UINT32_C(1) << (cid[0] & 31);
		}
		g_assert_cmphex(seen, ==, 0xffffffff);
		quiclb_encoder_free(encoder);
	}
}

/* Each bit of both bytes is seen as 0 and as 1, by either call. */
static void server_use_is_random_without_callers(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	uint8_t zeroes[2][2] = { { 0 } }, ones[2][2] = { { 0 } };
	uint8_t cid[2][USUAL_CID_LEN];
	int i, k;

	for (i = 0; i < 64; i++) {
		quiclb_encoder_next(encoder, cid[0], USUAL_CID_LEN);
		box_encoder_encode(encoder, nonce, cid[1], USUAL_CID_LEN);
		for (k = 0; k < 4; k++) {
			const uint8_t b = cid[k / 2][12 + k % 2];

			ones[k / 2][k % 2] |= b;
			zeroes[k / 2][k % 2] |= (uint8_t)~b;
		}
	}
	g_assert_true(unit_all(ones, sizeof(ones), 0xff));
	g_assert_true(unit_all(zeroes, sizeof(zeroes), 0xff));
	quiclb_encoder_free(encoder);
}

/* Each random byte is drawn for one place: no octet tells another. */
static void server_use_is_not_the_first_octet(void)
{
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	int i, same = 0;

	usual_config(&config);
	config.encode_length = 0;
	encoder = box_encoder_new(&config);
	for (i = 0; i < 64; i++) {
		uint8_t cid[USUAL_CID_LEN];

		quiclb_encoder_next(encoder, cid, sizeof(cid));
		same += !((cid[0] ^ cid[12]) & QUICLB_LENGTH_MASK);
	}
	g_assert_cmpint(same, <, 32); /* 2 on average */
	quiclb_encoder_free(encoder);
}

static void config_may_be_wiped_after_new(void)
{
	struct quiclb_encoder *encoders[2];
	struct quiclb_config config;
	uint8_t cids[2][USUAL_CID_LEN];
	int i;

	usual_config(&config);
	encoders[0] = box_encoder_new(&config);
	encoders[1] = box_encoder_new(&config);
	quiclb_wipe(&config, sizeof(config));
	for (i = 0; i < 2; i++) {
		box_encoder_encode(encoders[i], nonce, cids[i], USUAL_CID_LEN);
		quiclb_encoder_free(encoders[i]);
	}
	/* without the server-use bytes, which are random */
	g_assert_cmpmem(cids[0], USUAL_CID_LEN - 2, cids[1], USUAL_CID_LEN - 2);
}

static const struct unit_case cases[] = {
	{ "null_is_refused", null_is_refused },
	{ "wrong_options_are_refused", wrong_options_are_refused },
	{ "secret_and_store_come_together", secret_and_store_come_together },
	{ "wrong_config_is_refused", wrong_config_is_refused },
	{ "options_grow", options_grow },
	{ "short_nonce_needs_the_flag", short_nonce_needs_the_flag },
	{ "small_buffer_is_refused", small_buffer_is_refused },
	{ "cid_len_is_what_next_returns", cid_len_is_what_next_returns },
	{ "first_octet_encodes_the_length", first_octet_encodes_the_length },
	{ "first_octet_is_random_without_length",
	  first_octet_is_random_without_length },
	{ "server_use_is_random_without_callers",
	  server_use_is_random_without_callers },
	{ "server_use_is_not_the_first_octet",
	  server_use_is_not_the_first_octet },
	{ "config_may_be_wiped_after_new", config_may_be_wiped_after_new },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("encoder", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
