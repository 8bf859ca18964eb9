/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Picks the AES instructions of the CPU where it has them, else the portable
 * block; both take the same time for every key and block.
 */
#include "private.h"

#if defined(__x86_64__) || defined(__i386__)
#define HAVE_X86 1
#else
#define HAVE_X86 0
#endif

/* Round keys in the order of FIPS 197, from the bitsliced ones. */
static void unslice_schedule(const struct quiclb_record *rec,
			     uint8_t out[QUICLB_SCHEDULE_BYTES])
{
	struct quiclb_block k;
	int i;

	for (i = 0; i <= QUICLB_AES_ROUNDS; i++) {
		k.w[0] = rec->round_keys[2 * i];
		k.w[1] = rec->round_keys[2 * i + 1];
		quiclb_h_aes_unslice(&k);
		quiclb_priv_store(out + i * QUICLB_BLOCK_BYTES, k.w,
				  QUICLB_BLOCK_BYTES);
	}
	quiclb_wipe(&k, sizeof(k));
}

void quiclb_priv_cipher_init(struct quiclb_cipher *cipher,
			     const struct quiclb_record *record)
{
	cipher->record = *record;
	unslice_schedule(record, cipher->encrypt);
	memset(cipher->decrypt, 0, sizeof(cipher->decrypt));
#if HAVE_X86
	if (quiclb_priv_x86_available())
		quiclb_priv_x86_prepare(cipher);
#endif
}

#if HAVE_X86
/* The record is the cipher's first member. */
static const struct quiclb_cipher *owner(const struct quiclb_record *rec)
{
	return (const struct quiclb_cipher *)(const void *)rec;
}
#endif

void quiclb_priv_encrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block)
{
#if HAVE_X86
	if (quiclb_priv_x86_available()) {
		quiclb_priv_x86_encrypt(owner(rec), block);
		return;
	}
#endif
	quiclb_h_encrypt(rec, block);
}

void quiclb_priv_decrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block)
{
#if HAVE_X86
	if (quiclb_priv_x86_available()) {
		quiclb_priv_x86_decrypt(owner(rec), block);
		return;
	}
#endif
	quiclb_h_decrypt(rec, block);
}
