/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From here on the file's calls go to the box.  After every other #include.
 */
#define malloc box_malloc
#define calloc box_calloc
#define free box_free
#define pthread_mutex_init box_mutex_init
#define RAND_bytes box_rand_bytes
#define RAND_priv_bytes box_rand_bytes
#define EVP_KDF_fetch box_kdf_fetch
#define EVP_KDF_CTX_new box_kdf_ctx_new
#define EVP_KDF_derive box_kdf_derive
