/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * quicly: AES-128-ECB(node ID u64 | master ID u32 | thread ID u24 | path u8),
 * all big-endian, and no first octet: what quicly's own CID encryptor makes,
 * as h2o uses it.  The node ID is the server ID, the rest the nonce.  The key
 * is HKDF-Expand(SHA-256, secret, 00 10 03 "cid" 00) of quicly's secret.
 */
#ifndef QUICLB_CODEC_QUICLY_H
#define QUICLB_CODEC_QUICLY_H

#include "common.h"

QUICLB_INLINE int quiclb_quicly_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_layout_valid(rec, 0, 0);

	if (err)
		return err;
	if (rec->server_id_len != 8 || rec->nonce_len != 8)
		return QUICLB_ERR_LAYOUT_LEN;
	return 0;
}

QUICLB_INLINE int quiclb_quicly_encode(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	(void)rec;
	if (step == 0) {
		work->block = quiclb_h_block(&work->body);
		return QUICLB_STEP_ENCRYPT;
	}
	work->body = quiclb_h_words(&work->block);
	return QUICLB_STEP_DONE;
}

QUICLB_INLINE int quiclb_quicly_decode(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	(void)rec;
	if (step == 0) {
		work->block = quiclb_h_block(&work->body);
		return QUICLB_STEP_DECRYPT;
	}
	work->body = quiclb_h_words(&work->block);
	return QUICLB_STEP_DONE;
}

#endif /* QUICLB_CODEC_QUICLY_H */
