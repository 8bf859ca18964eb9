/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * libquiclb: QUIC connection IDs (CIDs) that carry a server ID, after
 * draft-ietf-quic-load-balancers.  "The draft" below is that text, -19 to -21
 * and the working group's copy of 2026-05-29.
 *
 * A server makes one encoder per thread and takes every CID it issues from
 * it; whatever must find the server again makes a decoder.
 */
#ifndef QUICLB_QUICLB_H
#define QUICLB_QUICLB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/list.h"
#include "version.h"
#include "wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && __GNUC__ >= 4
#define QUICLB_API __attribute__((visibility("default")))
#else
#define QUICLB_API
#endif

/**
 * quiclb_version() - "MAJOR.MINOR.PATCH" of the library that is linked
 * @return a static string
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API const char *quiclb_version(void);

/**
 * quiclb_strerror() - one line on an error number
 * @param err  any result of this library
 * @return a static string, no full stop; never NULL
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API const char *quiclb_strerror(int err);

/**
 * quiclb_is_unroutable() - whether an error is one of the packet's
 * @param err  any result of this library
 * @return 1 for the group the draft calls unroutable (-4xx), else 0
 * Threads: safe.  Spec: draft, unroutable connection IDs.  Since: 0.1.0.
 */
QUICLB_API int quiclb_is_unroutable(int err);

/* Instructions that make AES faster, quiclb_cpu(): a set. */
#define QUICLB_CPU_AES 0x1u  /* one block: AES-NI, ARMv8's cryptography */
#define QUICLB_CPU_VAES 0x2u /* 16 blocks side by side: VAES with AVX-512 */

/**
 * quiclb_cpu() - what of the CPU the library makes use of
 * @return a set of QUICLB_CPU_*; 0: AES is the portable one
 * Threads: safe.  Since: 0.2.0.
 *
 * Results are the same and in constant time by each way.
 */
QUICLB_API unsigned int quiclb_cpu(void);

/**
 * quiclb_set_cpu_mask() - takes instructions away, for tests and measurements
 * @param mask  a set of QUICLB_CPU_* that may be used if the CPU has them;
 *              ~0u: all, as at first
 * Threads: safe; what other threads are at may still use them.  Since: 0.2.0.
 */
QUICLB_API void quiclb_set_cpu_mask(unsigned int mask);

/**
 * quiclb_codec_by_name() - number of a codec
 * @param name  as in codec/list.h, for example "four-pass"
 * @return QUICLB_CODEC_*, or QUICLB_ERR_CODEC if there is none of that name
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API int quiclb_codec_by_name(const char *name);

/**
 * quiclb_codec_name() - name of a codec
 * @param codec  QUICLB_CODEC_*
 * @return a static string, or NULL if there is no such codec
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API const char *quiclb_codec_name(int codec);

/**
 * quiclb_codec_is_keyed() - whether a codec needs a key
 * @param codec  QUICLB_CODEC_*
 * @return 1 or 0, or QUICLB_ERR_CODEC
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API int quiclb_codec_is_keyed(int codec);

/**
 * quiclb_codec_next() - the codecs there are, one after the other
 * @param codec  0 for the first, else a codec
 * @return the next QUICLB_CODEC_*, by number, or 0 behind the last
 * Threads: safe.  Since: 0.2.0.
 */
QUICLB_API int quiclb_codec_next(int codec);

/**
 * quiclb_codec_rotation_bits() - rotation bits of a codec's first octet
 * @param codec  QUICLB_CODEC_*
 * @return 3, 2 or 0, as a config has them that does not say, or
 *   QUICLB_ERR_CODEC
 * Threads: safe.  Spec: draft, first octet.  Since: 0.2.0.
 */
QUICLB_API int quiclb_codec_rotation_bits(int codec);

/* ------------------------------------------------------------- config -- */

/*
 * One config of the draft: what servers and decoders must agree on.  Growable:
 * always start from quiclb_config_init().
 */
struct quiclb_config {
	size_t size;		 /* bytes; set by quiclb_config_init() */
	uint8_t codec;		 /* QUICLB_CODEC_* */
	uint8_t config_rotation; /* 0..6; of two rotation bits 0..2 */
	uint8_t server_id_len;	 /* bytes, 1..15 */
	uint8_t nonce_len;	 /* bytes, 4..18; server ID + nonce <= 19 */
	uint8_t server_use_len;	 /* bytes behind the nonce; CID <= 20 */
	uint8_t encode_length;	 /* 1: first octet encodes the CID length */
	uint8_t has_key;	 /* 1: key is set */
	uint8_t rotation_bits;	 /* 3 or 2; 0: as is usual for the codec */
	uint8_t key[QUICLB_KEY_BYTES];
	/* since 0.2.0 */
	uint8_t worker_len;    /* first bytes of the nonce that name a worker of
				  the server; 4 or more must remain */
	uint8_t uncounted_len; /* last server-use bytes that the encoded length
				  leaves out */
	uint8_t reserved[6];   /* 0 */
};

