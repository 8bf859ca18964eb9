/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoder that is swapped under its readers, in one thread: who sees which,
 * and when the former one goes.  Under threads: tests/threads/test_swap.c.
 */
#include "box.h"
#include "unit.h"
#include "box_macros.h"
#include "libquiclb/decoder.c"
#include "libquiclb/table.c"

/* A decoder that knows one config, of this rotation: two blocks. */
static struct quiclb_decoder *decoder_of(uint8_t rotation)
{
	struct quiclb_decoder *decoder = NULL;
	struct quiclb_config config;

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 8);
	config.config_rotation = rotation;
	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, &config), ==, 0);
	return decoder;
}

static struct quiclb_table *table_of(uint8_t rotation)
{
	struct quiclb_table *table = NULL;

	box_reset();
	g_assert_cmpuint(box_n_blocks(), ==, 0);
	g_assert_cmpint(quiclb_table_new(decoder_of(rotation), &table), ==, 0);
	return table;
}

static struct quiclb_reader *reader_of(struct quiclb_table *table)
{
	struct quiclb_reader *reader = NULL;

	g_assert_cmpint(quiclb_reader_new(table, &reader), ==, 0);
	return reader;
}

static void swap(struct quiclb_table *table, uint8_t rotation)
{
	g_assert_cmpint(quiclb_table_swap(table, decoder_of(rotation)), ==, 0);
}

/* Whether a decoder is alive and the one of this rotation. */
static void assert_is(const struct quiclb_decoder *decoder, uint8_t rotation)
{
	uint8_t r;

	g_assert_nonnull(decoder);
	for (r = 0; r < QUICLB_N_ROTATIONS; r++)
		g_assert_cmpint(
			quiclb_decoder_cid_len(decoder, (uint8_t)(r << 5)), ==,
			r == rotation ? 12 : QUICLB_ERR_NO_CONFIG);
}

/* What a decoder of one config is made of: itself, a config, its count. */
#define DECODER_BLOCKS 3

