/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * mvfst-1: version 1 of the CIDs of mvfst, as Proxygen issues and Katran reads
 * them: two bits of version, which is the config rotation here | server ID, 16
 * bits in clear | six bits of rest | the rest as nonce; 8 bytes or more.
 */
#ifndef QUICLB_CODEC_MVFST_1_H
#define QUICLB_CODEC_MVFST_1_H

#include "common.h"

QUICLB_INLINE int quiclb_mvfst_1_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_layout_valid(rec, 2, 1);

	if (err)
		return err;
	if (rec->server_id_len != 2 || rec->min_cid_len < 8)
		return QUICLB_ERR_LAYOUT_LEN;
	return 0;
}

/*
 * The first three bytes, most significant first: version, server ID, rest.
 * The rest is what the first octet has as low bits elsewhere.
 */
QUICLB_INLINE int quiclb_mvfst_1_encode(const struct quiclb_record *rec,
					struct quiclb_work *work, int step)
{
	const quiclb_u64 id =
		(work->body.w[0] & 0xff) << 8 | (work->body.w[0] >> 8 & 0xff);
	const quiclb_u64 bits =
		(work->first & 0xc0) << 16 | id << 6 | (work->first & 0x3f);

	(void)rec;
	(void)step;
	work->body = quiclb_h_push(&work->body, 1);
	work->body.w[0] &= ~0xffffffULL;
	work->body.w[0] |=
		bits >> 16 | (bits >> 8 & 0xff) << 8 | (bits & 0xff) << 16;
	return QUICLB_STEP_DONE;
}

QUICLB_INLINE int quiclb_mvfst_1_decode(const struct quiclb_record *rec,
					struct quiclb_work *work, int step)
{
	const quiclb_u64 w = work->body.w[0];
	const quiclb_u64 id =
		(w & 0x3f) << 10 | (w >> 8 & 0xff) << 2 | (w >> 22 & 3);

	(void)rec;
	(void)step;
	quiclb_h_open(rec, work);
	work->body.w[0] &= ~0xffffULL;
	work->body.w[0] |= id >> 8 | (id & 0xff) << 8;
	return QUICLB_STEP_DONE;
}

#endif /* QUICLB_CODEC_MVFST_1_H */
