/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARMv8's AES: whether the CPU has it, and eight blocks side by side.  Called
 * from aes.c and cpu.c alone, and but for the first only where it has.
 */
#include "../aes.h"

#if defined(__aarch64__) && QUICLB_HAVE_NATIVE

#if defined(__linux__)
#include <sys/auxv.h>

#if !defined(HWCAP_AES) /* not every C library names it there */
#define HWCAP_AES (1ul << 3)
#endif

int quiclb_priv_native_available(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
}
#else
/* Elsewhere what the compiler may take for granted; on Apple's that is all. */
int quiclb_priv_native_available(void)
{
#if defined(__APPLE__) || defined(__ARM_FEATURE_AES)
	return 1;
#else
	return 0;
#endif
}
#endif

/*
 * Eight chains of instructions hide the latency of each; in fours, which the
 * compiler keeps in registers.
 */
struct four {
	quiclb_h_vector a, b, c, d;
};

QUICLB_NATIVE_INLINE struct four take_four(const struct quiclb_job *jobs)
{
	return (struct four){ quiclb_h_vector_of(jobs[0].block),
			      quiclb_h_vector_of(jobs[1].block),
			      quiclb_h_vector_of(jobs[2].block),
			      quiclb_h_vector_of(jobs[3].block) };
}

QUICLB_NATIVE_INLINE void give_four(const struct quiclb_job *jobs,
				    struct four x)
{
	*jobs[0].block = quiclb_h_vector_block(x.a);
	*jobs[1].block = quiclb_h_vector_block(x.b);
	*jobs[2].block = quiclb_h_vector_block(x.c);
	*jobs[3].block = quiclb_h_vector_block(x.d);
}

QUICLB_NATIVE_INLINE struct four round_keys(const uint8_t *const *keys, int i)
{
	return (struct four){ quiclb_h_arm_key(keys[0], i),
			      quiclb_h_arm_key(keys[1], i),
			      quiclb_h_arm_key(keys[2], i),
			      quiclb_h_arm_key(keys[3], i) };
}

QUICLB_NATIVE_INLINE struct four enc(struct four x, struct four k)
{
	return (struct four){ quiclb_h_arm_enc(x.a, k.a),
			      quiclb_h_arm_enc(x.b, k.b),
			      quiclb_h_arm_enc(x.c, k.c),
			      quiclb_h_arm_enc(x.d, k.d) };
}

QUICLB_NATIVE_INLINE struct four enc_last(struct four x, struct four k,
					  struct four last)
{
	return (struct four){ quiclb_h_arm_enc_last(x.a, k.a, last.a),
			      quiclb_h_arm_enc_last(x.b, k.b, last.b),
			      quiclb_h_arm_enc_last(x.c, k.c, last.c),
			      quiclb_h_arm_enc_last(x.d, k.d, last.d) };
}

QUICLB_NATIVE_INLINE struct four dec(struct four x, struct four k)
{
	return (struct four){ quiclb_h_arm_dec(x.a, k.a),
			      quiclb_h_arm_dec(x.b, k.b),
			      quiclb_h_arm_dec(x.c, k.c),
			      quiclb_h_arm_dec(x.d, k.d) };
}

QUICLB_NATIVE_INLINE struct four dec_last(struct four x, struct four k,
					  struct four last)
{
	return (struct four){ quiclb_h_arm_dec_last(x.a, k.a, last.a),
			      quiclb_h_arm_dec_last(x.b, k.b, last.b),
			      quiclb_h_arm_dec_last(x.c, k.c, last.c),
			      quiclb_h_arm_dec_last(x.d, k.d, last.d) };
}

/* Eight jobs; those past n do the first one's once more. */
static void fill_up(struct quiclb_job all[QUICLB_NATIVE_BLOCKS],
		    const struct quiclb_job *jobs, size_t n)
{
	size_t i;

	for (i = 0; i < QUICLB_NATIVE_BLOCKS; i++)
		all[i] = jobs[i < n ? i : 0];
}

#define LAST (QUICLB_AES_ROUNDS - 1) /* begins the last round */

QUICLB_NATIVE void
quiclb_priv_native_encrypt_many(const struct quiclb_job *jobs, size_t n)
{
	struct quiclb_job all[QUICLB_NATIVE_BLOCKS];
	const uint8_t *keys[QUICLB_NATIVE_BLOCKS];
	struct four x, y;
	int i;

	fill_up(all, jobs, n);
	for (i = 0; i < QUICLB_NATIVE_BLOCKS; i++)
		keys[i] = all[i].cipher->encrypt;
	x = take_four(all);
	y = take_four(all + 4);
	for (i = 0; i < LAST; i++) {
		x = enc(x, round_keys(keys, i));
		y = enc(y, round_keys(keys + 4, i));
	}
	x = enc_last(x, round_keys(keys, LAST), round_keys(keys, LAST + 1));
	y = enc_last(y, round_keys(keys + 4, LAST),
		     round_keys(keys + 4, LAST + 1));
	give_four(all, x);
	give_four(all + 4, y);
}

QUICLB_NATIVE void
quiclb_priv_native_decrypt_many(const struct quiclb_job *jobs, size_t n)
{
	struct quiclb_job all[QUICLB_NATIVE_BLOCKS];
	const uint8_t *keys[QUICLB_NATIVE_BLOCKS];
	struct four x, y;
	int i;

	fill_up(all, jobs, n);
	for (i = 0; i < QUICLB_NATIVE_BLOCKS; i++)
		keys[i] = all[i].cipher->decrypt;
	x = take_four(all);
	y = take_four(all + 4);
	for (i = 0; i < LAST; i++) {
		x = dec(x, round_keys(keys, i));
		y = dec(y, round_keys(keys + 4, i));
	}
	x = dec_last(x, round_keys(keys, LAST), round_keys(keys, LAST + 1));
	y = dec_last(y, round_keys(keys + 4, LAST),
		     round_keys(keys + 4, LAST + 1));
	give_four(all, x);
	give_four(all + 4, y);
}
#else
typedef int quiclb_priv_arm_is_elsewhere; /* ISO C wants a declaration */
#endif
