/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * AES-128 on one block without tables: no load address and no branch depends
 * on key or data.  The portable block of the library and the only one in BPF.
 *
 * Bitsliced: bit i of all 16 bytes makes plane i, 16 bits; planes 0..3 sit in
 * w[0], planes 4..7 in w[1].  The bit of plane i of the byte in row r and
 * column c of the AES state (byte 4 c + r of the block) has bit position
 * 16 r + 4 c + i % 4.  Shifts by less than 4 bring a plane to the place of
 * another; MixColumns rotates whole words.
 *
 * Round keys are kept in the same form, 11 x 2 words, and serve both
 * directions.  The S-box is the circuit of Boyar and Peralta ("A new
 * combinational logic minimization technique with applications to cryptology",
 * 2010), with their names for the wires.
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
 * read i2 r1 r0 c1 c0 i1 i0.  Each swap exchanges two of the index bits.
 */
QUICLB_INLINE void quiclb_h_aes_slice(struct quiclb_block *b)
{
	int i;

	/* c1 <-> c0, then i2 <-> c0: the swaps that cross the words */
	quiclb_h_aes_swap(&b->w[0], &b->w[1], 0x00000000ffffffffULL, 32);
	for (i = 0; i < 2; i++) {
		/* c1 r1 r0 to r1 c1 r0 to r1 r0 c1 */
		b->w[i] =
			quiclb_h_aes_swap1(b->w[i], 0x00000000ffff0000ULL, 16);
		b->w[i] = quiclb_h_aes_swap1(b->w[i], 0x0000ff000000ff00ULL, 8);
	}
	quiclb_h_aes_swap(&b->w[0], &b->w[1], 0x0f0f0f0f0f0f0f0fULL, 4);
}

QUICLB_INLINE void quiclb_h_aes_unslice(struct quiclb_block *b)
{
	int i;

	quiclb_h_aes_swap(&b->w[0], &b->w[1], 0x0f0f0f0f0f0f0f0fULL, 4);
	for (i = 0; i < 2; i++) {
		b->w[i] = quiclb_h_aes_swap1(b->w[i], 0x0000ff000000ff00ULL, 8);
		b->w[i] =
			quiclb_h_aes_swap1(b->w[i], 0x00000000ffff0000ULL, 16);
	}
	quiclb_h_aes_swap(&b->w[0], &b->w[1], 0x00000000ffffffffULL, 32);
}

/*
 * The S-box on all bytes, plane i in x[i], but for the 0x63 that FIPS 197 adds
 * last: quiclb_h_aes_add_key() adds it.  So the inverse takes its input with
 * 0x63 added; its linear layers are the forward ones multiplied by the inverse
 * of the affine map, and were searched for the fewest gates (112, of 113
 * forward).  plane is an unsigned integer or a vector of them.
 */
#define QUICLB_H_AES_INVERSION(plane)                                          \
	const plane t2 = y12 & y15, t4 = (y3 & y6) ^ t2;                       \
	const plane t6 = (y4 & y0) ^ t2, t7 = y13 & y16;                       \
	const plane t9 = (y5 & y1) ^ t7, t11 = (y2 & y7) ^ t7;                 \
	const plane t12 = y9 & y11, t14 = (y14 & y17) ^ t12;                   \
	const plane t16 = (y8 & y10) ^ t12;                                    \
	const plane t21 = t4 ^ t14 ^ y20, t22 = t6 ^ t16 ^ y19;                \
	const plane t23 = t9 ^ t14 ^ y21, t24 = t11 ^ t16 ^ y18;               \
	const plane t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26;         \
	const plane t29 = (t25 & t27) ^ t22, t30 = t23 ^ t24;                  \
	const plane t33 = ((t22 ^ t26) & t30) ^ t24;                           \
	const plane t36 = t24 & (t27 ^ t33), t37 = t36 ^ t23 ^ t33;            \
	const plane t40 = t25 ^ (t29 & (t27 ^ t36));                           \
	const plane t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40;         \
	const plane t44 = t33 ^ t37, t45 = t42 ^ t41;                          \
	const plane z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & y0;              \
	const plane z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;              \
	const plane z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10;            \
	const plane z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;            \
	const plane z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2;           \
	const plane z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;

