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
#include <sys/random.h>
#include <unistd.h>

#include "quic_steer.skel.h"
#include "steer/private.h"

#define MIN_HOPS 256

/* Linux 5.18; libbpf 1.1 does not name it. */
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

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

/* *n: entries of a map, as it is or as it is to be made. */
static int size_map(struct bpf_map *map, int fd, uint32_t *n,
		    struct quicsteer_error *error)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0 && bpf_map__set_max_entries(map, *n))
		return quicsteer_fail_errno(error, errno, "sizing %s",
					    bpf_map__name(map));
	if (fd < 0)
		return QUICSTEER_DONE;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return quicsteer_fail_errno(error, errno,
					    "reading the size of a map");
	*n = info.max_entries;
	return QUICSTEER_DONE;
}

/*
 * One seed for all programs that this process loads: on one memo they must
 * agree, or each would miss what another has written.
 */
static int seed_memo(struct quic_steer_bpf *skel, struct quicsteer_error *error)
{
	static uint64_t seed[QUICLB_MEMO_SEEDS];
	size_t i;

	if (!seed[0] &&
	    getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return quicsteer_fail_errno(error, errno,
					    "drawing random bytes");
	for (i = 0; i < QUICLB_MEMO_SEEDS; i++)
		skel->rodata->quiclb_memo_seed[i] = seed[i] |= 1;
	return QUICSTEER_DONE;
}

/* Whether the kernel lets programs have frames of several buffers. */
static int kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);
	const int fd =
		bpf_prog_load(BPF_PROG_TYPE_XDP, "quiclb_probe", "Dual BSD/GPL",
			      pass, sizeof(pass) / sizeof(pass[0]), &opts);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * With the flag a driver may hand over frames longer than a buffer, and takes
 * an MTU above one; without it, neither.
 */
static int set_frags(struct quic_steer_bpf *skel, struct quicsteer_error *error)
{
	if (!kernel_has_frags())
		return QUICSTEER_DONE;
	if (bpf_program__set_flags(skel->progs.quic_steer, BPF_F_XDP_HAS_FRAGS))
		return quicsteer_fail_errno(error, errno,
					    "allowing frames of several "
					    "buffers");
	skel->rodata->quiclb_frags = 1;
	return QUICSTEER_DONE;
}

static int set_constants(struct quic_steer_bpf *skel,
			 const struct quicsteer_maps *maps,
			 const struct quicsteer_setup *setup,
			 struct quicsteer_error *error)
{
	uint32_t n_hops = hops_for(setup->n_addresses);
	uint32_t n_sets = setup->memo_entries / QUICLB_MEMO_WAYS;
	uint32_t n_flows = setup->n_flows;
	uint8_t mac[6];
	int result;

	n_sets += !n_sets; /* a map has one at least */
	n_flows += !n_flows;
	result = size_map(skel->maps.quiclb_hops, maps->fd[QUICSTEER_HOPS],
			  &n_hops, error);
	if (!result)
		result = size_map(skel->maps.quiclb_memo,
				  maps->fd[QUICSTEER_MEMO], &n_sets, error);
	if (!result)
		result = size_map(skel->maps.quiclb_flows,
				  maps->fd[QUICSTEER_FLOWS], &n_flows, error);
	if (!result)
		result = seed_memo(skel, error);
	if (!result)
		result = set_frags(skel, error);
	skel->rodata->quiclb_hop_mask = n_hops - 1;
	skel->rodata->quiclb_memo_sets = setup->memo_entries ? n_sets : 0;
	skel->rodata->quiclb_flows_on = setup->n_flows > 0;
	skel->rodata->quiclb_interface_row = setup->row;
	quicsteer_net_mac(setup->ifindex, mac);
	memcpy((void *)(uintptr_t)skel->rodata->quiclb_interface_mac, mac,
	       sizeof(mac));
	return result;
}

int quicsteer_program_setup(const struct quicsteer_maps *maps,
			    struct quicsteer_setup *setup,
			    struct quicsteer_error *error)
{
	uint32_t n_sets, n_flows;
	int result = size_map(NULL, maps->fd[QUICSTEER_MEMO], &n_sets, error);

	if (!result)
		result = size_map(NULL, maps->fd[QUICSTEER_FLOWS], &n_flows,
				  error);
	if (result)
		return result;
	/* a map of one is the least there is: it stands for none */
	memset(setup, 0, sizeof(*setup));
	setup->memo_entries = n_sets > 1 ? n_sets * QUICLB_MEMO_WAYS : 0;
	setup->n_flows = n_flows > 1 ? n_flows : 0;
	return QUICSTEER_DONE;
}

static int load(struct quicsteer_program *program, struct quicsteer_maps *maps,
		const struct quicsteer_setup *setup,
		struct quicsteer_error *error)
{
	struct quic_steer_bpf *const skel = quic_steer_bpf__open();
	int result, err;

	if (!skel)
		return quicsteer_fail_errno(error, errno,
					    "opening the BPF object");
	program->skel = skel;
	result = set_constants(skel, maps, setup, error);
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
			   struct quicsteer_maps *maps,
			   const struct quicsteer_setup *setup,
			   struct quicsteer_error *error)
{
	const libbpf_print_fn_t loud = libbpf_set_print(quiet);
	int result;

	memset(program, 0, sizeof(*program));
	program->fd = -1;
	result = load(program, maps, setup, error);
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
