/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * White box: stands between a file of libquiclb and what it calls, so that a
 * test can make memory, random bytes and libcrypto fail, and sees whether
 * memory is zero when it is given back.  A test includes this, then
 * box_macros.h, then the .c file.
 */
#ifndef BOX_H
#define BOX_H

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stddef.h>
#include <stdlib.h>

/* Calls that still succeed, by kind; -1: all do.  box_reset() sets -1. */
struct box {
	int memory;
	int random;
	int contexts; /* EVP_CIPHER_CTX_new() */
	int inits;    /* EVP_CipherInit_ex() */
	int blocks;   /* EVP_CipherUpdate() */
	unsigned int n_freed;
	unsigned int n_freed_dirty; /* of these, not all zero */
};

extern struct box box;

void box_reset(void);

void *box_calloc(size_t n, size_t size);
void box_free(void *p);

/* From g_test_rand_int(): the same seed gives the same keys and nonces. */
int box_rand_bytes(unsigned char *out, int len);

EVP_CIPHER_CTX *box_context_new(void);
int box_cipher_init(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type,
		    const unsigned char *key, int encrypt);
int box_cipher_update(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_len,
		      const unsigned char *in, int in_len);

#endif /* BOX_H */
