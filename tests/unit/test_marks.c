/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces across restarts: a secret that orders them and a high-water mark that
 * is stored before they are used.  A crash is an encoder that is freed without
 * a word to the store.
 */
#include "box_encoder.h"

/* What survives a crash, and what the test wants of it. */
struct store {
	uint64_t mark;
	unsigned int calls;
	int fails;
	uint64_t counter; /* when it was last asked */
	const struct quiclb_encoder *encoder;
};

static int put(void *arg, uint64_t mark)
{
	struct store *const store = arg;

	store->calls++;
	if (store->encoder)
		store->counter = box_encoder_counter(store->encoder);
	if (store->fails)
		return -1;
	g_assert_cmpuint(mark, >, store->mark);
	store->mark = mark;
	return 0;
}

static const uint8_t usual_secret[QUICLB_NONCE_SECRET_BYTES] = { 1, 2, 3 };

static void marked_options(struct quiclb_encoder_options *options,
			   const struct quiclb_config *config,
			   struct store *store)
{
	box_encoder_options(options, config);
	/* with a mark no nonce is too short */
	options->flags = 0;
	options->nonce_secret = usual_secret;
	options->mark_store = put;
	options->mark_arg = store;
	options->mark = store->mark;
}

/* One life of a server: it begins where the store says. */
static struct quiclb_encoder *begin_life(const struct quiclb_config *config,
					 struct store *store)
{
	struct quiclb_encoder_options options;

	marked_options(&options, config, store);
	return box_encoder_with(config, &options);
}

static void config_of(struct quiclb_config *config, uint8_t codec,
		      uint8_t nonce_len)
{
	unit_config(config, codec, 1, nonce_len);
}

/* The nonce of the next CID, which is up to 8 bytes. */
static uint64_t next_nonce(struct quiclb_encoder *encoder,
			   const struct quiclb_config *config)
{
	const struct textbook_config book = unit_textbook(config);
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[1];
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES] = { 0 };
	const int len = quiclb_encoder_next(encoder, cid, sizeof(cid));

	g_assert_cmpint(len, >, 0);
	g_assert_cmpint(textbook_decode_all(&book, cid, (size_t)len, id, nonce),
			==, TEXTBOOK_OK);
	return quiclb_h_load64(nonce);
}

static void issue(struct quiclb_encoder *encoder)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), >, 0);
}

static void mark_is_stored_before_the_first_nonce(void)
{
	struct store store = { 0 };
	struct quiclb_encoder *encoder;
	struct quiclb_config config;

	config_of(&config, QUICLB_CODEC_PLAIN, 4);
	encoder = begin_life(&config, &store);
	g_assert_cmpuint(store.calls, ==, 0);
	store.encoder = encoder;
	store.counter = 99;
	issue(encoder);
	g_assert_cmpuint(store.calls, ==, 1);
	g_assert_cmpuint(store.counter, ==, 0);
	g_assert_cmpuint(store.mark, ==, QUICLB_MARK_STEP);
	quiclb_encoder_free(encoder);
}

static void mark_is_stored_once_a_step(void)
{
	const unsigned int steps = unit_rounds(3);
	struct store store = { 0 };
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	unsigned int i;

	config_of(&config, QUICLB_CODEC_PLAIN, 4);
	encoder = begin_life(&config, &store);
	for (i = 0; i < steps * QUICLB_MARK_STEP; i++) {
		g_assert_cmpuint(box_encoder_counter(encoder), ==, i);
		issue(encoder);
		g_assert_cmpuint(store.mark, >, i);
	}
	g_assert_cmpuint(store.calls, ==, steps);
	issue(encoder);
	g_assert_cmpuint(store.calls, ==, steps + 1);
	quiclb_encoder_free(encoder);
}