/**
 * quiclb_config_init() - an empty config of this header's size
 * @param[out] config  zeroed but for its size
 * Since: 0.1.0.
 */
static inline void quiclb_config_init(struct quiclb_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
}

/**
 * quiclb_config_preset() - a layout by the name of who uses it
 * @param[out] config  initialised, then codec and lengths set; only on
 *                     success.  Rotation and key are the caller's.
 * @param name         of QUICLB_PRESET_LIST, for example "aws-nlb"
 * @return 0, or
 *   QUICLB_ERR_ARG    a NULL
 *   QUICLB_ERR_CODEC  no such preset
 * Threads: safe.  Since: 0.2.0.
 */
QUICLB_API int quiclb_config_preset(struct quiclb_config *config,
				    const char *name);

/**
 * quiclb_config_check() - whether a config is one its codec allows
 * @param config  owned by the caller
 * @return 0, or the first broken rule:
 *   QUICLB_ERR_VERSION           size is not one this library knows
 *   QUICLB_ERR_ARG               config is NULL, or a flag is neither 0 nor 1
 *   QUICLB_ERR_CODEC             no such codec
 *   QUICLB_ERR_ROTATION_BITS     not the rotation bits of this codec
 *   QUICLB_ERR_ROTATION          config_rotation is not 0..6, or 0..2
 *   QUICLB_ERR_LAYOUT_ROTATION   config_rotation is not the layout's version
 *   QUICLB_ERR_ENCODE_LENGTH     encode_length, and no room for it
 *   QUICLB_ERR_SERVER_ID_LEN     server_id_len is not 1..15
 *   QUICLB_ERR_NONCE_LEN         nonce_len is not 4..18
 *   QUICLB_ERR_SUM_LEN           together more than 19
 *   QUICLB_ERR_SINGLE_PASS_LEN   single-pass, and together not 16
 *   QUICLB_ERR_FOUR_PASS_LEN     four-pass, and together 16
 *   QUICLB_ERR_LAYOUT_LEN        other lengths than the layout's
 *   QUICLB_ERR_CID_LEN           with server-use bytes more than 20
 *   QUICLB_ERR_WORKER_LEN        worker_len leaves less than 4 bytes of nonce
 *   QUICLB_ERR_UNCOUNTED_LEN     uncounted_len over server_use_len, or without
 *                                encode_length
 *   QUICLB_ERR_KEY_MISSING       the codec needs a key
 *   QUICLB_ERR_KEY_UNEXPECTED    the codec takes none
 * Threads: safe.  Spec: draft, configuration agent actions.  Since: 0.1.0.
 */
QUICLB_API int quiclb_config_check(const struct quiclb_config *config);

/**
 * quiclb_config_compile() - the frozen record of a config
 * @param config       as for quiclb_config_check()
 * @param[out] record  written only on success; holds the key schedule, so the
 *                     caller wipes it (quiclb_wipe())
 * @return 0, or an error of quiclb_config_check()
 * Threads: safe.  Time: constant in the key.  Since: 0.1.0.
 */
QUICLB_API int quiclb_config_compile(const struct quiclb_config *config,
				     struct quiclb_record *record);

/**
 * quiclb_wipe() - zeroes memory, in a way no compiler removes
 * @param p    len bytes; NULL is allowed if len is 0
 * @param len  bytes
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API void quiclb_wipe(void *p, size_t len);

/* ------------------------------------------------------------ encoder -- */

/*
 * Issues the CIDs of one server.  One thread per encoder: a server of several
 * threads makes one and splits it.
 */
struct quiclb_encoder;

/*
 * A nonce under 8 bytes gives no more than a chance that two lives of a server
 * under one key use different nonces.  Without this flag and without a
 * high-water mark such a config is refused (QUICLB_ERR_NONCE_RESTART); set it
 * if the key changes at every start of the server, or if a repeated nonce does
 * no harm, as in a test.
 */
#define QUICLB_F_SHORT_NONCE 0x1u

/*
 * Called once per config and encoder, when as few nonces remain as the options
 * say or none is left, on the thread and from within the call that issues CIDs.
 * It must not use that encoder.
 */
typedef void quiclb_threshold_fn(void *arg, uint64_t remaining);

