/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The codecs with their lengths, and CIDs of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cid.h"

static const struct {
	int codec;
	struct cid_lengths lengths[CID_LENGTHS];
} usual[] = {
	{ QUICLB_CODEC_PLAIN, { { 3, 4 }, { 8, 8 } } },
	{ QUICLB_CODEC_SINGLE_PASS, { { 8, 8 }, { 3, 13 } } },
	/* the last has a server ID that needs all four passes */
	{ QUICLB_CODEC_FOUR_PASS, { { 3, 4 }, { 9, 9 }, { 10, 5 } } },
	{ QUICLB_CODEC_FOUR_PASS_12, { { 3, 4 }, { 9, 9 } } },
	{ QUICLB_CODEC_FOUR_PASS_14, { { 3, 4 }, { 9, 9 } } },
	{ QUICLB_CODEC_FOUR_PASS_15, { { 3, 4 }, { 9, 9 } } },
	{ QUICLB_CODEC_STREAM_07, { { 3, 8 } } },
	{ QUICLB_CODEC_BLOCK_07, { { 8, 8 } } },
	{ QUICLB_CODEC_PLAIN_07, { { 3, 4 } } },
	{ QUICLB_CODEC_MVFST_1, { { 2, 5 } } },
	{ QUICLB_CODEC_MVFST_2, { { 3, 4 } } },
	{ QUICLB_CODEC_MVFST_3, { { 4, 4 } } },
};

static int die(const struct cid_case *c, const char *what, int err)
{
	fprintf(stderr, "quiclb: bench: %s: %s: %s\n", c->name, what,
		quiclb_strerror(err));
	exit(1);
}

/* The lowest config rotation that the codec allows; 0, or why there is none. */
static int find_rotation(struct quiclb_config *config)
{
	int rotation, err = QUICLB_ERR_ROTATION;

	for (rotation = 0; err && rotation < QUICLB_N_ROTATIONS; rotation++) {
		config->config_rotation = (uint8_t)rotation;
		err = quiclb_config_check(config);
	}
	return err;
}

static int config_of(int codec, int server_id_len, int nonce_len,
		     struct quiclb_config *config)
{
	int i;

	quiclb_config_init(config);
	config->codec = (uint8_t)codec;
	config->server_id_len = (uint8_t)server_id_len;
	config->nonce_len = (uint8_t)nonce_len;
	config->has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	for (i = 0; config->has_key && i < QUICLB_KEY_BYTES; i++)
		config->key[i] = (uint8_t)rand();
	return find_rotation(config);
}

size_t cid_lengths_of(int codec, struct cid_lengths *lengths)
{
	struct quiclb_config config;
	size_t i, n = 0;
	int id, nonce;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (usual[i].codec == codec)
			while (n < CID_LENGTHS &&
			       usual[i].lengths[n].server_id) {
				lengths[n] = usual[i].lengths[n];
				n++;
			}
	/* of others, and of codecs from elsewhere, the shortest that may be */
	for (id = 1; !n && id <= QUICLB_SERVER_ID_CAP_BYTES; id++)
		for (nonce = 0; !n && nonce < QUICLB_CID_MAX_BYTES; nonce++)
			if (!config_of(codec, id, nonce, &config))
				lengths[n++] =
					(struct cid_lengths){ id, nonce };
	return n;
}

/* ---- CIDs ------------------------------------------------------------- */

static void fill(uint8_t *bytes, size_t len)
{
	size_t i;

	/* they are no secret, and any will do */
	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(rand() >> 7);
}

static void encode(const struct cid_case *c, const uint8_t *server_id,
		   const uint8_t *nonce, uint8_t *cid)
{
	const size_t id_len = c->config.server_id_len;
	uint8_t bytes[CID_STRIDE];
	struct quiclb_words plain, out;
	size_t i;

	memcpy(bytes, server_id, id_len);
	memcpy(bytes + id_len, nonce, c->config.nonce_len);
	plain = quiclb_h_window(bytes,
				(quiclb_u32)(id_len + c->config.nonce_len));
	quiclb_h_encode(&c->cipher.record, &plain, c->first, &out,
			quiclb_h_encrypt, quiclb_h_decrypt);
	for (i = 0; i < c->cid_len; i++)
		cid[i] = (uint8_t)(out.w[i >> 3] >> 8 * (i & 7));
}

