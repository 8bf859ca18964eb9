/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_decoder_decode() and the shared header against the textbook, for
 * every codec: the same configs are refused, the same server ID and nonce are
 * found, or none for the same reason.  Input: a config, then the CID.
 */
#include "book.h"

static int by_library(const struct quiclb_config *config, const uint8_t *cid,
		      size_t len, uint8_t *id)
{
	struct quiclb_decoder *decoder;
	int result;

	FUZZ_MUST(!quiclb_decoder_new(&decoder));
	FUZZ_MUST(!quiclb_decoder_add(decoder, config));
	result = quiclb_decoder_decode(decoder, cid, len, id,
				       QUICLB_SERVER_ID_CAP_BYTES);
	quiclb_decoder_free(decoder);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t id[16], nonce[18], ours[QUICLB_SERVER_ID_CAP_BYTES], plain[24];
	struct textbook_config book;
	struct quiclb_config config;
	uint8_t *cid;
	int theirs, result;

	fuzz_config(&in, &config);
	if (!book_config(&config, &book))
		return 0;
	cid = fuzz_copy(in.bytes, in.len);
	theirs = textbook_decode_all(&book, cid, in.len, id, nonce);
	FUZZ_MUST(!quiclb_config_check(&config) ==
		  (theirs < TEXTBOOK_BAD_LENGTHS));
	if (theirs < TEXTBOOK_BAD_LENGTHS) {
		result = by_library(&config, cid, in.len, ours);
		/* the textbook takes any rotation as the config's */
		FUZZ_MUST(result == QUICLB_ERR_NO_CONFIG ||
			  result == (theirs == TEXTBOOK_TOO_SHORT
					     ? QUICLB_ERR_SHORT
				     : theirs == TEXTBOOK_RESERVED
					     ? QUICLB_ERR_RESERVED
					     : config.server_id_len));
		FUZZ_MUST(result < 0 || !memcmp(ours, id, (size_t)result));
	}
	if (theirs == TEXTBOOK_OK) {
		fuzz_plain(&config, cid, in.len, plain);
		FUZZ_MUST(!memcmp(plain, id, config.server_id_len));
		FUZZ_MUST(!memcmp(plain + config.server_id_len, nonce,
				  config.nonce_len));
	}
	free(cid);
	return 0;
}
