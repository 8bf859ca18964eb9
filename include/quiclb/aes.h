/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * AES-128 on one block without tables: no load address and no branch depends
 * on key or data.  The portable block of the library and the only one in BPF.
 *
 * Bitsliced: bit i of all 16 bytes makes plane i, 16 bits; planes 0..3 sit in
 * w[0] from the low end, planes 4..7 in w[1].  Within a plane, the byte in
 * row r and column c of the AES state (byte 4 c + r of the block) has bit
 * position 4 r + c, so that a row is a nibble: ShiftRows rotates nibbles,
 * MixColumns rotates the plane by whole nibbles, for four planes at once.
 *
 * Round keys are kept in the same form, 11 x 2 words, and serve both
 * directions.  The S-box is the circuit of Boyar and Peralta ("A small depth-16
 * circuit for the AES S-box", 2012), with their names for the wires.
 */
#ifndef QUICLB_AES_H
#define QUICLB_AES_H

#include "wire.h"

#define QUICLB_AES_ROUNDS 10

/* Exchange the bits of a under mask << shift with those of b under mask. */
QUICLB_INLINE void quiclb_h_aes_swap(quiclb_u64 *a, quiclb_u64 *b,
				     quiclb_u64 mask, int shift)
{
	quiclb_u64 t = ((*a >> shift) ^ *b) & mask;

	*b ^= t;
	*a ^= t << shift;
}

/* The same within one word: bits under mask with those shift above them. */
QUICLB_INLINE quiclb_u64 quiclb_h_aes_swap1(quiclb_u64 x, quiclb_u64 mask,
					    int shift)
{
	quiclb_u64 t = ((x >> shift) ^ x) & mask;

	return x ^ t ^ t << shift;
}

/*
 * Bytes to planes.  Number the 128 bits with 7 index bits: as bytes they read
 * c1 c0 r1 r0 i2 i1 i0 (column, row, bit in the byte), as planes they must
 * read i2 i1 i0 r1 r0 c1 c0.  Each swap exchanges two of the index bits.
 */
QUICLB_INLINE quiclb_u64 quiclb_h_aes_slice_word(quiclb_u64 x)
{
	/* comes in as c0 r1 r0 c1 i1 i0 */
	x = quiclb_h_aes_swap1(x, 0x00000000ccccccccULL, 30);
	/* i1 r1 r0 c1 c0 i0 */
	x = quiclb_h_aes_swap1(x, 0x0000aaaa0000aaaaULL, 15);
	/* i1 i0 r0 c1 c0 r1 */
	x = quiclb_h_aes_swap1(x, 0x00aa00aa00aa00aaULL, 7);
	/* i1 i0 r1 c1 c0 r0 */
	x = quiclb_h_aes_swap1(x, 0x0a0a0a0a0a0a0a0aULL, 3);
	/* i1 i0 r1 r0 c0 c1; the last swap gives i1 i0 r1 r0 c1 c0 */
	return quiclb_h_aes_swap1(x, 0x2222222222222222ULL, 1);
}

QUICLB_INLINE quiclb_u64 quiclb_h_aes_unslice_word(quiclb_u64 x)
{
	x = quiclb_h_aes_swap1(x, 0x2222222222222222ULL, 1);
	x = quiclb_h_aes_swap1(x, 0x0a0a0a0a0a0a0a0aULL, 3);
	x = quiclb_h_aes_swap1(x, 0x00aa00aa00aa00aaULL, 7);
	x = quiclb_h_aes_swap1(x, 0x0000aaaa0000aaaaULL, 15);
	return quiclb_h_aes_swap1(x, 0x00000000ccccccccULL, 30);
}

QUICLB_INLINE void quiclb_h_aes_slice(struct quiclb_block *b)
{
	/* c1 <-> i2: the one swap that crosses the words */
	quiclb_h_aes_swap(&b->w[0], &b->w[1], 0x0f0f0f0f0f0f0f0fULL, 4);
	b->w[0] = quiclb_h_aes_slice_word(b->w[0]);
	b->w[1] = quiclb_h_aes_slice_word(b->w[1]);
}

QUICLB_INLINE void quiclb_h_aes_unslice(struct quiclb_block *b)
{
	b->w[0] = quiclb_h_aes_unslice_word(b->w[0]);
	b->w[1] = quiclb_h_aes_unslice_word(b->w[1]);
	quiclb_h_aes_swap(&b->w[0], &b->w[1], 0x0f0f0f0f0f0f0f0fULL, 4);
}

/*
 * The S-box on all 16 bytes.  Bits above 16 of x0..x7 are the neighbouring
 * planes: the circuit works bit by bit, so they do no harm until the planes
 * are packed again.  x0 is the most significant bit, as in the paper.
 */
QUICLB_INLINE void quiclb_h_aes_sbox(struct quiclb_block *b)
{
	const quiclb_u64 x7 = b->w[0], x6 = x7 >> 16, x5 = x7 >> 32;
	const quiclb_u64 x4 = x7 >> 48, x3 = b->w[1], x2 = x3 >> 16;
	const quiclb_u64 x1 = x3 >> 32, x0 = x3 >> 48;

	/* top linear layer */
	const quiclb_u64 y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3;
	const quiclb_u64 y8 = x0 ^ x5, t0 = x1 ^ x2, y1 = t0 ^ x7;
	const quiclb_u64 y4 = y1 ^ x3, y12 = y13 ^ y14, y2 = y1 ^ x0;
	const quiclb_u64 y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12;
	const quiclb_u64 y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7;
	const quiclb_u64 y10 = y15 ^ t0, y11 = y20 ^ y9, y7 = x7 ^ y11;
	const quiclb_u64 y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11;
	const quiclb_u64 y21 = y13 ^ y16, y18 = x0 ^ y16;

	/* inversion in GF(2^8) */
	const quiclb_u64 t2 = y12 & y15, t4 = (y3 & y6) ^ t2;
	const quiclb_u64 t6 = (y4 & x7) ^ t2, t7 = y13 & y16;
	const quiclb_u64 t9 = (y5 & y1) ^ t7, t11 = (y2 & y7) ^ t7;
	const quiclb_u64 t12 = y9 & y11, t14 = (y14 & y17) ^ t12;
	const quiclb_u64 t16 = (y8 & y10) ^ t12;
	const quiclb_u64 t21 = t4 ^ t14 ^ y20, t22 = t6 ^ t16 ^ y19;
	const quiclb_u64 t23 = t9 ^ t14 ^ y21, t24 = t11 ^ t16 ^ y18;
	const quiclb_u64 t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26;
	const quiclb_u64 t29 = (t25 & t27) ^ t22, t30 = t23 ^ t24;
	const quiclb_u64 t33 = ((t22 ^ t26) & t30) ^ t24;
	const quiclb_u64 t36 = t24 & (t27 ^ t33), t37 = t36 ^ t23 ^ t33;
	const quiclb_u64 t40 = t25 ^ (t29 & (t27 ^ t36));
	const quiclb_u64 t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40;
	const quiclb_u64 t44 = t33 ^ t37, t45 = t42 ^ t41;

	const quiclb_u64 z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7;
	const quiclb_u64 z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;
	const quiclb_u64 z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10;
	const quiclb_u64 z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
	const quiclb_u64 z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2;
	const quiclb_u64 z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;

	/* bottom linear layer */
	const quiclb_u64 t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13;
	const quiclb_u64 t53 = z0 ^ z3, t57 = z2 ^ z12 ^ t53;
	const quiclb_u64 t58 = z4 ^ t46, t59 = z3 ^ z6 ^ z7;
	const quiclb_u64 t62 = z7 ^ z8 ^ t58, t63 = z9 ^ z10 ^ t58;
	const quiclb_u64 t64 = z4 ^ t59, t65 = z14 ^ t57 ^ t62;
	const quiclb_u64 t66 = z1 ^ t63;
	const quiclb_u64 s0 = t59 ^ t63, s6 = z12 ^ t48 ^ ~t62;
	const quiclb_u64 s7 = t48 ^ ~(t46 ^ t57), s3 = t53 ^ t66;
	const quiclb_u64 s4 = z2 ^ z5 ^ t66, s5 = t47 ^ t65;
	const quiclb_u64 s1 = t64 ^ ~s3, s2 = z16 ^ z17 ^ ~(t64 ^ t65);

	b->w[0] = (s7 & 0xffff) | (s6 & 0xffff) << 16 | (s5 & 0xffff) << 32 |
		  s4 << 48;
	b->w[1] = (s3 & 0xffff) | (s2 & 0xffff) << 16 | (s1 & 0xffff) << 32 |
		  s0 << 48;
}

/* Plane i of the result: plane i - k of the argument, indices modulo 8. */
QUICLB_INLINE struct quiclb_block
quiclb_h_aes_rot_planes(const struct quiclb_block *b, int k)
{
	const quiclb_u64 lo = k & 4 ? b->w[1] : b->w[0];
	const quiclb_u64 hi = k & 4 ? b->w[0] : b->w[1];
	const int s = 16 * (k & 3); /* never 0: k is 1, 3 or 6 */
	struct quiclb_block r;

	r.w[0] = lo << s | hi >> (64 - s);
	r.w[1] = hi << s | lo >> (64 - s);
	return r;
}

/* The inverse of the S-box's affine map; its constant is 0x05. */
QUICLB_INLINE void quiclb_h_aes_inv_affine(struct quiclb_block *b)
{
	const struct quiclb_block r1 = quiclb_h_aes_rot_planes(b, 1);
	const struct quiclb_block r3 = quiclb_h_aes_rot_planes(b, 3);
	const struct quiclb_block r6 = quiclb_h_aes_rot_planes(b, 6);

	b->w[0] = r1.w[0] ^ r3.w[0] ^ r6.w[0] ^ 0x0000ffff0000ffffULL;
	b->w[1] = r1.w[1] ^ r3.w[1] ^ r6.w[1];
}

/*
 * With A the affine map, S(x) = A(1/x); so 1/x = A'(S(x)), and
 * S'(x) = 1/A'(x) = A'(S(A'(x))): the inverse is the same circuit between
 * two linear maps.
 */
QUICLB_INLINE void quiclb_h_aes_inv_sbox(struct quiclb_block *b)
{
	quiclb_h_aes_inv_affine(b);
	quiclb_h_aes_sbox(b);
	quiclb_h_aes_inv_affine(b);
}

/* Row r moves r columns to the left: nibble r rotates down by r bits. */
QUICLB_INLINE quiclb_u64 quiclb_h_aes_shift_rows(quiclb_u64 x)
{
	return (x & 0x000f000f000f000fULL) |
	       ((x >> 1) & 0x0070007000700070ULL) |
	       ((x << 3) & 0x0080008000800080ULL) |
	       ((x >> 2) & 0x0300030003000300ULL) |
	       ((x << 2) & 0x0c000c000c000c00ULL) |
	       ((x >> 3) & 0x1000100010001000ULL) |
	       ((x << 1) & 0xe000e000e000e000ULL);
}

QUICLB_INLINE quiclb_u64 quiclb_h_aes_inv_shift_rows(quiclb_u64 x)
{
	return (x & 0x000f000f000f000fULL) |
	       ((x << 1) & 0x00e000e000e000e0ULL) |
	       ((x >> 3) & 0x0010001000100010ULL) |
	       ((x >> 2) & 0x0300030003000300ULL) |
	       ((x << 2) & 0x0c000c000c000c00ULL) |
	       ((x << 3) & 0x8000800080008000ULL) |
	       ((x >> 1) & 0x7000700070007000ULL);
}

/* Each byte becomes its neighbour one row, or two rows, further down. */
QUICLB_INLINE quiclb_u64 quiclb_h_aes_row1(quiclb_u64 x)
{
	return ((x >> 4) & 0x0fff0fff0fff0fffULL) |
	       ((x << 12) & 0xf000f000f000f000ULL);
}

QUICLB_INLINE quiclb_u64 quiclb_h_aes_row2(quiclb_u64 x)
{
	return ((x >> 8) & 0x00ff00ff00ff00ffULL) |
	       ((x << 8) & 0xff00ff00ff00ff00ULL);
}

/* Times x in GF(2^8): planes move up by one, plane 7 folds into 0, 1, 3, 4. */
QUICLB_INLINE void quiclb_h_aes_xtime(struct quiclb_block *b)
{
	const quiclb_u64 carry = b->w[1] >> 48;
	const quiclb_u64 up = b->w[0] >> 48;

	b->w[0] = (b->w[0] << 16) ^ carry ^ carry << 16 ^ carry << 48;
	b->w[1] = (b->w[1] << 16) ^ up ^ carry;
}

/* Column (2 3 1 1): 2 (a0 + a1) + a1 + (a2 + a3), ak being k rows down. */
QUICLB_INLINE void quiclb_h_aes_mix_columns(struct quiclb_block *b)
{
	const quiclb_u64 lo1 = quiclb_h_aes_row1(b->w[0]);
	const quiclb_u64 hi1 = quiclb_h_aes_row1(b->w[1]);
	const quiclb_u64 lo = b->w[0] ^ lo1, hi = b->w[1] ^ hi1;

	b->w[0] = lo;
	b->w[1] = hi;
	quiclb_h_aes_xtime(b);
	b->w[0] ^= lo1 ^ quiclb_h_aes_row2(lo);
	b->w[1] ^= hi1 ^ quiclb_h_aes_row2(hi);
}

/* The inverse is (5 0 4 0), that is a0 + 4 (a0 + a2), then (2 3 1 1). */
QUICLB_INLINE void quiclb_h_aes_inv_mix_columns(struct quiclb_block *b)
{
	struct quiclb_block t;

	t.w[0] = b->w[0] ^ quiclb_h_aes_row2(b->w[0]);
	t.w[1] = b->w[1] ^ quiclb_h_aes_row2(b->w[1]);
	quiclb_h_aes_xtime(&t);
	quiclb_h_aes_xtime(&t);
	b->w[0] ^= t.w[0];
	b->w[1] ^= t.w[1];
	quiclb_h_aes_mix_columns(b);
}

/**
 * quiclb_h_aes_expand() - round keys of an AES-128 key, bitsliced
 * @param[out] rk  11 round keys of 2 words each; the caller wipes them
 * @param key      QUICLB_KEY_BYTES bytes
 * Time: constant in the key.  Spec: FIPS 197, 5.2.
 */
QUICLB_INLINE void quiclb_h_aes_expand(quiclb_u64 rk[22], const quiclb_u8 *key)
{
	struct quiclb_block k, s;
	quiclb_u32 rcon = 1;
	int i;

	k.w[0] = quiclb_h_load64(key);
	k.w[1] = quiclb_h_load64(key + 8);
	for (i = 0; i <= QUICLB_AES_ROUNDS; i++) {
		quiclb_u32 t, w0, w1, w2, w3;

		s = k;
		quiclb_h_aes_slice(&s);
		rk[2 * i] = s.w[0];
		rk[2 * i + 1] = s.w[1];
		/* the last column's four bytes through the S-box, rotated */
		quiclb_h_aes_sbox(&s);
		quiclb_h_aes_unslice(&s);
		t = (quiclb_u32)(s.w[1] >> 32);
		w0 = (quiclb_u32)k.w[0] ^ (t >> 8 | t << 24) ^ rcon;
		w1 = (quiclb_u32)(k.w[0] >> 32) ^ w0;
		w2 = (quiclb_u32)k.w[1] ^ w1;
		w3 = (quiclb_u32)(k.w[1] >> 32) ^ w2;
		k.w[0] = (quiclb_u64)w1 << 32 | w0;
		k.w[1] = (quiclb_u64)w3 << 32 | w2;
		rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
	}
}

/**
 * quiclb_h_aes_encrypt() - AES-128 of one block, in place
 * @param rk  from quiclb_h_aes_expand()
 * @param b   16 bytes, byte 0 in the low end of w[0]
 * Time: constant in key and block.  Spec: FIPS 197, 5.1.
 */
QUICLB_INLINE void quiclb_h_aes_encrypt(const quiclb_u64 *rk,
					struct quiclb_block *b)
{
	int i;

	quiclb_h_aes_slice(b);
	b->w[0] ^= rk[0];
	b->w[1] ^= rk[1];
	for (i = 1; i <= QUICLB_AES_ROUNDS; i++) {
		quiclb_h_aes_sbox(b);
		b->w[0] = quiclb_h_aes_shift_rows(b->w[0]);
		b->w[1] = quiclb_h_aes_shift_rows(b->w[1]);
		if (i < QUICLB_AES_ROUNDS)
			quiclb_h_aes_mix_columns(b);
		b->w[0] ^= rk[2 * i];
		b->w[1] ^= rk[2 * i + 1];
	}
	quiclb_h_aes_unslice(b);
}

/**
 * quiclb_h_aes_decrypt() - the inverse of quiclb_h_aes_encrypt()
 * @param rk  from quiclb_h_aes_expand(); the same keys as for encryption
 * @param b   16 bytes, byte 0 in the low end of w[0]
 * Time: constant in key and block.  Spec: FIPS 197, 5.3.
 */
QUICLB_INLINE void quiclb_h_aes_decrypt(const quiclb_u64 *rk,
					struct quiclb_block *b)
{
	int i;

	quiclb_h_aes_slice(b);
	for (i = QUICLB_AES_ROUNDS; i >= 1; i--) {
		b->w[0] ^= rk[2 * i];
		b->w[1] ^= rk[2 * i + 1];
		if (i < QUICLB_AES_ROUNDS)
			quiclb_h_aes_inv_mix_columns(b);
		b->w[0] = quiclb_h_aes_inv_shift_rows(b->w[0]);
		b->w[1] = quiclb_h_aes_inv_shift_rows(b->w[1]);
		quiclb_h_aes_inv_sbox(b);
	}
	b->w[0] ^= rk[0];
	b->w[1] ^= rk[1];
	quiclb_h_aes_unslice(b);
}

#endif /* QUICLB_AES_H */
