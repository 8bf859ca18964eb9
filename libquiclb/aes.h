/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-128 by whatever this CPU does best in constant time, one block or many.
 * Nothing outside aes.c and the directories beside it knows a CPU.
 */
#ifndef QUICLB_AES_PRIVATE_H
#define QUICLB_AES_PRIVATE_H

#include <quiclb/decode.h>
#include <stddef.h>

#define QUICLB_SCHEDULE_BYTES (11 * QUICLB_BLOCK_BYTES)

/*
 * A record and the round keys of its key as instructions want them.  The
 * record comes first: the block functions are handed its address and find the
 * rest.  Never written to once made, so any number of threads may share it.
 */
struct quiclb_cipher {
	struct quiclb_record record;
	uint8_t encrypt[QUICLB_SCHEDULE_BYTES];
	uint8_t decrypt[QUICLB_SCHEDULE_BYTES];
};

/* record has its round keys, or none: then the blocks mean nothing. */
void quiclb_priv_cipher_init(struct quiclb_cipher *cipher,
			     const struct quiclb_record *record);
void quiclb_priv_encrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block);
void quiclb_priv_decrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block);

/* One block of many, and the key that it is for. */
struct quiclb_job {
	const struct quiclb_cipher *cipher;
	struct quiclb_block *block;
};

/* Every block, as by the functions above; no two jobs have the same block. */
void quiclb_priv_encrypt_many(const struct quiclb_job *jobs, size_t n);
void quiclb_priv_decrypt_many(const struct quiclb_job *jobs, size_t n);

/* aes_wide.c, portable: 8 blocks for the price of 2 or so. */
#define QUICLB_WIDE_BLOCKS 8
void quiclb_priv_wide_encrypt(const struct quiclb_job *jobs, size_t n);
void quiclb_priv_wide_decrypt(const struct quiclb_job *jobs, size_t n);

/* x86/aes_ni.c; the first says whether the others may be called. */
int quiclb_priv_x86_available(void);
void quiclb_priv_x86_prepare(struct quiclb_cipher *cipher);
void quiclb_priv_x86_encrypt(const struct quiclb_cipher *cipher,
			     struct quiclb_block *block);
void quiclb_priv_x86_decrypt(const struct quiclb_cipher *cipher,
			     struct quiclb_block *block);
/* n is 1..QUICLB_X86_BLOCKS; fewer cost the same. */
#define QUICLB_X86_BLOCKS 8
void quiclb_priv_x86_encrypt_many(const struct quiclb_job *jobs, size_t n);
void quiclb_priv_x86_decrypt_many(const struct quiclb_job *jobs, size_t n);

/*
 * x86/vaes.c; likewise.  QUICLB_VAES_BLOCKS jobs of one key; they need what
 * quiclb_priv_x86_prepare() made.
 */
#define QUICLB_VAES_BLOCKS 16
int quiclb_priv_vaes_available(void);
void quiclb_priv_vaes_encrypt(const struct quiclb_job *jobs);
void quiclb_priv_vaes_decrypt(const struct quiclb_job *jobs);

#endif /* QUICLB_AES_PRIVATE_H */
