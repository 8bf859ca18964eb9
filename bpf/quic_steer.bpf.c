// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The XDP program: sends a QUIC packet to the server that its DCID names.
 * Whatever it is not sure of it passes up the stack untouched.  Each packet
 * adds one to exactly one counter.
 *
 * frame -> walk -> tunnel? -> VIP? -> DCID -> config by rotation -> codec ->
 * server -> verdict -> forward
 */
#include "budget.h"
#include "flows.h"
#include "forward.h"
#include "icmp.h"
#include "job.h"
#include "maps.h"
#include "memo.h"
#include "recent.h"
#include "too_big.h"
#include "tunnel.h"

#include <quiclb/decode.h>
#include <quiclb/packet.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Row of the counters of this interface; set when the program is loaded. */
const volatile __u32 quiclb_interface_row;

/*
 * Copies the first 20 bytes of the DCID.  Behind data_end, bytes are zero: they
 * lie past a DCID that was found to be long enough, unless there is another
 * buffer.
 */
static __always_inline int load_window(struct xdp_md *ctx, const __u8 *p,
				       struct quiclb_job *job)
{
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_words *const win = &job->dcid.win;
	int i;

	if (p + QUICLB_CID_MAX_BYTES <= end) {
		win->w[0] = quiclb_h_load64(p);
		win->w[1] = quiclb_h_load64(p + 8);
		win->w[2] = quiclb_h_load32(p + 16);
		return 0;
	}
	if (quiclb_is_split(ctx))
		return QUICLB_REASON_TRUNCATED;
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
	return 0;
}

/* Reads the DCID of the datagram. */
static __always_inline int read_dcid(struct xdp_md *ctx, __u8 vip_flags,
				     struct quiclb_job *job)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	const __u32 len = job->f.payload_len;
	const __u64 off = job->f.payload;
	struct quiclb_packet pkt;
	const __u8 *p;

	job->dcid.begins = job->dcid.by_flow = 0;
	/* VERIFIER: a number that came by memory has no bounds. */
	if (off > QUICLB_PAYLOAD_MAX_OFFSET)
		return QUICLB_REASON_TRUNCATED;
	p = data + off;
	if (vip_flags & QUICLB_VIP_DEMULTIPLEX && len && p + 1 <= end &&
	    !quiclb_packet_is_quic(*p))
		return QUICLB_REASON_NOT_QUIC;
	if (quiclb_packet_parse(p, end, len, &pkt))
		return QUICLB_REASON_TRUNCATED;
	if (vip_flags & QUICLB_VIP_PASS_INITIAL &&
	    quiclb_packet_v1_v2_first(p, end, len, &pkt)) {
		job->dcid.begins = 1;
		return QUICLB_REASON_INITIAL_PASSED;
	}
	job->dcid.begins = pkt.long_header;
	job->dcid.by_flow = !pkt.long_header;
	if (!pkt.dcid_len)
		return QUICLB_REASON_SHORT_CID;
	job->dcid.len = pkt.dcid_len;
	return load_window(ctx, p + pkt.dcid_offset, job);
}

/*
 * Reads the SCID of a quoted packet in place of a DCID: the server that sent it
 * had issued it.  Without a long header, or where the quote ends before, there
 * is none.
 */
static __noinline int read_scid(struct xdp_md *ctx, struct quiclb_job *job)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	const __u32 len = job->f.payload_len;
	const __u64 off = job->f.payload;
	struct quiclb_packet pkt;
	const __u8 *p;
	__u64 at;

	job->dcid.begins = 0;
	job->dcid.by_flow = 1;
	/* VERIFIER: as in read_dcid() */
	if (off > QUICLB_PAYLOAD_MAX_OFFSET)
		return QUICLB_REASON_TRUNCATED;
	p = data + off;
	if (quiclb_packet_parse(p, end, len, &pkt) || !pkt.long_header)
		return QUICLB_REASON_SHORT_CID;
	at = QUICLB_LONG_DCID_OFFSET + (__u64)pkt.dcid_len;
	p += at;
	if (at > QUICLB_LONG_DCID_OFFSET + 255 || p + 1 > end || at >= len ||
	    at + 1 + *p > len)
		return QUICLB_REASON_SHORT_CID;
	job->dcid.len = *p;
	if (!job->dcid.len)
		return QUICLB_REASON_SHORT_CID;
	return load_window(ctx, p + 1, job);
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
 * The server ID that a record finds in the DCID; 0 if it finds one.
 *
 * VERIFIER: a subprogram, so that the codecs spill into a frame of their own.
 */
