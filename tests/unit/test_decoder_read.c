/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_decoder_read(): what it tells, and structs of other sizes.
 */
#include <stdlib.h>

#include "cids.h"

#define DECODED sizeof(struct quiclb_decoded)

static struct quiclb_decoder *decoder_of(const struct quiclb_config *config)
{
	struct quiclb_decoder *decoder = NULL;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, config), ==, 0);
	return decoder;
}

/*
 * read() of a CID of config into a struct of size bytes and then one byte that
 * is tail; on failure nothing is written, on success nothing behind the struct.
 */
static int read_sized(const struct quiclb_config *config, size_t size,
		      uint8_t tail)
{
	struct quiclb_decoder *const decoder = decoder_of(config);
	uint8_t bytes[DECODED + 64] = { 0 }, before[DECODED + 64];
	struct quiclb_decoded *const out = (void *)unit_copy(bytes, size);
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_CAP_BYTES];
	const size_t len = cids_make(config, id, cid);
	int err;

	out->size = size;
	if (size > DECODED)
		((uint8_t *)out)[size - 1] = tail;
	memcpy(before, out, size);
	err = quiclb_decoder_read(decoder, cid, len, out);
	if (err)
		g_assert_cmpmem(out, size, before, size);
	else
		g_assert_cmpmem((uint8_t *)out + DECODED, size - DECODED,
				before + DECODED, size - DECODED);
	g_assert_cmpuint(out->size, ==, size);
	quiclb_decoder_free(decoder);
	free(out);
	return err;
}

static void shorter_struct_is_refused(void)
{
	struct quiclb_config config;
	size_t size;

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 4);
	for (size = sizeof(size_t); size < DECODED; size++)
		g_assert_cmpint(read_sized(&config, size, 0), ==,
				QUICLB_ERR_VERSION);
	g_assert_cmpint(read_sized(&config, DECODED, 0), ==, 0);
}

static void longer_struct_must_end_in_zeros(void)
{
	struct quiclb_config config;
	size_t more;

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 3, 4);
	for (more = 1; more <= 64; more++) {
		g_assert_cmpint(read_sized(&config, DECODED + more, 0), ==, 0);
		g_assert_cmpint(read_sized(&config, DECODED + more, 1), ==,
				QUICLB_ERR_VERSION);
	}
}

/* Offsets as a caller of this release has them. */
static void decoded_is_frozen(void)
{
	g_assert_cmpuint(offsetof(struct quiclb_decoded, tenant), ==,
			 sizeof(size_t));
	g_assert_cmpuint(offsetof(struct quiclb_decoded, server_id), ==,
			 sizeof(size_t) + 8);
	g_assert_cmpuint(offsetof(struct quiclb_decoded, nonce), ==,
			 sizeof(size_t) + 24);
	g_assert_cmpuint(offsetof(struct quiclb_decoded, worker_len), ==,
			 sizeof(size_t) + 42);
	g_assert_cmpuint(DECODED, ==, sizeof(size_t) + 48);
}

/* All members, and zeros behind server ID and nonce. */
static void read_tells_all(void)
{
	struct quiclb_decoder *decoder;
	struct quiclb_decoded out, want;
	uint8_t cid[QUICLB_CID_MAX_BYTES], nonce[QUICLB_NONCE_MAX_BYTES];
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	struct quiclb_config config;
	struct textbook_config book;
	size_t len;

	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 9, 6);
	config.config_rotation = 5;
	config.server_use_len = 1;
	config.worker_len = 2;
	book = unit_textbook(&config);
	decoder = decoder_of(&config);
	len = cids_make(&config, id, cid);
	g_assert_cmpint(textbook_decode_all(&book, cid, len, id, nonce), ==,
			TEXTBOOK_OK);
	quiclb_decoded_init(&want);
	want.config_rotation = 5;
	want.cid_len = 17;
	want.server_id_len = 9;
	want.nonce_len = 6;
	want.worker_len = 2;
	memcpy(want.server_id, id, 9);
	memcpy(want.nonce, nonce, 6);
	memset(&out, UNIT_UNTOUCHED, sizeof(out));
	out.size = sizeof(out);
	g_assert_cmpint(quiclb_decoder_read(decoder, cid, len, &out), ==, 0);
	g_assert_cmpmem(&out, sizeof(out), &want, sizeof(want));
	memset(&out, UNIT_UNTOUCHED, sizeof(out));
	want = out;
	want.size = out.size = sizeof(out);
	g_assert_cmpint(quiclb_decoder_read(decoder, cid, 15, &out), ==,
			QUICLB_ERR_SHORT);
	g_assert_cmpmem(&out, sizeof(out), &want, sizeof(want));
	quiclb_decoder_free(decoder);
}

static const struct unit_case cases[] = {
	{ "shorter_struct_is_refused", shorter_struct_is_refused },
	{ "longer_struct_must_end_in_zeros", longer_struct_must_end_in_zeros },
	{ "decoded_is_frozen", decoded_is_frozen },
	{ "read_tells_all", read_tells_all },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("decoder_read", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
