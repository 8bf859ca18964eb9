/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configs as such: unknown codecs, the order of the rules, presets, other
 * sizes of the struct.  The limits are in test_config_limits.c, what compiling
 * makes of a config in test_record.c.
 */
#include "unit.h"

/* Size in release 0.1.0: up to the key. */
#define FIRST_SIZE (offsetof(struct quiclb_config, key) + QUICLB_KEY_BYTES)

static void unknown_codec_is_refused(void)
{
	struct quiclb_config config;
	int codec, n = 0;

	for (codec = 0; codec < 256; codec++) {
		unit_config(&config, QUICLB_CODEC_PLAIN, 3, 4);
		config.codec = (uint8_t)codec;
		if (quiclb_codec_name(codec))
			continue;
		g_assert_cmpint(quiclb_config_check(&config), ==,
				QUICLB_ERR_CODEC);
		n++;
	}
	/* 0, 15..127, and those of the 128 others that no one has added */
	g_assert_cmpint(n, >=, 1 + 113);
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
	unit_config(&config, QUICLB_CODEC_PLAIN, 3, 4);
	g_assert_cmpint(quiclb_config_compile(&config, NULL), ==,
			QUICLB_ERR_ARG);
}

/* A broken rule and how it is mended, in the order they are named. */
static const struct mend {
	int want;
	size_t member;
	uint8_t value;
} mends[] = {
#define MEND(error, member, value)                                             \
	{                                                                      \
		QUICLB_ERR_##error, offsetof(struct quiclb_config, member),    \
			value                                                  \
	}
	MEND(ARG, encode_length, 1),
	MEND(ARG, has_key, 0),
	MEND(ARG, reserved, 0),
	MEND(CODEC, codec, QUICLB_CODEC_FOUR_PASS),
	MEND(ROTATION_BITS, rotation_bits, 3),
	MEND(ROTATION, config_rotation, 6),
	MEND(SERVER_ID_LEN, server_id_len, 15),
	MEND(NONCE_LEN, nonce_len, 18),
	MEND(SUM_LEN, server_id_len, 1),
	MEND(CID_LEN, server_use_len, 0),
	MEND(WORKER_LEN, worker_len, 14),
	MEND(UNCOUNTED_LEN, uncounted_len, 0),
	MEND(KEY_MISSING, has_key, 1),
#undef MEND
};

static void first_broken_rule_is_named(void)
{
	struct quiclb_config config;
	size_t i;

	memset(&config, 0xff, sizeof(config));
	config.size = 0;
	config.server_id_len = 0;
	config.nonce_len = 3;
	g_assert_cmpint(quiclb_config_check(&config), ==, QUICLB_ERR_VERSION);
	config.size = sizeof(config);
	memset(config.reserved + 1, 0, sizeof(config.reserved) - 1);
	for (i = 0; i < G_N_ELEMENTS(mends); i++) {
		g_assert_cmpint(quiclb_config_check(&config), ==,
				mends[i].want);
		((uint8_t *)&config)[mends[i].member] = mends[i].value;
	}
	g_assert_cmpint(quiclb_config_check(&config), ==, 0);
}

/* -------------------------------------------------------------- presets -- */

static const struct {
	const char *name;
	const char *codec;
	uint8_t server_id_len, nonce_len, server_use_len;
	uint8_t encode_length, uncounted_len;
} presets[] = {
	{ "aws-nlb", "plain", 8, 8, 0, 0, 0 },
	{ "nghttpx", "single-pass", 8, 8, 0, 0, 0 },
	{ "envoy", "four-pass", 3, 8, 1, 1, 1 },
};

static void presets_are_as_deployed(void)
{
	struct quiclb_config config, want;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(presets); i++) {
		memset(&config, UNIT_UNTOUCHED, sizeof(config));
		g_assert_cmpint(quiclb_config_preset(&config, presets[i].name),
				==, 0);
		quiclb_config_init(&want);
		want.codec = (uint8_t)quiclb_codec_by_name(presets[i].codec);
		want.server_id_len = presets[i].server_id_len;
		want.nonce_len = presets[i].nonce_len;
		want.server_use_len = presets[i].server_use_len;
		want.encode_length = presets[i].encode_length;
		want.uncounted_len = presets[i].uncounted_len;
		g_assert_cmpmem(&config, sizeof(config), &want, sizeof(want));
		config.has_key = (uint8_t)quiclb_codec_is_keyed(config.codec);
		g_assert_cmpint(quiclb_config_check(&config), ==, 0);
	}
}

/* None is left out above. */
static void every_preset_is_tested(void)
{
	size_t n = 0;

#define QUICLB_PRESET(text, upper, id, nonce, use, encode, uncounted)          \
	g_assert_cmpstr(presets[n++].name, ==, text);
	QUICLB_PRESET_LIST(QUICLB_PRESET)
#undef QUICLB_PRESET
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(presets));
}

