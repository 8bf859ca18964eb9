/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * stream-07: first octet | encrypted nonce | encrypted server ID | server use,
 * with two rotation bits.  Three passes, each XORs one field with the AES of
 * the other, padded with zeros: server ID by nonce, nonce by the result,
 * server ID again.  Nonce 4..16 bytes (8..16 before -08).  Spec: draft -04 to
 * -08, stream cipher CID algorithm.
 */
#ifndef QUICLB_CODEC_STREAM_07_H
#define QUICLB_CODEC_STREAM_07_H

#include "common.h"

QUICLB_INLINE int quiclb_stream_07_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_draft_valid(rec, QUICLB_BITS_2);

	if (err)
		return err;
	return rec->nonce_len > QUICLB_BLOCK_BYTES ? QUICLB_ERR_LAYOUT_LEN : 0;
}

/* The first nonce_len bytes of a block, zeros behind. */
QUICLB_INLINE struct quiclb_block
quiclb_h_stream_07_nonce(const struct quiclb_record *rec,
			 const struct quiclb_words *x)
{
	const struct quiclb_words ones = { { ~0ULL, ~0ULL, ~0ULL } };
	const struct quiclb_words behind = quiclb_h_push(&ones, rec->nonce_len);
	const struct quiclb_block b = { { x->w[0] & ~behind.w[0],
					  x->w[1] & ~behind.w[1] } };

	return b;
}

/* Of the two fields, left is the nonce and right the server ID. */
QUICLB_INLINE void
quiclb_h_stream_07_mix_server_id(const struct quiclb_record *rec,
				 struct quiclb_work *work)
{
	work->right.w[0] ^= work->block.w[0] & rec->server_id_mask[0];
	work->right.w[1] ^= work->block.w[1] & rec->server_id_mask[1];
}

QUICLB_INLINE void quiclb_h_stream_07_mix_nonce(const struct quiclb_record *rec,
						struct quiclb_work *work)
{
	const struct quiclb_words x = quiclb_h_words(&work->block);
	const struct quiclb_block b = quiclb_h_stream_07_nonce(rec, &x);

	work->left.w[0] ^= b.w[0];
	work->left.w[1] ^= b.w[1];
}

/* The passes are the same both ways; only the order of the fields differs. */
QUICLB_INLINE int quiclb_h_stream_07_pass(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step)
{
	if (step == 2)
		quiclb_h_stream_07_mix_nonce(rec, work);
	else if (step)
		quiclb_h_stream_07_mix_server_id(rec, work);
	if (step == 3)
		return QUICLB_STEP_DONE;
	work->block = step == 1 ? work->right : work->left;
	return QUICLB_STEP_ENCRYPT;
}

QUICLB_INLINE int quiclb_stream_07_encode(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step)
{
	struct quiclb_words x;
	int what;

	if (step == 0) {
		x = quiclb_h_drop(&work->body, rec->server_id_len);
		work->left = quiclb_h_stream_07_nonce(rec, &x);
		work->right.w[0] = work->body.w[0] & rec->server_id_mask[0];
		work->right.w[1] = work->body.w[1] & rec->server_id_mask[1];
	}
	what = quiclb_h_stream_07_pass(rec, work, step);
	if (what == QUICLB_STEP_DONE) {
		x = quiclb_h_words(&work->right);
		work->body = quiclb_h_push(&x, rec->nonce_len);
		work->body.w[0] |= work->left.w[0];
		work->body.w[1] |= work->left.w[1];
		quiclb_h_close(work);
	}
	return what;
}

QUICLB_INLINE int quiclb_stream_07_decode(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step)
{
	struct quiclb_words x;
	int what;

	if (step == 0) {
		quiclb_h_open(rec, work);
		x = quiclb_h_drop(&work->body, rec->nonce_len);
		work->left = quiclb_h_stream_07_nonce(rec, &work->body);
		work->right.w[0] = x.w[0] & rec->server_id_mask[0];
		work->right.w[1] = x.w[1] & rec->server_id_mask[1];
	}
	what = quiclb_h_stream_07_pass(rec, work, step);
	if (what == QUICLB_STEP_DONE) {
		x = quiclb_h_words(&work->left);
		work->body = quiclb_h_push(&x, rec->server_id_len);
		work->body.w[0] |= work->right.w[0];
		work->body.w[1] |= work->right.w[1];
	}
	return what;
}

#endif /* QUICLB_CODEC_STREAM_07_H */
