/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the codecs share: the steps that a CID goes through, the families of
 * first octets, the length rules, and moving whole bytes within 24-byte
 * integers.  Nothing here knows a packet.
 */
#ifndef QUICLB_CODEC_COMMON_H
#define QUICLB_CODEC_COMMON_H

#include "../wire.h"

/* -------------------------------------------------------------- steps -- */

/*
 * A codec encodes and decodes in steps, so that the same lines serve one CID
 * at a time, many side by side, and the BPF verifier, which checks the block
 * cipher once for each place that calls it.  Step 0 begins; each step may
 * leave a block and ask for it to be encrypted or decrypted; the next step
 * finds the result in its place.
 */
enum quiclb_step {
	QUICLB_STEP_DONE = 0,	 /* body is the result */
	QUICLB_STEP_ENCRYPT = 1, /* encrypt block, then go on */
	QUICLB_STEP_DECRYPT = 2, /* decrypt block, then go on */
};

#define QUICLB_MAX_BLOCKS 4 /* that one CID may cost; bounds every loop */

/* One CID under way.  All zero but what the caller of step 0 must set. */
struct quiclb_work {
	/*
	 * Decoding: the CID, then its plaintext: server ID, nonce, rubbish.
	 * Encoding: the plaintext, zero behind, then the CID.
	 */
	struct quiclb_words body;
	struct quiclb_block left, right; /* the codec's own, between steps */
	struct quiclb_block block;	 /* in and out of the block cipher */
	quiclb_u64 first; /* encoding: first octet, rotation and low bits */
#if !defined(__bpf__)
	const quiclb_u8 *cid; /* decoding: where it lies, or a null pointer */
#endif
};

/*
 * quiclb_<codec>_encode() and quiclb_<codec>_decode() have this type.  They
 * are handed to always-inline functions only, as constants: BPF has no
 * indirect call.
 */
typedef int quiclb_step_fn(const struct quiclb_record *rec,
			   struct quiclb_work *work, int step);

/* One AES-128 block in place, under the key of a record; passed likewise. */
typedef void quiclb_block_fn(const struct quiclb_record *rec,
			     struct quiclb_block *block);

/* ----------------------------------------------------------- families -- */

/* How a first octet tells which config it belongs to. */
enum quiclb_family {
	/* The draft's: config rotation on top, all ones for unroutable. */
	QUICLB_FAMILY_DRAFT3, /* three bits unless the config says two */
	QUICLB_FAMILY_DRAFT2, /* two bits unless the config says three */
	/* Two bits that are the version of a layout; nothing is reserved. */
	QUICLB_FAMILY_VERSION,
	/* A first octet that is random all through. */
	QUICLB_FAMILY_RANDOM,
	/* No first octet: the body begins at once. */
	QUICLB_FAMILY_BARE,
};

/* Rotation bits of a family whose config does not say. */
QUICLB_INLINE quiclb_u8 quiclb_h_family_bits(enum quiclb_family family)
{
	if (family == QUICLB_FAMILY_DRAFT3)
		return 3;
	return family >= QUICLB_FAMILY_RANDOM ? 0 : 2;
}

/*
 * Three bits on top of a first octet select a config in every table: a config
 * of fewer bits stands there several times.  Sets of these codepoints have
 * bit c for codepoint c.
 */
QUICLB_INLINE int quiclb_h_codepoint(quiclb_u8 first_octet)
{
	return first_octet >> QUICLB_ROTATION_SHIFT;
}

/* The codepoints whose CIDs belong to a config. */
QUICLB_INLINE unsigned int quiclb_h_claims(quiclb_u8 rotation_bits,
					   quiclb_u8 rotation)
{
	if (rotation_bits == 3)
		return 1u << rotation;
	return rotation_bits == 2 ? 3u << 2 * rotation : 0xffu;
}

