/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "leaky.h"
#include "paths.h"
#include "random.h"
#include "timed.h"

static void need(int good)
{
	if (good)
		return;
	printf("Bail out! a call of the library failed\n");
	exit(1);
}

/* --------------------------------------------- the bytes of CIDs, nonces -- */

/* The first octet stays: it chooses the config. */
static void put_cid(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;

	memcpy(t->cids[0] + 1, input, QUICLB_CID_MAX_BYTES - 1);
}

static void put_cids(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;
	int i;

	for (i = 0; i < TIMED_N; i++)
		memcpy(t->cids[i] + 1, input + i * (QUICLB_CID_MAX_BYTES - 1),
		       QUICLB_CID_MAX_BYTES - 1);
}

static void put_nonce(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;

	memcpy(t->nonce, input, sizeof(t->nonce));
}

static void put_plain(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;

	t->plain = quiclb_h_window(input, t->record.body_len);
}

static void decode(void *arg)
{
	struct timed *const t = arg;

	t->sink = quiclb_decoder_decode(t->decoder, t->cids[0],
					t->refs[0].cid_len, t->ids[0].bytes,
					sizeof(t->ids[0].bytes));
}

static void decode_batch(void *arg)
{
	struct timed *const t = arg;

	t->sink = (int)quiclb_decoder_decode_batch(t->decoder, t->refs, t->ids,
						   TIMED_N);
}

static void encode(void *arg)
{
	struct timed *const t = arg;
	struct quiclb_parts parts;

	quiclb_parts_init(&parts);
	parts.nonce = t->nonce;
	parts.has_low_bits = 1;
	t->sink = quiclb_encoder_encode(t->encoder, &parts, t->cids[0],
					sizeof(t->cids[0]));
}

static void header_encode(void *arg)
{
	struct timed *const t = arg;

	t->sink =
		quiclb_h_encode(&t->record, &t->plain, t->cids[0][0], &t->words,
				quiclb_h_encrypt, quiclb_h_decrypt);
}

#if QUICLB_HAVE_NATIVE
QUICLB_NATIVE static void native_encode(void *arg)
{
	struct timed *const t = arg;

	t->sink = quiclb_native_encode(&t->cipher, &t->plain, t->cids[0][0],
				       &t->words);
}
#endif

/* ------------------------------------------------------------------ keys -- */

/* The same decoder, its memory at the same place. */
static void put_key(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;

	memcpy(t->config.key, input, sizeof(t->config.key));
	need(!quiclb_decoder_remove(t->decoder, t->cids[0][0]) &&
	     !quiclb_decoder_add(t->decoder, &t->config));
}

static void open_encoder(struct timed *t)
{
	struct quiclb_encoder_options options;

	quiclb_encoder_options_init(&options);
	options.server_id = t->server_id;
	options.server_id_len = t->config.server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	need(!quiclb_encoder_new(&t->config, &options, &t->encoder));
}

/* And server ID.  The first CID draws random bytes: it is not measured. */
static void put_encoder(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;

	quiclb_encoder_free(t->encoder);
	memcpy(t->config.key, input, sizeof(t->config.key));
	memcpy(t->server_id, input + sizeof(t->config.key),
	       sizeof(t->server_id));
	open_encoder(t);
	need(quiclb_encoder_next(t->encoder, t->cids[0], sizeof(t->cids[0])) >
	     0);
}

static void next_batch(void *arg)
{
	struct timed *const t = arg;

	t->sink = quiclb_encoder_next_batch(t->encoder, t->cids[0],
					    sizeof(t->cids[0]), TIMED_N);
}

static void compile(void *arg)
{
	struct timed *const t = arg;

	t->sink = quiclb_config_compile(&t->config, &t->record);
}

static void put_config_key(void *arg, const uint8_t *input)
{
	struct timed *const t = arg;

	memcpy(t->config.key, input, sizeof(t->config.key));
}

