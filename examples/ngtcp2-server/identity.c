/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds this server in the configuration file: VIP, then CID config, then row
 * of its server pool.
 */
#include "identity.h"

#include <stdio.h>
#include <string.h>

static int same_address(const struct quiclb_address *a,
			const struct quiclb_address *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static const struct quiclb_vip *find_vip(const struct quiclb_deployment *d,
					 const struct identity_query *query)
{
	for (size_t i = 0; i < d->n_vips; i++)
		if (same_address(&d->vips[i].address, &query->vip) &&
		    d->vips[i].port == query->port)
			return &d->vips[i];
	fprintf(stderr, "ngtcp2-server: %s: no vip of this address and port\n",
		query->path);
	return NULL;
}

static int uses(const struct quiclb_vip *vip, size_t cid_config)
{
	for (size_t c = 0; c < QUICLB_N_CODEPOINTS; c++)
		for (size_t i = 0; i < QUICLB_N_TENANTS; i++)
			if (vip->cid_configs[c][i] == (int)cid_config)
				return 1;
	return 0;
}

/* address: or NULL, the row marked local */
static const struct quiclb_server *
find_server(const struct quiclb_pool *pool,
	    const struct quiclb_address *address)
{
	for (size_t i = 0; i < pool->n_servers; i++) {
		const struct quiclb_server *server = &pool->servers[i];

		if (address ? same_address(&server->address, address)
			    : server->local)
			return server;
	}
	return NULL;
}

static void take(struct identity *identity,
		 const struct quiclb_cid_config *cid_config,
		 const struct quiclb_server *server)
{
	identity->config = cid_config->config;
	memcpy(identity->server_id, server->server_id,
	       sizeof(identity->server_id));
	identity->server_id_len = server->server_id_len;
}

/*
 * The newest config is the last of those that the VIP uses.  Other tenants'
 * are passed over: their pools do not have this server.
 */
static int choose(struct identity *identity, const struct quiclb_deployment *d,
		  const struct quiclb_vip *vip,
		  const struct identity_query *query)
{
	const struct quiclb_pool *pool = NULL;
	struct quiclb_address address;

	if (query->server_address &&
	    quiclb_address_parse(query->server_address, &address)) {
		fprintf(stderr, "ngtcp2-server: %s: not an address\n",
			query->server_address);
		return -1;
	}
	for (size_t i = d->n_cid_configs; i-- > 0;) {
		const struct quiclb_cid_config *row = &d->cid_configs[i];
		const struct quiclb_server *server;

		if (!uses(vip, i) ||
		    (query->cid_config && strcmp(row->name, query->cid_config)))
			continue;
		pool = &d->pools[row->pool];
		server = find_server(pool,
				     query->server_address ? &address : NULL);
		if (server) {
			take(identity, row, server);
			return 0;
		}
		if (!row->tenant[0])
			break;
	}
	if (pool)
		fprintf(stderr,
			"ngtcp2-server: %s: pool %s has no row for this "
			"server\n",
			query->path, pool->name);
	else
		fprintf(stderr,
			"ngtcp2-server: %s: the vip has no such CID config\n",
			query->path);
	return -1;
}

int identity_load(struct identity *identity, const struct identity_query *query)
{
	struct quiclb_deployment_error error;
	struct quiclb_deployment *deployment;
	const struct quiclb_vip *vip;
	int result;

	if (quiclb_deployment_load(query->path, &deployment, &error)) {
		fprintf(stderr, "ngtcp2-server: %s\n", error.text);
		return -1;
	}
	vip = find_vip(deployment, query);
	result = vip ? choose(identity, deployment, vip, query) : -1;
	quiclb_deployment_free(deployment);
	return result;
}