/*
 * Stores a high-water mark: no nonce counted mark or higher has been used.  It
 * must be on stable storage when this returns 0; any other result refuses the
 * CID (QUICLB_ERR_MARK).  If the store holds a higher mark, it stays.  Called
 * every QUICLB_MARK_STEP CIDs of an encoder, by one thread at a time.
 */
typedef int quiclb_mark_fn(void *arg, uint64_t mark);

#define QUICLB_MARK_STEP 65536	     /* CIDs an encoder may lose in a crash */
#define QUICLB_NONCE_SECRET_BYTES 32 /* of quiclb_encoder_options */
#define QUICLB_N_PARTS 1024	     /* parts an encoder can be split into */

/*
 * What an encoder needs beside its config.  Growable: always start from
 * quiclb_encoder_options_init().  All that is pointed to is read during the
 * call only, but for the functions and their arg.
 */
struct quiclb_encoder_options {
	size_t size; /* bytes; set by the _init function */
	const uint8_t *server_id;
	size_t server_id_len; /* bytes; what the config says */
	uint32_t flags;	      /* QUICLB_F_* */
	uint32_t reserved;    /* 0 */
	/* since 0.2.0 */
	const uint8_t *worker;	   /* worker_len bytes of the config, or NULL
				      if that is 0 */
	const uint8_t *server_use; /* server_use_len bytes that every CID gets,
				      or NULL: random ones */
	/*
	 * With both of these, nonces do not repeat across restarts, whatever
	 * their length.  The secret orders the nonces: 32 random bytes, the
	 * same in every life of this server under one key, known to no other.
	 */
	const uint8_t *nonce_secret; /* QUICLB_NONCE_SECRET_BYTES, or NULL */
	quiclb_mark_fn *mark_store;  /* or NULL */
	void *mark_arg;
	quiclb_threshold_fn *threshold_reached; /* or NULL */
	void *threshold_arg;
	uint64_t mark;	    /* as last stored; 0 in the first life */
	uint64_t threshold; /* nonces */
};

/**
 * quiclb_encoder_options_init() - options of this header's size
 * @param[out] options  zeroed but for its size
 * Since: 0.1.0.
 */
static inline void
quiclb_encoder_options_init(struct quiclb_encoder_options *options)
{
	memset(options, 0, sizeof(*options));
	options->size = sizeof(*options);
}

/**
 * quiclb_encoder_new() - an encoder
 * @param config        copied; the caller may wipe its own at once
 * @param options       copied
 * @param[out] encoder  written only on success; to quiclb_encoder_free()
 * @return 0, or an error of quiclb_config_check(), or
 *   QUICLB_ERR_ARG            a NULL, unknown flags, server_id_len is not the
 *                             config's, a worker missing or without room, or
 *                             only one of nonce_secret and mark_store
 *   QUICLB_ERR_VERSION        options->size is not one this library knows
 *   QUICLB_ERR_NONCE_RESTART  nonce under 8 bytes (the worker's not counted),
 *                             no mark, no QUICLB_F_SHORT_NONCE
 *   QUICLB_ERR_NOMEM, QUICLB_ERR_RANDOM, QUICLB_ERR_CRYPTO
 * Threads: one thread per encoder.
 * Spec: draft, server processing.  Since: 0.1.0.
 *
 * The nonces are a secret permutation of the nonce space from a random start:
 * none repeats in the encoder's life, and none tells its neighbours.
 */
QUICLB_API int quiclb_encoder_new(const struct quiclb_config *config,
				  const struct quiclb_encoder_options *options,
				  struct quiclb_encoder **encoder);

/**
 * quiclb_encoder_split() - one part of an encoder, for one thread
 * @param encoder    has issued no CID; from now on it issues none, and may be
 *                   freed before its parts
 * @param part       0..n_parts - 1, each once
 * @param n_parts    1..QUICLB_N_PARTS; the same in every call on one encoder
 * @param[out] next  written only on success; to quiclb_encoder_free()
 * @return 0, or
 *   QUICLB_ERR_ARG         a NULL, a part that is not below n_parts, another
 *                          n_parts than before, or an encoder that has issued
 *                          CIDs or is a part itself
 *   QUICLB_ERR_PART_TAKEN  this part was given out before
 *   QUICLB_ERR_FORKED, QUICLB_ERR_NOMEM
 * Threads: one thread per encoder; its parts may live in other threads.
 * Since: 0.2.0.
 *
 * Part i has nonces i, i + n, i + 2n, ... of the encoder's, so no two parts
 * share one, whether or not n divides their number.  With a high-water mark
 * all parts share it: n may change from one life to the next.
 */
