/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "box.h"
#include "unit.h"

#define MAX_BLOCKS 4096

struct box box = { -1, -1, -1, -1, 0, 0 };

/* What the box has given out and its size. */
static struct {
	void *p;
	size_t size;
} blocks[MAX_BLOCKS];

void box_reset(void)
{
	box.memory = -1;
	box.locks = -1;
	box.random = -1;
	box.kdf = -1;
	box.n_freed = 0;
	box.n_freed_dirty = 0;
}

unsigned int box_n_blocks(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX_BLOCKS; i++)
		n += blocks[i].p != NULL;
	return n;
}

static int allowed(int *left)
{
	if (*left < 0)
		return 1;
	return *left ? (*left)-- : 0;
}

void *box_calloc(size_t n, size_t size)
{
	int i;

	if (!allowed(&box.memory))
		return NULL;
	for (i = 0; blocks[i].p; i++)
		g_assert_cmpint(i, <, MAX_BLOCKS - 1);
	blocks[i].p = calloc(n, size);
	blocks[i].size = n * size;
	return blocks[i].p;
}

/* Not zero, so that what relies on zeros shows. */
void *box_malloc(size_t size)
{
	void *const p = box_calloc(1, size);

	if (p)
		memset(p, UNIT_UNTOUCHED, size);
	return p;
}

void box_free(void *p)
{
	int i;

	if (!p)
		return;
	for (i = 0; blocks[i].p != p; i++)
		g_assert_cmpint(i, <, MAX_BLOCKS - 1);
	box.n_freed++;
	if (!unit_all(p, blocks[i].size, 0))
		box.n_freed_dirty++;
	blocks[i].p = NULL;
	free(p);
}

int box_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attr)
{
	return allowed(&box.locks) ? pthread_mutex_init(lock, attr) : 1;
}

int box_rand_bytes(unsigned char *out, int len)
{
	if (!allowed(&box.random))
		return 0;
	unit_random(out, (size_t)len);
	return 1;
}

EVP_KDF *box_kdf_fetch(OSSL_LIB_CTX *libctx, const char *name,
		       const char *properties)
{
	if (!allowed(&box.kdf))
		return NULL;
	return EVP_KDF_fetch(libctx, name, properties);
}

EVP_KDF_CTX *box_kdf_ctx_new(EVP_KDF *kdf)
{
	return allowed(&box.kdf) ? EVP_KDF_CTX_new(kdf) : NULL;
}

int box_kdf_derive(EVP_KDF_CTX *ctx, unsigned char *key, size_t len,
		   const OSSL_PARAM params[])
{
	return allowed(&box.kdf) ? EVP_KDF_derive(ctx, key, len, params) : 0;
}
