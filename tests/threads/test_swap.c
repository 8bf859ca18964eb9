/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that decode while one swaps the decoder.  Each of N_CONFIGS configs
 * has another key under the same rotation; a CID of each is decoded under each
 * beforehand, so a read that mixes two configs is none of those.
 */
#include <sched.h>
#include <stdatomic.h>

#include "crew.h"
#include "unit.h"

#define N_CONFIGS 4
#define N_READERS 7
#define N_SWAPS 5000
/* of so many swaps one waits until all readers have seen it */
#define WAIT_EVERY 16

static struct quiclb_config configs[N_CONFIGS];
static uint8_t cids[N_CONFIGS][12]; /* one under each config */
/* server ID of each CID under each config: a row is what one reader sees */
static uint8_t answers[N_CONFIGS][N_CONFIGS][3];

static struct quiclb_table *table;
static atomic_int done;

struct thread {
	int swaps; /* 1: it swaps; 0: it reads */
	unsigned int n_reads;
	atomic_int *seen; /* N_READERS: config each reader saw last, or -1 */
	int number;
};

static struct quiclb_decoder *decoder_of(unsigned int config)
{
	struct quiclb_decoder *decoder = NULL;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, &configs[config]), ==, 0);
	return decoder;
}

/* What a decoder makes of all CIDs. */
static void read_all(const struct quiclb_decoder *decoder,
		     uint8_t row[N_CONFIGS][3])
{
	unsigned int i;

	for (i = 0; i < N_CONFIGS; i++)
		g_assert_cmpint(
			quiclb_decoder_decode(decoder, cids[i], 12, row[i], 3),
			==, 3);
}

/* The config that gives this row; there must be one. */
static int config_of(uint8_t row[N_CONFIGS][3])
{
	int i;

	for (i = 0; i < N_CONFIGS; i++)
		if (!memcmp(row, answers[i], sizeof(answers[i])))
			return i;
	g_error("a read under no config that ever was");
}

static void make_cid(unsigned int i)
{
	static const uint8_t id[3] = { 0xaa, 0xbb, 0xcc };
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder = NULL;

	unit_config(&configs[i], QUICLB_CODEC_FOUR_PASS, 3, 8);
	quiclb_encoder_options_init(&options);
	options.server_id = id;
	options.server_id_len = sizeof(id);
	g_assert_cmpint(quiclb_encoder_new(&configs[i], &options, &encoder), ==,
			0);
	g_assert_cmpint(quiclb_encoder_next(encoder, cids[i], 12), ==, 12);
	quiclb_encoder_free(encoder);
}

static void prepare(void)
{
	unsigned int i, k;

	for (i = 0; i < N_CONFIGS; i++)
		make_cid(i);
	for (i = 0; i < N_CONFIGS; i++) {
		struct quiclb_decoder *const decoder = decoder_of(i);

		read_all(decoder, answers[i]);
		quiclb_decoder_free(decoder);
		g_assert_cmpmem(answers[i][i], 3, "\xaa\xbb\xcc", 3);
		for (k = 0; k < i; k++)
			g_assert_cmpint(memcmp(answers[i], answers[k],
					       sizeof(answers[i])),
					!=, 0);
	}
}

/* Reads until the swapping has ended, and once more. */
static void read_on(struct thread *t)
{
	struct quiclb_reader *reader = NULL;
	uint8_t row[N_CONFIGS][3];
	int last;

	g_assert_cmpint(quiclb_reader_new(table, &reader), ==, 0);
	do {
		last = atomic_load(&done);
		read_all(quiclb_reader_decoder(reader), row);
		atomic_store(&t->seen[t->number], config_of(row));
		t->n_reads++;
	} while (!last);
	quiclb_reader_free(reader);
}

static void wait_for_readers(atomic_int *seen, int config)
{
	int i;

	for (i = 0; i < N_READERS; i++)
		while (atomic_load(&seen[i]) != config)
			sched_yield();
}

static void swap_on(struct thread *t)
{
	const unsigned int n = unit_rounds(N_SWAPS);
	unsigned int i;

	for (i = 1; i <= n; i++) {
		g_assert_cmpint(
			quiclb_table_swap(table, decoder_of(i % N_CONFIGS)), ==,
			0);
		if (i % WAIT_EVERY == 0 || i == n)
			wait_for_readers(t->seen, (int)(i % N_CONFIGS));
	}
	atomic_store(&done, 1);
}

static void run(void *data)
{
	struct thread *const t = data;

	if (t->swaps)
		swap_on(t);
	else
		read_on(t);
}

static void every_read_is_of_one_config(void)
{
	struct thread threads[N_READERS + 1] = { 0 };
	atomic_int seen[N_READERS];
	int i;

	prepare();
	atomic_store(&done, 0);
	g_assert_cmpint(quiclb_table_new(decoder_of(0), &table), ==, 0);
	for (i = 0; i <= N_READERS; i++) {
		threads[i].swaps = i == N_READERS;
		threads[i].number = i;
		threads[i].seen = seen;
		if (i < N_READERS)
			atomic_init(&seen[i], -1);
	}
	crew_run(run, threads, sizeof(*threads), N_READERS + 1);
	quiclb_table_free(table);
	/* each has seen at least what the swapping waited for */
	for (i = 0; i < N_READERS; i++) {
		g_assert_cmpuint(threads[i].n_reads, >=,
				 unit_rounds(N_SWAPS) / WAIT_EVERY);
		g_assert_cmpint(atomic_load(&seen[i]), ==,
				unit_rounds(N_SWAPS) % N_CONFIGS);
	}
}

/* All threads swap and read: no decoder is lost or freed twice. */
static void swap_and_read(void *data)
{
	struct thread *const t = data;
	struct quiclb_reader *reader = NULL;
	uint8_t row[N_CONFIGS][3];
	unsigned int i;

	g_assert_cmpint(quiclb_reader_new(table, &reader), ==, 0);
	for (i = 0; i < unit_rounds(N_SWAPS); i++) {
		g_assert_cmpint(
			quiclb_table_swap(table, decoder_of(i % N_CONFIGS)), ==,
			0);
		read_all(quiclb_reader_decoder(reader), row);
		config_of(row);
		t->n_reads++;
	}
	quiclb_reader_free(reader);
}

static void all_may_swap(void)
{
	struct thread threads[N_READERS] = { 0 };
	int i;

	prepare();
	g_assert_cmpint(quiclb_table_new(decoder_of(0), &table), ==, 0);
	crew_run(swap_and_read, threads, sizeof(*threads), N_READERS);
	for (i = 0; i < N_READERS; i++)
		g_assert_cmpuint(threads[i].n_reads, ==, unit_rounds(N_SWAPS));
	quiclb_table_free(table);
}

static const struct unit_case cases[] = {
	{ "every_read_is_of_one_config", every_read_is_of_one_config },
	{ "all_may_swap", all_may_swap },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("swap", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
