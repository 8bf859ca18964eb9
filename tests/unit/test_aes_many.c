/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many blocks at once, by every way that there is, against the portable block
 * of aes.h, which test_aes.c holds against others; the portable way against
 * libcrypto, too.
 */
#include "box_cpu.h"

#define MAX_N 70 /* more than two of the library's groups */

#define WIDE_N 40 /* more than the portable way takes at once */
#define N_KEYS 3

static struct quiclb_cipher ciphers[N_KEYS];
static uint8_t keys[N_KEYS][16];

/* Schedules for every way, also for those that are shut off. */
static void make_ciphers(void)
{
	const int aes = box_cpu.aes;
	struct quiclb_record record;
	int i;

	box_cpu.aes = 1;
	for (i = 0; i < N_KEYS; i++) {
		unit_random(keys[i], sizeof(keys[i]));
		memset(&record, 0, sizeof(record));
		quiclb_h_aes_expand(record.round_keys, keys[i]);
		quiclb_priv_cipher_init(&ciphers[i], &record);
	}
	box_cpu.aes = aes;
}

/* Key of block i: runs of one key; 0: one key, but for one block. */
static const struct quiclb_cipher *cipher_of(size_t i, size_t run, size_t odd)
{
	if (run)
		return &ciphers[i / run % N_KEYS];
	return &ciphers[i == odd];
}

/* n random blocks under some of the keys; the last job has the first block. */
static void assert_blocks(size_t n, size_t run, int encrypt)
{
	struct quiclb_block got[MAX_N + 1], want[MAX_N + 1];
	struct quiclb_job jobs[MAX_N];
	const size_t odd = n ? g_test_rand_int() % n : 0;
	size_t i;

	unit_random((uint8_t *)got, sizeof(got));
	memcpy(want, got, sizeof(got));
	for (i = 0; i < n; i++) {
		jobs[i].cipher = cipher_of(i, run, odd);
		jobs[i].block = &got[n - 1 - i];
		if (encrypt)
			quiclb_h_encrypt(&jobs[i].cipher->record,
					 &want[n - 1 - i]);
		else
			quiclb_h_decrypt(&jobs[i].cipher->record,
					 &want[n - 1 - i]);
	}
	if (encrypt)
		quiclb_priv_encrypt_many(jobs, n);
	else
		quiclb_priv_decrypt_many(jobs, n);
	g_assert_cmpmem(got, sizeof(got), want, sizeof(want));
}

static void check_blocks(void)
{
	static const size_t runs[] = { 0, MAX_N, 1, 2, 7, 15, 16, 17, 24, 35 };
	const unsigned int rounds = unit_rounds(10);
	unsigned int round;
	size_t n, i;

	for (round = 0; round < rounds; round++) {
		make_ciphers();
		for (n = 0; n <= MAX_N; n++)
			for (i = 0; i < G_N_ELEMENTS(runs); i++) {
				assert_blocks(n, runs[i], 0);
				assert_blocks(n, runs[i], 1);
			}
	}
}

static void many_blocks_are_what_each_is_alone(void)
{
	box_each_way(check_blocks);
}

/* n blocks, keys drawn from the first n_keys; those behind stay as they are. */
static void assert_wide(size_t n, int n_keys, int encrypt)
{
	struct quiclb_block got[WIDE_N + 1];
	uint8_t want[WIDE_N + 1][16], in[16];
	struct quiclb_job jobs[WIDE_N];
	size_t i;
	int key;

	unit_random((uint8_t *)got, sizeof(got));
	for (i = 0; i <= WIDE_N; i++)
		quiclb_priv_store_block(want[i], &got[i], 16);
	for (i = 0; i < n; i++) {
		key = g_test_rand_int_range(0, n_keys);
		jobs[i].cipher = &ciphers[key];
		jobs[i].block = &got[i];
		memcpy(in, want[i], sizeof(in));
		textbook_aes(keys[key], encrypt, in, want[i]);
	}
	if (encrypt)
		quiclb_priv_wide_encrypt(jobs, n);
	else
		quiclb_priv_wide_decrypt(jobs, n);
	for (i = 0; i <= WIDE_N; i++) {
		quiclb_priv_store_block(in, &got[i], 16);
		g_assert_cmpmem(in, 16, want[i], 16);
	}
}

static void portable_blocks_equal_libcrypto(void)
{
	const unsigned int rounds = unit_rounds(10);
	unsigned int round;
	int n_keys;
	size_t n;

	for (round = 0; round < rounds; round++) {
		make_ciphers();
		for (n = 0; n <= WIDE_N; n++)
			for (n_keys = 1; n_keys <= N_KEYS; n_keys++) {
				assert_wide(n, n_keys, 0);
				assert_wide(n, n_keys, 1);
			}
	}
}

/* The control: which functions n blocks of one key take. */
static void assert_taken(int aes, int vaes, size_t n, unsigned int n_vaes,
			 unsigned int n_eight)
{
	int encrypt;

	box_cpu.aes = aes;
	box_cpu.vaes = vaes;
	for (encrypt = 0; encrypt <= 1; encrypt++) {
		box_cpu.n_vaes = box_cpu.n_eight = box_cpu.n_wide = 0;
		assert_blocks(n, MAX_N, encrypt);
		g_assert_cmpuint(box_cpu.n_vaes, ==, n_vaes);
		g_assert_cmpuint(box_cpu.n_eight, ==, n_eight);
		g_assert_cmpuint(box_cpu.n_wide, ==, !aes);
	}
	box_cpu.aes = box_cpu.vaes = 1;
}

static void the_cpu_decides_which_are_used(void)
{
	make_ciphers();
	assert_taken(0, 1, 40, 0, 0);
	if (!box_available())
		return;
	assert_taken(1, 0, 40, 0, 5);
	assert_taken(1, 0, 2, 0, 0);
	if (!box_vaes_available())
		return;
	assert_taken(1, 1, 15, 0, 2);
	assert_taken(1, 1, 16, 1, 0);
	assert_taken(1, 1, 32, 2, 0);
	assert_taken(1, 1, 40, 2, 1);
	assert_taken(1, 1, 34, 2, 0);
}

static const struct unit_case cases[] = {
	{ "many_blocks_are_what_each_is_alone",
	  many_blocks_are_what_each_is_alone },
	{ "portable_blocks_equal_libcrypto", portable_blocks_equal_libcrypto },
	{ "the_cpu_decides_which_are_used", the_cpu_decides_which_are_used },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("aes_many", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
