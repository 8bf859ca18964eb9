/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From here on the file's calls go to the box.  After every other #include.
 */
#define calloc box_calloc
#define free box_free
#define RAND_bytes box_rand_bytes
#define RAND_priv_bytes box_rand_bytes
#define EVP_CIPHER_CTX_new box_context_new
#define EVP_CipherInit_ex(ctx, type, engine, key, iv, encrypt)                 \
	box_cipher_init(ctx, type, key, encrypt)
#define EVP_CipherUpdate box_cipher_update
