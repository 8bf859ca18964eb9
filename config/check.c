/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules between rows that the schema cannot say: server IDs of a pool, and
 * the pools that CID configs share.  Linear or sorted, never row against row.
 */
#include <stdlib.h>
#include <string.h>

#include "config/private.h"

/* The draft: all server IDs of a config have the one length it states. */
static int check_lengths(const struct quiclb_priv_load *load,
			 const struct quiclb_cid_config *cid_config)
{
	const struct quiclb_pool *pool =
		&load->deployment->pools[cid_config->pool];
	const uint8_t want = cid_config->config.server_id_len;
	char hex[QUICLB_PRIV_HEX_CAP];
	size_t i;

	for (i = 0; i < pool->n_servers; i++) {
		const struct quiclb_server *server = &pool->servers[i];

		if (server->server_id_len == want)
			continue;
		quiclb_priv_hex_encode(server->server_id, server->server_id_len,
				       hex, sizeof(hex));
		return quiclb_priv_fail(
			load, QUICLB_ERR_ARG,
			"/quic-lb/server-pool[name='%s']/"
			"server-id-mappings[server-id='%s']: server ID must be "
			"%u bytes, the server-id-length of cid-configs '%s' "
			"(got %u)",
			pool->name, hex, want, cid_config->name,
			server->server_id_len);
	}
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct quiclb_server *x = *(const struct quiclb_server *const *)a;
	const struct quiclb_server *y = *(const struct quiclb_server *const *)b;

	if (x->server_id_len != y->server_id_len)
		return x->server_id_len < y->server_id_len ? -1 : 1;
	return memcmp(x->server_id, y->server_id, x->server_id_len);
}

static int fail_duplicate(const struct quiclb_priv_load *load,
			  const struct quiclb_pool *pool,
			  const struct quiclb_server *a,
			  const struct quiclb_server *b)
{
	const size_t i = (size_t)(a - pool->servers) + 1;
	const size_t j = (size_t)(b - pool->servers) + 1;
	char hex[QUICLB_PRIV_HEX_CAP];

	quiclb_priv_hex_encode(a->server_id, a->server_id_len, hex,
			       sizeof(hex));
	return quiclb_priv_fail(load, QUICLB_ERR_ARG,
				"/quic-lb/server-pool[name='%s']/"
				"server-id-mappings[server-id='%s']: is there "
				"twice, as entries %zu and %zu",
				pool->name, hex, i < j ? i : j, i < j ? j : i);
}

/* The schema takes 0A and 0a for different server IDs. */
static int check_duplicates(const struct quiclb_priv_load *load,
			    const struct quiclb_pool *pool)
{
	const struct quiclb_server **sorted;
	int err = 0;
	size_t i;

	sorted = malloc(pool->n_servers * sizeof(*sorted));
	if (!sorted)
		return quiclb_priv_nomem(load);
	for (i = 0; i < pool->n_servers; i++)
		sorted[i] = &pool->servers[i];
	qsort(sorted, pool->n_servers, sizeof(*sorted), compare_ids);
	for (i = 1; i < pool->n_servers && !err; i++) {
		if (!compare_ids(&sorted[i - 1], &sorted[i]))
			err = fail_duplicate(load, pool, sorted[i - 1],
					     sorted[i]);
	}
	free(sorted);
	return err;
}

/*
 * The draft: plaintext and encrypted deployments must not share server IDs, or
 * what the one shows in clear helps to break the other.
 */
static int check_sharing(const struct quiclb_priv_load *load, size_t index)
{
	const struct quiclb_deployment *deployment = load->deployment;
	const struct quiclb_cid_config *this = &deployment->cid_configs[index];
	size_t i;

	for (i = 0; i < index; i++) {
		const struct quiclb_cid_config *other =
			&deployment->cid_configs[i];

		if (other->pool != this->pool ||
		    other->config.has_key == this->config.has_key)
			continue;
		return quiclb_priv_fail(
			load, QUICLB_ERR_ARG,
			"/quic-lb/cid-configs[name='%s']/server-pool: configs "
			"with and without a key must not share a pool (got %s, "
			"as cid-configs '%s')",
			this->name, deployment->pools[this->pool].name,
			other->name);
	}
	return 0;
}

/* Tenants are told apart by whose server ID it is. */
static int check_tenants(const struct quiclb_priv_load *load, size_t index)
{
	const struct quiclb_deployment *deployment = load->deployment;
	const struct quiclb_cid_config *this = &deployment->cid_configs[index];
	size_t i;

	for (i = 0; i < index && this->tenant[0]; i++) {
		const struct quiclb_cid_config *other =
			&deployment->cid_configs[i];

		if (other->pool != this->pool || !other->tenant[0] ||
		    !strcmp(other->tenant, this->tenant))
			continue;
		return quiclb_priv_fail(
			load, QUICLB_ERR_ARG,
			"/quic-lb/cid-configs[name='%s']/server-pool: configs "
			"of different tenants must not share a pool (got %s, "
			"as cid-configs '%s')",
			this->name, deployment->pools[this->pool].name,
			other->name);
	}
	return 0;
}

int quiclb_priv_check(const struct quiclb_priv_load *load)
{
	const struct quiclb_deployment *deployment = load->deployment;
	int err = 0;
	size_t i;

	for (i = 0; i < deployment->n_cid_configs && !err; i++) {
		err = check_lengths(load, &deployment->cid_configs[i]);
		if (!err)
			err = check_sharing(load, i);
		if (!err)
			err = check_tenants(load, i);
	}
	for (i = 0; i < deployment->n_pools && !err; i++)
		err = check_duplicates(load, &deployment->pools[i]);
	return err;
}
