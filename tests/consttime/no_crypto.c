/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the place of libcrypto, which MemorySanitizer does not see into: what
 * comes out of HKDF is as secret as what went in.
 */
#include <openssl/crypto.h>

#include "libquiclb/private.h"
#include "operations.h"
#include "random.h"
#include "secrets.h"

void OPENSSL_cleanse(void *ptr, size_t len)
{
	memset(ptr, 0, len);
}

int quiclb_priv_hkdf(const uint8_t *secret, size_t secret_len,
		     const uint8_t *info, size_t info_len, uint8_t *out,
		     size_t out_len)
{
	(void)secret;
	(void)secret_len;
	(void)info;
	(void)info_len;
	memset(out, 0x5a, out_len);
	secrets_mark(out, out_len);
	return 0;
}

void operations_reset_token(struct tap *tap)
{
	tap_case(tap, 1, "reset token",
		 "libcrypto is not instrumented: `taint` tries it");
}
