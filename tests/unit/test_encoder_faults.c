/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An encoder when something fails beneath it, when its process forks, and
 * when it goes: no nonce twice, no key left behind.
 */
#include "box_encoder.h"

#define CID_LEN 12

static void usual_config(struct quiclb_config *config)
{
	unit_config(config, QUICLB_CODEC_FOUR_PASS, 3, 8);
}

static struct quiclb_encoder *usual_encoder(void)
{
	struct quiclb_config config;

	box_reset();
	usual_config(&config);
	return box_encoder_new(&config);
}

static int store_nothing(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

/* With a nonce secret if marks is 1. */
static int new_encoder(int marks, struct quiclb_encoder **encoder)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES];
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	usual_config(&config);
	box_encoder_options(&options, &config);
	if (marks) {
		options.nonce_secret = secret;
		options.mark_store = store_nothing;
	}
	return quiclb_encoder_new(&config, &options, encoder);
}

/*
 * Lets the first, second .. call of one kind fail in new(), until there is no
 * such call any more; returns how many there were.
 */
static int fail_each(int *left, int marks, int want)
{
	const unsigned int before = box_n_blocks();
	int n;

	for (n = 0;; n++) {
		struct quiclb_encoder *encoder = NULL;
		int err;

		box_reset();
		*left = n;
		err = new_encoder(marks, &encoder);
		if (!err) {
			quiclb_encoder_free(encoder);
			g_assert_cmpuint(box_n_blocks(), ==, before);
			return n;
		}
		g_assert_cmpint(err, ==, want);
		g_assert_null(encoder);
		g_assert_cmpuint(box_n_blocks(), ==, before);
		if (!marks)
			g_assert_cmpuint(box.n_freed_dirty, ==, 0);
	}
}

/* the encoder, and the mark it shares with its parts */
static void new_without_memory_fails(void)
{
	g_assert_cmpint(fail_each(&box.memory, 0, QUICLB_ERR_NOMEM), ==, 1);
	g_assert_cmpint(fail_each(&box.memory, 1, QUICLB_ERR_NOMEM), ==, 2);
}

static void new_without_lock_fails(void)
{
	g_assert_cmpint(fail_each(&box.locks, 1, QUICLB_ERR_NOMEM), ==, 1);
}

/* one seed, unless there is a secret */
static void new_without_random_fails(void)
{
	g_assert_cmpint(fail_each(&box.random, 0, QUICLB_ERR_RANDOM), ==, 1);
	g_assert_cmpint(fail_each(&box.random, 1, QUICLB_ERR_RANDOM), ==, 0);
}

/* fetched, given a context, derived */
static void new_without_kdf_fails(void)
{
	g_assert_cmpint(fail_each(&box.kdf, 0, QUICLB_ERR_CRYPTO), ==, 0);
	g_assert_cmpint(fail_each(&box.kdf, 1, QUICLB_ERR_CRYPTO), ==, 3);
}

static void reset_token_without_kdf_fails(void)
{
	static const uint8_t key[QUICLB_RESET_KEY_MIN_BYTES], id[1], cid[8];
	uint8_t token[QUICLB_RESET_TOKEN_BYTES];
	int n, err;

	memset(token, UNIT_UNTOUCHED, sizeof(token));
	for (n = 0;; n++) {
		box_reset();
		box.kdf = n;
		err = quiclb_reset_token(key, sizeof(key), id, sizeof(id), cid,
					 sizeof(cid), token);
		if (!err)
			break;
		g_assert_cmpint(err, ==, QUICLB_ERR_CRYPTO);
		g_assert_true(unit_all(token, sizeof(token), UNIT_UNTOUCHED));
	}
	g_assert_cmpint(n, ==, 3);
	box_reset();
}

