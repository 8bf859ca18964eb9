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

static int new_encoder(struct quiclb_encoder **encoder)
{
	static const uint8_t id[3] = { 1, 2, 3 };
	struct quiclb_encoder_options options;
	struct quiclb_config config;

	usual_config(&config);
	quiclb_encoder_options_init(&options);
	options.server_id = id;
	options.server_id_len = sizeof(id);
	return quiclb_encoder_new(&config, &options, encoder);
}

/*
 * Lets the first, second .. call of one kind fail in new(), until there is no
 * such call any more; returns how many there were.
 */
static int fail_each(int *left, int want)
{
	int n;

	for (n = 0;; n++) {
		struct quiclb_encoder *encoder = NULL;
		int err;

		box_reset();
		*left = n;
		err = new_encoder(&encoder);
		if (!err) {
			quiclb_encoder_free(encoder);
			return n;
		}
		g_assert_cmpint(err, ==, want);
		g_assert_null(encoder);
		g_assert_cmpuint(box.n_freed_dirty, ==, 0);
	}
}

static void new_without_memory_fails(void)
{
	g_assert_cmpint(fail_each(&box.memory, QUICLB_ERR_NOMEM), ==, 1);
}

/* two keys for the order, one start */
static void new_without_random_fails(void)
{
	g_assert_cmpint(fail_each(&box.random, QUICLB_ERR_RANDOM), ==, 3);
}

/* three ciphers of two directions each */
static void new_without_contexts_fails(void)
{
	g_assert_cmpint(fail_each(&box.contexts, QUICLB_ERR_CRYPTO), ==, 6);
	g_assert_cmpint(fail_each(&box.inits, QUICLB_ERR_CRYPTO), ==, 6);
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
	g_assert_cmpint(
		quiclb_encoder_encode(encoder, nonce, NULL, cid, sizeof(cid)),
		==, QUICLB_ERR_RANDOM);
	g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, before);
	box_reset();
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			CID_LEN);
	quiclb_encoder_free(encoder);
}

/* Each of the first n_blocks blocks in turn is the first that fails. */
static void assert_each_block_counts(uint8_t codec, int n_blocks)
{
	int n;

	for (n = 0; n < n_blocks; n++) {
		struct quiclb_encoder *encoder;
		struct quiclb_config config;
		uint8_t cid[CID_LEN];

		box_reset();
		unit_config(&config, codec, 3, 8);
		encoder = box_encoder_new(&config);
		memset(cid, UNIT_UNTOUCHED, sizeof(cid));
		box.blocks = n;
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, QUICLB_ERR_CRYPTO);
		g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
		quiclb_encoder_free(encoder);
	}
	box_reset();
}

/* 8 blocks for the order of the nonces, 4 for four-pass */
static void next_without_cipher_fails(void)
{
	assert_each_block_counts(QUICLB_CODEC_PLAIN, 8);
	assert_each_block_counts(QUICLB_CODEC_FOUR_PASS, 12);
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
	if (quiclb_encoder_encode(inherited, nonce, NULL, cid, sizeof(cid)) !=
	    QUICLB_ERR_FORKED)
		return 2;
	if (!unit_all(cid, sizeof(cid), UNIT_UNTOUCHED))
		return 3;
	if (new_encoder(&own))
		return 4;
	if (quiclb_encoder_next(own, cid, sizeof(cid)) != CID_LEN)
		return 5;
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
	{ "new_without_contexts_fails", new_without_contexts_fails },
	{ "next_without_random_fails", next_without_random_fails },
	{ "next_without_cipher_fails", next_without_cipher_fails },
	{ "free_wipes", free_wipes },
	{ "child_is_refused_and_parent_goes_on",
	  child_is_refused_and_parent_goes_on },
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
