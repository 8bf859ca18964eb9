/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets in packets: to servers behind a router, from peers that do the same,
 * and from balancers that encapsulate.  IP in IP, or GUE: variant 1 is ours (IP
 * directly behind UDP), variant 0 is read.
 */
#ifndef QUICLB_TUNNEL_H
#define QUICLB_TUNNEL_H

#include "budget.h"
#include "forward.h"
#include "job.h"

#define QUICLB_GUE_BYTES 8  /* UDP; variant 1 has no header of its own */
#define QUICLB_OUTER_TTL 64 /* RFC 2003, 3.1 */
#define QUICLB_IP_DF 0x4000 /* do not fragment */
#define QUICLB_ECN_MASK 3   /* RFC 3168 */
#define QUICLB_ECN_CE 3

/* The start of a GUE header of variant 0. */
struct quiclb_gue {
	__u8 version_hlen; /* version (2), control (1), words behind it (5) */
	__u8 protocol;
	__be16 flags;
};

/* ---- coming out of a tunnel --------------------------------------------- */

/* What an address is in tunnels: QUICLB_ENDPOINT_*, 0 if nothing. */
static __noinline __u32 quiclb_endpoint(const __u8 *address, __u8 family,
					__u32 generation)
{
	struct quiclb_endpoint_key key = { .family = family,
					   .generation = generation };
	const struct quiclb_endpoint_value *value;

	if (!address)
		return 0;
	__builtin_memcpy(key.address, address, sizeof(key.address));
	value = bpf_map_lookup_elem(&quiclb_endpoints, &key);
	return value ? value->flags : 0;
}

/* The same of a source, which may also be one of many. */
static __noinline __u32 quiclb_origin(const __u8 *address, __u8 family,
				      const struct quiclb_settings *settings,
				      __u32 generation)
{
	struct quiclb_prefix_key key = {
		.prefix_len = QUICLB_PREFIX_BITS(128),
		.generation = generation,
		.family = family,
	};
	const __u32 exact = quiclb_endpoint(address, family, generation);
	const __u32 *flags;

	if (exact || !settings || !settings->has_prefixes || !address)
		return exact;
	__builtin_memcpy(key.address, address, sizeof(key.address));
	flags = bpf_map_lookup_elem(&quiclb_prefixes, &key);
	return flags ? *flags : 0;
}

/*
 * Where the inner packet begins and of which family it is; 0 if there is none.
 * Of variant 0 control messages are none, and neither is what has more options
 * than QUICLB_GUE_MAX_BYTES hold.
 */
static __always_inline __u64 quiclb_inner_of_gue(const __u8 *data,
						 const __u8 *end,
						 const struct quiclb_frame *f,
						 __u8 from, __u8 *family)
{
	const __u64 off = f->payload;
	const struct quiclb_gue *const gue = (const void *)(data + off);
	__u64 len;

	if (off > QUICLB_PAYLOAD_MAX_OFFSET || (const __u8 *)(gue + 1) > end ||
	    f->payload_len < sizeof(*gue))
		return 0;
	*family = gue->version_hlen >> 4;
	if (*family == 4 || *family == 6)
		return off;
	len = sizeof(*gue) + 4 * (gue->version_hlen & 0x1f);
	if (gue->version_hlen & 0xe0 || len > QUICLB_GUE_MAX_BYTES)
		return 0;
	/* options such as a remote checksum are for who understands them */
	if (gue->flags && from & QUICLB_ENDPOINT_PEER)
		return 0;
	*family = gue->protocol == IPPROTO_IPIP	  ? 4
		  : gue->protocol == IPPROTO_IPV6 ? 6
						  : 0;
	return *family ? off + len : 0;
}

/*
 * Goes into a tunnel packet, if it is one for us from somebody we know: then
 * job->f is the inner packet.  Else nothing changes.
 */
