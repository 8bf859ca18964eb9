/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a checked deployment to the frozen keys and values of one generation.
 * Knows their layout, not the kernel.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

/* A server of some pool, on its way to a key and a value. */
struct row {
	const struct quiclb_server *server;
	uint32_t pool;
	uint8_t encapsulation;
};

static int by_address(const void *a, const void *b)
{
	const struct row *const x = a, *const y = b;

	return memcmp(&x->server->address, &y->server->address,
		      sizeof(x->server->address));
}

static size_t count_servers(const struct quiclb_deployment *deployment)
{
	size_t i, n = 0;

	for (i = 0; i < deployment->n_pools; i++)
		n += deployment->pools[i].n_servers;
	return n;
}

/* All servers of all pools, those with one address together. */
static struct row *sorted_rows(const struct quiclb_deployment *deployment,
			       size_t n)
{
	struct row *const rows = calloc(n ? n : 1, sizeof(*rows));
	size_t i, j, k = 0;

	if (!rows)
		return NULL;
	for (i = 0; i < deployment->n_pools; i++)
		for (j = 0; j < deployment->pools[i].n_servers; j++) {
			rows[k].server = &deployment->pools[i].servers[j];
			rows[k].encapsulation =
				deployment->pools[i].encapsulation;
			rows[k++].pool = (uint32_t)i;
		}
	qsort(rows, n, sizeof(*rows), by_address);
	return rows;
}

static void put_server(struct quicsteer_records *r, const struct row *row,
		       uint32_t generation)
{
	struct quiclb_server_key *const key = &r->server_keys[r->n_servers];
	struct quiclb_server_value *const value =
		&r->server_values[r->n_servers++];
	const struct quiclb_server *const server = row->server;

	/* byte order of the decoder: first byte least significant */
	key->server_id[0] = quiclb_h_load64(server->server_id);
	key->server_id[1] = quiclb_h_load64(server->server_id + 8);
	key->pool = row->pool;
	key->generation = generation;
	memcpy(value->address, server->address.bytes, sizeof(value->address));
	value->family = server->address.family;
	value->local = server->local;
	value->state = server->state;
	value->encapsulation = row->encapsulation;
	value->index = (uint32_t)r->n_addresses - 1;
}

static int make_servers(const struct quiclb_deployment *deployment,
			uint32_t generation, struct quicsteer_records *r)
{
	const size_t n = count_servers(deployment);
	struct row *const rows = sorted_rows(deployment, n);
	size_t i;

	r->server_keys = calloc(n + 1, sizeof(*r->server_keys));
	r->server_values = calloc(n + 1, sizeof(*r->server_values));
	r->addresses = calloc(n + 1, sizeof(*r->addresses));
	r->address_local = calloc(n + 1, 1);
	r->address_ids = calloc(n + 1, sizeof(*r->address_ids));
	if (!rows || !r->server_keys || !r->server_values || !r->addresses ||
	    !r->address_local || !r->address_ids) {
		free(rows);
		return -1;
	}
	for (i = 0; i < n; i++) {
		if (!i || by_address(&rows[i - 1], &rows[i]))
			r->addresses[r->n_addresses++] =
				rows[i].server->address;
		r->address_local[r->n_addresses - 1] |= rows[i].server->local;
		r->address_ids[r->n_addresses - 1]++;
		put_server(r, &rows[i], generation);
	}
	free(rows);
	return 0;
}

/* The records of one codepoint, and how short a CID for any of them may be. */
static void put_slot(const struct quicsteer_records *r,
		     const struct quiclb_vip *vip, size_t slot,
		     struct quiclb_vip_value *value)
{
	uint8_t shortest = UINT8_MAX;
	size_t i;

	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		const int index = vip->cid_configs[slot][i];

		value->records[slot][i] = QUICLB_RECORD_NONE;
		if (index < 0)
			continue;
		value->records[slot][i] = (uint16_t)index;
		if (r->records[index].min_cid_len < shortest)
			shortest = r->records[index].min_cid_len;
		if (r->records[index].keyed)
			value->keyed |= (uint8_t)(1u << slot);
	}
	value->shortest[slot] = shortest;
	if (vip->cid_configs[slot][0] < 0 && vip->reserved & 1u << slot)
		value->records[slot][0] = QUICLB_RECORD_RESERVED;
}

static void put_vip(struct quicsteer_records *r, const struct quiclb_vip *vip,
		    uint32_t generation)
{
	struct quiclb_vip_key *const key = &r->vip_keys[r->n_vips];
	struct quiclb_vip_value *const value = &r->vip_values[r->n_vips++];
	size_t i;

	memcpy(key->address, vip->address.bytes, sizeof(key->address));
	key->port = htons(vip->port);
	key->family = vip->address.family;
	key->generation = generation;
	value->flags =
		(uint8_t)((vip->pass_initial ? QUICLB_VIP_PASS_INITIAL : 0) |
			  (vip->demultiplex ? QUICLB_VIP_DEMULTIPLEX : 0) |
			  (vip->answer_too_big ? QUICLB_VIP_ANSWER_TOO_BIG
					       : 0));
	value->server_down = vip->server_down;
	for (i = 0; i < QUICLB_N_CODEPOINTS; i++)
		put_slot(r, vip, i, value);
}

