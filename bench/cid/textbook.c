/* SPDX-License-Identifier: BSD-2-Clause */
#include "textbook.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

/* The two halves of four-pass, each ceil(n / 2) bytes. */
struct halves {
	uint8_t left[10], right[10];
	size_t len, n;
};

static EVP_CIPHER_CTX *context(const uint8_t *key, int encrypt)
{
	EVP_CIPHER_CTX *const ctx = EVP_CIPHER_CTX_new();

	if (ctx &&
	    EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL,
			      encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

int textbook_open(struct textbook *book, const uint8_t *key)
{
	book->encrypt = book->decrypt = NULL;
	if (!key)
		return 0;
	book->encrypt = context(key, 1);
	book->decrypt = context(key, 0);
	if (book->encrypt && book->decrypt)
		return 0;
	textbook_close(book);
	return -1;
}

void textbook_close(struct textbook *book)
{
	EVP_CIPHER_CTX_free(book->encrypt);
	EVP_CIPHER_CTX_free(book->decrypt);
}

static void block_encrypt(const struct textbook *book, const uint8_t in[16],
			  uint8_t out[16])
{
	int len;

	if (EVP_EncryptUpdate(book->encrypt, out, &len, in, 16) != 1)
		abort();
}

static void block_decrypt(const struct textbook *book, const uint8_t in[16],
			  uint8_t out[16])
{
	int len;

	if (EVP_DecryptUpdate(book->decrypt, out, &len, in, 16) != 1)
		abort();
}

/* ---- four-pass -------------------------------------------------------- */

static void split(const uint8_t *bytes, size_t n, struct halves *h)
{
	h->n = n;
	h->len = (n + 1) / 2;
	memcpy(h->left, bytes, h->len);
	memcpy(h->right, bytes + n - h->len, h->len);
	if (n % 2) {
		h->left[h->len - 1] &= 0xf0;
		h->right[0] &= 0x0f;
	}
}

static void join(const struct halves *h, uint8_t *bytes)
{
	uint8_t middle;

	memcpy(bytes, h->left, h->len);
	middle = bytes[h->len - 1];
	memcpy(bytes + h->n - h->len, h->right, h->len);
	if (h->n % 2)
		bytes[h->len - 1] |= middle;
}

/* Passes 1 and 3 change the right half, 2 and 4 the left one. */
static void pass(const struct textbook *book, struct halves *h, int number)
{
	const uint8_t *const from = number % 2 ? h->left : h->right;
	uint8_t *const to = number % 2 ? h->right : h->left;
	uint8_t block[16] = { 0 };
	size_t i;

	memcpy(block, from, h->len);
	block[14] = (uint8_t)h->n;
	block[15] = (uint8_t)number;
	block_encrypt(book, block, block);
	for (i = 0; i < h->len; i++)
		to[i] ^= block[i];
	if (h->n % 2) {
		h->left[h->len - 1] &= 0xf0;
		h->right[0] &= 0x0f;
	}
}

static void four_encode(const struct textbook *book, uint8_t *bytes)
{
	struct halves h;
	int number;

	split(bytes, book->server_id_len + book->nonce_len, &h);
	for (number = 1; number <= 4; number++)
		pass(book, &h, number);
	join(&h, bytes);
}

/* From pass 4 back to the last one. */
static void four_decode(const struct textbook *book, const uint8_t *cid,
			int last, uint8_t *server_id)
{
	struct halves h;
	uint8_t bytes[20];
	int number;

	split(cid + 1, book->server_id_len + book->nonce_len, &h);
	for (number = 4; number >= last; number--)
		pass(book, &h, number);
	join(&h, bytes);
	memcpy(server_id, bytes, book->server_id_len);
}

/* ---- CIDs ------------------------------------------------------------- */

void textbook_encode(const struct textbook *book, const uint8_t *nonce,
		     uint8_t *cid)
{
	cid[0] = book->first;
	memcpy(cid + 1, book->server_id, book->server_id_len);
	memcpy(cid + 1 + book->server_id_len, nonce, book->nonce_len);
	if (book->algorithm == TEXTBOOK_SINGLE)
		block_encrypt(book, cid + 1, cid + 1);
	else if (book->algorithm == TEXTBOOK_FOUR)
		four_encode(book, cid + 1);
}

void textbook_next(const struct textbook *book, uint8_t *cid)
{
	uint8_t nonce[20];

	if (RAND_bytes(nonce, (int)book->nonce_len) != 1)
		abort();
	textbook_encode(book, nonce, cid);
}

static void decode(const struct textbook *book, const uint8_t *cid,
		   int last_pass, uint8_t *server_id)
{
	uint8_t block[16];

	switch (book->algorithm) {
	case TEXTBOOK_SINGLE:
		block_decrypt(book, cid + 1, block);
		memcpy(server_id, block, book->server_id_len);
		break;
	case TEXTBOOK_FOUR:
		four_decode(book, cid, last_pass, server_id);
		break;
	default:
		memcpy(server_id, cid + 1, book->server_id_len);
	}
}

void textbook_decode(const struct textbook *book, const uint8_t *cid,
		     uint8_t *server_id)
{
	/* a server ID within the left half needs no pass 1 */
	decode(book, cid, book->server_id_len <= book->nonce_len ? 2 : 1,
	       server_id);
}

void textbook_decode_all(const struct textbook *book, const uint8_t *cid,
			 uint8_t *server_id)
{
	decode(book, cid, 1, server_id);
}
