/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-NI: whether the CPU has it, and eight blocks side by side.  Called from
 * aes.c and cpu.c alone, and but for the first only where it has.
 */
#include "../aes.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>

#define AES_NI __attribute__((target("aes,sse2")))

int quiclb_priv_native_available(void)
{
	return __builtin_cpu_supports("aes") &&
	       __builtin_cpu_supports("sse4.1");
}

AES_NI static __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

AES_NI static __m128i take(const struct quiclb_block *block)
{
	return _mm_loadu_si128((const __m128i *)(const void *)block->w);
}

AES_NI static void give(struct quiclb_block *block, __m128i x)
{
	_mm_storeu_si128((__m128i *)(void *)block->w, x);
}

/*
 * Eight chains of instructions hide the latency of each; in fours, which the
 * compiler keeps in registers.
 */
struct four {
	__m128i a, b, c, d;
};

#define AES_NI_INLINE AES_NI __attribute__((always_inline)) static inline

AES_NI_INLINE struct four round_keys(const uint8_t *const *schedules, int i)
{
	const int at = i * QUICLB_BLOCK_BYTES;

	return (struct four){ load(schedules[0] + at), load(schedules[1] + at),
			      load(schedules[2] + at),
			      load(schedules[3] + at) };
}

AES_NI_INLINE struct four take_four(const struct quiclb_job *jobs,
				    const uint8_t *const *schedules)
{
	const struct four k = round_keys(schedules, 0);

	return (struct four){ _mm_xor_si128(take(jobs[0].block), k.a),
			      _mm_xor_si128(take(jobs[1].block), k.b),
			      _mm_xor_si128(take(jobs[2].block), k.c),
			      _mm_xor_si128(take(jobs[3].block), k.d) };
}

AES_NI_INLINE void give_four(const struct quiclb_job *jobs, struct four x)
{
	give(jobs[0].block, x.a);
	give(jobs[1].block, x.b);
	give(jobs[2].block, x.c);
	give(jobs[3].block, x.d);
}

AES_NI_INLINE struct four enc(struct four x, struct four k)
{
	return (struct four){ _mm_aesenc_si128(x.a, k.a),
			      _mm_aesenc_si128(x.b, k.b),
			      _mm_aesenc_si128(x.c, k.c),
			      _mm_aesenc_si128(x.d, k.d) };
}

AES_NI_INLINE struct four enc_last(struct four x, struct four k)
{
	return (struct four){ _mm_aesenclast_si128(x.a, k.a),
			      _mm_aesenclast_si128(x.b, k.b),
			      _mm_aesenclast_si128(x.c, k.c),
			      _mm_aesenclast_si128(x.d, k.d) };
}

AES_NI_INLINE struct four dec(struct four x, struct four k)
{
	return (struct four){ _mm_aesdec_si128(x.a, k.a),
			      _mm_aesdec_si128(x.b, k.b),
			      _mm_aesdec_si128(x.c, k.c),
			      _mm_aesdec_si128(x.d, k.d) };
}

AES_NI_INLINE struct four dec_last(struct four x, struct four k)
{
	return (struct four){ _mm_aesdeclast_si128(x.a, k.a),
			      _mm_aesdeclast_si128(x.b, k.b),
			      _mm_aesdeclast_si128(x.c, k.c),
			      _mm_aesdeclast_si128(x.d, k.d) };
}

/* Eight jobs; those past n do the first one's once more. */
static void fill_up(struct quiclb_job all[QUICLB_NATIVE_BLOCKS],
		    const struct quiclb_job *jobs, size_t n)
{
	size_t i;

	for (i = 0; i < QUICLB_NATIVE_BLOCKS; i++)
		all[i] = jobs[i < n ? i : 0];
}

AES_NI void quiclb_priv_native_encrypt_many(const struct quiclb_job *jobs,
					    size_t n)
{
	struct quiclb_job all[QUICLB_NATIVE_BLOCKS];
	const uint8_t *keys[QUICLB_NATIVE_BLOCKS];
	struct four x, y;
	int i;

	fill_up(all, jobs, n);
	for (i = 0; i < QUICLB_NATIVE_BLOCKS; i++)
		keys[i] = all[i].cipher->encrypt;
	x = take_four(all, keys);
	y = take_four(all + 4, keys + 4);
	for (i = 1; i < QUICLB_AES_ROUNDS; i++) {
		x = enc(x, round_keys(keys, i));
		y = enc(y, round_keys(keys + 4, i));
	}
	give_four(all, enc_last(x, round_keys(keys, i)));
	give_four(all + 4, enc_last(y, round_keys(keys + 4, i)));
}

AES_NI void quiclb_priv_native_decrypt_many(const struct quiclb_job *jobs,
					    size_t n)
{
	struct quiclb_job all[QUICLB_NATIVE_BLOCKS];
	const uint8_t *keys[QUICLB_NATIVE_BLOCKS];
	struct four x, y;
	int i;

	fill_up(all, jobs, n);
	for (i = 0; i < QUICLB_NATIVE_BLOCKS; i++)
		keys[i] = all[i].cipher->decrypt;
	x = take_four(all, keys);
	y = take_four(all + 4, keys + 4);
	for (i = 1; i < QUICLB_AES_ROUNDS; i++) {
		x = dec(x, round_keys(keys, i));
		y = dec(y, round_keys(keys + 4, i));
	}
	give_four(all, dec_last(x, round_keys(keys, i)));
	give_four(all + 4, dec_last(y, round_keys(keys + 4, i)));
}
#else
typedef int quiclb_priv_x86_is_elsewhere; /* ISO C wants a declaration */
#endif