#define QUICLB_H_AES_SBOXES(plane, sbox, inv_sbox)                             \
	QUICLB_INLINE void sbox(plane x[8])                                    \
	{                                                                      \
		const plane y0 = x[0], y14 = x[4] ^ x[2], y13 = x[7] ^ x[1];   \
		const plane y9 = x[7] ^ x[4], y8 = x[7] ^ x[2],                \
			    t0 = x[6] ^ x[5];                                  \
		const plane y1 = t0 ^ y0, y4 = y1 ^ x[4], y12 = y13 ^ y14;     \
		const plane y2 = y1 ^ x[7], y5 = y1 ^ x[1], y3 = y5 ^ y8;      \
		const plane t1 = x[3] ^ y12, y15 = t1 ^ x[2], y20 = t1 ^ x[6]; \
		const plane y6 = y15 ^ y0, y10 = y15 ^ t0, y11 = y20 ^ y9;     \
		const plane y7 = y0 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8;    \
		const plane y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x[7] ^ y16; \
                                                                               \
		QUICLB_H_AES_INVERSION(plane)                                  \
		const plane t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13;  \
		const plane t53 = z0 ^ z3, t57 = z2 ^ z12 ^ t53;               \
		const plane t58 = z4 ^ t46, t59 = z3 ^ z6 ^ z7;                \
		const plane t62 = z7 ^ z8 ^ t58, t63 = z9 ^ z10 ^ t58;         \
		const plane t64 = z4 ^ t59, t65 = z14 ^ t57 ^ t62;             \
		const plane t66 = z1 ^ t63, t67 = t53 ^ t66;                   \
		x[0] = t48 ^ t46 ^ t57;                                        \
		x[1] = z12 ^ t48 ^ t62;                                        \
		x[2] = t47 ^ t65;                                              \
		x[3] = z2 ^ z5 ^ t66;                                          \
		x[4] = t67;                                                    \
		x[5] = z16 ^ z17 ^ t64 ^ t65;                                  \
		x[6] = t64 ^ t67;                                              \
		x[7] = t59 ^ t63;                                              \
	}                                                                      \
	QUICLB_INLINE void inv_sbox(plane x[8])                                \
	{                                                                      \
		const plane y8 = x[7] ^ x[6], y6 = y8 ^ x[4],                  \
			    y3 = x[7] ^ x[4];                                  \
		const plane y9 = x[4] ^ x[3], y5 = x[6] ^ x[4];                \
		const plane y14 = y6 ^ x[3], y18 = y9 ^ x[5], y1 = y9 ^ x[0];  \
		const plane y19 = x[3] ^ x[0], y10 = y19 ^ y8,                 \
			    y13 = y1 ^ x[1];                                   \
		const plane y2 = y13 ^ y5, y7 = y2 ^ y18, y4 = y7 ^ x[5];      \
		const plane y12 = y13 ^ y14, y21 = y7 ^ x[1], y16 = y21 ^ y13; \
		const plane u0 = x[7] ^ x[2], y0 = u0 ^ x[5], y11 = y0 ^ y7;   \
		const plane y15 = y0 ^ y6, y17 = y15 ^ y16, y20 = y11 ^ y9;    \
		QUICLB_H_AES_INVERSION(plane)                                  \
		const plane v1 = z15 ^ z16, v2 = z3 ^ z5, v3 = z6 ^ v1;        \
		const plane v4 = v3 ^ v2, v5 = v4 ^ z12, v6 = v5 ^ z13;        \
		const plane v7 = z8 ^ v6, v8 = z17 ^ z16, v9 = z9 ^ z11;       \
		const plane v10 = v9 ^ v8, v11 = z4 ^ z5, v12 = z0 ^ v2;       \
		const plane v13 = z2 ^ v12, v14 = z1 ^ v7, v15 = v14 ^ v11;    \
		const plane v16 = v15 ^ v12, v17 = z10 ^ z11, v18 = v17 ^ v13; \
		const plane v19 = z7 ^ v6, v20 = v19 ^ v11, v21 = z14 ^ v16;   \
		const plane v22 = v21 ^ v18, v24 = v8 ^ v18, v28 = z12 ^ v10;  \
		x[0] = v1 ^ v10;                                               \
		x[1] = v20;                                                    \
		x[2] = v16;                                                    \
		x[3] = v24 ^ v20;                                              \
		x[4] = v7 ^ v13;                                               \
		x[5] = z13 ^ v22;                                              \
		x[6] = v28 ^ v22;                                              \
		x[7] = v7;                                                     \
	}

