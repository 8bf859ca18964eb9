/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libquiclb/wipe.c wants of libcrypto, for vectors.c, which brings it.
 */
#include <stddef.h>

void OPENSSL_cleanse(void *p, size_t len);
