/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES on four blocks in a register, four registers at a time: VAES with
 * AVX-512.  Called from aes.c alone, and only where the CPU has it.
 */
#include "../aes.h"

#if defined(__x86_64__) &&                                                     \
	((defined(__clang__) && __clang_major__ >= 6) ||                       \
	 (!defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 8))
#include <cpuid.h>
#include <immintrin.h>

#define VAES __attribute__((target("vaes,aes,avx512f")))
#define VAES_INLINE VAES __attribute__((always_inline)) static inline

#define CPUID_7_ECX_VAES (1u << 9)

/*
 * avx512f is said of the CPU and the operating system.  Not every compiler
 * that knows VAES can ask for it by name.
 */
int quiclb_priv_vaes_available(void)
{
	unsigned int a, b, c, d;

	return __builtin_cpu_supports("avx512f") &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & CPUID_7_ECX_VAES;
}

VAES_INLINE __m128i load(const void *p)
{
	return _mm_loadu_si128(p);
}

VAES_INLINE __m512i round_key(const uint8_t *schedule, int i)
{
	return _mm512_broadcast_i32x4(load(schedule + i * QUICLB_BLOCK_BYTES));
}

VAES_INLINE __m512i take(const struct quiclb_job *jobs)
{
	__m512i x = _mm512_castsi128_si512(load(jobs[0].block));

	x = _mm512_inserti32x4(x, load(jobs[1].block), 1);
	x = _mm512_inserti32x4(x, load(jobs[2].block), 2);
	return _mm512_inserti32x4(x, load(jobs[3].block), 3);
}

VAES_INLINE void give(const struct quiclb_job *jobs, __m512i x)
{
	_mm_storeu_si128((void *)jobs[0].block, _mm512_castsi512_si128(x));
	_mm_storeu_si128((void *)jobs[1].block,
			 _mm512_extracti32x4_epi32(x, 1));
	_mm_storeu_si128((void *)jobs[2].block,
			 _mm512_extracti32x4_epi32(x, 2));
	_mm_storeu_si128((void *)jobs[3].block,
			 _mm512_extracti32x4_epi32(x, 3));
}

/* QUICLB_VAES_BLOCKS of them. */
struct sixteen {
	__m512i a, b, c, d;
};

VAES_INLINE struct sixteen take_jobs(const struct quiclb_job *jobs)
{
	return (struct sixteen){ take(jobs), take(jobs + 4), take(jobs + 8),
				 take(jobs + 12) };
}

VAES_INLINE void give_jobs(const struct quiclb_job *jobs, struct sixteen x)
{
	give(jobs, x.a);
	give(jobs + 4, x.b);
	give(jobs + 8, x.c);
	give(jobs + 12, x.d);
}

VAES_INLINE struct sixteen take_row(const struct quiclb_block *blocks)
{
	return (struct sixteen){ _mm512_loadu_si512(blocks),
				 _mm512_loadu_si512(blocks + 4),
				 _mm512_loadu_si512(blocks + 8),
				 _mm512_loadu_si512(blocks + 12) };
}

VAES_INLINE void give_row(struct quiclb_block *blocks, struct sixteen x)
{
	_mm512_storeu_si512(blocks, x.a);
	_mm512_storeu_si512(blocks + 4, x.b);
	_mm512_storeu_si512(blocks + 8, x.c);
	_mm512_storeu_si512(blocks + 12, x.d);
}

VAES_INLINE struct sixteen whiten(struct sixteen x, __m512i k)
{
	return (struct sixteen){ _mm512_xor_si512(x.a, k),
				 _mm512_xor_si512(x.b, k),
				 _mm512_xor_si512(x.c, k),
				 _mm512_xor_si512(x.d, k) };
}

VAES_INLINE struct sixteen encrypt(const uint8_t *keys, struct sixteen x)
{
	__m512i k;
	int i;

	x = whiten(x, round_key(keys, 0));
	for (i = 1; i < QUICLB_AES_ROUNDS; i++) {
		k = round_key(keys, i);
		x.a = _mm512_aesenc_epi128(x.a, k);
		x.b = _mm512_aesenc_epi128(x.b, k);
		x.c = _mm512_aesenc_epi128(x.c, k);
		x.d = _mm512_aesenc_epi128(x.d, k);
	}
	k = round_key(keys, i);
	return (struct sixteen){ _mm512_aesenclast_epi128(x.a, k),
				 _mm512_aesenclast_epi128(x.b, k),
				 _mm512_aesenclast_epi128(x.c, k),
				 _mm512_aesenclast_epi128(x.d, k) };
}

VAES_INLINE struct sixteen decrypt(const uint8_t *keys, struct sixteen x)
{
	__m512i k;
	int i;

	x = whiten(x, round_key(keys, 0));
	for (i = 1; i < QUICLB_AES_ROUNDS; i++) {
		k = round_key(keys, i);
		x.a = _mm512_aesdec_epi128(x.a, k);
		x.b = _mm512_aesdec_epi128(x.b, k);
		x.c = _mm512_aesdec_epi128(x.c, k);
		x.d = _mm512_aesdec_epi128(x.d, k);
	}
	k = round_key(keys, i);
	return (struct sixteen){ _mm512_aesdeclast_epi128(x.a, k),
				 _mm512_aesdeclast_epi128(x.b, k),
				 _mm512_aesdeclast_epi128(x.c, k),
				 _mm512_aesdeclast_epi128(x.d, k) };
}

VAES void quiclb_priv_vaes_encrypt(const struct quiclb_job *jobs)
{
	give_jobs(jobs, encrypt(jobs[0].cipher->encrypt, take_jobs(jobs)));
}

VAES void quiclb_priv_vaes_decrypt(const struct quiclb_job *jobs)
{
	give_jobs(jobs, decrypt(jobs[0].cipher->decrypt, take_jobs(jobs)));
}

VAES void quiclb_priv_vaes_encrypt_row(const struct quiclb_cipher *cipher,
				       struct quiclb_block *blocks)
{
	give_row(blocks, encrypt(cipher->encrypt, take_row(blocks)));
}

VAES void quiclb_priv_vaes_decrypt_row(const struct quiclb_cipher *cipher,
				       struct quiclb_block *blocks)
{
	give_row(blocks, decrypt(cipher->decrypt, take_row(blocks)));
}
#else
int quiclb_priv_vaes_available(void)
{
	return 0;
}

void quiclb_priv_vaes_encrypt(const struct quiclb_job *jobs)
{
	(void)jobs;
}

void quiclb_priv_vaes_decrypt(const struct quiclb_job *jobs)
{
	(void)jobs;
}

void quiclb_priv_vaes_encrypt_row(const struct quiclb_cipher *cipher,
				  struct quiclb_block *blocks)
{
	(void)cipher;
	(void)blocks;
}

void quiclb_priv_vaes_decrypt_row(const struct quiclb_cipher *cipher,
				  struct quiclb_block *blocks)
{
	(void)cipher;
	(void)blocks;
}
#endif
