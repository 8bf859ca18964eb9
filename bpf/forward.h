/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sends a frame on to a server on the same L2: next hop, TTL, MAC addresses.
 * IP addresses and ports stay as they are.
 */
#ifndef QUICLB_FORWARD_H
#define QUICLB_FORWARD_H

#include "l2.h"
#include "maps.h"
#include "walk.h"

#define QUICLB_AF_INET 2
#define QUICLB_AF_INET6 10

/*
 * The FIB is asked as if the packet came from lo: bpf_fib_lookup refuses a way
 * in that does not forward, and real servers do not; `up` allows it on lo
 * alone.  lo is interface 1 in every network namespace.
 */
#define QUICLB_LO_IFINDEX 1

/*
 * A next hop serves this long: 50 ms at 1000 Hz, 500 ms at 100 Hz.  A server's
 * new MAC is thus used within a second at any CONFIG_HZ.
 */
#define QUICLB_HOP_JIFFIES 50

#define QUICLB_MTU 1500 /* bytes to a router, where the FIB does not say */
#define QUICLB_MTU_MAX 0xffff /* and on the same L2: no packet is longer */

/* Slots of quiclb_hops less one; set when the program is loaded. */
const volatile __u32 quiclb_hop_mask = 255;

/*
 * Makes the MAC a peer's, so that what it sends is not steered again; no CPU
 * goes on to believe that it is nobody's.
 */
static __always_inline void quiclb_learn_peer(const struct quiclb_hop *hop)
{
	struct quiclb_peer_key key = { .generation = hop->generation };

	__builtin_memcpy(key.mac, hop->macs, sizeof(key.mac));
	if (!bpf_map_lookup_elem(&quiclb_peers, &key) &&
	    !bpf_map_update_elem(&quiclb_peers, &key, &hop->index, BPF_NOEXIST))
		quiclb_revise();
}

/*
 * Makes an interface the way out, if the program runs on it.  Others may be
 * unable to send what XDP redirects to them (bridges, VLAN and macvlan devices
 * are), and such a frame would be lost.  0, or -1.
 */
static __always_inline int quiclb_leave_at(__u32 ifindex,
					   struct quiclb_hop *hop)
{
	const __u32 zero = 0;
	const struct quiclb_control *const control =
		bpf_map_lookup_elem(&quiclb_control, &zero);
	__u32 i;

	for (i = 0; control && i < QUICLB_CAP_INTERFACES; i++) {
		if (control->interfaces[i] != ifindex)
			continue;
		hop->ifindex = ifindex;
		hop->frags = control->frags >> i & 1;
		return 0;
	}
	return -1;
}

/*
 * The interface that frames leave by, and their VLAN tags.  Whether the frames
 * of an interface without VLAN devices are tagged, and why, the host does not
 * know: they keep what they have.  0, or -1 if we are not there.
 */
static __always_inline int quiclb_find_link(__u32 ifindex,
					    struct quiclb_hop *hop)
{
	const struct quiclb_link *const link =
		bpf_map_lookup_elem(&quiclb_links, &ifindex);

	if (quiclb_leave_at(link ? link->ifindex : ifindex, hop))
		return -1;
	hop->n_tags = link ? link->n_tags : QUICLB_TAGS_KEPT;
	hop->tags[0] = link ? link->tags[0] : 0;
	hop->tags[1] = link ? link->tags[1] : 0;
	return 0;
}

/*
 * Asks the FIB for the way to the server's own address.  To a router a packet
 * goes in a tunnel or not at all: it would send the VIP straight back.
 * Returns 0, or -1 when there is no MAC to send to on an interface of ours.
 */
static __always_inline int
quiclb_ask_fib(struct xdp_md *ctx, const struct quiclb_server_value *server,
	       struct quiclb_hop *hop)
{
	struct bpf_fib_lookup fib = { .ifindex = QUICLB_LO_IFINDEX };
	__u32 want[4];

	__builtin_memcpy(want, server->address, sizeof(want));
	if (server->family == 4) {
		fib.family = QUICLB_AF_INET;
		fib.ipv4_dst = want[0];
	} else {
		fib.family = QUICLB_AF_INET6;
		__builtin_memcpy(fib.ipv6_dst, want, sizeof(want));
	}
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) !=
	    BPF_FIB_LKUP_RET_SUCCESS)
		return -1;
	hop->direct = fib.ipv4_dst == want[0] &&
		      (server->family == 4 || (fib.ipv6_dst[1] == want[1] &&
					       fib.ipv6_dst[2] == want[2] &&
					       fib.ipv6_dst[3] == want[3]));
	if (!hop->direct && server->encapsulation == QUICLB_ENCAPSULATION_NONE)
		return -1;
	/* before 6.3 an unresolved neighbour is an answer, with MAC zero */
	if (!(fib.dmac[0] | fib.dmac[1] | fib.dmac[2] | fib.dmac[3] |
	      fib.dmac[4] | fib.dmac[5]))
		return -1;
	if (quiclb_find_link(fib.ifindex, hop))
		return -1;
	__builtin_memcpy(hop->macs, fib.dmac, 6);
	__builtin_memcpy(hop->macs + 6, fib.smac, 6);
	/* Linux 5.12; before, it stays what it was: 0 */
	hop->mtu = fib.tot_len	 ? fib.tot_len
		   : hop->direct ? QUICLB_MTU_MAX
				 : QUICLB_MTU;
	return 0;
}

