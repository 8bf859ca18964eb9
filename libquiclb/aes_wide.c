/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The portable block, eight at a time, or four times eight: GCC and clang make
 * of vectors what the CPU has; other compilers get one block after the other.
 *
 * A vector has two words, a word holds a plane of four blocks: the byte in row
 * r and column c of block b has bit position 16 r + 4 c + b, where aes.h has
 * the number of a plane for b.  ShiftRows is left out (Adomnicai and Peyrin,
 * "Fixslicing AES-like ciphers", 2021): after i rounds row r lies r i columns
 * to the right of its place.  Round keys are moved likewise, and MixColumns
 * takes what it needs from k rows down k i columns further.
 */
#include "aes.h"

#if defined(__GNUC__) || defined(__clang__)

typedef quiclb_u64 plane __attribute__((vector_size(16)));
typedef quiclb_u32 half __attribute__((vector_size(16)));
typedef quiclb_u16 row __attribute__((vector_size(16)));

#define MANY 32 /* blocks at once: groups do not wait for one another */
#define N_GROUPS (MANY / QUICLB_WIDE_BLOCKS)
#define ONES 0xffffffffffffffffULL

QUICLB_STATIC_ASSERT(QUICLB_WIDE_BLOCKS == 4 * sizeof(plane) / 8,
		     "four blocks in a word");

QUICLB_H_AES_SBOXES(plane, sbox, inv_sbox)

/* A group of blocks; p[i] is bit i of all bytes. */
struct wide {
	plane p[8];
};

/* Exchanges the bits of a under mask << shift with those of b under mask. */
QUICLB_INLINE void swap(plane *a, plane *b, quiclb_u64 mask, int shift)
{
	const plane t = ((*a >> shift) ^ *b) & mask;

	*b ^= t;
	*a ^= t << shift;
}

/* The same within each word. */
QUICLB_INLINE plane swap1(plane x, quiclb_u64 mask, int shift)
{
	const plane t = ((x >> shift) ^ x) & mask;

	return x ^ t ^ t << shift;
}

/*
 * The index bits of aes.h: two bits of a vector's number change places with
 * the two lowest of a bit's.
 */
QUICLB_INLINE void swap_four(plane p[4])
{
	swap(&p[0], &p[2], 0x3333333333333333ULL, 2);
	swap(&p[1], &p[3], 0x3333333333333333ULL, 2);
	swap(&p[0], &p[1], 0x5555555555555555ULL, 1);
	swap(&p[2], &p[3], 0x5555555555555555ULL, 1);
}

/* As quiclb_h_aes_slice(), then b1 b0 for i1 i0. */
static void slice(struct wide *w, const struct quiclb_job *jobs)
{
	int b;

	for (b = 0; b < 4; b++) {
		const struct quiclb_block *const x = jobs[b].block;
		const struct quiclb_block *const y = jobs[b + 4].block;
		plane lo = { x->w[0], y->w[0] }, hi = { x->w[1], y->w[1] };

		swap(&lo, &hi, 0x00000000ffffffffULL, 32);
		lo = swap1(lo, 0x00000000ffff0000ULL, 16);
		hi = swap1(hi, 0x00000000ffff0000ULL, 16);
		lo = swap1(lo, 0x0000ff000000ff00ULL, 8);
		hi = swap1(hi, 0x0000ff000000ff00ULL, 8);
		swap(&lo, &hi, 0x0f0f0f0f0f0f0f0fULL, 4);
		w->p[b] = lo;
		w->p[b + 4] = hi;
	}
	swap_four(w->p);
	swap_four(w->p + 4);
}

static void unslice(const struct quiclb_job *jobs, struct wide *w)
{
	int b;

	swap_four(w->p);
	swap_four(w->p + 4);
	for (b = 0; b < 4; b++) {
		struct quiclb_block *const x = jobs[b].block;
		struct quiclb_block *const y = jobs[b + 4].block;
		plane lo = w->p[b], hi = w->p[b + 4];

		swap(&lo, &hi, 0x0f0f0f0f0f0f0f0fULL, 4);
		lo = swap1(lo, 0x0000ff000000ff00ULL, 8);
		hi = swap1(hi, 0x0000ff000000ff00ULL, 8);
		lo = swap1(lo, 0x00000000ffff0000ULL, 16);
		hi = swap1(hi, 0x00000000ffff0000ULL, 16);
		swap(&lo, &hi, 0x00000000ffffffffULL, 32);
		x->w[0] = lo[0];
		x->w[1] = hi[0];
		y->w[0] = lo[1];
		y->w[1] = hi[1];
	}
}

/* Rows 1 and 3 move by two columns: ShiftRows twice. */
QUICLB_INLINE plane shift_twice(plane x)
{
	return swap1(x, 0x00ff000000ff0000ULL, 8);
}

/* ----------------------------------------------------------- round keys -- */

