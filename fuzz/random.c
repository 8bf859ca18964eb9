/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See fuzz_random_start().  The linker takes these instead of libcrypto's.
 */
#include <openssl/rand.h>

#include "fuzz.h"

static uint64_t state;
static int failures;

void fuzz_random_start(int may_fail)
{
	state = 0x9e3779b97f4a7c15ULL;
	failures = may_fail;
}

/* xorshift64*, Vigna 2016: not secret, but no number twice in a row */
int RAND_bytes(unsigned char *out, int len)
{
	int i;

	for (i = 0; i < len; i++) {
		state ^= state >> 12;
		state ^= state << 25;
		state ^= state >> 27;
		out[i] = (unsigned char)(state * 0x2545f4914f6cdd1dULL >> 56);
	}
	return !failures || state >> 60 != 0;
}

int RAND_priv_bytes(unsigned char *out, int len)
{
	return RAND_bytes(out, len);
}
