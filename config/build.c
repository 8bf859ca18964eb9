/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree that obeys the schema to a deployment: counts, references and
 * addresses.  VIPs are vip.c's, the rules between rows check.c's.
 */
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/hex.h"
#include "config/private.h"

#define STEERED_FLOWS 65536
#define ICMP_RATE 1000
#define GUE_PORT 6080	   /* if the file does not say */
#define MEMO_ENTRIES 65536 /* if the file does not say: 4 MiB for each CPU */

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

int quiclb_priv_choice(const struct lyd_node *node, const char *name,
		       const char *words)
{
	const char *const word = quiclb_priv_leaf(node, name);
	int i;

	for (i = 0; word && *words; i++, words += strlen(words) + 1)
		if (!strcmp(word, words))
			return i;
	return 0;
}

uint32_t quiclb_priv_number(const struct lyd_node *node, const char *name,
			    uint32_t otherwise)
{
	const char *const word = quiclb_priv_leaf(node, name);

	return word ? (uint32_t)strtoul(word, NULL, 10) : otherwise;
}

size_t quiclb_priv_count(const struct lyd_node *node, const char *name)
{
	const struct lyd_node *child;
	size_t n = 0;

	LY_LIST_FOR(lyd_child(node), child)
	n += !strcmp(LYD_NAME(child), name);
	return n;
}

