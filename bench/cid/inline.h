/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chains and loops over the inline functions, for whichever AES they have.
 * Expanded with word constant, so that results stay in registers.
 */
#ifndef CID_INLINE_H
#define CID_INLINE_H

#include "cid.h"

typedef int cid_decode_fn(const struct cid_case *c, const uint8_t *cid,
			  struct quiclb_block *id);
typedef int cid_encode_fn(const struct cid_case *c,
			  const struct quiclb_words *plain,
			  struct quiclb_words *cid);

QUICLB_INLINE uint64_t cid_decode_chain(const struct cid_case *c, uint64_t n,
					int word, cid_decode_fn *decode)
{
	const uint64_t zero = cid_zero;
	uint64_t i, at = 0, sum = 0;

	for (i = 0; i < n; i++) {
		struct quiclb_block id = { { 0, 0 } };

		decode(c, c->cids + CID_STRIDE * (i & (CID_N - 1)) + at, &id);
		at = id.w[word] & zero;
		sum += id.w[word];
	}
	return sum;
}

QUICLB_INLINE uint64_t cid_decode_loop(const struct cid_case *c, uint64_t n,
				       int word, cid_decode_fn *decode)
{
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		struct quiclb_block id = { { 0, 0 } };

		decode(c, c->cids + CID_STRIDE * (i & (CID_N - 1)), &id);
		sum += id.w[word];
	}
	return sum;
}

/* All of the plaintext waits: some codecs begin with the server ID alone. */
QUICLB_INLINE uint64_t cid_encode_chain(const struct cid_case *c, uint64_t n,
					int word, cid_encode_fn *encode)
{
	const uint64_t zero = cid_zero;
	uint64_t i, last = 0, sum = 0;

	for (i = 0; i < n; i++) {
		struct quiclb_words plain = c->plains[i & (CID_N - 1)];
		struct quiclb_words cid = { { 0, 0, 0 } };

		plain.w[0] ^= last;
		plain.w[1] ^= last;
		encode(c, &plain, &cid);
		last = cid.w[word] & zero;
		sum += cid.w[word];
	}
	return sum;
}

QUICLB_INLINE uint64_t cid_encode_loop(const struct cid_case *c, uint64_t n,
				       int word, cid_encode_fn *encode)
{
	uint64_t i, sum = 0;

	for (i = 0; i < n; i++) {
		struct quiclb_words cid = { { 0, 0, 0 } };

		encode(c, &c->plains[i & (CID_N - 1)], &cid);
		sum += cid.w[word];
	}
	return sum;
}

#endif /* CID_INLINE_H */
