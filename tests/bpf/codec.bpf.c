// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The shared headers alone, inside BPF: encodes or decodes what a frame says
 * and writes the result back into it.  No packet, no server, no verdict.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <quiclb/decode.h>
#include "codec_job.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CODEC_JOB_RECORDS);
	__type(key, __u32);
	__type(value, struct quiclb_record);
} codec_records SEC(".maps");

static __always_inline struct quiclb_words load(const __u8 bytes[24])
{
	return (struct quiclb_words){ { quiclb_h_load64(bytes),
					quiclb_h_load64(bytes + 8),
					quiclb_h_load64(bytes + 16) } };
}

static __always_inline void store(__u8 *bytes, int n_words, const __u64 *words)
{
	__builtin_memcpy(bytes, words, 8 * n_words);
}

static __always_inline int encode_job(struct codec_job *job)
{
	const __u32 index = job->codepoint;
	const struct quiclb_record *const rec =
		bpf_map_lookup_elem(&codec_records, &index);
	const struct quiclb_words plain = load(job->in);
	struct quiclb_words cid;
	int err;

	if (!rec)
		return QUICLB_ERR_ROTATION;
	err = quiclb_h_encode(rec, &plain, (__u8)job->first, &cid,
			      quiclb_h_encrypt, quiclb_h_decrypt);
	if (err)
		return err;
	store(job->out, 3, cid.w);
	return 0;
}

static __always_inline int decode_job(struct codec_job *job)
{
	const struct quiclb_words win = load(job->in);
	const __u32 index = quiclb_h_codepoint((__u8)win.w[0]);
	const struct quiclb_record *rec;
	struct quiclb_words plain;
	struct quiclb_block id;
	int err;

	if (!job->cid_len)
		return QUICLB_ERR_SHORT;
	rec = bpf_map_lookup_elem(&codec_records, &index);
	if (!rec || !rec->codec)
		return QUICLB_ERR_NO_CONFIG;
	if (job->cid_len < rec->min_cid_len)
		return QUICLB_ERR_SHORT;
	err = quiclb_h_decode(rec, &win, &plain, quiclb_h_encrypt,
			      quiclb_h_decrypt);
	if (err)
		return err;
	id = quiclb_h_server_id(rec, &plain);
	store(job->out, 2, id.w);
	return 0;
}

SEC("xdp")
int codec_run(struct xdp_md *ctx)
{
	struct codec_job *const job = (void *)(long)ctx->data;

	if ((void *)(job + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	if (job->operation == CODEC_JOB_ENCODE)
		job->error = (__u32)encode_job(job);
	else if (job->operation == CODEC_JOB_DECODE)
		job->error = (__u32)decode_job(job);
	else
		return XDP_ABORTED;
	return XDP_PASS;
}
