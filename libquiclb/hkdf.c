/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HKDF-SHA-256 of libcrypto, and the one token that is made with it.
 */
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "private.h"

#define RESET_KEY_MAX_BYTES 255

int quiclb_priv_hkdf(const uint8_t *secret, size_t secret_len,
		     const uint8_t *info, size_t info_len, uint8_t *out,
		     size_t out_len)
{
	/* OSSL_PARAM has no const; these are inputs */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t) "SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						  (void *)(uintptr_t)secret,
						  secret_len),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info, info_len),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *const kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *const ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	const int done = ctx && EVP_KDF_derive(ctx, out, out_len, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return done ? 0 : QUICLB_ERR_CRYPTO;
}

/* A field behind its length, so that no two lists of fields look alike. */
static size_t put_field(uint8_t *out, const uint8_t *field, size_t len)
{
	out[0] = (uint8_t)len;
	memcpy(out + 1, field, len);
	return 1 + len;
}

int quiclb_reset_token(const uint8_t *reset_key, size_t reset_key_len,
		       const uint8_t *server_id, size_t server_id_len,
		       const uint8_t *cid, size_t cid_len, uint8_t *token)
{
	static const uint8_t label[] = "quiclb stateless reset 1";
	uint8_t info[3 + sizeof(label) + QUICLB_SERVER_ID_CAP_BYTES +
		     QUICLB_CID_MAX_BYTES];
	uint8_t out[QUICLB_RESET_TOKEN_BYTES];
	size_t len;
	int err;

	if (!reset_key || reset_key_len < QUICLB_RESET_KEY_MIN_BYTES ||
	    reset_key_len > RESET_KEY_MAX_BYTES || !server_id ||
	    !server_id_len || server_id_len > QUICLB_SERVER_ID_CAP_BYTES ||
	    !cid || !cid_len || cid_len > QUICLB_CID_MAX_BYTES || !token)
		return QUICLB_ERR_ARG;
	len = put_field(info, label, sizeof(label) - 1);
	len += put_field(info + len, server_id, server_id_len);
	len += put_field(info + len, cid, cid_len);
	err = quiclb_priv_hkdf(reset_key, reset_key_len, info, len, out,
			       sizeof(out));
	if (!err)
		memcpy(token, out, sizeof(out));
	quiclb_wipe(out, sizeof(out));
	return err;
}
