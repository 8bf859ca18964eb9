/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which servers are this host.  The addresses come from the file or from the
 * caller; nothing here asks the host.
 */
#include <stdlib.h>
#include <string.h>

#include "config/private.h"

#define TEXT_CAP 46  /* bytes of any address with the final zero */
#define CHUNK_CAP 64 /* addresses; sorted on the stack, so nothing can fail */

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_address) == 17,
		     "compared as bytes: no padding");

struct chunk {
	struct quiclb_address sorted[CHUNK_CAP];
	size_t n_sorted;
	uint8_t used[CHUNK_CAP]; /* 1: a server has this address */
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct quiclb_address));
}

static size_t chunk_take(struct chunk *chunk,
			 const struct quiclb_address *addresses,
			 size_t n_addresses)
{
	const size_t n = n_addresses < CHUNK_CAP ? n_addresses : CHUNK_CAP;

	memset(chunk, 0, sizeof(*chunk));
	memcpy(chunk->sorted, addresses, n * sizeof(*addresses));
	chunk->n_sorted = n;
	qsort(chunk->sorted, n, sizeof(chunk->sorted[0]), compare);
	return n;
}

static void mark_pool(struct quiclb_pool *pool, struct chunk *chunk)
{
	size_t i;

	for (i = 0; i < pool->n_servers; i++) {
		struct quiclb_server *server = &pool->servers[i];
		const struct quiclb_address *found = bsearch(
			&server->address, chunk->sorted, chunk->n_sorted,
			sizeof(chunk->sorted[0]), compare);

		if (!found)
			continue;
		server->local = 1;
		chunk->used[found - chunk->sorted] = 1;
	}
}

static void mark(struct quiclb_deployment *deployment, struct chunk *chunk)
{
	size_t i;

	for (i = 0; i < deployment->n_pools; i++)
		mark_pool(&deployment->pools[i], chunk);
}

/* Forgets all local marks, or counts them. */
static size_t each_local(struct quiclb_deployment *deployment, int forget)
{
	size_t n_local = 0;
	size_t i;
	size_t j;

	for (i = 0; i < deployment->n_pools; i++) {
		struct quiclb_pool *pool = &deployment->pools[i];

		for (j = 0; j < pool->n_servers; j++) {
			if (forget)
				pool->servers[j].local = 0;
			n_local += pool->servers[j].local;
		}
	}
	return n_local;
}

static int check_used(const struct quiclb_priv_load *load,
		      const struct chunk *chunk)
{
	char text[TEXT_CAP];
	size_t i;

	for (i = 0; i < chunk->n_sorted; i++) {
		if (chunk->used[i])
			continue;
		quiclb_address_format(&chunk->sorted[i], text, sizeof(text));
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/local-server-address: must "
					"be the server-address of a server in "
					"some pool (got %s)",
					text);
	}
	return 0;
}

int quiclb_priv_set_local(const struct quiclb_priv_load *load,
			  const struct quiclb_address *addresses,
			  size_t n_addresses)
{
	size_t i = 0;

	while (i < n_addresses) {
		struct chunk chunk;
		int err;

		i += chunk_take(&chunk, addresses + i, n_addresses - i);
		mark(load->deployment, &chunk);
		err = check_used(load, &chunk);
		if (err)
			return err;
	}
	return 0;
}

size_t quiclb_deployment_set_local(struct quiclb_deployment *deployment,
				   const struct quiclb_address *addresses,
				   size_t n_addresses)
{
	size_t i = 0;

	each_local(deployment, 1);
	while (i < n_addresses) {
		struct chunk chunk;

		i += chunk_take(&chunk, addresses + i, n_addresses - i);
		mark(deployment, &chunk);
	}
	return each_local(deployment, 0);
}
