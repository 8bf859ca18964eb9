/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_encoder_rotate() and _retire() in any order: a config is taken if no
 * codepoint gets two meanings, and cid_length has the length of every config
 * that is not retired.  Input: configs, an octet before each.
 */
#include "model.h"

static struct model model;

static void issue(struct quiclb_encoder *e)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int octet, i, len = quiclb_encoder_next(e, cid, sizeof(cid));

	/* nonces of 0 or 1 byte end soon: plain-07 */
	FUZZ_MUST(len == QUICLB_ERR_EXHAUSTED ||
		  len == quiclb_encoder_cid_length(e, cid[0]));
	for (octet = 0; octet < 256; octet += 17) {
		len = quiclb_encoder_cid_length(e, (uint8_t)octet);
		i = model_find(&model, (uint8_t)octet);
		/* a server's own unroutable CIDs have a length, too */
		FUZZ_MUST(i >= 0 ? len == model.records[i].cid_len
				 : len == i || (i == QUICLB_ERR_RESERVED &&
						len >= 8 && len <= 20));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct quiclb_encoder *e = NULL, *next;
	struct quiclb_config config;
	uint8_t octet;
	int fits;

	model.n = 0;
	fuzz_random_start(0);
	while (in.len) {
		octet = fuzz_byte(&in);
		if (!quiclb_encoder_retire(e, octet))
			FUZZ_MUST(model_forget(&model, octet));
		fuzz_config(&in, &config);
		if (fuzz_encoder(&config, &next))
			continue;
		fits = model_take(&model, &config, 0, 1);
		FUZZ_MUST(!e || (quiclb_encoder_rotate(e, next) == 0) == fits);
		if (!fits)
			quiclb_encoder_free(next);
		else if (!e)
			e = next;
		issue(e);
	}
	quiclb_encoder_free(e);
	return 0;
}