QUICLB_H_AES_SBOXES(quiclb_u64, quiclb_h_aes_circuit, quiclb_h_aes_inv_circuit)

/* Plane 0 of w[0], plane 4 of w[1]. */
#define QUICLB_H_AES_PLANE 0x1111111111111111ULL
/* 0x63 in all bytes: planes 0 and 1, 5 and 6. */
#define QUICLB_H_AES_63_LO (3 * QUICLB_H_AES_PLANE)
#define QUICLB_H_AES_63_HI (6 * QUICLB_H_AES_PLANE)

/* Beside the bits of a plane those of others stay: they do no harm. */
QUICLB_INLINE void quiclb_h_aes_spread(const struct quiclb_block *b,
				       quiclb_u64 x[8])
{
	x[0] = b->w[0];
	x[1] = b->w[0] >> 1;
	x[2] = b->w[0] >> 2;
	x[3] = b->w[0] >> 3;
	x[4] = b->w[1];
	x[5] = b->w[1] >> 1;
	x[6] = b->w[1] >> 2;
	x[7] = b->w[1] >> 3;
}

QUICLB_INLINE quiclb_u64 quiclb_h_aes_pack(const quiclb_u64 x[4])
{
	const quiclb_u64 m = QUICLB_H_AES_PLANE;

	/* sums, for which some CPUs have one instruction with the factor */
	return ((x[0] & m) + 2 * (x[1] & m)) +
	       4 * ((x[2] & m) + 2 * (x[3] & m));
}

QUICLB_INLINE void quiclb_h_aes_sub_bytes(struct quiclb_block *b)
{
	quiclb_u64 x[8];

	quiclb_h_aes_spread(b, x);
	quiclb_h_aes_circuit(x);
	b->w[0] = quiclb_h_aes_pack(x);
	b->w[1] = quiclb_h_aes_pack(x + 4);
}

QUICLB_INLINE void quiclb_h_aes_inv_sub_bytes(struct quiclb_block *b)
{
	quiclb_u64 x[8];

	quiclb_h_aes_spread(b, x);
	quiclb_h_aes_inv_circuit(x);
	b->w[0] = quiclb_h_aes_pack(x);
	b->w[1] = quiclb_h_aes_pack(x + 4);
}

/* AddRoundKey, and the 0x63 that the circuits leave out. */
QUICLB_INLINE void quiclb_h_aes_add_key(struct quiclb_block *b,
					const quiclb_u64 *rk)
{
	b->w[0] ^= rk[0] ^ QUICLB_H_AES_63_LO;
	b->w[1] ^= rk[1] ^ QUICLB_H_AES_63_HI;
}

/* Row r moves r columns to the left: first those by two, then those by one. */
QUICLB_INLINE quiclb_u64 quiclb_h_aes_shift_rows(quiclb_u64 x)
{
	x = quiclb_h_aes_swap1(x, 0x00ff00ff00000000ULL, 8);
	return (x & 0x0000ffff0000ffffULL) |
	       ((x >> 4) & 0x0fff00000fff0000ULL) |
	       ((x << 12) & 0xf0000000f0000000ULL);
}

QUICLB_INLINE quiclb_u64 quiclb_h_aes_inv_shift_rows(quiclb_u64 x)
{
	x = quiclb_h_aes_swap1(x, 0x00ff00ff00000000ULL, 8);
	return (x & 0x0000ffff0000ffffULL) |
	       ((x << 4) & 0xfff00000fff00000ULL) |
	       ((x >> 12) & 0x000f0000000f0000ULL);
}

