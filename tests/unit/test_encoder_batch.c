/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CIDs issued many at a time are those that would be issued one by one, and
 * stop where those would.
 */
#define _DEFAULT_SOURCE
#include <sys/mman.h>

#include "box_encoder.h"

#define MAX_N 70 /* more than two of the library's groups */
#define STRIDE 24
#define N_CIDS 400
#define FIRST_MARK 1000

/* A life of an encoder, as a child process leaves it to its parent. */
struct life {
	int batched;
	size_t n_cids;
	uint64_t left;	    /* nonces, at the end */
	uint64_t told_left; /* what threshold_reached was told */
	unsigned int n_told;
	uint64_t mark_sum;
	unsigned int n_marks;
	uint8_t cids[N_CIDS + MAX_N][STRIDE];
};

/* What a life is to be. */
struct plan {
	struct quiclb_config config;
	uint64_t leave; /* nonces to begin with; 0: all */
	uint64_t threshold;
	uint32_t n_parts; /* 0: it is not split */
	uint8_t server_use;
	uint8_t marks;
	int marks_allowed; /* that succeed; -1: all */
	struct life *life;
};

static int marks_left;

static int store(void *arg, uint64_t mark)
{
	struct life *const life = arg;

	if (!marks_left)
		return 1;
	if (marks_left > 0)
		marks_left--;
	life->n_marks++;
	life->mark_sum = life->mark_sum * 31 + mark;
	return 0;
}

static void told(void *arg, uint64_t left)
{
	struct life *const life = arg;

	life->n_told++;
	life->told_left = left;
}

static struct quiclb_encoder *begin(const struct plan *plan)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 7 };
	static const uint8_t use[QUICLB_CID_MAX_BYTES] = { 8, 9 };
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder, *whole;

	box_encoder_options(&options, &plan->config);
	options.server_use = plan->server_use ? use : NULL;
	options.threshold_reached = told;
	options.threshold_arg = plan->life;
	options.threshold = plan->threshold;
	if (plan->marks) {
		options.nonce_secret = secret;
		options.mark_store = store;
		options.mark_arg = plan->life;
		options.mark = FIRST_MARK;
	}
	marks_left = plan->marks_allowed;
	encoder = box_encoder_with(&plan->config, &options);
	if (plan->leave)
		box_encoder_leave(encoder, plan->leave);
	if (!plan->n_parts)
		return encoder;
	whole = encoder;
	encoder = box_encoder_part(whole, 1, plan->n_parts);
	quiclb_encoder_free(whole);
	return encoder;
}

/* Issues up to n CIDs behind those there are; how many. */
static int issue(struct life *life, struct quiclb_encoder *encoder, size_t n)
{
	uint8_t *const cids = life->cids[life->n_cids];
	size_t i;

	if (life->batched)
		return quiclb_encoder_next_batch(encoder, cids, STRIDE, n);
	for (i = 0; i < n; i++) {
		const int result =
			quiclb_encoder_next(encoder, cids + i * STRIDE, STRIDE);

		if (result < 0)
			return i ? (int)i : result;
	}
	return (int)n;
}

/* Batches of every size, until there are N_CIDS or an error comes. */
static int live(void *data)
{
	const struct plan *const plan = data;
	struct life *const life = plan->life;
	struct quiclb_encoder *const encoder = begin(plan);
	size_t n = 0;

	memset(life->cids, UNIT_UNTOUCHED, sizeof(life->cids));
	while (life->n_cids < N_CIDS) {
		const int result = issue(life, encoder, n);

		if (result < 0)
			break;
		g_assert_cmpint(result, <=, (int)n);
		life->n_cids += (size_t)result;
		n = (n * 3 + 1) % (MAX_N + 1);
	}
	life->left = quiclb_encoder_remaining(encoder);
	quiclb_encoder_free(encoder);
	return 0;
}

/* The two lives, from one seed; the first is one by one. */
static void assert_same_lives(struct plan *plan, struct life lives[2])
{
	int i;

	memset(lives, 0, 2 * sizeof(*lives));
	for (i = 0; i < 2; i++) {
		lives[i].batched = i;
		plan->life = &lives[i];
		g_assert_cmpint(unit_in_child(live, plan), ==, 0);
	}
	g_assert_cmpuint(lives[0].n_cids, ==, lives[1].n_cids);
	g_assert_cmpmem(lives[0].cids, sizeof(lives[0].cids), lives[1].cids,
			sizeof(lives[1].cids));
	g_assert_cmpuint(lives[0].left, ==, lives[1].left);
	g_assert_cmpuint(lives[0].n_told, ==, lives[1].n_told);
	g_assert_cmpuint(lives[0].told_left, ==, lives[1].told_left);
	g_assert_cmpuint(lives[0].n_marks, ==, lives[1].n_marks);
	g_assert_cmpuint(lives[0].mark_sum, ==, lives[1].mark_sum);
	unit_random_up_to(255); /* another seed for the next two */
}

