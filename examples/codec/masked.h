/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * masked: first octet | nonce | server ID ^ AES(nonce) | server use.  An
 * example of a codec from elsewhere: the nonce stands in clear, padded with
 * zeros it is the AES input, and as many bytes of the output as the server ID
 * has hide that.  One block, any lengths, either direction.
 *
 * Weaker than the draft's codecs: whoever flips a bit of the CID flips that
 * bit of the server ID, and the nonce shows its own pattern.
 */
#ifndef QUICLB_CODEC_MASKED_H
#define QUICLB_CODEC_MASKED_H

#include <quiclb/codec/common.h>

QUICLB_INLINE int quiclb_masked_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_draft_valid(rec, QUICLB_BITS_3);

	if (err)
		return err;
	/* the nonce must fit the block */
	return rec->nonce_len > QUICLB_BLOCK_BYTES ? QUICLB_ERR_LAYOUT_LEN : 0;
}

/* The nonce as a block, from a body that begins with it. */
QUICLB_INLINE struct quiclb_block
quiclb_h_masked_input(const struct quiclb_record *rec,
		      const struct quiclb_words *body)
{
	const struct quiclb_words ones = { { ~0ULL, ~0ULL, ~0ULL } };
	const struct quiclb_words behind = quiclb_h_push(&ones, rec->nonce_len);
	const struct quiclb_block nonce = { { body->w[0] & ~behind.w[0],
					      body->w[1] & ~behind.w[1] } };

	return nonce;
}

QUICLB_INLINE int quiclb_masked_encode(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	struct quiclb_words x;

	if (step == 0) {
		x = quiclb_h_drop(&work->body, rec->server_id_len);
		work->left = work->block = quiclb_h_masked_input(rec, &x);
		return QUICLB_STEP_ENCRYPT;
	}
	x.w[0] = (work->body.w[0] ^ work->block.w[0]) & rec->server_id_mask[0];
	x.w[1] = (work->body.w[1] ^ work->block.w[1]) & rec->server_id_mask[1];
	x.w[2] = 0;
	work->body = quiclb_h_push(&x, rec->nonce_len);
	work->body.w[0] |= work->left.w[0];
	work->body.w[1] |= work->left.w[1];
	quiclb_h_close(work);
	return QUICLB_STEP_DONE;
}

QUICLB_INLINE int quiclb_masked_decode(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	struct quiclb_words x, nonce;

	if (step == 0) {
		quiclb_h_open(rec, work);
		work->left = work->block =
			quiclb_h_masked_input(rec, &work->body);
		return QUICLB_STEP_ENCRYPT;
	}
	x = quiclb_h_drop(&work->body, rec->nonce_len);
	nonce = quiclb_h_words(&work->left);
	work->body = quiclb_h_push(&nonce, rec->server_id_len);
	work->body.w[0] |= (x.w[0] ^ work->block.w[0]) & rec->server_id_mask[0];
	work->body.w[1] |= (x.w[1] ^ work->block.w[1]) & rec->server_id_mask[1];
	return QUICLB_STEP_DONE;
}

#endif /* QUICLB_CODEC_MASKED_H */
