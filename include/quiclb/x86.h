/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One AES-128 block by AES-NI, inlined.  Included by native.h, whose names
 * these are.
 */
#ifndef QUICLB_X86_H
#define QUICLB_X86_H

#include "aes.h"
#include "codec/common.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>

/*
 * Every CPU with AES has SSE4.1, of which a word goes into a vector sooner;
 * what is inlined asks for no more than -maes gives.
 */
#define QUICLB_NATIVE __attribute__((target("aes,sse4.1")))
#define QUICLB_NATIVE_INLINE                                                   \
	__attribute__((target("aes,sse2"))) static inline                      \
		__attribute__((always_inline))

/* 32-bit x86 without -msse2: common.h has no vectors, these functions do. */
#if !defined(QUICLB_VECTORS)
typedef quiclb_u64 quiclb_h_vector __attribute__((vector_size(16)));

QUICLB_NATIVE_INLINE quiclb_h_vector
quiclb_h_vector_of(const struct quiclb_block *b)
{
	const quiclb_h_vector v = { b->w[0], b->w[1] };

	return v;
}

QUICLB_NATIVE_INLINE struct quiclb_block
quiclb_h_vector_block(quiclb_h_vector v)
{
	const struct quiclb_block b = { { v[0], v[1] } };

	return b;
}
#endif

QUICLB_NATIVE_INLINE __m128i quiclb_h_x86_key(const quiclb_u8 *schedule,
					      int round)
{
	return _mm_loadu_si128(
		(const __m128i *)(const void *)(schedule +
						round * QUICLB_BLOCK_BYTES));
}

/*
 * The same schedule, of which the compiler knows nothing yet.  It would keep
 * eleven keys in registers from one block to the next, and what is decoded in
 * memory for want of registers; loading a key costs no time.
 */
QUICLB_NATIVE_INLINE const quiclb_u8 *
quiclb_h_x86_anew(const quiclb_u8 *schedule)
{
	__asm__ volatile("" : "+r"(schedule));
	return schedule;
}

/* The first round key is added as what went before was: in any order. */
QUICLB_NATIVE_INLINE __m128i quiclb_h_x86_begin(const struct quiclb_block *b,
						const quiclb_u8 *schedule)
{
	return (__m128i)(quiclb_h_vector_of(b) ^
			 (quiclb_h_vector)quiclb_h_x86_key(schedule, 0));
}

QUICLB_NATIVE_INLINE void quiclb_h_x86_give(struct quiclb_block *b, __m128i x)
{
	*b = quiclb_h_vector_block((quiclb_h_vector)x);
}

QUICLB_NATIVE_INLINE void
quiclb_h_native_encrypt_block(const quiclb_u8 *schedule,
			      struct quiclb_block *block)
{
	__m128i x;

	schedule = quiclb_h_x86_anew(schedule);
	x = quiclb_h_x86_begin(block, schedule);

	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 1));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 2));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 3));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 4));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 5));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 6));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 7));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 8));
	x = _mm_aesenc_si128(x, quiclb_h_x86_key(schedule, 9));
	x = _mm_aesenclast_si128(x, quiclb_h_x86_key(schedule, 10));
	quiclb_h_x86_give(block, x);
}

QUICLB_NATIVE_INLINE void
quiclb_h_native_decrypt_block(const quiclb_u8 *schedule,
			      struct quiclb_block *block)
{
	__m128i x;

	schedule = quiclb_h_x86_anew(schedule);
	x = quiclb_h_x86_begin(block, schedule);

	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 1));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 2));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 3));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 4));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 5));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 6));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 7));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 8));
	x = _mm_aesdec_si128(x, quiclb_h_x86_key(schedule, 9));
	x = _mm_aesdeclast_si128(x, quiclb_h_x86_key(schedule, 10));
	quiclb_h_x86_give(block, x);
}

/*
 * Round keys for decryption: those for encryption backwards, all but the ends
 * through InvMixColumns.  FIPS 197, 5.3.5.
 */
QUICLB_NATIVE_INLINE void quiclb_h_native_invert(const quiclb_u8 *encrypt,
						 quiclb_u8 *decrypt)
{
	int i;

	for (i = 0; i <= QUICLB_AES_ROUNDS; i++) {
		__m128i k = quiclb_h_x86_key(encrypt, QUICLB_AES_ROUNDS - i);

		if (i > 0 && i < QUICLB_AES_ROUNDS)
			k = _mm_aesimc_si128(k);
		_mm_storeu_si128(
			(__m128i *)(void *)(decrypt + i * QUICLB_BLOCK_BYTES),
			k);
	}
}

#endif /* x86 */

#endif /* QUICLB_X86_H */
