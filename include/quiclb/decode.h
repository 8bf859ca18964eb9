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

#if defined(__bpf__)
/*
 * Does what a step asked for; 1 when that was the last.
 *
 * VERIFIER: clang 16 and 19 see which call a codec needs next and write it out
 * for each codec.  Every kernel walks each of them: more than twice as much in
 * all, which the gates' test `verifier` notices.  So the choice is kept from
 * them, but for the end, behind which a codec needs no more code.
 */
QUICLB_INLINE int quiclb_h_turn(const struct quiclb_record *rec,
				struct quiclb_work *work, int what,
				quiclb_block_fn *encrypt,
				quiclb_block_fn *decrypt)
{
	if (what == QUICLB_STEP_DONE)
		return 1;
	__asm__ volatile("" : "+r"(what));
	if (what == QUICLB_STEP_ENCRYPT)
		encrypt(rec, &work->block);
	else
		decrypt(rec, &work->block);
	return 0;
}
#else
/* Does what a step asked for; 1 when that was the last. */
QUICLB_INLINE int quiclb_h_turn(const struct quiclb_record *rec,
				struct quiclb_work *work, int what,
				quiclb_block_fn *encrypt,
				quiclb_block_fn *decrypt)
{
	/* a copy, so that the rest of work may stay in registers */
	struct quiclb_block block = work->block;

	if (what == QUICLB_STEP_ENCRYPT)
		encrypt(rec, &block);
	else if (what == QUICLB_STEP_DECRYPT)
		decrypt(rec, &block);
	work->block = block;
	return what == QUICLB_STEP_DONE;
}
#endif

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

/* The one step of a codec without a key. */
QUICLB_INLINE void quiclb_h_decode_clear(const struct quiclb_record *rec,
					 struct quiclb_work *work)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		if (!(keyed))                                                  \
			quiclb_##lower##_decode(rec, work, 0);                 \
		break;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
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

/* The first up to 20 bytes of a CID as a window; the rest of it is zero. */
QUICLB_INLINE struct quiclb_words quiclb_h_window(const quiclb_u8 *cid,
						  quiclb_u32 cid_len)
{
	struct quiclb_words win = { { 0, 0, 0 } };
	quiclb_u32 i;

#if defined(QUICLB_WORD_LOADS)
	/* two loads that overlap make what a loop would take a byte each for */
	if (cid_len > QUICLB_CID_MAX_BYTES)
		cid_len = QUICLB_CID_MAX_BYTES;
	if (cid_len > 16) {
		win.w[0] = quiclb_h_load64(cid);
		win.w[1] = quiclb_h_load64(cid + 8);
		win.w[2] = quiclb_h_load32(cid + cid_len - 4) >>
			   8 * (20 - cid_len);
		return win;
	}
	if (cid_len > 8) {
		win.w[0] = quiclb_h_load64(cid);
		win.w[1] = quiclb_h_load64(cid + cid_len - 8) >>
			   8 * (16 - cid_len);
		return win;
	}
	if (cid_len == 8) {
		win.w[0] = quiclb_h_load64(cid);
		return win;
	}
	if (cid_len >= 4) {
		win.w[0] = quiclb_h_load32(cid) |
			   (quiclb_u64)quiclb_h_load32(cid + cid_len - 4)
				   << 8 * (cid_len - 4);
		return win;
	}
#endif
	for (i = 0; i < QUICLB_CID_MAX_BYTES && i < cid_len; i++)
		win.w[i >> 3] |= (quiclb_u64)cid[i] << 8 * (i & 7);
	return win;
}

#if !defined(__bpf__)
/* From a CID in work to its plaintext there; 0, or QUICLB_ERR_CODEC. */
QUICLB_INLINE int quiclb_h_decode_work(const struct quiclb_record *rec,
				       struct quiclb_work *work,
				       quiclb_block_fn *encrypt,
				       quiclb_block_fn *decrypt)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		quiclb_h_run(rec, work, quiclb_##lower##_decode, encrypt,      \
			     decrypt);                                         \
		return 0;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}
#else
/*
 * VERIFIER: it follows every path through every call of the block cipher.
 * With the choice of the codec inside the step, all codecs share one call a
 * step: 5 in all, not 25.
 */
QUICLB_INLINE int quiclb_h_decode_work(const struct quiclb_record *rec,
				       struct quiclb_work *work,
				       quiclb_block_fn *encrypt,
				       quiclb_block_fn *decrypt)
{
	if (!quiclb_h_known(rec))
		return QUICLB_ERR_CODEC;
	quiclb_h_run(rec, work, quiclb_h_decode_step, encrypt, decrypt);
	return 0;
}
#endif

/* Work that has not begun. */
QUICLB_INLINE struct quiclb_work quiclb_h_work(const struct quiclb_words *body)
{
	const struct quiclb_block none = { { 0, 0 } };
	struct quiclb_work work;

	work.body = *body;
	work.left = work.right = work.block = none;
	work.first = 0;
#if !defined(__bpf__)
	work.cid = 0;
#endif
	return work;
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
	struct quiclb_work work = quiclb_h_work(cid);
	const int err = quiclb_h_decode_work(rec, &work, encrypt, decrypt);
	if (err)
		return err;
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
	struct quiclb_work work = quiclb_h_work(plain);

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

/* Work on a CID where it lies, to be decoded. */
QUICLB_INLINE struct quiclb_work quiclb_h_work_on(const quiclb_u8 *cid,
						  quiclb_u32 cid_len)
{
	const struct quiclb_words win = quiclb_h_window(cid, cid_len);
	struct quiclb_work work = quiclb_h_work(&win);

#if !defined(__bpf__)
	work.cid = cid;
#endif
	return work;
}

/* quiclb_h_decode() of a CID where it lies, long enough for its config. */
QUICLB_INLINE int quiclb_h_decode_cid(const struct quiclb_record *rec,
				      const quiclb_u8 *cid,
				      struct quiclb_words *plain,
				      quiclb_block_fn *encrypt,
				      quiclb_block_fn *decrypt)
{
	struct quiclb_work work = quiclb_h_work_on(cid, rec->min_cid_len);
	const int err = quiclb_h_decode_work(rec, &work, encrypt, decrypt);
	if (!err)
		*plain = work.body;
	return err;
}

/* quiclb_decode_server() with a choice of the block cipher. */
QUICLB_INLINE int
quiclb_h_decode_server(const struct quiclb_record *rec, const quiclb_u8 *cid,
		       quiclb_u32 cid_len, struct quiclb_block *server_id,
		       quiclb_block_fn *encrypt, quiclb_block_fn *decrypt)
{
	struct quiclb_words plain;
	int err;

	if (cid_len < rec->min_cid_len)
		return QUICLB_ERR_SHORT;
	err = quiclb_h_decode_cid(rec, cid, &plain, encrypt, decrypt);
	if (!err)
		*server_id = quiclb_h_server_id(rec, &plain);
	return err;
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
	return quiclb_h_decode_server(rec, cid, cid_len, server_id,
				      quiclb_h_encrypt, quiclb_h_decrypt);
}

#endif /* QUICLB_DECODE_H */
