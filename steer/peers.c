/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers as hosts on the network: keeps their neighbour entries alive and
 * gives their MAC addresses to the loop guard.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

/* Rows for quicsteer_net_*(); the caller frees them. */
static struct quicsteer_server *hosts(const struct quiclb_address *addresses,
				      size_t n)
{
	struct quicsteer_server *const servers =
		calloc(n + 1, sizeof(*servers));
	size_t i;

	for (i = 0; servers && i < n; i++)
		servers[i].address = addresses[i];
	return servers;
}

/* One MAC address; *n_new: how many were not there before. */
static int add(const struct quicsteer_maps *maps, uint32_t generation,
	       uint32_t index, const struct quicsteer_server *server,
	       size_t *n_new, struct quicsteer_error *error)
{
	struct quiclb_peer_key key = { .generation = generation };

	if (server->reach != QUICSTEER_REACH_OK)
		return QUICSTEER_DONE;
	memcpy(key.mac, server->mac, sizeof(key.mac));
	if (!bpf_map_update_elem(maps->fd[QUICSTEER_PEERS], &key, &index,
				 BPF_NOEXIST))
		++*n_new;
	else if (errno != EEXIST)
		return quicsteer_fail_errno(error, errno,
					    "filling quiclb_peers");
	return QUICSTEER_DONE;
}

int quicsteer_peers_fill(const struct quicsteer_maps *maps,
			 const struct quicsteer_records *records,
			 uint32_t generation, int keep,
			 struct quicsteer_error *error)
{
	const size_t n = records->n_addresses;
	struct quicsteer_server *const servers = hosts(records->addresses, n);
	size_t i, n_new = 0;
	int result;

	if (!servers)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	result = keep ? quicsteer_net_keep(servers, n, error)
		      : quicsteer_net_reach(servers, n, error);
	/* up: both are in order of address, so the index is the same */
	for (i = 0; i < n && !result; i++)
		result = add(maps, generation, (uint32_t)i, &servers[i], &n_new,
			     error);
	free(servers);
	if (!result && n_new)
		result = quicsteer_control_revise(maps, 0, error);
	return result;
}

int quicsteer_peers_add(const struct quicsteer_maps *maps, uint32_t generation,
			uint32_t index, const struct quicsteer_server *server,
			struct quicsteer_error *error)
{
	size_t n_new = 0;
	int result = add(maps, generation, index, server, &n_new, error);

	if (!result && n_new)
		result = quicsteer_control_revise(maps, 0, error);
	return result;
}

static int by_address(const void *a, const void *b)
{
	const struct quicsteer_server *const x = a, *const y = b;

	return memcmp(&x->address, &y->address, sizeof(x->address));
}

size_t quicsteer_peers_unite(struct quicsteer_server *servers, size_t n)
{
	size_t i, state, kept = 0;

	qsort(servers, n, sizeof(*servers), by_address);
	for (i = 0; i < n; i++) {
		if (!kept || by_address(&servers[kept - 1], &servers[i])) {
			servers[kept++] = servers[i];
			continue;
		}
		servers[kept - 1].n_ids += servers[i].n_ids;
		for (state = 0; state < QUICSTEER_N_STATES; state++)
			servers[kept - 1].n_in_state[state] +=
				servers[i].n_in_state[state];
	}
	return kept;
}

int quicsteer_peers_read(const struct quicsteer_maps *maps, uint32_t generation,
			 struct quicsteer_server **servers, size_t *n,
			 struct quicsteer_error *error)
{
	const struct quiclb_server_value *value;
	const struct quiclb_server_key *key;
	void *keys, *values;
	size_t i, n_all;
	int result = quicsteer_maps_dump(maps, QUICSTEER_SERVERS, &keys,
					 &values, &n_all, error);

	if (result)
		return result;
	*n = 0;
	*servers = calloc(n_all + 1, sizeof(**servers));
	for (i = 0, key = keys, value = values; *servers && i < n_all; i++) {
		struct quicsteer_server *const server = &(*servers)[*n];

		if (key[i].generation != generation)
			continue;
		server->address.family = value[i].family;
		memcpy(server->address.bytes, value[i].address,
		       sizeof(server->address.bytes));
		server->encapsulation = value[i].encapsulation;
		server->n_ids = 1;
		server->n_in_state[value[i].state % QUICSTEER_N_STATES] = 1;
		++*n;
	}
	free(keys);
	free(values);
	if (!*servers)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	return QUICSTEER_DONE;
}

int quicsteer_peers_tunnels(const struct quicsteer_maps *maps,
			    uint32_t generation,
			    struct quicsteer_server *servers, size_t n,
			    struct quicsteer_error *error)
{
	const uint32_t index = generation & 1;
	struct quiclb_settings settings;
	size_t i;

	if (bpf_map_lookup_elem(maps->fd[QUICSTEER_SETTINGS], &index,
				&settings))
		return quicsteer_fail_errno(error, errno,
					    "reading quiclb_settings");
	for (i = 0; i < n; i++) {
		struct quicsteer_server *const server = &servers[i];

		if (server->reach != QUICSTEER_REACH_ROUTER ||
		    !(server->address.family == 4 ? settings.source4.is_set
						  : settings.source6.is_set))
			continue;
		if (server->encapsulation == QUICLB_ENCAPSULATION_GUE)
			server->reach = QUICSTEER_REACH_GUE;
		else if (server->encapsulation == QUICLB_ENCAPSULATION_IPIP)
			server->reach = QUICSTEER_REACH_IPIP;
	}
	return QUICSTEER_DONE;
}

/* Drops the servers that records still have; both are in order of address. */
static size_t subtract(struct quicsteer_server *servers, size_t n,
		       const struct quicsteer_records *records)
{
	struct quicsteer_server keep = { 0 };
	size_t i, j = 0, left = 0;

	for (i = 0; i < n; i++) {
		int order = -1;

		for (; j < records->n_addresses; j++) {
			keep.address = records->addresses[j];
			order = by_address(&keep, &servers[i]);
			if (order >= 0)
				break;
		}
		if (order)
			servers[left++] = servers[i];
	}
	return left;
}

/* Routers that were let go with other servers may be on the way to these. */
static int keep_again(const struct quicsteer_records *records,
		      struct quicsteer_error *error)
{
	const size_t n = records->n_addresses;
	struct quicsteer_server *const servers = hosts(records->addresses, n);
	int result;

	if (!servers)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	result = quicsteer_net_keep(servers, n, error);
	free(servers);
	return result;
}

int quicsteer_peers_release(const struct quicsteer_maps *maps,
			    uint32_t generation,
			    const struct quicsteer_records *except,
			    struct quicsteer_error *error)
{
	struct quicsteer_server *servers;
	size_t n, n_routers;
	const int result =
		quicsteer_peers_read(maps, generation, &servers, &n, error);

	if (result)
		return result;
	n = quicsteer_peers_unite(servers, n);
	if (except)
		n = subtract(servers, n, except);
	n_routers = quicsteer_net_release(servers, n);
	free(servers);
	return except && n_routers ? keep_again(except, error) : QUICSTEER_DONE;
}