static void unknown_preset_is_refused(void)
{
	static const char *const names[] = { "", "aws", "aws-nlb ", "AWS-NLB",
					     "plain" };
	struct quiclb_config config;
	size_t i;

	memset(&config, UNIT_UNTOUCHED, sizeof(config));
	for (i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_cmpint(quiclb_config_preset(&config, names[i]), ==,
				QUICLB_ERR_CODEC);
	g_assert_cmpint(quiclb_config_preset(&config, NULL), ==,
			QUICLB_ERR_ARG);
	g_assert_true(unit_all(&config, sizeof(config), UNIT_UNTOUCHED));
	g_assert_cmpint(quiclb_config_preset(NULL, "aws-nlb"), ==,
			QUICLB_ERR_ARG);
}

/* ---------------------------------------------------------------- sizes -- */

/*
 * check() of a four-pass config in exactly size bytes, of which the last one
 * is last, unless that is negative.
 */
static int check_sized(size_t size, int last)
{
	struct quiclb_config config;
	uint8_t bytes[sizeof(config) + 64];
	g_autofree uint8_t *exact = NULL;

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 4);
	config.size = size;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, &config, sizeof(config));
	if (last >= 0)
		bytes[size - 1] = (uint8_t)last;
	exact = unit_copy(bytes, size);
	return quiclb_config_check((const struct quiclb_config *)exact);
}

static void sizes_are_frozen(void)
{
	g_assert_cmpuint(FIRST_SIZE, ==, sizeof(size_t) + 24);
	g_assert_cmpuint(sizeof(struct quiclb_config), ==, sizeof(size_t) + 32);
	g_assert_cmpuint(offsetof(struct quiclb_config, worker_len), ==,
			 FIRST_SIZE);
	g_assert_cmpuint(offsetof(struct quiclb_config, uncounted_len), ==,
			 FIRST_SIZE + 1);
}

static void shorter_than_the_first_release_is_refused(void)
{
	size_t size;

	/* the field itself must be there to be read */
	for (size = sizeof(size_t); size < FIRST_SIZE; size++)
		g_assert_cmpint(check_sized(size, -1), ==, QUICLB_ERR_VERSION);
}

static void every_size_since_the_first_release_is_taken(void)
{
	size_t size;

	for (size = FIRST_SIZE; size <= sizeof(struct quiclb_config) + 64;
	     size++)
		g_assert_cmpint(check_sized(size, -1), ==, 0);
}

/* A member counts as soon as it is within the size. */
static void later_members_are_read(void)
{
	const size_t end = FIRST_SIZE + 8;
	size_t size;

	g_assert_cmpint(check_sized(FIRST_SIZE + 1, 1), ==,
			QUICLB_ERR_WORKER_LEN);
	g_assert_cmpint(check_sized(FIRST_SIZE + 2, 1), ==,
			QUICLB_ERR_UNCOUNTED_LEN);
	for (size = FIRST_SIZE + 3; size <= end; size++)
		g_assert_cmpint(check_sized(size, 1), ==, QUICLB_ERR_ARG);
}

static void later_size_with_other_tail_is_refused(void)
{
	size_t more;

	for (more = 1; more <= 64; more++)
		g_assert_cmpint(
			check_sized(sizeof(struct quiclb_config) + more, 1), ==,
			QUICLB_ERR_VERSION);
}

/* What an earlier caller has behind its struct is none of its config. */
static void first_release_means_zero_behind(void)
{
	struct quiclb_config config, early;
	struct quiclb_record want, got;

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 8);
	early = config;
	early.size = FIRST_SIZE;
	memset((uint8_t *)&early + FIRST_SIZE, 1, sizeof(early) - FIRST_SIZE);
	g_assert_cmpint(quiclb_config_compile(&config, &want), ==, 0);
	g_assert_cmpint(quiclb_config_compile(&early, &got), ==, 0);
	g_assert_cmpmem(&got, sizeof(got), &want, sizeof(want));
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
	{ "unknown_codec_is_refused", unknown_codec_is_refused },
	{ "null_is_refused", null_is_refused },
	{ "first_broken_rule_is_named", first_broken_rule_is_named },
	{ "presets_are_as_deployed", presets_are_as_deployed },
	{ "every_preset_is_tested", every_preset_is_tested },
	{ "unknown_preset_is_refused", unknown_preset_is_refused },
	{ "sizes_are_frozen", sizes_are_frozen },
	{ "shorter_than_the_first_release_is_refused",
	  shorter_than_the_first_release_is_refused },
	{ "every_size_since_the_first_release_is_taken",
	  every_size_since_the_first_release_is_taken },
	{ "later_members_are_read", later_members_are_read },
	{ "later_size_with_other_tail_is_refused",
	  later_size_with_other_tail_is_refused },
	{ "first_release_means_zero_behind", first_release_means_zero_behind },
	{ "wipe_zeroes", wipe_zeroes },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("config", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
