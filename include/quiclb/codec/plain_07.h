/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plain-07: first octet | server ID | server use, with two rotation bits.  The
 * server-use bytes that make one CID differ from the next are the nonce here;
 * -07 asks for one or more, its own examples also have none.  Spec: draft -04
 * to -08, plaintext CID algorithm.
 */
#ifndef QUICLB_CODEC_PLAIN_07_H
#define QUICLB_CODEC_PLAIN_07_H

#include "plain.h"

QUICLB_INLINE int quiclb_plain_07_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_rotation_valid(rec, QUICLB_BITS_2);

	if (err)
		return err;
	if (rec->server_id_len < 1 || rec->server_id_len > 16)
		return QUICLB_ERR_LAYOUT_LEN;
	if (rec->server_id_len + rec->nonce_len > QUICLB_BODY_MAX_BYTES)
		return QUICLB_ERR_SUM_LEN;
	return 0;
}

QUICLB_INLINE int quiclb_plain_07_encode(const struct quiclb_record *rec,
					 struct quiclb_work *work, int step)
{
	return quiclb_plain_encode(rec, work, step);
}

QUICLB_INLINE int quiclb_plain_07_decode(const struct quiclb_record *rec,
					 struct quiclb_work *work, int step)
{
	return quiclb_plain_decode(rec, work, step);
}

#endif /* QUICLB_CODEC_PLAIN_07_H */