QUICLB_API int quiclb_encoder_split(struct quiclb_encoder *encoder,
				    uint32_t part, uint32_t n_parts,
				    struct quiclb_encoder **next);

/**
 * quiclb_encoder_rotate() - moves an encoder to another config
 * @param encoder  unchanged on failure; keeps the CID lengths of its former
 *                 configs for quiclb_encoder_cid_length()
 * @param next     a fresh encoder, or part, of the new config; on success it is
 *                 taken over and freed
 * @return 0, or
 *   QUICLB_ERR_ARG              a NULL, both the same, or next has issued CIDs
 *                               or was rotated itself
 *   QUICLB_ERR_ROTATION_IN_USE  CIDs of a former config have this rotation:
 *                               quiclb_encoder_retire() when they are gone
 *   QUICLB_ERR_AMBIGUOUS        first octets would mean two things
 *   QUICLB_ERR_FORKED, QUICLB_ERR_SPLIT
 * Threads: one thread per encoder; next must have been made for it.
 * Spec: draft, config rotation.  Since: 0.2.0.
 *
 * From then on no CID of the old config is issued, as the draft demands.
 */
QUICLB_API int quiclb_encoder_rotate(struct quiclb_encoder *encoder,
				     struct quiclb_encoder *next);

/**
 * quiclb_encoder_retire() - forgets a former config
 * @param encoder      unchanged on failure
 * @param first_octet  of a CID of that config
 * @return 0, or
 *   QUICLB_ERR_ARG              encoder is NULL
 *   QUICLB_ERR_ROTATION_IN_USE  it is the config CIDs are issued from
 *   QUICLB_ERR_NO_CONFIG        there is none
 * Threads: one thread per encoder.  Spec: draft, config rotation.  Since:
 * 0.2.0.
 *
 * Call it when the last connection with such a CID is gone.
 */
QUICLB_API int quiclb_encoder_retire(struct quiclb_encoder *encoder,
				     uint8_t first_octet);

/**
 * quiclb_encoder_free() - wipes and releases an encoder
 * @param encoder  or NULL
 * Threads: one thread per encoder.  Since: 0.1.0.
 */
QUICLB_API void quiclb_encoder_free(struct quiclb_encoder *encoder);

/**
 * quiclb_encoder_next() - the next CID
 * @param encoder   from quiclb_encoder_new()
 * @param[out] cid  written only on success
 * @param cid_cap   bytes at cid
 * @return length of the CID in bytes, the same until the encoder is rotated, or
 *   QUICLB_ERR_ARG        a NULL
 *   QUICLB_ERR_SPACE      cid_cap is below that length
 *   QUICLB_ERR_EXHAUSTED  every nonce was used: move to another config, or use
 *                         quiclb_encoder_fill()
 *   QUICLB_ERR_FORKED     this process is a child of the one that made the
 *                         encoder; make a new one
 *   QUICLB_ERR_SPLIT      the encoder was split
 *   QUICLB_ERR_MARK       mark_store failed; the next call asks it again
 *   QUICLB_ERR_RANDOM
 * Threads: one thread per encoder.
 * Time: constant in key, server ID and nonce.
 * Spec: draft, server processing.  Since: 0.1.0.
 */
QUICLB_API int quiclb_encoder_next(struct quiclb_encoder *encoder, uint8_t *cid,
				   size_t cid_cap);

/**
 * quiclb_encoder_next_batch() - the next n CIDs
 * @param encoder    from quiclb_encoder_new()
 * @param[out] cids  n * stride bytes: a CID at the beginning of each stride;
 *                   the bytes behind it and the CIDs that are not there are
 *                   left as they are
 * @param stride     bytes from one CID to the next; at least a CID's length
 * @param n          how many; 0 is allowed
 * @return how many there are now, or if there is none, the error of
 *   quiclb_encoder_next(); QUICLB_ERR_SPACE if stride is below a CID's length
 * Threads: one thread per encoder.
 * Time: constant in key, server ID and nonces.
 * Spec: draft, server processing.  Since: 0.2.0.
 *
 * The CIDs that n calls of quiclb_encoder_next() would make, at a fraction of
 * the cost; fewer than n where one of the calls would fail: the next call tells
 * why.  At most INT_MAX at a time.
 */
QUICLB_API int quiclb_encoder_next_batch(struct quiclb_encoder *encoder,
					 uint8_t *cids, size_t stride,
					 size_t n);

