/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands before libcrypto: the library's random bytes, the same in every run.
 * Those that order its nonces are secret; the others go into CIDs in clear.
 */
#include <openssl/rand.h>

#include "random.h"
#include "secrets.h"

int RAND_bytes(unsigned char *buf, int num)
{
	random_bytes(buf, (size_t)num);
	return 1;
}

int RAND_priv_bytes(unsigned char *buf, int num)
{
	random_bytes(buf, (size_t)num);
	secrets_mark(buf, (size_t)num);
	return 1;
}