static __noinline int decode(const struct quiclb_record *rec,
			     struct quiclb_job *job)
{
	struct quiclb_words plain;

	if (job->dcid.len < rec->min_cid_len)
		return QUICLB_ERR_SHORT;
	if (quiclb_h_decode(rec, &job->dcid.win, &plain, quiclb_h_encrypt,
			    quiclb_h_decrypt))
		return QUICLB_ERR_CODEC;
	job->server_id = quiclb_h_server_id(rec, &plain);
	return 0;
}

static __always_inline __u32 codepoint_of(const struct quiclb_job *job)
{
	return quiclb_h_codepoint((__u8)job->dcid.win.w[0]) & 7;
}

/* The server of the job's server ID; the job then knows whose ID that is. */
static __always_inline struct quiclb_server_value *
server_of(const struct quiclb_record *rec, struct quiclb_job *job)
{
	job->pool = rec->tag;
	return quiclb_find_server(job);
}

/* The same as a subprogram, for where another branch would be one too many. */
static __noinline struct quiclb_server_value *
server_of_cold(const struct quiclb_record *rec, struct quiclb_job *job)
{
	return server_of(rec, job);
}

/* The server, where no config has a key; NULL if there is none. */
static __always_inline struct quiclb_server_value *
find_clear(struct quiclb_job *job, const struct quiclb_vip_value *vip)
{
	struct quiclb_server_value *server;
	const struct quiclb_record *rec;
	struct quiclb_work work;
	__u32 i;

	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		rec = find_record(vip->records[codepoint_of(job)][i],
				  job->generation);
		if (!rec)
			break;
		if (job->dcid.len < rec->min_cid_len)
			continue;
		work.body = job->dcid.win;
		quiclb_h_decode_clear(rec, &work);
		job->server_id = quiclb_h_server_id(rec, &work.body);
		server = server_of(rec, job);
		if (server)
			return server;
	}
	return NULL;
}

static __always_inline void memo_key(struct quiclb_job *job,
				     const struct quiclb_vip_value *vip,
				     const struct quiclb_record *rec, __u32 i)
{
	quiclb_memo_body(rec, &job->dcid.win, &job->memo);
	job->memo.candidate = QUICLB_CANDIDATE(vip->row, codepoint_of(job), i);
	job->memo.generation = job->generation;
	job->memo.epoch = job->epoch;
}

/* The server that the memo has for the DCID, under whichever record. */
static __always_inline struct quiclb_server_value *
recall(struct quiclb_job *job, const struct quiclb_vip_value *vip)
{
	struct quiclb_server_value *server;
	const struct quiclb_record *rec;
	__u32 i;

	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		rec = find_record(vip->records[codepoint_of(job)][i],
				  job->generation);
		if (!rec)
			break;
		if (!rec->keyed || job->dcid.len < rec->min_cid_len)
			continue;
		memo_key(job, vip, rec, i);
		if (!quiclb_memo_find(&job->memo, &job->server_id))
			continue;
		server = server_of(rec, job);
		if (server)
			return server;
	}
	return NULL;
}

static __noinline void remember(struct quiclb_job *job,
				const struct quiclb_vip_value *vip,
				const struct quiclb_record *rec, __u32 i)
{
	memo_key(job, vip, rec, i);
	quiclb_memo_write(&job->memo, &job->server_id);
}

static __noinline int may_decode(__u32 generation)
{
	const struct quiclb_settings *const settings =
		quiclb_settings_of(generation);

	return !settings || quiclb_budget_take(QUICLB_BUDGET_COLD_DECODES,
					       settings->cold_decode_ns);
}

/* The server, by decoding; NULL if none of the records finds a known one. */
static __always_inline struct quiclb_server_value *
find_cold(struct quiclb_job *job, const struct quiclb_vip_value *vip,
	  struct quiclb_counters *counters)
{
	struct quiclb_server_value *server;
	const struct quiclb_record *rec;
	__u32 i;

