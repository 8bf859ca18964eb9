/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * mvfst-2: version 2 of the CIDs of mvfst, as Proxygen issues and Katran reads
 * them: two bits of version, which is the config rotation here, six bits of
 * rest | server ID, 3 bytes in clear | the rest as nonce; 8 bytes or more.
 */
#ifndef QUICLB_CODEC_MVFST_2_H
#define QUICLB_CODEC_MVFST_2_H

#include "plain.h"

QUICLB_INLINE int quiclb_mvfst_2_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_layout_valid(rec, 2, 2);

	if (err)
		return err;
	if (rec->server_id_len != 3 || rec->min_cid_len < 8)
		return QUICLB_ERR_LAYOUT_LEN;
	return 0;
}

QUICLB_INLINE int quiclb_mvfst_2_encode(const struct quiclb_record *rec,
					struct quiclb_work *work, int step)
{
	return quiclb_plain_encode(rec, work, step);
}

QUICLB_INLINE int quiclb_mvfst_2_decode(const struct quiclb_record *rec,
					struct quiclb_work *work, int step)
{
	return quiclb_plain_decode(rec, work, step);
}

#endif /* QUICLB_CODEC_MVFST_2_H */