/**
 * quiclb_encoder_fill() - a CID of a given length; cannot fail
 * @param encoder   from quiclb_encoder_new(), or NULL
 * @param[out] cid  exactly cid_len bytes; NULL is allowed if cid_len is 0
 * @param cid_len   bytes
 * @return 1 if it is the next CID, 0 if it is an unroutable one: because
 *   encoder is NULL, its CIDs have another length, or quiclb_encoder_next()
 *   would fail
 * Threads: one thread per encoder.
 * Spec: draft, unroutable connection IDs.  Since: 0.2.0.
 *
 * For hooks that must return something.  See quiclb_unroutable(); of a config
 * with two rotation bits it is that family's 0b11.  A layout of another system
 * knows no unroutable CIDs: there it is random bytes, with the version 0 of a
 * layout that has one.
 */
QUICLB_API int quiclb_encoder_fill(struct quiclb_encoder *encoder, uint8_t *cid,
				   size_t cid_len);

/*
 * What a CID is made of, where the encoder is not to choose.  Growable: always
 * start from quiclb_parts_init().
 */
struct quiclb_parts {
	size_t size;	      /* bytes; set by quiclb_parts_init() */
	const uint8_t *nonce; /* nonce_len bytes of the config, those of the
				 worker among them; NULL: the next one */
	const uint8_t *server_use; /* server_use_len bytes; NULL: as always */
	uint8_t has_low_bits;	   /* 1: low_bits is set */
	uint8_t low_bits;	   /* of the first octet, where it does not
				      encode the length; the rest is ignored */
	uint8_t reserved[6];	   /* 0 */
};

/**
 * quiclb_parts_init() - parts of this header's size
 * @param[out] parts  zeroed but for its size
 * Since: 0.2.0.
 */
static inline void quiclb_parts_init(struct quiclb_parts *parts)
{
	memset(parts, 0, sizeof(*parts));
	parts->size = sizeof(*parts);
}

/**
 * quiclb_encoder_encode() - a CID of parts of the caller's
 * @param encoder   from quiclb_encoder_new()
 * @param parts     read during the call only
 * @param[out] cid  written only on success
 * @param cid_cap   bytes at cid
 * @return as quiclb_encoder_next(), or QUICLB_ERR_VERSION
 * Threads: one thread per encoder.
 * Time: constant in key, server ID and nonce.
 * Spec: draft, server processing.  Since: 0.1.0.
 *
 * A nonce of one's own is for stacks that make theirs, for vectors and tests:
 * the encoder does not know it, so nothing here keeps it from appearing twice
 * under one key.  With it, and with all else that would be random given too, a
 * valid encoder that was given room cannot fail, in a forked child neither.
 */
QUICLB_API int quiclb_encoder_encode(struct quiclb_encoder *encoder,
				     const struct quiclb_parts *parts,
				     uint8_t *cid, size_t cid_cap);

/**
 * quiclb_encoder_remaining() - nonces not used yet
 * @param encoder  from quiclb_encoder_new(), or NULL
 * @return how often quiclb_encoder_next() can still succeed, at most
 *   UINT64_MAX; 0 for NULL and for an encoder that was split
 * Threads: one thread per encoder.  Since: 0.1.0.
 *
 * Ask for a new config long before it is 0: configs are spread first to the
 * decoders, then to the servers.  threshold_reached says when.
 */
QUICLB_API uint64_t
quiclb_encoder_remaining(const struct quiclb_encoder *encoder);

/**
 * quiclb_encoder_cid_len() - length of the CIDs that are issued now
 * @param encoder  from quiclb_encoder_new(), or NULL
 * @return bytes, 2..20; 0 for NULL
 * Threads: one thread per encoder.  Since: 0.1.0.
 */
QUICLB_API size_t quiclb_encoder_cid_len(const struct quiclb_encoder *encoder);

/**
 * quiclb_encoder_cid_length() - length of a CID this encoder has issued
 * @param encoder      from quiclb_encoder_new()
 * @param first_octet  of the CID, as behind a short header
 * @return bytes, 2..20, under the present or a former config; of an unroutable
 *   CID the length it encodes; or
 *   QUICLB_ERR_ARG        encoder is NULL
 *   QUICLB_ERR_RESERVED   an unroutable CID that encodes less than 8 bytes or
 *                         more than 20
 *   QUICLB_ERR_NO_CONFIG  no such config
 * Threads: one thread per encoder.  Spec: draft, first octet.  Since: 0.2.0.
 */
QUICLB_API int quiclb_encoder_cid_length(const struct quiclb_encoder *encoder,
					 uint8_t first_octet);

