/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame through a private copy of the program, by BPF_PROG_TEST_RUN.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

#define EXPLAIN_GENERATION 1
#define FRAME_MIN_BYTES 14 /* what BPF_PROG_TEST_RUN takes for XDP */
#define FRAME_CAP_BYTES 4096

static int run(int program, const struct quicsteer_options *options,
	       const uint8_t *frame, size_t frame_len,
	       struct quicsteer_verdict *verdict, struct quicsteer_error *error)
{
	struct xdp_md ctx = { .data_end = (uint32_t)frame_len };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = (uint32_t)frame_len,
		    .data_out = verdict->frame,
		    .data_size_out = FRAME_CAP_BYTES, .repeat = 1);

	if (options->n_interfaces) {
		ctx.ingress_ifindex = if_nametoindex(options->interfaces[0]);
		opts.ctx_in = &ctx;
		opts.ctx_size_in = sizeof(ctx);
	}
	if (bpf_prog_test_run_opts(program, &opts)) {
		if (errno == EINVAL && opts.ctx_in)
			return quicsteer_fail(
				error, QUICSTEER_NO,
				"running the frame: Linux before 5.15 cannot "
				"say where it arrives: leave out --interface");
		return quicsteer_fail_errno(error, errno, "running the frame");
	}
	verdict->action = opts.retval;
	verdict->frame_len = opts.data_size_out;
	return QUICSTEER_DONE;
}

/* Exactly one counter of all rows has moved: that is row and reason. */
static int find_counter(const struct quicsteer_maps *maps, uint32_t *row,
			enum quiclb_reason *reason,
			struct quicsteer_error *error)
{
	const int n_cpus = libbpf_num_possible_cpus();
	struct quiclb_counters *per_cpu;
	int cpu, i, found = 0;

	if (n_cpus < 0)
		return quicsteer_fail_errno(error, n_cpus, "counting CPUs");
	per_cpu = calloc((size_t)n_cpus, sizeof(*per_cpu));
	for (*row = 0; per_cpu && *row < QUICLB_CAP_ROWS; ++*row) {
		if (bpf_map_lookup_elem(maps->fd[QUICSTEER_STATS], row,
					per_cpu))
			break;
		for (cpu = 0; cpu < n_cpus; cpu++)
			for (i = 0; i < QUICLB_N_REASONS && !found; i++)
				if (per_cpu[cpu].packets[i]) {
					*reason = (enum quiclb_reason)i;
					found = 1;
				}
		if (found)
			break;
	}
	free(per_cpu);
	if (!found)
		return quicsteer_fail(error, QUICSTEER_NO,
				      "the program counted nothing");
	return QUICSTEER_DONE;
}

static int vip_of_row(const struct quicsteer_records *records, uint32_t row)
{
	size_t i;

	for (i = 0; i < records->n_vips; i++)
		if (records->vip_values[i].row == row)
			return (int)i;
	return -1;
}

/* Without a name, as if the program ran on every interface there is. */
static int set_interfaces(const struct quicsteer_options *options,
			  struct quiclb_control *control,
			  struct quicsteer_error *error)
{
	struct if_nameindex *all;
	size_t i;

	for (i = 0; i < options->n_interfaces && i < QUICLB_CAP_INTERFACES;
	     i++) {
		control->interfaces[i] = if_nametoindex(options->interfaces[i]);
		if (!control->interfaces[i])
			return quicsteer_fail(error, QUICSTEER_USAGE,
					      "interface %s: no such interface",
					      options->interfaces[i]);
	}
	if (i)
		return QUICSTEER_DONE;
	all = if_nameindex();
	for (; all && i < QUICLB_CAP_INTERFACES && all[i].if_index; i++)
		control->interfaces[i] = all[i].if_index;
	if_freenameindex(all);
	return QUICSTEER_DONE;
}

static int fill(const struct quicsteer_maps *maps,
		struct quicsteer_records *records,
		const struct quicsteer_options *options,
		struct quicsteer_error *error)
{
	struct quiclb_control control = { .map_abi = QUICLB_MAP_ABI,
					  .generation = EXPLAIN_GENERATION };
	int result = set_interfaces(options, &control, error);

	if (!result)
		result = quicsteer_maps_fill(maps, records, 0,
					     EXPLAIN_GENERATION, error);
	if (!result)
		result = quicsteer_links_fill(maps, error);
	if (!result)
		result = quicsteer_peers_fill(maps, records, EXPLAIN_GENERATION,
					      0, error);
	if (!result)
		result = quicsteer_control_write(maps, &control, error);
	return result;
}

static int explain(struct quicsteer_records *records,
		   const struct quicsteer_options *options,
		   const uint8_t *frame, size_t frame_len,
		   struct quicsteer_verdict *verdict,
		   struct quicsteer_error *error)
{
	const struct quicsteer_setup setup = {
		.ifindex = options->n_interfaces
				   ? if_nametoindex(options->interfaces[0])
				   : 0,
		.n_addresses = records->n_addresses,
	};
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	uint32_t restore = 0, row;
	int lock, result;

	quicsteer_maps_init(&maps);
	result = quicsteer_program_load(&program, &maps, &setup, error);
	if (result)
		return result;
	result = fill(&maps, records, options, error);
	lock = quicsteer_sysctl_lock();
	if (!result)
		result = quicsteer_sysctl_set(&restore, error);
	if (!result)
		result = run(program.fd, options, frame, frame_len, verdict,
			     error);
	quicsteer_sysctl_restore(restore);
	quicsteer_sysctl_unlock(lock);
	if (!result)
		result = find_counter(&maps, &row, &verdict->reason, error);
	if (!result)
		verdict->vip = vip_of_row(records, row);
	quicsteer_program_free(&program);
	quicsteer_maps_close(&maps);
	return result;
}

int quicsteer_explain(const struct quiclb_deployment *deployment,
		      const struct quicsteer_options *options,
		      const uint8_t *frame, size_t frame_len,
		      struct quicsteer_verdict *verdict,
		      struct quicsteer_error *error)
{
	struct quicsteer_verdict v = { .vip = -1 };
	struct quicsteer_records *records;
	int result;

	if (frame_len < FRAME_MIN_BYTES || frame_len > FRAME_CAP_BYTES)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "frame of %zu bytes: must be %d..%d",
				      frame_len, FRAME_MIN_BYTES,
				      FRAME_CAP_BYTES);
	result = quicsteer_records_make(deployment, EXPLAIN_GENERATION,
					&records, error);
	if (result)
		return result;
	v.frame = calloc(1, FRAME_CAP_BYTES);
	result =
		v.frame ? explain(records, options, frame, frame_len, &v, error)
			: quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	quicsteer_records_free(records);
	if (result)
		free(v.frame);
	else
		*verdict = v;
	return result;
}
