/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder; the CIDs are the textbook's.  Families of first octets and
 * tenants have tests of their own.
 */
#include "box.h"
#include "cids.h"
#include "box_macros.h"
#include "libquiclb/decoder.c"

/* One config for each rotation: every codec, lengths at both ends. */
static const uint8_t lengths[QUICLB_N_ROTATIONS][4] = {
	/* codec, server ID, nonce, server use */
	{ QUICLB_CODEC_PLAIN, 1, 4, 0 },
	{ QUICLB_CODEC_SINGLE_PASS, 8, 8, 3 },
	{ QUICLB_CODEC_FOUR_PASS, 3, 4, 12 },
	{ QUICLB_CODEC_FOUR_PASS, 15, 4, 0 },
	{ QUICLB_CODEC_PLAIN, 15, 4, 0 },
	{ QUICLB_CODEC_FOUR_PASS_15, 9, 6, 1 },
	{ QUICLB_CODEC_FOUR_PASS, 1, 18, 0 },
};

static struct quiclb_decoder *empty_decoder(void)
{
	struct quiclb_decoder *decoder = NULL;

	box_reset();
	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	return decoder;
}

static void config_of(struct quiclb_config *config, uint8_t rotation)
{
	unit_config(config, lengths[rotation][0], lengths[rotation][1],
		    lengths[rotation][2]);
	config->rotation_bits = 3;
	config->config_rotation = rotation;
	config->server_use_len = lengths[rotation][3];
}

/* With all 7 configs, which go into configs as well. */
static struct quiclb_decoder *
full_decoder(struct quiclb_config configs[QUICLB_N_ROTATIONS])
{
	struct quiclb_decoder *const decoder = empty_decoder();
	uint8_t r;

	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		config_of(&configs[r], r);
		g_assert_cmpint(quiclb_decoder_add(decoder, &configs[r]), ==,
				0);
	}
	return decoder;
}

/* Result of decoding exactly these bytes; nothing written on failure. */
static int decode(const struct quiclb_decoder *decoder, const uint8_t *cid,
		  size_t cid_len)
{
	g_autofree uint8_t *exact = unit_copy(cid, cid_len);
	uint8_t id[QUICLB_SERVER_ID_MAX_BYTES], none;
	int result;

	memset(id, UNIT_UNTOUCHED, sizeof(id));
	result = quiclb_decoder_decode(decoder, cid_len ? exact : &none,
				       cid_len, id, sizeof(id));
	if (result < 0)
		g_assert_true(unit_all(id, sizeof(id), UNIT_UNTOUCHED));
	return result;
}

static void assert_decodes(const struct quiclb_decoder *decoder,
			   const struct quiclb_config *config)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_MAX_BYTES];
	uint8_t got[QUICLB_SERVER_ID_MAX_BYTES + 1];
	const size_t len = cids_make(config, id, cid);
	g_autofree uint8_t *exact = unit_copy(cid, len);
	const int want = config->server_id_len;

	memset(got, UNIT_UNTOUCHED, sizeof(got));
	g_assert_cmpint(
		quiclb_decoder_decode(decoder, exact, len, got, (size_t)want),
		==, want);
	g_assert_cmpmem(got, (size_t)want, id, (size_t)want);
	g_assert_true(unit_all(got + want, sizeof(got) - (size_t)want,
			       UNIT_UNTOUCHED));
}

static void seven_configs_decode_side_by_side(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);
	unsigned int i;

	for (i = 0; i < unit_rounds(700); i++)
		assert_decodes(decoder, &configs[i % QUICLB_N_ROTATIONS]);
	quiclb_decoder_free(decoder);
}

static void reasons_are_distinct(void)
{
	struct quiclb_decoder *const decoder = empty_decoder();
	struct quiclb_config config;
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	size_t len;

	config_of(&config, 2);
	g_assert_cmpint(quiclb_decoder_add(decoder, &config), ==, 0);
	g_assert_cmpint(decode(decoder, cid, 0), ==, QUICLB_ERR_SHORT);
	for (len = 1; len <= sizeof(cid); len++) {
		cid[0] = 0x1f | 2 << 5;
		g_assert_cmpint(decode(decoder, cid, len), ==,
				len < 8 ? QUICLB_ERR_SHORT : 3);
		cid[0] = 0x1f | 3 << 5;
		g_assert_cmpint(decode(decoder, cid, len), ==,
				QUICLB_ERR_NO_CONFIG);
		cid[0] = 0x1f | 7 << 5;
		g_assert_cmpint(decode(decoder, cid, len), ==,
				QUICLB_ERR_RESERVED);
	}
	quiclb_decoder_free(decoder);
}

