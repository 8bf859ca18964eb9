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

/* The config rotation in a first octet: 0..6, or 7 for unroutable. */
QUICLB_INLINE int quiclb_h_rotation(quiclb_u8 first_octet)
{
	return first_octet >> QUICLB_ROTATION_SHIFT;
}

/* The portable block, on the record's own round keys. */
QUICLB_INLINE void quiclb_h_encrypt(const struct quiclb_record *rec,
				    struct quiclb_block *block)
{
	quiclb_h_aes_encrypt(rec->round_keys, block);
}

QUICLB_INLINE void quiclb_h_decrypt(const struct quiclb_record *rec,
				    struct quiclb_block *block)
{
	quiclb_h_aes_decrypt(rec->round_keys, block);
}

/**
 * quiclb_h_decode() - server ID of a CID that is long enough for its config
 * @param rec            a compiled config; rec->codec from the list
 * @param cid            the CID, first octet in the low byte of w[0]; bytes
 *                       past rec->min_cid_len are ignored
 * @param[out] server_id rec->server_id_len bytes, zero behind; only on success
 * @param encrypt        AES block under the record's key
 * @param decrypt        its inverse
 * @return 0, or QUICLB_ERR_CODEC if the record is empty or of a later version
 * Time: constant in key and CID; depends on codec and lengths.
 * Spec: draft, server ID extraction of each algorithm.
 */
QUICLB_INLINE int quiclb_h_decode(const struct quiclb_record *rec,
				  const struct quiclb_words *cid,
				  struct quiclb_block *server_id,
				  quiclb_block_fn *encrypt,
				  quiclb_block_fn *decrypt)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed)                          \
	case number:                                                           \
		quiclb_##lower##_decode(rec, cid, server_id, encrypt,          \
					decrypt);                              \
		return 0;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}

/**
 * quiclb_h_encode() - everything of a CID but its first octet
 * @param rec      a compiled config
 * @param plain    server ID and nonce, rec->body_len bytes, zero behind
 * @param[out] cid low byte of w[0] zero, then the encoded bytes
 * @param encrypt  AES block under the record's key
 * @return 0, or QUICLB_ERR_CODEC
 * Time: constant in key, server ID and nonce; depends on codec and lengths.
 * Spec: draft, CID generation of each algorithm.
 */
QUICLB_INLINE int quiclb_h_encode(const struct quiclb_record *rec,
				  const struct quiclb_words *plain,
				  struct quiclb_words *cid,
				  quiclb_block_fn *encrypt)
{
	switch (rec->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed)                          \
	case number:                                                           \
		quiclb_##lower##_encode(rec, plain, cid, encrypt);             \
		return 0;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}

/* The length rule of a codec: 0 or the error that names the broken limit. */
QUICLB_INLINE int quiclb_h_lengths(quiclb_u8 codec, quiclb_u8 server_id_len,
				   quiclb_u8 nonce_len)
{
	switch (codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed)                          \
	case number:                                                           \
		return quiclb_##lower##_valid(server_id_len, nonce_len);
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
 * quiclb_h_rotation(cid[0]).
 */
QUICLB_INLINE int quiclb_decode_server(const struct quiclb_record *rec,
				       const quiclb_u8 *cid, quiclb_u32 cid_len,
				       struct quiclb_block *server_id)
{
	struct quiclb_words win;

	if (cid_len < rec->min_cid_len)
		return QUICLB_ERR_SHORT;
	win = quiclb_h_window(cid, cid_len);
	return quiclb_h_decode(rec, &win, server_id, quiclb_h_encrypt,
			       quiclb_h_decrypt);
}

#endif /* QUICLB_DECODE_H */
