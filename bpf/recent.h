/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What this CPU asked the hash maps for last, in the job's row: asking costs 25
 * ns each time, comparing 2.  Exact: a copy holds for the number of its
 * generation and revision, and who writes to the maps changes one of them.
 */
#ifndef QUICLB_RECENT_H
#define QUICLB_RECENT_H

#include "forward.h"
#include "job.h"
#include "memo.h"

/* Odd, random upper bits: spreads keys over slots by multiplication. */
#define QUICLB_SPREAD 0x9e3779b97f4a7c15ULL

/* ---- VIPs --------------------------------------------------------------- */

/* 0, or -1 if there is no such VIP. */
static __noinline int quiclb_ask_vip(const struct quiclb_job *job,
				     struct quiclb_recent_vip *slot)
{
	struct quiclb_vip_key key = { .port = job->f.port,
				      .family = job->f.family,
				      .generation = job->generation };
	const struct quiclb_vip_value *vip;

	if (!slot)
		return -1;
	__builtin_memcpy(key.address, job->f.address, sizeof(key.address));
	vip = bpf_map_lookup_elem(&quiclb_vips, &key);
	if (!vip)
		return -1;
	slot->key = key;
	slot->value = *vip;
	return 0;
}

/*
 * The VIP that a datagram is for, if it is one's.
 *
 * VERIFIER: differences are added up, for each comparison by itself would be a
 * way of its own through all that follows.
 */
static __always_inline struct quiclb_vip_value *
quiclb_find_vip(struct quiclb_job *job)
{
	struct quiclb_recent_vip *slot;
	__u64 address[2], old[2], differs;
	__u32 row;

	__builtin_memcpy(address, job->f.address, sizeof(address));
	row = ((address[0] ^ address[1] ^ job->f.port) * QUICLB_SPREAD) >>
	      (64 - QUICLB_RECENT_VIP_BITS);
	slot = bpf_map_lookup_elem(&quiclb_recent_vips, &row);
	if (!slot)
		return NULL;
	__builtin_memcpy(old, slot->key.address, sizeof(old));
	differs = (old[0] ^ address[0]) | (old[1] ^ address[1]) |
		  (slot->key.port ^ job->f.port) |
		  (slot->key.family ^ job->f.family) |
		  (slot->key.generation ^ job->generation);
	if (differs && quiclb_ask_vip(job, slot))
		return NULL;
	return &slot->value;
}

/* ---- servers ------------------------------------------------------------ */

/* 0, or -1 if there is no such server. */
static __noinline int quiclb_ask_server(const struct quiclb_job *job,
					struct quiclb_recent_server *slot)
{
	struct quiclb_server_key key = { .pool = job->pool,
					 .generation = job->generation };
	const struct quiclb_server_value *server;

	if (!slot)
		return -1;
	key.server_id[0] = job->server_id.w[0];
	key.server_id[1] = job->server_id.w[1];
	server = bpf_map_lookup_elem(&quiclb_servers, &key);
	if (!server)
		return -1;
	slot->key = key;
	slot->revision = job->revision;
	slot->value = *server;
	return 0;
}

/* The server of the job's server ID. */
static __always_inline struct quiclb_server_value *
quiclb_find_server(const struct quiclb_job *job)
{
	const __u64 *const id = job->server_id.w;
	const __u32 row = ((id[0] ^ id[1]) * QUICLB_SPREAD) >>
			  (64 - QUICLB_RECENT_SERVER_BITS);
	struct quiclb_recent_server *const slot =
		bpf_map_lookup_elem(&quiclb_recent_servers, &row);
	__u64 differs;

	if (!slot)
		return NULL;
	differs = (slot->key.server_id[0] ^ id[0]) |
		  (slot->key.server_id[1] ^ id[1]) |
		  (slot->key.pool ^ job->pool) |
		  (slot->key.generation ^ job->generation) |
		  (slot->revision ^ job->revision);
	if (differs && quiclb_ask_server(job, slot))
		return NULL;
	return &slot->value;
}

/* ---- who is no peer ----------------------------------------------------- */

/* Whether a MAC is a peer's.  That it is none is kept. */
static __noinline int quiclb_ask_peer(const struct xdp_md *ctx,
				      const struct quiclb_job *job,
				      struct quiclb_recent_sender *slot)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_peer_key key = { .generation = job->generation };

	if (!slot || data + ETH_HLEN > end)
		return 1;
	__builtin_memcpy(key.mac, data + ETH_ALEN, sizeof(key.mac));
	if (bpf_map_lookup_elem(&quiclb_peers, &key))
		return 1;
	__builtin_memcpy(slot->mac, key.mac, sizeof(slot->mac));
	slot->generation = job->generation;
	slot->revision = job->revision;
	return 0;
}

/*
 * Loop guard: whether the frame was sent by a peer.  A peer that disagrees
 * with us about the owner would send it back.
 */
static __always_inline int quiclb_from_peer(const struct xdp_md *ctx,
					    struct quiclb_job *job)
{
	const __u8 *const data = (const void *)(long)ctx->data;
	const __u8 *const end = (const void *)(long)ctx->data_end;
	struct quiclb_recent_sender *slot;
	__u32 differs;

	if (data + ETH_HLEN > end)
		return 0;
	/* the last bytes of a MAC are what its maker counts */
	slot = &job->senders[data[2 * ETH_ALEN - 1] &
			     (QUICLB_N_RECENT_SENDERS - 1)];
	differs = quiclb_mac_differs(slot->mac, data + ETH_ALEN) |
		  (slot->generation ^ job->generation) |
		  (slot->revision ^ job->revision);
	return differs ? quiclb_ask_peer(ctx, job, slot) : 0;
}

#endif /* QUICLB_RECENT_H */
