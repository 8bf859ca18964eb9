/* SPDX-License-Identifier: BSD-2-Clause */
#include "programs.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "bench_programs.skel.h"
#include "network.h"

/* Linux 5.18; libbpf 1.1 does not name it. */
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static int kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);
	const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_probe",
				     "Dual BSD/GPL", pass, 2, &opts);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int programs_allow_frags(struct bpf_object *object)
{
	struct bpf_program *program;

	if (!kernel_has_frags())
		return 0;
	bpf_object__for_each_program(program, object) network_must(
		!bpf_program__set_flags(program, BPF_F_XDP_HAS_FRAGS),
		"flags of a program");
	return 1;
}

static int parked(const struct bpf_program *program)
{
	const int fd = bpf_program__fd(program);

	network_park(fd);
	return fd;
}

void programs_open(struct programs *p)
{
	struct bench_programs *const skel = bench_programs__open();

	network_must(skel != NULL, "opening programs.bpf.o");
	skel->rodata->quiclb_frags = (uint32_t)programs_allow_frags(skel->obj);
	network_must(!bench_programs__load(skel), "loading programs.bpf.o");
	p->skel = skel;
	p->pass = parked(skel->progs.bench_pass);
	p->tx = parked(skel->progs.bench_tx);
	p->grow = bpf_program__fd(skel->progs.bench_grow);
	p->parse = parked(skel->progs.bench_parse);
}

void programs_close(struct programs *p)
{
	bench_programs__destroy(p->skel);
}
