/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CID by whatever AES there is.  The CPU is asked once a CID, and behind
 * that nothing is called: a block must not wait for a call, nor for memory.
 */
#ifndef QUICLB_ONE_H
#define QUICLB_ONE_H

#include "aes.h"

/*
 * The server ID of a CID that is long enough, as many bytes as it has; returns
 * how many that is.
 */
int quiclb_priv_one_server_id(const struct quiclb_cipher *cipher,
			      const uint8_t *cid, uint8_t *server_id);

/* quiclb_h_decode() of a CID that is long enough. */
void quiclb_priv_one_decode(const struct quiclb_cipher *cipher,
			    const uint8_t *cid, struct quiclb_words *plain);

/*
 * quiclb_h_encode(); min_cid_len bytes of CID.  The plaintext word by word: by
 * memory it would be stored in words and loaded as a block, and no CPU forwards
 * that before what came earlier is done.
 */
void quiclb_priv_one_encode(const struct quiclb_cipher *cipher, uint64_t w0,
			    uint64_t w1, uint64_t w2, uint8_t first,
			    uint8_t *cid);

/*
 * Whether a CID is there, long enough, and of a codepoint that a config of that
 * length claims; claims is a set of codepoints.
 */
static inline int quiclb_priv_is_easy(const struct quiclb_cid_ref *cid,
				      quiclb_u8 min_cid_len,
				      unsigned int claims)
{
	return cid->cid && cid->cid_len >= min_cid_len &&
	       claims >> quiclb_h_codepoint(cid->cid[0]) & 1;
}

/*
 * The server IDs of the first of many, one CID after the other, as long as they
 * are easy; how many.  None where lanes.h is faster.
 */
size_t quiclb_priv_one_decode_row(const struct quiclb_cipher *cipher,
				  unsigned int claims,
				  const struct quiclb_cid_ref *cids,
				  struct quiclb_server_id *ids, size_t n);

/* native.c: the same, only with QUICLB_CPU_AES. */
int quiclb_priv_native_server_id(const struct quiclb_cipher *cipher,
				 const uint8_t *cid, uint8_t *server_id);
void quiclb_priv_native_decode(const struct quiclb_cipher *cipher,
			       const uint8_t *cid, struct quiclb_words *plain);
void quiclb_priv_native_encode(const struct quiclb_cipher *cipher, uint64_t w0,
			       uint64_t w1, uint64_t w2, uint8_t first,
			       uint8_t *cid);
size_t quiclb_priv_native_decode_row(const struct quiclb_cipher *cipher,
				     unsigned int claims,
				     const struct quiclb_cid_ref *cids,
				     struct quiclb_server_id *ids, size_t n);

#endif /* QUICLB_ONE_H */
