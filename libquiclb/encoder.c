/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Issues CIDs.  Its one hard duty: under one key no nonce twice, and no nonce
 * that tells which one came before it.
 */
#include <assert.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "private.h"

#define ENCODER_OPTIONS_FIRST_SIZE                                             \
	(offsetof(struct quiclb_encoder_options, reserved) + sizeof(uint32_t))

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_encoder_options) ==
			     ENCODER_OPTIONS_FIRST_SIZE,
		     "no padding at the end: a new field would read it");

/* Nonces this long may start at random and yet not meet an earlier life. */
#define RESTART_SAFE_NONCE_BYTES 8

/* Random bytes are drawn this many at a time: a draw costs about 0.5 us. */
#define POOL_BYTES 256

/*
 * The n-th nonce is order[1](order[0](base + n)): two four-pass networks, 8
 * Feistel rounds, under keys that never leave the encoder.  A permutation, so
 * no nonce repeats until the counter comes round; 8 rounds as FF3 has for
 * domains as small as our 32 bits.
 */
struct quiclb_encoder {
	struct quiclb_cipher cipher;
	struct quiclb_cipher order[2];
	struct quiclb_words server_id;
	struct quiclb_words base;
	uint64_t used;
	uint64_t limit; /* nonces there are, at most UINT64_MAX */
	uint64_t process;
	size_t pool_used;
	uint8_t pool[POOL_BYTES];
};

/* From the pool, refilled when it runs dry; len is 1..POOL_BYTES. */
static int draw(struct quiclb_encoder *e, uint8_t *out, size_t len)
{
	if (len > POOL_BYTES - e->pool_used) {
		if (RAND_bytes(e->pool, POOL_BYTES) != 1)
			return QUICLB_ERR_RANDOM;
		e->pool_used = 0;
	}
	memcpy(out, e->pool + e->pool_used, len);
	quiclb_wipe(e->pool + e->pool_used, len);
	e->pool_used += len;
	return 0;
}

static int order_init(struct quiclb_cipher *order, uint8_t nonce_len)
{
	struct quiclb_record rec;
	uint8_t key[QUICLB_KEY_BYTES];
	int err;

	if (RAND_priv_bytes(key, sizeof(key)) != 1)
		return QUICLB_ERR_RANDOM;
	memset(&rec, 0, sizeof(rec));
	quiclb_priv_halves(&rec, nonce_len);
	err = quiclb_priv_cipher_init(order, &rec, key);
	quiclb_wipe(key, sizeof(key));
	return err;
}

static int nonces_init(struct quiclb_encoder *e, uint8_t nonce_len)
{
	uint8_t start[QUICLB_NONCE_MAX_BYTES];
	int err, i;

	for (i = 0; i < 2; i++) {
		err = order_init(&e->order[i], nonce_len);
		if (err)
			return err;
	}
	if (RAND_priv_bytes(start, nonce_len) != 1)
		return QUICLB_ERR_RANDOM;
	e->base = quiclb_h_window(start, nonce_len);
	e->limit = nonce_len < 8 ? 1ULL << 8 * nonce_len : UINT64_MAX;
	quiclb_wipe(start, sizeof(start));
	return 0;
}

static int encoder_init(struct quiclb_encoder *e,
			const struct quiclb_config *config,
			const struct quiclb_encoder_options *options)
{
	struct quiclb_record record;
	int err;

	quiclb_priv_config_freeze(config, &record);
	err = quiclb_priv_cipher_init(&e->cipher, &record, config->key);
	quiclb_wipe(&record, sizeof(record));
	if (err)
		return err;
	e->server_id = quiclb_h_window(options->server_id,
				       (quiclb_u32)options->server_id_len);
	e->process = quiclb_priv_process();
	e->pool_used = POOL_BYTES;
	return nonces_init(e, config->nonce_len);
}

static int options_check(const struct quiclb_config *config,
			 const struct quiclb_encoder_options *options)
{
	if (!options->server_id ||
	    options->server_id_len != config->server_id_len ||
	    options->flags & ~QUICLB_F_SHORT_NONCE || options->reserved)
		return QUICLB_ERR_ARG;
	if (config->nonce_len < RESTART_SAFE_NONCE_BYTES &&
	    !(options->flags & QUICLB_F_SHORT_NONCE))
		return QUICLB_ERR_NONCE_RESTART;
	return 0;
}

int quiclb_encoder_new(const struct quiclb_config *config,
		       const struct quiclb_encoder_options *options,
		       struct quiclb_encoder **encoder)
{
	struct quiclb_encoder_options opts;
	struct quiclb_config copy;
	struct quiclb_encoder *e;
	int err;

