/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The textbook, turned as the library's calls are.
 */
#include "cid.h"

static uint64_t decode_chain(struct cid_case *c, uint64_t n)
{
	const uint64_t zero = cid_zero;
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES] = { 0 };
	uint64_t i, at = 0, sum = 0;

	for (i = 0; i < n; i++) {
		textbook_decode(&c->book,
				c->cids + CID_STRIDE * (i & (CID_N - 1)) + at,
				id);
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
		textbook_decode(&c->book,
				c->cids + CID_STRIDE * (i & (CID_N - 1)), id);
		sum += id[c->id_last];
	}
	return sum;
}

static uint64_t decode_all_loop(struct cid_case *c, uint64_t n)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		textbook_decode_all(
			&c->book, c->cids + CID_STRIDE * (i & (CID_N - 1)), id);
		sum += id[c->id_last];
	}
	return sum;
}

static uint64_t encode_chain(struct cid_case *c, uint64_t n)
{
	const uint64_t zero = cid_zero;
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	uint64_t i, at = 0, sum = 0;

	for (i = 0; i < n; i++) {
		textbook_encode(&c->book,
				c->nonces + CID_STRIDE * (i & (CID_N - 1)) + at,
				cid);
		at = cid[c->cid_last] & zero;
		sum += cid[c->cid_last];
	}
	return sum;
}

static uint64_t encode_loop(struct cid_case *c, uint64_t n)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		textbook_encode(&c->book,
				c->nonces + CID_STRIDE * (i & (CID_N - 1)),
				cid);
		sum += cid[c->cid_last];
	}
	return sum;
}

static uint64_t next_loop(struct cid_case *c, uint64_t n)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { 0 };
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		textbook_next(&c->book, cid);
		sum += cid[c->cid_last];
	}
	return sum;
}

const struct cid_op cid_ops_textbook[] = {
	{ "decode, chain, EVP", decode_chain, CID_SUM_ID_BYTE, CID_FOR_BOOK },
	{ "decode, loop, EVP", decode_loop, CID_SUM_ID_BYTE, CID_FOR_BOOK },
	{ "decode, loop, EVP, 4 passes", decode_all_loop, CID_SUM_ID_BYTE,
	  CID_FOR_BOOK | CID_FOR_3_PASS },
	{ "encode, chain, EVP", encode_chain, CID_SUM_CID_BYTE, CID_FOR_BOOK },
	{ "encode, loop, EVP", encode_loop, CID_SUM_CID_BYTE, CID_FOR_BOOK },
	{ "next, loop, EVP, random nonce", next_loop, CID_SUM_NONE,
	  CID_FOR_BOOK },
	{ NULL, NULL, CID_SUM_NONE, 0 },
};