static __noinline void
quiclb_enter_tunnel(const struct xdp_md *ctx, struct quiclb_job *job,
		    const struct quiclb_settings *settings)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_frame *const f = &job->f;
	const __u64 outer_end = f->payload + f->payload_len;
	__u8 family = f->inner;
	__u64 off = f->payload;

	if (!settings ||
	    !(quiclb_endpoint(f->address, f->family, job->generation) &
	      QUICLB_ENDPOINT_LOCAL))
		return;
	job->outer.from = (__u8)quiclb_origin(f->source, f->family, settings,
					      job->generation) &
			  (QUICLB_ENDPOINT_PEER | QUICLB_ENDPOINT_BALANCER);
	job->outer.gue = !f->inner;
	job->outer.l3 = f->l3;
	job->outer.payload = f->payload;
	if (!job->outer.from)
		return;
	if (!f->inner)
		off = quiclb_inner_of_gue(data, end, f, job->outer.from,
					  &family);
	if (!off || off > QUICLB_INNER_MAX_OFFSET)
		goto none;
	job->outer.family = f->family;
	if (quiclb_walk_ip(data, end, quiclb_bounded(off), family, f) ==
		    QUICLB_WALK_OK &&
	    !f->inner && f->l3_end <= outer_end)
		return;
none:
	/* no VIP has port 0 */
	job->outer.from = 0;
	f->port = 0;
	f->icmp = 0;
}

static __always_inline void quiclb_enter(const struct xdp_md *ctx,
					 struct quiclb_job *job)
{
	const struct quiclb_settings *const settings =
		quiclb_settings_of(job->generation);

	job->outer.family = 0;
	job->outer.from = 0;
	if (settings && (job->f.inner || job->f.port == settings->gue_port))
		quiclb_enter_tunnel(ctx, job, settings);
}

/* DSCP and ECN of the IP packet at off; a packet that is none has 0. */
static __noinline __u8 quiclb_tos(const struct xdp_md *ctx, __u64 off,
				  __u8 family)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	const __u8 *const p = data + off;

	if (off > QUICLB_INNER_MAX_OFFSET || p + 2 > end)
		return 0;
	return family == 4 ? p[1] : (__u8)(p[0] << 4 | p[1] >> 4);
}

/* Marks the IP packet at off as having met congestion. */
static __noinline void quiclb_mark_ce(struct xdp_md *ctx, __u64 off,
				      __u8 family)
{
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;
	struct iphdr *const ip = (void *)(data + off);
	__u32 sum;

	if (off > QUICLB_INNER_MAX_OFFSET || (__u8 *)(ip + 1) > end)
		return;
	if (family == 6) {
		((__u8 *)ip)[1] |= QUICLB_ECN_CE << 4;
		return;
	}
	/* RFC 1624: the checksum loses what the word gains */
	sum = (__u16)~ip->check;
	sum += bpf_htons((__u16)(QUICLB_ECN_CE & ~ip->tos));
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = (__u16)~sum;
	ip->tos |= QUICLB_ECN_CE;
}

/*
 * Takes the outer header of a peer's packet off: the inner one is for the VIP
 * of this host, whatever its CID says.  Returns the reason.
 */
static __noinline int quiclb_decapsulate(struct xdp_md *ctx,
					 struct quiclb_job *job)
{
	const struct quiclb_frame *const f = &job->f;
	const __u64 l3 = f->l3, outer_l3 = job->outer.l3;
	const __u8 outer = quiclb_tos(ctx, outer_l3, job->outer.family);
	const __u8 inner = quiclb_tos(ctx, l3, f->family);