static struct life *lives_new(void)
{
	struct life *const lives =
		mmap(NULL, 2 * sizeof(*lives), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	g_assert_true(lives != MAP_FAILED);
	return lives;
}

static void lives_free(struct life *lives)
{
	munmap(lives, 2 * sizeof(*lives));
}

static struct plan plan_of(uint8_t codec, uint8_t server_id_len,
			   uint8_t nonce_len)
{
	struct plan plan = { .marks_allowed = -1 };

	box_reset();
	unit_config(&plan.config, codec, server_id_len, nonce_len);
	return plan;
}

static void every_codec_issues_the_same(void)
{
	struct life *const lives = lives_new();
	/* under valgrind every twentieth: else they take a minute */
	const unsigned int step = 20 / unit_rounds(20);
	unsigned int id, nonce, n = 0;
	struct plan plan;
	int codec;

	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec))
		for (id = 1; id <= QUICLB_SERVER_ID_CAP_BYTES; id++)
			for (nonce = 1; nonce <= 18; nonce++) {
				plan = plan_of((uint8_t)codec, (uint8_t)id,
					       (uint8_t)nonce);
				/* a sample: all codecs, a third of lengths */
				if (quiclb_config_check(&plan.config) ||
				    (id + nonce != 16 && nonce % 3 != id % 3 &&
				     id < 8))
					continue;
				if (n++ % step)
					continue;
				assert_same_lives(&plan, lives);
				g_assert_cmpuint(lives[1].n_cids, >, 0);
			}
	g_test_message("%u configs", n);
	g_assert_cmpuint(n, >, 100);
	lives_free(lives);
}

/* Server use of the caller's or drawn, length encoded or not, worker. */
static void every_form_issues_the_same(void)
{
	struct life *const lives = lives_new();
	unsigned int form;

	for (form = 0; form < 32; form++) {
		struct plan plan = plan_of(QUICLB_CODEC_FOUR_PASS, 3, 9);

		plan.config.server_use_len = form & 1 ? 4 : 0;
		plan.server_use = form >> 1 & 1;
		plan.config.encode_length = form >> 2 & 1;
		plan.config.worker_len = form >> 3 & 1;
		plan.marks = form >> 4 & 1;
		assert_same_lives(&plan, lives);
		g_assert_cmpuint(lives[1].n_cids, >=, N_CIDS);
	}
	lives_free(lives);
}

static void it_ends_where_single_calls_end(void)
{
	static const uint64_t leave[] = { 1, 2, 31, 32, 33, 64, 65, 100, 333 };
	struct life *const lives = lives_new();
	size_t i, k;

	for (i = 0; i < G_N_ELEMENTS(leave); i++)
		for (k = 0; k <= 40; k += 4) {
			struct plan plan = plan_of(QUICLB_CODEC_PLAIN, 4, 6);

			plan.leave = leave[i];
			plan.threshold = k;
			plan.n_parts = k & 4 ? 3 : 0;
			assert_same_lives(&plan, lives);
			g_assert_cmpuint(lives[1].left, ==, 0);
			g_assert_cmpuint(lives[1].n_told, ==, 1);
		}
	lives_free(lives);
}

static void marks_are_stored_as_in_single_calls(void)
{
	struct life *const lives = lives_new();
	unsigned int i;

	for (i = 0; i < 32; i++) {
		struct plan plan = plan_of(QUICLB_CODEC_FOUR_PASS, 3, 4);

		plan.marks = 1;
		plan.marks_allowed = i & 1 ? 0 : -1;
		plan.n_parts = i & 2 ? 7 : 0;
		/* the end of what is marked lies within a batch */
		plan.leave = (1ULL << 32) - FIRST_MARK + 100 + i;
		assert_same_lives(&plan, lives);
		g_assert_cmpuint(lives[1].n_cids, >, 0);
	}
	lives_free(lives);
}

/* ----------------------------------------------------------------- limits --
 */

static struct quiclb_encoder *plain_encoder(uint8_t nonce_len)
{
	struct quiclb_config config;

	box_reset();
	unit_config(&config, QUICLB_CODEC_PLAIN_07, 1, nonce_len);
	return box_encoder_new(&config);
}

static void no_nonce_comes_twice(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(2);
	static uint8_t seen[65536];
	uint8_t cids[MAX_N][4];
	unsigned int total = 0;
	int result, i;

	memset(seen, 0, sizeof(seen));
	while ((result = quiclb_encoder_next_batch(encoder, cids[0], 4,
						   1 + total % MAX_N)) > 0)
		for (i = 0; i < result; i++, total++) {
			uint8_t *const at = &seen[cids[i][2] << 8 | cids[i][3]];

			g_assert_cmpuint(*at, ==, 0);
			*at = 1;
		}
	g_assert_cmpint(result, ==, QUICLB_ERR_EXHAUSTED);
	g_assert_cmpuint(total, ==, 65536);
	quiclb_encoder_free(encoder);
}