static void split_without_memory_fails(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	struct quiclb_encoder *part = NULL;

	box.memory = 0;
	g_assert_cmpint(quiclb_encoder_split(encoder, 0, 2, &part), ==,
			QUICLB_ERR_NOMEM);
	g_assert_null(part);
	box_reset();
	/* nothing is taken, not even n_parts */
	quiclb_encoder_free(box_encoder_part(encoder, 0, 3));
	quiclb_encoder_free(encoder);
}

static void next_without_random_fails(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	const uint64_t before = quiclb_encoder_remaining(encoder);
	const uint8_t nonce[8] = { 0 };
	uint8_t cid[CID_LEN];

	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	box.random = 0;
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_RANDOM);
	g_assert_cmpint(box_encoder_encode(encoder, nonce, cid, sizeof(cid)),
			==, QUICLB_ERR_RANDOM);
	g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, before);
	box_reset();
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			CID_LEN);
	quiclb_encoder_free(encoder);
}

/* A pool that runs dry is refilled, and until it is, nothing is lost. */
static void pool_that_stays_dry_loses_no_nonce(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	uint8_t cid[CID_LEN];
	unsigned int n = 0;

	box.random = 1;
	while (quiclb_encoder_next(encoder, cid, sizeof(cid)) == CID_LEN)
		n++;
	g_assert_cmpuint(n, >, 0);
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_RANDOM);
	g_assert_cmpuint(box_encoder_counter(encoder), ==, n);
	box_reset();
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			CID_LEN);
	quiclb_encoder_free(encoder);
}

static void free_wipes(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	uint8_t cid[CID_LEN];

	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			CID_LEN);
	quiclb_encoder_free(encoder);
	g_assert_cmpuint(box.n_freed, ==, 1);
	g_assert_cmpuint(box.n_freed_dirty, ==, 0);
}

/* The whole, a part, and a part that went into another by rotation. */
static void free_wipes_parts_and_what_rotate_takes(void)
{
	struct quiclb_encoder *const whole = usual_encoder();
	struct quiclb_encoder *part = box_encoder_part(whole, 0, 2);
	struct quiclb_encoder *next;
	struct quiclb_config config;
	uint8_t cid[CID_LEN];

	g_assert_cmpint(quiclb_encoder_next(part, cid, sizeof(cid)), ==,
			CID_LEN);
	usual_config(&config);
	config.config_rotation = 1;
	next = box_encoder_new(&config);
	g_assert_cmpint(quiclb_encoder_rotate(part, next), ==, 0);
	g_assert_cmpuint(box.n_freed, ==, 1);
	quiclb_encoder_free(whole);
	quiclb_encoder_free(part);
	g_assert_cmpuint(box.n_freed, ==, 3);
	g_assert_cmpuint(box.n_freed_dirty, ==, 0);
}

/* 0, or the number of the step that went wrong. */
static int use_in_child(void *data)
{
	struct quiclb_encoder *const inherited = data;
	struct quiclb_encoder *own = NULL;
	const uint8_t nonce[8] = { 0 };
	uint8_t cid[CID_LEN];

	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	if (quiclb_encoder_next(inherited, cid, sizeof(cid)) !=
	    QUICLB_ERR_FORKED)
		return 1;
	if (box_encoder_encode(inherited, nonce, cid, sizeof(cid)) !=
	    QUICLB_ERR_FORKED)
		return 2;
	if (!unit_all(cid, sizeof(cid), UNIT_UNTOUCHED))
		return 3;
	if (new_encoder(0, &own))
		return 4;
	if (quiclb_encoder_rotate(inherited, own) != QUICLB_ERR_FORKED ||
	    quiclb_encoder_rotate(own, inherited) != QUICLB_ERR_FORKED)
		return 5;
	if (quiclb_encoder_next(own, cid, sizeof(cid)) != CID_LEN)
		return 6;
	quiclb_encoder_free(own);
	quiclb_encoder_free(inherited);
	return 0;
}

