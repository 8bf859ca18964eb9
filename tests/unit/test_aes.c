/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block cipher: the portable one, that of the CPU, and aes.c, which picks
 * one of the two, against FIPS 197, libcrypto and one another.
 */
#include "unit.h"

#include "libquiclb/private.h"

#define RANDOM_KEYS 10000

/* One of the ways to encrypt or decrypt a block under a key. */
typedef void way_fn(const uint8_t key[16], int encrypt,
		    struct quiclb_block *block);

static void key_record(struct quiclb_record *record, const uint8_t key[16])
{
	memset(record, 0, sizeof(*record));
	quiclb_h_aes_expand(record->round_keys, key);
}

/* The header's, as BPF and header-only users have it. */
static void by_header(const uint8_t key[16], int encrypt,
		      struct quiclb_block *block)
{
	struct quiclb_record record;

	key_record(&record, key);
	if (encrypt)
		quiclb_h_encrypt(&record, block);
	else
		quiclb_h_decrypt(&record, block);
}

static void by_library(const uint8_t key[16], int encrypt,
		       struct quiclb_block *block)
{
	struct quiclb_cipher cipher;
	struct quiclb_record record;

	key_record(&record, key);
	quiclb_priv_cipher_init(&cipher, &record);
	if (encrypt)
		quiclb_priv_encrypt(&cipher, block);
	else
		quiclb_priv_decrypt(&cipher, block);
}

static void by_library_without_instructions(const uint8_t key[16], int encrypt,
					    struct quiclb_block *block)
{
	quiclb_set_cpu_mask(0);
	by_library(key, encrypt, block);
	quiclb_set_cpu_mask(~0u);
}

static struct quiclb_block load(const uint8_t in[16])
{
	const struct quiclb_block block = { { quiclb_h_load64(in),
					      quiclb_h_load64(in + 8) } };

	return block;
}

static void assert_block(const struct quiclb_block *got, const uint8_t want[16])
{
	uint8_t bytes[16];

	quiclb_priv_store_block(bytes, got, sizeof(bytes));
	g_assert_cmpmem(bytes, 16, want, 16);
}

/* in encrypts to out, and out decrypts to in. */
static void assert_pair(way_fn *way, const uint8_t key[16],
			const uint8_t in[16], const uint8_t out[16])
{
	struct quiclb_block block = load(in);

	way(key, 1, &block);
	assert_block(&block, out);
	way(key, 0, &block);
	assert_block(&block, in);
}

static void assert_same(way_fn *way, const uint8_t key[16],
			const uint8_t in[16])
{
	uint8_t out[16];

	textbook_aes(key, 1, in, out);
	assert_pair(way, key, in, out);
	textbook_aes(key, 0, in, out);
	assert_pair(way, key, out, in);
}

/* FIPS 197: appendix B, and C.1 */
static void assert_fips_197(way_fn *way)
{
	static const uint8_t rows[2][3][16] = {
		{ { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7,
		    0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c },
		  { 0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31,
		    0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34 },
		  { 0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb, 0xdc, 0x11,
		    0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32 } },
		{ { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
		    0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f },
		  { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
		    0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff },
		  { 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd,
		    0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a } },
	};
	int i;

	for (i = 0; i < 2; i++)
		assert_pair(way, rows[i][0], rows[i][1], rows[i][2]);
}

/* Random keys and blocks; one bit at a time; every value in every byte. */
static void assert_equals_libcrypto(way_fn *way)
{
	uint8_t zero[16] = { 0 }, one[16] = { 0 }, key[16], in[16];
	unsigned int i;

	for (i = 0; i < unit_rounds(RANDOM_KEYS); i++) {
		unit_random(key, sizeof(key));
		unit_random(in, sizeof(in));
		assert_same(way, key, in);
	}
	for (i = 0; i < 128; i++) {
		one[i / 8] = (uint8_t)(1 << i % 8);
		assert_same(way, zero, one);
		assert_same(way, one, zero);
		one[i / 8] = 0;
	}
	for (i = 0; i < 256; i++) {
		memset(in, (int)i, sizeof(in));
		assert_same(way, key, in);
		assert_same(way, in, key);
	}
}

static void portable_block_is_fips_197(void)
{
	assert_fips_197(by_header);
	assert_fips_197(by_library_without_instructions);
}

static void portable_block_equals_libcrypto(void)
{
	assert_equals_libcrypto(by_header);
}

/* aes.c unslices the portable round keys for nothing then, but rightly. */
static void without_instructions_equals_libcrypto(void)
{
	assert_equals_libcrypto(by_library_without_instructions);
}