/* Whichever part runs ahead: no counter in use is at or above the mark. */
static void mark_is_above_every_part(void)
{
	static const uint32_t n_parts[] = { 1, 3, 7, 1024 };
	size_t k;

	for (k = 0; k < G_N_ELEMENTS(n_parts); k++) {
		const uint32_t n = n_parts[k];
		g_autofree struct quiclb_encoder **parts =
			g_new(struct quiclb_encoder *, n);
		struct store store = { 0 };
		struct quiclb_encoder *whole;
		struct quiclb_config config;
		unsigned int i;

		config_of(&config, QUICLB_CODEC_PLAIN, 4);
		whole = begin_life(&config, &store);
		for (i = 0; i < n; i++)
			parts[i] = box_encoder_part(whole, i, n);
		for (i = 0; i < unit_rounds(200000); i++) {
			const uint32_t who =
				i % 2 ? n - 1 : g_test_rand_int() % n;
			const uint64_t used = box_encoder_counter(parts[who]);

			issue(parts[who]);
			g_assert_cmpuint(used, <, store.mark);
		}
		for (i = 0; i < n; i++)
			quiclb_encoder_free(parts[i]);
		quiclb_encoder_free(whole);
	}
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

/* Parts that keep pace share the calls, too: one a step of each. */
static void parts_store_one_mark_together(void)
{
	struct quiclb_encoder *whole, *parts[4];
	struct store store = { 0 };
	struct quiclb_config config;
	unsigned int i;

	config_of(&config, QUICLB_CODEC_PLAIN, 4);
	whole = begin_life(&config, &store);
	for (i = 0; i < 4; i++)
		parts[i] = box_encoder_part(whole, i, 4);
	for (i = 0; i < 4 * QUICLB_MARK_STEP; i++)
		issue(parts[i % 4]);
	g_assert_cmpuint(store.calls, ==, 1);
	g_assert_cmpuint(store.mark, ==, 4 * QUICLB_MARK_STEP);
	issue(parts[0]);
	g_assert_cmpuint(store.calls, ==, 2);
	for (i = 0; i < 4; i++)
		quiclb_encoder_free(parts[i]);
	quiclb_encoder_free(whole);
}

/* The reference has the same order, and a store that never fails. */
static void assert_failing_store_loses_nothing(unsigned int n_before)
{
	struct store good = { 0 }, bad = { 0 };
	struct quiclb_encoder *encoder, *reference;
	struct quiclb_config config;
	uint8_t cid[6];
	unsigned int i;

	config_of(&config, QUICLB_CODEC_PLAIN, 4);
	encoder = begin_life(&config, &bad);
	reference = begin_life(&config, &good);
	for (i = 0; i < n_before; i++)
		g_assert_cmpuint(next_nonce(encoder, &config), ==,
				 next_nonce(reference, &config));
	bad.fails = 1;
	bad.calls = 0;
	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	for (i = 1; i <= 3; i++) {
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, QUICLB_ERR_MARK);
		g_assert_cmpuint(bad.calls, ==, i);
	}
	g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==,
			 (UINT64_C(1) << 32) - n_before);
	bad.fails = 0;
	for (i = 0; i < 10; i++)
		g_assert_cmpuint(next_nonce(encoder, &config), ==,
				 next_nonce(reference, &config));
	quiclb_encoder_free(encoder);
	quiclb_encoder_free(reference);
}

static void failing_store_loses_no_nonce(void)
{
	assert_failing_store_loses_nothing(0);
	assert_failing_store_loses_nothing(QUICLB_MARK_STEP);
}

/* Up to n nonces of one life of n_parts parts, some used more than others. */
static size_t live(const struct quiclb_config *config, struct store *store,
		   uint32_t n_parts, uint64_t *out, size_t n)
{
	struct quiclb_encoder *const whole = begin_life(config, store);
	struct quiclb_encoder *parts[8];
	uint32_t i;
	size_t k;

	for (i = 0; i < n_parts; i++)
		parts[i] = box_encoder_part(whole, i, n_parts);
	for (k = 0; k < n; k++) {
		const uint32_t roll = g_test_rand_int();

		i = roll & 1 ? 0 : (roll >> 1) % n_parts;
		out[k] = next_nonce(parts[i], config);
	}
	for (i = 0; i < n_parts; i++)
		quiclb_encoder_free(parts[i]);
	quiclb_encoder_free(whole);
	return n;
}

static void assert_lives_share_no_nonce(uint8_t codec, unsigned int per_life)
{
	static const uint32_t n_parts[] = { 1, 4, 3, 8, 8, 1, 7, 2 };
	g_autofree uint64_t *seen =
		g_new(uint64_t, G_N_ELEMENTS(n_parts) * per_life);
	struct store store = { 0 };
	struct quiclb_config config;
	size_t life, n = 0;

	config_of(&config, codec, 4);
	for (life = 0; life < G_N_ELEMENTS(n_parts); life++)
		n += live(&config, &store, n_parts[life], seen + n,
			  g_test_rand_int() % per_life);
	g_assert_false(unit_any_twice(seen, n));
}

/* Crash, resume, crash: with other numbers of threads, within one key. */
static void lives_under_one_key_share_no_nonce(void)
{
	/* across a step, and several lives within what one step reserved */
	assert_lives_share_no_nonce(QUICLB_CODEC_PLAIN, unit_rounds(150000));
	assert_lives_share_no_nonce(QUICLB_CODEC_PLAIN, 50);
	assert_lives_share_no_nonce(QUICLB_CODEC_FOUR_PASS, unit_rounds(5000));
	assert_lives_share_no_nonce(QUICLB_CODEC_STREAM_07, unit_rounds(5000));
}

