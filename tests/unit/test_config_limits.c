/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every limit of a config, for every codec and from both sides, each with its
 * own error.
 */
#include "unit.h"

#define N_OURS 14 /* codecs that are not from elsewhere */

/* Of each codec the shortest lengths, or those it has. */
static const uint8_t lengths[N_OURS + 1][2] = {
	[QUICLB_CODEC_PLAIN] = { 1, 4 },
	[QUICLB_CODEC_SINGLE_PASS] = { 8, 8 },
	[QUICLB_CODEC_FOUR_PASS] = { 1, 4 },
	[QUICLB_CODEC_FOUR_PASS_12] = { 1, 4 },
	[QUICLB_CODEC_FOUR_PASS_14] = { 1, 4 },
	[QUICLB_CODEC_FOUR_PASS_15] = { 1, 4 },
	[QUICLB_CODEC_PLAIN_07] = { 1, 0 },
	[QUICLB_CODEC_STREAM_07] = { 1, 4 },
	[QUICLB_CODEC_BLOCK_07] = { 8, 8 },
	[QUICLB_CODEC_MSQUIC] = { 4, 9 },
	[QUICLB_CODEC_MVFST_1] = { 2, 5 },
	[QUICLB_CODEC_MVFST_2] = { 3, 4 },
	[QUICLB_CODEC_MVFST_3] = { 4, 3 },
	[QUICLB_CODEC_QUICLY] = { 8, 8 },
};

static gboolean is_layout(uint8_t codec)
{
	return codec >= QUICLB_CODEC_MSQUIC;
}

/* Rotation bits it may have, as a set of bit numbers. */
static unsigned int bits_of(uint8_t codec)
{
	switch (codec) {
	case QUICLB_CODEC_PLAIN:
	case QUICLB_CODEC_SINGLE_PASS:
	case QUICLB_CODEC_FOUR_PASS_15:
		return 1u << 2 | 1u << 3;
	case QUICLB_CODEC_FOUR_PASS:
		return 1u << 3;
	case QUICLB_CODEC_MSQUIC:
	case QUICLB_CODEC_QUICLY:
		return 0;
	default:
		return 1u << 2;
	}
}

static void base(struct quiclb_config *config, uint8_t codec)
{
	unit_config(config, codec, lengths[codec][0], lengths[codec][1]);
}

/* Checking and compiling agree; what is refused leaves no trace. */
static void assert_check(const struct quiclb_config *config, int want)
{
	struct quiclb_record record;

	g_assert_cmpint(quiclb_config_check(config), ==, want);
	memset(&record, UNIT_UNTOUCHED, sizeof(record));
	g_assert_cmpint(quiclb_config_compile(config, &record), ==, want);
	g_assert_cmpint(unit_all(&record, sizeof(record), UNIT_UNTOUCHED), ==,
			want != 0);
}

/* A member of the config of a codec is value instead. */
static void assert_member(uint8_t codec, size_t offset, int value, int want)
{
	struct quiclb_config config;

	base(&config, codec);
	((uint8_t *)&config)[offset] = (uint8_t)value;
	assert_check(&config, want);
}

#define MEMBER(name) offsetof(struct quiclb_config, name)

static void every_codec_is_taken(uint8_t codec)
{
	struct quiclb_config config;

	base(&config, codec);
	assert_check(&config, 0);
}

static void flags_are_checked(uint8_t codec)
{
	size_t i;

	assert_member(codec, MEMBER(encode_length), 2, QUICLB_ERR_ARG);
	assert_member(codec, MEMBER(encode_length), 255, QUICLB_ERR_ARG);
	assert_member(codec, MEMBER(has_key), 2, QUICLB_ERR_ARG);
	for (i = 0; i < 6; i++)
		assert_member(codec, MEMBER(reserved) + i, 1, QUICLB_ERR_ARG);
}

