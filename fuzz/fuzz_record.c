/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared decoder and encoder on any 256 bytes, as a BPF program may find
 * them in a map: bounded, a known codec or its error, nothing outside the
 * masks.  Input: a record, then the CID.
 */
#include "fuzz.h"

/* Encoding and whole decoding write their result or nothing. */
static void run(const struct quiclb_record *rec, const uint8_t *cid, size_t len)
{
	const struct quiclb_words win = quiclb_h_window(cid, (quiclb_u32)len);
	const int want = quiclb_h_known(rec) ? 0 : QUICLB_ERR_CODEC;
	struct quiclb_words out, untouched;

	memset(&untouched, 0xa5, sizeof(untouched));
	out = untouched;
	FUZZ_MUST(quiclb_h_decode(rec, &win, &out, quiclb_h_encrypt,
				  quiclb_h_decrypt) == want);
	FUZZ_MUST(!want || !memcmp(&out, &untouched, sizeof(out)));
	out = untouched;
	FUZZ_MUST(quiclb_h_encode(rec, &win, cid[0], &out, quiclb_h_encrypt,
				  quiclb_h_decrypt) == want);
	FUZZ_MUST(!want || !memcmp(&out, &untouched, sizeof(out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const struct quiclb_block untouched = { { 1, 2 } };
	struct quiclb_block id = untouched;
	struct quiclb_record image, *rec;
	uint8_t *cid;
	int err;

	fuzz_bytes(&in, (uint8_t *)&image, sizeof(image));
	rec = fuzz_copy(&image, sizeof(image));
	cid = fuzz_copy(in.bytes, in.len);
	err = quiclb_decode_server(rec, cid, (quiclb_u32)in.len, &id);
	if (in.len < rec->min_cid_len)
		FUZZ_MUST(err == QUICLB_ERR_SHORT);
	else
		FUZZ_MUST(err == (quiclb_h_known(rec) ? 0 : QUICLB_ERR_CODEC));
	if (err) {
		FUZZ_MUST(id.w[0] == 1 && id.w[1] == 2);
	} else {
		FUZZ_MUST(!(id.w[0] & ~rec->server_id_mask[0]));
		FUZZ_MUST(!(id.w[1] & ~rec->server_id_mask[1]));
	}
	if (in.len)
		run(rec, cid, in.len);
	err = quiclb_h_valid(rec);
	FUZZ_MUST(err == 0 || (err <= -200 && err > -300));
	FUZZ_MUST(!memcmp(rec, &image, sizeof(image)));
	free(cid);
	free(rec);
	return 0;
}
