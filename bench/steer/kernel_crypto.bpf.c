// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One AES block by the code of the steering program, and one by the kernel's
 * crypto (Linux 6.11; 6.10 wants an IV).  Each packet is one block, and passes
 * if it came out right.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <quiclb/decode.h>

#include "kernel_crypto.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The kernel's own; only its name matters here. */
struct bpf_crypto_ctx {
	int unused;
};

/*
 * A pointer to a struct loses its tag with clang 14, which puts such pointers
 * off until all structs are known; one to another name of it does not.
 */
typedef struct bpf_crypto_ctx crypto_ctx;

extern struct bpf_crypto_ctx *
bpf_crypto_ctx_create(const struct crypto_params *params, __u32 params__sz,
		      int *err) __ksym;
extern void bpf_crypto_ctx_release(struct bpf_crypto_ctx *ctx) __ksym;
extern int bpf_crypto_encrypt(struct bpf_crypto_ctx *ctx,
			      const struct bpf_dynptr *src,
			      const struct bpf_dynptr *dst,
			      const struct bpf_dynptr *iv) __ksym;
extern int bpf_crypto_decrypt(struct bpf_crypto_ctx *ctx,
			      const struct bpf_dynptr *src,
			      const struct bpf_dynptr *dst,
			      const struct bpf_dynptr *iv) __ksym;

struct crypto_slot {
	crypto_ctx __kptr *ctx;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct crypto_slot);
} crypto_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct crypto_work);
} crypto_works SEC(".maps");

struct crypto_params crypto_params;
int crypto_error; /* why there is no context */

SEC("syscall")
int crypto_create(void *unused)
{
	const __u32 zero = 0;
	struct crypto_slot *const slot =
		bpf_map_lookup_elem(&crypto_slots, &zero);
	struct bpf_crypto_ctx *ctx;
	int err = 0;

	(void)unused;
	if (!slot)
		return 1;
	ctx = bpf_crypto_ctx_create(&crypto_params, sizeof(crypto_params),
				    &err);
	crypto_error = err;
	if (!ctx)
		return 1;
	ctx = bpf_kptr_xchg(&slot->ctx, ctx);
	if (ctx)
		bpf_crypto_ctx_release(ctx);
	return 0;
}

static __always_inline struct crypto_work *find_work(void)
{
	const __u32 zero = 0;

	return bpf_map_lookup_elem(&crypto_works, &zero);
}

static __always_inline int verdict(const struct quiclb_block *is,
				   const struct quiclb_block *should_be)
{
	return is->w[0] == should_be->w[0] && is->w[1] == should_be->w[1]
		       ? XDP_PASS
		       : XDP_ABORTED;
}

SEC("xdp")
int crypto_empty(struct xdp_md *ctx)
{
	const struct crypto_work *const work = find_work();

	(void)ctx;
	return work ? verdict(&work->plain, &work->plain) : XDP_ABORTED;
}

SEC("xdp")
int crypto_bits_enc(struct xdp_md *ctx)
{
	const struct crypto_work *const work = find_work();
	struct quiclb_block block;

	(void)ctx;
	if (!work)
		return XDP_ABORTED;
	block = work->plain;
	quiclb_h_encrypt(&work->record, &block);
	return verdict(&block, &work->cipher);
}

SEC("xdp")
int crypto_bits_dec(struct xdp_md *ctx)
{
	const struct crypto_work *const work = find_work();
	struct quiclb_block block;

	(void)ctx;
	if (!work)
		return XDP_ABORTED;
	block = work->cipher;
	quiclb_h_decrypt(&work->record, &block);
	return verdict(&block, &work->plain);
}

/*
 * In place: one view of memory instead of two.  The kernel takes no view of
 * the stack, so the block has to be in a map.
 */
static __always_inline struct bpf_crypto_ctx *
prepare(struct crypto_work *work, const struct quiclb_block *from,
	struct bpf_dynptr *view)
{
	const __u32 zero = 0;
	struct crypto_slot *const slot =
		bpf_map_lookup_elem(&crypto_slots, &zero);

	work->block = *from;
	bpf_dynptr_from_mem(&work->block, sizeof(work->block), 0, view);
	return slot ? slot->ctx : NULL;
}

SEC("xdp")
int crypto_call_enc(struct xdp_md *ctx)
{
	struct crypto_work *const work = find_work();
	struct bpf_crypto_ctx *cipher;
	struct bpf_dynptr view;

	(void)ctx;
	if (!work)
		return XDP_ABORTED;
	cipher = prepare(work, &work->plain, &view);
	if (!cipher || bpf_crypto_encrypt(cipher, &view, &view, NULL))
		return XDP_ABORTED;
	return verdict(&work->block, &work->cipher);
}

SEC("xdp")
int crypto_call_dec(struct xdp_md *ctx)
{
	struct crypto_work *const work = find_work();
	struct bpf_crypto_ctx *cipher;
	struct bpf_dynptr view;

	(void)ctx;
	if (!work)
		return XDP_ABORTED;
	cipher = prepare(work, &work->cipher, &view);
	if (!cipher || bpf_crypto_decrypt(cipher, &view, &view, NULL))
		return XDP_ABORTED;
	return verdict(&work->block, &work->plain);
}

/* An IV where none belongs: all of a call up to the cipher. */
SEC("xdp")
int crypto_call_bad(struct xdp_md *ctx)
{
	struct crypto_work *const work = find_work();
	struct bpf_crypto_ctx *cipher;
	struct bpf_dynptr view;

	(void)ctx;
	if (!work)
		return XDP_ABORTED;
	cipher = prepare(work, &work->plain, &view);
	if (!cipher || !bpf_crypto_encrypt(cipher, &view, &view, &view))
		return XDP_ABORTED;
	return verdict(&work->block, &work->plain);
}
