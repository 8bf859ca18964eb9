/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before anything is timed: byte for byte, the same from all ways.
 */
#include <stdio.h>
#include <string.h>

#include "cid.h"

static int wrong(const struct cid_case *c, const char *what)
{
	fprintf(stderr, "quiclb: bench: %s: wrong result: %s\n", c->name, what);
	return -1;
}

static int differs(const struct cid_case *c, const uint8_t *id, size_t i)
{
	return memcmp(id, c->ids[i], c->config.server_id_len) != 0;
}

static int check_decoder(struct cid_case *c)
{
	const int len = c->config.server_id_len;
	struct quiclb_server_id ids[CID_N];
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t i;

	if (quiclb_decoder_decode_batch(c->decoder, c->refs, ids, CID_N) !=
	    CID_N)
		return wrong(c, "batch decode");
	for (i = 0; i < CID_N; i++) {
		if (quiclb_decoder_decode(c->decoder, c->refs[i].cid,
					  QUICLB_CID_MAX_BYTES, id,
					  sizeof(id)) != len ||
		    differs(c, id, i))
			return wrong(c, "decode");
		if (ids[i].len != len || differs(c, ids[i].bytes, i))
			return wrong(c, "batch decode");
	}
	return 0;
}

static int check_given_nonces(struct cid_case *c)
{
	struct quiclb_parts parts;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t i;

	quiclb_parts_init(&parts);
	parts.has_low_bits = 1;
	parts.low_bits = c->first;
	for (i = 0; i < CID_N; i++) {
		parts.nonce = c->nonces + CID_STRIDE * i;
		if (quiclb_encoder_encode(c->encoder, &parts, cid,
					  sizeof(cid)) != (int)c->cid_len ||
		    memcmp(cid, c->encoded[i], c->cid_len))
			return wrong(c, "encode");
	}
	return 0;
}

/* Whether a CID of the encoder's names its server. */
static int is_own(const struct cid_case *c, const uint8_t *cid)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];

	return quiclb_decoder_decode(c->decoder, cid, c->cid_len, id,
				     sizeof(id)) == c->config.server_id_len &&
	       !memcmp(id, c->server_id, c->config.server_id_len);
}

static int check_next(struct cid_case *c)
{
	uint8_t cids[CID_N * CID_STRIDE];
	size_t i;

	if (quiclb_encoder_next(c->encoder, cids, CID_STRIDE) < 0 ||
	    !is_own(c, cids))
		return wrong(c, "next");
	if (quiclb_encoder_next_batch(c->encoder, cids, CID_STRIDE, CID_N) !=
	    CID_N)
		return wrong(c, "batch of next");
	for (i = 0; i < CID_N; i++)
		if (!is_own(c, cids + CID_STRIDE * i))
			return wrong(c, "batch of next");
	return 0;
}

static int check_book(struct cid_case *c)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t i;

	for (i = 0; i < CID_N; i++) {
		textbook_encode(&c->book, c->nonces + CID_STRIDE * i, cid);
		if (memcmp(cid, c->encoded[i], c->cid_len))
			return wrong(c, "textbook encode");
		textbook_decode(&c->book, c->refs[i].cid, id);
		if (differs(c, id, i))
			return wrong(c, "textbook decode");
		textbook_decode_all(&c->book, c->refs[i].cid, id);
		if (differs(c, id, i))
			return wrong(c, "textbook decode in 4 passes");
	}
	return 0;
}

int cid_check(struct cid_case *c)
{
	static const unsigned int masks[] = { 0, QUICLB_CPU_AES, ~0u };
	size_t i;
	int bad = 0;

	for (i = 0; !bad && i < sizeof(masks) / sizeof(masks[0]); i++) {
		quiclb_set_cpu_mask(masks[i]);
		bad = check_decoder(c) || check_given_nonces(c) ||
		      check_next(c);
	}
	if (!bad && c->has_book)
		bad = check_book(c);
	return bad ? -1 : 0;
}

/* "encrypt 3 blocks, ..." against as many of the portable one. */
static int check_reference(struct cid_case *c, const struct cid_op *op)
{
	const int encrypt = !strncmp(op->name, "encrypt ", 8);
	const uint64_t blocks = (uint64_t)(op->name[8] - '0');
	cid_op_fn *const portable = cid_references[encrypt ? 1 : 2].run;

	if (op->run(c, CID_N) == portable(c, CID_N * blocks))
		return 0;
	return wrong(c, op->name);
}

int cid_check_references(struct cid_case *c)
{
	const struct cid_op *op;

	for (op = cid_native_references; op->name; op++)
		if (quiclb_cpu() & QUICLB_CPU_AES && check_reference(c, op))
			return -1;
	return 0;
}
