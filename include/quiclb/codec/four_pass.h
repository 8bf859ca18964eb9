/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * four-pass: a Feistel network of four AES passes over the n bytes of server
 * ID and nonce, for every n but 16.  Spec: draft, four-pass encryption.
 *
 * The halves have h = ceil(n / 2) bytes.  For odd n the middle byte is split:
 * its high nibble ends the left half, its low nibble begins the right half,
 * and left_mask and right_mask say so.  The AES input of a pass is
 * half | zeros | n (byte 14) | pass (byte 15); the first h bytes of its output
 * change the other half.
 */
#ifndef QUICLB_CODEC_FOUR_PASS_H
#define QUICLB_CODEC_FOUR_PASS_H

#include "common.h"

QUICLB_INLINE int quiclb_four_pass_valid(quiclb_u8 server_id_len,
					 quiclb_u8 nonce_len)
{
	const int err = quiclb_h_lengths_valid(server_id_len, nonce_len);

	if (err)
		return err;
	if (server_id_len + nonce_len == QUICLB_BLOCK_BYTES)
		return QUICLB_ERR_FOUR_PASS_LEN;
	return 0;
}

/* to ^= first bytes of AES(expand(from, pass)), within the mask of to */
QUICLB_INLINE void quiclb_h_four_pass_one(const struct quiclb_record *rec,
					  struct quiclb_words *to,
					  const struct quiclb_words *from,
					  int pass, quiclb_block_fn *encrypt)
{
	const quiclb_u64 *const mask =
		pass & 1 ? rec->right_mask : rec->left_mask;
	struct quiclb_block b;

	b.w[0] = from->w[0];
	b.w[1] = from->w[1] | (quiclb_u64)rec->body_len << 48 |
		 (quiclb_u64)pass << 56;
	encrypt(rec, &b);
	to->w[0] ^= b.w[0] & mask[0];
	to->w[1] ^= b.w[1] & mask[1];
}

QUICLB_INLINE void quiclb_h_four_pass_split(const struct quiclb_record *rec,
					    const struct quiclb_words *body,
					    struct quiclb_words *left,
					    struct quiclb_words *right)
{
	*right = quiclb_h_drop(body, rec->right_offset);
	right->w[0] &= rec->right_mask[0];
	right->w[1] &= rec->right_mask[1];
	right->w[2] = 0;
	left->w[0] = body->w[0] & rec->left_mask[0];
	left->w[1] = body->w[1] & rec->left_mask[1];
	left->w[2] = 0;
}

QUICLB_INLINE struct quiclb_words
quiclb_h_four_pass_join(const struct quiclb_record *rec,
			const struct quiclb_words *left,
			const struct quiclb_words *right)
{
	struct quiclb_words body = quiclb_h_push(right, rec->right_offset);

	body.w[0] |= left->w[0];
	body.w[1] |= left->w[1];
	return body;
}

/* The permutation by itself, n bytes to n bytes. */
QUICLB_INLINE struct quiclb_words
quiclb_h_four_pass(const struct quiclb_record *rec,
		   const struct quiclb_words *plain, quiclb_block_fn *encrypt)
{
	struct quiclb_words left, right;

	quiclb_h_four_pass_split(rec, plain, &left, &right);
	quiclb_h_four_pass_one(rec, &right, &left, 1, encrypt);
	quiclb_h_four_pass_one(rec, &left, &right, 2, encrypt);
	quiclb_h_four_pass_one(rec, &right, &left, 3, encrypt);
	quiclb_h_four_pass_one(rec, &left, &right, 4, encrypt);
	return quiclb_h_four_pass_join(rec, &left, &right);
}

QUICLB_INLINE void quiclb_four_pass_encode(const struct quiclb_record *rec,
					   const struct quiclb_words *plain,
					   struct quiclb_words *cid,
					   quiclb_block_fn *encrypt)
{
	const struct quiclb_words body =
		quiclb_h_four_pass(rec, plain, encrypt);

	*cid = quiclb_h_push(&body, 1);
}

QUICLB_INLINE void quiclb_four_pass_decode(const struct quiclb_record *rec,
					   const struct quiclb_words *cid,
					   struct quiclb_block *server_id,
					   quiclb_block_fn *encrypt,
					   quiclb_block_fn *decrypt)
{
	struct quiclb_words body = quiclb_h_drop(cid, 1);
	struct quiclb_words left, right;

	(void)decrypt; /* a Feistel network runs backwards on encryption */
	quiclb_h_four_pass_split(rec, &body, &left, &right);
	quiclb_h_four_pass_one(rec, &left, &right, 4, encrypt);
	quiclb_h_four_pass_one(rec, &right, &left, 3, encrypt);
	quiclb_h_four_pass_one(rec, &left, &right, 2, encrypt);
	/* a server ID no longer than the nonce lies in the left half alone */
	if (rec->first_pass)
		quiclb_h_four_pass_one(rec, &right, &left, 1, encrypt);
	body = quiclb_h_four_pass_join(rec, &left, &right);
	quiclb_h_server_id(rec, &body, server_id);
}

#endif /* QUICLB_CODEC_FOUR_PASS_H */