/* Undoes n times ShiftRows, n modulo 4; for planes or round keys of aes.h. */
QUICLB_INLINE plane unshift(plane x, int n)
{
	if (n & 2)
		x = shift_twice(x);
	if (n & 1) {
		x = swap1(x, 0x00ff00ff00000000ULL, 8);
		x = (x & 0x0000ffff0000ffffULL) |
		    ((x << 4) & 0xfff00000fff00000ULL) |
		    ((x >> 12) & 0x000f0000000f0000ULL);
	}
	return x;
}

/* A round key of all blocks: 4 bits for each of aes.h, in both words. */
QUICLB_INLINE void one_key(struct wide *key, const quiclb_u64 *rk, int round)
{
	const plane both = { rk[0], rk[1] };
	const plane x = unshift(both, round);
	int i;

	for (i = 0; i < 4; i++) {
		const plane bit = (x >> i) & QUICLB_H_AES_PLANE;
		const plane bits = (bit << 4) - bit;

		key->p[i] = (plane){ bits[0], bits[0] };
		key->p[i + 4] = (plane){ bits[1], bits[1] };
	}
}

/* Each block's own. */
QUICLB_INLINE void own_keys(struct wide *key, const struct quiclb_job *jobs,
			    int round)
{
	int b;

	for (b = 0; b < 4; b++) {
		const quiclb_u64 *const x =
			jobs[b].cipher->record.round_keys + 2 * round;
		const quiclb_u64 *const y =
			jobs[b + 4].cipher->record.round_keys + 2 * round;

		key->p[b] = unshift((plane){ x[0], y[0] }, round);
		key->p[b + 4] = unshift((plane){ x[1], y[1] }, round);
	}
	swap_four(key->p);
	swap_four(key->p + 4);
}

/*
 * What is added in a round; jobs are those of the one group, or share a key.
 * Made anew each time: it costs little beside rounds that wait for themselves.
 */
static void make_key(struct wide *key, const struct quiclb_job *jobs,
		     int shared, int round)
{
	if (shared)
		one_key(key, jobs[0].cipher->record.round_keys + 2 * round,
			round);
	else
		own_keys(key, jobs, round);
	if (!round)
		return;
	/* the 0x63 that the circuits leave out */
	key->p[0] ^= ONES;
	key->p[1] ^= ONES;
	key->p[5] ^= ONES;
	key->p[6] ^= ONES;
}

/* --------------------------------------------------------------- rounds -- */

QUICLB_INLINE void add_key(struct wide *w, const struct wide *key)
{
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] ^= key->p[i];
}

/* Each byte becomes its neighbour n columns to the right. */
QUICLB_INLINE plane columns(plane x, int n)
{
	const row y = (row)x;

	return n ? (plane)(y >> 4 * n | y << (16 - 4 * n)) : x;
}

/* One row, or two rows, further down, and n columns to the right for each. */
QUICLB_INLINE plane down1(plane x, int n)
{
	return columns(x >> 16 | x << 48, n);
}

QUICLB_INLINE plane down2(plane x, int n)
{
#if defined(__clang__)
	x = (plane)__builtin_shufflevector((half)x, (half)x, 1, 0, 3, 2);
#else
	x = (plane)__builtin_shuffle((half)x, (half){ 1, 0, 3, 2 });
#endif
	return columns(x, 2 * n & 3);
}

/* 2 (a0 + a1) + a1 + (a2 + a3), of what n times ShiftRows would make. */
QUICLB_INLINE void mix_columns(struct wide *w, int n)
{
	struct wide sum;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		sum.p[i] = w->p[i] ^ down1(w->p[i], n);
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] ^= sum.p[i] ^ down2(sum.p[i], n) ^ sum.p[(i + 7) & 7];
	w->p[1] ^= sum.p[7];
	w->p[3] ^= sum.p[7];
	w->p[4] ^= sum.p[7];
}

/* a0 + 4 (a0 + a2), then the same. */
QUICLB_INLINE void inv_mix_columns(struct wide *w, int n)
{
	struct wide sum;
	int i;
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		sum.p[i] = w->p[i] ^ down2(w->p[i], n);
#pragma GCC unroll 8
	for (i = 0; i < 8; i++)
		w->p[i] ^= sum.p[(i + 6) & 7];
	w->p[1] ^= sum.p[6];
	w->p[3] ^= sum.p[6];
	w->p[4] ^= sum.p[6] ^ sum.p[7];
	w->p[2] ^= sum.p[7];
	w->p[5] ^= sum.p[7];
	mix_columns(w, n);
}

/* Groups that are encrypted or decrypted together. */
struct batch {
	size_t n_groups;
	int shared; /* one key for all, or else one group */
	struct wide key;
	struct wide groups[N_GROUPS];
	struct quiclb_job jobs[MANY];
};