static void keys_are_checked(uint8_t codec)
{
	struct quiclb_config config;

	base(&config, codec);
	assert_member(codec, MEMBER(has_key), !config.has_key,
		      config.has_key ? QUICLB_ERR_KEY_MISSING
				     : QUICLB_ERR_KEY_UNEXPECTED);
}

static void rotation_bits_are_checked(uint8_t codec)
{
	int bits;

	assert_member(codec, MEMBER(rotation_bits), 0, 0);
	for (bits = 1; bits < 256; bits++)
		assert_member(codec, MEMBER(rotation_bits), bits,
			      bits < 4 && bits_of(codec) & 1u << bits
				      ? 0
				      : QUICLB_ERR_ROTATION_BITS);
}

/* All ones is for unroutable CIDs; the version of a layout is its own. */
static void rotations_are_checked(uint8_t codec)
{
	struct quiclb_config config;
	int rotation, bits, want;

	for (rotation = 0; rotation < 256; rotation++)
		for (bits = 2; bits <= 3; bits++) {
			base(&config, codec);
			want = rotation < (bits == 3 ? 7 : 3)
				       ? 0
				       : QUICLB_ERR_ROTATION;
			if (is_layout(codec))
				want = rotation == config.config_rotation
					       ? 0
					       : QUICLB_ERR_LAYOUT_ROTATION;
			else if (!(bits_of(codec) & 1u << bits))
				continue;
			else
				config.rotation_bits = (uint8_t)bits;
			config.config_rotation = (uint8_t)rotation;
			assert_check(&config, want);
		}
}

static void encoded_length_is_checked(uint8_t codec)
{
	assert_member(codec, MEMBER(encode_length), 1,
		      is_layout(codec) ? QUICLB_ERR_ENCODE_LENGTH : 0);
}

/* The worker takes its bytes from the nonce, which keeps four. */
static void worker_is_checked(uint8_t codec)
{
	const int nonce = lengths[codec][1];
	int worker;

	assert_member(codec, MEMBER(worker_len), 0, 0);
	for (worker = 1; worker < 256; worker++)
		assert_member(codec, MEMBER(worker_len), worker,
			      worker + 4 <= nonce ? 0 : QUICLB_ERR_WORKER_LEN);
}

static void uncounted_bytes_are_checked(uint8_t codec)
{
	struct quiclb_config config;
	int use, uncounted, encode, want;

	for (use = 0; use <= (codec == QUICLB_CODEC_MSQUIC ? 0 : 3); use++)
		for (uncounted = 0; uncounted < 256; uncounted++)
			for (encode = 0; encode <= !is_layout(codec);
			     encode++) {
				base(&config, codec);
				config.server_use_len = (uint8_t)use;
				config.uncounted_len = (uint8_t)uncounted;
				config.encode_length = (uint8_t)encode;
				want = uncounted > (encode ? use : 0)
					       ? QUICLB_ERR_UNCOUNTED_LEN
					       : 0;
				assert_check(&config, want);
			}
}

/* The draft's own limits, first broken rule first. */
static int draft_rule(uint8_t codec, int id, int nonce)
{
	const int sum = id + nonce;

	if (id < 1 || id > 15)
		return QUICLB_ERR_SERVER_ID_LEN;
	if (nonce < 4 || nonce > 18)
		return QUICLB_ERR_NONCE_LEN;
	if (sum > 19)
		return QUICLB_ERR_SUM_LEN;
	if (codec == QUICLB_CODEC_SINGLE_PASS && sum != 16)
		return QUICLB_ERR_SINGLE_PASS_LEN;
	if (codec >= QUICLB_CODEC_FOUR_PASS &&
	    codec <= QUICLB_CODEC_FOUR_PASS_15 && sum == 16)
		return QUICLB_ERR_FOUR_PASS_LEN;
	if (codec == QUICLB_CODEC_STREAM_07 && nonce > 16)
		return QUICLB_ERR_LAYOUT_LEN;
	return 0;
}

