/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "netns.h"
#include "rig.h"

#define RIG_CPUS_CAP 1024

static void check(int result, const struct quicsteer_error *error)
{
	if (result)
		g_error("%s", error->text);
}

void rig_open(struct rig *rig, const char *device, size_t n_addresses,
	      uint32_t memo_entries, uint32_t n_flows)
{
	const struct quicsteer_setup setup = {
		.ifindex = netns_ifindex(device),
		.row = RIG_INTERFACE_ROW,
		.n_addresses = n_addresses,
		.memo_entries = memo_entries,
		.n_flows = n_flows,
	};
	struct quicsteer_error error;

	memset(rig, 0, sizeof(*rig));
	rig->n_cpus = libbpf_num_possible_cpus();
	g_assert_cmpint(rig->n_cpus, >, 0);
	g_assert_cmpint(rig->n_cpus, <=, RIG_CPUS_CAP);
	rig->ingress = netns_ifindex(device);
	rig->control.map_abi = QUICLB_MAP_ABI;
	rig->control.interfaces[0] = netns_ifindex("left");
	rig->control.interfaces[1] = netns_ifindex("right");
	quicsteer_maps_init(&rig->maps);
	rig->maps.fd[QUICSTEER_STATS] =
		bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "quiclb_stats", 4,
			       sizeof(struct quiclb_counters), RIG_ROWS, NULL);
	g_assert_cmpint(rig->maps.fd[QUICSTEER_STATS], >=, 0);
	check(quicsteer_program_load(&rig->program, &rig->maps, &setup, &error),
	      &error);
	check(quicsteer_sysctl_set(&rig->control.restore, &error), &error);
}

void rig_close(struct rig *rig)
{
	quicsteer_records_free(rig->records);
	quicsteer_program_free(&rig->program);
	quicsteer_maps_close(&rig->maps);
}

void rig_read(const struct rig *rig, uint32_t row, struct quiclb_counters *sum)
{
	static struct quiclb_counters per_cpu[RIG_CPUS_CAP];
	int cpu, i;

	g_assert_cmpint(bpf_map_lookup_elem(rig->maps.fd[QUICSTEER_STATS], &row,
					    per_cpu),
			==, 0);
	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; cpu < rig->n_cpus; cpu++)
		for (i = 0; i < QUICLB_REASONS_CAP; i++)
			sum->packets[i] += per_cpu[cpu].packets[i];
	for (cpu = 0; cpu < rig->n_cpus; cpu++) {
		sum->memo_hits += per_cpu[cpu].memo_hits;
		sum->memo_misses += per_cpu[cpu].memo_misses;
	}
}

void rig_sync(struct rig *rig)
{
	uint32_t row;

	for (row = 0; row < RIG_ROWS; row++)
		rig_read(rig, row, &rig->counted[row]);
}

void rig_go_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	g_assert_cmpint(sched_setaffinity(0, sizeof(set), &set), ==, 0);
}

void rig_stay_on_this_cpu(void)
{
	rig_go_to_cpu(sched_getcpu());
}

