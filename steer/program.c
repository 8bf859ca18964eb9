/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The embedded object file: sizes its maps, sets its constants, loads it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "quic_steer.skel.h"
#include "steer/private.h"

#define MIN_HOPS 256

/* A library does not write to stderr; failures come back by errno. */
static int quiet(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* The next power of two: the program masks a server's index with it. */
static uint32_t hops_for(size_t n_addresses)
{
	uint32_t n = MIN_HOPS;

	while (n < n_addresses && n < QUICLB_CAP_SERVERS)
		n *= 2;
	return n;
}

static int reuse_maps(struct bpf_object *object,
		      const struct quicsteer_maps *maps,
		      struct quicsteer_error *error)
{
	size_t i;

	for (i = 0; i < QUICSTEER_N_MAPS; i++) {
		struct bpf_map *const map = bpf_object__find_map_by_name(
			object, quicsteer_map_names[i]);

		if (maps->fd[i] >= 0 && bpf_map__reuse_fd(map, maps->fd[i]))
			return quicsteer_fail_errno(error, errno, "reusing %s",
						    quicsteer_map_names[i]);
	}
	return QUICSTEER_DONE;
}

static int keep_maps(struct bpf_object *object, struct quicsteer_maps *maps,
		     struct quicsteer_error *error)
{
	size_t i;

	for (i = 0; i < QUICSTEER_N_MAPS; i++) {
		struct bpf_map *const map = bpf_object__find_map_by_name(
			object, quicsteer_map_names[i]);

		if (maps->fd[i] >= 0)
			continue;
		maps->fd[i] = dup(bpf_map__fd(map));
		if (maps->fd[i] < 0)
			return quicsteer_fail_errno(error, errno, "opening %s",
						    quicsteer_map_names[i]);
	}
	return QUICSTEER_DONE;
}

static int set_constants(struct quic_steer_bpf *skel,
			 const struct quicsteer_maps *maps, uint32_t row,
			 size_t n_addresses, struct quicsteer_error *error)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), n_hops = hops_for(n_addresses);

	if (maps->fd[QUICSTEER_HOPS] >= 0) {
		if (bpf_obj_get_info_by_fd(maps->fd[QUICSTEER_HOPS], &info,
					   &len))
			return quicsteer_fail_errno(error, errno, "reading %s",
						    "quiclb_hops");
		n_hops = info.max_entries;
	} else if (bpf_map__set_max_entries(skel->maps.quiclb_hops, n_hops)) {
		return quicsteer_fail_errno(error, errno, "sizing %s",
					    "quiclb_hops");
	}
	skel->rodata->quiclb_hop_mask = n_hops - 1;
	skel->rodata->quiclb_interface_row = row;
	return QUICSTEER_DONE;
}

static int load(struct quicsteer_program *program, struct quicsteer_maps *maps,
		uint32_t row, size_t n_addresses, struct quicsteer_error *error)
{
	struct quic_steer_bpf *const skel = quic_steer_bpf__open();
	int result, err;

	if (!skel)
		return quicsteer_fail_errno(error, errno,
					    "opening the BPF object");
	program->skel = skel;
	result = set_constants(skel, maps, row, n_addresses, error);
	if (!result)
		result = reuse_maps(skel->obj, maps, error);
	if (result)
		return result;
	err = quic_steer_bpf__load(skel);
	if (err)
		return quicsteer_fail_errno(error, err,
					    "loading the BPF program");
	program->fd = bpf_program__fd(skel->progs.quic_steer);
	return keep_maps(skel->obj, maps, error);
}

int quicsteer_program_load(struct quicsteer_program *program,
			   struct quicsteer_maps *maps, uint32_t row,
			   size_t n_addresses, struct quicsteer_error *error)
{
	const libbpf_print_fn_t loud = libbpf_set_print(quiet);
	int result;

	memset(program, 0, sizeof(*program));
	program->fd = -1;
	result = load(program, maps, row, n_addresses, error);
	libbpf_set_print(loud);
	if (result)
		quicsteer_program_free(program);
	return result;
}

void quicsteer_program_free(struct quicsteer_program *program)
{
	quic_steer_bpf__destroy(program->skel);
	program->skel = NULL;
	program->fd = -1;
}
