/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-128 by whatever this CPU does best in constant time, one block or many.
 * Nothing outside aes.c and the directories beside it knows a CPU.
 */
#ifndef QUICLB_AES_PRIVATE_H
#define QUICLB_AES_PRIVATE_H

#include <quiclb/native.h>
#include <quiclb/quiclb.h>
#include <stdatomic.h>
#include <stddef.h>

/* cpu.c: QUICLB_CPU_*, and that it has been found out. */
#define QUICLB_CPU_KNOWN 0x80000000u
extern _Atomic unsigned int quiclb_priv_cpu_flags;
unsigned int quiclb_priv_cpu_find_out(void);

/* Found out before there is a cipher: nobody who has one needs to ask. */
static inline unsigned int quiclb_priv_cpu(void)
{
	return atomic_load_explicit(&quiclb_priv_cpu_flags,
				    memory_order_relaxed);
}

/* record has its round keys, or none: then the blocks mean nothing. */
void quiclb_priv_cipher_init(struct quiclb_cipher *cipher,
			     const struct quiclb_record *record);
/* One block; whole CIDs are faster by one.h. */
void quiclb_priv_encrypt(const struct quiclb_cipher *cipher,
			 struct quiclb_block *block);
void quiclb_priv_decrypt(const struct quiclb_cipher *cipher,
			 struct quiclb_block *block);

/* One block of many, and the key that it is for. */
struct quiclb_job {
	const struct quiclb_cipher *cipher;
	struct quiclb_block *block;
};

/* Every block, as by the functions above; no two jobs have the same block. */
void quiclb_priv_encrypt_many(const struct quiclb_job *jobs, size_t n);
void quiclb_priv_decrypt_many(const struct quiclb_job *jobs, size_t n);

/* The same, all of one key and side by side. */
void quiclb_priv_encrypt_row(const struct quiclb_cipher *cipher,
			     struct quiclb_block *blocks, size_t n);
void quiclb_priv_decrypt_row(const struct quiclb_cipher *cipher,
			     struct quiclb_block *blocks, size_t n);

/* aes_wide.c, portable: 8 blocks for the price of 2 or so. */
#define QUICLB_WIDE_BLOCKS 8
void quiclb_priv_wide_encrypt(const struct quiclb_job *jobs, size_t n);
void quiclb_priv_wide_decrypt(const struct quiclb_job *jobs, size_t n);

/* native.c: only with QUICLB_CPU_AES. */
void quiclb_priv_native_prepare(struct quiclb_cipher *cipher,
				const struct quiclb_record *record);
void quiclb_priv_native_encrypt(const struct quiclb_cipher *cipher,
				struct quiclb_block *block);
void quiclb_priv_native_decrypt(const struct quiclb_cipher *cipher,
				struct quiclb_block *block);
/* Blocks of one key; the CPU itself works on as many as it can. */
void quiclb_priv_native_encrypt_row(const struct quiclb_cipher *cipher,
				    struct quiclb_block *blocks, size_t n);
void quiclb_priv_native_decrypt_row(const struct quiclb_cipher *cipher,
				    struct quiclb_block *blocks, size_t n);

/*
 * x86/aes_ni.c or arm/aes_armv8.c, likewise but for the first.  n is
 * 1..QUICLB_NATIVE_BLOCKS, at the same price.
 */
#define QUICLB_NATIVE_BLOCKS 8
int quiclb_priv_native_available(void);
void quiclb_priv_native_encrypt_many(const struct quiclb_job *jobs, size_t n);
void quiclb_priv_native_decrypt_many(const struct quiclb_job *jobs, size_t n);

/* x86/vaes.c, likewise with QUICLB_CPU_VAES.  QUICLB_VAES_BLOCKS of one key. */
#define QUICLB_VAES_BLOCKS 16
int quiclb_priv_vaes_available(void);
void quiclb_priv_vaes_encrypt(const struct quiclb_job *jobs);
void quiclb_priv_vaes_decrypt(const struct quiclb_job *jobs);
void quiclb_priv_vaes_encrypt_row(const struct quiclb_cipher *cipher,
				  struct quiclb_block *blocks);
void quiclb_priv_vaes_decrypt_row(const struct quiclb_cipher *cipher,
				  struct quiclb_block *blocks);

#endif /* QUICLB_AES_PRIVATE_H */
