/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The portable block against libcrypto's.
 */
#include <quiclb/aes.h>

#include "unit.h"

#define RANDOM_KEYS 2000

static void store(const struct quiclb_block *block, uint8_t out[16])
{
	int i;

	for (i = 0; i < 16; i++)
		out[i] = (uint8_t)(block->w[i / 8] >> 8 * (i % 8));
}

static void assert_same(const uint8_t key[16], const uint8_t in[16])
{
	struct quiclb_block block = { { quiclb_h_load64(in),
					quiclb_h_load64(in + 8) } };
	uint8_t want[16], got[16];
	quiclb_u64 rk[22];

	quiclb_h_aes_expand(rk, key);
	quiclb_h_aes_encrypt(rk, &block);
	store(&block, got);
	textbook_aes(key, 1, in, want);
	g_assert_cmpmem(got, 16, want, 16);

	quiclb_h_aes_decrypt(rk, &block);
	store(&block, got);
	g_assert_cmpmem(got, 16, in, 16);

	block.w[0] = quiclb_h_load64(in);
	block.w[1] = quiclb_h_load64(in + 8);
	quiclb_h_aes_decrypt(rk, &block);
	store(&block, got);
	textbook_aes(key, 0, in, want);
	g_assert_cmpmem(got, 16, want, 16);
}

static void random_blocks_equal_libcrypto(void)
{
	uint8_t key[16], in[16];
	unsigned int i;

	for (i = 0; i < unit_rounds(RANDOM_KEYS); i++) {
		unit_random(key, sizeof(key));
		unit_random(in, sizeof(in));
		assert_same(key, in);
	}
}

/* One bit set at a time, in the key or in the block. */
static void single_bits_equal_libcrypto(void)
{
	uint8_t zero[16] = { 0 }, one[16] = { 0 };
	int i;

	for (i = 0; i < 128; i++) {
		one[i / 8] = (uint8_t)(1 << i % 8);
		assert_same(zero, one);
		assert_same(one, zero);
		one[i / 8] = 0;
	}
	assert_same(zero, zero);
}

/* Every value in every byte: the whole S-box, every row and column. */
static void every_byte_value_equals_libcrypto(void)
{
	uint8_t key[16], in[16];
	int i;

	unit_random(key, sizeof(key));
	for (i = 0; i < 256; i++) {
		memset(in, i, sizeof(in));
		assert_same(key, in);
		assert_same(in, key);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/aes/random_blocks_equal_libcrypto",
			random_blocks_equal_libcrypto);
	g_test_add_func("/aes/single_bits_equal_libcrypto",
			single_bits_equal_libcrypto);
	g_test_add_func("/aes/every_byte_value_equals_libcrypto",
			every_byte_value_equals_libcrypto);
	return g_test_run();
}
