/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <string.h>

#include "codec.h"
#include "codec.skel.h"
#include "codec_job.h"

#include <quiclb/decode.h>

static struct codec_bpf *skel;

void codec_open(void)
{
	skel = codec_bpf__open_and_load();
	g_assert_nonnull(skel);
}

void codec_close(void)
{
	codec_bpf__destroy(skel);
	skel = NULL;
}

int codec_program(void)
{
	return bpf_program__fd(skel->progs.codec_run);
}

void codec_set(unsigned int codepoints, const struct quiclb_record *record)
{
	static const struct quiclb_record none;
	uint32_t c;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (codepoints & 1u << c)
			g_assert_cmpint(
				bpf_map_update_elem(
					bpf_map__fd(skel->maps.codec_records),
					&c, record ? record : &none, BPF_ANY),
				==, 0);
}

static int run(struct codec_job *job)
{
	struct codec_job back;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = job,
		    .data_size_in = sizeof(*job), .data_out = &back,
		    .data_size_out = sizeof(back), .repeat = 1);

	job->error = CODEC_JOB_UNTOUCHED;
	g_assert_cmpint(bpf_prog_test_run_opts(codec_program(), &opts), ==, 0);
	g_assert_cmpuint(opts.retval, ==, XDP_PASS);
	g_assert_cmpuint(opts.data_size_out, ==, sizeof(back));
	g_assert_cmpmem(back.in, sizeof(back.in), job->in, sizeof(job->in));
	*job = back;
	return (int)job->error;
}

/* A codepoint where the record was set. */
static quiclb_u16 codepoint_of(const struct quiclb_record *record)
{
	const unsigned int claims =
		quiclb_h_claims(record->rotation_bits, record->rotation);

	return (quiclb_u16)__builtin_ctz(claims);
}

int codec_encode(const struct quiclb_record *record, const uint8_t *plain,
		 uint8_t first, uint8_t *cid)
{
	static const uint8_t zeros[24];
	struct codec_job job = { .operation = CODEC_JOB_ENCODE,
				 .codepoint = codepoint_of(record),
				 .first = first };
	const size_t len = record->min_cid_len;
	int err;

	memcpy(job.in, plain, record->body_len);
	err = run(&job);
	if (err)
		return err;
	g_assert_cmpmem(job.out + len, sizeof(job.out) - len, zeros,
			sizeof(job.out) - len);
	memcpy(cid, job.out, len);
	return 0;
}

int codec_decode(const uint8_t *cid, size_t cid_len, uint8_t server_id[16])
{
	struct codec_job job = { .operation = CODEC_JOB_DECODE,
				 .cid_len = (quiclb_u16)cid_len };
	size_t i;
	int err;

	g_assert_cmpuint(cid_len, <=, sizeof(job.in));
	memcpy(job.in, cid, cid_len);
	for (i = cid_len; i < sizeof(job.in); i++)
		job.in[i] = (uint8_t)g_test_rand_int();
	err = run(&job);
	if (!err)
		memcpy(server_id, job.out, 16);
	return err;
}
