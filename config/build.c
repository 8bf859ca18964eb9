/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree that obeys the schema to a deployment: counts, references and
 * addresses.  The rules between rows are check.c's.
 */
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/private.h"

/* The schema has seen to its length; what is copied to is zeroed. */
static void copy_name(char *name, const struct lyd_node *row)
{
	strncpy(name, quiclb_priv_leaf(row, "name"), QUICLB_NAME_CAP - 1);
}

const char *quiclb_priv_leaf(const struct lyd_node *node, const char *name)
{
	const struct lyd_node *child;

	LY_LIST_FOR(lyd_child(node), child)
	{
		if (!strcmp(LYD_NAME(child), name))
			return lyd_get_value(child);
	}
	return NULL;
}

static size_t count_rows(const struct lyd_node *node, const char *name)
{
	const struct lyd_node *child;
	size_t n = 0;

	LY_LIST_FOR(lyd_child(node), child)
	n += !strcmp(LYD_NAME(child), name);
	return n;
}

/* A zeroed array for the rows of a list of the top container. */
static int new_rows(const struct quiclb_priv_load *load, const char *name,
		    size_t n, size_t n_max, size_t row_len, void **rows)
{
	if (n < 1)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/%s: at least one is needed",
					name);
	if (n > n_max)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/%s: at most %zu are allowed "
					"(got %zu)",
					name, n_max, n);
	*rows = calloc(n, row_len);
	return *rows ? 0 : quiclb_priv_nomem(load);
}

/* A host to send packets to: neither 0.0.0.0 nor :: nor multicast. */
static int is_unicast(const struct quiclb_address *address)
{
	static const uint8_t zero[16];

	if (!memcmp(address->bytes, zero, sizeof(zero)))
		return 0;
	if (address->family == 4)
		return address->bytes[0] >> 4 != 0xe;
	return address->bytes[0] != 0xff;
}

/* ---------------------------------------------------------------- pools -- */

static int build_server(const struct quiclb_priv_load *load,
			const struct quiclb_pool *pool,
			const struct lyd_node *row,
			struct quiclb_server *server)
{
	const char *hex = quiclb_priv_leaf(row, "server-id");
	const char *text = quiclb_priv_leaf(row, "server-address");
	const int len = quiclb_priv_hex_decode(hex, server->server_id,
					       sizeof(server->server_id));

	if (len < 0)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/server-pool[name='%s']: "
					"server ID must be 1..15 bytes in hex "
					"(got %s)",
					pool->name, hex);
	server->server_id_len = (uint8_t)len;
	if (quiclb_address_parse(text, &server->address) ||
	    !is_unicast(&server->address))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/server-pool[name='%s']/"
					"server-id-mappings[server-id='%s']/"
					"server-address: must be a unicast "
					"address (got %s)",
					pool->name, hex, text);
	return 0;
}

static int build_pool(const struct quiclb_priv_load *load,
		      const struct lyd_node *row, struct quiclb_pool *pool)
{
	const size_t n = count_rows(row, "server-id-mappings");
	const struct lyd_node *child;

	copy_name(pool->name, row);
	if (n == 0)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/server-pool[name='%s']/"
					"server-id-mappings: at least one is "
					"needed",
					pool->name);
	pool->servers = calloc(n, sizeof(*pool->servers));
	if (!pool->servers)
		return quiclb_priv_nomem(load);
	LY_LIST_FOR(lyd_child(row), child)
	{
		int err;

		if (strcmp(LYD_NAME(child), "server-id-mappings"))
			continue;
		err = build_server(load, pool, child,
				   &pool->servers[pool->n_servers]);
		if (err)
			return err;
		pool->n_servers++;
	}
	return 0;
}

static int build_pools(const struct quiclb_priv_load *load,
		       const struct lyd_node *root)
{
	struct quiclb_deployment *deployment = load->deployment;
	const size_t n = count_rows(root, "server-pool");
	const struct lyd_node *row;
	size_t n_servers = 0;
	void *rows;
	int err;

	err = new_rows(load, "server-pool", n, QUICLB_MAX_POOLS,
		       sizeof(*deployment->pools), &rows);
	if (err)
		return err;
	deployment->pools = rows;
	LY_LIST_FOR(lyd_child(root), row)
	{
		if (strcmp(LYD_NAME(row), "server-pool"))
			continue;
		/* Counted before it is built: freed even if half built. */
		err = build_pool(load, row,
				 &deployment->pools[deployment->n_pools++]);
		if (err)
			return err;
		n_servers += count_rows(row, "server-id-mappings");
	}
	if (n_servers > QUICLB_MAX_SERVERS)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/server-pool: at most %d "
					"server-id-mappings over all pools "
					"(got %zu)",
					QUICLB_MAX_SERVERS, n_servers);
	return 0;
}

/* ---------------------------------------------------------- cid-configs -- */

