/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_decoder_read() and _decode() with up to eight configs of any family:
 * whose server ID a CID holds is what the shared header says of the configs of
 * its codepoint, one after the other.  Input: count, room, configs, the CID.
 */
#include "model.h"

static struct quiclb_decoder *fill(struct fuzz_input *in, struct model *model)
{
	uint8_t left = fuzz_byte(in) % 8 + 1;
	struct quiclb_decoder *decoder;
	struct quiclb_config config;

	FUZZ_MUST(!quiclb_decoder_new(&decoder));
	quiclb_decoder_set_known(decoder, model_known, NULL);
	for (model->n = 0; left; left--) {
		fuzz_config(in, &config);
		if (quiclb_decoder_add_tenant(decoder, &config, left))
			continue;
		model->tenants[model->n] = left;
		FUZZ_MUST(!quiclb_config_compile(&config,
						 &model->records[model->n++]));
	}
	return decoder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model model;
	struct fuzz_input in = { data, size };
	const uint8_t room = fuzz_byte(&in) % 20;
	struct quiclb_decoder *const decoder = fill(&in, &model);
	uint8_t *const cid = fuzz_copy(in.bytes, in.len);
	uint8_t *const server_id = fuzz_copy(data, size < room ? size : room);
	const size_t cap = size < room ? size : room;
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	const int want = model_decode(&model, cid, in.len, id);
	struct quiclb_decoded out;
	int err, len;

	quiclb_decoded_init(&out);
	err = quiclb_decoder_read(decoder, cid, in.len, &out);
	len = quiclb_decoder_decode(decoder, cid, in.len, server_id, cap);
	FUZZ_MUST(err == (want < 0 ? want : 0));
	if (err) {
		FUZZ_MUST(len == err && !out.cid_len && !out.server_id_len);
	} else {
		FUZZ_MUST(out.tenant == model.tenants[want]);
		FUZZ_MUST(out.cid_len == model.records[want].cid_len);
		FUZZ_MUST(!memcmp(out.server_id, id, sizeof(id)));
		FUZZ_MUST(len == (cap < out.server_id_len ? QUICLB_ERR_SPACE
							  : out.server_id_len));
		FUZZ_MUST(len < 0 || !memcmp(server_id, id, (size_t)len));
	}
	quiclb_decoder_free(decoder);
	free(server_id);
	free(cid);
	return 0;
}
