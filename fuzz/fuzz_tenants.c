/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_decoder_add_tenant() and _remove(): a config is taken if its
 * codepoints are free, or shared with all and only those that have the same,
 * up to the limit; nothing else changes.  Input: an octet and a config, again
 * and again.
 */
#include "model.h"

/* 2..20, an error of the packet's, or tenants that differ. */
static void must_have_length(const struct quiclb_decoder *decoder,
			     const struct model *model, uint8_t octet)
{
	const int len = quiclb_decoder_cid_len(decoder, octet);
	uint8_t cid[QUICLB_CID_MAX_BYTES] = { octet };
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	const int want = model_decode(model, cid, sizeof(cid), id);

	if (len == QUICLB_ERR_RESERVED || len == QUICLB_ERR_NO_CONFIG)
		FUZZ_MUST(want == len);
	else if (len < 0)
		FUZZ_MUST(len == QUICLB_ERR_AMBIGUOUS && model->n > 1);
	else
		FUZZ_MUST(len >= 2 && len <= QUICLB_CID_MAX_BYTES);
	if (want >= 0 && len > 0)
		FUZZ_MUST(len == model->records[want].cid_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model model;
	struct fuzz_input in = { data, size };
	struct quiclb_decoder *decoder;
	struct quiclb_config config;
	uint8_t octet;
	int err;

	model.n = 0;
	FUZZ_MUST(!quiclb_decoder_new(&decoder));
	quiclb_decoder_set_known(decoder, model_known, NULL);
	while (in.len && model.n < MODEL_MAX) {
		octet = fuzz_byte(&in);
		if (octet & 1) {
			err = quiclb_decoder_remove(decoder, octet);
			FUZZ_MUST((err == 0) == model_forget(&model, octet));
		}
		fuzz_config(&in, &config);
		err = quiclb_decoder_add_tenant(decoder, &config, octet);
		FUZZ_MUST((err == 0) ==
			  model_take(&model, &config, octet, QUICLB_N_TENANTS));
		must_have_length(decoder, &model, octet);
	}
	quiclb_decoder_free(decoder);
	return 0;
}