static void make_cids(struct cid_case *c)
{
	const size_t id_len = c->config.server_id_len;
	uint8_t plain[CID_STRIDE];
	size_t i;

	fill(c->cids, sizeof(c->cids));
	fill(c->nonces, sizeof(c->nonces));
	fill(c->server_id, id_len);
	for (i = 0; i < CID_N; i++) {
		uint8_t *const cid = c->cids + CID_STRIDE * i;
		const uint8_t *const nonce = c->nonces + CID_STRIDE * i;

		fill(c->ids[i], id_len);
		encode(c, c->ids[i], nonce, cid);
		c->refs[i].cid = cid;
		c->refs[i].cid_len = QUICLB_CID_MAX_BYTES;

		encode(c, c->server_id, nonce, c->encoded[i]);
		memcpy(plain, c->server_id, id_len);
		memcpy(plain + id_len, nonce, c->config.nonce_len);
		c->plains[i] = quiclb_h_window(
			plain, (quiclb_u32)(id_len + c->config.nonce_len));
	}
}

static uint64_t word_of(const uint8_t *bytes, size_t len, size_t byte)
{
	return quiclb_h_window(bytes, (quiclb_u32)len).w[byte >> 3];
}

uint64_t cid_expected(const struct cid_case *c, enum cid_sum sum, size_t n)
{
	const size_t id_len = c->config.server_id_len;
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (sum == CID_SUM_ID_BYTE)
			all += c->ids[i][c->id_last];
		else if (sum == CID_SUM_ID_WORD)
			all += word_of(c->ids[i], id_len, c->id_last);
		else if (sum == CID_SUM_CID_BYTE)
			all += c->encoded[i][c->cid_last];
		else if (sum == CID_SUM_CID_WORD)
			all += word_of(c->encoded[i], c->cid_len, c->cid_last);
	}
	return all;
}

/* ---- cases ------------------------------------------------------------ */

static int prepare(struct cid_case *c)
{
	const int err = quiclb_config_compile(&c->config, &c->cipher.record);

#if QUICLB_HAVE_NATIVE
	if (!err && quiclb_cpu() & QUICLB_CPU_AES)
		cid_native_prepare(c);
#endif
	return err;
}

static int open_book(struct cid_case *c)
{
	struct textbook *const book = &c->book;

	c->has_book = 1;
	if (c->config.codec == QUICLB_CODEC_PLAIN)
		book->algorithm = TEXTBOOK_PLAIN;
	else if (c->config.codec == QUICLB_CODEC_SINGLE_PASS)
		book->algorithm = TEXTBOOK_SINGLE;
	else if (c->config.codec == QUICLB_CODEC_FOUR_PASS)
		book->algorithm = TEXTBOOK_FOUR;
	else
		c->has_book = 0;
	book->server_id_len = c->config.server_id_len;
	book->nonce_len = c->config.nonce_len;
	book->first = c->first;
	memcpy(book->server_id, c->server_id, book->server_id_len);
	if (textbook_open(book, c->config.has_key ? c->config.key : NULL))
		return QUICLB_ERR_CRYPTO;
	return 0;
}

static int open_library(struct cid_case *c)
{
	struct quiclb_encoder_options options;
	int err;

	quiclb_encoder_options_init(&options);
	options.server_id = c->server_id;
	options.server_id_len = c->config.server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	err = quiclb_encoder_new(&c->config, &options, &c->encoder);
	if (!err)
		err = quiclb_decoder_new(&c->decoder);
	if (!err)
		err = quiclb_decoder_add(c->decoder, &c->config);
	return err;
}

static void set_last(struct cid_case *c)
{
	c->id_last = c->config.server_id_len - 1u;
	/* Feistel networks finish the left half last, stream-07 the end */
	c->cid_last = c->cipher.record.head_len;
	if (c->config.codec == QUICLB_CODEC_STREAM_07)
		c->cid_last = c->cid_len - 1;
}

struct cid_case *cid_case_new(int codec, int server_id_len, int nonce_len)
{
	struct cid_case *const c =
		aligned_alloc(64, (sizeof(struct cid_case) + 63) & ~(size_t)63);
	int err;

	if (!c) {
		fprintf(stderr, "quiclb: bench: out of memory\n");
		exit(1);
	}
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s %d+%d", quiclb_codec_name(codec),
		 server_id_len, nonce_len);
	err = config_of(codec, server_id_len, nonce_len, &c->config);
	if (!err)
		err = prepare(c);
	if (err)
		die(c, "config", err);
	c->cid_len = c->cipher.record.min_cid_len;
	if (c->cipher.record.rotation_bits)
		c->first = (uint8_t)(c->config.config_rotation
				     << (8 - c->cipher.record.rotation_bits));
	set_last(c);
	make_cids(c);
	err = open_library(c);
	if (!err)
		err = open_book(c);
	if (err)
		die(c, "encoder and decoder", err);
	return c;
}

void cid_case_free(struct cid_case *c)
{
	quiclb_encoder_free(c->encoder);
	quiclb_decoder_free(c->decoder);
	textbook_close(&c->book);
	quiclb_wipe(c, sizeof(*c));
	free(c);
}
