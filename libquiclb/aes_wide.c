/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The portable block, eight at a time: the planes of aes.h, those of one block
 * beside those of the next in a vector.  GCC and clang make of it what the CPU
 * has; other compilers get one block after the other.
 */
#include <string.h>

#include "aes.h"

#if defined(__GNUC__) || defined(__clang__)

/* One plane of eight blocks: 16 bits of each. */
typedef uint16_t plane __attribute__((vector_size(2 * QUICLB_WIDE_BLOCKS)));

/* A plane each; p[i] is bit i of all bytes. */
struct wide {
	plane p[8];
};

/* Pairs of bytes of each block, one block beside the other, and back. */
static void gather(struct wide *w, const struct quiclb_block *blocks)
{
	uint16_t x[8][QUICLB_WIDE_BLOCKS];
	int i, k;
#pragma GCC unroll 8
	for (k = 0; k < QUICLB_WIDE_BLOCKS; k++)
#pragma GCC unroll 8
		for (i = 0; i < 8; i++)
			x[i][k] =
				(uint16_t)(blocks[k].w[i >> 2] >> 16 * (i & 3));
	memcpy(w->p, x, sizeof(x));
}

static void scatter(struct quiclb_block *blocks, const struct wide *w)
{
	uint16_t x[8][QUICLB_WIDE_BLOCKS];
	int i, k;

	memcpy(x, w->p, sizeof(x));
#pragma GCC unroll 8
	for (k = 0; k < QUICLB_WIDE_BLOCKS; k++) {
		blocks[k].w[0] = blocks[k].w[1] = 0;
#pragma GCC unroll 8
		for (i = 0; i < 8; i++)
			blocks[k].w[i >> 2] |= (quiclb_u64)x[i][k]
					       << 16 * (i & 3);
	}
}

/* Exchanges the bits of p[a] under mask << shift with those of p[b]. */
static void swap(struct wide *w, int a, int b, int mask, int shift)
{
	const plane t = ((w->p[a] >> shift) ^ w->p[b]) & (uint16_t)mask;

	w->p[b] ^= t;
	w->p[a] ^= t << shift;
}

/*
 * The index bits of aes.h: of pairs of bytes, those of a vector's number read
 * c1 c0 r1 and those of a bit in its 16 read r0 i2 i1 i0.  Exchanges c1 with
 * i1, c0 with i0 and r1 with i2; its own inverse.
 */
static void swap_all(struct wide *w)
{
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 4; i++)
		swap(w, i, i + 4, 0x3333, 2);
#pragma GCC unroll 8
	for (i = 0; i < 4; i++)
		swap(w, i + (i & 2), i + (i & 2) + 2, 0x5555, 1);
#pragma GCC unroll 8
	for (i = 0; i < 8; i += 2)
		swap(w, i, i + 1, 0x0f0f, 4);
}

/* Then r0 with r1, within the 16 bits. */
static void swap_rows(struct wide *w)
{
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++) {
		const plane t = ((w->p[i] >> 4) ^ w->p[i]) & 0x00f0;

		w->p[i] ^= t ^ t << 4;
	}
}

/* A vector's number is i1 i0 i2 then; plane i stands there. */
static int place(int i)
{
	return (i & 3) << 1 | i >> 2;
}

static void slice(struct wide *w, const struct quiclb_block *blocks)
{
	struct wide x;
	int i;

	gather(&x, blocks);
	swap_all(&x);
	swap_rows(&x);
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] = x.p[place(i)];
}

static void unslice(struct quiclb_block *blocks, const struct wide *w)
{
	struct wide x;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		x.p[place(i)] = w->p[i];
	swap_rows(&x);
	swap_all(&x);
	scatter(blocks, &x);
}

/* Adds the round key of each job's key, or of the one that all share. */
static void add_key(struct wide *w, const struct quiclb_job *jobs, int shared,
		    int round)
{
	struct quiclb_block k[QUICLB_WIDE_BLOCKS];
	struct wide keys;
	int i;

	if (shared) {
		const quiclb_u64 *const rk =
			jobs[0].cipher->record.round_keys + 2 * round;
#pragma GCC unroll 8
		for (i = 0; i < 8; i++)
			w->p[i] ^= (uint16_t)(rk[i >> 2] >> 16 * (i & 3));
		return;
	}
	for (i = 0; i < QUICLB_WIDE_BLOCKS; i++)
		memcpy(k[i].w, jobs[i].cipher->record.round_keys + 2 * round,
		       sizeof(k[i].w));
	gather(&keys, k);
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] ^= keys.p[i];
}

