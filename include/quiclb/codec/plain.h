/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plain: first octet | server ID | nonce | server use.  Nothing is hidden and
 * nothing is authenticated.  Spec: draft, plaintext CID algorithm.
 */
#ifndef QUICLB_CODEC_PLAIN_H
#define QUICLB_CODEC_PLAIN_H

#include "common.h"

QUICLB_INLINE int quiclb_plain_valid(quiclb_u8 server_id_len,
				     quiclb_u8 nonce_len)
{
	return quiclb_h_lengths_valid(server_id_len, nonce_len);
}

QUICLB_INLINE void quiclb_plain_encode(const struct quiclb_record *rec,
				       const struct quiclb_words *plain,
				       struct quiclb_words *cid,
				       quiclb_block_fn *encrypt)
{
	(void)rec;
	(void)encrypt;
	*cid = quiclb_h_push(plain, 1);
}

QUICLB_INLINE void quiclb_plain_decode(const struct quiclb_record *rec,
				       const struct quiclb_words *cid,
				       struct quiclb_block *server_id,
				       quiclb_block_fn *encrypt,
				       quiclb_block_fn *decrypt)
{
	const struct quiclb_words body = quiclb_h_drop(cid, 1);

	(void)encrypt;
	(void)decrypt;
	quiclb_h_server_id(rec, &body, server_id);
}

#endif /* QUICLB_CODEC_PLAIN_H */
