/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Calls what a user of native.h calls: from functions that are QUICLB_NATIVE,
 * or plain ones with -DPLAIN and the compiler's own flag.
 */
#include <quiclb/native.h>

#if QUICLB_HAVE_NATIVE
#ifdef PLAIN
#define OF_USER
#else
#define OF_USER QUICLB_NATIVE
#endif

#ifdef __cplusplus
extern "C" {
#endif

int use_native(const struct quiclb_record *record, const quiclb_u8 *cid,
	       quiclb_u32 cid_len, struct quiclb_block *server_id);
int use_native_encode(const struct quiclb_cipher *cipher,
		      const struct quiclb_words *plain, quiclb_u8 first,
		      struct quiclb_words *cid);

OF_USER int use_native(const struct quiclb_record *record, const quiclb_u8 *cid,
		       quiclb_u32 cid_len, struct quiclb_block *server_id)
{
	struct quiclb_cipher cipher;

	quiclb_native_prepare(&cipher, record);
	return quiclb_native_decode_server(&cipher, cid, cid_len, server_id);
}

OF_USER int use_native_encode(const struct quiclb_cipher *cipher,
			      const struct quiclb_words *plain, quiclb_u8 first,
			      struct quiclb_words *cid)
{
	return quiclb_native_encode(cipher, plain, first, cid);
}

#ifdef __cplusplus
}
#endif
#else
extern int nothing;
#endif
