/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What kernel_crypto.bpf.c and crypto.c share: what the programs work on, and
 * what the kernel is told of the cipher.
 */
#ifndef KERNEL_CRYPTO_H
#define KERNEL_CRYPTO_H

#include <quiclb/wire.h>

struct crypto_work {
	struct quiclb_record record; /* of the key */
	struct quiclb_block plain, cipher;
	struct quiclb_block block; /* becomes the other one */
};

/* struct bpf_crypto_params of the kernel. */
struct crypto_params {
	char type[14];
	quiclb_u8 reserved[2];
	char algo[128];
	quiclb_u8 key[256];
	quiclb_u32 key_len;
	quiclb_u32 authsize;
};

QUICLB_STATIC_ASSERT(sizeof(struct crypto_params) == 408, "as the kernel's");

#endif /* KERNEL_CRYPTO_H */
