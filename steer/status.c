/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads back: links, counters, servers.  Changes nothing.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

static int read_counters(const struct quicsteer_maps *maps, uint32_t row,
			 struct quicsteer_counters *sum,
			 struct quicsteer_error *error)
{
	const int n_cpus = libbpf_num_possible_cpus();
	struct quiclb_counters *per_cpu;
	int cpu, i, result = QUICSTEER_DONE;

	if (n_cpus < 0)
		return quicsteer_fail_errno(error, n_cpus, "counting CPUs");
	per_cpu = calloc((size_t)n_cpus, sizeof(*per_cpu));
	memset(sum, 0, sizeof(*sum));
	if (!per_cpu ||
	    bpf_map_lookup_elem(maps->fd[QUICSTEER_STATS], &row, per_cpu))
		result = quicsteer_fail_errno(error, errno,
					      "reading quiclb_stats");
	for (cpu = 0; cpu < n_cpus && !result; cpu++) {
		for (i = 0; i < QUICLB_N_REASONS; i++)
			sum->packets[i] += per_cpu[cpu].packets[i];
		sum->memo_hits += per_cpu[cpu].memo_hits;
		sum->memo_misses += per_cpu[cpu].memo_misses;
	}
	free(per_cpu);
	return result;
}

static void read_link(struct quicsteer_interface *interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	char name[IF_NAMESIZE];

	snprintf(interface->name, sizeof(interface->name), "#%u",
		 interface->ifindex);
	if (!if_indextoname(interface->ifindex, name) ||
	    bpf_xdp_query((int)interface->ifindex, 0, &query))
		return;
	memcpy(interface->name, name, sizeof(interface->name));
	interface->program_id = query.prog_id;
	interface->attached = query.attach_mode != XDP_ATTACHED_NONE;
	interface->native = query.attach_mode == XDP_ATTACHED_DRV;
}

static int read_interfaces(const struct quicsteer_maps *maps,
			   const struct quiclb_control *control,
			   struct quicsteer_status *s,
			   struct quicsteer_error *error)
{
	uint32_t row;
	int result = QUICSTEER_DONE;

	s->interfaces = calloc(QUICLB_CAP_INTERFACES, sizeof(*s->interfaces));
	if (!s->interfaces)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	for (row = 0; row < QUICLB_CAP_INTERFACES && !result; row++) {
		struct quicsteer_interface *const interface =
			&s->interfaces[s->n_interfaces];

		if (!control->interfaces[row])
			continue;
		s->n_interfaces++;
		interface->ifindex = control->interfaces[row];
		read_link(interface);
		result = read_counters(maps, row, &interface->counters, error);
	}
	return result;
}

static int vip_order(const void *a, const void *b)
{
	const struct quicsteer_vip *const x = a, *const y = b;
	const int order = memcmp(&x->address, &y->address, sizeof(x->address));

	return order ? order : (int)x->port - (int)y->port;
}

static int read_vips(const struct quicsteer_maps *maps,
		     struct quicsteer_status *s, struct quicsteer_error *error)
{
	const struct quiclb_vip_value *value;
	const struct quiclb_vip_key *key;
	void *keys, *values;
	size_t i, n;
	int result = quicsteer_maps_dump(maps, QUICSTEER_VIPS, &keys, &values,
					 &n, error);

	if (result)
		return result;
	s->vips = calloc(n + 1, sizeof(*s->vips));
	for (i = 0; s->vips && i < n && !result; i++) {
		struct quicsteer_vip *const vip = &s->vips[s->n_vips];

		key = (const struct quiclb_vip_key *)keys + i;
		value = (const struct quiclb_vip_value *)values + i;
		if (key->generation != s->generation)
			continue;
		s->n_vips++;
		vip->address.family = key->family;
		memcpy(vip->address.bytes, key->address, 16);
		vip->port = ntohs(key->port);
		result = read_counters(maps, value->row, &vip->counters, error);
	}
	free(keys);
	free(values);
	if (!s->vips)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	qsort(s->vips, s->n_vips, sizeof(*s->vips), vip_order);
	return result;
}

/* The worst state that any of a server's IDs is in. */
static uint8_t worst_state(const struct quicsteer_server *server)
{
	uint8_t state = QUICSTEER_N_STATES - 1;

	while (state && !server->n_in_state[state])
		state--;
	return state;
}

/* One row per address, whatever the number of its server IDs. */
static int read_servers(const struct quicsteer_maps *maps,
			struct quicsteer_status *s,
			struct quicsteer_error *error)
{
	size_t i;
	int result = quicsteer_peers_read(maps, s->generation, &s->servers,
					  &s->n_servers, error);

	if (result)
		return result;
	s->n_servers = quicsteer_peers_unite(s->servers, s->n_servers);
	for (i = 0; i < s->n_servers; i++)
		s->servers[i].state = worst_state(&s->servers[i]);
	result = quicsteer_net_reach(s->servers, s->n_servers, error);
	if (result)
		return result;
	return quicsteer_peers_tunnels(maps, s->generation, s->servers,
				       s->n_servers, error);
}

static int read_all(const struct quicsteer_maps *maps,
		    struct quicsteer_status *s, struct quicsteer_error *error)
{
	struct quiclb_control control;
	int result = quicsteer_control_read(maps, &control, error);

	if (result)
		return result;
	s->generation = control.generation;
	s->lo_forwards = (uint8_t)quicsteer_sysctl_is_set();
	result = read_interfaces(maps, &control, s, error);
	if (!result)
		result = read_vips(maps, s, error);
	if (!result)
		result = read_servers(maps, s, error);
	return result;
}

int quicsteer_status(const struct quicsteer_options *options,
		     struct quicsteer_status **status,
		     struct quicsteer_error *error)
{
	struct quicsteer_status *s;
	struct quicsteer_maps maps;
	int result = quicsteer_maps_open(&maps, options->pin_dir, error);

	if (result)
		return result;
	s = calloc(1, sizeof(*s));
	result = s ? read_all(&maps, s, error)
		   : quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	quicsteer_maps_close(&maps);
	if (result)
		quicsteer_status_free(s);
	else
		*status = s;
	return result;
}

void quicsteer_status_free(struct quicsteer_status *status)
{
	if (!status)
		return;
	free(status->interfaces);
	free(status->vips);
	free(status->servers);
	free(status);
}