/* The circuit of quiclb_h_aes_sbox(), its wires vectors. */
static void sbox(struct wide *w)
{
	const plane x7 = w->p[0], x6 = w->p[1], x5 = w->p[2], x4 = w->p[3];
	const plane x3 = w->p[4], x2 = w->p[5], x1 = w->p[6], x0 = w->p[7];

	/* top linear layer */
	const plane y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3;
	const plane y8 = x0 ^ x5, t0 = x1 ^ x2, y1 = t0 ^ x7;
	const plane y4 = y1 ^ x3, y12 = y13 ^ y14, y2 = y1 ^ x0;
	const plane y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12;
	const plane y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7;
	const plane y10 = y15 ^ t0, y11 = y20 ^ y9, y7 = x7 ^ y11;
	const plane y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11;
	const plane y21 = y13 ^ y16, y18 = x0 ^ y16;

	/* inversion in GF(2^8) */
	const plane t2 = y12 & y15, t4 = (y3 & y6) ^ t2;
	const plane t6 = (y4 & x7) ^ t2, t7 = y13 & y16;
	const plane t9 = (y5 & y1) ^ t7, t11 = (y2 & y7) ^ t7;
	const plane t12 = y9 & y11, t14 = (y14 & y17) ^ t12;
	const plane t16 = (y8 & y10) ^ t12;
	const plane t21 = t4 ^ t14 ^ y20, t22 = t6 ^ t16 ^ y19;
	const plane t23 = t9 ^ t14 ^ y21, t24 = t11 ^ t16 ^ y18;
	const plane t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26;
	const plane t29 = (t25 & t27) ^ t22, t30 = t23 ^ t24;
	const plane t33 = ((t22 ^ t26) & t30) ^ t24;
	const plane t36 = t24 & (t27 ^ t33), t37 = t36 ^ t23 ^ t33;
	const plane t40 = t25 ^ (t29 & (t27 ^ t36));
	const plane t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40;
	const plane t44 = t33 ^ t37, t45 = t42 ^ t41;

	const plane z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7;
	const plane z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;
	const plane z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10;
	const plane z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
	const plane z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2;
	const plane z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;

	/* bottom linear layer */
	const plane t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13;
	const plane t53 = z0 ^ z3, t57 = z2 ^ z12 ^ t53;
	const plane t58 = z4 ^ t46, t59 = z3 ^ z6 ^ z7;
	const plane t62 = z7 ^ z8 ^ t58, t63 = z9 ^ z10 ^ t58;
	const plane t64 = z4 ^ t59, t65 = z14 ^ t57 ^ t62;
	const plane t66 = z1 ^ t63;
	const plane s0 = t59 ^ t63, s6 = z12 ^ t48 ^ ~t62;
	const plane s7 = t48 ^ ~(t46 ^ t57), s3 = t53 ^ t66;
	const plane s4 = z2 ^ z5 ^ t66, s5 = t47 ^ t65;
	const plane s1 = t64 ^ ~s3, s2 = z16 ^ z17 ^ ~(t64 ^ t65);

	w->p[0] = s7;
	w->p[1] = s6;
	w->p[2] = s5;
	w->p[3] = s4;
	w->p[4] = s3;
	w->p[5] = s2;
	w->p[6] = s1;
	w->p[7] = s0;
}

static void inv_affine(struct wide *w)
{
	const struct wide x = *w;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] =
			x.p[(i + 7) & 7] ^ x.p[(i + 5) & 7] ^ x.p[(i + 2) & 7];
	w->p[0] = ~w->p[0];
	w->p[2] = ~w->p[2];
}

static void inv_sbox(struct wide *w)
{
	inv_affine(w);
	sbox(w);
	inv_affine(w);
}

static void shift_rows(struct wide *w)
{
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++) {
		const plane x = w->p[i];

		w->p[i] = (x & 0x000f) | ((x >> 1) & 0x0070) |
			  ((x << 3) & 0x0080) | ((x >> 2) & 0x0300) |
			  ((x << 2) & 0x0c00) | ((x >> 3) & 0x1000) |
			  ((x << 1) & 0xe000);
	}
}

