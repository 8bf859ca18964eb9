/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The maps of quic_steer.  Layouts stand in abi.h; user space may lower
 * max_entries before the load, never raise it.
 */
#ifndef QUICLB_MAPS_H
#define QUICLB_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

/*
 * 0 -> the active generation.  User space writes, each packet reads once; the
 * program adds to the revision alone.
 * Mapped into memory by the writer, so that the switch is one aligned store:
 * bpf_map_update_elem() copies, and promises nothing about tearing.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct quiclb_control);
} quiclb_control SEC(".maps");

/*
 * (VIP, port, generation) -> row of counters, records.  User space writes, the
 * program reads.  Two generations live side by side during a reload.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * QUICLB_CAP_VIPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct quiclb_vip_key);
	__type(value, struct quiclb_vip_value);
} quiclb_vips SEC(".maps");

/* Compiled configs, holding keys; user space writes, the program reads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * QUICLB_CAP_RECORDS);
	__type(key, __u32);
	__type(value, struct quiclb_record);
} quiclb_records SEC(".maps");

/* (server ID, pool, generation) -> server; as quiclb_vips. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * QUICLB_CAP_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct quiclb_server_key);
	__type(value, struct quiclb_server_value);
} quiclb_servers SEC(".maps");

/*
 * Server index & quiclb_hop_mask -> next hop.  Only the program writes and
 * reads.  User space sets the size: the next power of two from the servers.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct quiclb_hop);
} quiclb_hops SEC(".maps");

/*
 * MAC addresses of peers: whatever comes from one is not steered again.  User
 * space fills it from the neighbour table, the program adds what the FIB
 * tells it later.  Twice the servers, for two generations.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * QUICLB_CAP_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct quiclb_peer_key);
	__type(value, __u32); /* index of a server */
} quiclb_peers SEC(".maps");

/* (address, generation) -> who that is in tunnels; as quiclb_vips. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * QUICLB_CAP_ENDPOINTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct quiclb_endpoint_key);
	__type(value, struct quiclb_endpoint_value);
} quiclb_endpoints SEC(".maps");

/* (generation, prefix) -> QUICLB_ENDPOINT_*, of the file; as quiclb_vips. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 2 * QUICLB_CAP_PREFIXES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct quiclb_prefix_key);
	__type(value, __u32);
} quiclb_prefixes SEC(".maps");

/*
 * ifindex -> what is below it.  User space writes, the program reads.  Not of
 * a generation: it says what the host has.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, QUICLB_CAP_LINKS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct quiclb_link);
} quiclb_links SEC(".maps");

/*
 * What CIDs decoded to, so that a CID under a key costs its AES once.  Only the
 * program writes and reads.  User space sets the size, a power of two.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct quiclb_memo_set);
} quiclb_memo SEC(".maps");

/* QUICLB_BUDGET_* -> what this CPU may still do.  Only the program writes. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, QUICLB_N_BUDGETS);
	__type(key, __u32);
	__type(value, struct quiclb_budget);
} quiclb_budgets SEC(".maps");

/*
 * Flows that were steered, for packets without a CID that tells.  Only the
 * program writes and reads; user space sets the size.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct quiclb_flow_key);
	__type(value, struct quiclb_flow_value);
} quiclb_flows SEC(".maps");

/* generation & 1 -> its settings.  User space writes, the program reads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct quiclb_settings);
} quiclb_settings SEC(".maps");

/* Row -> packets by reason.  The program adds, user space reads. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, QUICLB_CAP_ROWS);
	__type(key, __u32);
	__type(value, struct quiclb_counters);
} quiclb_stats SEC(".maps");

/*
 * The generation that a packet sees, 0 before there is one, and the epoch of
 * its memo.  With QUICLB_FIXED_GENERATION the number is a constant, as if every
 * reload loaded a program and maps of its own: bench/reload.c measures what
 * that would save.
 */
static __always_inline void quiclb_now(__u32 *generation, __u32 *epoch,
				       __u32 *revision)
{
#ifdef QUICLB_FIXED_GENERATION
	*generation = *epoch = *revision = QUICLB_FIXED_GENERATION;
#else
	const __u32 zero = 0;
	const struct quiclb_control *const control =
		bpf_map_lookup_elem(&quiclb_control, &zero);

	/* volatile: one load, whatever the compiler thinks of reading twice */
	*generation =
		control ? *(const volatile __u32 *)&control->generation : 0;
	*epoch = control ? *(const volatile __u32 *)&control->epoch : 0;
	*revision = control ? *(const volatile __u32 *)&control->revision : 0;
#endif
}

/* Servers or peers are others now: all CPUs ask for them again. */
static __always_inline void quiclb_revise(void)
{
	const __u32 zero = 0;
	struct quiclb_control *const control =
		bpf_map_lookup_elem(&quiclb_control, &zero);

	if (control)
		__sync_fetch_and_add(&control->revision, 1);
}

#endif /* QUICLB_MAPS_H */
