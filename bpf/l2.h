/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The Ethernet header and its VLAN tags: rebuilt where the packet behind them
 * moves, or leaves by another VLAN.
 */
#ifndef QUICLB_L2_H
#define QUICLB_L2_H

#include "abi.h"
#include "walk.h"

#define QUICLB_TAG_BYTES 4
/* of a VLAN tag, the bits that are not its VLAN (802.1Q: PCP and DEI) */
#define QUICLB_TAG_PRIORITY bpf_htonl(0xf000)

/* 0 if two MAC addresses are the same; in two loads each, not six. */
static __always_inline __u32 quiclb_mac_differs(const __u8 *a, const __u8 *b)
{
	return (quiclb_h_load32(a) ^ quiclb_h_load32(b)) |
	       (*(const __u16 *)(a + 4) ^ *(const __u16 *)(b + 4));
}

/* How many tags a frame that came with `tags` of them leaves with. */
static __always_inline __u32 quiclb_tags_out(const struct quiclb_hop *hop,
					     __u8 tags)
{
	return !hop || hop->n_tags == QUICLB_TAGS_KEPT ? tags : hop->n_tags;
}

/*
 * Writes addresses, tags and type in front of an IP packet that begins adjust
 * bytes further on than the one there was (less: further ahead).  The tags are
 * the next hop's; without one, or where it has none to say, those the frame
 * had.  A priority stays where the number of tags does.  0, or -1 if there is
 * no room: then nothing is changed.
 */
static __noinline int quiclb_move_l2(struct xdp_md *ctx, int adjust, __u8 tags,
				     __u8 family, const struct quiclb_hop *hop)
{
	const __be16 proto =
		family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	const __u32 n = quiclb_tags_out(hop, tags);
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	__u32 l2[5]; /* MAC addresses, two tags */

	if (data + sizeof(l2) + 2 > end)
		return -1;
	__builtin_memcpy(l2, data, sizeof(l2));
	if (hop && hop->n_tags != QUICLB_TAGS_KEPT) {
		const __u32 kept = n == tags ? QUICLB_TAG_PRIORITY : 0;

		l2[3] = hop->tags[0] | (l2[3] & kept);
		l2[4] = hop->tags[1] | (l2[4] & kept);
	}
	adjust += QUICLB_TAG_BYTES * ((int)tags - (int)n);
	if (bpf_xdp_adjust_head(ctx, adjust))
		return -1;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(l2) + 2 > end)
		return -1;
	__builtin_memcpy(data, l2, 12);
	if (n == 0) {
		__builtin_memcpy(data + 12, &proto, 2);
	} else if (n == 1) {
		__builtin_memcpy(data + 12, &l2[3], 4);
		__builtin_memcpy(data + 16, &proto, 2);
	} else {
		__builtin_memcpy(data + 12, &l2[3], 8);
		__builtin_memcpy(data + 20, &proto, 2);
	}
	return 0;
}

/* Whether a frame with so many tags may leave that way. */
static __always_inline int quiclb_tags_fit(const struct quiclb_hop *hop,
					   __u8 tags, __u32 ingress)
{
	/* a VLAN that the host does not know is none of another interface */
	return !tags || hop->n_tags != QUICLB_TAGS_KEPT ||
	       hop->ifindex == ingress;
}

#endif /* QUICLB_L2_H */