	job->missed = 0;
	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		rec = find_record(vip->records[codepoint_of(job)][i],
				  job->generation);
		if (!rec)
			break;
		/* once a packet, and not for tenants in clear before */
		if (rec->keyed && !job->missed) {
			job->missed = 1;
			counters->memo_misses++;
			job->overload = !may_decode(job->generation);
		}
		if (job->overload)
			break;
		if (decode(rec, job))
			continue;
		server = server_of_cold(rec, job);
		if (!server)
			continue;
		if (quiclb_memo_sets && rec->keyed)
			remember(job, vip, rec, i);
		return server;
	}
	return NULL;
}

static __always_inline int may_steer_icmp(__u32 generation)
{
	const struct quiclb_settings *const settings =
		quiclb_settings_of(generation);

	return !settings ||
	       quiclb_budget_take(QUICLB_BUDGET_ICMP, settings->icmp_ns);
}

/*
 * The server that a DCID names, or the reason why none can be told.  Tenants
 * may share a codepoint: the first whose server is known wins.
 *
 * VERIFIER: a reason kept from one candidate to the next would be walked with
 * each of its values.  Hence what can be said before is said before.
 */
static __always_inline int find_server(struct quiclb_job *job,
				       const struct quiclb_vip_value *vip,
				       struct quiclb_counters *counters,
				       struct quiclb_server_value **server)
{
	const __u32 top = codepoint_of(job);

	if (vip->records[top][0] == QUICLB_RECORD_RESERVED)
		return QUICLB_REASON_RESERVED;
	if (vip->records[top][0] == QUICLB_RECORD_NONE)
		return QUICLB_REASON_NO_CONFIG;
	if (job->dcid.len < vip->shortest[top])
		return QUICLB_REASON_SHORT_CID;
	job->overload = 0;
	if (!(vip->keyed & 1u << top)) {
		*server = find_clear(job, vip);
		return *server ? 0 : QUICLB_REASON_UNKNOWN_SERVER;
	}
	*server = quiclb_memo_sets ? recall(job, vip) : NULL;
	if (*server) {
		counters->memo_hits++;
		return 0;
	}
	*server = find_cold(job, vip, counters);
	if (*server)
		return 0;
	return job->overload ? QUICLB_REASON_OVERLOAD
			     : QUICLB_REASON_UNKNOWN_SERVER;
}

/*
 * How long the IP packet may be that is to go that way, if it is longer; else
 * 0.
 */
static __always_inline __u32 too_big(const struct quiclb_job *job,
				     const struct quiclb_server_value *server,
				     const struct quiclb_hop *hop)
{
	const __u64 l3 = job->outer.family ? job->outer.l3 : job->f.l3;
	__u32 room = hop->mtu;

	if (!job->outer.family && !hop->direct)
		room -= quiclb_outer_len(server);
	/* XDP_REDIRECT drops what is longer than an MTU and one tag */
	if (hop->n_tags == QUICLB_VLAN_TAGS && hop->ifindex != job->f.ingress)
		room -= QUICLB_TAG_BYTES;
	return job->f.l3_end - l3 > room ? room : 0;
}

/* Forwards to a server that is not this host. */
static __noinline int forward(struct xdp_md *ctx, struct quiclb_job *job,
			      const struct quiclb_server_value *server,
			      __u8 vip_flags)
{
	const struct quiclb_frame *const f = &job->f;
	struct quiclb_hop *hop;
	__u32 mtu;
	int reason;

	if (quiclb_from_peer(ctx, job))
		return QUICLB_REASON_FROM_PEER;
	hop = quiclb_next_hop(ctx, server, job->generation);
	if (!hop || !quiclb_tags_fit(hop, f->tags, f->ingress))
		return QUICLB_REASON_NO_NEIGHBOUR;
	if (quiclb_is_others(ctx, f->ingress, hop))
		return QUICLB_REASON_OTHER_HOST;
	mtu = too_big(job, server, hop);
	if (mtu) {
		if (vip_flags & QUICLB_VIP_ANSWER_TOO_BIG && !job->outer.family)
			quiclb_answer_too_big(ctx, job, mtu);
		return QUICLB_REASON_TOO_BIG;
	}
	if (hop->ifindex != f->ingress && !hop->frags && quiclb_is_split(ctx))
		return QUICLB_REASON_TOO_BIG;
	if (job->outer.family)
		reason = quiclb_retarget(ctx, job, server, hop);
	else if (hop->direct)
		reason = quiclb_relay(ctx, job, hop);
	else
		reason = quiclb_encapsulate(ctx, job, server, hop);
	if (reason)
		return reason;
	job->action = quiclb_send(ctx, f->ingress, hop);
	return QUICLB_REASON_STEERED;
}

