/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slow and obvious on purpose: whoever doubts the library reads this beside
 * the draft.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "textbook.h"

/* The two halves of four-pass, each ceil(n / 2) bytes. */
struct halves {
	uint8_t left[10];
	uint8_t right[10];
	size_t len; /* of each */
	size_t n;   /* of server ID and nonce together */
};

void textbook_aes(const uint8_t key[16], int encrypt, const uint8_t in[16],
		  uint8_t out[16])
{
	EVP_CIPHER_CTX *const ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	if (!ctx ||
	    EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL,
			      encrypt) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_CipherUpdate(ctx, out, &len, in, 16) != 1 || len != 16)
		abort();
	EVP_CIPHER_CTX_free(ctx);
}

static void clear_unused_nibbles(struct halves *h)
{
	if (h->n % 2 == 0)
		return;
	h->left[h->len - 1] &= 0xf0;
	h->right[0] &= 0x0f;
}

static struct halves split(const uint8_t *bytes, size_t n)
{
	struct halves h;

	h.n = n;
	h.len = (n + 1) / 2;
	memcpy(h.left, bytes, h.len);
	memcpy(h.right, bytes + n - h.len, h.len);
	clear_unused_nibbles(&h);
	return h;
}

static void join(const struct halves *h, uint8_t *bytes)
{
	size_t i;

	memset(bytes, 0, h->n);
	for (i = 0; i < h->len; i++)
		bytes[i] |= h->left[i];
	for (i = 0; i < h->len; i++)
		bytes[h->n - h->len + i] |= h->right[i];
}

static void pass(const uint8_t *key, struct halves *h, int number)
{
	const uint8_t *const from = number % 2 ? h->left : h->right;
	uint8_t *const to = number % 2 ? h->right : h->left;
	uint8_t expanded[16] = { 0 };
	size_t i;

	memcpy(expanded, from, h->len);
	expanded[14] = (uint8_t)h->n;
	expanded[15] = (uint8_t)number;
	textbook_aes(key, 1, expanded, expanded);
	for (i = 0; i < h->len; i++)
		to[i] ^= expanded[i];
	clear_unused_nibbles(h);
}

static void four_pass(const uint8_t *key, int encrypt, uint8_t *bytes, size_t n)
{
	struct halves h = split(bytes, n);
	int i;

	for (i = 1; i <= 4; i++)
		pass(key, &h, encrypt ? i : 5 - i);
	join(&h, bytes);
}

/* Between server ID | nonce and what the CID has in their place. */
static void transform(const struct textbook_config *c, int encrypt,
		      uint8_t *bytes)
{
	switch (c->codec) {
	case TEXTBOOK_PLAIN:
		break;
	case TEXTBOOK_SINGLE_PASS:
		textbook_aes(c->key, encrypt, bytes, bytes);
		break;
	case TEXTBOOK_FOUR_PASS:
		four_pass(c->key, encrypt, bytes,
			  c->server_id_len + c->nonce_len);
		break;
	}
}

static int lengths_are_good(const struct textbook_config *c)
{
	const size_t sum = c->server_id_len + c->nonce_len;

	if (c->server_id_len < 1 || c->server_id_len > 15)
		return 0;
	if (c->nonce_len < 4 || c->nonce_len > 18)
		return 0;
	if (c->codec == TEXTBOOK_SINGLE_PASS && sum != 16)
		return 0;
	if (c->codec == TEXTBOOK_FOUR_PASS && sum == 16)
		return 0;
	return sum <= 19 && 1 + sum + c->server_use_len <= 20;
}

enum textbook_result textbook_encode(const struct textbook_config *config,
				     const uint8_t *const fields[3],
				     unsigned int low_bits, uint8_t *cid,
				     size_t *cid_len)
{
	const size_t sum = config->server_id_len + config->nonce_len;
	const size_t len = 1 + sum + config->server_use_len;

	if (!lengths_are_good(config))
		return TEXTBOOK_BAD_LENGTHS;
	if (config->rotation > 6)
		return TEXTBOOK_RESERVED;
	if (config->self_length)
		low_bits = (unsigned int)len - 1;
	cid[0] = (uint8_t)(config->rotation * 32 + low_bits % 32);
	memcpy(cid + 1, fields[0], config->server_id_len);
	memcpy(cid + 1 + config->server_id_len, fields[1], config->nonce_len);
	transform(config, 1, cid + 1);
	if (config->server_use_len)
		memcpy(cid + 1 + sum, fields[2], config->server_use_len);
	*cid_len = len;
	return TEXTBOOK_OK;
}

enum textbook_result textbook_decode(const struct textbook_config *config,
				     const uint8_t *cid, size_t cid_len,
				     uint8_t *server_id)
{
	const size_t sum = config->server_id_len + config->nonce_len;
	uint8_t bytes[19];

	if (!lengths_are_good(config))
		return TEXTBOOK_BAD_LENGTHS;
	if (cid_len < 1)
		return TEXTBOOK_TOO_SHORT;
	if (cid[0] / 32 == 7)
		return TEXTBOOK_RESERVED;
	if (cid_len < 1 + sum)
		return TEXTBOOK_TOO_SHORT;
	memcpy(bytes, cid + 1, sum);
	transform(config, 0, bytes);
	memcpy(server_id, bytes, config->server_id_len);
	return TEXTBOOK_OK;
}
