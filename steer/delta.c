/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One server changed in the generation in force, without a reload.  Records,
 * VIPs and counters are not touched.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

struct quicsteer_delta {
	struct quicsteer_pins pins; /* locked */
	struct quicsteer_maps maps;
	struct quiclb_control control;
};

/* What an add or del must know of the other servers, and leaves behind. */
struct others {
	struct quiclb_settings settings; /* with the census */
	struct quiclb_endpoint_key key;	 /* of the address */
	struct quiclb_endpoint_value endpoint;
	uint32_t n_slots; /* of next hops */
};

int quicsteer_delta_open(const struct quicsteer_options *options,
			 struct quicsteer_delta **delta,
			 struct quicsteer_error *error)
{
	struct quicsteer_delta *const d = calloc(1, sizeof(*d));
	int result;

	if (!d)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	quicsteer_maps_init(&d->maps);
	d->pins.fd = -1;
	result = quicsteer_pins_open(&d->pins, options->pin_dir, 0, error);
	if (!result)
		result = quicsteer_maps_open(&d->maps, d->pins.dir, error);
	if (!result)
		result = quicsteer_control_read(&d->maps, &d->control, error);
	if (!result && !d->control.generation)
		result = quicsteer_fail(error, QUICSTEER_NO,
					"%s: no configuration is in force",
					d->pins.dir);
	if (result)
		quicsteer_delta_close(d);
	else
		*delta = d;
	return result;
}

void quicsteer_delta_close(struct quicsteer_delta *delta)
{
	if (!delta)
		return;
	quicsteer_maps_close(&delta->maps);
	quicsteer_pins_close(&delta->pins);
	free(delta);
}

/* ---- the records in force --------------------------------------------- */

static int read_record(const struct quicsteer_delta *delta, uint32_t i,
		       struct quiclb_record *record,
		       struct quicsteer_error *error)
{
	const uint32_t index =
		(delta->control.generation & 1) * QUICLB_CAP_RECORDS + i;

	if (bpf_map_lookup_elem(delta->maps.fd[QUICSTEER_RECORDS], &index,
				record))
		return quicsteer_fail_errno(error, errno, "reading %s",
					    "quiclb_records");
	return QUICSTEER_DONE;
}

static int same_records(const struct quicsteer_delta *delta,
			const struct quicsteer_records *records, int *same,
			struct quicsteer_error *error)
{
	struct quiclb_record record;
	uint32_t i;
	int result = QUICSTEER_DONE;

	for (i = 0; i < QUICLB_CAP_RECORDS && !result && *same; i++) {
		result = read_record(delta, i, &record, error);
		*same = !memcmp(&record, &records->records[i], sizeof(record));
	}
	quiclb_wipe(&record, sizeof(record));
	return result;
}

static int same_vips(const struct quicsteer_delta *delta,
		     const struct quicsteer_records *records, int *same,
		     struct quicsteer_error *error)
{
	const uint32_t generation = delta->control.generation;
	const struct quiclb_vip_key *key;
	struct quiclb_vip_value value;
	void *keys, *values;
	size_t i, n, n_ours = 0;
	const int result = quicsteer_maps_dump(&delta->maps, QUICSTEER_VIPS,
					       &keys, &values, &n, error);

	if (result)
		return result;
	for (i = 0, key = keys; i < n; i++)
		n_ours += key[i].generation == generation;
	*same = n_ours == records->n_vips;
	for (i = 0; i < records->n_vips && *same; i++)
		*same = !bpf_map_lookup_elem(delta->maps.fd[QUICSTEER_VIPS],
					     &records->vip_keys[i], &value);
	free(keys);
	free(values);
	return QUICSTEER_DONE;
}

int quicsteer_delta_check(const struct quicsteer_delta *delta,
			  const struct quiclb_deployment *deployment,
			  struct quicsteer_error *error)
{
	struct quicsteer_records *records;
	int same = 1;
	int result = quicsteer_records_make(
		deployment, delta->control.generation, &records, error);

	if (result)
		return result;
	result = same_records(delta, records, &same, error);
	if (!result && same)
		result = same_vips(delta, records, &same, error);
	quicsteer_records_free(records);
	if (!result && !same)
		result = quicsteer_fail(
			error, QUICSTEER_NO,
			"cid-configs or VIPs are not those in force: reload");
	return result;
}

/* ---- pool and server ID ----------------------------------------------- */

/* Of the records in force, without their keys. */
struct lengths {
	struct {
		uint32_t pool;
		uint8_t server_id_len;
	} rows[QUICLB_CAP_RECORDS];
	size_t n;
};

static int read_lengths(const struct quicsteer_delta *delta,
			struct lengths *lengths, struct quicsteer_error *error)
{
	struct quiclb_record record;
	uint32_t i;
	int result = QUICSTEER_DONE;

