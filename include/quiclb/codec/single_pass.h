/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * single-pass: first octet | AES-128-ECB(server ID | nonce) | server use.
 * Server ID and nonce fill exactly one block.  Spec: draft, single-pass
 * encryption.
 */
#ifndef QUICLB_CODEC_SINGLE_PASS_H
#define QUICLB_CODEC_SINGLE_PASS_H

#include "common.h"

QUICLB_INLINE int quiclb_single_pass_valid(quiclb_u8 server_id_len,
					   quiclb_u8 nonce_len)
{
	const int err = quiclb_h_lengths_valid(server_id_len, nonce_len);

	if (err)
		return err;
	if (server_id_len + nonce_len != QUICLB_BLOCK_BYTES)
		return QUICLB_ERR_SINGLE_PASS_LEN;
	return 0;
}

QUICLB_INLINE void quiclb_single_pass_encode(const struct quiclb_record *rec,
					     const struct quiclb_words *plain,
					     struct quiclb_words *cid,
					     quiclb_block_fn *encrypt)
{
	struct quiclb_block b = { { plain->w[0], plain->w[1] } };
	struct quiclb_words body;

	encrypt(rec, &b);
	body.w[0] = b.w[0];
	body.w[1] = b.w[1];
	body.w[2] = 0;
	*cid = quiclb_h_push(&body, 1);
}

QUICLB_INLINE void quiclb_single_pass_decode(const struct quiclb_record *rec,
					     const struct quiclb_words *cid,
					     struct quiclb_block *server_id,
					     quiclb_block_fn *encrypt,
					     quiclb_block_fn *decrypt)
{
	struct quiclb_words body = quiclb_h_drop(cid, 1);
	struct quiclb_block b = { { body.w[0], body.w[1] } };

	(void)encrypt;
	decrypt(rec, &b);
	body.w[0] = b.w[0];
	body.w[1] = b.w[1];
	quiclb_h_server_id(rec, &body, server_id);
}

#endif /* QUICLB_CODEC_SINGLE_PASS_H */
