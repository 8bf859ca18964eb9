/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * White box: stands between a file of libquiclb and what it calls, so that a
 * test can make memory, locks, random bytes and libcrypto fail, and sees
 * whether memory is zero when it is given back.  A test includes this, then
 * box_macros.h, then the .c file.  One thread at a time.
 */
#ifndef BOX_H
#define BOX_H

#include <glib.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

/* Calls that still succeed, by kind; -1: all do.  box_reset() sets -1. */
struct box {
	int memory; /* malloc() and calloc() */
	int locks;  /* pthread_mutex_init() */
	int random;
	int kdf; /* EVP_KDF_fetch(), EVP_KDF_CTX_new(), EVP_KDF_derive() */
	unsigned int n_freed;
	unsigned int n_freed_dirty; /* of these, not all zero */
};

extern struct box box;

void box_reset(void);

/* What was given out and not yet given back. */
unsigned int box_n_blocks(void);

void *box_malloc(size_t size);
void *box_calloc(size_t n, size_t size);
void box_free(void *p);

int box_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attr);

/* From g_test_rand_int(): the same seed gives the same keys and nonces. */
int box_rand_bytes(unsigned char *out, int len);

EVP_KDF *box_kdf_fetch(OSSL_LIB_CTX *libctx, const char *name,
		       const char *properties);
EVP_KDF_CTX *box_kdf_ctx_new(EVP_KDF *kdf);
int box_kdf_derive(EVP_KDF_CTX *ctx, unsigned char *key, size_t len,
		   const OSSL_PARAM params[]);

#endif /* BOX_H */