/* FIPS 197, appendix A.1: what native.h hands to the CPU. */
static void round_keys_unslice_to_fips_197(void)
{
	static const uint8_t key[16] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae,
					 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88,
					 0x09, 0xcf, 0x4f, 0x3c };
	static const uint8_t first[16] = { 0xa0, 0xfa, 0xfe, 0x17, 0x88, 0x54,
					   0x2c, 0xb1, 0x23, 0xa3, 0x39, 0x39,
					   0x2a, 0x6c, 0x76, 0x05 };
	static const uint8_t last[16] = { 0xd0, 0x14, 0xf9, 0xa8, 0xc9, 0xee,
					  0x25, 0x89, 0xe1, 0x3f, 0x0c, 0xc8,
					  0xb6, 0x63, 0x0c, 0xa6 };
	const uint8_t *const want[] = { key, first, last };
	const int rounds[] = { 0, 1, QUICLB_AES_ROUNDS };
	struct quiclb_block block;
	quiclb_u64 rk[22];
	int i;

	quiclb_h_aes_expand(rk, key);
	for (i = 0; i < 3; i++) {
		block.w[0] = rk[2 * rounds[i]];
		block.w[1] = rk[2 * rounds[i] + 1];
		quiclb_h_aes_unslice(&block);
		assert_block(&block, want[i]);
	}
}

/* aes_wide.c relies on it: bit i of byte 4 c + r, as the header says. */
static void each_bit_has_its_place(void)
{
	int byte, i;

	for (byte = 0; byte < 16; byte++)
		for (i = 0; i < 8; i++) {
			const int r = byte % 4, c = byte / 4;
			uint8_t in[16] = { 0 };
			struct quiclb_block block;

			in[byte] = (uint8_t)(1 << i);
			block = load(in);
			quiclb_h_aes_slice(&block);
			g_assert_cmphex(block.w[i / 4], ==,
					1ULL << (16 * r + 4 * c + i % 4));
			g_assert_cmphex(block.w[i < 4], ==, 0);
			quiclb_h_aes_unslice(&block);
			assert_block(&block, in);
		}
}

static int skipped(void)
{
	if (quiclb_cpu() & QUICLB_CPU_AES)
		return 0;
	g_test_skip("this CPU has no AES instructions");
	return 1;
}

static void instructions_are_fips_197(void)
{
	if (!skipped())
		assert_fips_197(by_library);
}

static void instructions_equal_libcrypto(void)
{
	if (!skipped())
		assert_equals_libcrypto(by_library);
}

static void instructions_equal_the_portable_block(void)
{
	struct quiclb_block a, b;
	uint8_t key[16], in[16];
	unsigned int i;
	int encrypt;

	if (skipped())
		return;
	for (i = 0; i < unit_rounds(RANDOM_KEYS); i++) {
		unit_random(key, sizeof(key));
		unit_random(in, sizeof(in));
		for (encrypt = 0; encrypt <= 1; encrypt++) {
			a = b = load(in);
			by_library(key, encrypt, &a);
			by_header(key, encrypt, &b);
			g_assert_cmpmem(&a, sizeof(a), &b, sizeof(b));
		}
	}
}

/* The control: only one of the ways sees a schedule that has been damaged. */
static void the_mask_decides_which_is_used(void)
{
	const uint8_t key[16] = { 1 };
	const struct quiclb_block in = { { 2, 3 } };
	struct quiclb_block sound = in, with = in, without = in;
	struct quiclb_cipher cipher;
	struct quiclb_record record;

	key_record(&record, key);
	quiclb_priv_cipher_init(&cipher, &record);
	quiclb_priv_encrypt(&cipher, &sound);
	cipher.encrypt[40] ^= 1;
	quiclb_priv_encrypt(&cipher, &with);
	quiclb_set_cpu_mask(0);
	g_assert_cmpuint(quiclb_cpu(), ==, 0);
	quiclb_priv_encrypt(&cipher, &without);
	quiclb_set_cpu_mask(~0u);
	g_assert_cmpmem(&without, sizeof(sound), &sound, sizeof(sound));
	g_assert_cmpint(memcmp(&with, &sound, sizeof(sound)) != 0, ==,
			(quiclb_cpu() & QUICLB_CPU_AES) != 0);
}

static void a_cipher_finds_out_what_the_cpu_has(void)
{
	const uint8_t key[16] = { 1 };
	const unsigned int known = quiclb_cpu();
	struct quiclb_cipher cipher;
	struct quiclb_record record;

	key_record(&record, key);
	atomic_store(&quiclb_priv_cpu_flags, 0);
	quiclb_priv_cipher_init(&cipher, &record);
	g_assert_cmpuint(quiclb_priv_cpu(), ==, known | QUICLB_CPU_KNOWN);
}

static const struct unit_case cases[] = {
	{ "portable_block_is_fips_197", portable_block_is_fips_197 },
	{ "portable_block_equals_libcrypto", portable_block_equals_libcrypto },
	{ "without_instructions_equals_libcrypto",
	  without_instructions_equals_libcrypto },
	{ "round_keys_unslice_to_fips_197", round_keys_unslice_to_fips_197 },
	{ "each_bit_has_its_place", each_bit_has_its_place },
	{ "instructions_are_fips_197", instructions_are_fips_197 },
	{ "instructions_equal_libcrypto", instructions_equal_libcrypto },
	{ "instructions_equal_the_portable_block",
	  instructions_equal_the_portable_block },
	{ "the_mask_decides_which_is_used", the_mask_decides_which_is_used },
	{ "a_cipher_finds_out_what_the_cpu_has",
	  a_cipher_finds_out_what_the_cpu_has },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("aes", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
