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

/* ----------------------------------------------------------- many blocks -- */

#if HAVE_X86
typedef void many_fn(const struct quiclb_job *jobs, size_t n);
typedef void group_fn(const struct quiclb_job *jobs);

#define WORTH_IT 3 /* fewer blocks are faster one by one */

/* Whether the first QUICLB_VAES_BLOCKS jobs are of one key. */
static int one_key(const struct quiclb_job *jobs)
{
	size_t i;

	for (i = 1; i < QUICLB_VAES_BLOCKS; i++)
		if (jobs[i].cipher != jobs[0].cipher)
			return 0;
	return 1;
}

/* Returns how many jobs are done; those that are left are few. */
static size_t by_instructions(const struct quiclb_job *jobs, size_t n,
			      many_fn *eight, group_fn *sixteen)
{
	const int vaes = quiclb_priv_vaes_available();
	size_t i, len;

	for (i = 0; n - i >= WORTH_IT; i += len) {
		len = n - i < QUICLB_X86_BLOCKS ? n - i : QUICLB_X86_BLOCKS;
		if (vaes && n - i >= QUICLB_VAES_BLOCKS && one_key(jobs + i)) {
			sixteen(jobs + i);
			len = QUICLB_VAES_BLOCKS;
		} else {
			eight(jobs + i, len);
		}
	}
	return i;
}
#endif

void quiclb_priv_encrypt_many(const struct quiclb_job *jobs, size_t n)
{
#if HAVE_X86
	size_t i;

	if (quiclb_priv_x86_available()) {
		i = by_instructions(jobs, n, quiclb_priv_x86_encrypt_many,
				    quiclb_priv_vaes_encrypt);
		for (; i < n; i++)
			quiclb_priv_x86_encrypt(jobs[i].cipher, jobs[i].block);
		return;
	}
#endif
	quiclb_priv_wide_encrypt(jobs, n);
}

void quiclb_priv_decrypt_many(const struct quiclb_job *jobs, size_t n)
{
#if HAVE_X86
	size_t i;

	if (quiclb_priv_x86_available()) {
		i = by_instructions(jobs, n, quiclb_priv_x86_decrypt_many,
				    quiclb_priv_vaes_decrypt);
		for (; i < n; i++)
			quiclb_priv_x86_decrypt(jobs[i].cipher, jobs[i].block);
		return;
	}
#endif
	quiclb_priv_wide_decrypt(jobs, n);
}
