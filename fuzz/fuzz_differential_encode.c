/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_encoder_encode() against the textbook, for every codec: the same
 * configs are refused, the same CID is made.  Input: a config, low bits, server
 * use, nonce.
 */
#include "book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t use[20], nonce[20], ours[20] = { 0 }, theirs[20] = { 0 };
	const uint8_t *const fields[3] = { (const uint8_t *)FUZZ_ID, nonce,
					   use };
	struct quiclb_encoder *encoder;
	struct textbook_config book;
	struct quiclb_config config;
	struct quiclb_parts parts;
	int wrong, result;
	size_t len = 0;

	fuzz_random_start(0);
	fuzz_config(&in, &config);
	if (!book_config(&config, &book))
		return 0;
	quiclb_parts_init(&parts);
	parts.has_low_bits = 1;
	parts.low_bits = fuzz_byte(&in);
	parts.server_use = use;
	parts.nonce = nonce;
	fuzz_bytes(&in, use, sizeof(use));
	fuzz_bytes(&in, nonce, sizeof(nonce));
	wrong = textbook_encode(&book, fields, parts.low_bits, theirs, &len);
	FUZZ_MUST(!quiclb_config_check(&config) == !wrong);
	if (wrong)
		return 0;
	FUZZ_MUST(!fuzz_encoder(&config, &encoder));
	result = quiclb_encoder_encode(encoder, &parts, ours, len);
	FUZZ_MUST(result == (int)len && !memcmp(ours, theirs, sizeof(ours)));
	quiclb_encoder_free(encoder);
	return 0;
}
