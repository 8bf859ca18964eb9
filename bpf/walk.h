/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The packet walk: from the first byte of an Ethernet frame to the UDP
 * payload.  It knows neither codecs nor maps.
 */
#ifndef QUICLB_WALK_H
#define QUICLB_WALK_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <quiclb/wire.h>

#define QUICLB_VLAN_TAGS 2	  /* 802.1ad: two at most */
#define QUICLB_IP_FRAGMENT 0x3fff /* more-fragments flag, or an offset */
#define QUICLB_EXT_HEADERS 4	  /* IPv6 extension headers: so many at most */
#define QUICLB_EXT_MAX_BYTES 128  /* and no longer, together */

struct quiclb_ext_header {
	__u8 next_header;
	__u8 len; /* 8 bytes each, the first not counted */
	__u8 type;
	__u8 segments_left; /* of a routing header */
};

struct quiclb_vlan_tag {
	__be16 tci;
	__be16 next_proto;
};

/*
 * Where things are.  Offsets in bytes from the start of the frame.
 *
 * VERIFIER: offsets, not pointers, and 64 bits wide: so all ways through the
 * walk leave the same plain numbers behind and the rest is verified once, not
 * once per way (5.10 to 6.18; test_verifier counts the instructions).
 */
struct quiclb_frame {
	__u64 l3;	    /* IP header */
	__u64 l3_end;	    /* behind the IP packet */
	__u64 payload;	    /* UDP payload */
	__u64 len;	    /* frame; of all its buffers, where it takes them */
	__u32 payload_len;  /* by the UDP header */
	__u32 ingress;	    /* ifindex; VERIFIER: of ctx, whose address the
			       compiler would compute otherwise */
	__be16 port;	    /* UDP destination */
	__u8 family;	    /* 4 or 6 */
	__u8 tags;	    /* VLAN tags between Ethernet and IP */
	__u8 inner;	    /* 4 or 6: an IP packet is the payload */
	__u8 icmp;	    /* 1: an ICMP message is the payload */
	__be16 source_port; /* UDP */
	__u8 source[16];    /* IP source, as address */
	__u8 address[16];   /* IP destination; IPv4 in the first 4, rest zero */
};

/*
 * The furthest an IP header and a payload can begin: 14 + 2 tags; in a tunnel
 * behind 40 of IPv6 + extension headers + UDP + GUE; then the same again.
 */
#define QUICLB_L3_MAX_OFFSET 22
#define QUICLB_GUE_MAX_BYTES 20
#define QUICLB_INNER_MAX_OFFSET                                                \
	(QUICLB_L3_MAX_OFFSET + 48 + QUICLB_EXT_MAX_BYTES +                    \
	 QUICLB_GUE_MAX_BYTES)
#define QUICLB_PAYLOAD_MAX_OFFSET                                              \
	(QUICLB_INNER_MAX_OFFSET + 48 + QUICLB_EXT_MAX_BYTES)

QUICLB_STATIC_ASSERT(QUICLB_PAYLOAD_MAX_OFFSET < 512, "quiclb_bounded()");

/*
 * 1: frames may come in several buffers (Linux 5.18), of which only the first
 * can be read.  Set when the program is loaded; where it is 0 the verifier
 * never sees the call below.
 */
const volatile __u32 quiclb_frags;

/* Bytes of the frame that can be read. */
static __always_inline __u64 quiclb_linear_len(const struct xdp_md *ctx)
{
	return (__u64)((const __u8 *)(long)ctx->data_end -
		       (const __u8 *)(long)ctx->data);
}

static __always_inline __u64 quiclb_frame_len(struct xdp_md *ctx)
{
	if (quiclb_frags)
		return bpf_xdp_get_buff_len(ctx);
	return quiclb_linear_len(ctx);
}

/*
 * Whether some of the frame lies in buffers that cannot be read.
 *
 * VERIFIER: a subprogram; inlined, clang would keep ctx->data over the call as
 * 32 bits, which are no pointer any more.
 */
static __noinline __attribute__((unused)) int
quiclb_is_split(struct xdp_md *ctx)
{
	return quiclb_frags &&
	       bpf_xdp_get_buff_len(ctx) > quiclb_linear_len(ctx);
}

/*
 * The same offset.
 *
 * VERIFIER: where the compiler has compared another register than it adds,
 * 5.10 sees a number without bounds.  This one it sees.
 */
static __always_inline __u64 quiclb_bounded(__u64 off)
{
	__asm__ volatile("%0 &= 511" : "+r"(off));
	return off;
}

