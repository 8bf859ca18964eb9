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

/* quiclb_wipe() of what is on its way, without a call. */
static inline void quiclb_priv_wipe_words(struct quiclb_words *words)
{
#if defined(__GNUC__) || defined(__clang__)
	words->w[0] = words->w[1] = words->w[2] = 0;
	__asm__ volatile("" : : "r"(words) : "memory");
#else
	quiclb_wipe(words, sizeof(*words));
#endif
}

/* Bytes of a word, least significant first; len in bytes, 0..8. */
static inline void quiclb_priv_store_word(uint8_t *out, quiclb_u64 word,
					  size_t len)
{
#if defined(QUICLB_WORD_LOADS)
	if (len & 8) {
		memcpy(out, &word, 8);
		return;
	}
	if (len & 4) {
		memcpy(out, &word, 4);
		out += 4;
		word >>= 32;
	}
	if (len & 2) {
		memcpy(out, &word, 2);
		out += 2;
		word >>= 16;
	}
	if (len & 1)
		*out = (uint8_t)word;
#else
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(word >> 8 * i);
#endif
}

/*
 * The same of two words, and of three; len in bytes, up to 8 times as many.  No
 * index is computed: the words may be in registers.
 */
static inline void quiclb_priv_store_block(uint8_t *out,
					   const struct quiclb_block *block,
					   size_t len)
{
	quiclb_priv_store_word(out, block->w[0], len < 8 ? len : 8);
	if (len > 8)
		quiclb_priv_store_word(out + 8, block->w[1], len - 8);
}

/* The bytes of a server ID, zeros behind. */
static inline void quiclb_priv_store_id(uint8_t out[QUICLB_SERVER_ID_CAP_BYTES],
					const struct quiclb_block *id)
{
#if defined(QUICLB_VECTORS) && defined(QUICLB_WORD_LOADS)
	const quiclb_h_vector v = quiclb_h_vector_of(id);

	memcpy(out, &v, sizeof(v));
#else
	quiclb_priv_store_block(out, id, QUICLB_SERVER_ID_CAP_BYTES);
#endif
}

static inline void
quiclb_priv_store(uint8_t *out, const struct quiclb_words *words, size_t len)
{
	const struct quiclb_block block = quiclb_h_block(words);

	quiclb_priv_store_block(out, &block, len < 16 ? len : 16);
	if (len > 16)
		quiclb_priv_store_word(out + 16, words->w[2], len - 16);
}

#endif /* QUICLB_PRIVATE_H */
