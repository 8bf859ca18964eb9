/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of the library, as a program that links it has them.
 */
#include "cid.h"

static uint64_t decode_chain(struct cid_case *c, uint64_t n)
{
	const uint64_t zero = cid_zero;
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES] = { 0 };
	uint64_t i, at = 0, sum = 0;

	for (i = 0; i < n; i++) {
		quiclb_decoder_decode(c->decoder,
				      c->cids + CID_STRIDE * (i & (CID_N - 1)) +
					      at,
				      QUICLB_CID_MAX_BYTES, id, sizeof(id));
		at = id[c->id_last] & zero;
		sum += id[c->id_last];
	}
	return sum;
}

static uint64_t decode_loop(struct cid_case *c, uint64_t n)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		quiclb_decoder_decode(c->decoder,
				      c->cids + CID_STRIDE * (i & (CID_N - 1)),
				      QUICLB_CID_MAX_BYTES, id, sizeof(id));
		sum += id[c->id_last];
	}
	return sum;
}

static uint64_t decode_batch(struct cid_case *c, uint64_t n)
{
	struct quiclb_server_id ids[CID_N] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i += CID_N)
		quiclb_decoder_decode_batch(c->decoder, c->refs, ids, CID_N);
	for (i = 0; i < CID_N; i++)
		sum += ids[i].bytes[c->id_last];
	return sum;
}

/* Parts that leave nothing to chance. */
static struct quiclb_parts parts_of(const struct cid_case *c)
{
	struct quiclb_parts parts;

	quiclb_parts_init(&parts);
	parts.has_low_bits = 1;
	parts.low_bits = c->first;
	return parts;
}

static uint64_t encode_chain(struct cid_case *c, uint64_t n)
{
	const uint64_t zero = cid_zero;
	struct quiclb_parts parts = parts_of(c);
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	uint64_t i, at = 0, sum = 0;

	for (i = 0; i < n; i++) {
		parts.nonce = c->nonces + CID_STRIDE * (i & (CID_N - 1)) + at;
		quiclb_encoder_encode(c->encoder, &parts, cid, sizeof(cid));
		at = cid[c->cid_last] & zero;
		sum += cid[c->cid_last];
	}
	return sum;
}

static uint64_t encode_loop(struct cid_case *c, uint64_t n)
{
	struct quiclb_parts parts = parts_of(c);
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		parts.nonce = c->nonces + CID_STRIDE * (i & (CID_N - 1));
		quiclb_encoder_encode(c->encoder, &parts, cid, sizeof(cid));
		sum += cid[c->cid_last];
	}
	return sum;
}

static uint64_t next_loop(struct cid_case *c, uint64_t n)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		quiclb_encoder_next(c->encoder, cid, sizeof(cid));
		sum += cid[c->cid_last];
	}
	return sum;
}

static uint64_t next_batch(struct cid_case *c, uint64_t n)
{
	uint8_t cids[CID_N * CID_STRIDE] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i += CID_N) {
		quiclb_encoder_next_batch(c->encoder, cids, CID_STRIDE, CID_N);
		sum += cids[c->cid_last];
	}
	return sum;
}

const struct cid_op cid_ops_exported[] = {
	{ "decode, chain, exported", decode_chain, CID_SUM_ID_BYTE,
	  CID_ON_KEYED },
	{ "decode, loop, exported", decode_loop, CID_SUM_ID_BYTE,
	  CID_ON_KEYED },
	{ "decode, batch, exported", decode_batch, CID_SUM_ID_BYTE,
	  CID_ON_KEYED },
	{ "encode, chain, exported", encode_chain, CID_SUM_CID_BYTE,
	  CID_ON_KEYED },
	{ "encode, loop, exported", encode_loop, CID_SUM_CID_BYTE,
	  CID_ON_KEYED },
	/* nonces are ordered by AES, whatever the codec */
	{ "next, loop, exported", next_loop, CID_SUM_NONE, CID_ON_EACH },
	{ "next, batch, exported", next_batch, CID_SUM_NONE, CID_ON_EACH },
	{ NULL, NULL, CID_SUM_NONE, 0 },
};
