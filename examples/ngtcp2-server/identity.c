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

/* The newest config is the last of those that the VIP uses. */
static const struct quiclb_cid_config *
find_cid_config(const struct quiclb_deployment *d, const struct quiclb_vip *vip,
		const struct identity_query *query)
{
	int found = -1;

	for (size_t i = 0; i < QUICLB_N_ROTATIONS; i++) {
		const int index = vip->cid_configs[i];

		if (index <= found)
			continue;
		if (!query->cid_config ||
		    !strcmp(d->cid_configs[index].name, query->cid_config))
			found = index;
	}
	if (found >= 0)
		return &d->cid_configs[found];
	fprintf(stderr, "ngtcp2-server: %s: the vip has no such CID config\n",
		query->path);
	return NULL;
}

static const struct quiclb_server *
find_server(const struct quiclb_pool *pool, const struct identity_query *query)
{
	struct quiclb_address address;

	if (query->server_address &&
	    quiclb_address_parse(query->server_address, &address)) {
		fprintf(stderr, "ngtcp2-server: %s: not an address\n",
			query->server_address);
		return NULL;
	}
	for (size_t i = 0; i < pool->n_servers; i++) {
		const struct quiclb_server *server = &pool->servers[i];

		if (query->server_address
			    ? same_address(&server->address, &address)
			    : server->local)
			return server;
	}
	fprintf(stderr,
		"ngtcp2-server: %s: pool %s has no row for this server\n",
		query->path, pool->name);
	return NULL;
}

static int choose(struct identity *identity, const struct quiclb_deployment *d,
		  const struct identity_query *query)
{
	const struct quiclb_cid_config *cid_config;
	const struct quiclb_server *server;
	const struct quiclb_vip *vip;

	vip = find_vip(d, query);
	if (!vip)
		return -1;
	cid_config = find_cid_config(d, vip, query);
	if (!cid_config)
		return -1;
	server = find_server(&d->pools[cid_config->pool], query);
	if (!server)
		return -1;
	identity->config = cid_config->config;
	memcpy(identity->server_id, server->server_id,
	       sizeof(identity->server_id));
	identity->server_id_len = server->server_id_len;
	return 0;
}

int identity_load(struct identity *identity, const struct identity_query *query)
{
	struct quiclb_deployment_error error;
	struct quiclb_deployment *deployment;
	int result;

	if (quiclb_deployment_load(query->path, &deployment, &error)) {
		fprintf(stderr, "ngtcp2-server: %s\n", error.text);
		return -1;
	}
	result = choose(identity, deployment, query);
	quiclb_deployment_free(deployment);
	return result;
}
