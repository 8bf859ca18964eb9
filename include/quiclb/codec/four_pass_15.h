/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * four-pass-15: four-pass as drafts -15 to -18 have it, with two rotation bits
 * to -16 and three from -17.  The AES input of a pass is n | pass | half |
 * zeros.
 */
#ifndef QUICLB_CODEC_FOUR_PASS_15_H
#define QUICLB_CODEC_FOUR_PASS_15_H

#include "feistel.h"

QUICLB_INLINE int quiclb_four_pass_15_valid(const struct quiclb_record *rec)
{
	return quiclb_h_feistel_valid(rec, QUICLB_BITS_3 | QUICLB_BITS_2);
}

QUICLB_INLINE struct quiclb_block
quiclb_h_four_pass_15_expand(const struct quiclb_record *rec,
			     const struct quiclb_block *half, int pass)
{
	const struct quiclb_words x = quiclb_h_words(half);
	const struct quiclb_words moved = quiclb_h_push(&x, 2);
	struct quiclb_block b = quiclb_h_block(&moved);

	b.w[0] |= (quiclb_u64)rec->body_len | (quiclb_u64)pass << 8;
	return b;
}

QUICLB_INLINE int quiclb_four_pass_15_encode(const struct quiclb_record *rec,
					     struct quiclb_work *work, int step)
{
	const int what = quiclb_h_feistel_encode(rec, work, step,
						 quiclb_h_four_pass_15_expand,
						 quiclb_h_pick_first);

	if (what == QUICLB_STEP_DONE)
		quiclb_h_close(work);
	return what;
}

QUICLB_INLINE int quiclb_four_pass_15_decode(const struct quiclb_record *rec,
					     struct quiclb_work *work, int step)
{
	if (step == 0)
		quiclb_h_open(rec, work);
	return quiclb_h_feistel_decode(rec, work, step,
				       quiclb_h_four_pass_15_expand,
				       quiclb_h_pick_first);
}

#endif /* QUICLB_CODEC_FOUR_PASS_15_H */
