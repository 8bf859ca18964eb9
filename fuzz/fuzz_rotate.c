/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_encoder_rotate() and _retire() in any order: CIDs issued under every
 * config that is not retired keep the length that cid_length says, and no
 * codepoint has two meanings.  Input: configs, an octet before each.
 */
#include "fuzz.h"

static uint8_t lengths[QUICLB_N_CODEPOINTS]; /* of CIDs issued, or 0 */

static void must_know_lengths(const struct quiclb_encoder *e)
{
	int octet, len;

	for (octet = 0; octet < 256; octet += 17) {
		len = quiclb_encoder_cid_length(e, (uint8_t)octet);
		FUZZ_MUST(!lengths[octet >> 5] || lengths[octet >> 5] == len);
		FUZZ_MUST(quiclb_is_unroutable(len) ||
			  (len >= 2 && len <= QUICLB_CID_MAX_BYTES));
	}
}

static void issue(struct quiclb_encoder *e)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const int len = quiclb_encoder_next(e, cid, sizeof(cid));

	if (len == QUICLB_ERR_EXHAUSTED) /* plain-07: nonces of 0 or 1 byte */
		return;
	FUZZ_MUST(len == (int)quiclb_encoder_cid_len(e));
	FUZZ_MUST(quiclb_encoder_cid_length(e, cid[0]) == len);
	lengths[cid[0] >> 5] = (uint8_t)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct quiclb_encoder *e = NULL, *next;
	struct quiclb_config config;
	uint8_t octet;

	memset(lengths, 0, sizeof(lengths));
	fuzz_random_start(0);
	while (in.len) {
		octet = fuzz_byte(&in);
		if (!quiclb_encoder_retire(e, octet))
			memset(lengths, 0, sizeof(lengths));
		fuzz_config(&in, &config);
		if (fuzz_encoder(&config, &next))
			continue;
		if (!e)
			e = next;
		else if (quiclb_encoder_rotate(e, next))
			quiclb_encoder_free(next);
		issue(e);
		must_know_lengths(e);
	}
	quiclb_encoder_free(e);
	return 0;
}
