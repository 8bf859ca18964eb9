/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that issue CIDs of one server from parts of one encoder.  Usage:
 * test_issue [CIDS]
 */
#include <quiclb/decode.h>
#include <stdlib.h>

#include "crew.h"
#include "unit.h"

#define N_THREADS 8
#define ROTATIONS 4 /* configs that each thread goes through */

static const uint8_t server_id[3] = { 0xaa, 0xbb, 0xcc };
static unsigned int n_cids = 10000000;

/* One thread's part, and where its nonces go. */
struct worker {
	const struct quiclb_record *record;
	struct quiclb_encoder *encoders[ROTATIONS];
	uint32_t *nonces;
	unsigned int n;
};

/* 3 bytes of server ID and 4 of nonce; the record decodes nonces, too. */
static void make_config(struct quiclb_config *config, uint8_t codec,
			struct quiclb_record *record)
{
	unit_config(config, codec, sizeof(server_id), 4);
	g_assert_cmpint(quiclb_config_compile(config, record), ==, 0);
	record->first_pass = 1;
}

static struct quiclb_encoder *
make_encoder(const struct quiclb_config *config,
	     struct quiclb_encoder_options *options)
{
	struct quiclb_encoder *encoder = NULL;

	options->server_id = server_id;
	options->server_id_len = sizeof(server_id);
	options->flags = QUICLB_F_SHORT_NONCE;
	g_assert_cmpint(quiclb_encoder_new(config, options, &encoder), ==, 0);
	return encoder;
}

/* By the portable block, which the encoder has no part in. */
static uint32_t nonce_of(const struct quiclb_record *record, const uint8_t *cid,
			 size_t cid_len)
{
	const struct quiclb_words win = quiclb_h_window(cid, (uint32_t)cid_len);
	struct quiclb_words plain = { { 0, 0, 0 } };

	g_assert_cmpint(quiclb_h_decode(record, &win, &plain, quiclb_h_encrypt,
					quiclb_h_decrypt),
			==, 0);
	g_assert_cmphex(plain.w[0] & 0xffffff, ==, 0xccbbaa);
	return (uint32_t)(plain.w[0] >> 24);
}

static void issue(void *data)
{
	struct worker *const w = data;
	uint8_t cid[8];
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		g_assert_cmpint(
			quiclb_encoder_next(w->encoders[0], cid, sizeof(cid)),
			==, (int)sizeof(cid));
		w->nonces[i] = nonce_of(w->record, cid, sizeof(cid));
	}
}

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void assert_none_twice(uint32_t *nonces, unsigned int n)
{
	unsigned int i;

	qsort(nonces, n, sizeof(*nonces), by_value);
	for (i = 1; i < n; i++)
		g_assert_cmphex(nonces[i - 1], !=, nonces[i]);
}

/* n nonces of one encoder, which is split for n_threads; frees it. */
static void issue_in_threads(struct quiclb_encoder *whole,
			     const struct quiclb_record *record,
			     unsigned int n_threads, uint32_t *nonces,
			     unsigned int n)
{
	const uint64_t before = quiclb_encoder_remaining(whole);
	struct worker workers[N_THREADS];
	unsigned int i, done = 0;
	uint64_t left = 0;

	for (i = 0; i < n_threads; i++) {
		const unsigned int up_to =
			(unsigned int)((uint64_t)n * (i + 1) / n_threads);

		workers[i].record = record;
		workers[i].nonces = nonces + done;
		workers[i].n = up_to - done;
		done = up_to;
		g_assert_cmpint(quiclb_encoder_split(whole, i, n_threads,
						     &workers[i].encoders[0]),
				==, 0);
	}
	quiclb_encoder_free(whole);
	crew_run(issue, workers, sizeof(*workers), n_threads);
	for (i = 0; i < n_threads; i++) {
		left += quiclb_encoder_remaining(workers[i].encoders[0]);
		quiclb_encoder_free(workers[i].encoders[0]);
	}
	g_assert_cmpuint(left, ==, before - n);
}

static void assert_codec_repeats_nothing(uint8_t codec)
{
	const unsigned int n = unit_rounds(n_cids);
	g_autofree uint32_t *nonces = g_new(uint32_t, n);
	struct quiclb_encoder_options options;
	struct quiclb_record record;
	struct quiclb_config config;

	make_config(&config, codec, &record);
	quiclb_encoder_options_init(&options);
	issue_in_threads(make_encoder(&config, &options), &record, N_THREADS,
			 nonces, n);
	assert_none_twice(nonces, n);
}