/* A round that is number n modulo 4, of all groups. */
QUICLB_INLINE void turn(struct batch *b, int round, int n)
{
	size_t g;

	make_key(&b->key, b->jobs, b->shared, round);
	for (g = 0; g < b->n_groups; g++) {
		sbox(b->groups[g].p);
		mix_columns(&b->groups[g], n);
		add_key(&b->groups[g], &b->key);
	}
}

QUICLB_INLINE void inv_turn(struct batch *b, int round, int n)
{
	size_t g;

	make_key(&b->key, b->jobs, b->shared, round);
	for (g = 0; g < b->n_groups; g++) {
		add_key(&b->groups[g], &b->key);
		inv_mix_columns(&b->groups[g], n);
		inv_sbox(b->groups[g].p);
	}
}

/* The last of ten: two times ShiftRows are missing, for four are none. */
QUICLB_INLINE void last_turn(struct batch *b)
{
	size_t g;
	int i;

	make_key(&b->key, b->jobs, b->shared, QUICLB_AES_ROUNDS);
	for (g = 0; g < b->n_groups; g++) {
		sbox(b->groups[g].p);
		add_key(&b->groups[g], &b->key);
		for (i = 0; i < 8; i++)
			b->groups[g].p[i] = shift_twice(b->groups[g].p[i]);
	}
}

QUICLB_INLINE void inv_last_turn(struct batch *b)
{
	size_t g;
	int i;

	make_key(&b->key, b->jobs, b->shared, QUICLB_AES_ROUNDS);
	for (g = 0; g < b->n_groups; g++) {
		for (i = 0; i < 8; i++)
			b->groups[g].p[i] = shift_twice(b->groups[g].p[i]);
		add_key(&b->groups[g], &b->key);
		inv_sbox(b->groups[g].p);
	}
}

/* The key before the first round. */
QUICLB_INLINE void whiten(struct batch *b)
{
	size_t g;

	make_key(&b->key, b->jobs, b->shared, 0);
	for (g = 0; g < b->n_groups; g++)
		add_key(&b->groups[g], &b->key);
}

static void encrypt(struct batch *b)
{
	int round;

	whiten(b);
	turn(b, 1, 1);
	for (round = 2; round < QUICLB_AES_ROUNDS; round += 4) {
		turn(b, round, 2);
		turn(b, round + 1, 3);
		turn(b, round + 2, 0);
		turn(b, round + 3, 1);
	}
	last_turn(b);
}

static void decrypt(struct batch *b)
{
	int round;

	inv_last_turn(b);
	for (round = 9; round > 1; round -= 4) {
		inv_turn(b, round, 1);
		inv_turn(b, round - 1, 0);
		inv_turn(b, round - 2, 3);
		inv_turn(b, round - 3, 2);
	}
	inv_turn(b, 1, 1);
	whiten(b);
}

/* ----------------------------------------------------------------- jobs -- */

typedef void wide_fn(struct batch *b);

#define WORTH_IT 3 /* fewer blocks are faster one by one */

/* How many of the first jobs have one key; n is 1 or more. */
static size_t one_key_jobs(const struct quiclb_job *jobs, size_t n)
{
	size_t i;

	for (i = 1; i < n && i < MANY; i++)
		if (jobs[i].cipher != jobs[0].cipher)
			break;
	return i;
}

/* len is 1..MANY; what is missing in the last group is the first job again. */
static void by_way(const struct quiclb_job *jobs, size_t len, int shared,
		   wide_fn *way)
{
	struct batch b;
	size_t i;

	b.n_groups = (len + QUICLB_WIDE_BLOCKS - 1) / QUICLB_WIDE_BLOCKS;
	b.shared = shared;
	for (i = 0; i < b.n_groups * QUICLB_WIDE_BLOCKS; i++)
		b.jobs[i] = jobs[i < len ? i : 0];
	for (i = 0; i < b.n_groups; i++)
		slice(&b.groups[i], b.jobs + QUICLB_WIDE_BLOCKS * i);
	way(&b);
	for (i = 0; i < b.n_groups; i++)
		unslice(b.jobs + QUICLB_WIDE_BLOCKS * i, &b.groups[i]);
	quiclb_wipe(&b.key, sizeof(b.key));
}

/* Returns how many jobs are done: those of one key together, if not few. */
static size_t in_groups(const struct quiclb_job *jobs, size_t n, wide_fn *way)
{
	size_t i, len;

	for (i = 0; n - i >= WORTH_IT; i += len) {
		const size_t left = n - i;
		int shared;

		len = one_key_jobs(jobs + i, left);
		shared = len >= QUICLB_WIDE_BLOCKS || len == left;
		if (!shared)
			len = left < QUICLB_WIDE_BLOCKS ? left
							: QUICLB_WIDE_BLOCKS;
		by_way(jobs + i, len, shared, way);
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
