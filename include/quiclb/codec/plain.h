/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plain: first octet | server ID | nonce | server use.  Nothing is hidden and
 * nothing is authenticated.  Spec: draft, plaintext CID algorithm; the same
 * since -12, then with two rotation bits.
 */
#ifndef QUICLB_CODEC_PLAIN_H
#define QUICLB_CODEC_PLAIN_H

#include "common.h"

QUICLB_INLINE int quiclb_plain_valid(const struct quiclb_record *rec)
{
	return quiclb_h_draft_valid(rec, QUICLB_BITS_3 | QUICLB_BITS_2);
}

QUICLB_INLINE int quiclb_plain_encode(const struct quiclb_record *rec,
				      struct quiclb_work *work, int step)
{
	(void)rec;
	(void)step;
	quiclb_h_close(work);
	return QUICLB_STEP_DONE;
}

QUICLB_INLINE int quiclb_plain_decode(const struct quiclb_record *rec,
				      struct quiclb_work *work, int step)
{
	(void)rec;
	(void)step;
	quiclb_h_open(rec, work);
	return QUICLB_STEP_DONE;
}

#endif /* QUICLB_CODEC_PLAIN_H */
