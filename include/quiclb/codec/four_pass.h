/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * four-pass: first octet | four AES passes over server ID and nonce, for every
 * length but 16 | server use.  The AES input of a pass is half | zeros | n
 * (byte 14) | pass (byte 15).  Spec: draft from -19 on, four-pass encryption.
 */
#ifndef QUICLB_CODEC_FOUR_PASS_H
#define QUICLB_CODEC_FOUR_PASS_H

#include "feistel.h"

QUICLB_INLINE int quiclb_four_pass_valid(const struct quiclb_record *rec)
{
	return quiclb_h_feistel_valid(rec, QUICLB_BITS_3);
}

QUICLB_INLINE struct quiclb_block
quiclb_h_four_pass_expand(const struct quiclb_record *rec,
			  const struct quiclb_block *half, int pass)
{
	const struct quiclb_block end = {
		{ 0, (quiclb_u64)rec->body_len << 48 | (quiclb_u64)pass << 56 }
	};

	/* they share no bits; XORs the compiler may put in any order */
	return quiclb_h_xor(half, &end);
}

/* The permutation by itself, n bytes to n bytes. */
QUICLB_INLINE int quiclb_h_four_pass_permute(const struct quiclb_record *rec,
					     struct quiclb_work *work, int step)
{
	return quiclb_h_feistel_encode(rec, work, step,
				       quiclb_h_four_pass_expand,
				       quiclb_h_pick_first);
}

QUICLB_INLINE int quiclb_four_pass_encode(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step)
{
	const int what = quiclb_h_four_pass_permute(rec, work, step);

	if (what == QUICLB_STEP_DONE)
		quiclb_h_close(work);
	return what;
}

QUICLB_INLINE int quiclb_four_pass_decode(const struct quiclb_record *rec,
					  struct quiclb_work *work, int step)
{
	if (step == 0)
		quiclb_h_open(rec, work);
	return quiclb_h_feistel_decode(rec, work, step,
				       quiclb_h_four_pass_expand,
				       quiclb_h_pick_first);
}

#endif /* QUICLB_CODEC_FOUR_PASS_H */