	lengths->n = 0;
	for (i = 0; i < QUICLB_CAP_RECORDS && !result; i++) {
		result = read_record(delta, i, &record, error);
		if (result || !record.codec)
			continue;
		lengths->rows[lengths->n].pool = record.tag;
		lengths->rows[lengths->n++].server_id_len =
			record.server_id_len;
	}
	quiclb_wipe(&record, sizeof(record));
	return result;
}

/* Finds the pool if there is one only; checks the length of the server ID. */
static int find_pool(const struct quicsteer_delta *delta,
		     const struct quiclb_change *change, uint32_t *pool,
		     struct quicsteer_error *error)
{
	const uint8_t len = change->server.server_id_len;
	struct lengths lengths;
	size_t i;
	const int result = read_lengths(delta, &lengths, error);

	if (result)
		return result;
	*pool = (uint32_t)change->pool;
	if (change->pool == QUICLB_CHANGE_ONLY_POOL)
		*pool = lengths.n ? lengths.rows[0].pool : 0;
	*pool %= QUICLB_CAP_POOLS; /* a file has no more */
	for (i = 0; i < lengths.n; i++)
		if (change->pool == QUICLB_CHANGE_ONLY_POOL &&
		    lengths.rows[i].pool != *pool)
			return quicsteer_fail(error, QUICSTEER_USAGE,
					      "there are several pools: --pool "
					      "and --config say which");
	for (i = 0; i < lengths.n; i++)
		if (lengths.rows[i].pool == *pool &&
		    lengths.rows[i].server_id_len != len)
			return quicsteer_fail(
				error, QUICSTEER_USAGE,
				"server ID of %u bytes: the pool's are of %u",
				len, lengths.rows[i].server_id_len);
	return QUICSTEER_DONE;
}

static void make_key(const struct quicsteer_delta *delta,
		     const struct quiclb_server *server, uint32_t pool,
		     struct quiclb_server_key *key)
{
	memset(key, 0, sizeof(*key));
	key->server_id[0] = quiclb_h_load64(server->server_id);
	key->server_id[1] = quiclb_h_load64(server->server_id + 8);
	key->pool = pool;
	key->generation = delta->control.generation;
}