/* QUICLB_WALK_OK, or the reason (QUICLB_REASON_*) why it ended early. */
#define QUICLB_WALK_OK (-1)

static __always_inline int quiclb_walk_udp(const __u8 *data, const __u8 *end,
					   __u64 off, __u32 l4_len,
					   struct quiclb_frame *f)
{
	const struct udphdr *const udp = (const void *)(data + off);
	__u32 len;

	if ((const __u8 *)(udp + 1) > end || l4_len < sizeof(*udp))
		return QUICLB_REASON_TRUNCATED;
	len = bpf_ntohs(udp->len);
	/* Bytes behind the UDP length are padding and never read as CID. */
	if (len < sizeof(*udp) || len > l4_len)
		return QUICLB_REASON_TRUNCATED;
	f->port = udp->dest;
	f->source_port = udp->source;
	f->payload = off + sizeof(*udp);
	f->payload_len = len - sizeof(*udp);
	return QUICLB_WALK_OK;
}

static __always_inline int quiclb_is_ours_to_read(__u8 protocol, int icmp)
{
	return protocol == IPPROTO_UDP || protocol == IPPROTO_IPIP ||
	       protocol == IPPROTO_IPV6 || protocol == icmp;
}

/* What an IP packet carries.  But for UDP it is a payload without a port. */
static __always_inline int quiclb_walk_l4(const __u8 *data, const __u8 *end,
					  __u64 off, __u32 len, __u8 protocol,
					  struct quiclb_frame *f)
{
	f->icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
	f->inner = protocol == IPPROTO_IPIP   ? 4
		   : protocol == IPPROTO_IPV6 ? 6
					      : 0;
	if (protocol == IPPROTO_UDP)
		return quiclb_walk_udp(data, end, off, len, f);
	f->port = 0;
	f->payload = off;
	f->payload_len = len;
	return QUICLB_WALK_OK;
}

static __always_inline int quiclb_walk_ipv4(const __u8 *data, const __u8 *end,
					    __u64 off, struct quiclb_frame *f)
{
	const struct iphdr *const ip = (const void *)(data + off);
	__u64 header, total;

	if ((const __u8 *)(ip + 1) > end || ip->version != 4)
		return QUICLB_REASON_TRUNCATED;
	if (!quiclb_is_ours_to_read(ip->protocol, IPPROTO_ICMP))
		return QUICLB_REASON_NOT_VIP;
	if (ip->frag_off & bpf_htons(QUICLB_IP_FRAGMENT))
		return QUICLB_REASON_FRAGMENT;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	/*
	 * VERIFIER: numbers are compared, not pointers: the result of a byte
	 * swap has no bounds on 5.10, 6.1 and 6.12 (clang 14), so it may not
	 * be added to a pointer.  tests/vm/test_load.py fails without this.
	 */
	if (header < sizeof(*ip) || total < header || total > f->len - off)
		return QUICLB_REASON_TRUNCATED;
	__builtin_memset(f->address, 0, sizeof(f->address));
	__builtin_memset(f->source, 0, sizeof(f->source));
	__builtin_memcpy(f->address, &ip->daddr, 4);
	__builtin_memcpy(f->source, &ip->saddr, 4);
	f->family = 4;
	f->l3 = off;
	f->l3_end = off + total;
	return quiclb_walk_l4(data, end, off + header, total - header,
			      ip->protocol, f);
}

static __always_inline int quiclb_is_ext_header(__u8 next_header)
{
	return next_header == IPPROTO_HOPOPTS ||
	       next_header == IPPROTO_ROUTING || next_header == IPPROTO_DSTOPTS;
}

/*
 * Goes behind the extension headers that come before UDP (RFC 8200, 4).  With
 * segments left in its routing header a packet is not at its destination yet.
 */
static __always_inline int quiclb_walk_ext(const __u8 *data, const __u8 *end,
					   __u64 *off, __u8 *next_header)
{
	const __u64 limit = *off + QUICLB_EXT_MAX_BYTES;
	int i;

#pragma unroll
	for (i = 0; i < QUICLB_EXT_HEADERS; i++) {
		const struct quiclb_ext_header *const ext =
			(const void *)(data + *off);

		if (!quiclb_is_ext_header(*next_header))
			return QUICLB_WALK_OK;
		if ((const __u8 *)(ext + 1) > end)
			return QUICLB_REASON_TRUNCATED;
		if (*next_header == IPPROTO_ROUTING && ext->segments_left)
			return QUICLB_REASON_EXT_HEADERS;
		*next_header = ext->next_header;
		*off += 8 * ((__u64)ext->len + 1);
		if (*off > limit)
			return QUICLB_REASON_EXT_HEADERS;
	}
	return quiclb_is_ext_header(*next_header) ? QUICLB_REASON_EXT_HEADERS
						  : QUICLB_WALK_OK;
}

