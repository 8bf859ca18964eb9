/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared decoder and encoder on any 256 bytes, as a BPF program may find
 * them in a map: bounded, a known codec or its error, nothing outside the
 * masks, the same by both drivers.  Input: a record, then the CID.
 */
#include "fuzz.h"

/* Whole decoding and encoding: as BPF does it, or nothing at all. */
static void run(const struct quiclb_record *rec, const uint8_t *cid, size_t len)
{
	const struct quiclb_words win = quiclb_h_window(cid, (quiclb_u32)len);
	const int want = quiclb_h_known(rec) ? 0 : QUICLB_ERR_CODEC;
	struct quiclb_work back = { .body = win };
	struct quiclb_work there = { .body = win, .first = cid[0] };
	struct quiclb_words out = win;

	fuzz_steps(rec, &back, quiclb_h_decode_step);
	FUZZ_MUST(quiclb_h_decode(rec, &win, &out, quiclb_h_encrypt,
				  quiclb_h_decrypt) == want);
	FUZZ_MUST(!memcmp(&out, &back.body, sizeof(out)));
	out = win;
	fuzz_steps(rec, &there, quiclb_h_encode_step);
	FUZZ_MUST(quiclb_h_encode(rec, &win, cid[0], &out, quiclb_h_encrypt,
				  quiclb_h_decrypt) == want);
	FUZZ_MUST(!memcmp(&out, &there.body, sizeof(out)));
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