/* The codepoints of CIDs that servers of a family issue without a config. */
QUICLB_INLINE unsigned int quiclb_h_reserved(enum quiclb_family family,
					     quiclb_u8 rotation_bits)
{
	if (family > QUICLB_FAMILY_DRAFT2)
		return 0;
	return rotation_bits == 3 ? 0x80 : 0xc0;
}

/* -------------------------------------------------------------- rules -- */

#define QUICLB_BITS_2 0x4u
#define QUICLB_BITS_3 0x8u

/* The config rotation of one of the draft's families. */
QUICLB_INLINE int quiclb_h_rotation_valid(const struct quiclb_record *rec,
					  unsigned int bits_allowed)
{
	if (rec->rotation_bits > 3 ||
	    !(bits_allowed & 1u << rec->rotation_bits))
		return QUICLB_ERR_ROTATION_BITS;
	if (rec->rotation >= (1u << rec->rotation_bits) - 1)
		return QUICLB_ERR_ROTATION;
	return 0;
}

/* Draft, server ID and nonce: 1..15 and 4..18 bytes, 19 together. */
QUICLB_INLINE int quiclb_h_lengths_valid(const struct quiclb_record *rec)
{
	if (rec->server_id_len < QUICLB_SERVER_ID_MIN_BYTES ||
	    rec->server_id_len > QUICLB_SERVER_ID_MAX_BYTES)
		return QUICLB_ERR_SERVER_ID_LEN;
	if (rec->nonce_len < QUICLB_NONCE_MIN_BYTES ||
	    rec->nonce_len > QUICLB_NONCE_MAX_BYTES)
		return QUICLB_ERR_NONCE_LEN;
	if (rec->server_id_len + rec->nonce_len > QUICLB_BODY_MAX_BYTES)
		return QUICLB_ERR_SUM_LEN;
	return 0;
}

/* Both of the above. */
QUICLB_INLINE int quiclb_h_draft_valid(const struct quiclb_record *rec,
				       unsigned int bits_allowed)
{
	const int err = quiclb_h_rotation_valid(rec, bits_allowed);

	return err ? err : quiclb_h_lengths_valid(rec);
}

/*
 * A layout of another system: what its first octet says is fixed, its lengths
 * nearly.
 */
QUICLB_INLINE int quiclb_h_layout_valid(const struct quiclb_record *rec,
					quiclb_u8 rotation_bits,
					quiclb_u8 rotation)
{
	if (rec->rotation_bits != rotation_bits)
		return QUICLB_ERR_ROTATION_BITS;
	if (rec->rotation != rotation)
		return QUICLB_ERR_LAYOUT_ROTATION;
	return rec->encode_length ? QUICLB_ERR_ENCODE_LENGTH : 0;
}

/* -------------------------------------------------------------- bytes -- */

/*
 * Moving bytes: len comes from the config, so nothing here depends on a
 * secret.
 *
 * VERIFIER: whole words move by masks there, to keep it on one path.  Elsewhere
 * by a branch, which is always the same for a config: the CPU foresees it, and
 * masks would make the CID wait.
 */
#if defined(__bpf__)
QUICLB_INLINE struct quiclb_words
quiclb_h_drop_words(const struct quiclb_words *x, int len)
{
	const quiclb_u64 two = 0 - (quiclb_u64)(len >> 4 & 1);
	const quiclb_u64 one = 0 - (quiclb_u64)(len >> 3 & 1);
	const quiclb_u64 w0 = (x->w[0] & ~two) | (x->w[2] & two);
	const quiclb_u64 w1 = x->w[1] & ~two, w2 = x->w[2] & ~two;
	const struct quiclb_words r = { { (w0 & ~one) | (w1 & one),
					  (w1 & ~one) | (w2 & one),
					  w2 & ~one } };

	return r;
}