	if (l3 > QUICLB_INNER_MAX_OFFSET || outer_l3 > QUICLB_L3_MAX_OFFSET ||
	    l3 < outer_l3)
		return QUICLB_REASON_TRUNCATED;
	/* RFC 6040, 4.2 */
	if ((outer & QUICLB_ECN_MASK) == QUICLB_ECN_CE) {
		if (!(inner & QUICLB_ECN_MASK)) {
			job->action = XDP_DROP;
			return QUICLB_REASON_DECAPSULATED;
		}
		if ((inner & QUICLB_ECN_MASK) != QUICLB_ECN_CE)
			quiclb_mark_ce(ctx, l3, f->family);
	}
	if (quiclb_move_l2(ctx, (int)(l3 - outer_l3), f->tags, f->family, NULL))
		return QUICLB_REASON_TRUNCATED;
	return QUICLB_REASON_DECAPSULATED;
}

/* ---- going into one ----------------------------------------------------- */

/* Bytes of what is put around a packet to the server. */
static __always_inline __u32
quiclb_outer_len(const struct quiclb_server_value *server)
{
	return (server->family == 4 ? sizeof(struct iphdr)
				    : sizeof(struct ipv6hdr)) +
	       (server->encapsulation == QUICLB_ENCAPSULATION_GUE
			? QUICLB_GUE_BYTES
			: 0);
}

static __always_inline __u16 quiclb_fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32 & 0xffff) +
	      (sum >> 48);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

/* The checksum of an IPv4 header without options. */
static __always_inline __u16 quiclb_ip_checksum(const struct iphdr *ip)
{
	const __u16 *const words = (const void *)ip;
	__u64 sum = 0;
	int i;

#pragma unroll
	for (i = 0; i < 10; i++)
		sum += words[i];
	return quiclb_fold(sum);
}

/* The outer header, but for its addresses and checksum. */
static __always_inline void quiclb_put_ipv4(struct iphdr *ip, __u32 len,
					    __u8 tos, __u8 protocol)
{
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = tos;
	ip->tot_len = bpf_htons((__u16)len);
	ip->id = 0; /* with DF it means nothing: RFC 6864, 4.1 */
	ip->frag_off = bpf_htons(QUICLB_IP_DF);
	ip->ttl = QUICLB_OUTER_TTL;
	ip->protocol = protocol;
	ip->check = 0;
}

/* The same; IPv6 has no checksum. */
static __always_inline void quiclb_put_ipv6(struct ipv6hdr *ip, __u32 len,
					    __u8 tos, __u8 protocol)
{
	ip->version = 6;
	ip->priority = tos >> 4;
	ip->flow_lbl[0] = (__u8)(tos << 4);
	ip->flow_lbl[1] = 0;
	ip->flow_lbl[2] = 0;
	ip->payload_len = bpf_htons((__u16)(len - sizeof(*ip)));
	ip->nexthdr = protocol;
	ip->hop_limit = QUICLB_OUTER_TTL;
}

/* Of the client's address and port: the same for all packets of a flow. */
static __always_inline __u32 quiclb_flow_hash(const struct quiclb_frame *f)
{
	__u32 words[4];

	__builtin_memcpy(words, f->source, sizeof(words));
	return (words[0] ^ words[1] ^ words[2] ^ words[3] ^
		(__u32)f->source_port << 16) *
	       0x9e3779b1u;
}

/*
 * A source port that tells flows apart, so that receivers spread them:
 * 49152..65535 (RFC 6335, 6).
 */
static __always_inline __be16 quiclb_flow_port(__u32 hash)
{
	return bpf_htons((__u16)(0xc000 | hash >> 18));
}

/* Addresses of a tunnel to the server.  IP in IP has no port: see there. */
static __always_inline void
quiclb_put_addresses4(struct iphdr *ip, const struct quiclb_source *from,
		      const struct quiclb_server_value *to, int gue, __u32 hash)
{
	__u32 source;

	if (gue) {
		__builtin_memcpy(&ip->saddr, from->address, 4);
	} else {
		__builtin_memcpy(&source, from->ipip, 4);
		ip->saddr = source | (hash & from->spread);
	}
	__builtin_memcpy(&ip->daddr, to->address, 4);
	ip->check = quiclb_ip_checksum(ip);
}

