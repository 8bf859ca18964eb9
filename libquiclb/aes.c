/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Picks the AES instructions of the CPU where it has them, else the portable
 * block; both take the same time for every key and block.
 */
#include "private.h"

/* Whatever the mask says: it may change while the cipher lives. */
void quiclb_priv_cipher_init(struct quiclb_cipher *cipher,
			     const struct quiclb_record *record)
{
	memset(cipher, 0, sizeof(*cipher));
	cipher->record = *record;
	if (!quiclb_priv_cpu())
		quiclb_priv_cpu_find_out();
#if QUICLB_HAVE_NATIVE
	if (quiclb_priv_native_available())
		quiclb_priv_native_prepare(cipher, record);
#endif
}

void quiclb_priv_encrypt(const struct quiclb_cipher *cipher,
			 struct quiclb_block *block)
{
#if QUICLB_HAVE_NATIVE
	if (quiclb_priv_cpu() & QUICLB_CPU_AES) {
		quiclb_priv_native_encrypt(cipher, block);
		return;
	}
#endif
	quiclb_h_encrypt(&cipher->record, block);
}

void quiclb_priv_decrypt(const struct quiclb_cipher *cipher,
			 struct quiclb_block *block)
{
#if QUICLB_HAVE_NATIVE
	if (quiclb_priv_cpu() & QUICLB_CPU_AES) {
		quiclb_priv_native_decrypt(cipher, block);
		return;
	}
#endif
	quiclb_h_decrypt(&cipher->record, block);
}

/* ----------------------------------------------------------- many blocks -- */

#if QUICLB_HAVE_NATIVE
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
	const int vaes = (quiclb_priv_cpu() & QUICLB_CPU_VAES) != 0;
	size_t i, len;

	for (i = 0; n - i >= WORTH_IT; i += len) {
		len = n - i < QUICLB_NATIVE_BLOCKS ? n - i
						   : QUICLB_NATIVE_BLOCKS;
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
#if QUICLB_HAVE_NATIVE
	size_t i;

	if (quiclb_priv_cpu() & QUICLB_CPU_AES) {
		i = by_instructions(jobs, n, quiclb_priv_native_encrypt_many,
				    quiclb_priv_vaes_encrypt);
		for (; i < n; i++)
			quiclb_priv_native_encrypt(jobs[i].cipher,
						   jobs[i].block);
		return;
	}
#endif
	quiclb_priv_wide_encrypt(jobs, n);
}

void quiclb_priv_decrypt_many(const struct quiclb_job *jobs, size_t n)
{
#if QUICLB_HAVE_NATIVE
	size_t i;

	if (quiclb_priv_cpu() & QUICLB_CPU_AES) {
		i = by_instructions(jobs, n, quiclb_priv_native_decrypt_many,
				    quiclb_priv_vaes_decrypt);
		for (; i < n; i++)
			quiclb_priv_native_decrypt(jobs[i].cipher,
						   jobs[i].block);
		return;
	}
#endif
	quiclb_priv_wide_decrypt(jobs, n);
}

/* ------------------------------------------------------------ of one key -- */

#define WIDE_JOBS (4 * QUICLB_WIDE_BLOCKS)

/* A row as jobs; how many, WIDE_JOBS at most. */
static size_t as_jobs(struct quiclb_job jobs[WIDE_JOBS],
		      const struct quiclb_cipher *cipher,
		      struct quiclb_block *blocks, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < WIDE_JOBS; i++) {
		jobs[i].cipher = cipher;
		jobs[i].block = &blocks[i];
	}
	return i;
}

void quiclb_priv_encrypt_row(const struct quiclb_cipher *cipher,
			     struct quiclb_block *blocks, size_t n)
{
	struct quiclb_job jobs[WIDE_JOBS];
	size_t i = 0, len;
#if QUICLB_HAVE_NATIVE
	const unsigned int cpu = quiclb_priv_cpu();

	if (cpu & QUICLB_CPU_AES) {
		if (cpu & QUICLB_CPU_VAES)
			for (; n - i >= QUICLB_VAES_BLOCKS;
			     i += QUICLB_VAES_BLOCKS)
				quiclb_priv_vaes_encrypt_row(cipher,
							     blocks + i);
		quiclb_priv_native_encrypt_row(cipher, blocks + i, n - i);
		return;
	}
#endif
	for (; i < n; i += len) {
		len = as_jobs(jobs, cipher, blocks + i, n - i);
		quiclb_priv_wide_encrypt(jobs, len);
	}
}

void quiclb_priv_decrypt_row(const struct quiclb_cipher *cipher,
			     struct quiclb_block *blocks, size_t n)
{
	struct quiclb_job jobs[WIDE_JOBS];
	size_t i = 0, len;
#if QUICLB_HAVE_NATIVE
	const unsigned int cpu = quiclb_priv_cpu();

	if (cpu & QUICLB_CPU_AES) {
		if (cpu & QUICLB_CPU_VAES)
			for (; n - i >= QUICLB_VAES_BLOCKS;
			     i += QUICLB_VAES_BLOCKS)
				quiclb_priv_vaes_decrypt_row(cipher,
							     blocks + i);
		quiclb_priv_native_decrypt_row(cipher, blocks + i, n - i);
		return;
	}
#endif
	for (; i < n; i += len) {
		len = as_jobs(jobs, cipher, blocks + i, n - i);
		quiclb_priv_wide_decrypt(jobs, len);
	}
}