QUICLB_INLINE struct quiclb_words
quiclb_h_push_words(const struct quiclb_words *x, int len)
{
	const quiclb_u64 two = 0 - (quiclb_u64)(len >> 4 & 1);
	const quiclb_u64 one = 0 - (quiclb_u64)(len >> 3 & 1);
	const quiclb_u64 w0 = x->w[0] & ~two, w1 = x->w[1] & ~two;
	const quiclb_u64 w2 = (x->w[2] & ~two) | (x->w[0] & two);
	const struct quiclb_words r = { { w0 & ~one, (w1 & ~one) | (w0 & one),
					  (w2 & ~one) | (w1 & one) } };

	return r;
}
#else
QUICLB_INLINE struct quiclb_words
quiclb_h_drop_words(const struct quiclb_words *x, int len)
{
	const struct quiclb_words one = { { x->w[1], x->w[2], 0 } };
	const struct quiclb_words two = { { x->w[2], 0, 0 } };

	if (len < 8)
		return *x;
	return len < 16 ? one : two;
}

QUICLB_INLINE struct quiclb_words
quiclb_h_push_words(const struct quiclb_words *x, int len)
{
	const struct quiclb_words one = { { 0, x->w[0], x->w[1] } };
	const struct quiclb_words two = { { 0, 0, x->w[0] } };

	if (len < 8)
		return *x;
	return len < 16 ? one : two;
}
#endif

/* Bytes len.. of x as bytes 0..; len in bytes, 0..23. */
QUICLB_INLINE struct quiclb_words quiclb_h_drop(const struct quiclb_words *x,
						int len)
{
	const struct quiclb_words y = quiclb_h_drop_words(x, len);
	const int s = 8 * (len & 7);
	struct quiclb_words r;

	/* b << 1 << (63 - s) is b << (64 - s), also when s is 0 */
	r.w[0] = y.w[0] >> s | y.w[1] << 1 << (63 - s);
	r.w[1] = y.w[1] >> s | y.w[2] << 1 << (63 - s);
	r.w[2] = y.w[2] >> s;
	return r;
}

/* Bytes 0.. of x as bytes len..; len in bytes, 0..23; what overflows is lost */
QUICLB_INLINE struct quiclb_words quiclb_h_push(const struct quiclb_words *x,
						int len)
{
	const struct quiclb_words y = quiclb_h_push_words(x, len);
	const int s = 8 * (len & 7);
	struct quiclb_words r;

	r.w[0] = y.w[0] << s;
	r.w[1] = y.w[1] << s | y.w[0] >> 1 >> (63 - s);
	r.w[2] = y.w[2] << s | y.w[1] >> 1 >> (63 - s);
	return r;
}

/*
 * Blocks as a whole.  In one register where there is one that long, as AES
 * instructions have them: from there to two others and back costs as much as
 * two rounds of AES.
 */
#if (defined(__SSE2__) || defined(__ARM_NEON)) && !defined(__bpf__) &&         \
	(defined(__GNUC__) || defined(__clang__))
#define QUICLB_VECTORS
typedef quiclb_u64 quiclb_h_vector __attribute__((vector_size(16)));

QUICLB_INLINE quiclb_h_vector quiclb_h_vector_of(const struct quiclb_block *b)
{
	const quiclb_h_vector v = { b->w[0], b->w[1] };

	return v;
}

QUICLB_INLINE struct quiclb_block quiclb_h_vector_block(quiclb_h_vector v)
{
	const struct quiclb_block b = { { v[0], v[1] } };

	return b;
}
#endif

/* x ^ y */
QUICLB_INLINE struct quiclb_block quiclb_h_xor(const struct quiclb_block *x,
					       const struct quiclb_block *y)
{
#if defined(QUICLB_VECTORS)
	return quiclb_h_vector_block(quiclb_h_vector_of(x) ^
				     quiclb_h_vector_of(y));
#else
	const struct quiclb_block b = { { x->w[0] ^ y->w[0],
					  x->w[1] ^ y->w[1] } };

	return b;
#endif
}