static void one_byte_short_is_short(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);
	uint8_t r;

	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		const size_t sum = (size_t)lengths[r][1] + lengths[r][2];
		uint8_t cid[QUICLB_CID_MAX_BYTES];
		uint8_t id[QUICLB_SERVER_ID_MAX_BYTES];

		cids_make(&configs[r], id, cid);
		g_assert_cmpint(decode(decoder, cid, sum), ==,
				QUICLB_ERR_SHORT);
		g_assert_cmpint(decode(decoder, cid, sum + 1), ==,
				lengths[r][1]);
	}
	quiclb_decoder_free(decoder);
}

/* As behind a short header: what follows the CID does not matter. */
static void longer_cid_decodes_alike(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);
	uint8_t r;

	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		const size_t id_len = lengths[r][1];
		uint8_t packet[1500], got[QUICLB_SERVER_ID_MAX_BYTES];
		uint8_t id[QUICLB_SERVER_ID_MAX_BYTES];
		size_t len;

		unit_random(packet, sizeof(packet));
		len = cids_make(&configs[r], id, packet);
		for (; len <= sizeof(packet); len += 37) {
			g_assert_cmpint(quiclb_decoder_decode(decoder, packet,
							      len, got, id_len),
					==, (int)id_len);
			g_assert_cmpmem(got, id_len, id, id_len);
		}
	}
	quiclb_decoder_free(decoder);
}

static void rotation_in_use_is_refused(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);
	uint8_t r;

	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		struct quiclb_config other;

		unit_config(&other, QUICLB_CODEC_FOUR_PASS, 2, 5);
		other.config_rotation = r;
		g_assert_cmpint(quiclb_decoder_add(decoder, &other), ==,
				QUICLB_ERR_ROTATION_IN_USE);
		assert_decodes(decoder, &configs[r]);
	}
	quiclb_decoder_free(decoder);
}

static void removed_config_is_gone(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS], other;
	struct quiclb_decoder *const decoder = full_decoder(configs);
	const uint8_t octet = 3 << 5;
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { octet };

	g_assert_cmpint(quiclb_decoder_remove(decoder, octet | 0x1f), ==, 0);
	g_assert_cmpuint(box.n_freed, ==, 1);
	g_assert_cmpuint(box.n_freed_dirty, ==, 0);
	g_assert_cmpint(decode(decoder, cid, sizeof(cid)), ==,
			QUICLB_ERR_NO_CONFIG);
	g_assert_cmpint(quiclb_decoder_cid_len(decoder, octet), ==,
			QUICLB_ERR_NO_CONFIG);
	g_assert_cmpint(quiclb_decoder_remove(decoder, octet), ==,
			QUICLB_ERR_NO_CONFIG);
	assert_decodes(decoder, &configs[2]);
	assert_decodes(decoder, &configs[4]);

	unit_config(&other, QUICLB_CODEC_FOUR_PASS, 2, 5);
	other.config_rotation = 3;
	g_assert_cmpint(quiclb_decoder_add(decoder, &other), ==, 0);
	assert_decodes(decoder, &other);
	quiclb_decoder_free(decoder);
}

static void unroutable_octet_has_nothing_to_remove(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);
	uint8_t r;

	g_assert_cmpint(quiclb_decoder_remove(decoder, 0xe0), ==,
			QUICLB_ERR_NO_CONFIG);
	g_assert_cmpint(quiclb_decoder_remove(decoder, 0xff), ==,
			QUICLB_ERR_NO_CONFIG);
	for (r = 0; r < QUICLB_N_ROTATIONS; r++)
		assert_decodes(decoder, &configs[r]);
	quiclb_decoder_free(decoder);
}

static void cid_len_counts_server_use(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *decoder = full_decoder(configs);
	unsigned int octet;

	for (octet = 0; octet < 256; octet++) {
		const uint8_t *const l = lengths[octet / 32 % 7];
		const int want = 1 + l[1] + l[2] + l[3];

		g_assert_cmpint(quiclb_decoder_cid_len(decoder, (uint8_t)octet),
				==, octet < 0xe0 ? want : QUICLB_ERR_RESERVED);
	}
	quiclb_decoder_free(decoder);
	decoder = empty_decoder();
	g_assert_cmpint(quiclb_decoder_cid_len(decoder, 0), ==,
			QUICLB_ERR_NO_CONFIG);
	g_assert_cmpint(quiclb_decoder_cid_len(decoder, 0xe0), ==,
			QUICLB_ERR_RESERVED);
	quiclb_decoder_free(decoder);
}