const struct timed_call timed_calls[] = {
	{ "compile, key", { 16, put_config_key, compile }, PATHS_PORTABLE, 1 },
	{ "decode, CID", { 19, put_cid, decode }, PATHS_ONE, 0 },
	{ "decode, key", { 16, put_key, decode }, PATHS_ONE, 1 },
	{ "decode-batch, CIDs",
	  { TIMED_N * 19, put_cids, decode_batch },
	  PATHS_ALL,
	  0 },
	{ "decode-batch, key", { 16, put_key, decode_batch }, PATHS_ALL, 1 },
	{ "encode, nonce",
	  { QUICLB_NONCE_MAX_BYTES, put_nonce, encode },
	  PATHS_ONE,
	  0 },
	{ "header-encode, server ID and nonce",
	  { 20, put_plain, header_encode },
	  PATHS_PORTABLE,
	  0 },
#if QUICLB_HAVE_NATIVE
	{ "header-encode, server ID and nonce",
	  { 20, put_plain, native_encode },
	  PATHS_AES,
	  0 },
#endif
	{ "next-batch, key and server ID",
	  { 16 + QUICLB_SERVER_ID_CAP_BYTES, put_encoder, next_batch },
	  PATHS_ALL,
	  1 },
	{ NULL, { 0, NULL, NULL }, 0, 0 },
};

/* -------------------------------------------------------------- controls -- */

/* Whether a server ID is ours: zeros. */
static void early_exit(void *arg)
{
	static const uint8_t ours[QUICLB_CID_MAX_BYTES - 1];
	struct timed *const t = arg;

	t->sink = leaky_differ(t->cids[0] + 1, ours, sizeof(ours));
}

static void decode_by(struct timed *t, quiclb_block_fn *encrypt)
{
	t->sink = quiclb_h_decode_server(&t->record, t->cids[0],
					 (quiclb_u32)t->refs[0].cid_len, &t->id,
					 encrypt, encrypt);
}

static void branching_aes(void *arg)
{
	decode_by(arg, leaky_both_encrypt);
}

static void table_aes(void *arg)
{
	decode_by(arg, leaky_table_encrypt);
}

/* Whatever comes, the CID is the same. */
static void put_nothing(void *arg, const uint8_t *input)
{
	static const uint8_t same[QUICLB_CID_MAX_BYTES - 1];

	(void)input;
	put_cid(arg, same);
}

const struct measure_trial timed_early_exit = { 19, put_cid, early_exit };
const struct measure_trial timed_branching_aes = { 19, put_cid, branching_aes };
const struct measure_trial timed_table_aes = { 19, put_cid, table_aes };
const struct measure_trial timed_nothing = { 19, put_nothing, branching_aes };

/* ----------------------------------------------------------------- setup -- */

/* The codec's first legal lengths from server ID 3, nonce 8 on. */
static int try_lengths(struct quiclb_config *config)
{
	int id, len;

	for (id = 0; id < 15; id++)
		for (len = 0; len < 15; len++) {
			config->server_id_len = (uint8_t)(1 + (id + 2) % 15);
			config->nonce_len = (uint8_t)(4 + (len + 4) % 15);
			if (!quiclb_config_check(config))
				return 1;
		}
	return 0;
}

static void choose(struct quiclb_config *config, int codec)
{
	quiclb_config_init(config);
	config->codec = (uint8_t)codec;
	config->has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	if (config->has_key)
		random_bytes(config->key, sizeof(config->key));
	/* a layout's rotation is its version */
	while (!try_lengths(config)) {
		config->config_rotation++;
		need(config->config_rotation < 4);
	}
}

#if QUICLB_HAVE_NATIVE
QUICLB_NATIVE static void prepare_native(struct timed *t)
{
	quiclb_native_prepare(&t->cipher, &t->record);
}
#endif

void timed_open(struct timed *t, int codec)
{
	int i;

	memset(t, 0, sizeof(*t));
	choose(&t->config, codec);
	random_bytes(t->server_id, sizeof(t->server_id));
	open_encoder(t);
	need(!quiclb_config_compile(&t->config, &t->record) &&
	     !quiclb_decoder_new(&t->decoder) &&
	     !quiclb_decoder_add(t->decoder, &t->config));
#if QUICLB_HAVE_NATIVE
	if (quiclb_cpu() & QUICLB_CPU_AES)
		prepare_native(t);
#endif
	next_batch(t);
	need(t->sink == TIMED_N);
	for (i = 0; i < TIMED_N; i++) {
		t->refs[i].cid = t->cids[i];
		t->refs[i].cid_len = quiclb_encoder_cid_len(t->encoder);
	}
}

void timed_close(struct timed *t)
{
	quiclb_encoder_free(t->encoder);
	quiclb_decoder_free(t->decoder);
}
