// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the real program is compared with: programs that do nothing, and one
 * that only finds the CID.
 */
#include "bpf/walk.h"

#include <quiclb/packet.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int bench_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("xdp")
int bench_tx(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_TX;
}

/* Grows the frame as GUE over IPv4 does, and writes nothing. */
SEC("xdp")
int bench_grow(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -28) ? XDP_ABORTED : XDP_TX;
}

/* The first 20 bytes of the DCID, all of them used. */
static __always_inline __u64 window(const __u8 *p)
{
	return quiclb_h_load64(p) ^ quiclb_h_load64(p + 8) ^
	       quiclb_h_load32(p + 16);
}

SEC("xdp")
int bench_parse(struct xdp_md *ctx)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_packet pkt;
	struct quiclb_frame f;
	const __u8 *p;

	if (quiclb_walk(ctx, &f) != QUICLB_WALK_OK ||
	    f.payload > QUICLB_PAYLOAD_MAX_OFFSET)
		return XDP_PASS;
	p = data + f.payload;
	if (quiclb_packet_parse(p, end, f.payload_len, &pkt))
		return XDP_PASS;
	p += pkt.dcid_offset;
	if (p + QUICLB_CID_MAX_BYTES > end)
		return XDP_PASS;
	return window(p) ? XDP_TX : XDP_DROP;
}
