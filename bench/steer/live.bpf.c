// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A sender for live frames of BPF_PROG_TEST_RUN, a sink that counts what came
 * back and when, and between them the least that a program can do with a frame
 * that it sends back.  All on one CPU.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "live_frame.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct live_frame live_frames[LIVE_N_FRAMES];
__u32 live_ifindex; /* frames go in here */
__u64 live_n_sent;
__u64 live_n_back;

/* When frames 1, 1 + LIVE_STEP, 1 + 2 * LIVE_STEP, ... came back; ns. */
__u64 live_times[LIVE_N_TIMES];

/* The kernel recycles the pages as they came back: each is written anew. */
SEC("xdp")
int live_send(struct xdp_md *ctx)
{
	__u64 *const to = (void *)(long)ctx->data;
	const struct live_frame *f;
	int i;

	if ((__u8 *)to + LIVE_FRAME_BYTES > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	if (live_n_sent - *(const volatile __u64 *)&live_n_back >= LIVE_WINDOW)
		return XDP_DROP;
	f = &live_frames[live_n_sent & (LIVE_N_FRAMES - 1)];
#pragma unroll
	for (i = 0; i < LIVE_FRAME_BYTES / 8; i++)
		to[i] = f->words[i];
	live_n_sent++;
	return (int)bpf_redirect(live_ifindex, 0);
}

SEC("xdp")
int live_sink(struct xdp_md *ctx)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	__u64 n;

	/* the kernel itself sends no IPv4 there */
	if (data + LIVE_FRAME_BYTES > (const __u8 *)(long)ctx->data_end ||
	    *(const __u16 *)(data + 12) != bpf_htons(0x0800))
		return XDP_PASS;
	n = live_n_back++;
	if (n % LIVE_STEP == 0)
		live_times[n / LIVE_STEP & (LIVE_N_TIMES - 1)] =
			bpf_ktime_get_ns();
	return XDP_DROP;
}

SEC("xdp")
int live_bounce(struct xdp_md *ctx)
{
	__u16 *const macs = (void *)(long)ctx->data;
	__u16 mac;
	int i;

	if ((__u8 *)(macs + 6) > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
#pragma unroll
	for (i = 0; i < 3; i++) {
		mac = macs[i];
		macs[i] = macs[i + 3];
		macs[i + 3] = mac;
	}
	return XDP_TX;
}