/* Asks for a next hop anew: 0, or -1 if there is none. */
static __noinline int quiclb_renew_hop(struct xdp_md *ctx,
				       const struct quiclb_server_value *server,
				       __u32 generation, struct quiclb_hop *hop)
{
	if (!server || !hop)
		return -1;
	hop->generation = generation;
	hop->index = server->index;
	hop->jiffies = bpf_jiffies64();
	hop->ifindex = 0; /* no answer is asked for again at once */
	if (quiclb_ask_fib(ctx, server, hop))
		return -1;
	/* a router's MAC is nobody's who steers */
	if (hop->direct)
		quiclb_learn_peer(hop);
	return 0;
}

/* The next hop of a server, from the cache or the FIB; NULL: there is none. */
static __always_inline struct quiclb_hop *
quiclb_next_hop(struct xdp_md *ctx, const struct quiclb_server_value *server,
		__u32 generation)
{
	const __u32 slot = server->index & quiclb_hop_mask;
	struct quiclb_hop *const hop = bpf_map_lookup_elem(&quiclb_hops, &slot);

	if (!hop)
		return NULL;
	if ((!hop->ifindex || hop->generation != generation ||
	     hop->index != server->index ||
	     bpf_jiffies64() - hop->jiffies >= QUICLB_HOP_JIFFIES) &&
	    quiclb_renew_hop(ctx, server, generation, hop))
		return NULL;
	return hop;
}

/* MAC of the interface; zeros: not known.  Set when the program is loaded. */
const volatile __u8 quiclb_interface_mac[ETH_ALEN];

/* VRRP: an address that moves between hosts (RFC 9568, 7.3). */
static __always_inline int quiclb_is_vrrp(const __u8 *mac)
{
	return mac[0] == 0 && mac[1] == 0 && mac[2] == 0x5e && mac[3] == 0 &&
	       (mac[4] == 1 || mac[4] == 2);
}

/*
 * Whether a frame that would go back out where it came was meant for another
 * host: a switch floods what it has not learned, and a port in promiscuous
 * mode sees it.  Two hosts that both sent it on would double it.
 */
static __always_inline int quiclb_is_others(const struct xdp_md *ctx,
					    __u32 ingress,
					    const struct quiclb_hop *hop)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	__u8 of_interface = 0;
	int i;

	if (hop->ifindex != ingress || data + ETH_HLEN > end ||
	    !quiclb_mac_differs(hop->macs + ETH_ALEN, data) ||
	    quiclb_is_vrrp(data))
		return 0;
		/* they differ where the next hop is by a VLAN device */
#pragma unroll
	for (i = 0; i < ETH_ALEN; i++)
		of_interface |= quiclb_interface_mac[i] ^ data[i];
	return of_interface != 0;
}

/*
 * Whether a frame was meant for this host, as far as can be told: only such a
 * one may be dropped.
 *
 * VERIFIER: a subprogram; inlined, with the constants of a real MAC in it, more
 * than 1,000,000 instructions of quic_steer were verified on 6.18.
 */
static __noinline int quiclb_is_ours(const struct xdp_md *ctx)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	__u8 known = 0, other = 0;
	int i;

	if (data + ETH_HLEN > end)
		return 0;
#pragma unroll
	for (i = 0; i < ETH_ALEN; i++) {
		known |= quiclb_interface_mac[i];
		other |= quiclb_interface_mac[i] ^ data[i];
	}
	return !known || !other || quiclb_is_vrrp(data);
}

/* Takes one from TTL or hop limit.  Returns 0, or the reason against it. */
static __always_inline int quiclb_age(struct xdp_md *ctx, __u64 l3, __u8 family)
{
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;
	struct iphdr *const ip = (void *)(data + l3);
	struct ipv6hdr *const ip6 = (void *)(data + l3);
	__u32 sum;

	if (family == 6) {
		if ((__u8 *)(ip6 + 1) > end)
			return QUICLB_REASON_TRUNCATED;
		if (ip6->hop_limit <= 1)
			return QUICLB_REASON_TTL;
		ip6->hop_limit--;
		return 0;
	}
	if ((__u8 *)(ip + 1) > end)
		return QUICLB_REASON_TRUNCATED;
	if (ip->ttl <= 1)
		return QUICLB_REASON_TTL;
	ip->ttl--;
	/*
	 * RFC 1624: the header word lost 0x0100, the checksum gains it.  From
	 * 0xffff on, not 0x10000: no header sums up to a checksum of 0xffff.
	 */
	sum = ip->check + bpf_htons(0x0100);
	ip->check = (__u16)(sum + (sum >= 0xffff));
	return 0;
}

/* Sends the frame out by hop.  Returns XDP_TX or XDP_REDIRECT. */
static __always_inline int quiclb_send(struct xdp_md *ctx, __u32 ingress,
				       const struct quiclb_hop *hop)
{
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;

	if (data + ETH_HLEN > end)
		return XDP_PASS;
	__builtin_memcpy(data, hop->macs, sizeof(hop->macs));
	if (hop->ifindex == ingress)
		return XDP_TX;
	return (int)bpf_redirect(hop->ifindex, 0);
}

#endif /* QUICLB_FORWARD_H */
