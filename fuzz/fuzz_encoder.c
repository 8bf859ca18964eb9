/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_encoder_next() and _fill(), before and after splits, with random
 * numbers that may fail: what is issued decodes to its server, costs one
 * nonce, and what is not issued costs none and says so.  Input: a config, then
 * steps of a byte.
 */
#include "fuzz.h"

static void issue(struct quiclb_encoder *e, const struct quiclb_config *c,
		  uint8_t step)
{
	const size_t cap = step & 0x20 ? quiclb_encoder_cid_len(e) : step % 24;
	const uint64_t before = quiclb_encoder_remaining(e);
	uint8_t *const cid = malloc(cap ? cap : 1);
	int len, want = 0;

	FUZZ_MUST(cid);
	len = step & 0x40 ? quiclb_encoder_fill(e, cid, cap) * (int)cap
			  : quiclb_encoder_next(e, cid, cap);
	if (len > 0) {
		FUZZ_MUST((size_t)len == quiclb_encoder_cid_len(e));
		fuzz_must_be_ours(c, cid, (size_t)len);
	} else if (cap && step & 0x40) {
		want = quiclb_encoder_cid_length(e, cid[0]);
		FUZZ_MUST(want == (int)cap || cap < 8 || cap > 20 ||
			  quiclb_h_family(c->codec) > QUICLB_FAMILY_DRAFT2);
	}
	FUZZ_MUST(before - quiclb_encoder_remaining(e) == (len > 0));
	free(cid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct quiclb_encoder *e, *part;
	struct quiclb_config config;
	uint8_t step;

	fuzz_random_start(0);
	fuzz_config(&in, &config);
	if (fuzz_encoder(&config, &e))
		return 0;
	fuzz_random_start(size & 1);
	while (in.len) {
		step = fuzz_byte(&in);
		if (!(step & 0x80)) {
			issue(e, &config, step);
		} else if (!quiclb_encoder_split(e, step % 4, step / 4 % 8U,
						 &part)) {
			FUZZ_MUST(quiclb_encoder_remaining(e) == 0);
			quiclb_encoder_free(e);
			e = part;
		}
	}
	quiclb_encoder_free(e);
	return 0;
}
