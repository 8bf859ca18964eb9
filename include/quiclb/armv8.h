/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One AES-128 block by the cryptographic extension of ARMv8, inlined.  Included
 * by native.h, whose names these are.
 */
#ifndef QUICLB_ARMV8_H
#define QUICLB_ARMV8_H

#include "aes.h"
#include "codec/common.h"

/*
 * Little-endian alone: a block in a register is then as in memory, its first
 * byte lowest.  AArch64 of the other order takes the portable block.
 */
#if defined(__aarch64__) && defined(QUICLB_VECTORS) &&                         \
	defined(QUICLB_WORD_LOADS)

#if defined(__clang__) && __clang_major__ < 16 /* it wants no sign */
#define QUICLB_NATIVE __attribute__((target("crypto")))
#else
#define QUICLB_NATIVE __attribute__((target("+crypto")))
#endif
#define QUICLB_NATIVE_INLINE                                                   \
	QUICLB_NATIVE static inline __attribute__((always_inline))

QUICLB_NATIVE_INLINE quiclb_h_vector quiclb_h_arm_key(const quiclb_u8 *schedule,
						      int round)
{
	quiclb_h_vector key;

	__builtin_memcpy(&key, schedule + round * QUICLB_BLOCK_BYTES,
			 sizeof(key));
	return key;
}

/*
 * Assembly, for arm_neon.h of clang before 16 has these instructions only where
 * a whole file is compiled for them; and CPUs that do a pair as one want it
 * side by side.
 *
 * AESE and AESD add a round key before they substitute bytes and shift rows, so
 * that each is a round's end and the next one's beginning: the last key of ten
 * rounds is left over.
 */
QUICLB_NATIVE_INLINE quiclb_h_vector quiclb_h_arm_enc(quiclb_h_vector x,
						      quiclb_h_vector key)
{
	__asm__("aese %0.16b, %1.16b\n\taesmc %0.16b, %0.16b"
		: "+w"(x)
		: "w"(key));
	return x;
}

QUICLB_NATIVE_INLINE quiclb_h_vector quiclb_h_arm_enc_last(quiclb_h_vector x,
							   quiclb_h_vector key,
							   quiclb_h_vector last)
{
	__asm__("aese %0.16b, %1.16b" : "+w"(x) : "w"(key));
	return x ^ last;
}

QUICLB_NATIVE_INLINE quiclb_h_vector quiclb_h_arm_dec(quiclb_h_vector x,
						      quiclb_h_vector key)
{
	__asm__("aesd %0.16b, %1.16b\n\taesimc %0.16b, %0.16b"
		: "+w"(x)
		: "w"(key));
	return x;
}

QUICLB_NATIVE_INLINE quiclb_h_vector quiclb_h_arm_dec_last(quiclb_h_vector x,
							   quiclb_h_vector key,
							   quiclb_h_vector last)
{
	__asm__("aesd %0.16b, %1.16b" : "+w"(x) : "w"(key));
	return x ^ last;
}

QUICLB_NATIVE_INLINE void
quiclb_h_native_encrypt_block(const quiclb_u8 *schedule,
			      struct quiclb_block *block)
{
	quiclb_h_vector x = quiclb_h_vector_of(block);

	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 0));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 1));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 2));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 3));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 4));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 5));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 6));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 7));
	x = quiclb_h_arm_enc(x, quiclb_h_arm_key(schedule, 8));
	x = quiclb_h_arm_enc_last(x, quiclb_h_arm_key(schedule, 9),
				  quiclb_h_arm_key(schedule, 10));
	*block = quiclb_h_vector_block(x);
}

QUICLB_NATIVE_INLINE void
quiclb_h_native_decrypt_block(const quiclb_u8 *schedule,
			      struct quiclb_block *block)
{
	quiclb_h_vector x = quiclb_h_vector_of(block);

	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 0));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 1));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 2));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 3));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 4));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 5));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 6));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 7));
	x = quiclb_h_arm_dec(x, quiclb_h_arm_key(schedule, 8));
	x = quiclb_h_arm_dec_last(x, quiclb_h_arm_key(schedule, 9),
				  quiclb_h_arm_key(schedule, 10));
	*block = quiclb_h_vector_block(x);
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
		quiclb_h_vector k =
			quiclb_h_arm_key(encrypt, QUICLB_AES_ROUNDS - i);

		if (i > 0 && i < QUICLB_AES_ROUNDS)
			__asm__("aesimc %0.16b, %0.16b" : "+w"(k));
		__builtin_memcpy(decrypt + i * QUICLB_BLOCK_BYTES, &k,
				 sizeof(k));
	}
}

#endif /* AArch64, little-endian */

#endif /* QUICLB_ARMV8_H */
