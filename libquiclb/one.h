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

/* native.c: the same, only with QUICLB_CPU_AES. */
int quiclb_priv_native_server_id(const struct quiclb_cipher *cipher,
				 const uint8_t *cid, uint8_t *server_id);
void quiclb_priv_native_decode(const struct quiclb_cipher *cipher,
			       const uint8_t *cid, struct quiclb_words *plain);
void quiclb_priv_native_encode(const struct quiclb_cipher *cipher, uint64_t w0,
			       uint64_t w1, uint64_t w2, uint8_t first,
			       uint8_t *cid);

#endif /* QUICLB_ONE_H */
