/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "box.h"
#include "unit.h"

#define MAX_BLOCKS 64

struct box box = { -1, -1, -1, -1, -1, 0, 0 };

/* What box_calloc() has given out and its size. */
static struct {
	void *p;
	size_t size;
} blocks[MAX_BLOCKS];

void box_reset(void)
{
	box.memory = -1;
	box.random = -1;
	box.contexts = -1;
	box.inits = -1;
	box.blocks = -1;
	box.n_freed = 0;
	box.n_freed_dirty = 0;
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

int box_rand_bytes(unsigned char *out, int len)
{
	if (!allowed(&box.random))
		return 0;
	unit_random(out, (size_t)len);
	return 1;
}

EVP_CIPHER_CTX *box_context_new(void)
{
	return allowed(&box.contexts) ? EVP_CIPHER_CTX_new() : NULL;
}

int box_cipher_init(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type,
		    const unsigned char *key, int encrypt)
{
	if (!allowed(&box.inits))
		return 0;
	return EVP_CipherInit_ex(ctx, type, NULL, key, NULL, encrypt);
}

int box_cipher_update(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_len,
		      const unsigned char *in, int in_len)
{
	if (!allowed(&box.blocks))
		return 0;
	return EVP_CipherUpdate(ctx, out, out_len, in, in_len);
}