static void null_is_refused(void)
{
	struct quiclb_decoder *const decoder = empty_decoder();
	struct quiclb_config config;
	struct quiclb_decoded out;
	uint8_t cid[8] = { 0 }, id[3];

	config_of(&config, 2);
	g_assert_cmpint(quiclb_decoder_new(NULL), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_add(NULL, &config), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_add(decoder, NULL), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_remove(NULL, 0), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_cid_len(NULL, 0), ==, QUICLB_ERR_ARG);
	quiclb_decoded_init(&out);
	g_assert_cmpint(quiclb_decoder_add_tenant(NULL, &config, 1), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_add_tenant(decoder, NULL, 1), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_read(NULL, cid, 8, &out), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_read(decoder, NULL, 8, &out), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_read(decoder, cid, 8, NULL), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_decode(NULL, cid, 8, id, 3), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_decode(decoder, NULL, 8, id, 3), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_decoder_decode(decoder, cid, 8, NULL, 3), ==,
			QUICLB_ERR_ARG);
	quiclb_decoder_free(decoder);
	quiclb_decoder_free(NULL);
}

static void wrong_config_is_refused(void)
{
	struct quiclb_decoder *const decoder = empty_decoder();
	struct quiclb_config config;

	config_of(&config, 2);
	config.has_key = 0;
	g_assert_cmpint(quiclb_decoder_add(decoder, &config), ==,
			QUICLB_ERR_KEY_MISSING);
	config_of(&config, 2);
	config.config_rotation = 7;
	g_assert_cmpint(quiclb_decoder_add(decoder, &config), ==,
			QUICLB_ERR_ROTATION);
	g_assert_true(unit_all(decoder, sizeof(*decoder), 0));
	quiclb_decoder_free(decoder);
}

static void small_buffer_is_refused(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);
	uint8_t id[QUICLB_SERVER_ID_MAX_BYTES], r;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t cap;

	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		const size_t len = cids_make(&configs[r], id, cid);

		memset(id, UNIT_UNTOUCHED, sizeof(id));
		for (cap = 0; cap < configs[r].server_id_len; cap++)
			g_assert_cmpint(quiclb_decoder_decode(decoder, cid, len,
							      id, cap),
					==, QUICLB_ERR_SPACE);
		g_assert_true(unit_all(id, sizeof(id), UNIT_UNTOUCHED));
	}
	quiclb_decoder_free(decoder);
}

static void without_memory_new_fails(void)
{
	struct quiclb_decoder *decoder = (struct quiclb_decoder *)&decoder;

	box_reset();
	box.memory = 0;
	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, QUICLB_ERR_NOMEM);
	g_assert_true(decoder == (struct quiclb_decoder *)&decoder);
	box_reset();
}

static void without_memory_add_fails(void)
{
	struct quiclb_decoder *const decoder = empty_decoder();
	struct quiclb_config config;

	config_of(&config, 3);
	box.memory = 0;
	g_assert_cmpint(quiclb_decoder_add(decoder, &config), ==,
			QUICLB_ERR_NOMEM);
	g_assert_true(unit_all(decoder, sizeof(*decoder), 0));
	box_reset();
	g_assert_cmpint(quiclb_decoder_add(decoder, &config), ==, 0);
	assert_decodes(decoder, &config);
	quiclb_decoder_free(decoder);
}

static void free_wipes(void)
{
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	struct quiclb_decoder *const decoder = full_decoder(configs);

	quiclb_decoder_free(decoder);
	g_assert_cmpuint(box.n_freed, ==, QUICLB_N_ROTATIONS + 1);
	g_assert_cmpuint(box.n_freed_dirty, ==, 0);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static const struct unit_case cases[] = {
	{ "seven_configs_decode_side_by_side",
	  seven_configs_decode_side_by_side },
	{ "reasons_are_distinct", reasons_are_distinct },
	{ "one_byte_short_is_short", one_byte_short_is_short },
	{ "longer_cid_decodes_alike", longer_cid_decodes_alike },
	{ "rotation_in_use_is_refused", rotation_in_use_is_refused },
	{ "removed_config_is_gone", removed_config_is_gone },
	{ "unroutable_octet_has_nothing_to_remove",
	  unroutable_octet_has_nothing_to_remove },
	{ "cid_len_counts_server_use", cid_len_counts_server_use },
	{ "null_is_refused", null_is_refused },
	{ "wrong_config_is_refused", wrong_config_is_refused },
	{ "small_buffer_is_refused", small_buffer_is_refused },
	{ "without_memory_new_fails", without_memory_new_fails },
	{ "without_memory_add_fails", without_memory_add_fails },
	{ "free_wipes", free_wipes },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("decoder", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