/**
 * quiclb_unroutable() - a CID that says it carries no server ID; cannot fail
 * @param[out] cid  exactly cid_len bytes; NULL is allowed if cid_len is 0
 * @param cid_len   bytes; the draft asks for 8 or more, QUIC version 1 for 20
 *                  or less
 * Threads: safe.
 * Spec: draft, unroutable connection IDs.  Since: 0.1.0.
 *
 * Config rotation 0b111, its own length in the low five bits (modulo 32), the
 * rest random.  For servers without a config.  Use it for one CID per
 * connection only.  Should the system have no random bytes, it falls back on a
 * hash of a process-wide counter, clock and addresses: the CID is then unique,
 * but not secret.
 */
QUICLB_API void quiclb_unroutable(uint8_t *cid, size_t cid_len);

/* -------------------------------------------------- stateless resets -- */

#define QUICLB_RESET_TOKEN_BYTES 16   /* RFC 9000 10.3 */
#define QUICLB_RESET_KEY_MIN_BYTES 16 /* 32 are better */

/**
 * quiclb_reset_token() - stateless reset token of a CID, for one server alone
 * @param reset_key      static key of this config; per config rotation, as the
 *                       draft asks; may be the same on all servers
 * @param reset_key_len  bytes, QUICLB_RESET_KEY_MIN_BYTES..255
 * @param server_id      this server's own, whatever the CID decodes to
 * @param server_id_len  bytes, 1..QUICLB_SERVER_ID_CAP_BYTES
 * @param cid            the CID, config rotation on top of its first octet
 * @param cid_len        bytes, 1..QUICLB_CID_MAX_BYTES
 * @param[out] token     QUICLB_RESET_TOKEN_BYTES; written only on success
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_CRYPTO
 * Threads: safe.  Time: depends on the lengths alone.
 * Spec: RFC 9000 10.3.2 and 21.11; draft, stateless resets.  Since: 0.2.0.
 *
 * HKDF-SHA-256.  A packet that strays to another server draws a reset there
 * whose token the client does not know: the connection survives.
 */
QUICLB_API int quiclb_reset_token(const uint8_t *reset_key,
				  size_t reset_key_len,
				  const uint8_t *server_id,
				  size_t server_id_len, const uint8_t *cid,
				  size_t cid_len, uint8_t *token);

/* ------------------------------------------------------------ decoder -- */

/*
 * A table of configs by first octet.  Build it in one thread; then any number
 * of threads may read it, as long as none changes it.  To change what threads
 * are reading, build another and swap it in: quiclb_table below.
 */
struct quiclb_decoder;

/**
 * quiclb_decoder_new() - an empty decoder
 * @param[out] decoder  written only on success; to quiclb_decoder_free()
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_NOMEM
 * Threads: safe.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_new(struct quiclb_decoder **decoder);

/**
 * quiclb_decoder_free() - wipes and releases a decoder
 * @param decoder  or NULL; not one that quiclb_table_swap() has taken
 * Threads: only while no other thread reads the decoder.  Since: 0.1.0.
 */
QUICLB_API void quiclb_decoder_free(struct quiclb_decoder *decoder);

/*
 * Whether there is a server of this ID: 1 or 0.  May be called by every thread
 * that decodes, at the same time.
 */
typedef int quiclb_known_fn(void *arg, uint32_t tenant,
			    const uint8_t *server_id, size_t server_id_len);

/**
 * quiclb_decoder_set_known() - makes decoding look for a server it knows
 * @param decoder  NULL does nothing
 * @param known    asked for each server ID that is decoded; NULL: none is
 *                 asked, all are taken
 * @param arg      handed to known
 * Threads: only while no other thread reads the decoder.
 * Spec: draft, multiple tenants.  Since: 0.2.0.
 */
QUICLB_API void quiclb_decoder_set_known(struct quiclb_decoder *decoder,
					 quiclb_known_fn *known, void *arg);

/**
 * quiclb_decoder_add() - makes a config known
 * @param decoder  unchanged on failure
 * @param config   copied; the caller may wipe its own at once
 * @return 0, or an error of quiclb_config_check(), or
 *   QUICLB_ERR_ARG              a NULL
 *   QUICLB_ERR_ROTATION_IN_USE  remove the other config first
 *   QUICLB_ERR_AMBIGUOUS        a config of another family claims some of the
 *                               same first octets, or has them reserved for
 *                               unroutable CIDs
 * Threads: only while no other thread reads the decoder.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_add(struct quiclb_decoder *decoder,
				  const struct quiclb_config *config);

/**
 * quiclb_decoder_add_tenant() - adds a config that may share its rotation
 * @param decoder  unchanged on failure
 * @param config   as for quiclb_decoder_add()
 * @param tenant   handed to quiclb_known_fn; quiclb_decoder_add() has 0
 * @return as quiclb_decoder_add(), QUICLB_ERR_ROTATION_IN_USE only if no
 *   quiclb_known_fn is set, or
 *   QUICLB_ERR_TENANTS  there are QUICLB_N_TENANTS of this rotation
 * Threads: only while no other thread reads the decoder.
 * Spec: draft, multiple tenants.  Since: 0.2.0.
 *
 * Configs of one rotation are tried in the order they were added; the first
 * whose server ID is known wins.  A wrong key gives random server IDs: make
 * their space much larger than the number of servers.
 */