static __always_inline int quiclb_walk_ipv6(const __u8 *data, const __u8 *end,
					    __u64 off, struct quiclb_frame *f)
{
	const struct ipv6hdr *const ip = (const void *)(data + off);
	const __u64 start = off;
	__u64 ip_end;
	__u8 next_header;
	int result;

	if ((const __u8 *)(ip + 1) > end || ip->version != 6)
		return QUICLB_REASON_TRUNCATED;
	off += sizeof(*ip);
	ip_end = off + bpf_ntohs(ip->payload_len);
	/* VERIFIER: as for IPv4 */
	if (ip_end > f->len)
		return QUICLB_REASON_TRUNCATED;
	next_header = ip->nexthdr;
	result = quiclb_walk_ext(data, end, &off, &next_header);
	if (result != QUICLB_WALK_OK)
		return result;
	if (next_header == IPPROTO_FRAGMENT)
		return QUICLB_REASON_FRAGMENT;
	if (!quiclb_is_ours_to_read(next_header, IPPROTO_ICMPV6))
		return QUICLB_REASON_NOT_VIP;
	if (off > ip_end)
		return QUICLB_REASON_TRUNCATED;
	__builtin_memcpy(f->address, &ip->daddr, 16);
	__builtin_memcpy(f->source, &ip->saddr, 16);
	f->family = 6;
	f->l3 = start;
	f->l3_end = ip_end;
	return quiclb_walk_l4(data, end, off, (__u32)(ip_end - off),
			      next_header, f);
}

/* Walks an IP packet that begins at off. */
static __always_inline int quiclb_walk_ip(const __u8 *data, const __u8 *end,
					  __u64 off, __u8 family,
					  struct quiclb_frame *f)
{
	return family == 4 ? quiclb_walk_ipv4(data, end, off, f)
			   : quiclb_walk_ipv6(data, end, off, f);
}

/* A frame of f->len bytes.  Bounded: two tags, QUICLB_EXT_HEADERS. */
static __always_inline int quiclb_walk_frame(const struct xdp_md *ctx,
					     struct quiclb_frame *f)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	const struct ethhdr *const eth = (const void *)data;
	__u64 off = sizeof(*eth);
	__be16 proto;
	int i;

	if (data + off > end)
		return QUICLB_REASON_TRUNCATED;
	f->tags = 0;
	/* Group-addressed frames reach every host: none may send them on. */
	if (eth->h_dest[0] & 1)
		return QUICLB_REASON_NOT_VIP;
	proto = eth->h_proto;
#pragma unroll
	for (i = 0; i < QUICLB_VLAN_TAGS; i++) {
		const struct quiclb_vlan_tag *const tag =
			(const void *)(data + off);

		if (proto != bpf_htons(ETH_P_8021Q) &&
		    proto != bpf_htons(ETH_P_8021AD))
			break;
		if ((const __u8 *)(tag + 1) > end)
			return QUICLB_REASON_TRUNCATED;
		proto = tag->next_proto;
		off += sizeof(*tag);
		f->tags++;
	}
	if (proto == bpf_htons(ETH_P_IP))
		return quiclb_walk_ipv4(data, end, off, f);
	if (proto == bpf_htons(ETH_P_IPV6))
		return quiclb_walk_ipv6(data, end, off, f);
	return QUICLB_REASON_NOT_VIP;
}

static __noinline int quiclb_walk_buffers(struct xdp_md *ctx,
					  struct quiclb_frame *f)
{
	f->len = quiclb_frame_len(ctx);
	return quiclb_walk_frame(ctx, f);
}

/*
 * Walks one frame.  On QUICLB_WALK_OK the whole datagram lies within the frame.
 * Asking for the length of all buffers takes 10 ns: only where the first is too
 * short for the packet.
 */
static __always_inline int quiclb_walk(struct xdp_md *ctx,
				       struct quiclb_frame *f)
{
	int reason;

	f->len = quiclb_linear_len(ctx);
	reason = quiclb_walk_frame(ctx, f);
	/* in vain where frames have one buffer; those that end early are few */
	if (reason == QUICLB_REASON_TRUNCATED)
		reason = quiclb_walk_buffers(ctx, f);
	return reason;
}

#endif /* QUICLB_WALK_H */