void rig_two_cpus(int cpus[2])
{
	cpu_set_t set;
	int cpu, n = 0;

	g_assert_cmpint(sched_getaffinity(0, sizeof(set), &set), ==, 0);
	for (cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	if (n < 2)
		cpus[1] = cpus[0];
	rig_go_to_cpu(cpus[0]);
}

void rig_set_credit(const struct rig *rig, uint64_t ns, uint64_t ago)
{
	static struct quiclb_budget per_cpu[RIG_CPUS_CAP];
	uint32_t which;
	struct timespec now;
	int cpu;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (cpu = 0; cpu < rig->n_cpus; cpu++) {
		per_cpu[cpu].at = (uint64_t)now.tv_sec * 1000000000u +
				  (uint64_t)now.tv_nsec - ago;
		per_cpu[cpu].credit = ns;
	}
	for (which = 0; which < QUICLB_N_BUDGETS; which++)
		g_assert_cmpint(
			bpf_map_update_elem(rig->maps.fd[QUICSTEER_BUDGETS],
					    &which, per_cpu, BPF_ANY),
			==, 0);
}

void rig_switch(struct rig *rig, const struct quiclb_deployment *deployment)
{
	const uint32_t active = rig->control.generation, next = active + 1;
	struct quicsteer_error error;

	quicsteer_records_free(rig->records);
	check(quicsteer_records_make(deployment, next, &rig->records, &error),
	      &error);
	check(quicsteer_maps_fill(&rig->maps, rig->records, active, next,
				  &error),
	      &error);
	check(quicsteer_peers_fill(&rig->maps, rig->records, next, 0, &error),
	      &error);
	check(quicsteer_links_fill(&rig->maps, &error), &error);
	rig->control.generation = next;
	check(quicsteer_control_write(&rig->maps, &rig->control, &error),
	      &error);
	check(quicsteer_maps_sweep(&rig->maps, next, &error), &error);
	/* those of a new VIP were set to zero */
	rig_sync(rig);
}

static unsigned int compare_row(struct rig *rig, uint32_t row,
				struct rig_result *result)
{
	unsigned int i, moved = 0;
	struct quiclb_counters now;

	rig_read(rig, row, &now);
	if (!memcmp(&now, &rig->counted[row], sizeof(now)))
		return 0;
	for (i = 0; i < QUICLB_REASONS_CAP; i++) {
		if (now.packets[i] == rig->counted[row].packets[i])
			continue;
		g_assert_cmpuint(now.packets[i], ==,
				 rig->counted[row].packets[i] + 1);
		result->row = row;
		result->reason = i;
		moved++;
	}
	rig->counted[row] = now;
	return moved;
}

static void find_counter(struct rig *rig, struct rig_result *result)
{
	unsigned int moved = 0;
	uint32_t row;

	for (row = 0; row < RIG_ROWS; row++)
		moved += compare_row(rig, row, result);
	g_assert_cmpuint(moved, ==, 1);
}

void rig_run(struct rig *rig, const uint8_t *frame, size_t len,
	     struct rig_result *result)
{
	struct xdp_md ctx = { .data_end = rig->linear && rig->linear < len
						  ? rig->linear
						  : (uint32_t)len,
			      .ingress_ifindex = rig->ingress };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = (uint32_t)len, .data_out = result->frame,
		    .data_size_out = sizeof(result->frame), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);
	const int err = bpf_prog_test_run_opts(rig->program.fd, &opts);

	g_assert_cmpint(err, ==, 0);
	result->action = opts.retval;
	result->len = opts.data_size_out;
	find_counter(rig, result);
}

uint32_t rig_row(const struct rig *rig, int vip)
{
	return vip < 0 ? RIG_INTERFACE_ROW : rig->records->vip_values[vip].row;
}

static void run(struct rig *rig, const struct frame *in, unsigned int reason,
		int vip, struct rig_result *result)
{
	rig_run(rig, in->bytes, in->len, result);
	g_assert_cmpstr(quicsteer_reason_name(result->reason), ==,
			quicsteer_reason_name(reason));
	g_assert_cmpuint(result->row, ==, rig_row(rig, vip));
}

void rig_passes(struct rig *rig, const struct frame *frame, unsigned int reason,
		int vip)
{
	struct rig_result result;

	run(rig, frame, reason, vip, &result);
	g_assert_cmpuint(result.action, ==, XDP_PASS);
	g_assert_cmpmem(result.frame, result.len, frame->bytes, frame->len);
}

void rig_steers(struct rig *rig, const struct frame *frame,
		const struct frame *out, uint32_t action, int vip)
{
	struct rig_result result;

	run(rig, frame, QUICLB_REASON_STEERED, vip, &result);
	g_assert_cmpuint(result.action, ==, action);
	g_assert_cmpmem(result.frame, result.len, out->bytes, out->len);
}