QUICLB_API int quiclb_decoder_add_tenant(struct quiclb_decoder *decoder,
					 const struct quiclb_config *config,
					 uint32_t tenant);

/**
 * quiclb_decoder_remove() - forgets the configs of a first octet
 * @param decoder      unchanged on failure
 * @param first_octet  of a CID of theirs
 * @return 0, or
 *   QUICLB_ERR_ARG        decoder is NULL
 *   QUICLB_ERR_NO_CONFIG  there is none
 * Threads: only while no other thread reads the decoder.  Since: 0.2.0.
 */
QUICLB_API int quiclb_decoder_remove(struct quiclb_decoder *decoder,
				     uint8_t first_octet);

/* What a CID says.  Growable: always start from quiclb_decoded_init(). */
struct quiclb_decoded {
	size_t size;		 /* bytes; set by quiclb_decoded_init() */
	uint32_t tenant;	 /* of the config that decoded it */
	uint8_t config_rotation; /* of that config */
	uint8_t cid_len;	 /* bytes; of its CIDs */
	uint8_t server_id_len;	 /* bytes */
	uint8_t nonce_len;	 /* bytes */
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES]; /* then zeros */
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES];	       /* then zeros */
	uint8_t worker_len;  /* first bytes of the nonce that name a worker */
	uint8_t reserved[5]; /* 0 */
};

/**
 * quiclb_decoded_init() - an empty struct of this header's size
 * @param[out] decoded  zeroed but for its size
 * Since: 0.2.0.
 */
static inline void quiclb_decoded_init(struct quiclb_decoded *decoded)
{
	memset(decoded, 0, sizeof(*decoded));
	decoded->size = sizeof(*decoded);
}

/**
 * quiclb_decoder_read() - all that a CID says
 * @param decoder       from quiclb_decoder_new()
 * @param cid           first octet first
 * @param cid_len       bytes; more than the config's are allowed, as behind a
 *                      short header
 * @param[out] decoded  written only on success, but for its size
 * @return 0, or
 *   QUICLB_ERR_ARG             a NULL
 *   QUICLB_ERR_VERSION         decoded->size is not one this library knows
 *   QUICLB_ERR_RESERVED        the rotation of unroutable CIDs
 *   QUICLB_ERR_NO_CONFIG       no config of this rotation
 *   QUICLB_ERR_SHORT           shorter than first octet, server ID and nonce,
 *                              or empty
 *   QUICLB_ERR_UNKNOWN_SERVER  quiclb_known_fn knows none of the server IDs
 * Threads: safe on one decoder, from many threads.
 * Time: constant in key and CID bytes; depends on the configs and on how many
 * of a rotation were tried.
 * Spec: draft, load balancer processing.  Since: 0.2.0.
 *
 * Nothing authenticates a CID: random bytes decode to a random server ID.  The
 * nonce of a four-pass CID may take one block more than its server ID.
 */
QUICLB_API int quiclb_decoder_read(const struct quiclb_decoder *decoder,
				   const uint8_t *cid, size_t cid_len,
				   struct quiclb_decoded *decoded);

/**
 * quiclb_decoder_decode() - the server ID in a CID, at the least cost
 * @param[out] server_id  written only on success
 * @param server_id_cap   bytes at server_id; QUICLB_SERVER_ID_CAP_BYTES always
 *                        suffices
 * @return length of the server ID in bytes, or an error of
 *   quiclb_decoder_read(), or
 *   QUICLB_ERR_SPACE  server_id_cap is below that length
 * Everything else as quiclb_decoder_read().  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_decode(const struct quiclb_decoder *decoder,
				     const uint8_t *cid, size_t cid_len,
				     uint8_t *server_id, size_t server_id_cap);

/* Where a CID lies, as in a packet that was received. */
struct quiclb_cid_ref {
	const uint8_t *cid; /* first octet first */
	size_t cid_len;	    /* bytes; may be more than the config's */
};

