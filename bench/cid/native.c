/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same as inline.c with the AES instructions of the CPU; entered only
 * where it has them.  The bare instructions are written here once more, so
 * that the library's own use of them is measured by something else.
 */
#include "inline.h"

#if QUICLB_HAVE_NATIVE

QUICLB_NATIVE void cid_native_prepare(struct cid_case *c)
{
	const struct quiclb_record record = c->cipher.record;

	quiclb_native_prepare(&c->cipher, &record);
}

QUICLB_NATIVE_INLINE int decode(const struct cid_case *c, const uint8_t *cid,
				struct quiclb_block *id)
{
	return quiclb_native_decode_server(&c->cipher, cid,
					   QUICLB_CID_MAX_BYTES, id);
}

QUICLB_NATIVE_INLINE int encode(const struct cid_case *c,
				const struct quiclb_words *plain,
				struct quiclb_words *cid)
{
	return quiclb_native_encode(&c->cipher, plain, c->first, cid);
}

QUICLB_NATIVE static uint64_t decode_chain(struct cid_case *c, uint64_t n)
{
	return c->id_last < 8 ? cid_decode_chain(c, n, 0, decode)
			      : cid_decode_chain(c, n, 1, decode);
}

QUICLB_NATIVE static uint64_t decode_loop(struct cid_case *c, uint64_t n)
{
	return c->id_last < 8 ? cid_decode_loop(c, n, 0, decode)
			      : cid_decode_loop(c, n, 1, decode);
}

QUICLB_NATIVE static uint64_t encode_chain(struct cid_case *c, uint64_t n)
{
	return c->cid_last < 8 ? cid_encode_chain(c, n, 0, encode)
			       : cid_encode_chain(c, n, 1, encode);
}

QUICLB_NATIVE static uint64_t encode_loop(struct cid_case *c, uint64_t n)
{
	return c->cid_last < 8 ? cid_encode_loop(c, n, 0, encode)
			       : cid_encode_loop(c, n, 1, encode);
}

const struct cid_op cid_ops_native[] = {
	{ "decode, chain, inline", decode_chain, CID_SUM_ID_WORD,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ "decode, loop, inline", decode_loop, CID_SUM_ID_WORD,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ "encode, chain, inline", encode_chain, CID_SUM_CID_WORD,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ "encode, loop, inline", encode_loop, CID_SUM_CID_WORD,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ NULL, NULL, CID_SUM_NONE, 0 },
};

#else
const struct cid_op cid_ops_native[] = { { NULL, NULL, CID_SUM_NONE, 0 } };
#endif

/* ---- references ------------------------------------------------------- */

#if QUICLB_HAVE_NATIVE && (defined(__x86_64__) || defined(__i386__))

QUICLB_NATIVE_INLINE __m128i round_key(const uint8_t *schedule, int i)
{
	return _mm_loadu_si128((const __m128i *)(const void *)schedule + i);
}

QUICLB_NATIVE_INLINE __m128i block_encrypt(const uint8_t *keys, __m128i x)
{
	int i;

	/* keys come from memory, as they do for one CID after another */
	__asm__ volatile("" : "+r"(keys));
	x = _mm_xor_si128(x, round_key(keys, 0));
#pragma GCC unroll 9
	for (i = 1; i < 10; i++)
		x = _mm_aesenc_si128(x, round_key(keys, i));
	return _mm_aesenclast_si128(x, round_key(keys, 10));
}

QUICLB_NATIVE_INLINE __m128i block_decrypt(const uint8_t *keys, __m128i x)
{
	int i;

	__asm__ volatile("" : "+r"(keys));
	x = _mm_xor_si128(x, round_key(keys, 0));
#pragma GCC unroll 9
	for (i = 1; i < 10; i++)
		x = _mm_aesdec_si128(x, round_key(keys, i));
	return _mm_aesdeclast_si128(x, round_key(keys, 10));
}

QUICLB_NATIVE_INLINE uint64_t first_word(__m128i x)
{
	uint64_t w[2];

	_mm_storeu_si128((__m128i *)(void *)w, x);
	return w[0];
}

QUICLB_NATIVE static uint64_t decrypt_1(struct cid_case *c, uint64_t n)
{
	__m128i x = _mm_set_epi64x((long long)cid_zero, 1);

	for (; n; n--)
		x = block_decrypt(c->cipher.decrypt, x);
	return first_word(x);
}

QUICLB_NATIVE_INLINE uint64_t encrypt_some(const struct cid_case *c, uint64_t n,
					   int blocks)
{
	__m128i x = _mm_set_epi64x((long long)cid_zero, 1);
	int i;

	for (; n; n--)
		for (i = 0; i < blocks; i++)
			x = block_encrypt(c->cipher.encrypt, x);
	return first_word(x);
}

QUICLB_NATIVE static uint64_t encrypt_1(struct cid_case *c, uint64_t n)
{
	return encrypt_some(c, n, 1);
}

QUICLB_NATIVE static uint64_t encrypt_3(struct cid_case *c, uint64_t n)
{
	return encrypt_some(c, n, 3);
}

QUICLB_NATIVE static uint64_t encrypt_4(struct cid_case *c, uint64_t n)
{
	return encrypt_some(c, n, 4);
}

const struct cid_op cid_native_references[] = {
	{ "encrypt 1 block, chain", encrypt_1, CID_SUM_NONE,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ "decrypt 1 block, chain", decrypt_1, CID_SUM_NONE,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ "encrypt 3 blocks, chain", encrypt_3, CID_SUM_NONE,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ "encrypt 4 blocks, chain", encrypt_4, CID_SUM_NONE,
	  CID_FOR_KEYED | CID_NEEDS_AES },
	{ NULL, NULL, CID_SUM_NONE, 0 },
};

#else
const struct cid_op cid_native_references[] = { { NULL, NULL, CID_SUM_NONE,
						  0 } };
#endif
