/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The decoder that servers, balancers and BPF programs share: from the bytes
 * of a CID to the server ID, by one switch over codec/list.h.  It reads a
 * record and a window of the CID; it keeps nothing and calls nothing but the
 * block cipher it is given.
 */
#ifndef QUICLB_DECODE_H
#define QUICLB_DECODE_H

#include "aes.h"
#include "codec/list.h"

/*
 * The portable block, on the record's own round keys.  Called, not inlined: the
 * codecs have 40 places for it, and inlined they would all be 2 KB.
 *
 * VERIFIER: a BPF program has 512 bytes of stack for its whole call chain, and
 * two bitsliced AES in one function spill past that (clang 14).  As separate
 * static functions each has a frame of its own; global ones would fail on 5.10.
 */
QUICLB_OUTLINE void quiclb_h_encrypt(const struct quiclb_record *rec,
				     struct quiclb_block *block)
{
	quiclb_h_aes_encrypt(rec->round_keys, block);
}

QUICLB_OUTLINE void quiclb_h_decrypt(const struct quiclb_record *rec,
				     struct quiclb_block *block)
{
	quiclb_h_aes_decrypt(rec->round_keys, block);
}

/* Whether a record holds a codec that this header knows. */
QUICLB_INLINE int quiclb_h_known(const struct quiclb_record *rec)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family) case number:
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
		return 1;
	default:
		return 0;
	}
}

/* Does what a step asked for; 1 when that was the last. */
QUICLB_INLINE int quiclb_h_turn(const struct quiclb_record *rec,
				struct quiclb_work *work, int what,
				quiclb_block_fn *encrypt,
				quiclb_block_fn *decrypt)
{
	if (what == QUICLB_STEP_ENCRYPT)
		encrypt(rec, &work->block);
	else if (what == QUICLB_STEP_DECRYPT)
		decrypt(rec, &work->block);
	return what == QUICLB_STEP_DONE;
}

/*
 * All steps of one codec.  Written out, so that each step is a constant to the
 * compiler and the codec's branches on it vanish; QUICLB_MAX_BLOCKS + 1 lines.
 */
QUICLB_INLINE void quiclb_h_run(const struct quiclb_record *rec,
				struct quiclb_work *work, quiclb_step_fn *next,
				quiclb_block_fn *encrypt,
				quiclb_block_fn *decrypt)
{
	if (quiclb_h_turn(rec, work, next(rec, work, 0), encrypt, decrypt))
		return;
	if (quiclb_h_turn(rec, work, next(rec, work, 1), encrypt, decrypt))
		return;
	if (quiclb_h_turn(rec, work, next(rec, work, 2), encrypt, decrypt))
		return;
	if (quiclb_h_turn(rec, work, next(rec, work, 3), encrypt, decrypt))
		return;
	next(rec, work, 4);
}

QUICLB_STATIC_ASSERT(QUICLB_MAX_BLOCKS == 4, "as many turns as blocks");

/* One step of whatever codec the record has. */
QUICLB_INLINE int quiclb_h_decode_step(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return quiclb_##lower##_decode(rec, work, step);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_STEP_DONE;
	}
}

QUICLB_INLINE int quiclb_h_encode_step(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return quiclb_##lower##_encode(rec, work, step);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_STEP_DONE;
	}
}

/**
 * quiclb_h_decode() - plaintext of a CID that is long enough for its config
 * @param rec           a compiled config; rec->codec from the list
 * @param cid           the CID, first byte in the low byte of w[0]; bytes past
 *                      rec->min_cid_len are ignored
 * @param[out] plain    server ID, then the nonce, then bytes of no meaning;
 *                      the nonce only where rec->first_pass is 1 or the codec
 *                      is not four-pass; only on success
 * @param encrypt       AES block under the record's key
 * @param decrypt       its inverse
 * @return 0, or QUICLB_ERR_CODEC if the record is empty or of a later version
 * Time: constant in key and CID; depends on codec and lengths.
 * Spec: draft, server ID extraction of each algorithm.
 */
QUICLB_INLINE int quiclb_h_decode(const struct quiclb_record *rec,
				  const struct quiclb_words *cid,
				  struct quiclb_words *plain,
				  quiclb_block_fn *encrypt,
				  quiclb_block_fn *decrypt)
{
	struct quiclb_work work = {
		{ { 0, 0, 0 } }, { { 0, 0 } }, { { 0, 0 } }, { { 0, 0 } }, 0
	};

	work.body = *cid;
#if defined(__bpf__)
	/*
	 * VERIFIER: it follows every path through every call of the block
	 * cipher.  With the choice of the codec inside the step, all codecs
	 * share one call a step: 5 in all, not 25.
	 */
	if (!quiclb_h_known(rec))
		return QUICLB_ERR_CODEC;
	quiclb_h_run(rec, &work, quiclb_h_decode_step, encrypt, decrypt);
#else
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		quiclb_h_run(rec, &work, quiclb_##lower##_decode, encrypt,     \
			     decrypt);                                         \
		break;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
#endif
	*plain = work.body;
	return 0;
}