/* Each byte becomes its neighbour 1..3 rows further down. */
QUICLB_INLINE quiclb_u64 quiclb_h_aes_rows(quiclb_u64 x, int n)
{
	return x >> 16 * n | x << (64 - 16 * n);
}

/* Times x in GF(2^8): planes move up by one, plane 7 folds into 0, 1, 3, 4. */
QUICLB_INLINE void quiclb_h_aes_xtime(struct quiclb_block *b)
{
	const quiclb_u64 m = QUICLB_H_AES_PLANE;
	const quiclb_u64 up = (b->w[0] >> 3) & m, carry = (b->w[1] >> 3) & m;

	b->w[0] = ((b->w[0] << 1) & ~m) ^ (carry ^ carry << 1 ^ carry << 3);
	b->w[1] = (((b->w[1] << 1) & ~m) | up) ^ carry;
}

/* Column (2 3 1 1): 2 (a0 + a1) + a1 + (a2 + a3), ak being k rows down. */
QUICLB_INLINE void quiclb_h_aes_mix_columns(struct quiclb_block *b)
{
	const quiclb_u64 lo1 = quiclb_h_aes_rows(b->w[0], 1);
	const quiclb_u64 hi1 = quiclb_h_aes_rows(b->w[1], 1);
	const quiclb_u64 lo = b->w[0] ^ lo1, hi = b->w[1] ^ hi1;

	b->w[0] = lo;
	b->w[1] = hi;
	quiclb_h_aes_xtime(b);
	b->w[0] ^= lo1 ^ quiclb_h_aes_rows(lo, 2);
	b->w[1] ^= hi1 ^ quiclb_h_aes_rows(hi, 2);
}

/* The inverse is (5 0 4 0), that is a0 + 4 (a0 + a2), then (2 3 1 1). */
QUICLB_INLINE void quiclb_h_aes_inv_mix_columns(struct quiclb_block *b)
{
	const quiclb_u64 m = QUICLB_H_AES_PLANE, mm = m * 3;
	const quiclb_u64 lo = b->w[0] ^ quiclb_h_aes_rows(b->w[0], 2);
	const quiclb_u64 hi = b->w[1] ^ quiclb_h_aes_rows(b->w[1], 2);
	/* plane 6 folds into 0, 1, 3, 4; plane 7 into 1, 2, 4, 5 */
	const quiclb_u64 c = (hi >> 2) & mm, c6 = c & m, c7 = (c >> 1) & m;

	b->w[1] ^= ((hi << 2) & ~mm) ^ ((lo >> 2) & mm) ^ c ^ c7;
	b->w[0] ^= ((lo << 2) & ~mm) ^ c ^ c6 << 1 ^ c7 << 2 ^ c6 << 3;
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
		quiclb_h_aes_sub_bytes(&s);
		s.w[0] ^= QUICLB_H_AES_63_LO;
		s.w[1] ^= QUICLB_H_AES_63_HI;
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
		quiclb_h_aes_sub_bytes(b);
		b->w[0] = quiclb_h_aes_shift_rows(b->w[0]);
		b->w[1] = quiclb_h_aes_shift_rows(b->w[1]);
		if (i < QUICLB_AES_ROUNDS)
			quiclb_h_aes_mix_columns(b);
		quiclb_h_aes_add_key(b, rk + 2 * i);
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
		quiclb_h_aes_add_key(b, rk + 2 * i);
		if (i < QUICLB_AES_ROUNDS)
			quiclb_h_aes_inv_mix_columns(b);
		b->w[0] = quiclb_h_aes_inv_shift_rows(b->w[0]);
		b->w[1] = quiclb_h_aes_inv_shift_rows(b->w[1]);
		quiclb_h_aes_inv_sub_bytes(b);
	}
	b->w[0] ^= rk[0];
	b->w[1] ^= rk[1];
	quiclb_h_aes_unslice(b);
}

#endif /* QUICLB_AES_H */