static int make_vips(const struct quiclb_deployment *deployment,
		     uint32_t generation, struct quicsteer_records *r)
{
	size_t i;

	r->vip_keys = calloc(deployment->n_vips + 1, sizeof(*r->vip_keys));
	r->vip_values = calloc(deployment->n_vips + 1, sizeof(*r->vip_values));
	if (!r->vip_keys || !r->vip_values)
		return -1;
	for (i = 0; i < deployment->n_vips; i++)
		put_vip(r, &deployment->vips[i], generation);
	return 0;
}

static int make_configs(const struct quiclb_deployment *deployment,
			struct quicsteer_records *r,
			struct quicsteer_error *error)
{
	size_t i;
	int err;

	for (i = 0; i < deployment->n_cid_configs; i++) {
		const struct quiclb_cid_config *const c =
			&deployment->cid_configs[i];

		err = quiclb_config_compile(&c->config, &r->records[i]);
		if (err)
			return quicsteer_fail(error, QUICSTEER_USAGE, "%s: %s",
					      c->name, quiclb_strerror(err));
		r->records[i].tag = (uint32_t)c->pool;
	}
	return QUICSTEER_DONE;
}

static int check_capacity(const struct quiclb_deployment *deployment,
			  struct quicsteer_error *error)
{
	const size_t n = count_servers(deployment);

	if (deployment->n_vips > QUICLB_CAP_VIPS)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "%zu VIPs: at most %d fit",
				      deployment->n_vips, QUICLB_CAP_VIPS);
	if (deployment->n_cid_configs > QUICLB_CAP_RECORDS)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "%zu cid-configs: at most %d fit",
				      deployment->n_cid_configs,
				      QUICLB_CAP_RECORDS);
	if (n > QUICLB_CAP_SERVERS)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "%zu servers: at most %d fit", n,
				      QUICLB_CAP_SERVERS);
	return QUICSTEER_DONE;
}

static void put_endpoint(struct quicsteer_records *r,
			 const struct quiclb_address *address, uint32_t flags,
			 uint32_t generation)
{
	struct quiclb_endpoint_key *const key =
		&r->endpoint_keys[r->n_endpoints];

	memcpy(key->address, address->bytes, sizeof(key->address));
	key->family = address->family;
	key->generation = generation;
	r->endpoints[r->n_endpoints++].flags = flags;
}

static int is_tunnel_address(const struct quiclb_deployment *d,
			     const struct quiclb_address *address)
{
	size_t i;

	for (i = 0; i < d->n_tunnel_addresses; i++)
		if (!memcmp(&d->tunnel_addresses[i], address, sizeof(*address)))
			return 1;
	return 0;
}

/* A server's, by its index. */
static void put_server_endpoint(const struct quiclb_deployment *d,
				struct quicsteer_records *r, size_t i,
				uint32_t generation)
{
	const int local =
		r->address_local[i] || is_tunnel_address(d, &r->addresses[i]);

	put_endpoint(r, &r->addresses[i],
		     local ? QUICLB_ENDPOINT_LOCAL : QUICLB_ENDPOINT_PEER,
		     generation);
	r->endpoints[r->n_endpoints - 1].index = (uint32_t)i;
	r->endpoints[r->n_endpoints - 1].n_ids = r->address_ids[i];
}

/* An address is an endpoint like others, more of them are a prefix. */
static void put_origin(struct quicsteer_records *r,
		       const struct quiclb_prefix *prefix, uint32_t flags,
		       uint32_t generation)
{
	struct quiclb_prefix_key *const key = &r->prefix_keys[r->n_prefixes];

	if (prefix->len == (prefix->address.family == 4 ? 32 : 128)) {
		put_endpoint(r, &prefix->address, flags, generation);
		return;
	}
	key->prefix_len = QUICLB_PREFIX_BITS(prefix->len);
	key->generation = generation;
	key->family = prefix->address.family;
	memcpy(key->address, prefix->address.bytes, sizeof(key->address));
	r->prefixes[r->n_prefixes++] = flags;
	r->settings.has_prefixes = 1;
}

static struct quiclb_source *source_of(struct quiclb_settings *settings,
				       uint8_t family)
{
	return family == 4 ? &settings->source4 : &settings->source6;
}

/* Tunnels of this host begin at the first address of each family. */
static void put_source(struct quiclb_settings *settings,
		       const struct quiclb_address *address)
{
	struct quiclb_source *const source =
		source_of(settings, address->family);

	if (source->is_set)
		return;
	source->is_set = 1;
	memcpy(source->address, address->bytes, sizeof(source->address));
	memcpy(source->ipip, address->bytes, sizeof(source->ipip));
}

