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
