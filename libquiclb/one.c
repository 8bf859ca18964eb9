/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CID, by the CPU's instructions or by the portable block.
 */
#include "one.h"
#include "private.h"

/* A macro, so that no compiler looks for functions that are not there. */
#define NATIVE() (QUICLB_HAVE_NATIVE && quiclb_priv_cpu() & QUICLB_CPU_AES)

/*
 * The portable ways stand alone, so that what they save on the stack is not
 * saved for the CPU's instructions, to which it would show: 1 to 4 ns.
 */
QUICLB_OUTLINE int portable_server_id(const struct quiclb_cipher *cipher,
				      const uint8_t *cid, uint8_t *server_id)
{
	const struct quiclb_record *const rec = &cipher->record;
	struct quiclb_block id = { { 0, 0 } };

	quiclb_decode_server(rec, cid, rec->min_cid_len, &id);
	quiclb_priv_store_block(server_id, &id, rec->server_id_len);
	return rec->server_id_len;
}

QUICLB_OUTLINE void portable_decode(const struct quiclb_cipher *cipher,
				    const uint8_t *cid,
				    struct quiclb_words *plain)
{
	quiclb_h_decode_cid(&cipher->record, cid, plain, quiclb_h_encrypt,
			    quiclb_h_decrypt);
}

QUICLB_OUTLINE void portable_encode(const struct quiclb_cipher *cipher,
				    uint64_t w0, uint64_t w1, uint64_t w2,
				    uint8_t first, uint8_t *cid)
{
	const struct quiclb_record *const rec = &cipher->record;
	const struct quiclb_words plain = { { w0, w1, w2 } };
	struct quiclb_words body = { { 0, 0, 0 } };

	quiclb_h_encode(rec, &plain, first, &body, quiclb_h_encrypt,
			quiclb_h_decrypt);
	quiclb_priv_store(cid, &body, rec->min_cid_len);
}

int quiclb_priv_one_server_id(const struct quiclb_cipher *cipher,
			      const uint8_t *cid, uint8_t *server_id)
{
	return NATIVE() ? quiclb_priv_native_server_id(cipher, cid, server_id)
			: portable_server_id(cipher, cid, server_id);
}

size_t quiclb_priv_one_decode_row(const struct quiclb_cipher *cipher,
				  unsigned int claims,
				  const struct quiclb_cid_ref *cids,
				  struct quiclb_server_id *ids, size_t n)
{
	return NATIVE() ? quiclb_priv_native_decode_row(cipher, claims, cids,
							ids, n)
			: 0;
}

void quiclb_priv_one_decode(const struct quiclb_cipher *cipher,
			    const uint8_t *cid, struct quiclb_words *plain)
{
	if (NATIVE())
		quiclb_priv_native_decode(cipher, cid, plain);
	else
		portable_decode(cipher, cid, plain);
}

void quiclb_priv_one_encode(const struct quiclb_cipher *cipher, uint64_t w0,
			    uint64_t w1, uint64_t w2, uint8_t first,
			    uint8_t *cid)
{
	if (NATIVE())
		quiclb_priv_native_encode(cipher, w0, w1, w2, first, cid);
	else
		portable_encode(cipher, w0, w1, w2, first, cid);
}
