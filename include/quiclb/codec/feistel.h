/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The Feistel network that all drafts' four-pass encryptions have in common:
 * four AES passes over the n bytes of server ID and nonce.  They differ in the
 * AES input of a pass and in the bytes taken from its output; both are
 * functions of the codec.
 *
 * The halves have h = ceil(n / 2) bytes.  For odd n the middle byte is split:
 * its high nibble ends the left half, its low nibble begins the right half,
 * and left_mask and right_mask say so.  Pass 1 and 3 change the right half by
 * the left one, pass 2 and 4 the left half by the right one.
 */
#ifndef QUICLB_CODEC_FEISTEL_H
#define QUICLB_CODEC_FEISTEL_H

#include "common.h"

/* The AES input of a pass from the half that it reads. */
typedef struct quiclb_block quiclb_expand_fn(const struct quiclb_record *rec,
					     const struct quiclb_block *half,
					     int pass);

/* The bytes of an AES output that change the other half; masked later. */
typedef struct quiclb_block quiclb_pick_fn(const struct quiclb_record *rec,
					   const struct quiclb_block *block,
					   int pass);

QUICLB_INLINE int quiclb_h_feistel_valid(const struct quiclb_record *rec,
					 unsigned int bits_allowed)
{
	const int err = quiclb_h_draft_valid(rec, bits_allowed);

	if (err)
		return err;
	if (rec->server_id_len + rec->nonce_len == QUICLB_BLOCK_BYTES)
		return QUICLB_ERR_FOUR_PASS_LEN;
	return 0;
}

/*
 * The same number, in a register for integers.  gcc 12 sees that a half is soon
 * wanted as a vector and loads it as one, to take it back for the shifts that
 * come first: AES would wait for both ways, 7 cycles.  Not for clang, whose
 * MemorySanitizer takes assembly for a use of what it is given.
 */
QUICLB_INLINE quiclb_u64 quiclb_h_integer(quiclb_u64 x)
{
#if defined(QUICLB_VECTORS) && defined(__x86_64__) && !defined(__clang__)
	__asm__("" : "+r"(x));
#endif
	return x;
}

QUICLB_INLINE void quiclb_h_feistel_split(const struct quiclb_record *rec,
					  struct quiclb_work *work)
{
	struct quiclb_words right = work->body;

	right.w[0] = quiclb_h_integer(right.w[0]);
	right.w[1] = quiclb_h_integer(right.w[1]);
	right = quiclb_h_drop(&right, rec->right_offset);
	work->left.w[0] = work->body.w[0] & rec->left_mask[0];
	work->left.w[1] = work->body.w[1] & rec->left_mask[1];
	work->right.w[0] = right.w[0] & rec->right_mask[0];
	work->right.w[1] = right.w[1] & rec->right_mask[1];
}

QUICLB_INLINE void quiclb_h_feistel_join(const struct quiclb_record *rec,
					 struct quiclb_work *work)
{
	const struct quiclb_words right = quiclb_h_words(&work->right);

	work->body = quiclb_h_push(&right, rec->right_offset);
	work->body.w[0] |= work->left.w[0];
	work->body.w[1] |= work->left.w[1];
}

/* Changes the half that a pass writes by what AES gave. */
QUICLB_INLINE void quiclb_h_feistel_mix(const struct quiclb_record *rec,
					struct quiclb_work *work, int pass,
					quiclb_pick_fn *pick)
{
	const struct quiclb_block x = pick(rec, &work->block, pass);

	if (pass & 1)
		work->right = quiclb_h_mix(&work->right, &x, rec->right_mask);
	else
		work->left = quiclb_h_mix(&work->left, &x, rec->left_mask);
}

/* Plaintext to ciphertext, both without the first octet. */
QUICLB_INLINE int quiclb_h_feistel_encode(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step,
					  quiclb_expand_fn *expand,
					  quiclb_pick_fn *pick)
{
	const int pass = step + 1;

	if (step == 0)
		quiclb_h_feistel_split(rec, work);
	else
		quiclb_h_feistel_mix(rec, work, pass - 1, pick);
	if (step == 4) {
		quiclb_h_feistel_join(rec, work);
		return QUICLB_STEP_DONE;
	}
	work->block = expand(rec, pass & 1 ? &work->left : &work->right, pass);
	return QUICLB_STEP_ENCRYPT;
}

/* Back again; a Feistel network runs backwards on encryption. */
QUICLB_INLINE int quiclb_h_feistel_decode(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step,
					  quiclb_expand_fn *expand,
					  quiclb_pick_fn *pick)
{
	const int pass = 4 - step;

	if (step == 0)
		quiclb_h_feistel_split(rec, work);
	else
		quiclb_h_feistel_mix(rec, work, pass + 1, pick);
	/* a server ID no longer than the nonce lies in the left half alone */
	if (step == 3 && !rec->first_pass) {
		work->body = quiclb_h_words(&work->left);
		return QUICLB_STEP_DONE;
	}
	if (step == 4) {
		quiclb_h_feistel_join(rec, work);
		return QUICLB_STEP_DONE;
	}
	work->block = expand(rec, pass & 1 ? &work->left : &work->right, pass);
	return QUICLB_STEP_ENCRYPT;
}

/* The first bytes of the output: what most drafts take. */
QUICLB_INLINE struct quiclb_block
quiclb_h_pick_first(const struct quiclb_record *rec,
		    const struct quiclb_block *block, int pass)
{
	(void)rec;
	(void)pass;
	return *block;
}

/*
 * -12 to -14: passes that read the left half take the last h bytes, the
 * others the first h.
 */
QUICLB_INLINE struct quiclb_block
quiclb_h_pick_by_side(const struct quiclb_record *rec,
		      const struct quiclb_block *block, int pass)
{
	const struct quiclb_words all = quiclb_h_words(block);
	const struct quiclb_words last =
		quiclb_h_drop(&all, QUICLB_BLOCK_BYTES - rec->half_len);

	return pass & 1 ? quiclb_h_block(&last) : *block;
}

/* -12 to -14: the right half stands at the end of the AES input. */
QUICLB_INLINE struct quiclb_block
quiclb_h_at_the_end(const struct quiclb_record *rec,
		    const struct quiclb_block *half)
{
	const struct quiclb_words x = quiclb_h_words(half);
	const struct quiclb_words end =
		quiclb_h_push(&x, QUICLB_BLOCK_BYTES - rec->half_len);

	return quiclb_h_block(&end);
}

#endif /* QUICLB_CODEC_FEISTEL_H */
