/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every limit of a config from both sides, each with its own error, and what
 * compiling makes of it.
 */
#include "unit.h"

/* The fields of a config but its size, as they stand in the struct. */
struct row {
	const char *name;
	uint8_t fields[8]; /* codec .. reserved */
	int want;
};

#define PLAIN QUICLB_CODEC_PLAIN
#define SINGLE QUICLB_CODEC_SINGLE_PASS
#define FOUR QUICLB_CODEC_FOUR_PASS

/* codec, rotation, server ID, nonce, server use, length, key, reserved */
static const struct row rows[] = {
	{ "codec_0_is_refused", { 0, 0, 3, 4, 0, 0, 0, 0 }, QUICLB_ERR_CODEC },
	{ "codec_4_is_refused", { 4, 0, 3, 4, 0, 0, 0, 0 }, QUICLB_ERR_CODEC },
	{ "codec_255_is_refused",
	  { 255, 0, 3, 4, 0, 0, 0, 0 },
	  QUICLB_ERR_CODEC },
	{ "plain_is_taken", { PLAIN, 0, 3, 4, 0, 0, 0, 0 }, 0 },
	{ "single_pass_is_taken", { SINGLE, 0, 8, 8, 0, 0, 1, 0 }, 0 },
	{ "four_pass_is_taken", { FOUR, 0, 3, 4, 0, 0, 1, 0 }, 0 },
	{ "rotation_6_is_taken", { PLAIN, 6, 3, 4, 0, 0, 0, 0 }, 0 },
	{ "rotation_7_is_refused",
	  { PLAIN, 7, 3, 4, 0, 0, 0, 0 },
	  QUICLB_ERR_ROTATION },
	{ "rotation_255_is_refused",
	  { PLAIN, 255, 3, 4, 0, 0, 0, 0 },
	  QUICLB_ERR_ROTATION },
	{ "server_id_0_is_refused",
	  { PLAIN, 0, 0, 4, 0, 0, 0, 0 },
	  QUICLB_ERR_SERVER_ID_LEN },
	{ "server_id_1_is_taken", { PLAIN, 0, 1, 4, 0, 0, 0, 0 }, 0 },
	{ "server_id_15_is_taken", { PLAIN, 0, 15, 4, 0, 0, 0, 0 }, 0 },
	{ "server_id_16_is_refused",
	  { PLAIN, 0, 16, 4, 0, 0, 0, 0 },
	  QUICLB_ERR_SERVER_ID_LEN },
	{ "nonce_3_is_refused",
	  { PLAIN, 0, 1, 3, 0, 0, 0, 0 },
	  QUICLB_ERR_NONCE_LEN },
	{ "nonce_4_is_taken", { PLAIN, 0, 1, 4, 0, 0, 0, 0 }, 0 },
	{ "nonce_18_is_taken", { PLAIN, 0, 1, 18, 0, 0, 0, 0 }, 0 },
	{ "nonce_19_is_refused",
	  { PLAIN, 0, 1, 19, 0, 0, 0, 0 },
	  QUICLB_ERR_NONCE_LEN },
	{ "sum_19_is_taken", { PLAIN, 0, 9, 10, 0, 0, 0, 0 }, 0 },
	{ "sum_20_is_refused",
	  { PLAIN, 0, 10, 10, 0, 0, 0, 0 },
	  QUICLB_ERR_SUM_LEN },
	{ "sum_20_of_four_pass_is_refused",
	  { FOUR, 0, 10, 10, 0, 0, 1, 0 },
	  QUICLB_ERR_SUM_LEN },
	{ "sum_20_of_single_pass_is_refused",
	  { SINGLE, 0, 10, 10, 0, 0, 1, 0 },
	  QUICLB_ERR_SUM_LEN },
	{ "single_pass_of_15_is_refused",
	  { SINGLE, 0, 8, 7, 0, 0, 1, 0 },
	  QUICLB_ERR_SINGLE_PASS_LEN },
	{ "single_pass_of_17_is_refused",
	  { SINGLE, 0, 8, 9, 0, 0, 1, 0 },
	  QUICLB_ERR_SINGLE_PASS_LEN },
	{ "four_pass_of_15_is_taken", { FOUR, 0, 8, 7, 0, 0, 1, 0 }, 0 },
	{ "four_pass_of_16_is_refused",
	  { FOUR, 0, 8, 8, 0, 0, 1, 0 },
	  QUICLB_ERR_FOUR_PASS_LEN },
	{ "four_pass_of_17_is_taken", { FOUR, 0, 8, 9, 0, 0, 1, 0 }, 0 },
	{ "plain_of_16_is_taken", { PLAIN, 0, 8, 8, 0, 0, 0, 0 }, 0 },
	{ "cid_of_20_is_taken", { PLAIN, 0, 1, 4, 14, 0, 0, 0 }, 0 },
	{ "cid_of_21_is_refused",
	  { PLAIN, 0, 1, 4, 15, 0, 0, 0 },
	  QUICLB_ERR_CID_LEN },
	{ "server_use_behind_19_is_refused",
	  { PLAIN, 0, 1, 18, 1, 0, 0, 0 },
	  QUICLB_ERR_CID_LEN },
	{ "server_use_255_is_refused",
	  { PLAIN, 0, 1, 4, 255, 0, 0, 0 },
	  QUICLB_ERR_CID_LEN },
	{ "single_pass_without_key_is_refused",
	  { SINGLE, 0, 8, 8, 0, 0, 0, 0 },
	  QUICLB_ERR_KEY_MISSING },
	{ "four_pass_without_key_is_refused",
	  { FOUR, 0, 3, 4, 0, 0, 0, 0 },
	  QUICLB_ERR_KEY_MISSING },
	{ "plain_with_key_is_refused",
	  { PLAIN, 0, 3, 4, 0, 0, 1, 0 },
	  QUICLB_ERR_KEY_UNEXPECTED },
	{ "encode_length_1_is_taken", { PLAIN, 0, 3, 4, 0, 1, 0, 0 }, 0 },
	{ "encode_length_2_is_refused",
	  { PLAIN, 0, 3, 4, 0, 2, 0, 0 },
	  QUICLB_ERR_ARG },
	{ "has_key_2_is_refused",
	  { FOUR, 0, 3, 4, 0, 0, 2, 0 },
	  QUICLB_ERR_ARG },
	{ "reserved_1_is_refused",
	  { PLAIN, 0, 3, 4, 0, 0, 0, 1 },
	  QUICLB_ERR_ARG },
};

