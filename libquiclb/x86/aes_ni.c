/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-NI.  Called from aes.c alone, and only where the CPU has it.
 */
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>

#include "../aes.h"

#define AES_NI __attribute__((target("aes,sse2")))

int quiclb_priv_x86_available(void)
{
	return __builtin_cpu_supports("aes") != 0;
}

AES_NI static __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* The equivalent inverse cipher of FIPS 197, 5.3.5. */
AES_NI void quiclb_priv_x86_prepare(struct quiclb_cipher *cipher)
{
	int i;

	for (i = 0; i <= QUICLB_AES_ROUNDS; i++) {
		const int from = (QUICLB_AES_ROUNDS - i) * QUICLB_BLOCK_BYTES;
		__m128i k = load(cipher->encrypt + from);

		if (i > 0 && i < QUICLB_AES_ROUNDS)
			k = _mm_aesimc_si128(k);
		_mm_storeu_si128((__m128i *)(void *)(cipher->decrypt +
						     i * QUICLB_BLOCK_BYTES),
				 k);
	}
}

AES_NI static __m128i take(const struct quiclb_block *block)
{
	return _mm_loadu_si128((const __m128i *)(const void *)block->w);
}

AES_NI static void give(struct quiclb_block *block, __m128i x)
{
	_mm_storeu_si128((__m128i *)(void *)block->w, x);
}

AES_NI void quiclb_priv_x86_encrypt(const struct quiclb_cipher *cipher,
				    struct quiclb_block *block)
{
	__m128i x = _mm_xor_si128(take(block), load(cipher->encrypt));
	int i;

	for (i = 1; i < QUICLB_AES_ROUNDS; i++)
		x = _mm_aesenc_si128(
			x, load(cipher->encrypt + i * QUICLB_BLOCK_BYTES));
	x = _mm_aesenclast_si128(
		x, load(cipher->encrypt + i * QUICLB_BLOCK_BYTES));
	give(block, x);
}

AES_NI void quiclb_priv_x86_decrypt(const struct quiclb_cipher *cipher,
				    struct quiclb_block *block)
{
	__m128i x = _mm_xor_si128(take(block), load(cipher->decrypt));
	int i;

	for (i = 1; i < QUICLB_AES_ROUNDS; i++)
		x = _mm_aesdec_si128(
			x, load(cipher->decrypt + i * QUICLB_BLOCK_BYTES));
	x = _mm_aesdeclast_si128(
		x, load(cipher->decrypt + i * QUICLB_BLOCK_BYTES));
	give(block, x);
}
#else
typedef int quiclb_priv_x86_is_elsewhere; /* ISO C wants a declaration */
#endif