/* x ^ (y & mask); two words of mask. */
QUICLB_INLINE struct quiclb_block quiclb_h_mix(const struct quiclb_block *x,
					       const struct quiclb_block *y,
					       const quiclb_u64 *mask)
{
#if defined(QUICLB_VECTORS)
	const quiclb_h_vector m = { mask[0], mask[1] };

	return quiclb_h_vector_block(quiclb_h_vector_of(x) ^
				     (quiclb_h_vector_of(y) & m));
#else
	const struct quiclb_block b = { { x->w[0] ^ (y->w[0] & mask[0]),
					  x->w[1] ^ (y->w[1] & mask[1]) } };

	return b;
#endif
}

/* The first 16 bytes of x. */
QUICLB_INLINE struct quiclb_block quiclb_h_block(const struct quiclb_words *x)
{
	const struct quiclb_block b = { { x->w[0], x->w[1] } };

	return b;
}

/* A block and zeros behind. */
QUICLB_INLINE struct quiclb_words quiclb_h_words(const struct quiclb_block *b)
{
	const struct quiclb_words x = { { b->w[0], b->w[1], 0 } };

	return x;
}

#if !defined(__bpf__)
/*
 * Up to 20 bytes of a CID that lies in memory, without its first octet; cid_len
 * in bytes, 9..20.  Whole words are loaded from where they begin: shifting them
 * there would make AES wait.
 */
QUICLB_INLINE struct quiclb_words quiclb_h_rest(const quiclb_u8 *cid,
						int cid_len)
{
	struct quiclb_words x;

	if (cid_len > QUICLB_CID_MAX_BYTES)
		cid_len = QUICLB_CID_MAX_BYTES; /* no record of ours */
	x.w[0] = quiclb_h_load64(cid + 1);
	x.w[2] = 0;
	if (cid_len > 16) {
		x.w[1] = quiclb_h_load64(cid + 9);
		x.w[2] = (quiclb_u64)quiclb_h_load32(cid + cid_len - 4) >>
			 8 * (21 - cid_len);
	} else {
		x.w[1] = quiclb_h_load64(cid + cid_len - 8) >> 8 >>
			 8 * (16 - cid_len);
	}
	return x;
}
#endif

/* What follows the first octet moves to the front: a step's beginning. */
QUICLB_INLINE void quiclb_h_open(const struct quiclb_record *rec,
				 struct quiclb_work *work)
{
#if defined(__bpf__)
	(void)rec;
	work->body = quiclb_h_drop(&work->body, 1);
	/* VERIFIER: as a codec that does not open leaves it */
	work->body.w[2] = quiclb_h_forget(work->body.w[2]);
#else
	if (work->cid && rec->min_cid_len > 8)
		work->body = quiclb_h_rest(work->cid, rec->min_cid_len);
	else
		work->body = quiclb_h_drop(&work->body, 1);
#endif
}

/*
 * The same of a CID with a block behind its first octet: where it can be, it is
 * loaded into the register that AES works on.
 */
QUICLB_INLINE void quiclb_h_open_block(const struct quiclb_record *rec,
				       struct quiclb_work *work)
{
#if defined(QUICLB_VECTORS) && defined(QUICLB_WORD_LOADS)
	const quiclb_u8 *from = work->cid ? work->cid + 1 : 0;
	quiclb_u64 words[2];
	quiclb_h_vector v;

	/* one load for both: the register must not come by two ways */
	if (!from || rec->min_cid_len <= QUICLB_BLOCK_BYTES) {
		quiclb_h_open(rec, work);
		words[0] = work->body.w[0];
		words[1] = work->body.w[1];
		from = (const quiclb_u8 *)words;
	}
	__builtin_memcpy(&v, from, sizeof(v));
	work->block = quiclb_h_vector_block(v);
#else
	quiclb_h_open(rec, work);
	work->block = quiclb_h_block(&work->body);
#endif
}

/* The first octet goes in front of the body: a step's end. */
QUICLB_INLINE void quiclb_h_close(struct quiclb_work *work)
{
	work->body = quiclb_h_push(&work->body, 1);
	work->body.w[0] |= work->first;
}

#endif /* QUICLB_CODEC_COMMON_H */
