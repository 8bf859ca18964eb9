/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One AES block by the code of the steering program, beside one by the
 * kernel's crypto, where kernel and compiler have it.  Whether the kernel's
 * would pay depends on the driver that it chooses, which each row names.
 */
#include "groups.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "kernel_crypto.h" /* for the next one */
#include "bench_kernel_crypto.skel.h"
#include "network.h"
#include "site.h"
#include "trial.h"

#include <quiclb/decode.h>

#define GROUP "crypto"
#define ALGORITHM "ecb(aes)"

enum { EMPTY, BITS_ENC, BITS_DEC, CALL_BAD, CALL_ENC, CALL_DEC, N };

static void fill(struct bench_kernel_crypto *skel)
{
	struct crypto_params *const p = &skel->bss->crypto_params;
	struct crypto_work work = { .plain = { { 0x0123456789abcdefu, 1 } } };
	struct quiclb_config config;
	const uint32_t zero = 0;

	site_config(&config, QUICLB_CODEC_SINGLE_PASS);
	network_must(!quiclb_config_compile(&config, &work.record), "config");
	work.cipher = work.plain;
	quiclb_h_encrypt(&work.record, &work.cipher);
	network_must(!bpf_map_update_elem(bpf_map__fd(skel->maps.crypto_works),
					  &zero, &work, BPF_ANY),
		     "block to work on");
	snprintf(p->type, sizeof(p->type), "skcipher");
	snprintf(p->algo, sizeof(p->algo), ALGORITHM);
	memcpy(p->key, config.key, QUICLB_KEY_BYTES);
	p->key_len = QUICLB_KEY_BYTES;
}

static int kernel_has(const char *function)
{
	struct btf *const btf = btf__load_vmlinux_btf();
	const int id =
		btf ? btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) : 0;

	btf__free(btf);
	return id > 0;
}

static int load(struct report *report, struct bench_kernel_crypto *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	err = bench_kernel_crypto__load(skel);
	if (err) {
		report_note(report, "crypto: skipped, kernel_crypto.bpf.o: %s",
			    strerror(-err));
		return err;
	}
	fill(skel);
	err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.crypto_create),
				     &opts);
	if (err || opts.retval) {
		report_note(report, "crypto: skipped, no context of %s: %s",
			    ALGORITHM,
			    strerror(err ? -err : -skel->bss->crypto_error));
		return -1;
	}
	return 0;
}

/* The driver that the kernel took: of those in /proc/crypto the preferred. */
static void read_driver(char driver[REPORT_TEXT_CAP])
{
	char line[256], name[64] = "", found[64] = "", type[64];
	FILE *const f = fopen("/proc/crypto", "r");
	int priority = 0, best = -1;

	snprintf(driver, REPORT_TEXT_CAP, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "name : %63s", name) == 1 ||
		    sscanf(line, "driver : %63s", found) == 1 ||
		    sscanf(line, "priority : %d", &priority) == 1 ||
		    sscanf(line, "type : %63s", type) != 1)
			continue;
		if (priority <= best || strcmp(type, "lskcipher") ||
		    strcmp(name, ALGORITHM))
			continue;
		best = priority;
		snprintf(driver, REPORT_TEXT_CAP, "%s", found);
	}
	if (f)
		fclose(f);
}

static void add_rows(struct report *report, struct measure_candidate *c,
		     int quick)
{
	char driver[REPORT_TEXT_CAP];
	int i;

	measure_all(report, c, N, 1, quick ? 2 : 101);
	read_driver(driver);
	for (i = CALL_BAD; i < N; i++)
		report_param(c[i].row, "driver", "%s", driver);
	report_difference(report, "bitsliced encrypt alone", c[BITS_ENC].row,
			  c[EMPTY].row, "");
	report_difference(report, "bitsliced decrypt alone", c[BITS_DEC].row,
			  c[EMPTY].row, "");
	report_difference(report, "kernel encrypt alone", c[CALL_ENC].row,
			  c[EMPTY].row, "");
	report_difference(report, "kernel decrypt alone", c[CALL_DEC].row,
			  c[EMPTY].row, "");
	report_ratio(report, "encrypt, kernel / bitsliced", c[CALL_ENC].row,
		     c[BITS_ENC].row, "");
	report_ratio(report, "decrypt, kernel / bitsliced", c[CALL_DEC].row,
		     c[BITS_DEC].row, "");
}

static void measure(struct report *report,
		    const struct bench_kernel_crypto *skel, int quick)
{
	const struct {
		const char *name;
		const struct bpf_program *program;
	} rows[N] = {
		[EMPTY] = { "no block", skel->progs.crypto_empty },
		[BITS_ENC] = { "bitsliced encrypt",
			       skel->progs.crypto_bits_enc },
		[BITS_DEC] = { "bitsliced decrypt",
			       skel->progs.crypto_bits_dec },
		[CALL_BAD] = { "kernel, refused before AES",
			       skel->progs.crypto_call_bad },
		[CALL_ENC] = { "kernel encrypt", skel->progs.crypto_call_enc },
		[CALL_DEC] = { "kernel decrypt", skel->progs.crypto_call_dec },
	};
	static const uint8_t zeros[QUICLB_CID_MAX_BYTES];
	const struct quiclb_address nobody = { .family = 4 };
	struct measure_candidate c[N];
	struct trial trials[N];
	int i, fd;

	for (i = 0; i < N; i++) {
		fd = bpf_program__fd(rows[i].program);
		network_park(fd);
		trial_init(&trials[i], fd, XDP_PASS, NULL, 0);
		trial_frame(&trials[i].frame, &nobody, zeros, sizeof(zeros));
		c[i] = (struct measure_candidate){ GROUP,      rows[i].name,
						   "ns",       trial_take,
						   &trials[i], NULL };
	}
	add_rows(report, c, quick);
}

void bench_crypto(struct report *report, int quick)
{
	struct bench_kernel_crypto *skel;

	if (!kernel_has("bpf_crypto_encrypt")) {
		report_note(report, "crypto: skipped, no bpf_crypto_encrypt "
				    "in the kernel's BTF (Linux 6.10)");
		return;
	}
	skel = bench_kernel_crypto__open();
	network_must(skel != NULL, "opening kernel_crypto.bpf.o");
	if (!load(report, skel))
		measure(report, skel, quick);
	bench_kernel_crypto__destroy(skel);
}
