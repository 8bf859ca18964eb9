/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Issues CIDs.  Its one hard duty: under one key no nonce twice, and no nonce
 * that tells which one came before it; nonces.c sees to that.
 */
#include <openssl/rand.h>
#include <stdlib.h>

#include "encoder.h"
#include "one.h"
#include "private.h"

#define ENCODER_OPTIONS_FIRST_SIZE                                             \
	(offsetof(struct quiclb_encoder_options, reserved) + sizeof(uint32_t))

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_encoder_options) ==
			     offsetof(struct quiclb_encoder_options,
				      threshold) +
				     sizeof(uint64_t),
		     "no padding at the end: a new field would read it");

#define PARTS_FIRST_SIZE (offsetof(struct quiclb_parts, reserved) + 6)

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_parts) == PARTS_FIRST_SIZE,
		     "no padding at the end: a new field would read it");

/* Nonces this long may start at random and yet not meet an earlier life. */
#define RESTART_SAFE_NONCE_BYTES 8

/*
 * From the pool, refilled when it runs dry; len is 1..QUICLB_POOL_BYTES.  A
 * child would draw what its parent draws.
 */
static int draw(struct quiclb_encoder *e, uint8_t *out, size_t len)
{
	if (e->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	if (len > QUICLB_POOL_BYTES - e->pool_used) {
		if (RAND_bytes(e->pool, QUICLB_POOL_BYTES) != 1)
			return QUICLB_ERR_RANDOM;
		e->pool_used = 0;
	}
	/* what was used stands in a CID, in clear: no secret any more */
	memcpy(out, e->pool + e->pool_used, len);
	e->pool_used += len;
	return 0;
}

/* ---------------------------------------------------------------- making -- */

/* What tells one order of nonces from another under one secret. */
static int nonces_init(struct quiclb_encoder *e,
		       const struct quiclb_encoder_options *options)
{
	static const char label[] = "quiclb nonces 1";
	const struct quiclb_record *const rec = &e->cipher.record;
	uint8_t identity[sizeof(label) + 5 + 24];

	memcpy(identity, label, sizeof(label));
	identity[sizeof(label)] = rec->codec;
	identity[sizeof(label) + 1] = rec->rotation;
	identity[sizeof(label) + 2] = rec->server_id_len;
	identity[sizeof(label) + 3] = rec->nonce_len;
	identity[sizeof(label) + 4] = rec->worker_len;
	quiclb_priv_store(identity + sizeof(label) + 5, &e->fixed, 24);
	return quiclb_priv_nonces_init(
		&e->nonces, (uint8_t)(rec->nonce_len - rec->worker_len),
		options, identity, sizeof(identity));
}

static int encoder_init(struct quiclb_encoder *e,
			const struct quiclb_record *record,
			const struct quiclb_encoder_options *options)
{
	const uint8_t id_len = record->server_id_len;
	uint8_t fixed[QUICLB_CID_MAX_BYTES];

	quiclb_priv_cipher_init(&e->cipher, record);
	memcpy(fixed, options->server_id, id_len);
	if (record->worker_len)
		memcpy(fixed + id_len, options->worker, record->worker_len);
	e->fixed_len = (uint8_t)(id_len + record->worker_len);
	e->fixed = quiclb_h_window(fixed, e->fixed_len);
	if (options->server_use) {
		e->has_server_use = 1;
		memcpy(e->server_use, options->server_use,
		       (size_t)(record->cid_len - record->min_cid_len));
	}
	e->threshold_reached = options->threshold_reached;
	e->threshold_arg = options->threshold_arg;
	e->threshold = options->threshold;
	e->process = quiclb_priv_process();
	e->pool_used = QUICLB_POOL_BYTES;
	return nonces_init(e, options);
}

static int options_check(const struct quiclb_record *rec,
			 const struct quiclb_encoder_options *options)
{
	if (!options->server_id ||
	    options->server_id_len != rec->server_id_len ||
	    options->flags & ~QUICLB_F_SHORT_NONCE || options->reserved)
		return QUICLB_ERR_ARG;
	if (!options->worker != !rec->worker_len ||
	    !options->nonce_secret != !options->mark_store ||
	    (options->mark && !options->mark_store))
		return QUICLB_ERR_ARG;
	if (rec->nonce_len - rec->worker_len < RESTART_SAFE_NONCE_BYTES &&
	    !options->mark_store && !(options->flags & QUICLB_F_SHORT_NONCE))
		return QUICLB_ERR_NONCE_RESTART;
	return 0;
}

int quiclb_encoder_new(const struct quiclb_config *config,
		       const struct quiclb_encoder_options *options,
		       struct quiclb_encoder **encoder)
{
	struct quiclb_encoder_options opts;
	struct quiclb_record record;
	struct quiclb_encoder *e = NULL;
	int err;

	if (!options || !encoder)
		return QUICLB_ERR_ARG;
	quiclb_encoder_options_init(&opts);
	err = quiclb_priv_intake(&opts, sizeof(opts), options, options->size,
				 ENCODER_OPTIONS_FIRST_SIZE);
	if (err)
		return err;
	err = quiclb_config_compile(config, &record);
	if (err)
		return err;
	err = options_check(&record, &opts);
	if (!err) {
		e = calloc(1, sizeof(*e));
		err = e ? encoder_init(e, &record, &opts) : QUICLB_ERR_NOMEM;
	}
	quiclb_wipe(&record, sizeof(record));
	if (err)
		quiclb_encoder_free(e);
	else
		*encoder = e;
	return err;
}

void quiclb_encoder_free(struct quiclb_encoder *encoder)
{
	if (!encoder)
		return;
	quiclb_priv_nonces_free(&encoder->nonces);
	quiclb_wipe(encoder, sizeof(*encoder));
	free(encoder);
}

/* --------------------------------------------------------------- issuing -- */

int quiclb_priv_encoder_usable(const struct quiclb_encoder *e,
			       const uint8_t *cid, size_t cid_cap)
{
	if (!e || !cid)
		return QUICLB_ERR_ARG;
	if (e->n_parts)
		return QUICLB_ERR_SPLIT;
	if (cid_cap < e->cipher.record.cid_len)
		return QUICLB_ERR_SPACE;
	return 0;
}

static uint8_t first_octet(const struct quiclb_record *rec, uint8_t low_bits)
{
	const unsigned int n_low = 8u - rec->rotation_bits;
	const unsigned int low =
		rec->encode_length ? rec->length_code : low_bits;

	return (uint8_t)(rec->rotation << n_low | (low & ((1u << n_low) - 1)));
}

/* Low bits of the first octet, drawn where neither the caller nor rec says. */
static int draw_low_bits(struct quiclb_encoder *e,
			 const struct quiclb_parts *parts, uint8_t *low_bits)
{
	const struct quiclb_record *const rec = &e->cipher.record;

	*low_bits = parts->low_bits;
	if (parts->has_low_bits || rec->encode_length || !rec->head_len)
		return 0;
	return draw(e, low_bits, 1);
}

static int draw_server_use(struct quiclb_encoder *e,
			   const struct quiclb_parts *parts, uint8_t *use,
			   size_t len)
{
	if (!parts->server_use && !e->has_server_use)
		return draw(e, use, len);
	memcpy(use, parts->server_use ? parts->server_use : e->server_use, len);
	return 0;
}

QUICLB_INLINE int open_cid(struct quiclb_encoder *e,
			   const struct quiclb_parts *parts, uint8_t *first,
			   uint8_t *use)
{
	const struct quiclb_record *const rec = &e->cipher.record;
	const size_t use_len = (size_t)(rec->cid_len - rec->min_cid_len);
	uint8_t low_bits;
	int err = draw_low_bits(e, parts, &low_bits);

	if (!err && use_len)
		err = draw_server_use(e, parts, use, use_len);
	if (!err)
		*first = first_octet(rec, low_bits);
	return err;
}

int quiclb_priv_encoder_open(struct quiclb_encoder *e,
			     const struct quiclb_parts *parts, uint8_t *first,
			     uint8_t *use)
{
	return open_cid(e, parts, first, use);
}

struct quiclb_words quiclb_priv_encoder_plain(const struct quiclb_encoder *e,
					      const struct quiclb_words *nonce)
{
	struct quiclb_words plain = quiclb_h_push(nonce, e->fixed_len);

	plain.w[0] |= e->fixed.w[0];
	plain.w[1] |= e->fixed.w[1];
	plain.w[2] |= e->fixed.w[2];
	return plain;
}

/*
 * A CID around a plaintext; what parts leave open is drawn.  Inline, so that
 * the plaintext stays in registers: AES waits for it.
 */
QUICLB_INLINE int assemble(struct quiclb_encoder *e,
			   const struct quiclb_words *plain,
			   const struct quiclb_parts *parts, uint8_t *cid)
{
	const struct quiclb_record *const rec = &e->cipher.record;
	const size_t use_len = (size_t)(rec->cid_len - rec->min_cid_len);
	uint8_t first, use[QUICLB_CID_MAX_BYTES];
	const int err = open_cid(e, parts, &first, use);

	if (err)
		return err;
	quiclb_priv_one_encode(&e->cipher, plain->w[0], plain->w[1],
			       plain->w[2], first, cid);
	if (use_len)
		memcpy(cid + rec->min_cid_len, use, use_len);
	return rec->cid_len;
}

void quiclb_priv_encoder_watch(struct quiclb_encoder *e)
{
	quiclb_threshold_fn *const reached = e->threshold_reached;
	uint64_t left;

	if (!reached)
		return;
	left = quiclb_priv_nonces_left(&e->nonces);
	if (left > e->threshold)
		return;
	e->threshold_reached = NULL;
	reached(e->threshold_arg, left);
}

static int issue(struct quiclb_encoder *e, const struct quiclb_parts *parts,
		 uint8_t *cid)
{
	struct quiclb_words nonce, plain;
	int result;

	if (e->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	result = quiclb_priv_nonces_peek(&e->nonces, &nonce);
	if (result == QUICLB_ERR_EXHAUSTED)
		quiclb_priv_encoder_watch(e);
	if (result)
		return result;
	plain = quiclb_priv_encoder_plain(e, &nonce);
	result = assemble(e, &plain, parts, cid);
	quiclb_priv_wipe_words(&plain);
	if (result >= 0) {
		quiclb_priv_nonces_spend(&e->nonces);
		e->issued = 1;
		quiclb_priv_encoder_watch(e);
	}
	return result;
}

int quiclb_encoder_next(struct quiclb_encoder *encoder, uint8_t *cid,
			size_t cid_cap)
{
	static const struct quiclb_parts all_open;
	const int err = quiclb_priv_encoder_usable(encoder, cid, cid_cap);

	return err ? err : issue(encoder, &all_open, cid);
}

/* The plaintext with a nonce of the caller's. */
static struct quiclb_words plain_of(const struct quiclb_encoder *e,
				    const uint8_t *nonce)
{
	const struct quiclb_record *const rec = &e->cipher.record;
	const struct quiclb_words words =
		quiclb_h_window(nonce, rec->nonce_len);
	const struct quiclb_block id = quiclb_h_server_id(rec, &e->fixed);
	struct quiclb_words plain = quiclb_h_push(&words, rec->server_id_len);

	plain.w[0] |= id.w[0];
	plain.w[1] |= id.w[1];
	return plain;
}

/* A caller's parts, or a copy of them where they are of another release. */
static int parts_intake(struct quiclb_parts *copy,
			const struct quiclb_parts **parts)
{
	static const uint8_t none[sizeof(copy->reserved)];
	int err = 0;

	if (!*parts)
		return QUICLB_ERR_ARG;
	if ((*parts)->size != sizeof(*copy)) {
		quiclb_parts_init(copy);
		err = quiclb_priv_intake(copy, sizeof(*copy), *parts,
					 (*parts)->size, PARTS_FIRST_SIZE);
		*parts = copy;
	}
	if (err)
		return err;
	return (*parts)->has_low_bits > 1 || memcmp((*parts)->reserved, none,
						    sizeof(none)) != 0
		       ? QUICLB_ERR_ARG
		       : 0;
}

int quiclb_encoder_encode(struct quiclb_encoder *encoder,
			  const struct quiclb_parts *parts, uint8_t *cid,
			  size_t cid_cap)
{
	struct quiclb_parts copy;
	struct quiclb_words plain;
	int result = quiclb_priv_encoder_usable(encoder, cid, cid_cap);

	if (!result)
		result = parts_intake(&copy, &parts);
	if (result)
		return result;
	if (!parts->nonce)
		return issue(encoder, parts, cid);
	plain = plain_of(encoder, parts->nonce);
	result = assemble(encoder, &plain, parts, cid);
	quiclb_priv_wipe_words(&plain);
	return result;
}

/* The first octet of a CID that belongs to no config. */
static uint8_t unroutable_octet(const struct quiclb_record *rec, uint8_t random,
				size_t cid_len)
{
	switch (quiclb_h_family(rec->codec)) {
	case QUICLB_FAMILY_DRAFT3:
	case QUICLB_FAMILY_DRAFT2:
		if (rec->rotation_bits == 2)
			return (uint8_t)(0xc0 | ((cid_len - 1) & 0x3f));
		return quiclb_priv_unroutable_octet(cid_len);
	case QUICLB_FAMILY_VERSION:
		return random & 0x3f;
	default:
		return random;
	}
}

int quiclb_encoder_fill(struct quiclb_encoder *encoder, uint8_t *cid,
			size_t cid_len)
{
	if (!cid_len)
		return 0;
	if (encoder && cid_len == encoder->cipher.record.cid_len &&
	    quiclb_encoder_next(encoder, cid, cid_len) > 0)
		return 1;
	if (!encoder) {
		quiclb_unroutable(cid, cid_len);
		return 0;
	}
	quiclb_priv_random(cid, cid_len);
	cid[0] = unroutable_octet(&encoder->cipher.record, cid[0], cid_len);
	return 0;
}

uint64_t quiclb_encoder_remaining(const struct quiclb_encoder *encoder)
{
	if (!encoder || encoder->n_parts)
		return 0;
	return quiclb_priv_nonces_left(&encoder->nonces);
}

size_t quiclb_encoder_cid_len(const struct quiclb_encoder *encoder)
{
	return encoder ? encoder->cipher.record.cid_len : 0;
}
