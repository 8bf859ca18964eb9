/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * single-pass: first octet | AES-128-ECB(server ID | nonce) | server use.
 * Server ID and nonce fill exactly one block.  Spec: draft, single-pass
 * encryption; the same since -12, then with two rotation bits.
 */
#ifndef QUICLB_CODEC_SINGLE_PASS_H
#define QUICLB_CODEC_SINGLE_PASS_H

#include "common.h"

QUICLB_INLINE int quiclb_single_pass_valid(const struct quiclb_record *rec)
{
	const int err =
		quiclb_h_draft_valid(rec, QUICLB_BITS_3 | QUICLB_BITS_2);

	if (err)
		return err;
	if (rec->server_id_len + rec->nonce_len != QUICLB_BLOCK_BYTES)
		return QUICLB_ERR_SINGLE_PASS_LEN;
	return 0;
}

QUICLB_INLINE int quiclb_single_pass_encode(const struct quiclb_record *rec,
					    struct quiclb_work *work, int step)
{
	(void)rec;
	if (step == 0) {
		work->block = quiclb_h_block(&work->body);
		return QUICLB_STEP_ENCRYPT;
	}
	work->body = quiclb_h_words(&work->block);
	quiclb_h_close(work);
	return QUICLB_STEP_DONE;
}

QUICLB_INLINE int quiclb_single_pass_decode(const struct quiclb_record *rec,
					    struct quiclb_work *work, int step)
{
	(void)rec;
	if (step == 0) {
		quiclb_h_open_block(rec, work);
		return QUICLB_STEP_DECRYPT;
	}
	work->body = quiclb_h_words(&work->block);
	return QUICLB_STEP_DONE;
}

#endif /* QUICLB_CODEC_SINGLE_PASS_H */
