/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ICMP errors about packets from a VIP to a client.  Routers send them to the
 * VIP, so the balancer may give them to any server.  They quote the packet: its
 * source connection ID, if it has a long header, was issued by the server that
 * the error is for; else the flow has to do (RFC 9000, 14.2.1 and 14.4.1).
 */
#ifndef QUICLB_ICMP_H
#define QUICLB_ICMP_H

#include "job.h"

#define QUICLB_ICMP_BYTES 8 /* before the quoted packet, in both families */
#define QUICLB_ICMP_UNREACHABLE 3 /* types that quote; of IPv6: 1 to 4 */
#define QUICLB_ICMP_TIME_EXCEEDED 11
#define QUICLB_ICMP_PARAMETER 12
#define QUICLB_ICMP6_LAST_ERROR 4

static __always_inline int quiclb_icmp_is_error(__u8 type, __u8 family)
{
	if (family == 6)
		return type >= 1 && type <= QUICLB_ICMP6_LAST_ERROR;
	return type == QUICLB_ICMP_UNREACHABLE ||
	       type == QUICLB_ICMP_TIME_EXCEEDED ||
	       type == QUICLB_ICMP_PARAMETER;
}

/* Where the UDP header of the quoted packet is; 0: it was not ours. */
static __always_inline __u64 quiclb_quoted_ipv4(const __u8 *data,
						const __u8 *end, __u64 off,
						struct quiclb_frame *f)
{
	const struct iphdr *const ip = (const void *)(data + off);
	__u32 vip;

	if ((const __u8 *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5 ||
	    ip->protocol != IPPROTO_UDP ||
	    ip->frag_off & bpf_htons(QUICLB_IP_FRAGMENT))
		return 0;
	__builtin_memcpy(&vip, f->address, 4);
	if (ip->saddr != vip)
		return 0;
	__builtin_memset(f->source, 0, sizeof(f->source));
	__builtin_memcpy(f->source, &ip->daddr, 4);
	return off + ip->ihl * 4;
}

static __always_inline __u64 quiclb_quoted_ipv6(const __u8 *data,
						const __u8 *end, __u64 off,
						struct quiclb_frame *f)
{
	const struct ipv6hdr *const ip = (const void *)(data + off);
	__u64 vip[2], saddr[2];

	if ((const __u8 *)(ip + 1) > end || ip->version != 6 ||
	    ip->nexthdr != IPPROTO_UDP)
		return 0;
	__builtin_memcpy(vip, f->address, 16);
	__builtin_memcpy(saddr, &ip->saddr, 16);
	if (vip[0] != saddr[0] || vip[1] != saddr[1])
		return 0;
	__builtin_memcpy(f->source, &ip->daddr, 16);
	return off + sizeof(*ip);
}

/*
 * Looks into an ICMP error: f then has the ports and the payload of the quoted
 * packet, as if its receiver had sent it back.  Else the port is 0: no VIP's.
 */
static __noinline void quiclb_quote(const struct xdp_md *ctx,
				    struct quiclb_frame *f)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	const __u64 off = quiclb_bounded(f->payload);
	const struct udphdr *udp;
	__u64 at;

	f->port = 0;
	if (data + off + QUICLB_ICMP_BYTES > end ||
	    !quiclb_icmp_is_error(data[off], f->family))
		return;
	if (f->family == 4)
		at = quiclb_quoted_ipv4(data, end, off + QUICLB_ICMP_BYTES, f);
	else
		at = quiclb_quoted_ipv6(data, end, off + QUICLB_ICMP_BYTES, f);
	if (!at || at > QUICLB_PAYLOAD_MAX_OFFSET)
		return;
	at = quiclb_bounded(at);
	udp = (const void *)(data + at);
	if ((const __u8 *)(udp + 1) > end || f->l3_end < at + sizeof(*udp))
		return;
	f->source_port = udp->dest;
	f->port = udp->source;
	f->payload = at + sizeof(*udp);
	f->payload_len = (__u32)(f->l3_end - f->payload);
}

#endif /* QUICLB_ICMP_H */
