/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-128 of one block by whatever this CPU does best in constant time.
 * Nothing outside aes.c and the directories beside it knows a CPU.
 */
#ifndef QUICLB_AES_PRIVATE_H
#define QUICLB_AES_PRIVATE_H

#include <quiclb/decode.h>

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

/* x86/aes_ni.c; the first says whether the others may be called. */
int quiclb_priv_x86_available(void);
void quiclb_priv_x86_prepare(struct quiclb_cipher *cipher);
void quiclb_priv_x86_encrypt(const struct quiclb_cipher *cipher,
			     struct quiclb_block *block);
void quiclb_priv_x86_decrypt(const struct quiclb_cipher *cipher,
			     struct quiclb_block *block);

#endif /* QUICLB_AES_PRIVATE_H */
