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

/* ------------------------------------------------------------- config -- */

/*
 * One config of the draft: what servers and decoders must agree on.  Growable:
 * always start from quiclb_config_init().
 */
struct quiclb_config {
	size_t size;		 /* bytes; set by quiclb_config_init() */
	uint8_t codec;		 /* QUICLB_CODEC_* */
	uint8_t config_rotation; /* 0..6 */
	uint8_t server_id_len;	 /* bytes, 1..15 */
	uint8_t nonce_len;	 /* bytes, 4..18; server ID + nonce <= 19 */
	uint8_t server_use_len;	 /* bytes behind the nonce; CID <= 20 */
	uint8_t encode_length;	 /* 1: first octet encodes the CID length */
	uint8_t has_key;	 /* 1: key is set */
	uint8_t reserved;	 /* 0 */
	uint8_t key[QUICLB_KEY_BYTES];
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
 * quiclb_config_check() - whether a config is one the draft allows
 * @param config  owned by the caller
 * @return 0, or the first broken rule:
 *   QUICLB_ERR_VERSION           size is not one this library knows
 *   QUICLB_ERR_ARG               config is NULL, or a flag is neither 0 nor 1
 *   QUICLB_ERR_CODEC             no such codec
 *   QUICLB_ERR_ROTATION          config_rotation is not 0..6
 *   QUICLB_ERR_SERVER_ID_LEN     server_id_len is not 1..15
 *   QUICLB_ERR_NONCE_LEN         nonce_len is not 4..18
 *   QUICLB_ERR_SUM_LEN           together more than 19
 *   QUICLB_ERR_SINGLE_PASS_LEN   single-pass, and together not 16
 *   QUICLB_ERR_FOUR_PASS_LEN     four-pass, and together 16
 *   QUICLB_ERR_CID_LEN           with server-use bytes more than 20
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

/* Issues the CIDs of one server under one config. */
struct quiclb_encoder;

/*
 * A nonce under 8 bytes gives no more than a chance that two lives of a server
 * under one key use different nonces.  Without this flag such a config is
 * refused (QUICLB_ERR_NONCE_RESTART); set it if the key changes at every start
 * of the server, or if a repeated nonce does no harm, as in a test.
 */
#define QUICLB_F_SHORT_NONCE 0x1u

/*
 * What an encoder needs beside its config.  Growable: always start from
 * quiclb_encoder_options_init().
 */
struct quiclb_encoder_options {
	size_t size;		  /* bytes; set by the _init function */
	const uint8_t *server_id; /* read during the call only */
	size_t server_id_len;	  /* bytes; what the config says */
	uint32_t flags;		  /* QUICLB_F_* */
	uint32_t reserved;	  /* 0 */
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
 *   QUICLB_ERR_ARG            a NULL, unknown flags, or server_id_len is not
 *                             the config's
 *   QUICLB_ERR_VERSION        options->size is not one this library knows
 *   QUICLB_ERR_NONCE_RESTART  nonce under 8 bytes, no QUICLB_F_SHORT_NONCE
 *   QUICLB_ERR_NOMEM, QUICLB_ERR_RANDOM, QUICLB_ERR_CRYPTO
 * Threads: one thread per encoder.
 * Spec: draft, server processing.  Since: 0.1.0.
 *
 * The nonces are a secret random permutation of the nonce space from a random
 * start: none repeats in the encoder's life, and none tells its neighbours.
 */
QUICLB_API int quiclb_encoder_new(const struct quiclb_config *config,
				  const struct quiclb_encoder_options *options,
				  struct quiclb_encoder **encoder);

/**
 * quiclb_encoder_free() - wipes and releases an encoder
 * @param encoder  or NULL
 * Since: 0.1.0.
 */
QUICLB_API void quiclb_encoder_free(struct quiclb_encoder *encoder);

/**
 * quiclb_encoder_next() - the next CID
 * @param encoder   from quiclb_encoder_new()
 * @param[out] cid  written only on success; server-use bytes are random
 * @param cid_cap   bytes at cid
 * @return length of the CID in bytes, always the same for one encoder, or
 *   QUICLB_ERR_ARG        a NULL
 *   QUICLB_ERR_SPACE      cid_cap is below that length
 *   QUICLB_ERR_EXHAUSTED  every nonce was used: move to another config, or use
 *                         quiclb_unroutable()
 *   QUICLB_ERR_FORKED     this process is a child of the one that made the
 *                         encoder; make a new one
 *   QUICLB_ERR_RANDOM, QUICLB_ERR_CRYPTO
 * Threads: one thread per encoder.
 * Time: constant in key, server ID and nonce.
 * Spec: draft, server processing.  Since: 0.1.0.
 */
QUICLB_API int quiclb_encoder_next(struct quiclb_encoder *encoder, uint8_t *cid,
				   size_t cid_cap);

/**
 * quiclb_encoder_encode() - a CID with a nonce of the caller's
 * @param encoder         from quiclb_encoder_new()
 * @param nonce           as many bytes as the config says
 * @param server_use      as many bytes as the config says, or NULL for random
 * @param[out] cid        written only on success
 * @param cid_cap         bytes at cid
 * @return as quiclb_encoder_next(), never QUICLB_ERR_EXHAUSTED
 * Threads: one thread per encoder.
 * Time: constant in key, server ID and nonce.
 * Spec: draft, server processing.  Since: 0.1.0.
 *
 * For vectors and tests.  It does not know the nonces quiclb_encoder_next()
 * uses: on a live server the same nonce may then appear twice under one key.
 */
QUICLB_API int quiclb_encoder_encode(struct quiclb_encoder *encoder,
				     const uint8_t *nonce,
				     const uint8_t *server_use, uint8_t *cid,
				     size_t cid_cap);

/**
 * quiclb_encoder_remaining() - nonces not used yet
 * @param encoder  from quiclb_encoder_new(), or NULL
 * @return how often quiclb_encoder_next() can still succeed, at most
 *   UINT64_MAX; 0 for NULL
 * Threads: one thread per encoder.  Since: 0.1.0.
 *
 * Ask for a new config long before it is 0: configs are spread first to the
 * decoders, then to the servers.
 */
QUICLB_API uint64_t
quiclb_encoder_remaining(const struct quiclb_encoder *encoder);

/**
 * quiclb_encoder_cid_len() - length of the CIDs of an encoder
 * @param encoder  from quiclb_encoder_new(), or NULL
 * @return bytes, 6..20; 0 for NULL
 * Threads: one thread per encoder.  Since: 0.1.0.
 */
QUICLB_API size_t quiclb_encoder_cid_len(const struct quiclb_encoder *encoder);

/**
 * quiclb_unroutable() - a CID that says it carries no server ID; cannot fail
 * @param[out] cid  exactly cid_len bytes; NULL is allowed if cid_len is 0
 * @param cid_len   bytes; the draft asks for 8 or more, QUIC version 1 for 20
 *                  or less
 * Threads: safe.
 * Spec: draft, unroutable connection IDs.  Since: 0.1.0.
 *
 * Config rotation 0b111, its own length in the low five bits (modulo 32), the
 * rest random.  For hooks that must return a CID when there is no config, or
 * its nonces are spent.  Use it for one CID per connection only.  Should the
 * system have no random bytes, it falls back on a hash of a process-wide
 * counter, clock and addresses: the CID is then unique, but not secret.
 */
QUICLB_API void quiclb_unroutable(uint8_t *cid, size_t cid_len);

/* ------------------------------------------------------------ decoder -- */

/* Up to 7 configs, one per config rotation. */
struct quiclb_decoder;

/**
 * quiclb_decoder_new() - an empty decoder
 * @param[out] decoder  written only on success; to quiclb_decoder_free()
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_NOMEM
 * Threads: one thread per decoder.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_new(struct quiclb_decoder **decoder);

/**
 * quiclb_decoder_free() - wipes and releases a decoder
 * @param decoder  or NULL
 * Since: 0.1.0.
 */
QUICLB_API void quiclb_decoder_free(struct quiclb_decoder *decoder);

/**
 * quiclb_decoder_add() - makes a config known
 * @param decoder  unchanged on failure
 * @param config   copied; the caller may wipe its own at once
 * @return 0, or an error of quiclb_config_check(), or
 *   QUICLB_ERR_ARG              a NULL
 *   QUICLB_ERR_ROTATION_IN_USE  remove the other config first
 *   QUICLB_ERR_NOMEM, QUICLB_ERR_CRYPTO
 * Threads: one thread per decoder.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_add(struct quiclb_decoder *decoder,
				  const struct quiclb_config *config);

/**
 * quiclb_decoder_remove() - forgets a config and wipes its key
 * @param decoder          unchanged on failure
 * @param config_rotation  0..6
 * @return 0, or
 *   QUICLB_ERR_ARG        decoder is NULL
 *   QUICLB_ERR_ROTATION   not 0..6
 *   QUICLB_ERR_NO_CONFIG  there is none of that rotation
 * Threads: one thread per decoder.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_remove(struct quiclb_decoder *decoder,
				     unsigned int config_rotation);

/**
 * quiclb_decoder_decode() - the server ID in a CID
 * @param decoder         from quiclb_decoder_new()
 * @param cid             first octet first
 * @param cid_len         bytes; more than the config's are allowed, as behind
 *                        a short header
 * @param[out] server_id  written only on success
 * @param server_id_cap   bytes at server_id; QUICLB_SERVER_ID_MAX_BYTES always
 *                        suffices
 * @return length of the server ID in bytes, or
 *   QUICLB_ERR_ARG        a NULL
 *   QUICLB_ERR_SPACE      server_id_cap is below that length
 *   QUICLB_ERR_CRYPTO     the block cipher failed
 *   QUICLB_ERR_RESERVED   config rotation 0b111
 *   QUICLB_ERR_NO_CONFIG  no config of this rotation
 *   QUICLB_ERR_SHORT      shorter than first octet, server ID and nonce, or
 *                         empty
 * Threads: one thread per decoder.
 * Time: constant in key and CID bytes; depends on the config.
 * Spec: draft, load balancer processing.  Since: 0.1.0.
 *
 * Nothing authenticates a CID: random bytes decode to a random server ID.
 */
QUICLB_API int quiclb_decoder_decode(struct quiclb_decoder *decoder,
				     const uint8_t *cid, size_t cid_len,
				     uint8_t *server_id, size_t server_id_cap);

/**
 * quiclb_decoder_cid_len() - length of the CIDs of a config
 * @param decoder      from quiclb_decoder_new()
 * @param first_octet  of a CID, as behind a short header
 * @return bytes, 6..20, server-use bytes included, or
 *   QUICLB_ERR_ARG        decoder is NULL
 *   QUICLB_ERR_RESERVED   config rotation 0b111
 *   QUICLB_ERR_NO_CONFIG  no config of this rotation
 * Threads: one thread per decoder.
 * Spec: draft, first octet.  Since: 0.1.0.
 */
QUICLB_API int quiclb_decoder_cid_len(const struct quiclb_decoder *decoder,
				      uint8_t first_octet);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_QUICLB_H */