/*
 * The server that a packet is for, or the reason why none can be told: by its
 * CID, or for want of one by its flow.
 */
static __always_inline int find_owner(struct xdp_md *ctx,
				      struct quiclb_job *job,
				      const struct quiclb_vip_value *vip,
				      struct quiclb_counters *counters,
				      struct quiclb_server_value **server)
{
	int reason = job->f.icmp ? read_scid(ctx, job)
				 : read_dcid(ctx, vip->flags, job);

	if (!reason)
		reason = find_server(job, vip, counters, server);
	if (!reason)
		return 0;
	if (job->dcid.begins)
		quiclb_flow_forget(job, vip->row);
	if (!job->dcid.by_flow)
		return reason;
	*server = quiclb_flow_find(job);
	return *server ? 0 : reason;
}

/* The verdict on a datagram to a VIP, or on an ICMP error about one from it. */
static __always_inline int steer(struct xdp_md *ctx, struct quiclb_job *job,
				 const struct quiclb_vip_value *vip,
				 struct quiclb_counters *counters)
{
	struct quiclb_server_value *server;
	int reason = find_owner(ctx, job, vip, counters, &server);

	if (reason)
		return reason;
	if (server->local) {
		if (job->dcid.begins)
			quiclb_flow_forget(job, vip->row);
		return QUICLB_REASON_LOCAL;
	}
	if (server->state == QUICLB_SERVER_DOWN &&
	    vip->server_down != QUICLB_DOWN_STEER) {
		if (vip->server_down == QUICLB_DOWN_DROP) {
			if (!quiclb_is_ours(ctx))
				return QUICLB_REASON_OTHER_HOST;
			job->action = XDP_DROP;
		}
		return QUICLB_REASON_SERVER_DOWN;
	}
	if (job->f.icmp && !may_steer_icmp(job->generation))
		return QUICLB_REASON_OVERLOAD;
	reason = forward(ctx, job, server, vip->flags);
	if (reason != QUICLB_REASON_STEERED)
		return reason;
	if (job->f.icmp)
		return QUICLB_REASON_ICMP_STEERED;
	quiclb_flow_keep(job, vip->row);
	return reason;
}

static __always_inline int count_in(__u32 row, int reason)
{
	struct quiclb_counters *const c =
		bpf_map_lookup_elem(&quiclb_stats, &row);

	if (c)
		c->packets[reason & (QUICLB_REASONS_CAP - 1)]++;
	return XDP_PASS;
}

SEC("xdp")
int quic_steer(struct xdp_md *ctx)
{
	const __u32 zero = 0;
	struct quiclb_job *const job = bpf_map_lookup_elem(&quiclb_jobs, &zero);
	struct quiclb_counters *counters;
	struct quiclb_vip_value *vip;
	int reason;

	if (!job)
		return XDP_PASS;
	job->action = XDP_PASS;
	job->f.ingress = ctx->ingress_ifindex;
	reason = quiclb_walk(ctx, &job->f);
	if (reason != QUICLB_WALK_OK)
		return count_in(quiclb_interface_row, reason);
	quiclb_now(&job->generation, &job->epoch, &job->revision);
	quiclb_enter(ctx, job);
	if (job->f.icmp)
		quiclb_quote(ctx, &job->f);
	vip = quiclb_find_vip(job);
	if (!vip)
		return count_in(quiclb_interface_row, QUICLB_REASON_NOT_VIP);
	counters = bpf_map_lookup_elem(&quiclb_stats, &vip->row);
	if (!counters)
		return XDP_PASS; /* the row of a VIP is there */
	if (job->outer.from & QUICLB_ENDPOINT_PEER)
		reason = quiclb_decapsulate(ctx, job);
	else
		reason = steer(ctx, job, vip, counters);
	counters->packets[reason & (QUICLB_REASONS_CAP - 1)]++;
	return job->action;
}
