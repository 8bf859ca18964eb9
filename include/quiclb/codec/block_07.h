/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * block-07: first octet | AES-128-ECB(server ID | 16 - server ID length bytes)
 * | up to 3 clear bytes, with two rotation bits.  The bytes that fill the block
 * are the nonce.  Spec: draft -04 to -08, block cipher CID algorithm.
 */
#ifndef QUICLB_CODEC_BLOCK_07_H
#define QUICLB_CODEC_BLOCK_07_H

#include "single_pass.h"

QUICLB_INLINE int quiclb_block_07_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_rotation_valid(rec, QUICLB_BITS_2);

	if (err)
		return err;
	if (rec->server_id_len < QUICLB_SERVER_ID_MIN_BYTES ||
	    rec->server_id_len > QUICLB_SERVER_ID_MAX_BYTES ||
	    rec->server_id_len + rec->nonce_len != QUICLB_BLOCK_BYTES)
		return QUICLB_ERR_LAYOUT_LEN;
	return 0;
}

QUICLB_INLINE int quiclb_block_07_encode(const struct quiclb_record *rec,
					 struct quiclb_work *work, int step)
{
	return quiclb_single_pass_encode(rec, work, step);
}

QUICLB_INLINE int quiclb_block_07_decode(const struct quiclb_record *rec,
					 struct quiclb_work *work, int step)
{
	return quiclb_single_pass_decode(rec, work, step);
}

#endif /* QUICLB_CODEC_BLOCK_07_H */