static void fill(struct quiclb_config *config, const uint8_t fields[8])
{
	quiclb_config_init(config);
	memcpy(&config->codec, fields, 8);
	unit_random(config->key, sizeof(config->key));
}

static void row_holds(gconstpointer data)
{
	const struct row *const row = data;
	struct quiclb_config config;
	struct quiclb_record record;

	fill(&config, row->fields);
	g_assert_cmpint(quiclb_config_check(&config), ==, row->want);
	memset(&record, UNIT_UNTOUCHED, sizeof(record));
	g_assert_cmpint(quiclb_config_compile(&config, &record), ==, row->want);
	g_assert_cmpint(unit_all(&record, sizeof(record), UNIT_UNTOUCHED), ==,
			row->want != 0);
}

/* The length rules once more, first broken rule first. */
static int length_rule(int codec, int server_id, int nonce, int server_use)
{
	const int sum = server_id + nonce;

	if (server_id < 1 || server_id > 15)
		return QUICLB_ERR_SERVER_ID_LEN;
	if (nonce < 4 || nonce > 18)
		return QUICLB_ERR_NONCE_LEN;
	if (sum > 19)
		return QUICLB_ERR_SUM_LEN;
	if (codec == SINGLE && sum != 16)
		return QUICLB_ERR_SINGLE_PASS_LEN;
	if (codec == FOUR && sum == 16)
		return QUICLB_ERR_FOUR_PASS_LEN;
	return sum + server_use > 19 ? QUICLB_ERR_CID_LEN : 0;
}

static void all_server_uses_hold(uint8_t codec, uint8_t server_id,
				 uint8_t nonce)
{
	struct quiclb_config config;
	int use;

	unit_config(&config, codec, server_id, nonce);
	for (use = 0; use <= 20; use++) {
		config.server_use_len = (uint8_t)use;
		g_assert_cmpint(quiclb_config_check(&config), ==,
				length_rule(codec, server_id, nonce, use));
	}
}

static void all_lengths_hold_the_rules(void)
{
	int codec, server_id, nonce;

	for (codec = PLAIN; codec <= FOUR; codec++)
		for (server_id = 0; server_id <= 20; server_id++)
			for (nonce = 0; nonce <= 20; nonce++)
				all_server_uses_hold((uint8_t)codec,
						     (uint8_t)server_id,
						     (uint8_t)nonce);
}