static __always_inline void
quiclb_put_addresses6(struct ipv6hdr *ip, const struct quiclb_source *from,
		      const struct quiclb_server_value *to, int gue, __u32 hash)
{
	if (gue) {
		__builtin_memcpy(&ip->saddr, from->address, 16);
	} else {
		__builtin_memcpy(&ip->saddr, from->ipip, 16);
		ip->saddr.in6_u.u6_addr32[3] |= hash & from->spread;
	}
	__builtin_memcpy(&ip->daddr, to->address, 16);
}

/* Writes the outer header at job->f.l3. */
static __noinline int quiclb_put_outer(struct xdp_md *ctx,
				       const struct quiclb_job *job,
				       const struct quiclb_server_value *server,
				       __u8 tos)
{
	const struct quiclb_settings *const settings =
		quiclb_settings_of(job->generation);
	const int gue = server->encapsulation == QUICLB_ENCAPSULATION_GUE;
	const __u32 hash = quiclb_flow_hash(&job->f);
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;
	const __u64 l3 = job->f.l3, inner_len = job->f.l3_end - l3;
	const __u32 len = (__u32)inner_len + quiclb_outer_len(server);
	const __u8 protocol = gue		   ? IPPROTO_UDP
			      : job->f.family == 4 ? IPPROTO_IPIP
						   : IPPROTO_IPV6;
	struct udphdr *udp;
	__u8 *p;

	if (!settings || l3 > QUICLB_L3_MAX_OFFSET)
		return -1;
	p = data + l3;
	/* either header, and UDP; behind is a packet, so there is room */
	if (p + sizeof(struct ipv6hdr) + sizeof(*udp) > end)
		return -1;
	if (server->family == 4) {
		quiclb_put_ipv4((void *)p, len, tos, protocol);
		quiclb_put_addresses4((void *)p, &settings->source4, server,
				      gue, hash);
		udp = (void *)(p + sizeof(struct iphdr));
	} else {
		quiclb_put_ipv6((void *)p, len, tos, protocol);
		quiclb_put_addresses6((void *)p, &settings->source6, server,
				      gue, hash);
		udp = (void *)(p + sizeof(struct ipv6hdr));
	}
	if (!gue)
		return 0;
	udp->source = quiclb_flow_port(hash);
	udp->dest = settings->gue_port;
	udp->len = bpf_htons((__u16)(QUICLB_GUE_BYTES + inner_len));
	udp->check = 0; /* over IPv6 too: RFC 6935, 6936 */
	return 0;
}

static __always_inline int
quiclb_has_source(const struct quiclb_settings *settings, __u8 family)
{
	return settings && (family == 4 ? settings->source4.is_set
					: settings->source6.is_set);
}

/*
 * Puts the packet into one to the server: one that is not too big and has a
 * TTL left.  Returns 0, or the reason not to.
 */
static __noinline int
quiclb_encapsulate(struct xdp_md *ctx, struct quiclb_job *job,
		   const struct quiclb_server_value *server,
		   const struct quiclb_hop *hop)
{
	const int len = (int)quiclb_outer_len(server);
	struct quiclb_frame *const f = &job->f;
	const int moved = QUICLB_TAG_BYTES *
			  ((int)quiclb_tags_out(hop, f->tags) - (int)f->tags);
	const __u8 tos = quiclb_tos(ctx, f->l3, f->family);
	int reason;

	if (!quiclb_has_source(quiclb_settings_of(job->generation),
			       server->family))
		return QUICLB_REASON_NO_NEIGHBOUR;
	if (f->l3 > QUICLB_L3_MAX_OFFSET)
		return QUICLB_REASON_TRUNCATED;
	reason = quiclb_age(ctx, f->l3, f->family);
	if (reason)
		return reason;
	if (quiclb_move_l2(ctx, -len, f->tags, server->family, hop))
		return QUICLB_REASON_TOO_BIG;
	f->l3 += moved;
	f->l3_end += moved;
	return quiclb_put_outer(ctx, job, server, tos) ? QUICLB_REASON_TOO_BIG
						       : 0;
}

