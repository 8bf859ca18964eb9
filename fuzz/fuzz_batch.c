/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_decoder_decode_batch() with up to eight configs of any family, by each
 * way to encrypt that this CPU has: every answer is that of
 * quiclb_decoder_decode() by the portable block.  Input: count, how many CIDs,
 * configs, then the CIDs, with a length before each; they begin again.
 */
#include "model.h"

#define MAX_N 80 /* more than two groups of the library's */
#define UNTOUCHED 0xa5

/* The CIDs, in exact blocks; the first n_own of them are owned. */
struct cids {
	struct quiclb_cid_ref refs[MAX_N];
	size_t n, n_own;
};

static struct quiclb_decoder *fill(struct fuzz_input *in, uint8_t what)
{
	struct quiclb_decoder *decoder;
	struct quiclb_config config;
	uint32_t left = what % 8 + 1u;

	FUZZ_MUST(!quiclb_decoder_new(&decoder));
	if (what & 8)
		quiclb_decoder_set_known(decoder, model_known, NULL);
	for (; left; left--) {
		fuzz_config(in, &config);
		quiclb_decoder_add_tenant(decoder, &config, left);
	}
	return decoder;
}

static void take(struct fuzz_input *in, struct cids *cids, size_t n)
{
	uint8_t bytes[24], len;

	cids->n_own = 0;
	for (cids->n = 0; cids->n < n; cids->n++) {
		struct quiclb_cid_ref *const ref = &cids->refs[cids->n];

		if (!in->len && cids->n_own) {
			*ref = cids->refs[cids->n - cids->n_own];
			continue;
		}
		len = fuzz_byte(in);
		ref->cid_len = len % (sizeof(bytes) + 1);
		fuzz_bytes(in, bytes, ref->cid_len);
		ref->cid = len > 250 ? NULL : fuzz_copy(bytes, ref->cid_len);
		cids->n_own++;
	}
}

/* Returns how many have a server ID. */
static size_t one_by_one(const struct quiclb_decoder *decoder,
			 const struct cids *cids, struct quiclb_server_id *ids)
{
	size_t i, n_found = 0;

	for (i = 0; i < cids->n; i++) {
		ids[i].len = quiclb_decoder_decode(
			decoder, cids->refs[i].cid, cids->refs[i].cid_len,
			ids[i].bytes, sizeof(ids[i].bytes));
		if (ids[i].len < 0)
			continue;
		n_found++;
		/* a batch writes zeros behind */
		memset(ids[i].bytes + ids[i].len, 0,
		       sizeof(ids[i].bytes) - (size_t)ids[i].len);
	}
	return n_found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int masks[] = { 0, QUICLB_CPU_AES, ~0u };
	struct quiclb_server_id want[MAX_N], got[MAX_N];
	struct fuzz_input in = { data, size };
	const uint8_t what = fuzz_byte(&in), n = fuzz_byte(&in) % (MAX_N + 1);
	struct quiclb_decoder *const decoder = fill(&in, what);
	struct cids cids;
	size_t n_found, i;

	take(&in, &cids, n);
	memset(want, UNTOUCHED, sizeof(want));
	quiclb_set_cpu_mask(0);
	n_found = one_by_one(decoder, &cids, want);
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		quiclb_set_cpu_mask(masks[i]);
		memset(got, UNTOUCHED, sizeof(got));
		FUZZ_MUST(one_by_one(decoder, &cids, got) == n_found);
		FUZZ_MUST(!memcmp(got, want, sizeof(want)));
		memset(got, UNTOUCHED, sizeof(got));
		FUZZ_MUST(quiclb_decoder_decode_batch(decoder, cids.refs, got,
						      n) == n_found);
		FUZZ_MUST(!memcmp(got, want, sizeof(want)));
	}
	for (i = 0; i < cids.n_own; i++)
		free((void *)(uintptr_t)cids.refs[i].cid);
	quiclb_decoder_free(decoder);
	return 0;
}