	if (!options || !encoder)
		return QUICLB_ERR_ARG;
	quiclb_encoder_options_init(&opts);
	err = quiclb_priv_intake(&opts, sizeof(opts), options, options->size,
				 ENCODER_OPTIONS_FIRST_SIZE);
	if (err)
		return err;
	err = quiclb_priv_config_intake(config, &copy);
	if (err)
		return err;
	err = options_check(&copy, &opts);
	if (err)
		goto out;
	e = calloc(1, sizeof(*e));
	err = e ? encoder_init(e, &copy, &opts) : QUICLB_ERR_NOMEM;
	if (err)
		quiclb_encoder_free(e);
	else
		*encoder = e;
out:
	quiclb_wipe(&copy, sizeof(copy));
	return err;
}

void quiclb_encoder_free(struct quiclb_encoder *encoder)
{
	if (!encoder)
		return;
	quiclb_priv_cipher_free(&encoder->cipher);
	quiclb_priv_cipher_free(&encoder->order[0]);
	quiclb_priv_cipher_free(&encoder->order[1]);
	quiclb_wipe(encoder, sizeof(*encoder));
	free(encoder);
}

/* First octet and server-use bytes around the encoded body. */
static int assemble(struct quiclb_encoder *e, const struct quiclb_words *nonce,
		    const uint8_t *server_use, uint8_t *cid)
{
	const struct quiclb_record *const rec = &e->cipher.record;
	const size_t use_len = (size_t)(rec->cid_len - rec->min_cid_len);
	struct quiclb_words plain, body;
	uint8_t random[1 + QUICLB_CID_MAX_BYTES];
	int err;

	err = draw(e, random, 1 + use_len);
	if (err)
		return err;
	plain = quiclb_h_push(nonce, rec->server_id_len);
	plain.w[0] |= e->server_id.w[0];
	plain.w[1] |= e->server_id.w[1];
	err = quiclb_h_encode(rec, &plain, &body, quiclb_priv_encrypt);
	assert(!err); /* the codec was checked when the encoder was made */
	quiclb_wipe(&plain, sizeof(plain));
	if (e->cipher.failed)
		return QUICLB_ERR_CRYPTO;
	body.w[0] |= (quiclb_u64)rec->rotation << QUICLB_ROTATION_SHIFT |
		     (rec->encode_length ? rec->cid_len - 1u
					 : random[0] & QUICLB_LENGTH_MASK);
	quiclb_priv_store(cid, body.w, rec->min_cid_len);
	if (use_len)
		memcpy(cid + rec->min_cid_len,
		       server_use ? server_use : random + 1, use_len);
	return rec->cid_len;
}

static int usable(const struct quiclb_encoder *e, const uint8_t *cid,
		  size_t cid_cap)
{
	if (!e || !cid)
		return QUICLB_ERR_ARG;
	if (e->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	if (cid_cap < e->cipher.record.cid_len)
		return QUICLB_ERR_SPACE;
	return 0;
}

int quiclb_encoder_next(struct quiclb_encoder *encoder, uint8_t *cid,
			size_t cid_cap)
{
	struct quiclb_words nonce;
	int err = usable(encoder, cid, cid_cap);
	int i;

	if (err)
		return err;
	if (encoder->used == encoder->limit)
		return QUICLB_ERR_EXHAUSTED;
	nonce = encoder->base;
	nonce.w[0] += encoder->used;
	nonce.w[0] &= quiclb_h_mask64(encoder->cipher.record.nonce_len);
	for (i = 0; i < 2; i++) {
		nonce = quiclb_h_four_pass(&encoder->order[i].record, &nonce,
					   quiclb_priv_encrypt);
		if (encoder->order[i].failed)
			return QUICLB_ERR_CRYPTO;
	}
	err = assemble(encoder, &nonce, NULL, cid);
	if (err >= 0)
		encoder->used++;
	return err;
}

int quiclb_encoder_encode(struct quiclb_encoder *encoder, const uint8_t *nonce,
			  const uint8_t *server_use, uint8_t *cid,
			  size_t cid_cap)
{
	struct quiclb_words words;
	const int err = usable(encoder, cid, cid_cap);

	if (err)
		return err;
	if (!nonce)
		return QUICLB_ERR_ARG;
	words = quiclb_h_window(nonce, encoder->cipher.record.nonce_len);
	return assemble(encoder, &words, server_use, cid);
}

uint64_t quiclb_encoder_remaining(const struct quiclb_encoder *encoder)
{
	return encoder ? encoder->limit - encoder->used : 0;
}

size_t quiclb_encoder_cid_len(const struct quiclb_encoder *encoder)
{
	return encoder ? encoder->cipher.record.cid_len : 0;
}