/* The first server_id_len bytes of a plaintext, zero behind. */
QUICLB_INLINE struct quiclb_block
quiclb_h_server_id(const struct quiclb_record *rec,
		   const struct quiclb_words *plain)
{
	const struct quiclb_block id = { { plain->w[0] & rec->server_id_mask[0],
					   plain->w[1] &
						   rec->server_id_mask[1] } };

	return id;
}

/**
 * quiclb_h_encode() - a CID without its server-use bytes
 * @param rec      a compiled config
 * @param plain    server ID and nonce, rec->body_len bytes, zero behind
 * @param first    first octet: config rotation and low bits; not used by a
 *                 layout that has none
 * @param[out] cid rec->min_cid_len bytes, zero behind
 * @param encrypt  AES block under the record's key
 * @param decrypt  its inverse
 * @return 0, or QUICLB_ERR_CODEC
 * Time: constant in key, server ID and nonce; depends on codec and lengths.
 * Spec: draft, CID generation of each algorithm.
 */
QUICLB_INLINE int quiclb_h_encode(const struct quiclb_record *rec,
				  const struct quiclb_words *plain,
				  quiclb_u8 first, struct quiclb_words *cid,
				  quiclb_block_fn *encrypt,
				  quiclb_block_fn *decrypt)
{
	struct quiclb_work work = {
		{ { 0, 0, 0 } }, { { 0, 0 } }, { { 0, 0 } }, { { 0, 0 } }, 0
	};

	work.body = *plain;
	work.first = first;
#if defined(__bpf__)
	/* VERIFIER: as in quiclb_h_decode() */
	if (!quiclb_h_known(rec))
		return QUICLB_ERR_CODEC;
	quiclb_h_run(rec, &work, quiclb_h_encode_step, encrypt, decrypt);
#else
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		quiclb_h_run(rec, &work, quiclb_##lower##_encode, encrypt,     \
			     decrypt);                                         \
		break;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
#endif
	*cid = work.body;
	return 0;
}

/*
 * The rules of a codec on rotation and lengths: 0, or the error that names the
 * broken one.  The record needs codec, rotation, rotation_bits, encode_length
 * and the lengths.
 */
QUICLB_INLINE int quiclb_h_valid(const struct quiclb_record *rec)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return quiclb_##lower##_valid(rec);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}

/* Family of a codec's first octet, QUICLB_FAMILY_*, or QUICLB_ERR_CODEC. */
QUICLB_INLINE int quiclb_h_family(quiclb_u8 codec)
{
	switch (codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return QUICLB_FAMILY_##family;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}

/* The first up to 20 bytes of a CID as a window; the rest of it is zero. */
QUICLB_INLINE struct quiclb_words quiclb_h_window(const quiclb_u8 *cid,
						  quiclb_u32 cid_len)
{
	struct quiclb_words win = { { 0, 0, 0 } };
	quiclb_u32 i;

	for (i = 0; i < QUICLB_CID_MAX_BYTES && i < cid_len; i++)
		win.w[i >> 3] |= (quiclb_u64)cid[i] << 8 * (i & 7);
	return win;
}

/**
 * quiclb_decode_server() - server ID of a CID, for header-only users
 * @param rec            the config for this CID's rotation
 * @param cid            the CID, or the packet from the DCID on
 * @param cid_len        bytes at cid; those past the config's length may
 *                       belong to the rest of the packet
 * @param[out] server_id rec->server_id_len bytes, zero behind; only on success
 * @return 0, or
 *   QUICLB_ERR_SHORT  fewer bytes than first octet, server ID and nonce
 *   QUICLB_ERR_CODEC  the record is empty
 * Threads: safe on one record from many threads.
 * Time: constant in key and CID bytes.
 * Spec: draft, load balancer processing.  Since: 0.1.0.
 *
 * Uses the portable block.  The caller picks the record by
 * quiclb_h_codepoint(cid[0]).
 */
QUICLB_INLINE int quiclb_decode_server(const struct quiclb_record *rec,
				       const quiclb_u8 *cid, quiclb_u32 cid_len,
				       struct quiclb_block *server_id)
{
	struct quiclb_words win, plain;
	int err;

	if (cid_len < rec->min_cid_len)
		return QUICLB_ERR_SHORT;
	win = quiclb_h_window(cid, cid_len);
	err = quiclb_h_decode(rec, &win, &plain, quiclb_h_encrypt,
			      quiclb_h_decrypt);
	if (!err)
		*server_id = quiclb_h_server_id(rec, &plain);
	return err;
}

#endif /* QUICLB_DECODE_H */