static void child_is_refused_and_parent_goes_on(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	uint8_t before[CID_LEN], after[CID_LEN];

	g_assert_cmpint(quiclb_encoder_next(encoder, before, CID_LEN), ==,
			CID_LEN);
	g_assert_cmpint(unit_in_child(use_in_child, encoder), ==, 0);
	g_assert_cmpint(quiclb_encoder_next(encoder, after, CID_LEN), ==,
			CID_LEN);
	g_assert_cmpint(memcmp(before + 1, after + 1, CID_LEN - 1), !=, 0);
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, UINT64_MAX - 2);
	quiclb_encoder_free(encoder);
}

static int use_in_grandchild(void *data)
{
	return unit_in_child(use_in_child, data);
}

/* Parts that leave nothing open; the result. */
static int encode_all_given(void *data)
{
	static const uint8_t nonce[8], server_use[1] = { 0x5a };
	struct quiclb_parts parts;
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	parts.server_use = server_use;
	parts.has_low_bits = 1;
	return quiclb_encoder_encode(data, &parts, cid, sizeof(cid));
}

/* No random byte is asked for, so a child may do it too. */
static void all_given_cannot_fail(void)
{
	struct quiclb_encoder *encoder;
	struct quiclb_config config;

	box_reset();
	usual_config(&config);
	config.server_use_len = 1;
	encoder = box_encoder_new(&config);
	box.random = 0;
	g_assert_cmpint(encode_all_given(encoder), ==, CID_LEN + 1);
	g_assert_cmpint(unit_in_child(encode_all_given, encoder), ==,
			CID_LEN + 1);
	box_reset();
	quiclb_encoder_free(encoder);
}

/* An encoded length and a layout without a first octet have no low bits. */
static void no_low_bits_are_drawn_where_none_are(void)
{
	static const uint8_t nonce[8];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_config configs[2];
	size_t i;

	unit_config(&configs[0], QUICLB_CODEC_FOUR_PASS, 3, 8);
	configs[0].encode_length = 1;
	unit_config(&configs[1], QUICLB_CODEC_QUICLY, 8, 8);
	for (i = 0; i < G_N_ELEMENTS(configs); i++) {
		struct quiclb_encoder *encoder;

		box_reset();
		encoder = box_encoder_new(&configs[i]);
		box.random = 0;
		g_assert_cmpint(
			box_encoder_encode(encoder, nonce, cid, sizeof(cid)), >,
			0);
		box_reset();
		quiclb_encoder_free(encoder);
	}
}

static void grandchild_is_refused(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();

	g_assert_cmpint(unit_in_child(use_in_grandchild, encoder), ==, 0);
	quiclb_encoder_free(encoder);
}

/* An encoder never used before the fork is the parent's all the same. */
static void unused_encoder_is_refused_in_child(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();

	g_assert_cmpint(unit_in_child(use_in_child, encoder), ==, 0);
	quiclb_encoder_free(encoder);
}

static const struct unit_case cases[] = {
	{ "new_without_memory_fails", new_without_memory_fails },
	{ "new_without_random_fails", new_without_random_fails },
	{ "new_without_lock_fails", new_without_lock_fails },
	{ "new_without_kdf_fails", new_without_kdf_fails },
	{ "reset_token_without_kdf_fails", reset_token_without_kdf_fails },
	{ "split_without_memory_fails", split_without_memory_fails },
	{ "next_without_random_fails", next_without_random_fails },
	{ "pool_that_stays_dry_loses_no_nonce",
	  pool_that_stays_dry_loses_no_nonce },
	{ "free_wipes", free_wipes },
	{ "free_wipes_parts_and_what_rotate_takes",
	  free_wipes_parts_and_what_rotate_takes },
	{ "child_is_refused_and_parent_goes_on",
	  child_is_refused_and_parent_goes_on },
	{ "all_given_cannot_fail", all_given_cannot_fail },
	{ "no_low_bits_are_drawn_where_none_are",
	  no_low_bits_are_drawn_where_none_are },
	{ "grandchild_is_refused", grandchild_is_refused },
	{ "unused_encoder_is_refused_in_child",
	  unused_encoder_is_refused_in_child },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("encoder_faults", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