/* IP in IP begins elsewhere: only 32 bits of a prefix tell flows apart. */
static void put_ipip_source(struct quiclb_settings *settings,
			    const struct quiclb_prefix *prefix)
{
	struct quiclb_source *const source =
		source_of(settings, prefix->address.family);
	const unsigned int free_bits =
		(prefix->address.family == 4 ? 32 : 128) - prefix->len;

	memcpy(source->ipip, prefix->address.bytes, sizeof(source->ipip));
	source->spread =
		free_bits >= 32 ? UINT32_MAX : htonl((1u << free_bits) - 1);
}

static void make_sources(const struct quiclb_deployment *d,
			 struct quicsteer_records *r)
{
	size_t i;

	for (i = 0; i < d->n_tunnel_addresses; i++)
		put_source(&r->settings, &d->tunnel_addresses[i]);
	for (i = 0; i < r->n_addresses; i++)
		if (r->address_local[i])
			put_source(&r->settings, &r->addresses[i]);
	for (i = 0; i < d->n_ipip_sources; i++)
		put_ipip_source(&r->settings, &d->ipip_sources[i]);
}

/*
 * An address that is there twice: the later one holds.  So servers come last:
 * theirs have an index.
 */
static int make_endpoints(const struct quiclb_deployment *d,
			  uint32_t generation, struct quicsteer_records *r)
{
	const size_t n_origins = d->n_tunnel_peers + d->n_tunnel_balancers;
	const size_t cap =
		r->n_addresses + d->n_tunnel_addresses + n_origins + 1;
	size_t i;

	r->endpoint_keys = calloc(cap, sizeof(*r->endpoint_keys));
	r->endpoints = calloc(cap, sizeof(*r->endpoints));
	r->prefix_keys = calloc(n_origins + 1, sizeof(*r->prefix_keys));
	r->prefixes = calloc(n_origins + 1, sizeof(*r->prefixes));
	if (!r->endpoint_keys || !r->endpoints || !r->prefix_keys ||
	    !r->prefixes)
		return -1;
	for (i = 0; i < d->n_tunnel_balancers; i++)
		put_origin(r, &d->tunnel_balancers[i], QUICLB_ENDPOINT_BALANCER,
			   generation);
	for (i = 0; i < d->n_tunnel_peers; i++)
		put_origin(r, &d->tunnel_peers[i], QUICLB_ENDPOINT_PEER,
			   generation);
	for (i = 0; i < d->n_tunnel_addresses; i++)
		put_endpoint(r, &d->tunnel_addresses[i], QUICLB_ENDPOINT_LOCAL,
			     generation);
	for (i = 0; i < r->n_addresses; i++)
		put_server_endpoint(d, r, i, generation);
	make_sources(d, r);
	return 0;
}

/* What is counted here, peer add and del go on with. */
static void make_census(const struct quiclb_deployment *d,
			struct quicsteer_records *r)
{
	struct quiclb_census *const census = &r->settings.census;
	size_t i;

	for (i = 0; i < d->n_pools && i < QUICLB_CAP_POOLS; i++) {
		census->pools[i].n_servers = (uint32_t)d->pools[i].n_servers;
		census->pools[i].encapsulation = d->pools[i].encapsulation;
	}
	census->n_servers = (uint32_t)r->n_servers;
	for (i = 0; i < r->n_servers; i++)
		census->n_local += r->server_values[i].local;
	census->next_slot = (uint32_t)r->n_addresses;
}

static void make_settings(const struct quiclb_deployment *deployment,
			  struct quicsteer_records *r)
{
	const uint32_t rate = deployment->cold_decode_rate;

	r->settings.cold_decode_ns = rate ? 1000000000 / rate : 0;
	r->settings.gue_port = htons(deployment->gue_port);
	r->settings.icmp_ns =
		deployment->icmp_rate ? 1000000000 / deployment->icmp_rate : 0;
	r->memo_entries = deployment->memo_entries;
	r->n_flows = deployment->n_flows;
}

int quicsteer_records_make(const struct quiclb_deployment *deployment,
			   uint32_t generation,
			   struct quicsteer_records **records,
			   struct quicsteer_error *error)
{
	int result = check_capacity(deployment, error);
	struct quicsteer_records *r;

	if (result)
		return result;
	r = calloc(1, sizeof(*r));
	if (r)
		make_settings(deployment, r);
	if (!r || make_servers(deployment, generation, r) ||
	    make_endpoints(deployment, generation, r))
		result = quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	else
		result = make_configs(deployment, r, error);
	if (!result)
		make_census(deployment, r);
	/* after the records: a VIP knows how short their CIDs are */
	if (!result && make_vips(deployment, generation, r))
		result = quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	if (result)
		quicsteer_records_free(r);
	else
		*records = r;
	return result;
}

void quicsteer_records_free(struct quicsteer_records *records)
{
	if (!records)
		return;
	free(records->vip_keys);
	free(records->vip_values);
	free(records->server_keys);
	free(records->server_values);
	free(records->addresses);
	free(records->address_local);
	free(records->address_ids);
	free(records->endpoint_keys);
	free(records->endpoints);
	free(records->prefix_keys);
	free(records->prefixes);
	quiclb_wipe(records, sizeof(*records));
	free(records);
}
