/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header's own decoder and encoder with the portable block, and what they
 * are measured by that needs no CPU: a load and a mask, one block.
 */
#include "inline.h"

volatile uint64_t cid_zero;

QUICLB_INLINE int decode(const struct cid_case *c, const uint8_t *cid,
			 struct quiclb_block *id)
{
	return quiclb_decode_server(&c->cipher.record, cid,
				    QUICLB_CID_MAX_BYTES, id);
}

QUICLB_INLINE int encode(const struct cid_case *c,
			 const struct quiclb_words *plain,
			 struct quiclb_words *cid)
{
	return quiclb_h_encode(&c->cipher.record, plain, c->first, cid,
			       quiclb_h_encrypt, quiclb_h_decrypt);
}

static uint64_t decode_chain(struct cid_case *c, uint64_t n)
{
	return c->id_last < 8 ? cid_decode_chain(c, n, 0, decode)
			      : cid_decode_chain(c, n, 1, decode);
}

static uint64_t decode_loop(struct cid_case *c, uint64_t n)
{
	return c->id_last < 8 ? cid_decode_loop(c, n, 0, decode)
			      : cid_decode_loop(c, n, 1, decode);
}

static uint64_t encode_chain(struct cid_case *c, uint64_t n)
{
	return c->cid_last < 8 ? cid_encode_chain(c, n, 0, encode)
			       : cid_encode_chain(c, n, 1, encode);
}

static uint64_t encode_loop(struct cid_case *c, uint64_t n)
{
	return c->cid_last < 8 ? cid_encode_loop(c, n, 0, encode)
			       : cid_encode_loop(c, n, 1, encode);
}

const struct cid_op cid_ops_inline[] = {
	{ "decode, chain, inline", decode_chain, CID_SUM_ID_WORD,
	  CID_PORTABLE },
	{ "decode, loop, inline", decode_loop, CID_SUM_ID_WORD, CID_PORTABLE },
	{ "encode, chain, inline", encode_chain, CID_SUM_CID_WORD,
	  CID_PORTABLE },
	{ "encode, loop, inline", encode_loop, CID_SUM_CID_WORD, CID_PORTABLE },
	{ NULL, NULL, CID_SUM_NONE, 0 },
};

/* ---- references ------------------------------------------------------- */

/* A server ID of 3 bytes in clear, as a program of one page would read it. */
static uint64_t load_and_mask(struct cid_case *c, uint64_t n)
{
	const uint64_t zero = cid_zero;
	const uint64_t mask = c->cipher.record.server_id_mask[0];
	uint64_t i, at = 0, sum = 0;

	for (i = 0; i < n; i++) {
		uint64_t id;

		memcpy(&id, c->cids + CID_STRIDE * (i & (CID_N - 1)) + 1 + at,
		       sizeof(id));
		id &= mask;
		at = id & zero;
		sum += id;
	}
	return sum;
}

static uint64_t portable_encrypt(struct cid_case *c, uint64_t n)
{
	struct quiclb_block b = { { 1, cid_zero } };

	for (; n; n--)
		quiclb_h_encrypt(&c->cipher.record, &b);
	return b.w[0];
}

static uint64_t portable_decrypt(struct cid_case *c, uint64_t n)
{
	struct quiclb_block b = { { 1, cid_zero } };

	for (; n; n--)
		quiclb_h_decrypt(&c->cipher.record, &b);
	return b.w[0];
}

const struct cid_op cid_references[] = {
	{ "load and mask, chain", load_and_mask, CID_SUM_NONE, 0 },
	{ "encrypt 1 block, chain", portable_encrypt, CID_SUM_NONE,
	  CID_PORTABLE },
	{ "decrypt 1 block, chain", portable_decrypt, CID_SUM_NONE,
	  CID_PORTABLE },
	{ NULL, NULL, CID_SUM_NONE, 0 },
};