/* However many are asked for: as many as there are nonces. */
static void a_count_beyond_int_gives_all_there_are(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(2);
	uint8_t *const cids = g_malloc((size_t)65536 * 4);

	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids, 4, SIZE_MAX),
			==, 65536);
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids, 4, SIZE_MAX),
			==, QUICLB_ERR_EXHAUSTED);
	g_free(cids);
	quiclb_encoder_free(encoder);
}

/* One byte of each CID is drawn; the pool has 256. */
static void without_random_bytes_it_stops_between_two(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(8);
	uint8_t cids[300][10];
	uint64_t left;

	memset(cids, UNIT_UNTOUCHED, sizeof(cids));
	/* so that the end of the pool lies within a group */
	box.random = 1;
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids[0], 10, 5), ==,
			5);
	left = quiclb_encoder_remaining(encoder);
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids[0], 10, 300),
			==, 251);
	g_assert_true(unit_all(cids[251], sizeof(cids) - sizeof(cids[0]) * 251,
			       UNIT_UNTOUCHED));
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids[0], 10, 300),
			==, QUICLB_ERR_RANDOM);
	box_reset();
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, left - 251);
	quiclb_encoder_free(encoder);
}

static int in_child(void *data)
{
	uint8_t cids[MAX_N][10];

	memset(cids, UNIT_UNTOUCHED, sizeof(cids));
	g_assert_cmpint(quiclb_encoder_next_batch(data, cids[0], 10, MAX_N), ==,
			QUICLB_ERR_FORKED);
	g_assert_true(unit_all(cids, sizeof(cids), UNIT_UNTOUCHED));
	return 0;
}

/* Also if it draws no random byte. */
static void a_child_issues_nothing(void)
{
	struct quiclb_encoder *encoder = plain_encoder(8);
	struct plan plan = plan_of(QUICLB_CODEC_PLAIN, 1, 8);

	g_assert_cmpint(unit_in_child(in_child, encoder), ==, 0);
	quiclb_encoder_free(encoder);
	plan.config.encode_length = 1;
	encoder = box_encoder_new(&plan.config);
	g_assert_cmpint(unit_in_child(in_child, encoder), ==, 0);
	quiclb_encoder_free(encoder);
}

static void arguments_are_checked(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(8);
	struct quiclb_encoder *part;
	uint8_t cids[20];

	memset(cids, UNIT_UNTOUCHED, sizeof(cids));
	g_assert_cmpint(quiclb_encoder_next_batch(NULL, cids, 10, 2), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, NULL, 10, 2), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids, 9, 2), ==,
			QUICLB_ERR_SPACE);
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids, 10, 0), ==, 0);
	part = box_encoder_part(encoder, 0, 2);
	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cids, 10, 2), ==,
			QUICLB_ERR_SPLIT);
	g_assert_true(unit_all(cids, sizeof(cids), UNIT_UNTOUCHED));
	g_assert_cmpint(quiclb_encoder_next_batch(part, cids, 10, 2), ==, 2);
	quiclb_encoder_free(part);
	quiclb_encoder_free(encoder);
}

/* As behind a single call. */
static void behind_a_batch_there_is_no_split(void)
{
	struct quiclb_encoder *const encoder = plain_encoder(8);
	struct quiclb_encoder *part;
	uint8_t cid[10];

	g_assert_cmpint(quiclb_encoder_next_batch(encoder, cid, 10, 1), ==, 1);
	g_assert_cmpint(quiclb_encoder_split(encoder, 0, 2, &part), ==,
			QUICLB_ERR_ARG);
	quiclb_encoder_free(encoder);
}

static const struct unit_case cases[] = {
	{ "every_codec_issues_the_same", every_codec_issues_the_same },
	{ "every_form_issues_the_same", every_form_issues_the_same },
	{ "it_ends_where_single_calls_end", it_ends_where_single_calls_end },
	{ "marks_are_stored_as_in_single_calls",
	  marks_are_stored_as_in_single_calls },
	{ "no_nonce_comes_twice", no_nonce_comes_twice },
	{ "a_count_beyond_int_gives_all_there_are",
	  a_count_beyond_int_gives_all_there_are },
	{ "without_random_bytes_it_stops_between_two",
	  without_random_bytes_it_stops_between_two },
	{ "a_child_issues_nothing", a_child_issues_nothing },
	{ "arguments_are_checked", arguments_are_checked },
	{ "behind_a_batch_there_is_no_split",
	  behind_a_batch_there_is_no_split },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("encoder_batch", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
