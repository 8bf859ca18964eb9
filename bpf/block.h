/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The AES block as BPF subprograms, to hand to the shared decoder.
 */
#ifndef QUICLB_BLOCK_H
#define QUICLB_BLOCK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <quiclb/decode.h>

/*
 * VERIFIER: a BPF program has 512 bytes of stack for its whole call chain, and
 * two bitsliced AES in one function spill past that (clang 14).  As separate
 * static functions each has a frame of its own; global ones would fail on 5.10.
 */
static __noinline void encrypt(const struct quiclb_record *rec,
			       struct quiclb_block *block)
{
	quiclb_h_encrypt(rec, block);
}

static __noinline void decrypt(const struct quiclb_record *rec,
			       struct quiclb_block *block)
{
	quiclb_h_decrypt(rec, block);
}

#endif /* QUICLB_BLOCK_H */
