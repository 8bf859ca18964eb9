/* SPDX-License-Identifier: BSD-2-Clause */
#include "box_cpu.h"

struct box_cpu box_cpu = { 1, 1, 0, 0, 0 };

void box_vaes_encrypt(const struct quiclb_job *jobs);
void box_vaes_decrypt(const struct quiclb_job *jobs);
void box_native_encrypt_many(const struct quiclb_job *jobs, size_t n);
void box_native_decrypt_many(const struct quiclb_job *jobs, size_t n);
void box_wide_encrypt(const struct quiclb_job *jobs, size_t n);
void box_wide_decrypt(const struct quiclb_job *jobs, size_t n);

#if QUICLB_HAVE_NATIVE
int box_available(void)
{
	return box_cpu.aes && quiclb_priv_native_available();
}

int box_vaes_available(void)
{
	return box_cpu.vaes && quiclb_priv_vaes_available();
}

void box_vaes_encrypt(const struct quiclb_job *jobs)
{
	box_cpu.n_vaes++;
	quiclb_priv_vaes_encrypt(jobs);
}

void box_vaes_decrypt(const struct quiclb_job *jobs)
{
	box_cpu.n_vaes++;
	quiclb_priv_vaes_decrypt(jobs);
}

void box_native_encrypt_many(const struct quiclb_job *jobs, size_t n)
{
	box_cpu.n_eight++;
	quiclb_priv_native_encrypt_many(jobs, n);
}

void box_native_decrypt_many(const struct quiclb_job *jobs, size_t n)
{
	box_cpu.n_eight++;
	quiclb_priv_native_decrypt_many(jobs, n);
}
#else
int box_available(void)
{
	return 0;
}

int box_vaes_available(void)
{
	return 0;
}
#endif

void box_wide_encrypt(const struct quiclb_job *jobs, size_t n)
{
	box_cpu.n_wide++;
	quiclb_priv_wide_encrypt(jobs, n);
}

void box_wide_decrypt(const struct quiclb_job *jobs, size_t n)
{
	box_cpu.n_wide++;
	quiclb_priv_wide_decrypt(jobs, n);
}

static unsigned int box_flags(void)
{
	return (box_available() ? QUICLB_CPU_AES : 0) |
	       (box_vaes_available() ? QUICLB_CPU_VAES : 0);
}

#define quiclb_priv_cpu box_flags
#define quiclb_priv_vaes_encrypt box_vaes_encrypt
#define quiclb_priv_vaes_decrypt box_vaes_decrypt
#define quiclb_priv_native_encrypt_many box_native_encrypt_many
#define quiclb_priv_native_decrypt_many box_native_decrypt_many
#define quiclb_priv_wide_encrypt box_wide_encrypt
#define quiclb_priv_wide_decrypt box_wide_decrypt
#include "libquiclb/aes.c"
#include "libquiclb/one.c"

void box_each_way(void (*fn)(void))
{
	for (box_cpu.aes = 0; box_cpu.aes <= box_available(); box_cpu.aes++)
		for (box_cpu.vaes = 0; box_cpu.vaes <= box_vaes_available();
		     box_cpu.vaes++) {
			g_test_message("AES %d, VAES %d", box_cpu.aes,
				       box_cpu.vaes);
			fn();
		}
	box_cpu.aes = box_cpu.vaes = 1;
}
