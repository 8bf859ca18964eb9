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

static int add(const struct quicsteer_maps *maps, uint32_t generation,
	       uint32_t index, const struct quicsteer_server *server)
{
	struct quiclb_peer_key key = { .generation = generation };

	memcpy(key.mac, server->mac, sizeof(key.mac));
	return bpf_map_update_elem(maps->fd[QUICSTEER_PEERS], &key, &index,
				   BPF_ANY);
}

int quicsteer_peers_fill(const struct quicsteer_maps *maps,
			 const struct quicsteer_records *records,
			 uint32_t generation, int keep,
			 struct quicsteer_error *error)
{
	const size_t n = records->n_addresses;
	struct quicsteer_server *const servers = hosts(records->addresses, n);
	size_t i;
	int result;

	if (!servers)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	result = keep ? quicsteer_net_keep(servers, n, error)
		      : quicsteer_net_reach(servers, n, error);
	/* both are in order of address, so the index is the same */
	for (i = 0; i < n && !result; i++)
		if (servers[i].reach == QUICSTEER_REACH_OK &&
		    add(maps, generation, (uint32_t)i, &servers[i]))
			result = quicsteer_fail_errno(error, errno,
						      "filling quiclb_peers");
	free(servers);
	return result;
}

static int by_address(const void *a, const void *b)
{
	const struct quicsteer_server *const x = a, *const y = b;

	return memcmp(&x->address, &y->address, sizeof(x->address));
}

/*
 * One row for each address, as quicsteer_net_*() need it; the caller may have
 * one for each server ID.
 */
static size_t unite(struct quicsteer_server *servers, size_t n)
{
	size_t i, kept = 0;

	qsort(servers, n, sizeof(*servers), by_address);
	for (i = 0; i < n; i++)
		if (!kept || by_address(&servers[kept - 1], &servers[i]))
			servers[kept++] = servers[i];
	return kept;
}

void quicsteer_peers_release(const struct quiclb_address *addresses, size_t n)
{
	struct quicsteer_server *const servers = hosts(addresses, n);

	if (servers)
		quicsteer_net_release(servers, unite(servers, n));
	free(servers);
}