/* A sum of lengths must not be kept in a byte. */
static void lengths_that_wrap_are_refused(void)
{
	struct quiclb_config config;

	unit_config(&config, PLAIN, 255, 8);
	g_assert_cmpint(quiclb_config_check(&config), ==,
			QUICLB_ERR_SERVER_ID_LEN);
	unit_config(&config, PLAIN, 8, 255);
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_NONCE_LEN);
	unit_config(&config, PLAIN, 1, 4);
	config.server_use_len = 251;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_CID_LEN);
}

static void null_is_refused(void)
{
	struct quiclb_record record;
	struct quiclb_config config;

	memset(&record, UNIT_UNTOUCHED, sizeof(record));
	g_assert_cmpint(quiclb_config_check(NULL), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_config_compile(NULL, &record), ==,
			QUICLB_ERR_ARG);
	g_assert_true(unit_all(&record, sizeof(record), UNIT_UNTOUCHED));
	unit_config(&config, PLAIN, 3, 4);
	g_assert_cmpint(quiclb_config_compile(&config, NULL), ==,
			QUICLB_ERR_ARG);
}

/* Breaks every rule, then mends one after the other. */
static void first_broken_rule_is_named(void)
{
	struct quiclb_config config;

	quiclb_config_init(&config);
	config.size = 0;
	config.encode_length = 2;
	config.config_rotation = 7;
	config.server_use_len = 20;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_VERSION);
	config.size = sizeof(config);
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_ARG);
	config.encode_length = 1;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_CODEC);
	config.codec = FOUR;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_ROTATION);
	config.config_rotation = 6;
	g_assert_cmpint(quiclb_config_check(&config), ==,
			QUICLB_ERR_SERVER_ID_LEN);
	config.server_id_len = 15;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_NONCE_LEN);
	config.nonce_len = 18;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_SUM_LEN);
	config.server_id_len = 8;
	config.nonce_len = 8;
	g_assert_cmpint(quiclb_config_check(&config), ==,
			QUICLB_ERR_FOUR_PASS_LEN);
	config.nonce_len = 7;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_CID_LEN);
	config.server_use_len = 4;
	g_assert_cmpint(quiclb_config_check(&config), ==,
			QUICLB_ERR_KEY_MISSING);
	config.has_key = 1;
	g_assert_cmpint(quiclb_config_check(&config), ==, 0);
}

/* check() of a config in exactly size bytes, its tail filled with tail. */
static int check_sized(size_t size, uint8_t tail)
{
	struct quiclb_config config;
	uint8_t bytes[sizeof(config) + 64];
	g_autofree uint8_t *exact = NULL;
	int err;

	unit_config(&config, FOUR, 3, 4);
	config.size = size;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, &config, sizeof(config));
	if (size > sizeof(config))
		bytes[size - 1] = tail;
	exact = unit_copy(bytes, size);
	err = quiclb_config_check((const struct quiclb_config *)exact);
	return err;
}

static void earlier_size_is_refused(void)
{
	size_t size;

	/* the field itself must be there to be read */
	for (size = sizeof(size_t); size < sizeof(struct quiclb_config); size++)
		g_assert_cmpint(check_sized(size, 0), ==, QUICLB_ERR_VERSION);
	g_assert_cmpint(check_sized(size, 0), ==, 0);
}

static void later_size_with_zero_tail_is_taken(void)
{
	size_t more;

	for (more = 1; more <= 64; more++)
		g_assert_cmpint(
			check_sized(sizeof(struct quiclb_config) + more, 0), ==,
			0);
}

static void later_size_with_other_tail_is_refused(void)
{
	size_t more;

	for (more = 1; more <= 64; more++)
		g_assert_cmpint(
			check_sized(sizeof(struct quiclb_config) + more, 1), ==,
			QUICLB_ERR_VERSION);
}

static void compile_fills_every_byte(void)
{
	struct quiclb_record zero, ones;
	struct quiclb_config config;

	unit_config(&config, FOUR, 9, 6);
	memset(&zero, 0x00, sizeof(zero));
	memset(&ones, 0xff, sizeof(ones));
	g_assert_cmpint(quiclb_config_compile(&config, &zero), ==, 0);
	g_assert_cmpint(quiclb_config_compile(&config, &ones), ==, 0);
	g_assert_cmpmem(&zero, sizeof(zero), &ones, sizeof(ones));
	g_assert_cmpint(zero.pad0, ==, 0);
	g_assert_cmpint(zero.tag, ==, 0);
	g_assert_true(unit_all(zero.pad1, sizeof(zero.pad1), 0));
}

