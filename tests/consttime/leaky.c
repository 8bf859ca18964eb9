/* SPDX-License-Identifier: BSD-2-Clause */
#include <quiclb/native.h>
#include <stdint.h>
#include <string.h>

#include "leaky.h"

static uint8_t sbox[256];

/* SubBytes and MixColumns of one byte each. */
struct arithmetic {
	uint8_t (*substitute)(uint8_t x);
	uint8_t (*times_two)(uint8_t x);
};

static uint8_t times_two(uint8_t x)
{
	return (uint8_t)(x << 1 ^ (0x1b & (0 - (x >> 7))));
}

static uint8_t rotate(uint8_t x, int n)
{
	return (uint8_t)(x << n | x >> (8 - n));
}

static uint8_t affine(uint8_t x)
{
	return (uint8_t)(x ^ rotate(x, 1) ^ rotate(x, 2) ^ rotate(x, 3) ^
			 rotate(x, 4) ^ 0x63);
}

/* ------------------------------------------------------------ by branches --
 */

/* volatile: else the compiler might do without the branch */
static uint8_t times_two_by_branch(uint8_t x)
{
	volatile uint8_t y = (uint8_t)(x << 1);

	if (x & 0x80)
		y ^= 0x1b;
	return y;
}

static uint8_t times(uint8_t x, uint8_t y)
{
	volatile uint8_t product = 0;

	for (; y; y >>= 1, x = times_two_by_branch(x))
		if (y & 1)
			product ^= x;
	return product;
}

/* FIPS 197, 5.1.1: the inverse is the 254th power. */
static uint8_t substitute_by_branch(uint8_t x)
{
	uint8_t power = x;
	int i;

	for (i = 0; i < 6; i++)
		power = times(times(power, power), x);
	return affine(times(power, power));
}

static const struct arithmetic branches = { substitute_by_branch,
					    times_two_by_branch };

/* ------------------------------------------------------------- by a table --
 */

void leaky_init(void)
{
	int i;

	for (i = 0; i < 256; i++)
		sbox[i] = substitute_by_branch((uint8_t)i);
}

static uint8_t look_up(uint8_t x)
{
	return sbox[x];
}

static const struct arithmetic table = { look_up, times_two };
static const struct arithmetic both = { look_up, times_two_by_branch };

/* -------------------------------------------------------------------- AES --
 */

/* SubBytes and ShiftRows. */
static void substitute(uint8_t *state, const struct arithmetic *by)
{
	uint8_t old[QUICLB_BLOCK_BYTES];
	int i;

	memcpy(old, state, sizeof(old));
	for (i = 0; i < QUICLB_BLOCK_BYTES; i++)
		state[i] = by->substitute(old[(i + 4 * (i & 3)) & 15]);
}

static void mix_column(uint8_t *column, const struct arithmetic *by)
{
	const uint8_t first = column[0];
	const uint8_t all = column[0] ^ column[1] ^ column[2] ^ column[3];
	int i;

	for (i = 0; i < 4; i++)
		column[i] ^=
			all ^ by->times_two(column[i] ^
					    (i < 3 ? column[i + 1] : first));
}

static void add_key(uint8_t *state, const uint8_t *key)
{
	int i;

	for (i = 0; i < QUICLB_BLOCK_BYTES; i++)
		state[i] ^= key[i];
}

static void encrypt(const struct quiclb_record *rec, struct quiclb_block *block,
		    const struct arithmetic *by)
{
	uint8_t keys[QUICLB_SCHEDULE_BYTES], state[QUICLB_BLOCK_BYTES];
	int round, i;

	quiclb_h_unslice_schedule(rec, keys);
	for (i = 0; i < QUICLB_BLOCK_BYTES; i++)
		state[i] = (uint8_t)(block->w[i >> 3] >> 8 * (i & 7));
	add_key(state, keys);
	for (round = 1; round <= QUICLB_AES_ROUNDS; round++) {
		substitute(state, by);
		for (i = 0; i < 16 && round < QUICLB_AES_ROUNDS; i += 4)
			mix_column(state + i, by);
		add_key(state, keys + round * QUICLB_BLOCK_BYTES);
	}
	block->w[0] = quiclb_h_load64(state);
	block->w[1] = quiclb_h_load64(state + 8);
}

void leaky_table_encrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block)
{
	encrypt(rec, block, &table);
}

void leaky_branch_encrypt(const struct quiclb_record *rec,
			  struct quiclb_block *block)
{
	encrypt(rec, block, &branches);
}

void leaky_both_encrypt(const struct quiclb_record *rec,
			struct quiclb_block *block)
{
	encrypt(rec, block, &both);
}

int leaky_differ(const quiclb_u8 *a, const quiclb_u8 *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (a[i] != b[i])
			return 1;
	return 0;
}
