/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeroing that stays, and structs of other sizes.
 */
#include <openssl/crypto.h>

#include "private.h"

void quiclb_wipe(void *p, size_t len)
{
	if (len)
		OPENSSL_cleanse(p, len);
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