static void compile_precomputes_odd_lengths(void)
{
	struct quiclb_config config;
	struct quiclb_record r;

	unit_config(&config, FOUR, 10, 9);
	config.config_rotation = 5;
	config.encode_length = 1;
	g_assert_cmpint(quiclb_config_compile(&config, &r), ==, 0);
	g_assert_cmpint(r.codec, ==, FOUR);
	g_assert_cmpint(r.rotation, ==, 5);
	g_assert_cmpint(r.encode_length, ==, 1);
	g_assert_cmpint(r.body_len, ==, 19);
	g_assert_cmpint(r.min_cid_len, ==, 20);
	g_assert_cmpint(r.cid_len, ==, 20);
	g_assert_cmpint(r.half_len, ==, 10);
	g_assert_cmpint(r.right_offset, ==, 9);
	g_assert_cmpint(r.first_pass, ==, 1);
	g_assert_cmphex(r.server_id_mask[0], ==, 0xffffffffffffffff);
	g_assert_cmphex(r.server_id_mask[1], ==, 0xffff);
	g_assert_cmphex(r.left_mask[0], ==, 0xffffffffffffffff);
	g_assert_cmphex(r.left_mask[1], ==, 0xf0ff);
	g_assert_cmphex(r.right_mask[0], ==, 0xffffffffffffff0f);
	g_assert_cmphex(r.right_mask[1], ==, 0xffff);
}

/* Pass 1 matters only to a server ID that reaches into the right half. */
static void first_pass_is_for_long_server_ids(void)
{
	struct quiclb_config config;
	struct quiclb_record r;
	uint8_t id;

	for (id = 1; id <= 14; id++) {
		unit_config(&config, FOUR, id, (uint8_t)(18 - id));
		g_assert_cmpint(quiclb_config_compile(&config, &r), ==, 0);
		g_assert_cmpint(r.first_pass, ==, id > 9);
	}
}

static void plain_record_holds_no_key(void)
{
	struct quiclb_config config;
	struct quiclb_record r;

	unit_config(&config, PLAIN, 3, 4);
	unit_random(config.key, sizeof(config.key));
	g_assert_cmpint(quiclb_config_compile(&config, &r), ==, 0);
	g_assert_true(unit_all(r.round_keys, sizeof(r.round_keys), 0));
}

static void wipe_zeroes(void)
{
	uint8_t bytes[64];

	memset(bytes, UNIT_UNTOUCHED, sizeof(bytes));
	quiclb_wipe(bytes + 1, sizeof(bytes) - 2);
	g_assert_true(unit_all(bytes + 1, sizeof(bytes) - 2, 0));
	g_assert_cmpint(bytes[0], ==, UNIT_UNTOUCHED);
	g_assert_cmpint(bytes[sizeof(bytes) - 1], ==, UNIT_UNTOUCHED);
	quiclb_wipe(bytes, 0);
	g_assert_cmpint(bytes[0], ==, UNIT_UNTOUCHED);
	quiclb_wipe(NULL, 0);
}

static const struct unit_case cases[] = {
	{ "all_lengths_hold_the_rules", all_lengths_hold_the_rules },
	{ "lengths_that_wrap_are_refused", lengths_that_wrap_are_refused },
	{ "null_is_refused", null_is_refused },
	{ "first_broken_rule_is_named", first_broken_rule_is_named },
	{ "earlier_size_is_refused", earlier_size_is_refused },
	{ "later_size_with_zero_tail_is_taken",
	  later_size_with_zero_tail_is_taken },
	{ "later_size_with_other_tail_is_refused",
	  later_size_with_other_tail_is_refused },
	{ "compile_fills_every_byte", compile_fills_every_byte },
	{ "compile_precomputes_odd_lengths", compile_precomputes_odd_lengths },
	{ "first_pass_is_for_long_server_ids",
	  first_pass_is_for_long_server_ids },
	{ "plain_record_holds_no_key", plain_record_holds_no_key },
	{ "wipe_zeroes", wipe_zeroes },
};

int main(int argc, char **argv)
{
	size_t i;

	g_test_init(&argc, &argv, NULL);
	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path =
			g_strconcat("/config/", rows[i].name, NULL);

		g_test_add_data_func(path, &rows[i], row_holds);
	}
	unit_add("config", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
