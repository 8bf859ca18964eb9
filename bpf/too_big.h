/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packet Too Big, in place of a packet that no way out has room for: as a
 * router would say it, but from the VIP, which is all that the client knows.
 */
#ifndef QUICLB_TOO_BIG_H
#define QUICLB_TOO_BIG_H

#include "budget.h"
#include "forward.h"
#include "icmp.h"
#include "job.h"
#include "tunnel.h"

/*
 * So much of the packet is quoted: as much as one call sums up, and what both
 * families allow (RFC 1812, 4.3.2.3; RFC 4443, 2.4).  It is longer than that:
 * no way has an MTU so small.
 */
#define QUICLB_QUOTE_BYTES 512
#define QUICLB_IPV6_MIN_MTU 1280
#define QUICLB_ICMP_FRAG_NEEDED 4 /* code of QUICLB_ICMP_UNREACHABLE */
#define QUICLB_ICMP6_TOO_BIG 2	  /* type */

/* The header of both families' messages. */
struct quiclb_icmp {
	__u8 type;
	__u8 code;
	__u16 check;
	__be32 mtu; /* ICMP has it in the lower half */
};

/*
 * An answer goes to one host, which asked not to be fragmented.  Its quote must
 * lie in the first buffer.
 */
static __always_inline int quiclb_may_answer(const struct xdp_md *ctx,
					     const struct quiclb_frame *f)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	const __u64 l3 = f->l3;
	const struct iphdr *const ip = (const void *)(data + l3);
	__u32 first;

	if (l3 > QUICLB_L3_MAX_OFFSET ||
	    (const __u8 *)ip + QUICLB_QUOTE_BYTES > end || f->icmp ||
	    f->l3_end - l3 < QUICLB_QUOTE_BYTES)
		return 0;
	/* no host's address begins with 32 zeros: RFC 4291, 2.4 and 2.5.5 */
	__builtin_memcpy(&first, f->source, sizeof(first));
	if (f->family == 6)
		return first && f->source[0] != 0xff;
	return ip->frag_off & bpf_htons(QUICLB_IP_DF) && f->source[0] &&
	       f->source[0] != 127 && f->source[0] < 224;
}

/* The way to the client, as this host's own answers would go. */
static __always_inline int quiclb_way_back(struct xdp_md *ctx,
					   const struct quiclb_frame *f,
					   struct quiclb_hop *hop)
{
	struct quiclb_server_value client = {
		.family = f->family,
		/* by a router, too */
		.encapsulation = QUICLB_ENCAPSULATION_GUE,
	};

	__builtin_memcpy(client.address, f->source, sizeof(client.address));
	return quiclb_ask_fib(ctx, &client, hop);
}

/* Of addresses, length and protocol: RFC 8200, 8.1. */
static __always_inline __u64 quiclb_pseudo_sum(const struct quiclb_frame *f)
{
	__u32 words[8];
	__u64 sum = bpf_htonl(sizeof(struct quiclb_icmp) + QUICLB_QUOTE_BYTES);
	int i;

	__builtin_memcpy(words, f->address, 16);
	__builtin_memcpy(words + 4, f->source, 16);
#pragma unroll
	for (i = 0; i < 8; i++)
		sum += words[i];
	return sum + bpf_htonl(IPPROTO_ICMPV6);
}

/* Writes the message in front of the quote, both at icmp. */
static __always_inline int quiclb_put_icmp(struct quiclb_icmp *icmp,
					   const __u8 *end,
					   const struct quiclb_frame *f,
					   __u32 mtu)
{
	__u64 sum = f->family == 6 ? quiclb_pseudo_sum(f) : 0;
	__u32 words[2];

	if ((const __u8 *)(icmp + 1) + QUICLB_QUOTE_BYTES > end)
		return -1;
	icmp->type =
		f->family == 6 ? QUICLB_ICMP6_TOO_BIG : QUICLB_ICMP_UNREACHABLE;
	icmp->code = f->family == 6 ? 0 : QUICLB_ICMP_FRAG_NEEDED;
	icmp->check = 0;
	icmp->mtu = bpf_htonl(mtu);
	__builtin_memcpy(words, icmp, sizeof(words));
	sum += words[0];
	sum += words[1];
	sum += (__u32)bpf_csum_diff(NULL, 0, (void *)(icmp + 1),
				    QUICLB_QUOTE_BYTES, 0);
	icmp->check = quiclb_fold(sum);
	return 0;
}

/* Writes IP header and message at l3; the packet to quote is behind. */
static __always_inline int quiclb_put_answer(struct xdp_md *ctx, __u64 l3,
					     const struct quiclb_frame *f,
					     __u32 mtu)
{
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;
	__u8 *const p = data + l3;
	struct iphdr *const ip = (void *)p;
	struct ipv6hdr *const ip6 = (void *)p;
	const __u32 len = sizeof(struct quiclb_icmp) + QUICLB_QUOTE_BYTES;

	if (l3 > QUICLB_L3_MAX_OFFSET || (__u8 *)(ip6 + 1) > end)
		return -1;
	if (f->family == 6) {
		quiclb_put_ipv6(ip6, sizeof(*ip6) + len, 0, IPPROTO_ICMPV6);
		__builtin_memcpy(&ip6->saddr, f->address, 16);
		__builtin_memcpy(&ip6->daddr, f->source, 16);
		return quiclb_put_icmp((void *)(ip6 + 1), end, f, mtu);
	}
	quiclb_put_ipv4(ip, sizeof(*ip) + len, 0, IPPROTO_ICMP);
	__builtin_memcpy(&ip->saddr, f->address, 4);
	__builtin_memcpy(&ip->daddr, f->source, 4);
	ip->check = quiclb_ip_checksum(ip);
	return quiclb_put_icmp((void *)(ip + 1), end, f, mtu);
}

/*
 * Tells the client in place of its packet that no packet may be longer than
 * mtu.  What cannot be answered, or not at this rate, passes as it came.
 */
static __noinline void quiclb_answer_too_big(struct xdp_md *ctx,
					     struct quiclb_job *job, __u32 mtu)
{
	const struct quiclb_settings *const settings =
		quiclb_settings_of(job->generation);
	const struct quiclb_frame *const f = &job->f;
	const int len = (f->family == 6 ? sizeof(struct ipv6hdr)
					: sizeof(struct iphdr)) +
			sizeof(struct quiclb_icmp);
	struct quiclb_hop hop = { 0 };
	__u64 l3;

	if (!quiclb_may_answer(ctx, f) ||
	    (f->family == 6 && mtu < QUICLB_IPV6_MIN_MTU) || !settings ||
	    !quiclb_budget_take(QUICLB_BUDGET_TOO_BIG, settings->icmp_ns) ||
	    quiclb_way_back(ctx, f, &hop) ||
	    !quiclb_tags_fit(&hop, f->tags, f->ingress) ||
	    quiclb_move_l2(ctx, -len, f->tags, f->family, &hop))
		return;
	/* from here on there is no way back to the packet as it was */
	job->action = XDP_DROP;
	l3 = ETH_HLEN + QUICLB_TAG_BYTES * quiclb_tags_out(&hop, f->tags);
	if (bpf_xdp_adjust_tail(ctx, -(int)(quiclb_frame_len(ctx) - l3 - len -
					    QUICLB_QUOTE_BYTES)) ||
	    quiclb_put_answer(ctx, l3, f, mtu))
		return;
	job->action = quiclb_send(ctx, f->ingress, &hop);
}

#endif /* QUICLB_TOO_BIG_H */
