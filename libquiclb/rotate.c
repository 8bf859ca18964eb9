/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoders in the plural: parts of one for many threads, and one config after
 * the other.
 */
#include <stdlib.h>

#include "encoder.h"
#include "private.h"

/* ----------------------------------------------------------------- parts -- */

static int split_check(const struct quiclb_encoder *e, uint32_t part,
		       uint32_t n_parts)
{
	if (part >= n_parts || n_parts > QUICLB_N_PARTS || e->issued ||
	    e->is_part || (e->n_parts && e->n_parts != n_parts))
		return QUICLB_ERR_ARG;
	if (e->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	if (e->taken[part / 8] & 1u << part % 8)
		return QUICLB_ERR_PART_TAKEN;
	return 0;
}

int quiclb_encoder_split(struct quiclb_encoder *encoder, uint32_t part,
			 uint32_t n_parts, struct quiclb_encoder **next)
{
	struct quiclb_encoder *e;
	int err;

	if (!encoder || !next)
		return QUICLB_ERR_ARG;
	err = split_check(encoder, part, n_parts);
	if (err)
		return err;
	e = malloc(sizeof(*e));
	if (!e)
		return QUICLB_ERR_NOMEM;
	*e = *encoder;
	quiclb_priv_nonces_part(&e->nonces, &encoder->nonces, part, n_parts);
	e->is_part = 1;
	e->n_parts = 0;
	memset(e->taken, 0, sizeof(e->taken));
	e->pool_used = QUICLB_POOL_BYTES;
	encoder->n_parts = n_parts;
	encoder->taken[part / 8] |= (uint8_t)(1u << part % 8);
	*next = e;
	return 0;
}

/* -------------------------------------------------------------- rotation -- */

/* The config CIDs are issued from, as it will be remembered. */
static struct quiclb_former present(const struct quiclb_encoder *e)
{
	const struct quiclb_record *const rec = &e->cipher.record;
	const struct quiclb_former f = {
		rec->cid_len,
		(uint8_t)quiclb_h_claims(rec->rotation_bits, rec->rotation),
		(uint8_t)quiclb_priv_reserved(rec),
	};

	return f;
}

static int compare(const struct quiclb_former *old,
		   const struct quiclb_former *new_)
{
	if (!old->cid_len)
		return 0;
	if (old->claims == new_->claims)
		return QUICLB_ERR_ROTATION_IN_USE;
	if (old->claims & (new_->claims | new_->reserved) ||
	    old->reserved & new_->claims)
		return QUICLB_ERR_AMBIGUOUS;
	return 0;
}

static int rotate_check(const struct quiclb_encoder *e,
			const struct quiclb_encoder *next)
{
	const struct quiclb_former now = present(e), then = present(next);
	int err = compare(&now, &then);
	size_t c;

	for (c = 0; !err && c < QUICLB_N_CODEPOINTS; c++)
		err = compare(&e->former[c], &then);
	return err;
}

static int next_check(const struct quiclb_encoder *next)
{
	size_t c;

	if (next->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	if (next->n_parts)
		return QUICLB_ERR_SPLIT;
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (next->former[c].cid_len)
			return QUICLB_ERR_ARG;
	return next->issued ? QUICLB_ERR_ARG : 0;
}

int quiclb_encoder_rotate(struct quiclb_encoder *encoder,
			  struct quiclb_encoder *next)
{
	struct quiclb_former former[QUICLB_N_CODEPOINTS], now;
	int err;
	size_t c;

	if (!encoder || !next || encoder == next)
		return QUICLB_ERR_ARG;
	if (encoder->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	if (encoder->n_parts)
		return QUICLB_ERR_SPLIT;
	err = next_check(next);
	if (!err)
		err = rotate_check(encoder, next);
	if (err)
		return err;
	now = present(encoder);
	memcpy(former, encoder->former, sizeof(former));
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (now.claims & 1u << c)
			former[c] = now;
	quiclb_priv_nonces_free(&encoder->nonces);
	*encoder = *next;
	memcpy(encoder->former, former, sizeof(former));
	/* what next held is encoder's now */
	quiclb_wipe(next, sizeof(*next));
	free(next);
	return 0;
}

int quiclb_encoder_retire(struct quiclb_encoder *encoder, uint8_t first_octet)
{
	const int codepoint = quiclb_h_codepoint(first_octet);
	uint8_t claims;
	size_t c;

	if (!encoder)
		return QUICLB_ERR_ARG;
	if (present(encoder).claims & 1u << codepoint)
		return QUICLB_ERR_ROTATION_IN_USE;
	if (!encoder->former[codepoint].cid_len)
		return QUICLB_ERR_NO_CONFIG;
	claims = encoder->former[codepoint].claims;
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (claims & 1u << c)
			memset(&encoder->former[c], 0,
			       sizeof(encoder->former[c]));
	return 0;
}

/* The length that an unroutable CID of ours encodes. */
static int unroutable_length(uint8_t first_octet)
{
	/* two rotation bits leave six, but no CID needs the sixth */
	const int len = 1 + (first_octet & QUICLB_LENGTH_MASK);

	if (len < QUICLB_UNROUTABLE_MIN_BYTES || len > QUICLB_CID_MAX_BYTES)
		return QUICLB_ERR_RESERVED;
	return len;
}

int quiclb_encoder_cid_length(const struct quiclb_encoder *encoder,
			      uint8_t first_octet)
{
	const int codepoint = quiclb_h_codepoint(first_octet);
	unsigned int reserved;
	size_t c;

	if (!encoder)
		return QUICLB_ERR_ARG;
	if (present(encoder).claims & 1u << codepoint)
		return encoder->cipher.record.cid_len;
	if (encoder->former[codepoint].cid_len)
		return encoder->former[codepoint].cid_len;
	reserved = present(encoder).reserved;
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		reserved |= encoder->former[c].reserved;
	return reserved & 1u << codepoint ? unroutable_length(first_octet)
					  : QUICLB_ERR_NO_CONFIG;
}
