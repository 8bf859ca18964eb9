/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the library share and nobody else sees.
 */
#ifndef QUICLB_PRIVATE_H
#define QUICLB_PRIVATE_H

#include <quiclb/decode.h>
#include <quiclb/quiclb.h>

#include "aes.h"

/* Sets what a Feistel network over n bytes needs; n in 0..19. */
void quiclb_priv_halves(struct quiclb_record *rec, uint8_t n);

/* What a first octet has reserved for CIDs without a config; a set. */
unsigned int quiclb_priv_reserved(const struct quiclb_record *rec);

/*
 * Growable structs: src_size bytes at src into the dst_cap bytes at dst, which
 * hold the defaults.  first_size is the size in the first release.
 */
int quiclb_priv_intake(void *dst, size_t dst_cap, const void *src,
		       size_t src_size, size_t first_size);

/* Never 0; another number in a child process than in its parent. */
uint64_t quiclb_priv_process(void);

/* Random bytes, or if there are none, unique ones; cannot fail. */
void quiclb_priv_random(uint8_t *out, size_t len);
/* Config rotation 0b111 and the length; cid_len is 1 or more. */
uint8_t quiclb_priv_unroutable_octet(size_t cid_len);

/* HKDF-SHA-256 without salt; out_len bytes, or QUICLB_ERR_CRYPTO. */
int quiclb_priv_hkdf(const uint8_t *secret, size_t secret_len,
		     const uint8_t *info, size_t info_len, uint8_t *out,
		     size_t out_len);

/* Bytes of words, least significant first; len in bytes, 0..24. */
void quiclb_priv_store(uint8_t *out, const quiclb_u64 *words, size_t len);

/* The 8 bytes of a word, as quiclb_h_load64() loads them: in one move. */
static inline quiclb_u64 quiclb_priv_load64(const uint8_t *p)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	quiclb_u64 word;

	memcpy(&word, p, sizeof(word));
	return word;
#else
	return quiclb_h_load64(p);
#endif
}

static inline void quiclb_priv_store64(uint8_t *out, quiclb_u64 word)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(out, &word, sizeof(word));
#else
	quiclb_priv_store(out, &word, sizeof(word));
#endif
}

#endif /* QUICLB_PRIVATE_H */