static int length_rule(uint8_t codec, int id, int nonce, int use)
{
	const int sum = id + nonce;
	const uint8_t *const own = lengths[codec];
	int err = 0;

	if (codec <= QUICLB_CODEC_FOUR_PASS_15 ||
	    codec == QUICLB_CODEC_STREAM_07)
		err = draft_rule(codec, id, nonce);
	else if (codec == QUICLB_CODEC_PLAIN_07)
		err = id < 1 || id > 16 ? QUICLB_ERR_LAYOUT_LEN
		      : sum > 19	? QUICLB_ERR_SUM_LEN
					: 0;
	else if (codec == QUICLB_CODEC_BLOCK_07)
		err = id < 1 || id > 15 || sum != 16 ? QUICLB_ERR_LAYOUT_LEN
						     : 0;
	else if (id != own[0] || nonce < own[1] ||
		 ((codec == QUICLB_CODEC_MSQUIC ||
		   codec == QUICLB_CODEC_QUICLY) &&
		  nonce != own[1]) ||
		 (codec == QUICLB_CODEC_MSQUIC && use))
		err = QUICLB_ERR_LAYOUT_LEN;
	if (!err && (codec != QUICLB_CODEC_QUICLY) + sum + use > 20)
		err = QUICLB_ERR_CID_LEN;
	return err;
}

static void lengths_are_checked(uint8_t codec)
{
	struct quiclb_config config;
	int id, nonce, use;

	base(&config, codec);
	for (id = 0; id <= 24; id++)
		for (nonce = 0; nonce <= 24; nonce++)
			for (use = 0; use <= 24; use++) {
				config.server_id_len = (uint8_t)id;
				config.nonce_len = (uint8_t)nonce;
				config.server_use_len = (uint8_t)use;
				assert_check(&config, length_rule(codec, id,
								  nonce, use));
			}
}

/* No sum of lengths is kept in a byte, and none leads out of the record. */
static void lengths_do_not_wrap(uint8_t codec)
{
	static const uint8_t uses[] = { 0, 1, 20, 128, 236, 251, 255 };
	struct quiclb_config config;
	int id, nonce;
	size_t i;

	base(&config, codec);
	for (id = 0; id < 256; id++)
		for (nonce = id < 20 ? 236 - id : 0; nonce < 256; nonce++)
			for (i = 0; i < G_N_ELEMENTS(uses); i++) {
				config.server_id_len = (uint8_t)id;
				config.nonce_len = (uint8_t)nonce;
				config.server_use_len = uses[i];
				if (length_rule(codec, id, nonce, uses[i]))
					g_assert_cmpint(
						quiclb_config_check(&config), <,
						0);
			}
}

static const struct {
	const char *name;
	void (*fn)(uint8_t codec);
} codec_cases[] = {
	{ "is_taken", every_codec_is_taken },
	{ "flags_are_checked", flags_are_checked },
	{ "keys_are_checked", keys_are_checked },
	{ "rotation_bits_are_checked", rotation_bits_are_checked },
	{ "rotations_are_checked", rotations_are_checked },
	{ "encoded_length_is_checked", encoded_length_is_checked },
	{ "worker_is_checked", worker_is_checked },
	{ "uncounted_bytes_are_checked", uncounted_bytes_are_checked },
	{ "lengths_are_checked", lengths_are_checked },
	{ "lengths_do_not_wrap", lengths_do_not_wrap },
};

/* data: index in codec_cases, codec */
static void codec_case(gconstpointer data)
{
	const guint both = GPOINTER_TO_UINT(data);

	codec_cases[both / 256].fn((uint8_t)(both % 256));
}

static void add_codec_cases(void)
{
	guint i, codec;

	for (codec = 1; codec <= N_OURS; codec++)
		for (i = 0; i < G_N_ELEMENTS(codec_cases); i++) {
			g_autofree char *path = g_strdup_printf(
				"/%s/%s", quiclb_codec_name((int)codec),
				codec_cases[i].name);

			g_test_add_data_func(path,
					     GUINT_TO_POINTER(i * 256 + codec),
					     codec_case);
		}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_codec_cases();
	return g_test_run();
}
