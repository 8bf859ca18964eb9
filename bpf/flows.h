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
	struct quiclb_server_key server = { .generation = job->generation };
	const struct quiclb_flow_value *flow;
	struct quiclb_flow_key key;

	if (!quiclb_flows_on)
		return NULL;
	quiclb_flow_key(job, &key);
	flow = bpf_map_lookup_elem(&quiclb_flows, &key);
	if (!flow)
		return NULL;
	job->server_id.w[0] = server.server_id[0] = flow->server_id[0];
	job->server_id.w[1] = server.server_id[1] = flow->server_id[1];
	job->pool = server.pool = flow->pool;
	return bpf_map_lookup_elem(&quiclb_servers, &server);
}

/* Written only when it is new: most packets find it as it should be. */
static __noinline void quiclb_flow_keep(const struct quiclb_job *job)
{
	const struct quiclb_flow_value value = {
		.server_id = { job->server_id.w[0], job->server_id.w[1] },
		.pool = job->pool,
	};
	const struct quiclb_flow_value *old;
	struct quiclb_flow_key key;

	if (!quiclb_flows_on)
		return;
	quiclb_flow_key(job, &key);
	old = bpf_map_lookup_elem(&quiclb_flows, &key);
	if (old && old->server_id[0] == value.server_id[0] &&
	    old->server_id[1] == value.server_id[1] && old->pool == value.pool)
		return;
	bpf_map_update_elem(&quiclb_flows, &key, &value, BPF_ANY);
}

/*
 * A connection that begins here ends what the same addresses and ports were
 * before: its packets may have CIDs that tell nothing.
 */
static __noinline void quiclb_flow_forget(const struct quiclb_job *job)
{
	struct quiclb_flow_key key;

	if (!quiclb_flows_on)
		return;
	quiclb_flow_key(job, &key);
	if (bpf_map_lookup_elem(&quiclb_flows, &key))
		bpf_map_delete_elem(&quiclb_flows, &key);
}

#endif /* QUICLB_FLOWS_H */
