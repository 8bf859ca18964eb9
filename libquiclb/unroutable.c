/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CID of last resort: config rotation 0b111, for hooks that must return
 * something.  Nothing here can fail.
 */
#include <limits.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <time.h>

#include "private.h"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#define PROCESS_ID() ((uint64_t)getpid())
#else
#define PROCESS_ID() 0
#endif

/*
 * Without random bytes a CID must still be unlike any other, here and in
 * other processes: AES of a counter under a key from the clock, from addresses
 * that are laid out at random, and from the process ID, which alone tells
 * children of one parent apart.
 */
static void fill_without_entropy(uint8_t *out, size_t len)
{
	static _Atomic uint64_t counter;
	struct quiclb_block key, block;
	quiclb_u64 rk[22];
	uint8_t bytes[QUICLB_BLOCK_BYTES];
	struct timespec now = { 0, 0 };

	timespec_get(&now, TIME_UTC);
	key.w[0] = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	key.w[1] = (uintptr_t)&key ^ (uint64_t)(uintptr_t)&counter << 32 ^
		   quiclb_priv_process() ^ PROCESS_ID() << 40;
	quiclb_priv_store_block(bytes, &key, sizeof(bytes));
	quiclb_h_aes_expand(rk, bytes);
	while (len) {
		const size_t n = len < sizeof(bytes) ? len : sizeof(bytes);

		block.w[0] = atomic_fetch_add(&counter, 1);
		block.w[1] = 0;
		quiclb_h_aes_encrypt(rk, &block);
		quiclb_priv_store_block(out, &block, n);
		out += n;
		len -= n;
	}
	quiclb_wipe(rk, sizeof(rk));
}

void quiclb_priv_random(uint8_t *out, size_t len)
{
	if (len > INT_MAX || RAND_bytes(out, (int)len) != 1)
		fill_without_entropy(out, len);
}

uint8_t quiclb_priv_unroutable_octet(size_t cid_len)
{
	return (uint8_t)(QUICLB_ROTATION_UNROUTABLE << QUICLB_ROTATION_SHIFT |
			 ((cid_len - 1) & QUICLB_LENGTH_MASK));
}

void quiclb_unroutable(uint8_t *cid, size_t cid_len)
{
	if (!cid_len)
		return;
	quiclb_priv_random(cid, cid_len);
	cid[0] = quiclb_priv_unroutable_octet(cid_len);
}