/* What became of it. */
struct quiclb_server_id {
	uint8_t bytes[QUICLB_SERVER_ID_CAP_BYTES]; /* then zeros */
	int32_t len; /* bytes; or QUICLB_ERR_*: then bytes is not written */
};

/**
 * quiclb_decoder_decode_batch() - the server IDs in many CIDs
 * @param decoder   from quiclb_decoder_new()
 * @param cids      n of them, in any order and of any configs
 * @param[out] ids  n of them, one for each CID; len is what
 *                  quiclb_decoder_decode() would return, QUICLB_ERR_ARG for all
 *                  if decoder or cids is NULL
 * @param n         how many; 0 is allowed
 * @return how many of the CIDs have a server ID; 0 if ids is NULL
 * Threads: safe on one decoder, from many threads.
 * Time: constant in key and CID bytes; depends on the configs, how many CIDs
 * there are of each and how many of a rotation were tried.
 * Spec: draft, load balancer processing.  Since: 0.2.0.
 *
 * Costs a fraction of n calls once n is 8 or more, as it encrypts for many CIDs
 * at once.  quiclb_known_fn is asked the same for each CID, but for one CID
 * between the questions for another.  Allocates nothing.
 */
QUICLB_API size_t quiclb_decoder_decode_batch(
	const struct quiclb_decoder *decoder, const struct quiclb_cid_ref *cids,
	struct quiclb_server_id *ids, size_t n);

/**
 * quiclb_decoder_cid_len() - length of the CIDs of a config
 * @param decoder      from quiclb_decoder_new()
 * @param first_octet  of a CID, as behind a short header
 * @return bytes, 2..20, server-use bytes included, or
 *   QUICLB_ERR_ARG        decoder is NULL
 *   QUICLB_ERR_RESERVED   the rotation of unroutable CIDs
 *   QUICLB_ERR_NO_CONFIG  no config of this rotation
 *   QUICLB_ERR_AMBIGUOUS  tenants of this rotation have different lengths
 * Threads: safe on one decoder, from many threads.
 * Spec: draft, first octet.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_cid_len(const struct quiclb_decoder *decoder,
				      uint8_t first_octet);

/* ------------------------------------------- decoders that change -- */

/* Holds the decoder in force, for threads that read while one swaps it. */
struct quiclb_table;

/* One thread's way to it. */
struct quiclb_reader;

/**
 * quiclb_table_new() - a table
 * @param decoder     in force from the start; taken over on success
 * @param[out] table  written only on success; to quiclb_table_free()
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_NOMEM
 * Threads: safe.  Since: 0.2.0.
 */
QUICLB_API int quiclb_table_new(struct quiclb_decoder *decoder,
				struct quiclb_table **table);

/**
 * quiclb_table_free() - lets go of a table and its decoder
 * @param table  or NULL
 * Threads: once no thread uses it.  Readers that are left keep their decoder,
 * and it lives until they are freed.  Since: 0.2.0.
 */
QUICLB_API void quiclb_table_free(struct quiclb_table *table);

/**
 * quiclb_table_swap() - puts another decoder in force
 * @param table    from quiclb_table_new()
 * @param decoder  taken over on success; not to be changed from then on
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_NOMEM
 * Threads: safe on one table, from many threads.  Since: 0.2.0.
 *
 * The former decoder is wiped and freed when the last reader that has it asks
 * again, or is freed: a thread that sleeps keeps its keys in memory.
 */
QUICLB_API int quiclb_table_swap(struct quiclb_table *table,
				 struct quiclb_decoder *decoder);

/**
 * quiclb_reader_new() - a reader, for one thread
 * @param table        outlives the last quiclb_reader_decoder()
 * @param[out] reader  written only on success; to quiclb_reader_free()
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_NOMEM
 * Threads: safe on one table, from many threads.  Since: 0.2.0.
 */
QUICLB_API int quiclb_reader_new(struct quiclb_table *table,
				 struct quiclb_reader **reader);

/**
 * quiclb_reader_free() - lets go of a reader
 * @param reader  or NULL
 * Threads: one thread per reader.  Since: 0.2.0.
 */
QUICLB_API void quiclb_reader_free(struct quiclb_reader *reader);

/**
 * quiclb_reader_decoder() - the decoder in force
 * @param reader  from quiclb_reader_new()
 * @return a decoder that stays as it is until this reader is asked again or
 *   freed; NULL for NULL
 * Threads: one thread per reader.  Since: 0.2.0.
 *
 * One load while nothing has changed: ask for every packet.
 */
QUICLB_API const struct quiclb_decoder *
quiclb_reader_decoder(struct quiclb_reader *reader);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_QUICLB_H */
