/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block cipher of user space: AES-128-ECB of libcrypto, which uses the
 * CPU's AES instructions where there are any.  One context per direction and
 * key, set up once; a context must not be used by two threads.
 */
#include <openssl/evp.h>

#include "private.h"

static EVP_CIPHER_CTX *context_new(const uint8_t *key, int encrypt)
{
	EVP_CIPHER_CTX *const ctx = EVP_CIPHER_CTX_new();

	if (!ctx)
		return NULL;
	if (EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL,
			      encrypt) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

int quiclb_priv_cipher_init(struct quiclb_cipher *cipher,
			    const struct quiclb_record *record,
			    const uint8_t key[QUICLB_KEY_BYTES])
{
	memset(cipher, 0, sizeof(*cipher));
	cipher->record = *record;
	cipher->encrypt = context_new(key, 1);
	cipher->decrypt = context_new(key, 0);
	if (cipher->encrypt && cipher->decrypt)
		return 0;
	quiclb_priv_cipher_free(cipher);
	return QUICLB_ERR_CRYPTO;
}

void quiclb_priv_cipher_free(struct quiclb_cipher *cipher)
{
	/* libcrypto wipes its key schedules */
	EVP_CIPHER_CTX_free(cipher->encrypt);
	EVP_CIPHER_CTX_free(cipher->decrypt);
	quiclb_wipe(cipher, sizeof(*cipher));
}

static void one_block(struct quiclb_cipher *cipher, EVP_CIPHER_CTX *ctx,
		      struct quiclb_block *block)
{
	uint8_t bytes[QUICLB_BLOCK_BYTES];
	int len = 0;

	quiclb_priv_store(bytes, block->w, sizeof(bytes));
	if (EVP_CipherUpdate(ctx, bytes, &len, bytes, sizeof(bytes)) != 1 ||
	    len != sizeof(bytes))
		cipher->failed = 1;
	block->w[0] = quiclb_h_load64(bytes);
	block->w[1] = quiclb_h_load64(bytes + 8);
	quiclb_wipe(bytes, sizeof(bytes));
}

static struct quiclb_cipher *owner(const struct quiclb_record *rec)
{
	return (struct quiclb_cipher *)(uintptr_t)rec;
}

void quiclb_priv_encrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block)
{
	one_block(owner(rec), owner(rec)->encrypt, block);
}

void quiclb_priv_decrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block)
{
	one_block(owner(rec), owner(rec)->decrypt, block);
}