static void plain_cids_of_all_threads_differ(void)
{
	assert_codec_repeats_nothing(QUICLB_CODEC_PLAIN);
}

static void four_pass_cids_of_all_threads_differ(void)
{
	assert_codec_repeats_nothing(QUICLB_CODEC_FOUR_PASS);
}

/* No lock but the library's: a sanitizer sees two threads in here. */
struct store {
	uint64_t mark;
	unsigned int n_inside;
};

static int put(void *arg, uint64_t mark)
{
	struct store *const store = arg;

	g_assert_cmpuint(store->n_inside++, ==, 0);
	g_assert_cmpuint(mark, >, store->mark);
	store->mark = mark;
	store->n_inside--;
	return 0;
}

/* Three lives under one key, of other numbers of threads. */
static void threads_share_one_mark(void)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 7 };
	static const unsigned int n_threads[] = { 8, 3, 5 };
	const unsigned int n = unit_rounds(n_cids / 10);
	g_autofree uint32_t *nonces = g_new(uint32_t, 3 * (size_t)n);
	struct store store = { 0, 0 };
	struct quiclb_record record;
	struct quiclb_config config;
	unsigned int life;

	make_config(&config, QUICLB_CODEC_PLAIN, &record);
	for (life = 0; life < 3; life++) {
		const uint64_t before = store.mark;
		struct quiclb_encoder_options options;

		quiclb_encoder_options_init(&options);
		options.nonce_secret = secret;
		options.mark_store = put;
		options.mark_arg = &store;
		options.mark = store.mark;
		issue_in_threads(make_encoder(&config, &options), &record,
				 n_threads[life], nonces + life * n, n);
		/* as many counters as CIDs are below the mark, at least */
		g_assert_cmpuint(store.mark - before, >=, n);
	}
	assert_none_twice(nonces, 3 * n);
}

/* Each thread moves on when it likes, the others go on as they are. */
static void rotate_and_issue(void *data)
{
	struct worker *const w = data;
	uint8_t cid[8];
	unsigned int r, i;

	for (r = 0; r < ROTATIONS; r++) {
		if (r)
			g_assert_cmpint(quiclb_encoder_rotate(w->encoders[0],
							      w->encoders[r]),
					==, 0);
		for (i = 0; i < w->n; i++) {
			g_assert_cmpint(quiclb_encoder_next(w->encoders[0], cid,
							    sizeof(cid)),
					==, (int)sizeof(cid));
			g_assert_cmpint(cid[0] >> 5, ==, (int)r);
		}
		for (i = 0; i <= r; i++)
			g_assert_cmpint(
				quiclb_encoder_cid_length(w->encoders[0],
							  (uint8_t)(i << 5)),
				==, 8);
	}
	quiclb_encoder_free(w->encoders[0]);
}

static void threads_rotate_by_themselves(void)
{
	struct quiclb_encoder *wholes[ROTATIONS];
	struct worker workers[N_THREADS];
	struct quiclb_encoder_options options;
	struct quiclb_config config;
	unsigned int i, r;

	for (r = 0; r < ROTATIONS; r++) {
		unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 4);
		config.config_rotation = (uint8_t)r;
		quiclb_encoder_options_init(&options);
		wholes[r] = make_encoder(&config, &options);
	}
	for (i = 0; i < N_THREADS; i++) {
		/* not all the same: they are at it at other times */
		workers[i].n = unit_rounds(1000 + 1000 * i);
		for (r = 0; r < ROTATIONS; r++)
			g_assert_cmpint(
				quiclb_encoder_split(wholes[r], i, N_THREADS,
						     &workers[i].encoders[r]),
				==, 0);
	}
	for (r = 0; r < ROTATIONS; r++)
		quiclb_encoder_free(wholes[r]);
	crew_run(rotate_and_issue, workers, sizeof(*workers), N_THREADS);
}

static const struct unit_case cases[] = {
	{ "plain_cids_of_all_threads_differ",
	  plain_cids_of_all_threads_differ },
	{ "four_pass_cids_of_all_threads_differ",
	  four_pass_cids_of_all_threads_differ },
	{ "threads_share_one_mark", threads_share_one_mark },
	{ "threads_rotate_by_themselves", threads_rotate_by_themselves },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (argc > 1)
		n_cids = (unsigned int)g_ascii_strtoull(argv[1], NULL, 10);
	unit_add("issue", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
