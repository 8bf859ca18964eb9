/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * four-pass-14: four-pass as draft -14 has it, with two rotation bits.  The AES
 * input of a pass is half | zeros | pass (byte 14) | n + 1 (byte 15) from the
 * left, and n + 1 | pass | zeros | half from the right.
 */
#ifndef QUICLB_CODEC_FOUR_PASS_14_H
#define QUICLB_CODEC_FOUR_PASS_14_H

#include "feistel.h"

QUICLB_INLINE int quiclb_four_pass_14_valid(const struct quiclb_record *rec)
{
	return quiclb_h_feistel_valid(rec, QUICLB_BITS_2);
}

QUICLB_INLINE struct quiclb_block
quiclb_h_four_pass_14_expand(const struct quiclb_record *rec,
			     const struct quiclb_block *half, int pass)
{
	struct quiclb_block b = *half;

	if (pass & 1) {
		b.w[1] |= (quiclb_u64)pass << 48 |
			  (quiclb_u64)(rec->body_len + 1) << 56;
	} else {
		b = quiclb_h_at_the_end(rec, half);
		b.w[0] |= (quiclb_u64)(rec->body_len + 1) | (quiclb_u64)pass
								    << 8;
	}
	return b;
}

QUICLB_INLINE int quiclb_four_pass_14_encode(const struct quiclb_record *rec,
					     struct quiclb_work *work, int step)
{
	const int what = quiclb_h_feistel_encode(rec, work, step,
						 quiclb_h_four_pass_14_expand,
						 quiclb_h_pick_by_side);

	if (what == QUICLB_STEP_DONE)
		quiclb_h_close(work);
	return what;
}

QUICLB_INLINE int quiclb_four_pass_14_decode(const struct quiclb_record *rec,
					     struct quiclb_work *work, int step)
{
	if (step == 0)
		quiclb_h_open(rec, work);
	return quiclb_h_feistel_decode(rec, work, step,
				       quiclb_h_four_pass_14_expand,
				       quiclb_h_pick_by_side);
}

#endif /* QUICLB_CODEC_FOUR_PASS_14_H */
