/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_encoder_encode() under any config that the library accepts: length,
 * first octet and server use as they must be, and both decoders give back
 * server ID, worker and nonce.  Input: a config, low bits, server use, nonce.
 */
#include "fuzz.h"

static void must_decode(const struct quiclb_config *c, const uint8_t *cid,
			size_t len, const uint8_t *nonce)
{
	struct quiclb_decoder *decoder;
	struct quiclb_decoded out;
	uint8_t plain[24];

	fuzz_plain(c, cid, len, plain);
	FUZZ_MUST(!memcmp(plain, FUZZ_ID, c->server_id_len));
	FUZZ_MUST(!memcmp(plain + c->server_id_len, nonce, c->nonce_len));
	FUZZ_MUST(!quiclb_decoder_new(&decoder));
	FUZZ_MUST(!quiclb_decoder_add(decoder, c));
	FUZZ_MUST(quiclb_decoder_cid_len(decoder, cid[0]) == (int)len);
	quiclb_decoded_init(&out);
	FUZZ_MUST(!quiclb_decoder_read(decoder, cid, len, &out));
	FUZZ_MUST(!memcmp(out.server_id, FUZZ_ID, c->server_id_len));
	FUZZ_MUST(out.worker_len == c->worker_len);
	FUZZ_MUST(!memcmp(out.nonce, nonce, c->nonce_len));
	quiclb_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t use[20], image[18], cid[20], *nonce;
	struct quiclb_encoder *encoder;
	struct quiclb_config c;
	struct quiclb_parts parts;
	size_t len;

	fuzz_random_start(0);
	fuzz_config(&in, &c);
	quiclb_parts_init(&parts);
	parts.has_low_bits = 1;
	parts.low_bits = fuzz_byte(&in);
	parts.server_use = use;
	fuzz_bytes(&in, use, sizeof(use));
	fuzz_bytes(&in, image, sizeof(image));
	if (fuzz_encoder(&c, &encoder))
		return 0;
	memcpy(image, FUZZ_WORKER, c.worker_len);
	parts.nonce = nonce = fuzz_copy(image, c.nonce_len);
	len = quiclb_encoder_cid_len(encoder);
	FUZZ_MUST(quiclb_encoder_encode(encoder, &parts, cid, len) == (int)len);
	FUZZ_MUST(!memcmp(cid + len - c.server_use_len, use, c.server_use_len));
	FUZZ_MUST(!c.encode_length ||
		  (cid[0] & 31U) + 1U + c.uncounted_len == len);
	must_decode(&c, cid, len, nonce);
	quiclb_encoder_free(encoder);
	free(nonce);
	return 0;
}
