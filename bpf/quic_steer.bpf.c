// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The XDP program: sends a QUIC packet to the server that its DCID names.
 * Whatever it is not sure of it passes up the stack untouched.  Each packet
 * adds one to exactly one counter.
 *
 * frame -> walk -> VIP? -> DCID -> config by rotation -> codec -> server ->
 * verdict -> forward
 */
#include "forward.h"
#include "maps.h"
#include "walk.h"

#include <quiclb/decode.h>
#include <quiclb/packet.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Row of the counters of this interface; set when the program is loaded. */
const volatile __u32 quiclb_interface_row;

/* The DCID, copied out of the frame. */
struct dcid {
	struct quiclb_words win;
	__u64 len; /* bytes; short header: all that follows */
};

/*
 * Copies the first 20 bytes of the DCID.  Behind data_end, bytes are zero:
 * they lie past a DCID that was found to be long enough.
 */
static __always_inline void load_window(const __u8 *p, const __u8 *end,
					struct quiclb_words *win)
{
	int i;

	if (p + QUICLB_CID_MAX_BYTES <= end) {
		win->w[0] = quiclb_h_load64(p);
		win->w[1] = quiclb_h_load64(p + 8);
		win->w[2] = quiclb_h_load32(p + 16);
		return;
	}
	/*
	 * VERIFIER: one variable-length check followed by constant indices is
	 * refused on every kernel; a check per byte is understood.
	 */
	win->w[0] = win->w[1] = win->w[2] = 0;
#pragma unroll
	for (i = 0; i < QUICLB_CID_MAX_BYTES; i++) {
		if (p + i + 1 > end)
			break;
		win->w[i >> 3] |= (__u64)p[i] << 8 * (i & 7);
	}
}

/* Reads the DCID of a datagram that lies at off in the frame. */
static __always_inline int read_dcid(const struct xdp_md *ctx, __u64 off,
				     __u32 len, __u8 vip_flags,
				     struct dcid *dcid)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_packet pkt;
	const __u8 *p;

	/* VERIFIER: on 5.10 a number that came by the stack has no bounds. */
	if (off > QUICLB_PAYLOAD_MAX_OFFSET)
		return QUICLB_REASON_TRUNCATED;
	p = data + off;
	if (quiclb_packet_parse(p, end, len, &pkt))
		return QUICLB_REASON_TRUNCATED;
	if (vip_flags & QUICLB_VIP_DEMULTIPLEX && !quiclb_packet_is_quic(*p))
		return QUICLB_REASON_NOT_QUIC;
	if (vip_flags & QUICLB_VIP_PASS_INITIAL &&
	    quiclb_packet_v1_v2_first(p, end, len, &pkt))
		return QUICLB_REASON_INITIAL_PASSED;
	if (!pkt.dcid_len)
		return QUICLB_REASON_SHORT_CID;
	load_window(p + pkt.dcid_offset, end, &dcid->win);
	/* VERIFIER: so that the codecs are walked once, not once per branch */
	dcid->win.w[2] = quiclb_h_forget(dcid->win.w[2]);
	dcid->len = pkt.dcid_len;
	return 0;
}

/* The record of an index in a generation, if it is one. */
static __always_inline struct quiclb_record *find_record(__u32 index,
							 __u32 generation)
{
	if (index >= QUICLB_CAP_RECORDS)
		return NULL;
	index += (generation & 1) * QUICLB_CAP_RECORDS;
	return bpf_map_lookup_elem(&quiclb_records, &index);
}

/*
 * The server ID that a record finds in a DCID, as a key; 0 if it finds one.
 *
 * VERIFIER: a subprogram, so that the codecs spill into a frame of their own.
 */
static __noinline int decode(const struct quiclb_record *rec,
			     const struct dcid *dcid,
			     struct quiclb_server_key *key)
{
	struct quiclb_words plain;
	struct quiclb_block id;

	if (dcid->len < rec->min_cid_len)
		return QUICLB_ERR_SHORT;
	if (quiclb_h_decode(rec, &dcid->win, &plain, quiclb_h_encrypt,
			    quiclb_h_decrypt))
		return QUICLB_ERR_CODEC;
	id = quiclb_h_server_id(rec, &plain);
	key->server_id[0] = id.w[0];
	key->server_id[1] = id.w[1];
	return 0;
}

/*
 * The server that a DCID names, or the reason why none can be told.  Tenants
 * may share a codepoint: the first whose server is known wins.
 *
 * VERIFIER: a reason kept from one candidate to the next would be walked with
 * each of its values: 766,620 instructions with clang 14 (6.18), not 309,408.
 * Hence what can be said before is said before.
 */
