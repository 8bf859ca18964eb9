// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Both ends of the load: a sender for live frames of BPF_PROG_TEST_RUN, and a
 * receiver that counts where they come out.  And one program that stays as long
 * as it is told to.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "load_frame.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct load_frame load_frames[LOAD_N_SETS][LOAD_N_FRAMES];
struct load_end load_ends[LOAD_N_WAYS];
__u32 load_wanted; /* the set that is to be sent */
__u32 load_set;	   /* the one that is: of the other, none is under way */
__u32 load_next;

/* By way; and all, for the window.  A frame that is lost stays in there. */
__u64 load_sent[LOAD_N_WAYS];
__u64 load_right[LOAD_N_WAYS];
__u64 load_wrong[LOAD_N_WAYS]; /* another device, or another server's MAC */
__u64 load_n_sent;
__u64 load_n_arrived;

/* The next frame; NULL: none now.  A new set has to wait for the old one. */
static __always_inline const struct load_frame *next_frame(void)
{
	const __u32 wanted = *(const volatile __u32 *)&load_wanted;
	const __u64 under_way =
		load_n_sent - *(const volatile __u64 *)&load_n_arrived;

	if (under_way >= LOAD_WINDOW || (wanted != load_set && under_way))
		return NULL;
	load_set = wanted;
	return &load_frames[wanted & (LOAD_N_SETS - 1)]
			   [load_next++ & (LOAD_N_FRAMES - 1)];
}

/*
 * The kernel recycles the pages of live frames as they came back, so every
 * frame is written anew.
 */
SEC("xdp")
int load_send(struct xdp_md *ctx)
{
	__u64 *const to = (void *)(long)ctx->data;
	const struct load_frame *f;
	__u32 way;
	int i;

	if ((__u8 *)to + LOAD_FRAME_BYTES > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	f = next_frame();
	if (!f)
		return XDP_DROP;
	way = f->way;
	if (way >= LOAD_N_WAYS)
		return XDP_ABORTED;
#pragma unroll
	for (i = 0; i < LOAD_FRAME_BYTES / 8; i++)
		to[i] = f->words[i];
	load_sent[way]++;
	load_n_sent++;
	return (int)bpf_redirect(f->ifindex, 0);
}

static __always_inline int is_right(const struct xdp_md *ctx, const __u8 *mac,
				    const struct load_end *end)
{
	int i, other = ctx->ingress_ifindex != end->ifindex;

#pragma unroll
	for (i = 0; i < 6; i++)
		other |= mac[i] ^ end->mac[i];
	return !other;
}

SEC("xdp")
int load_receive(struct xdp_md *ctx)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	__u32 way;

	if (data + LOAD_FRAME_BYTES > (const __u8 *)(long)ctx->data_end ||
	    *(const __u32 *)(data + LOAD_MAGIC_OFFSET) != LOAD_MAGIC)
		return XDP_PASS; /* the kernel's own, such as IPv6's */
	way = *(const __u32 *)(data + LOAD_WAY_OFFSET);
	if (way >= LOAD_N_WAYS)
		return XDP_DROP;
	if (is_right(ctx, data, &load_ends[way]))
		__sync_fetch_and_add(&load_right[way], 1);
	else
		__sync_fetch_and_add(&load_wrong[way], 1);
	__sync_fetch_and_add(&load_n_arrived, 1);
	return XDP_DROP;
}

__u32 load_held; /* LOAD_HOLD_*, of load_hold */
__u32 load_released;

#define LOAD_HOLD_LOOPS (1u << 23)

struct load_hold {
	__u64 end;
};

static long held_on(__u32 i, struct load_hold *hold)
{
	(void)i;
	return *(const volatile __u32 *)&load_released ||
	       bpf_ktime_get_ns() > hold->end;
}

static long held(__u32 i, struct load_hold *hold)
{
	(void)i;
	bpf_loop(LOAD_HOLD_LOOPS, held_on, hold, 0);
	return held_on(0, hold);
}

/* A packet that is in a program until load_released, as XDP has it. */
SEC("xdp")
int load_hold(struct xdp_md *ctx)
{
	struct load_hold hold = { .end = bpf_ktime_get_ns() + LOAD_HOLD_NS };

	(void)ctx;
	*(volatile __u32 *)&load_held = LOAD_HOLD_IN;
	bpf_loop(1000, held, &hold, 0);
	*(volatile __u32 *)&load_held = LOAD_HOLD_OUT;
	return XDP_DROP;
}
