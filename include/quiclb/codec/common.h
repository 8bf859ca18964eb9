/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the codecs share: the length rule of the draft, the block cipher's
 * type, and moving whole bytes within 24-byte integers.  Nothing here knows a
 * packet.
 */
#ifndef QUICLB_CODEC_COMMON_H
#define QUICLB_CODEC_COMMON_H

#include "../wire.h"

/*
 * One AES-128 block in place, under the key of a record.  Passed as a constant
 * argument to always-inline functions only: BPF has no indirect call.
 */
typedef void quiclb_block_fn(const struct quiclb_record *rec,
			     struct quiclb_block *block);

/* Draft, server ID and nonce: 1..15 and 4..18 bytes, 19 together. */
QUICLB_INLINE int quiclb_h_lengths_valid(quiclb_u8 server_id_len,
					 quiclb_u8 nonce_len)
{
	if (server_id_len < QUICLB_SERVER_ID_MIN_BYTES ||
	    server_id_len > QUICLB_SERVER_ID_MAX_BYTES)
		return QUICLB_ERR_SERVER_ID_LEN;
	if (nonce_len < QUICLB_NONCE_MIN_BYTES ||
	    nonce_len > QUICLB_NONCE_MAX_BYTES)
		return QUICLB_ERR_NONCE_LEN;
	if (server_id_len + nonce_len > QUICLB_BODY_MAX_BYTES)
		return QUICLB_ERR_SUM_LEN;
	return 0;
}

/*
 * Bytes len.. of x as bytes 0..; len in bytes, 0..15.  The length comes from
 * the config, so nothing here depends on a secret; it is branch-free to keep
 * the verifier on one path.
 */
QUICLB_INLINE struct quiclb_words quiclb_h_drop(const struct quiclb_words *x,
						int len)
{
	const quiclb_u64 whole = 0 - (quiclb_u64)(len >> 3 & 1);
	const int s = 8 * (len & 7);
	const quiclb_u64 a = (x->w[0] & ~whole) | (x->w[1] & whole);
	const quiclb_u64 b = (x->w[1] & ~whole) | (x->w[2] & whole);
	const quiclb_u64 c = x->w[2] & ~whole;
	struct quiclb_words r;

	/* b << 1 << (63 - s) is b << (64 - s), also when s is 0 */
	r.w[0] = a >> s | b << 1 << (63 - s);
	r.w[1] = b >> s | c << 1 << (63 - s);
	r.w[2] = c >> s;
	return r;
}

/* Bytes 0.. of x as bytes len..; len in bytes, 0..15; what overflows is lost */
QUICLB_INLINE struct quiclb_words quiclb_h_push(const struct quiclb_words *x,
						int len)
{
	const quiclb_u64 whole = 0 - (quiclb_u64)(len >> 3 & 1);
	const int s = 8 * (len & 7);
	const quiclb_u64 a = x->w[0] & ~whole;
	const quiclb_u64 b = (x->w[1] & ~whole) | (x->w[0] & whole);
	const quiclb_u64 c = (x->w[2] & ~whole) | (x->w[1] & whole);
	struct quiclb_words r;

	r.w[0] = a << s;
	r.w[1] = b << s | a >> 1 >> (63 - s);
	r.w[2] = c << s | b >> 1 >> (63 - s);
	return r;
}

/* The first server_id_len bytes of x: the server ID, everything else zero. */
QUICLB_INLINE void quiclb_h_server_id(const struct quiclb_record *rec,
				      const struct quiclb_words *x,
				      struct quiclb_block *server_id)
{
	server_id->w[0] = x->w[0] & rec->server_id_mask[0];
	server_id->w[1] = x->w[1] & rec->server_id_mask[1];
}

#endif /* QUICLB_CODEC_COMMON_H */