static int build_cid_configs(const struct quiclb_priv_load *load,
			     const struct lyd_node *root)
{
	struct quiclb_deployment *deployment = load->deployment;
	const size_t n = count_rows(root, "cid-configs");
	const struct lyd_node *row;
	void *rows;
	int err;

	err = new_rows(load, "cid-configs", n, QUICLB_MAX_CID_CONFIGS,
		       sizeof(*deployment->cid_configs), &rows);
	if (err)
		return err;
	deployment->cid_configs = rows;
	LY_LIST_FOR(lyd_child(root), row)
	{
		struct quiclb_cid_config *cid_config;

		if (strcmp(LYD_NAME(row), "cid-configs"))
			continue;
		cid_config =
			&deployment->cid_configs[deployment->n_cid_configs++];
		copy_name(cid_config->name, row);
		err = quiclb_priv_build_cid_config(load, row, cid_config);
		if (err)
			return err;
	}
	return 0;
}

/* ----------------------------------------------------------------- vips -- */

static int use_cid_config(const struct quiclb_priv_load *load,
			  const struct lyd_node *row, struct quiclb_vip *vip,
			  size_t index)
{
	const struct quiclb_cid_config *rows = load->deployment->cid_configs;
	const unsigned int rotation = rows[index].config.config_rotation;
	const int other = vip->cid_configs[rotation];

	if (other >= 0)
		return quiclb_priv_fail(
			load, QUICLB_ERR_ARG,
			"/quic-lb/vip[address='%s'][port='%s']/cid-configs: at "
			"most one of each config rotation (got %s and %s, both "
			"of %u)",
			quiclb_priv_leaf(row, "address"),
			quiclb_priv_leaf(row, "port"), rows[other].name,
			rows[index].name, rotation);
	vip->cid_configs[rotation] = (int)index;
	return 0;
}

/* Whether a vip has this config; one that names none has them all. */
static int has_cid_config(const struct lyd_node *row, const char *name)
{
	const struct lyd_node *child;
	int n_named = 0;

	LY_LIST_FOR(lyd_child(row), child)
	{
		if (strcmp(LYD_NAME(child), "cid-configs"))
			continue;
		if (!strcmp(lyd_get_value(child), name))
			return 1;
		n_named++;
	}
	return n_named == 0;
}

static int build_vip(const struct quiclb_priv_load *load,
		     const struct lyd_node *row, struct quiclb_vip *vip)
{
	const struct quiclb_deployment *deployment = load->deployment;
	const char *text = quiclb_priv_leaf(row, "address");
	const char *port = quiclb_priv_leaf(row, "port");
	size_t i;

	vip->port = (uint16_t)strtoul(port, NULL, 10);
	if (quiclb_address_parse(text, &vip->address) ||
	    !is_unicast(&vip->address))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/vip[address='%s'][port='%s']/"
					"address: must be a unicast address "
					"(got %s)",
					text, port, text);
	for (i = 0; i < QUICLB_N_ROTATIONS; i++)
		vip->cid_configs[i] = -1;
	for (i = 0; i < deployment->n_cid_configs; i++) {
		int err = 0;

		if (has_cid_config(row, deployment->cid_configs[i].name))
			err = use_cid_config(load, row, vip, i);
		if (err)
			return err;
	}
	return 0;
}

static int build_vips(const struct quiclb_priv_load *load,
		      const struct lyd_node *root)
{
	struct quiclb_deployment *deployment = load->deployment;
	const size_t n = count_rows(root, "vip");
	const struct lyd_node *row;
	void *rows;
	int err;

	err = new_rows(load, "vip", n, QUICLB_MAX_VIPS,
		       sizeof(*deployment->vips), &rows);
	if (err)
		return err;
	deployment->vips = rows;
	LY_LIST_FOR(lyd_child(root), row)
	{
		if (strcmp(LYD_NAME(row), "vip"))
			continue;
		err = build_vip(load, row,
				&deployment->vips[deployment->n_vips++]);
		if (err)
			return err;
	}
	return 0;
}

/* ----------------------------------------------------------- the others -- */

static int build_local(const struct quiclb_priv_load *load,
		       const struct lyd_node *root)
{
	const size_t n = count_rows(root, "local-server-address");
	struct quiclb_address *addresses;
	const struct lyd_node *child;
	size_t i = 0;
	int err;

	if (n == 0)
		return 0;
	addresses = calloc(n, sizeof(*addresses));
	if (!addresses)
		return quiclb_priv_nomem(load);
	LY_LIST_FOR(lyd_child(root), child)
	{
		/* What does not parse stays zero and so is in no pool. */
		if (!strcmp(LYD_NAME(child), "local-server-address"))
			(void)quiclb_address_parse(lyd_get_value(child),
						   &addresses[i++]);
	}
	load->deployment->has_local = 1;
	err = quiclb_priv_set_local(load, addresses, n);
	free(addresses);
	return err;
}

int quiclb_priv_build(const struct quiclb_priv_load *load,
		      const struct lyd_node *root)
{
	const char *role = quiclb_priv_leaf(root, "role");
	int err;

	if (role && !strcmp(role, "balancer"))
		load->deployment->role = QUICLB_ROLE_BALANCER;
	err = build_pools(load, root);
	if (!err)
		err = build_cid_configs(load, root);
	if (!err)
		err = build_vips(load, root);
	if (!err)
		err = build_local(load, root);
	return err;
}