int quiclb_priv_new_rows(const struct quiclb_priv_load *load, const char *name,
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

int quiclb_priv_is_unicast(const struct quiclb_address *address)
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
	const int len = quiclb_hex_parse(hex, server->server_id,
					 sizeof(server->server_id), NULL);

	if (len < 0)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/server-pool[name='%s']: "
					"server ID must be 1..16 bytes in hex "
					"(got %s)",
					pool->name, hex);
	server->server_id_len = (uint8_t)len;
	server->state = (uint8_t)quiclb_priv_choice(row, "state",
						    "up\0draining\0down\0");
	if (quiclb_address_parse(text, &server->address) ||
	    !quiclb_priv_is_unicast(&server->address))
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
	const size_t n = quiclb_priv_count(row, "server-id-mappings");
	const struct lyd_node *child;

	copy_name(pool->name, row);
	pool->encapsulation = (uint8_t)quiclb_priv_choice(row, "encapsulation",
							  "gue\0ipip\0none\0");
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
	const size_t n = quiclb_priv_count(root, "server-pool");
	const struct lyd_node *row;
	size_t n_servers = 0;
	void *rows;
	int err;

	err = quiclb_priv_new_rows(load, "server-pool", n, QUICLB_MAX_POOLS,
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
		n_servers += quiclb_priv_count(row, "server-id-mappings");
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
	const size_t n = quiclb_priv_count(root, "cid-configs");
	const struct lyd_node *row;
	void *rows;
	int err;

	err = quiclb_priv_new_rows(load, "cid-configs", n,
				   QUICLB_MAX_CID_CONFIGS,
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

/* ----------------------------------------------------------- the others -- */

static int build_local(const struct quiclb_priv_load *load,
		       const struct lyd_node *root)
{
	const size_t n = quiclb_priv_count(root, "local-server-address");
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

/* The next power of two; n is at most 2^20. */
static uint32_t round_up(uint32_t n)
{
	uint32_t power = 1;

	while (power < n)
		power *= 2;
	return n ? power : 0;
}

static void build_limits(struct quiclb_deployment *deployment,
			 const struct lyd_node *root)
{
	deployment->memo_entries = round_up(
		quiclb_priv_number(root, "memo-entries", MEMO_ENTRIES));
	deployment->cold_decode_rate =
		quiclb_priv_number(root, "cold-decode-rate", 0);
	deployment->n_flows =
		quiclb_priv_number(root, "steered-flows", STEERED_FLOWS);
	deployment->icmp_rate =
		quiclb_priv_number(root, "icmp-rate", ICMP_RATE);
}

/* Tunnels begin and end at unicast addresses: all of a prefix must be. */
static int is_unicast_prefix(const struct quiclb_prefix *prefix)
{
	return prefix->len >= (prefix->address.family == 4 ? 4 : 8) &&
	       quiclb_priv_is_unicast(&prefix->address);
}

static int build_prefixes(const struct quiclb_priv_load *load,
			  const struct lyd_node *root, const char *name,
			  struct quiclb_prefix *prefixes, size_t *n)
{
	const size_t count = quiclb_priv_count(root, name);
	const struct lyd_node *child;

	if (count > QUICLB_MAX_TUNNELS)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/%s: at most %d are allowed "
					"(got %zu)",
					name, QUICLB_MAX_TUNNELS, count);
	LY_LIST_FOR(lyd_child(root), child)
	{
		const char *text;

		if (strcmp(LYD_NAME(child), name))
			continue;
		text = lyd_get_value(child);
		if (quiclb_prefix_parse(text, &prefixes[*n]) ||
		    !is_unicast_prefix(&prefixes[*n]))
			return quiclb_priv_fail(load, QUICLB_ERR_ARG,
						"/quic-lb/%s: must be a "
						"unicast address (got %s)",
						name, text);
		++*n;
	}
	return 0;
}

static int build_addresses(const struct quiclb_priv_load *load,
			   const struct lyd_node *root)
{
	struct quiclb_deployment *const d = load->deployment;
	struct quiclb_prefix prefixes[QUICLB_MAX_TUNNELS];
	size_t i;
	const int err = build_prefixes(load, root, "tunnel-address", prefixes,
				       &d->n_tunnel_addresses);

	for (i = 0; i < d->n_tunnel_addresses && !err; i++)
		d->tunnel_addresses[i] = prefixes[i].address;
	return err;
}

/* One of each family: which would a flow begin at? */
static int build_ipip_sources(const struct quiclb_priv_load *load,
			      const struct lyd_node *root)
{
	struct quiclb_deployment *const d = load->deployment;
	struct quiclb_prefix prefixes[QUICLB_MAX_TUNNELS];
	size_t i, n = 0;
	const int err = build_prefixes(load, root, "ipip-source", prefixes, &n);

	for (i = 0; i < n && !err; i++) {
		if (d->n_ipip_sources == QUICLB_MAX_IPIP_SOURCES ||
		    (i &&
		     prefixes[i].address.family == prefixes[0].address.family))
			return quiclb_priv_fail(load, QUICLB_ERR_ARG,
						"/quic-lb/ipip-source: at most "
						"one of each family is allowed "
						"(got %zu)",
						n);
		d->ipip_sources[d->n_ipip_sources++] = prefixes[i];
	}
	return err;
}

static int build_tunnels(const struct quiclb_priv_load *load,
			 const struct lyd_node *root)
{
	struct quiclb_deployment *const d = load->deployment;
	int err = build_addresses(load, root);

	d->gue_port = (uint16_t)quiclb_priv_number(root, "gue-port", GUE_PORT);
	if (!err)
		err = build_ipip_sources(load, root);
	if (!err)
		err = build_prefixes(load, root, "tunnel-peer", d->tunnel_peers,
				     &d->n_tunnel_peers);
	if (err)
		return err;
	return build_prefixes(load, root, "tunnel-balancer",
			      d->tunnel_balancers, &d->n_tunnel_balancers);
}

int quiclb_priv_build(const struct quiclb_priv_load *load,
		      const struct lyd_node *root)
{
	int err;

	load->deployment->role = (enum quiclb_role)quiclb_priv_choice(
		root, "role", "real-server\0balancer\0");
	build_limits(load->deployment, root);
	err = build_tunnels(load, root);
	if (!err)
		err = build_pools(load, root);
	if (!err)
		err = build_cid_configs(load, root);
	if (!err)
		err = quiclb_priv_build_vips(load, root);
	if (!err)
		err = build_local(load, root);
	return err;
}
