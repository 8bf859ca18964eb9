/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each codec does to server ID | nonce, one AES block at a time.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "textbook_private.h"

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

/* Odd passes go from left to right, even ones from right to left. */
static int from_left(int number)
{
	return number % 2 == 1;
}

/* -19 and later: x | zeros | n | pass. */
static void expand(const uint8_t *x, const struct halves *h, int number,
		   uint8_t block[16])
{
	memcpy(block, x, h->len);
	block[14] = (uint8_t)h->n;
	block[15] = (uint8_t)number;
}

/* -12 and -13: x | zeros | pass, or mirrored, pass | zeros | x. */
static void expand_12(const uint8_t *x, const struct halves *h, int number,
		      uint8_t block[16])
{
	if (from_left(number)) {
		memcpy(block, x, h->len);
		block[15] = (uint8_t)number;
	} else {
		block[0] = (uint8_t)number;
		memcpy(block + 16 - h->len, x, h->len);
	}
}

/* -14: x | zeros | pass | n + 1, or mirrored, n + 1 | pass | zeros | x. */
static void expand_14(const uint8_t *x, const struct halves *h, int number,
		      uint8_t block[16])
{
	if (from_left(number)) {
		memcpy(block, x, h->len);
		block[14] = (uint8_t)number;
		block[15] = (uint8_t)(h->n + 1);
	} else {
		block[0] = (uint8_t)(h->n + 1);
		block[1] = (uint8_t)number;
		memcpy(block + 16 - h->len, x, h->len);
	}
}

/* -15 to -18: n | pass | x | zeros. */
static void expand_15(const uint8_t *x, const struct halves *h, int number,
		      uint8_t block[16])
{
	block[0] = (uint8_t)h->n;
	block[1] = (uint8_t)number;
	memcpy(block + 2, x, h->len);
}

/* What goes into AES in a pass. */
static void expand_as(enum textbook_codec codec, const struct halves *h,
		      int number, uint8_t block[16])
{
	const uint8_t *const x = from_left(number) ? h->left : h->right;

	memset(block, 0, 16);
	if (codec == TEXTBOOK_FOUR_PASS_12)
		expand_12(x, h, number, block);
	else if (codec == TEXTBOOK_FOUR_PASS_14)
		expand_14(x, h, number, block);
	else if (codec == TEXTBOOK_FOUR_PASS_15)
		expand_15(x, h, number, block);
	else
		expand(x, h, number, block);
}

/* Which bytes of AES's answer are used: the first ones, once the last. */
static const uint8_t *truncated(enum textbook_codec codec,
				const struct halves *h, int number,
				const uint8_t block[16])
{
	const int mirrored = codec == TEXTBOOK_FOUR_PASS_12 ||
			     codec == TEXTBOOK_FOUR_PASS_14;

	if (mirrored && from_left(number))
		return block + 16 - h->len;
	return block;
}

static void pass(const struct textbook_config *c, struct halves *h, int number)
{
	uint8_t *const to = from_left(number) ? h->right : h->left;
	const uint8_t *mask;
	uint8_t block[16];
	size_t i;

	expand_as(c->codec, h, number, block);
	textbook_aes(c->key, 1, block, block);
	mask = truncated(c->codec, h, number, block);
	for (i = 0; i < h->len; i++)
		to[i] ^= mask[i];
	clear_unused_nibbles(h);
}

static void four_pass(const struct textbook_config *c, int encrypt,
		      uint8_t *bytes)
{
	struct halves h = split(bytes, c->server_id_len + c->nonce_len);
	int i;

	for (i = 1; i <= 4; i++)
		pass(c, &h, encrypt ? i : 5 - i);
	join(&h, bytes);
}

/* to ^= AES(from | zeros), as much of it as to has bytes. */
static void stream_pass(const uint8_t *key, const uint8_t *from,
			size_t from_len, uint8_t *to, size_t to_len)
{
	uint8_t block[16] = { 0 };
	size_t i;

	memcpy(block, from, from_len);
	textbook_aes(key, 1, block, block);
	for (i = 0; i < to_len; i++)
		to[i] ^= block[i];
}

/* -04 to -08.  In the CID the nonce comes first. */
static void stream_07_encrypt(const struct textbook_config *c, uint8_t *bytes)
{
	const size_t id_len = c->server_id_len, nonce_len = c->nonce_len;
	uint8_t id[15], nonce[16];

	memcpy(id, bytes, id_len);
	memcpy(nonce, bytes + id_len, nonce_len);
	stream_pass(c->key, nonce, nonce_len, id, id_len);
	stream_pass(c->key, id, id_len, nonce, nonce_len);
	stream_pass(c->key, nonce, nonce_len, id, id_len);
	memcpy(bytes, nonce, nonce_len);
	memcpy(bytes + nonce_len, id, id_len);
}

static void stream_07_decrypt(const struct textbook_config *c, uint8_t *bytes)
{
	const size_t id_len = c->server_id_len, nonce_len = c->nonce_len;
	uint8_t id[15], nonce[16];

	memcpy(nonce, bytes, nonce_len);
	memcpy(id, bytes + nonce_len, id_len);
	stream_pass(c->key, nonce, nonce_len, id, id_len);
	stream_pass(c->key, id, id_len, nonce, nonce_len);
	stream_pass(c->key, nonce, nonce_len, id, id_len);
	memcpy(bytes, id, id_len);
	memcpy(bytes + id_len, nonce, nonce_len);
}

void textbook_transform(const struct textbook_config *config, int encrypt,
			uint8_t *bytes)
{
	switch (config->codec) {
	case TEXTBOOK_SINGLE_PASS:
	case TEXTBOOK_BLOCK_07:
	case TEXTBOOK_QUICLY:
		textbook_aes(config->key, encrypt, bytes, bytes);
		break;
	case TEXTBOOK_FOUR_PASS:
	case TEXTBOOK_FOUR_PASS_12:
	case TEXTBOOK_FOUR_PASS_14:
	case TEXTBOOK_FOUR_PASS_15:
		four_pass(config, encrypt, bytes);
		break;
	case TEXTBOOK_STREAM_07:
		if (encrypt)
			stream_07_encrypt(config, bytes);
		else
			stream_07_decrypt(config, bytes);
		break;
	default: /* in clear */
		break;
	}
}
