/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * native.h as functions: the only file that is compiled for a CPU with AES
 * instructions of its own, beside those of many blocks.
 */
#include "one.h"
#include "private.h"

#if QUICLB_HAVE_NATIVE

QUICLB_NATIVE void quiclb_priv_native_prepare(struct quiclb_cipher *cipher,
					      const struct quiclb_record *rec)
{
	quiclb_native_prepare(cipher, rec);
}

QUICLB_NATIVE void
quiclb_priv_native_encrypt(const struct quiclb_cipher *cipher,
			   struct quiclb_block *block)
{
	quiclb_h_native_encrypt(&cipher->record, block);
}

QUICLB_NATIVE void
quiclb_priv_native_decrypt(const struct quiclb_cipher *cipher,
			   struct quiclb_block *block)
{
	quiclb_h_native_decrypt(&cipher->record, block);
}

QUICLB_NATIVE void
quiclb_priv_native_encrypt_row(const struct quiclb_cipher *cipher,
			       struct quiclb_block *blocks, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		quiclb_h_native_encrypt_block(cipher->encrypt, &blocks[i]);
}

QUICLB_NATIVE void
quiclb_priv_native_decrypt_row(const struct quiclb_cipher *cipher,
			       struct quiclb_block *blocks, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		quiclb_h_native_decrypt_block(cipher->decrypt, &blocks[i]);
}

/*
 * A function for each codec, so that none saves registers or makes room on the
 * stack for what only another needs.
 */
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	QUICLB_NATIVE QUICLB_OUTLINE int server_id_##lower(                    \
		const struct quiclb_cipher *cipher, const uint8_t *cid,        \
		uint8_t *server_id)                                            \
	{                                                                      \
		const struct quiclb_record *const rec = &cipher->record;       \
		struct quiclb_work work =                                      \
			quiclb_h_work_on(cid, rec->min_cid_len);               \
		struct quiclb_block id;                                        \
                                                                               \
		quiclb_h_run(rec, &work, quiclb_##lower##_decode,              \
			     quiclb_h_native_encrypt,                          \
			     quiclb_h_native_decrypt);                         \
		id = quiclb_h_server_id(rec, &work.body);                      \
		quiclb_priv_store_block(server_id, &id, rec->server_id_len);   \
		return rec->server_id_len;                                     \
	}
QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW

int quiclb_priv_native_server_id(const struct quiclb_cipher *cipher,
				 const uint8_t *cid, uint8_t *server_id)
{
	switch (cipher->record.codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return server_id_##lower(cipher, cid, server_id);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return 0; /* was checked when the cipher was made */
	}
}

/* A CID of single-pass: a block behind the first octet. */
#define ONE_BLOCK_CID_BYTES (1 + QUICLB_BLOCK_BYTES)

/*
 * CIDs one after the other, of a codec that has one block or none: the CPU
 * begins the next ones while it waits for AES, and nothing goes through memory
 * in between.  None of other codecs, as the compiler knows.
 */
QUICLB_NATIVE_INLINE size_t decode_row(const struct quiclb_cipher *cipher,
				       unsigned int claims,
				       const struct quiclb_cid_ref *cids,
				       struct quiclb_server_id *ids, size_t n,
				       quiclb_step_fn *next,
				       quiclb_u8 min_cid_len)
{
	const struct quiclb_record *const rec = &cipher->record;
	struct quiclb_work probe = { 0 };
	size_t i;

	if (next(rec, &probe, 1) != QUICLB_STEP_DONE)
		return 0;
	for (i = 0; i < n; i++) {
		struct quiclb_work work;
		struct quiclb_block id;

		/* its own length: said so that a codec need not look again */
		if (!quiclb_priv_is_easy(&cids[i], min_cid_len, claims) ||
		    rec->min_cid_len != min_cid_len)
			break;
		work = quiclb_h_work_on(cids[i].cid, min_cid_len);
		quiclb_h_run(rec, &work, next, quiclb_h_native_encrypt,
			     quiclb_h_native_decrypt);
		id = quiclb_h_server_id(rec, &work.body);
		quiclb_priv_store_id(ids[i].bytes, &id);
		ids[i].len = rec->server_id_len;
	}
	return i;
}

QUICLB_NATIVE size_t quiclb_priv_native_decode_row(
	const struct quiclb_cipher *cipher, unsigned int claims,
	const struct quiclb_cid_ref *cids, struct quiclb_server_id *ids,
	size_t n)
{
	const quiclb_u8 len = cipher->record.min_cid_len;

	switch (cipher->record.codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return len == ONE_BLOCK_CID_BYTES                              \
			       ? decode_row(cipher, claims, cids, ids, n,      \
					    quiclb_##lower##_decode,           \
					    ONE_BLOCK_CID_BYTES)               \
			       : decode_row(cipher, claims, cids, ids, n,      \
					    quiclb_##lower##_decode, len);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return 0;
	}
}

QUICLB_NATIVE void quiclb_priv_native_decode(const struct quiclb_cipher *cipher,
					     const uint8_t *cid,
					     struct quiclb_words *plain)
{
	quiclb_h_decode_cid(&cipher->record, cid, plain,
			    quiclb_h_native_encrypt, quiclb_h_native_decrypt);
}

#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	QUICLB_NATIVE QUICLB_OUTLINE void encode_##lower(                      \
		const struct quiclb_cipher *cipher, uint64_t w0, uint64_t w1,  \
		uint64_t w2, uint8_t first, uint8_t *cid)                      \
	{                                                                      \
		const struct quiclb_record *const rec = &cipher->record;       \
		const struct quiclb_words plain = { { w0, w1, w2 } };          \
		struct quiclb_work work = quiclb_h_work(&plain);               \
                                                                               \
		work.first = first;                                            \
		quiclb_h_run(rec, &work, quiclb_##lower##_encode,              \
			     quiclb_h_native_encrypt,                          \
			     quiclb_h_native_decrypt);                         \
		quiclb_priv_store(cid, &work.body, rec->min_cid_len);          \
	}
QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW

void quiclb_priv_native_encode(const struct quiclb_cipher *cipher, uint64_t w0,
			       uint64_t w1, uint64_t w2, uint8_t first,
			       uint8_t *cid)
{
	switch (cipher->record.codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		encode_##lower(cipher, w0, w1, w2, first, cid);                \
		return;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	}
}

#endif /* QUICLB_HAVE_NATIVE */