static int fail_server(struct quicsteer_error *error,
		       const struct quiclb_server *server, const char *why)
{
	char hex[2 * QUICLB_SERVER_ID_CAP_BYTES + 1] = "";
	size_t i;

	for (i = 0; i < server->server_id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", server->server_id[i]);
	return quicsteer_fail(error, QUICSTEER_NO, "server ID %s: %s", hex,
			      why);
}

/* ---- the other servers ------------------------------------------------ */

static int read_others(const struct quicsteer_delta *delta,
		       const struct quiclb_address *address,
		       struct others *others, struct quicsteer_error *error)
{
	const uint32_t index = delta->control.generation & 1;
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	memset(others, 0, sizeof(*others));
	if (bpf_obj_get_info_by_fd(delta->maps.fd[QUICSTEER_HOPS], &info, &len))
		return quicsteer_fail_errno(error, errno, "reading %s",
					    "quiclb_hops");
	others->n_slots = info.max_entries;
	if (bpf_map_lookup_elem(delta->maps.fd[QUICSTEER_SETTINGS], &index,
				&others->settings))
		return quicsteer_fail_errno(error, errno, "reading %s",
					    "quiclb_settings");
	others->key.family = address->family;
	others->key.generation = delta->control.generation;
	memcpy(others->key.address, address->bytes,
	       sizeof(others->key.address));
	if (bpf_map_lookup_elem(delta->maps.fd[QUICSTEER_ENDPOINTS],
				&others->key, &others->endpoint))
		memset(&others->endpoint, 0, sizeof(others->endpoint));
	return QUICSTEER_DONE;
}

/*
 * After the server itself: whoever dies in between leaves counts that are wrong
 * by one, which a reload puts right, and no packet looks at.
 */
static int write_others(const struct quicsteer_delta *delta,
			const struct others *others,
			struct quicsteer_error *error)
{
	const uint32_t index = delta->control.generation & 1;

	if (bpf_map_update_elem(delta->maps.fd[QUICSTEER_SETTINGS], &index,
				&others->settings, BPF_ANY))
		return quicsteer_fail_errno(error, errno, "writing %s",
					    "quiclb_settings");
	if (bpf_map_update_elem(delta->maps.fd[QUICSTEER_ENDPOINTS],
				&others->key, &others->endpoint, BPF_ANY))
		return quicsteer_fail_errno(error, errno, "writing %s",
					    "quiclb_endpoints");
	return QUICSTEER_DONE;
}

/*
 * A next hop that no server has: in a slot of quiclb_hops that was given back,
 * or in the next one.  Its upper bits come from the epoch, another after each
 * add and del: a CPU may still have the next hop of a server that went, under
 * the index that it had.
 */
static uint32_t take_index(const struct quicsteer_delta *delta,
			   struct others *others)
{
	struct quiclb_census *const census = &others->settings.census;
	uint32_t slot;

	if (census->n_free)
		slot = census->free_slots[--census->n_free];
	else if (census->next_slot < others->n_slots)
		slot = census->next_slot++;
	else /* servers then share slots, which costs FIB lookups */
		slot = delta->control.epoch;
	return slot % others->n_slots +
	       others->n_slots * (delta->control.epoch + 1);
}

/* Of slots that find no place in the list the next reload knows. */
static void give_index(struct others *others)
{
	struct quiclb_census *const census = &others->settings.census;

	if (census->n_free < QUICLB_CAP_FREE_SLOTS)
		census->free_slots[census->n_free++] =
			others->endpoint.index % others->n_slots;
}

/* One server ID more or less: by is 1 or -1. */
static void count(struct others *others, uint32_t pool, uint8_t local, int by)
{
	struct quiclb_census *const census = &others->settings.census;

	census->n_servers += (uint32_t)by;
	census->pools[pool].n_servers += (uint32_t)by;
	if (local)
		census->n_local += (uint32_t)by;
	others->endpoint.n_ids += (uint32_t)by;
}

/* ---- the changes ------------------------------------------------------ */

static int set_state(const struct quicsteer_delta *delta,
		     const struct quiclb_server_key *key,
		     const struct quiclb_server *server,
		     struct quicsteer_error *error)
{
	const int fd = delta->maps.fd[QUICSTEER_SERVERS];
	struct quiclb_server_value value;

	if (bpf_map_lookup_elem(fd, key, &value))
		return fail_server(error, server, "no server has it");
	value.state = server->state;
	if (bpf_map_update_elem(fd, key, &value, BPF_EXIST))
		return quicsteer_fail_errno(error, errno, "writing %s",
					    "quiclb_servers");
	return quicsteer_control_revise(&delta->maps, 0, error);
}

/*
 * Whether an added server is this host, as `up` would have it: a generation
 * without local servers is a balancer's.  Where the file names the local
 * addresses and this one is another of the host's, `up` would try to send
 * there, find no way, and let the packets pass all the same.
 */
static uint8_t is_local(const struct quiclb_address *address,
			const struct others *others)
{
	struct quiclb_server server = { .address = *address };
	struct quiclb_pool pool = { .servers = &server, .n_servers = 1 };
	struct quiclb_deployment alone = { .role = QUICLB_ROLE_REAL_SERVER,
					   .pools = &pool,
					   .n_pools = 1 };
	struct quicsteer_error ignored;

	if (!others->settings.census.n_local)
		return 0;
	if (others->endpoint.n_ids)
		return others->endpoint.flags & QUICLB_ENDPOINT_LOCAL;
	return !quicsteer_find_local(&alone, &ignored) && server.local;
}

/* A router on the way to it may be on the way to others: that one stays. */
static void let_go(struct quicsteer_server *host)
{
	struct quicsteer_error ignored;

	if (quicsteer_net_release(host, 1))
		quicsteer_net_keep(host, 1, &ignored);
}

/* Has the neighbour kept resolved, and the loop guard know it. */
static int meet(const struct quicsteer_delta *delta, uint32_t index,
		struct quicsteer_server *host, struct quicsteer_error *error)
{
	int result = quicsteer_net_keep(host, 1, error);

	if (result)
		return result;
	result = quicsteer_peers_add(&delta->maps, delta->control.generation,
				     index, host, error);
	if (result)
		let_go(host);
	return result;
}

/*
 * The first server ID of an address: who it is in tunnels, as records.c has
 * it, and by which next hop it is reached.
 */
static int put_host(const struct quicsteer_delta *delta, uint8_t local,
		    struct others *others, struct quicsteer_server *host,
		    struct quicsteer_error *error)
{
	struct quiclb_endpoint_value *const endpoint = &others->endpoint;

	if (!(endpoint->flags & QUICLB_ENDPOINT_LOCAL))
		endpoint->flags =
			local ? QUICLB_ENDPOINT_LOCAL : QUICLB_ENDPOINT_PEER;
	endpoint->index = take_index(delta, others);
	return meet(delta, endpoint->index, host, error);
}

static int put_server(const struct quicsteer_delta *delta,
		      const struct quiclb_server_key *key,
		      const struct quiclb_server *server, struct others *others,
		      struct quicsteer_server *host,
		      struct quicsteer_error *error)
{
	const int is_first = !others->endpoint.n_ids;
	struct quiclb_server_value value = {
		.family = server->address.family,
		.state = server->state,
		.encapsulation =
			(uint8_t)others->settings.census.pools[key->pool]
				.encapsulation,
	};
	int result = QUICSTEER_DONE;

	memcpy(value.address, server->address.bytes, sizeof(value.address));
	value.local = is_local(&server->address, others);
	host->address = server->address;
	host->encapsulation = value.encapsulation;
	if (is_first)
		result = put_host(delta, value.local, others, host, error);
	else
		result = quicsteer_net_reach(host, 1, error);
	if (!result)
		result = quicsteer_peers_tunnels(&delta->maps,
						 delta->control.generation,
						 host, 1, error);
	if (result)
		return result;
	value.index = others->endpoint.index;
	if (bpf_map_update_elem(delta->maps.fd[QUICSTEER_SERVERS], key, &value,
				BPF_NOEXIST)) {
		result = quicsteer_fail_errno(error, errno, "writing %s",
					      "quiclb_servers");
		if (is_first)
			let_go(host);
		return result;
	}
	count(others, key->pool, value.local, 1);
	return write_others(delta, others, error);
}

/* A CID may mean another tenant's server now: the memo starts anew. */
static int forget(struct quicsteer_delta *delta, struct quicsteer_error *error)
{
	delta->control.epoch++;
	return quicsteer_control_revise(&delta->maps, 1, error);
}

static int add_server(struct quicsteer_delta *delta,
		      const struct quiclb_server_key *key,
		      const struct quiclb_server *server,
		      struct quicsteer_server *host,
		      struct quicsteer_error *error)
{
	struct quiclb_server_value value;
	struct others others;
	int result;

	if (!bpf_map_lookup_elem(delta->maps.fd[QUICSTEER_SERVERS], key,
				 &value))
		return fail_server(error, server, "is there already");
	result = read_others(delta, &server->address, &others, error);
	if (result)
		return result;
	if (others.settings.census.n_servers >= QUICLB_CAP_SERVERS)
		return quicsteer_fail(error, QUICSTEER_NO,
				      "%u servers: at most %d fit",
				      others.settings.census.n_servers + 1,
				      QUICLB_CAP_SERVERS);
	result = put_server(delta, key, server, &others, host, error);
	return result ? result : forget(delta, error);
}

static int del_server(struct quicsteer_delta *delta,
		      const struct quiclb_server_key *key,
		      const struct quiclb_server *server,
		      struct quicsteer_error *error)
{
	const int fd = delta->maps.fd[QUICSTEER_SERVERS];
	struct quicsteer_server host = { 0 };
	struct quiclb_server_value value;
	struct others others;
	int result;

	if (bpf_map_lookup_elem(fd, key, &value))
		return fail_server(error, server, "no server has it");
	host.address.family = value.family;
	memcpy(host.address.bytes, value.address, sizeof(value.address));
	result = read_others(delta, &host.address, &others, error);
	if (result)
		return result;
	if (others.settings.census.pools[key->pool].n_servers < 2)
		return fail_server(error, server,
				   "is the last one of its pool");
	if (bpf_map_delete_elem(fd, key))
		return quicsteer_fail_errno(error, errno, "writing %s",
					    "quiclb_servers");
	count(&others, key->pool, value.local, -1);
	if (!others.endpoint.n_ids)
		give_index(&others);
	/*
	 * Its MAC and its end of tunnels stay a peer's until a reload: others
	 * may have the MAC, and the file may name the end besides.
	 */
	result = write_others(delta, &others, error);
	if (!result)
		result = forget(delta, error);
	if (!others.endpoint.n_ids)
		let_go(&host);
	return result;
}

int quicsteer_delta_apply(struct quicsteer_delta *delta,
			  const struct quiclb_change *change,
			  struct quicsteer_server *host,
			  struct quicsteer_error *error)
{
	struct quiclb_deployment_error why;
	struct quiclb_server_key key;
	uint32_t pool;
	int result;

	memset(host, 0, sizeof(*host));
	if (quiclb_change_check(change, &why))
		return quicsteer_fail(error, QUICSTEER_USAGE, "%s", why.text);
	result = find_pool(delta, change, &pool, error);
	if (result)
		return result;
	make_key(delta, &change->server, pool, &key);
	switch (change->kind) {
	case QUICLB_CHANGE_ADD:
		return add_server(delta, &key, &change->server, host, error);
	case QUICLB_CHANGE_DEL:
		return del_server(delta, &key, &change->server, error);
	default:
		return set_state(delta, &key, &change->server, error);
	}
}
