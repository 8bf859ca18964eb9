/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeroing that stays, and moving bytes in and out of words.
 */
#include <openssl/crypto.h>

#include "private.h"

void quiclb_wipe(void *p, size_t len)
{
	if (len)
		OPENSSL_cleanse(p, len);
}

void quiclb_priv_store(uint8_t *out, const quiclb_u64 *words, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(words[i >> 3] >> 8 * (i & 7));
}

int quiclb_priv_intake(void *dst, size_t dst_cap, const void *src,
		       size_t src_size, size_t first_size)
{
	const uint8_t *const bytes = src;
	size_t i;

	if (src_size < first_size)
		return QUICLB_ERR_VERSION;
	/* a caller of a later release: fine as long as it asks for nothing new
	 */
	for (i = dst_cap; i < src_size; i++)
		if (bytes[i])
			return QUICLB_ERR_VERSION;
	memcpy(dst, src, src_size < dst_cap ? src_size : dst_cap);
	return 0;
}