/* What the mark is for: without it the second life is the first again. */
static void life_without_the_mark_repeats(void)
{
	struct store first = { 0 }, second = { 0 };
	struct quiclb_encoder *encoders[2];
	struct quiclb_config config;
	int i;

	config_of(&config, QUICLB_CODEC_FOUR_PASS, 4);
	encoders[0] = begin_life(&config, &first);
	encoders[1] = begin_life(&config, &second);
	for (i = 0; i < 100; i++)
		g_assert_cmpuint(next_nonce(encoders[0], &config), ==,
				 next_nonce(encoders[1], &config));
	quiclb_encoder_free(encoders[0]);
	quiclb_encoder_free(encoders[1]);
}

/* A later life goes on where the order stands at the mark. */
static void life_goes_on_at_the_mark(void)
{
	struct store first = { 0 }, second = { 0 };
	struct quiclb_encoder *encoders[2];
	struct quiclb_config config;
	int i;

	config_of(&config, QUICLB_CODEC_PLAIN, 4);
	second.mark = 1000;
	encoders[0] = begin_life(&config, &first);
	encoders[1] = begin_life(&config, &second);
	for (i = 0; i < 1000; i++)
		issue(encoders[0]);
	for (i = 0; i < 100; i++)
		g_assert_cmpuint(next_nonce(encoders[0], &config), ==,
				 next_nonce(encoders[1], &config));
	g_assert_cmpuint(second.mark, ==, 1000 + QUICLB_MARK_STEP);
	quiclb_encoder_free(encoders[0]);
	quiclb_encoder_free(encoders[1]);
}

/* Draws a life dry from a mark on; there are to be as many as remain. */
static void assert_ends(uint8_t nonce_len, uint64_t mark, uint64_t left,
			uint64_t last_mark)
{
	struct store store = { mark, 0, 0, 0, NULL };
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	config_of(&config, QUICLB_CODEC_PLAIN_07, nonce_len);
	encoder = begin_life(&config, &store);
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, left);
	for (; left; left--)
		issue(encoder);
	g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_EXHAUSTED);
	g_assert_cmpuint(store.mark, ==, last_mark);
	quiclb_encoder_free(encoder);
}

static void space_ends_across_lives(void)
{
	/* a crash may lose as many as a step has: here the whole space */
	assert_ends(1, 0, 256, 256);
	assert_ends(1, 256, 0, 256);
	assert_ends(2, 0, 65536, 65536);
	assert_ends(2, 65000, 536, 65536);
	assert_ends(2, 65536, 0, 65536);
	assert_ends(3, (1 << 24) - 70000, 70000, 1 << 24);
	assert_ends(3, 1 << 24, 0, 1 << 24);
	assert_ends(4, UINT64_C(0xffffffff), 1, UINT64_C(1) << 32);
	assert_ends(4, UINT64_C(1) << 32, 0, UINT64_C(1) << 32);
	assert_ends(8, UINT64_MAX - 5, 5, UINT64_MAX);
	assert_ends(18, UINT64_MAX, 0, UINT64_MAX);
	/* a mark of another config's: nothing is left, and nothing wraps */
	assert_ends(1, UINT64_C(1) << 40, 0, UINT64_C(1) << 40);
	assert_ends(4, UINT64_MAX, 0, UINT64_MAX);
}

static void rotation_brings_the_next_configs_mark(void)
{
	struct store first = { 0 }, second = { 0 };
	struct quiclb_encoder *encoder, *next;
	struct quiclb_config config;

	config_of(&config, QUICLB_CODEC_PLAIN, 4);
	encoder = begin_life(&config, &first);
	issue(encoder);
	config.config_rotation = 1;
	second.mark = 5;
	next = begin_life(&config, &second);
	g_assert_cmpint(quiclb_encoder_rotate(encoder, next), ==, 0);
	issue(encoder);
	g_assert_cmpuint(first.calls, ==, 1);
	g_assert_cmpuint(second.mark, ==, 5 + QUICLB_MARK_STEP);
	quiclb_encoder_free(encoder);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static const struct unit_case cases[] = {
	{ "mark_is_stored_before_the_first_nonce",
	  mark_is_stored_before_the_first_nonce },
	{ "mark_is_stored_once_a_step", mark_is_stored_once_a_step },
	{ "mark_is_above_every_part", mark_is_above_every_part },
	{ "parts_store_one_mark_together", parts_store_one_mark_together },
	{ "failing_store_loses_no_nonce", failing_store_loses_no_nonce },
	{ "lives_under_one_key_share_no_nonce",
	  lives_under_one_key_share_no_nonce },
	{ "life_without_the_mark_repeats", life_without_the_mark_repeats },
	{ "life_goes_on_at_the_mark", life_goes_on_at_the_mark },
	{ "space_ends_across_lives", space_ends_across_lives },
	{ "rotation_brings_the_next_configs_mark",
	  rotation_brings_the_next_configs_mark },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("marks", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
