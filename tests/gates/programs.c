/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * programs quic_steer|OBJECT...: loads BPF programs and prints of each a row of
 * programs.txt: kernel, compiler, program, its instructions, how many of them
 * the verifier walked, bytes of stack.  quic_steer is loaded as quic-steer
 * does it, with memo and flows; attaches nothing.  77: no privilege.  Without
 * an argument it says which compiler its quic_steer is from.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "quic_steer.skel.h"
#include "steer/private.h"

#define LOG_STATISTICS 4 /* BPF_LOG_STATS, Linux 5.2 */
#define LOG_BYTES (1u << 20)
#define N_FUNCTIONS 256	   /* that the verifier allows */
#define FRAME_ALIGNMENT 32 /* that it adds frames up with */

/* Where the functions of a program begin, and what their frames take. */
struct layout {
	const struct bpf_insn *insns;
	size_t n_insns;
	size_t starts[N_FUNCTIONS];
	unsigned int depths[N_FUNCTIONS];
	size_t n;
};

static int forbidden; /* loading failed for lack of privilege */

int __real_bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton);
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton);

/* ----------------------------------------------------------------- stack -- */

/* The instruction that insn i calls, or hands to a helper to call, or 0. */
static size_t callee(const struct bpf_insn *insns, size_t i)
{
	const struct bpf_insn *const insn = &insns[i];
	const int calls = insn->code == (BPF_JMP | BPF_CALL) &&
			  insn->src_reg == BPF_PSEUDO_CALL;
	const int names = insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
			  insn->src_reg == BPF_PSEUDO_FUNC;

	return calls || names ? i + (size_t)(insn->imm + 1) : 0;
}

static int by_size(const void *a, const void *b)
{
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

/* In the order of the verifier: by where they begin. */
static int find_functions(struct layout *l)
{
	size_t i, k;

	l->n = 1;
	l->starts[0] = 0;
	for (i = 0; i < l->n_insns; i++) {
		const size_t start = callee(l->insns, i);

		for (k = 0; k < l->n && l->starts[k] != start; k++)
			;
		if (k == N_FUNCTIONS)
			return -1;
		if (k == l->n)
			l->starts[l->n++] = start;
	}
	qsort(l->starts, l->n, sizeof(l->starts[0]), by_size);
	return 0;
}

/* "stack depth 216+0+48": a number for each function. */
static int read_depths(struct layout *l, const char *log)
{
	const char *p = strstr(log, "stack depth ");
	char *end;
	size_t k;

	if (!p)
		return -1;
	p += strlen("stack depth ");
	for (k = 0; k < l->n; k++, p = end + 1) {
		l->depths[k] = (unsigned int)strtoul(p, &end, 10);
		if (end == p || (*end == '+') != (k + 1 < l->n))
			return -1;
	}
	return 0;
}

/* Of function k and the deepest chain that it calls; none calls itself. */
static unsigned int chain(const struct layout *l, size_t k)
{
	const size_t end = k + 1 < l->n ? l->starts[k + 1] : l->n_insns;
	unsigned int own = l->depths[k] ? l->depths[k] : 1, most = 0;
	size_t i, j;

	for (i = l->starts[k]; i < end; i++) {
		const size_t start = callee(l->insns, i);

		for (j = 1; start && j < l->n; j++)
			if (l->starts[j] == start && chain(l, j) > most)
				most = chain(l, j);
	}
	own += FRAME_ALIGNMENT - 1;
	return own - own % FRAME_ALIGNMENT + most;
}

/* ------------------------------------------------------------------- row -- */

static void print_row(const struct bpf_program *program, const struct layout *l,
		      unsigned long verified)
{
	unsigned int major = 0, minor = 0;
	struct utsname host;

	uname(&host);
	sscanf(host.release, "%u.%u", &major, &minor);
	printf("%u.%u %s %s %zu %lu %u\n", major, minor, COMPILER,
	       bpf_program__name(program), l->n_insns, verified, chain(l, 0));
}

static int report(const struct bpf_program *program, const char *log)
{
	const char *const processed = strstr(log, "processed ");
	struct layout l = { .insns = bpf_program__insns(program),
			    .n_insns = bpf_program__insn_cnt(program) };

	if (!processed || find_functions(&l) || read_depths(&l, log)) {
		fprintf(stderr, "%s: not understood:\n%s\n",
			bpf_program__name(program), log);
		return -1;
	}
	print_row(program, &l,
		  strtoul(processed + strlen("processed "), NULL, 10));
	return 0;
}

/* Has the verifier's words kept for each program, for report_all(). */
static void listen(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_log_level(program, LOG_STATISTICS);
		bpf_program__set_log_buf(program, calloc(1, LOG_BYTES),
					 LOG_BYTES);
	}
}

/* err: what loading returned. */
static int report_all(struct bpf_object *object, int err)
{
	struct bpf_program *program;
	char *log;
	size_t cap;

	forbidden |= err == -EPERM;
	bpf_object__for_each_program(program, object)
	{
		log = (char *)(uintptr_t)bpf_program__log_buf(program, &cap);
		if (err)
			fprintf(stderr, "%s: %s\n%s",
				bpf_program__name(program), strerror(-err),
				log);
		else
			err = report(program, log);
		free(log);
	}
	return err;
}

/* ------------------------------------------------------------- programs -- */

/*
 * The MAC of an interface: the verifier knows the constants of a program, and
 * what it can tell of zeros it cannot of these.
 */
static void set_mac(struct bpf_object_skeleton *skeleton)
{
	static const uint8_t mac[6] = { 0x02, 0x71, 0x9c, 0x3e, 0x5b, 0x84 };
	struct quic_steer_bpf__rodata *rodata;
	int i;

	for (i = 0; i < skeleton->map_cnt; i++) {
		if (!strstr(skeleton->maps[i].name, ".rodata"))
			continue;
		rodata = *skeleton->maps[i].mmaped;
		memcpy((void *)(uintptr_t)rodata->quiclb_interface_mac, mac,
		       sizeof(mac));
	}
}

/* What quicsteer_program_load() calls: the linker is told to come here. */
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton)
{
	int err;

	set_mac(skeleton);
	listen(*skeleton->obj);
	err = __real_bpf_object__load_skeleton(skeleton);
	return report_all(*skeleton->obj, err);
}

static int steer(void)
{
	const struct quicsteer_setup setup = { 0, 0, 1, 65536, 65536 };
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	struct quicsteer_error error;

	quicsteer_maps_init(&maps);
	if (quicsteer_program_load(&program, &maps, &setup, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return -1;
	}
	quicsteer_program_free(&program);
	quicsteer_maps_close(&maps);
	return 0;
}

static int object(const char *path)
{
	struct bpf_object *const obj = bpf_object__open(path);
	int err;

	if (!obj) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	listen(obj);
	err = report_all(obj, bpf_object__load(obj));
	bpf_object__close(obj);
	return err;
}

int main(int argc, char **argv)
{
	int i, err = 0;

	for (i = 1; i < argc && !err; i++)
		err = strcmp(argv[i], "quic_steer") ? object(argv[i]) : steer();
	if (err && forbidden)
		return 77;
	if (argc < 2)
		puts(COMPILER);
	return err != 0;
}