static void inv_shift_rows(struct wide *w)
{
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++) {
		const plane x = w->p[i];

		w->p[i] = (x & 0x000f) | ((x << 1) & 0x00e0) |
			  ((x >> 3) & 0x0010) | ((x >> 2) & 0x0300) |
			  ((x << 2) & 0x0c00) | ((x << 3) & 0x8000) |
			  ((x >> 1) & 0x7000);
	}
}

/* Times x: planes move up by one, the last folds into 0, 1, 3, 4. */
static void xtime(struct wide *w)
{
	const struct wide x = *w;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] = x.p[(i + 7) & 7];
	w->p[1] ^= x.p[7];
	w->p[3] ^= x.p[7];
	w->p[4] ^= x.p[7];
}

static void mix_columns(struct wide *w)
{
	struct wide next, sum;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++) {
		next.p[i] = (w->p[i] >> 4) | (w->p[i] << 12);
		sum.p[i] = w->p[i] ^ next.p[i];
	}
	*w = sum;
	xtime(w);
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] ^= next.p[i] ^ (sum.p[i] >> 8) ^ (sum.p[i] << 8);
}

static void inv_mix_columns(struct wide *w)
{
	struct wide t;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		t.p[i] = w->p[i] ^ (w->p[i] >> 8) ^ (w->p[i] << 8);
	xtime(&t);
	xtime(&t);
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] ^= t.p[i];
	mix_columns(w);
}

static void encrypt(struct wide *w, const struct quiclb_job *jobs, int shared)
{
	int i;

	add_key(w, jobs, shared, 0);
	for (i = 1; i <= QUICLB_AES_ROUNDS; i++) {
		sbox(w);
		shift_rows(w);
		if (i < QUICLB_AES_ROUNDS)
			mix_columns(w);
		add_key(w, jobs, shared, i);
	}
}

static void decrypt(struct wide *w, const struct quiclb_job *jobs, int shared)
{
	int i;

	for (i = QUICLB_AES_ROUNDS; i >= 1; i--) {
		add_key(w, jobs, shared, i);
		if (i < QUICLB_AES_ROUNDS)
			inv_mix_columns(w);
		inv_shift_rows(w);
		inv_sbox(w);
	}
	add_key(w, jobs, shared, 0);
}

typedef void wide_fn(struct wide *w, const struct quiclb_job *jobs, int shared);

/* n is 1..QUICLB_WIDE_BLOCKS; fewer cost the same. */
static void eight(const struct quiclb_job *jobs, size_t n, wide_fn *way)
{
	struct quiclb_block blocks[QUICLB_WIDE_BLOCKS];
	struct quiclb_job all[QUICLB_WIDE_BLOCKS];
	struct wide w;
	int shared = 1;
	size_t i;

	for (i = 0; i < QUICLB_WIDE_BLOCKS; i++) {
		all[i] = jobs[i < n ? i : 0];
		shared &= all[i].cipher == jobs[0].cipher;
		blocks[i] = *all[i].block;
	}
	slice(&w, blocks);
	way(&w, all, shared);
	unslice(blocks, &w);
	for (i = 0; i < n; i++)
		*jobs[i].block = blocks[i];
}

#define WORTH_IT 3 /* fewer blocks are faster one by one */

/* Groups of eight; returns how many jobs are done. */
static size_t in_groups(const struct quiclb_job *jobs, size_t n, wide_fn *way)
{
	size_t i, len;

	for (i = 0; n - i >= WORTH_IT; i += len) {
		len = n - i < QUICLB_WIDE_BLOCKS ? n - i : QUICLB_WIDE_BLOCKS;
		eight(jobs + i, len, way);
	}
	return i;
}
#else
#define in_groups(jobs, n, way) 0
#endif

void quiclb_priv_wide_encrypt(const struct quiclb_job *jobs, size_t n)
{
	size_t i;

	for (i = in_groups(jobs, n, encrypt); i < n; i++)
		quiclb_h_encrypt(&jobs[i].cipher->record, jobs[i].block);
}

void quiclb_priv_wide_decrypt(const struct quiclb_job *jobs, size_t n)
{
	size_t i;

	for (i = in_groups(jobs, n, decrypt); i < n; i++)
		quiclb_h_decrypt(&jobs[i].cipher->record, jobs[i].block);
}
