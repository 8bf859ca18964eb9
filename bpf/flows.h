/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where flows were steered to: for packets of theirs whose CID does not tell.
 * ICMP errors about packets with a short header are such, and stateless resets
 * from clients.  A cache: losing an entry makes such a packet pass.
 */
#ifndef QUICLB_FLOWS_H
#define QUICLB_FLOWS_H

#include "job.h"
#include "maps.h"
#include "recent.h"

/* 0: flows are not kept.  Set when the program is loaded. */
const volatile __u32 quiclb_flows_on;

static __always_inline void quiclb_flow_key(const struct quiclb_job *job,
					    struct quiclb_flow_key *key)
{
	__builtin_memcpy(key->client, job->f.source, sizeof(key->client));
	__builtin_memcpy(key->vip, job->f.address, sizeof(key->vip));
	key->client_port = job->f.source_port;
	key->vip_port = job->f.port;
	key->generation = job->generation;
}

/*
 * The server that the flow was steered to, or NULL.  The job then has its
 * server ID, so that it is what is kept.
 */
static __noinline struct quiclb_server_value *
quiclb_flow_find(struct quiclb_job *job)
{
	const struct quiclb_flow_value *flow;
	struct quiclb_flow_key key;

	if (!quiclb_flows_on)
		return NULL;
	quiclb_flow_key(job, &key);
	flow = bpf_map_lookup_elem(&quiclb_flows, &key);
	if (!flow)
		return NULL;
	job->server_id.w[0] = flow->server_id[0];
	job->server_id.w[1] = flow->server_id[1];
	job->pool = flow->pool;
	return quiclb_find_server(job);
}

/* ---- what was kept lately ------------------------------------------------ */

/*
 * Jiffies after which a flow that is still steered is asked for again, so that
 * it stays among those used last: 1 s at 1000 Hz, 10 s at 100 Hz.
 */
#define QUICLB_KEPT_SHIFT 10

/* Two words of a sum over pairs (UMAC's NH): colliding takes their seed. */
static __always_inline __u64 quiclb_nh(__u64 word, __u64 seed)
{
	return (__u64)((__u32)word + (__u32)seed) *
	       (__u32)((word >> 32) + (seed >> 32));
}

/* The flow, with the row of its VIP's counters for its VIP. */
static __always_inline __u64 quiclb_flow_sum(const struct quiclb_job *job,
					     __u32 row)
{
	const __u64 rest =
		(__u64)(job->generation << 16 | job->f.source_port) << 32 | row;
	__u64 client[2];

	__builtin_memcpy(client, job->f.source, sizeof(client));
	return quiclb_nh(client[0], quiclb_memo_seed[0]) +
	       quiclb_nh(client[1], quiclb_memo_seed[1]) +
	       quiclb_nh(rest, quiclb_memo_seed[2]);
}

/* And where it was steered, and when. */
static __always_inline __u64 quiclb_kept_sum(const struct quiclb_job *job)
{
	const __u64 now = bpf_jiffies64() >> QUICLB_KEPT_SHIFT;

	return quiclb_nh(job->server_id.w[0], quiclb_memo_seed[3]) +
	       quiclb_nh(job->server_id.w[1], quiclb_memo_seed[4]) +
	       quiclb_nh(now << 32 | job->pool, quiclb_memo_seed[5]);
}

static __always_inline __u64 *quiclb_kept_slot(__u64 flow)
{
	/* neighbouring addresses differ in the middle of a sum alone */
	const __u32 slot =
		(flow * QUICLB_SPREAD) >> (64 - QUICLB_RECENT_FLOW_BITS);

	return bpf_map_lookup_elem(&quiclb_recent_flows, &slot);
}

/* ---- keeping ------------------------------------------------------------- */

static __noinline void quiclb_flow_write(const struct quiclb_job *job)
{
	const struct quiclb_flow_value value = {
		.server_id = { job->server_id.w[0], job->server_id.w[1] },
		.pool = job->pool,
	};
	const struct quiclb_flow_value *old;
	struct quiclb_flow_key key;

	quiclb_flow_key(job, &key);
	old = bpf_map_lookup_elem(&quiclb_flows, &key);
	if (old && old->server_id[0] == value.server_id[0] &&
	    old->server_id[1] == value.server_id[1] && old->pool == value.pool)
		return;
	bpf_map_update_elem(&quiclb_flows, &key, &value, BPF_ANY);
}

/* Asked for only once in a while: most packets are of a flow that is there. */
static __always_inline void quiclb_flow_keep(const struct quiclb_job *job,
					     __u32 row)
{
	__u64 flow, kept, *slot;

	if (!quiclb_flows_on)
		return;
	flow = quiclb_flow_sum(job, row);
	kept = flow + quiclb_kept_sum(job);
	slot = quiclb_kept_slot(flow);
	if (!slot || *slot == kept)
		return;
	quiclb_flow_write(job);
	*slot = kept;
}

/*
 * A connection that begins here ends what the same addresses and ports were
 * before: its packets may have CIDs that tell nothing.
 */
static __noinline void quiclb_flow_forget(const struct quiclb_job *job,
					  __u32 row)
{
	struct quiclb_flow_key key;
	__u64 *slot;

	if (!quiclb_flows_on)
		return;
	slot = quiclb_kept_slot(quiclb_flow_sum(job, row));
	if (slot)
		*slot = 0;
	quiclb_flow_key(job, &key);
	if (bpf_map_lookup_elem(&quiclb_flows, &key))
		bpf_map_delete_elem(&quiclb_flows, &key);
}

#endif /* QUICLB_FLOWS_H */
