/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From fields to a CID and back.  Slow and obvious on purpose: whoever doubts
 * the library reads this beside the draft.
 */
#include <string.h>

#include "textbook_private.h"

static uint8_t first_octet(const struct textbook_config *c, size_t cid_len,
			   unsigned int low_bits)
{
	if (c->self_length)
		low_bits = (unsigned int)(cid_len - 1 - c->uncounted_len);
	switch (c->rotation_bits) {
	case 3:
		return (uint8_t)(c->rotation * 32 + low_bits % 32);
	case 2:
		return (uint8_t)(c->rotation * 64 + low_bits % 64);
	default:
		return (uint8_t)low_bits;
	}
}

/* Bit 0 is the first on the wire: the highest of byte 0. */
static unsigned int get_bit(const uint8_t *bytes, size_t bit)
{
	return (bytes[bit / 8] >> (7 - bit % 8)) & 1;
}

static void set_bit(uint8_t *bytes, size_t bit, unsigned int value)
{
	const unsigned int mask = 1U << (7 - bit % 8);

	if (value)
		bytes[bit / 8] |= (uint8_t)mask;
	else
		bytes[bit / 8] &= (uint8_t)~mask;
}

/*
 * From first octet | server ID to version (bits 0 and 1), host (bits 2 to 17),
 * the octet's other six bits (18 to 23).
 */
static void mvfst_1_encode(uint8_t head[3])
{
	const uint8_t in[3] = { head[0], head[1], head[2] };
	size_t i;

	for (i = 0; i < 16; i++)
		set_bit(head, 2 + i, get_bit(in, 8 + i));
	for (i = 0; i < 6; i++)
		set_bit(head, 18 + i, get_bit(in, 2 + i));
}

/* The host to where the server ID is; nobody wants the six bits back. */
static void mvfst_1_decode(uint8_t head[3])
{
	const uint8_t in[3] = { head[0], head[1], head[2] };
	size_t i;

	for (i = 0; i < 16; i++)
		set_bit(head, 8 + i, get_bit(in, 2 + i));
}

enum textbook_result textbook_encode(const struct textbook_config *config,
				     const uint8_t *const fields[3],
				     unsigned int low_bits, uint8_t *cid,
				     size_t *cid_len)
{
	const size_t lens[3] = { config->server_id_len, config->nonce_len,
				 config->server_use_len };
	const size_t head = textbook_head_len(config);
	const size_t len = head + lens[0] + lens[1] + lens[2];
	const enum textbook_result result = textbook_check(config);
	size_t at = head, i;

	if (result != TEXTBOOK_OK)
		return result;
	if (head)
		cid[0] = first_octet(config, len, low_bits);
	for (i = 0; i < 3; i++) {
		if (lens[i])
			memcpy(cid + at, fields[i], lens[i]);
		at += lens[i];
	}
	textbook_transform(config, 1, cid + head);
	if (config->codec == TEXTBOOK_MVFST_1)
		mvfst_1_encode(cid);
	*cid_len = len;
	return TEXTBOOK_OK;
}

enum textbook_result textbook_decode_all(const struct textbook_config *config,
					 const uint8_t *cid, size_t cid_len,
					 uint8_t *server_id, uint8_t *nonce)
{
	const size_t head = textbook_head_len(config);
	const size_t len = head + config->server_id_len + config->nonce_len;
	const enum textbook_result result = textbook_check(config);
	uint8_t bytes[20];

	if (result != TEXTBOOK_OK)
		return result;
	if (cid_len < 1)
		return TEXTBOOK_TOO_SHORT;
	if (textbook_is_reserved(config, cid[0]))
		return TEXTBOOK_RESERVED;
	if (cid_len < len)
		return TEXTBOOK_TOO_SHORT;
	memcpy(bytes, cid, len);
	if (config->codec == TEXTBOOK_MVFST_1)
		mvfst_1_decode(bytes);
	textbook_transform(config, 0, bytes + head);
	memcpy(server_id, bytes + head, config->server_id_len);
	if (config->nonce_len)
		memcpy(nonce, bytes + head + config->server_id_len,
		       config->nonce_len);
	return TEXTBOOK_OK;
}

enum textbook_result textbook_decode(const struct textbook_config *config,
				     const uint8_t *cid, size_t cid_len,
				     uint8_t *server_id)
{
	uint8_t nonce[18];

	return textbook_decode_all(config, cid, cid_len, server_id, nonce);
}
