/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the library share and nobody else sees.
 */
#ifndef QUICLB_PRIVATE_H
#define QUICLB_PRIVATE_H

#include <quiclb/decode.h>
#include <quiclb/quiclb.h>

struct evp_cipher_ctx_st; /* EVP_CIPHER_CTX */

/*
 * A record and the block cipher of this machine for its key.  The record
 * comes first: the block functions are handed its address and find the rest.
 */
struct quiclb_cipher {
	struct quiclb_record record;
	struct evp_cipher_ctx_st *encrypt;
	struct evp_cipher_ctx_st *decrypt;
	int failed; /* 1: libcrypto refused a block; results are void */
};

/* Takes over nothing; on failure *cipher is empty and needs no free. */
int quiclb_priv_cipher_init(struct quiclb_cipher *cipher,
			    const struct quiclb_record *record,
			    const uint8_t key[QUICLB_KEY_BYTES]);
void quiclb_priv_cipher_free(struct quiclb_cipher *cipher);
void quiclb_priv_encrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block);
void quiclb_priv_decrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block);

/* Sets what a Feistel network over n bytes needs; n in 2..19. */
void quiclb_priv_halves(struct quiclb_record *rec, uint8_t n);

/* A copy of config with the defaults of this release, checked. */
int quiclb_priv_config_intake(const struct quiclb_config *config,
			      struct quiclb_config *copy);
/* The record of a config that quiclb_priv_config_intake() has passed. */
void quiclb_priv_config_freeze(const struct quiclb_config *config,
			       struct quiclb_record *record);

/*
 * Growable structs: src_size bytes at src into the dst_cap bytes at dst, which
 * hold the defaults.  first_size is the size in the first release.
 */
int quiclb_priv_intake(void *dst, size_t dst_cap, const void *src,
		       size_t src_size, size_t first_size);

/* Never 0; another number in a child process than in its parent. */
uint64_t quiclb_priv_process(void);

/* Bytes of words, least significant first; len in bytes, 0..24. */
void quiclb_priv_store(uint8_t *out, const quiclb_u64 *words, size_t len);

#endif /* QUICLB_PRIVATE_H */
