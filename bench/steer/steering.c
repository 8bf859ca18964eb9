/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "network.h"

#define CPUS_CAP 1024

static struct quicsteer_error error;

static void must(int result)
{
	errno = 0;
	network_must(!result, error.text);
}

static int n_cpus(void)
{
	static int n;

	if (!n)
		n = libbpf_num_possible_cpus();
	network_must(n > 0 && n <= CPUS_CAP, "CPUs");
	return n;
}

static void load(struct steering *s, const struct quiclb_deployment *d,
		 const struct quicsteer_records *records, const char *device)
{
	const struct quicsteer_setup setup = {
		.ifindex = network_ifindex(device),
		.n_addresses = records->n_addresses,
		.memo_entries = d->memo_entries,
		.n_flows = d->n_flows,
	};

	quicsteer_maps_init(&s->maps);
	s->n_rows = QUICLB_CAP_INTERFACES + (uint32_t)d->n_vips;
	s->maps.fd[QUICSTEER_STATS] =
		bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "quiclb_stats", 4,
			       sizeof(struct quiclb_counters), s->n_rows, NULL);
	network_must(s->maps.fd[QUICSTEER_STATS] >= 0, "map of counters");
	must(quicsteer_program_load(&s->program, &s->maps, &setup, &error));
}

void steering_open(struct steering *s, const struct quiclb_deployment *d,
		   const char *device)
{
	struct quicsteer_records *records;

	memset(s, 0, sizeof(*s));
	must(quicsteer_records_make(d, 1, &records, &error));
	load(s, d, records, device);
	must(quicsteer_sysctl_set(&s->control.restore, &error));
	must(quicsteer_maps_fill(&s->maps, records, 0, 1, &error));
	must(quicsteer_peers_fill(&s->maps, records, 1, 0, &error));
	must(quicsteer_links_fill(&s->maps, &error));
	s->control.map_abi = QUICLB_MAP_ABI;
	s->control.generation = 1;
	s->control.interfaces[0] = network_ifindex("left");
	must(quicsteer_control_write(&s->maps, &s->control, &error));
	quicsteer_records_free(records);
}

void steering_close(struct steering *s)
{
	quicsteer_program_free(&s->program);
	quicsteer_maps_close(&s->maps);
}

static void add(struct quiclb_counters *sum, const struct quiclb_counters *c)
{
	int i;

	for (i = 0; i < QUICLB_REASONS_CAP; i++)
		sum->packets[i] += c->packets[i];
	sum->memo_hits += c->memo_hits;
	sum->memo_misses += c->memo_misses;
}

void steering_read(const struct steering *s, struct quiclb_counters *sum)
{
	static struct quiclb_counters per_cpu[CPUS_CAP];
	uint32_t row;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for (row = 0; row < s->n_rows; row++) {
		network_must(!bpf_map_lookup_elem(s->maps.fd[QUICSTEER_STATS],
						  &row, per_cpu),
			     "reading counters");
		for (cpu = 0; cpu < n_cpus(); cpu++)
			add(sum, &per_cpu[cpu]);
	}
}

void steering_spend_budget(const struct steering *s)
{
	static struct quiclb_budget per_cpu[CPUS_CAP];
	const uint32_t which = QUICLB_BUDGET_COLD_DECODES;
	struct timespec now;
	int cpu;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (cpu = 0; cpu < n_cpus(); cpu++) {
		per_cpu[cpu].at = (uint64_t)now.tv_sec * 1000000000u +
				  (uint64_t)now.tv_nsec;
		per_cpu[cpu].credit = 0;
	}
	network_must(!bpf_map_update_elem(s->maps.fd[QUICSTEER_BUDGETS], &which,
					  per_cpu, BPF_ANY),
		     "writing the budget");
}