/* ---- from one into another, and into none ------------------------------- */

/* Gives the frame the tags of the way that it leaves by. */
static __always_inline int quiclb_leave_by(struct xdp_md *ctx,
					   const struct quiclb_job *job,
					   __u8 family,
					   const struct quiclb_hop *hop)
{
	const __u8 tags = job->f.tags;

	if (hop->n_tags == QUICLB_TAGS_KEPT || !(hop->n_tags | tags))
		return 0;
	return quiclb_move_l2(ctx, 0, tags, family, hop) ? QUICLB_REASON_TOO_BIG
							 : 0;
}

/*
 * A UDP checksum covers the addresses; 0 is none, over IPv6 too (RFC 6935).
 * Extension headers may stand before: Linux's ip6tnl puts one there.
 */
static __always_inline int quiclb_clear_udp_checksum(struct xdp_md *ctx,
						     __u64 payload)
{
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;
	struct udphdr *udp;

	if (payload < sizeof(*udp) || payload > QUICLB_PAYLOAD_MAX_OFFSET)
		return -1;
	udp = (void *)(data + quiclb_bounded(payload - sizeof(*udp)));
	if ((__u8 *)(udp + 1) > end)
		return -1;
	udp->check = 0;
	return 0;
}

/*
 * Sends a balancer's tunnel packet to another server: the outer packet gets
 * that destination, and this host as its source, so that the server sees a
 * peer and never steers it again.  Returns 0, or the reason not to.
 */
static __noinline int quiclb_retarget(struct xdp_md *ctx,
				      const struct quiclb_job *job,
				      const struct quiclb_server_value *server,
				      const struct quiclb_hop *hop)
{
	const struct quiclb_settings *const settings =
		quiclb_settings_of(job->generation);
	const __u32 hash = quiclb_flow_hash(&job->f);
	const __u64 l3 = job->outer.l3;
	const __u8 family = job->outer.family;
	__u8 *const data = (void *)(long)ctx->data;
	__u8 *const end = (void *)(long)ctx->data_end;
	struct iphdr *const ip = (void *)(data + l3);
	struct ipv6hdr *const ip6 = (void *)(data + l3);
	const int gue = job->outer.gue;
	int reason;

	if (l3 > QUICLB_L3_MAX_OFFSET || family != server->family ||
	    !quiclb_has_source(settings, family) || !settings)
		return QUICLB_REASON_NO_NEIGHBOUR;
	/* two headers are that long; IPv4 options would be in its checksum */
	if ((__u8 *)(ip6 + 1) + sizeof(struct udphdr) > end ||
	    (family == 4 && ip->ihl != 5))
		return QUICLB_REASON_TRUNCATED;
	reason = quiclb_age(ctx, l3, family);
	if (reason)
		return reason;
	if (family == 6) {
		quiclb_put_addresses6(ip6, &settings->source6, server, gue,
				      hash);
	} else {
		ip->check = 0;
		quiclb_put_addresses4(ip, &settings->source4, server, gue,
				      hash);
	}
	if (gue && quiclb_clear_udp_checksum(ctx, job->outer.payload))
		return QUICLB_REASON_TRUNCATED;
	return quiclb_leave_by(ctx, job, family, hop);
}

/* Sends the packet on as it is, but for its TTL: on the same L2. */
static __always_inline int quiclb_relay(struct xdp_md *ctx,
					const struct quiclb_job *job,
					const struct quiclb_hop *hop)
{
	const struct quiclb_frame *const f = &job->f;
	int reason;

	/* VERIFIER: as in read_dcid() */
	if (f->l3 > QUICLB_L3_MAX_OFFSET)
		return QUICLB_REASON_TRUNCATED;
	reason = quiclb_age(ctx, f->l3, f->family);
	return reason ? reason : quiclb_leave_by(ctx, job, f->family, hop);
}

#endif /* QUICLB_TUNNEL_H */
