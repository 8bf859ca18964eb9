/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The decoder and the encoder of decode.h on the AES instructions of the CPU,
 * inlined: what a data path takes that cannot afford a call.  libquiclb itself
 * is made of it.
 *
 * Functions that call these must be compiled for such a CPU: with -maes or
 * -march=armv8-a+crypto, or as QUICLB_NATIVE, and be entered only if it is one
 * (quiclb_cpu() & QUICLB_CPU_AES).  Without a compiler or CPU that can,
 * QUICLB_HAVE_NATIVE is 0 and there is nothing else here.
 */
#ifndef QUICLB_NATIVE_H
#define QUICLB_NATIVE_H

#include "decode.h"

#if (defined(__GNUC__) || defined(__clang__)) &&                               \
	(defined(__x86_64__) || defined(__i386__))
#define QUICLB_HAVE_NATIVE 1
#include "x86.h"
#elif (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__) &&     \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define QUICLB_HAVE_NATIVE 1
#include "armv8.h"
#else
#define QUICLB_HAVE_NATIVE 0
#endif

#define QUICLB_SCHEDULE_BYTES ((QUICLB_AES_ROUNDS + 1) * QUICLB_BLOCK_BYTES)

/*
 * A record, and the round keys of its key as instructions want them.  Never
 * written to once made, so any number of threads may share it.
 */
struct quiclb_cipher {
	struct quiclb_record record; /* first: a block function is given it */
	quiclb_u8 encrypt[QUICLB_SCHEDULE_BYTES];
	quiclb_u8 decrypt[QUICLB_SCHEDULE_BYTES];
};

/* Round keys in the order of FIPS 197, from the bitsliced ones of a record. */
QUICLB_INLINE void quiclb_h_unslice_schedule(const struct quiclb_record *rec,
					     quiclb_u8 *schedule)
{
	struct quiclb_block k;
	int i, j;

	for (i = 0; i <= QUICLB_AES_ROUNDS; i++) {
		k.w[0] = rec->round_keys[2 * i];
		k.w[1] = rec->round_keys[2 * i + 1];
		quiclb_h_aes_unslice(&k);
		for (j = 0; j < QUICLB_BLOCK_BYTES; j++)
			schedule[i * QUICLB_BLOCK_BYTES + j] =
				(quiclb_u8)(k.w[j >> 3] >> 8 * (j & 7));
	}
}

#if QUICLB_HAVE_NATIVE

/**
 * quiclb_native_prepare() - makes a cipher for the functions below
 * @param[out] cipher the caller wipes it (quiclb_wipe())
 * @param rec       from quiclb_config_compile()
 * Time: constant in the key.  Since: 0.2.0.
 */
QUICLB_NATIVE_INLINE void quiclb_native_prepare(struct quiclb_cipher *cipher,
						const struct quiclb_record *rec)
{
	cipher->record = *rec;
	quiclb_h_unslice_schedule(rec, cipher->encrypt);
	quiclb_h_native_invert(cipher->encrypt, cipher->decrypt);
}

/* The block functions for quiclb_h_decode(), of the record of a key. */
QUICLB_NATIVE_INLINE void
quiclb_h_native_encrypt(const struct quiclb_record *rec,
			struct quiclb_block *block)
{
	quiclb_h_native_encrypt_block(
		((const struct quiclb_cipher *)(const void *)rec)->encrypt,
		block);
}

QUICLB_NATIVE_INLINE void
quiclb_h_native_decrypt(const struct quiclb_record *rec,
			struct quiclb_block *block)
{
	quiclb_h_native_decrypt_block(
		((const struct quiclb_cipher *)(const void *)rec)->decrypt,
		block);
}

/**
 * quiclb_native_decode_server() - quiclb_decode_server() by AES instructions
 * @param cipher         for this CID's rotation
 * @param cid, cid_len, server_id  as there
 * @return as there
 * Threads, time: as there.  Since: 0.2.0.
 */
QUICLB_NATIVE_INLINE int
quiclb_native_decode_server(const struct quiclb_cipher *cipher,
			    const quiclb_u8 *cid, quiclb_u32 cid_len,
			    struct quiclb_block *server_id)
{
	return quiclb_h_decode_server(&cipher->record, cid, cid_len, server_id,
				      quiclb_h_native_encrypt,
				      quiclb_h_native_decrypt);
}

/**
 * quiclb_native_encode() - quiclb_h_encode() by AES instructions
 * @param cipher             for the CID's rotation
 * @param plain, first, cid  as there
 * @return as there
 * Threads, time: as there.  Since: 0.2.0.
 */
QUICLB_NATIVE_INLINE int
quiclb_native_encode(const struct quiclb_cipher *cipher,
		     const struct quiclb_words *plain, quiclb_u8 first,
		     struct quiclb_words *cid)
{
	return quiclb_h_encode(&cipher->record, plain, first, cid,
			       quiclb_h_native_encrypt,
			       quiclb_h_native_decrypt);
}

#endif /* QUICLB_HAVE_NATIVE */

#endif /* QUICLB_NATIVE_H */