static __always_inline int find_server(const struct quiclb_vip_value *vip,
				       const struct dcid *dcid,
				       __u32 generation,
				       struct quiclb_server_value **server)
{
	const __u32 top = quiclb_h_codepoint((__u8)dcid->win.w[0]) & 7;
	const struct quiclb_record *rec;
	struct quiclb_server_key key;
	__u32 i;

	if (vip->records[top][0] == QUICLB_RECORD_RESERVED)
		return QUICLB_REASON_RESERVED;
	if (vip->records[top][0] == QUICLB_RECORD_NONE)
		return QUICLB_REASON_NO_CONFIG;
	if (dcid->len < vip->shortest[top])
		return QUICLB_REASON_SHORT_CID;
	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		rec = find_record(vip->records[top][i], generation);
		if (!rec)
			break;
		key.pool = rec->tag;
		key.generation = generation;
		if (decode(rec, dcid, &key))
			continue;
		*server = bpf_map_lookup_elem(&quiclb_servers, &key);
		if (*server)
			return 0;
	}
	return QUICLB_REASON_UNKNOWN_SERVER;
}

/*
 * Loop guard: whether the frame was sent by a peer.  A peer that disagrees
 * with us about the owner would send it back.
 */
static __always_inline int from_peer(const struct xdp_md *ctx, __u32 generation)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_peer_key key = { .generation = generation };

	if (data + ETH_HLEN > end)
		return 0;
	__builtin_memcpy(key.mac, data + ETH_ALEN, ETH_ALEN);
	return bpf_map_lookup_elem(&quiclb_peers, &key) != NULL;
}

/* Forwards to a server that is not this host.  *action only if steered. */
static __always_inline int forward(struct xdp_md *ctx,
				   const struct quiclb_frame *f,
				   const struct quiclb_server_value *server,
				   __u32 generation, int *action)
{
	struct quiclb_hop *hop;
	int reason;

	if (from_peer(ctx, generation))
		return QUICLB_REASON_FROM_PEER;
	hop = quiclb_next_hop(ctx, server, generation);
	if (!hop)
		return QUICLB_REASON_NO_NEIGHBOUR;
	/* tags are kept, so a tagged frame can only go back where it came */
	if (f->tags && hop->ifindex != ctx->ingress_ifindex)
		return QUICLB_REASON_NO_NEIGHBOUR;
	if (quiclb_is_others(ctx, hop))
		return QUICLB_REASON_OTHER_HOST;
	/* VERIFIER: as in read_dcid() */
	if (f->l3 > QUICLB_L3_MAX_OFFSET)
		return QUICLB_REASON_TRUNCATED;
	reason = quiclb_age(ctx, f->l3, f->family);
	if (reason)
		return reason;
	*action = quiclb_send(ctx, hop);
	return QUICLB_REASON_STEERED;
}

/* The verdict on a datagram to a VIP. */
static __always_inline int steer(struct xdp_md *ctx,
				 const struct quiclb_frame *f,
				 const struct quiclb_vip_value *vip,
				 __u32 generation, int *action)
{
	struct quiclb_server_value *server;
	struct dcid dcid;
	int reason =
		read_dcid(ctx, f->payload, f->payload_len, vip->flags, &dcid);

	if (reason)
		return reason;
	reason = find_server(vip, &dcid, generation, &server);
	if (reason)
		return reason;
	if (server->local)
		return QUICLB_REASON_LOCAL;
	if (server->state == QUICLB_SERVER_DOWN &&
	    vip->server_down != QUICLB_DOWN_STEER) {
		if (vip->server_down == QUICLB_DOWN_DROP)
			*action = XDP_DROP;
		return QUICLB_REASON_SERVER_DOWN;
	}
	return forward(ctx, f, server, generation, action);
}

static __always_inline int count(__u32 row, int reason, int action)
{
	struct quiclb_counters *const c =
		bpf_map_lookup_elem(&quiclb_stats, &row);

	if (c)
		c->packets[reason & (QUICLB_REASONS_CAP - 1)]++;
	return action;
}

SEC("xdp")
int quic_steer(struct xdp_md *ctx)
{
	struct quiclb_frame f = {};
	struct quiclb_vip_key key = {};
	struct quiclb_vip_value *vip;
	int action = XDP_PASS;
	int reason;

	reason = quiclb_walk(ctx, &f);
	if (reason != QUICLB_WALK_OK)
		return count(quiclb_interface_row, reason, XDP_PASS);
	key.generation = quiclb_generation();
	key.port = f.port;
	key.family = f.family;
	__builtin_memcpy(key.address, f.address, sizeof(key.address));
	vip = bpf_map_lookup_elem(&quiclb_vips, &key);
	if (!vip)
		return count(quiclb_interface_row, QUICLB_REASON_NOT_VIP,
			     XDP_PASS);
	reason = steer(ctx, &f, vip, key.generation, &action);
	return count(vip->row, reason, action);
}