static void reader_has_the_first_decoder(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *const reader = reader_of(table);

	assert_is(quiclb_reader_decoder(reader), 1);
	quiclb_reader_free(reader);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static void swap_shows_when_a_reader_asks_again(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *const a = reader_of(table);
	struct quiclb_reader *const b = reader_of(table);
	const struct quiclb_decoder *const before = quiclb_reader_decoder(a);

	g_assert_true(quiclb_reader_decoder(b) == before);
	g_assert_true(quiclb_reader_decoder(a) == before);
	swap(table, 2);
	assert_is(before, 1);
	assert_is(quiclb_reader_decoder(a), 2);
	/* b has not asked: what it holds lives */
	assert_is(before, 1);
	assert_is(quiclb_reader_decoder(b), 2);
	g_assert_true(quiclb_reader_decoder(a) == quiclb_reader_decoder(b));
	quiclb_reader_free(a);
	quiclb_reader_free(b);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

/* What a reader compares a time: equal, so it takes no lock. */
static void asking_again_costs_one_load(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *const reader = reader_of(table);
	int i;

	for (i = 0; i < 3; i++) {
		swap(table, 2);
		g_assert_cmpuint(reader->version, !=,
				 atomic_load(&table->version));
		quiclb_reader_decoder(reader);
		g_assert_cmpuint(reader->version, ==,
				 atomic_load(&table->version));
	}
	quiclb_reader_free(reader);
	quiclb_table_free(table);
}

static void reader_made_after_a_swap_has_the_new_one(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *reader;

	swap(table, 2);
	reader = reader_of(table);
	assert_is(quiclb_reader_decoder(reader), 2);
	quiclb_reader_free(reader);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

/* In between may be any number: only the last counts. */
static void former_decoder_goes_with_its_last_reader(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *const a = reader_of(table);
	struct quiclb_reader *const b = reader_of(table);
	unsigned int blocks;

	quiclb_reader_decoder(a);
	quiclb_reader_decoder(b);
	blocks = box_n_blocks();
	swap(table, 2);
	g_assert_cmpuint(box_n_blocks(), ==, blocks + DECODER_BLOCKS);
	swap(table, 3);
	/* nobody has ever asked for the second: gone with the swap */
	g_assert_cmpuint(box_n_blocks(), ==, blocks + DECODER_BLOCKS);
	assert_is(quiclb_reader_decoder(a), 3);
	g_assert_cmpuint(box_n_blocks(), ==, blocks + DECODER_BLOCKS);
	assert_is(quiclb_reader_decoder(b), 3);
	g_assert_cmpuint(box_n_blocks(), ==, blocks);
	quiclb_reader_free(a);
	quiclb_reader_free(b);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static void former_decoder_goes_when_its_reader_is_freed(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *const reader = reader_of(table);
	unsigned int blocks;

	quiclb_reader_decoder(reader);
	swap(table, 2);
	blocks = box_n_blocks();
	quiclb_reader_free(reader);
	g_assert_cmpuint(box_n_blocks(), ==, blocks - DECODER_BLOCKS - 1);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

/* The table first: what the reader has, it has until it is freed. */
static void reader_outlives_the_table(void)
{
	struct quiclb_table *const table = table_of(1);
	struct quiclb_reader *const asked = reader_of(table);
	struct quiclb_reader *const idle = reader_of(table);
	const struct quiclb_decoder *const decoder =
		quiclb_reader_decoder(asked);

	quiclb_table_free(table);
	assert_is(decoder, 1);
	quiclb_reader_free(asked);
	g_assert_cmpuint(box_n_blocks(), ==, 1);
	quiclb_reader_free(idle);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static void no_key_is_left_behind(void)
{
	struct quiclb_decoder *const decoder = decoder_of(1);
	struct quiclb_table *table = NULL;
	struct quiclb_reader *reader;
	struct quiclb_entry *entry;

	box_reset();
	g_assert_cmpint(quiclb_table_new(decoder, &table), ==, 0);
	reader = reader_of(table);
	quiclb_reader_decoder(reader);
	entry = decoder->slots[1].entries[0];
	g_assert_false(unit_all(entry, sizeof(*entry), 0));
	swap(table, 2);
	box_reset();
	quiclb_reader_decoder(reader);
	/* all is zero but the count and the address that it was for */
	g_assert_cmpuint(box.n_freed, ==, DECODER_BLOCKS);
	g_assert_cmpuint(box.n_freed_dirty, ==, 1);
	quiclb_reader_free(reader);
	quiclb_table_free(table);
}

static void wrong_arguments_are_refused(void)
{
	struct quiclb_decoder *const decoder = decoder_of(1);
	struct quiclb_table *table = NULL;
	struct quiclb_reader *reader = NULL;

	g_assert_cmpint(quiclb_table_new(NULL, &table), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_table_new(decoder, NULL), ==, QUICLB_ERR_ARG);
	g_assert_null(table);
	g_assert_cmpint(quiclb_table_new(decoder, &table), ==, 0);
	g_assert_cmpint(quiclb_table_swap(table, NULL), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_table_swap(NULL, decoder), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_reader_new(NULL, &reader), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_reader_new(table, NULL), ==, QUICLB_ERR_ARG);
	g_assert_null(reader);
	g_assert_null(quiclb_reader_decoder(NULL));
	quiclb_reader_free(NULL);
	quiclb_table_free(NULL);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

/* On failure a decoder is still the caller's, and the old one in force. */
static void without_memory_nothing_is_taken(void)
{
	struct quiclb_decoder *decoder = decoder_of(1);
	struct quiclb_table *table = NULL;
	struct quiclb_reader *reader = NULL;
	int n;

	for (n = 0; n < 2; n++) {
		box.memory = n;
		g_assert_cmpint(quiclb_table_new(decoder, &table), ==,
				QUICLB_ERR_NOMEM);
		box_reset();
	}
	box.locks = 0;
	g_assert_cmpint(quiclb_table_new(decoder, &table), ==,
			QUICLB_ERR_NOMEM);
	box_reset();
	g_assert_null(table);
	g_assert_cmpuint(box_n_blocks(), ==, DECODER_BLOCKS - 1);
	g_assert_cmpint(quiclb_table_new(decoder, &table), ==, 0);
	box.memory = 0;
	g_assert_cmpint(quiclb_reader_new(table, &reader), ==,
			QUICLB_ERR_NOMEM);
	box_reset();
	decoder = decoder_of(2);
	box.memory = 0;
	g_assert_cmpint(quiclb_table_swap(table, decoder), ==,
			QUICLB_ERR_NOMEM);
	box_reset();
	reader = reader_of(table);
	assert_is(quiclb_reader_decoder(reader), 1);
	quiclb_decoder_free(decoder);
	quiclb_reader_free(reader);
	quiclb_table_free(table);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static const struct unit_case cases[] = {
	{ "reader_has_the_first_decoder", reader_has_the_first_decoder },
	{ "swap_shows_when_a_reader_asks_again",
	  swap_shows_when_a_reader_asks_again },
	{ "asking_again_costs_one_load", asking_again_costs_one_load },
	{ "reader_made_after_a_swap_has_the_new_one",
	  reader_made_after_a_swap_has_the_new_one },
	{ "former_decoder_goes_with_its_last_reader",
	  former_decoder_goes_with_its_last_reader },
	{ "former_decoder_goes_when_its_reader_is_freed",
	  former_decoder_goes_when_its_reader_is_freed },
	{ "reader_outlives_the_table", reader_outlives_the_table },
	{ "no_key_is_left_behind", no_key_is_left_behind },
	{ "wrong_arguments_are_refused", wrong_arguments_are_refused },
	{ "without_memory_nothing_is_taken", without_memory_nothing_is_taken },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("table", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
