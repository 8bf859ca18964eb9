/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drafts, and the layouts of deployed systems, once more as a textbook
 * would put it: byte arrays, one step a line, nothing precomputed, every pass
 * always.  The tests hold the library against it, so it shares no line and no
 * header with the library.
 */
#ifndef TEXTBOOK_H
#define TEXTBOOK_H

#include <stddef.h>
#include <stdint.h>

enum textbook_codec {
	TEXTBOOK_PLAIN,
	TEXTBOOK_SINGLE_PASS,
	TEXTBOOK_FOUR_PASS,
	TEXTBOOK_FOUR_PASS_12,
	TEXTBOOK_FOUR_PASS_14,
	TEXTBOOK_FOUR_PASS_15,
	TEXTBOOK_PLAIN_07,
	TEXTBOOK_STREAM_07,
	TEXTBOOK_BLOCK_07,
	TEXTBOOK_MSQUIC,
	TEXTBOOK_MVFST_1,
	TEXTBOOK_MVFST_2,
	TEXTBOOK_MVFST_3,
	TEXTBOOK_QUICLY,
	TEXTBOOK_N_CODECS
};

enum textbook_result {
	TEXTBOOK_OK,
	TEXTBOOK_TOO_SHORT,    /* fewer bytes than octet, server ID, nonce */
	TEXTBOOK_RESERVED,     /* the codepoint that is unroutable */
	TEXTBOOK_BAD_LENGTHS,  /* the codec has no such lengths */
	TEXTBOOK_BAD_ROTATION, /* nor such rotation, its bits, self_length */
};

struct textbook_config {
	enum textbook_codec codec;
	unsigned int rotation_bits; /* 3; 2 in older drafts; 0: has none */
	unsigned int rotation;	    /* mvfst: the version; without bits: 0 */
	unsigned int self_length;   /* 1: first octet encodes the CID length */
	size_t uncounted_len;  /* last bytes which that length leaves out */
	size_t server_id_len;  /* bytes */
	size_t nonce_len;      /* bytes; plain-07, block-07: server use */
	size_t server_use_len; /* bytes, behind all that is encrypted */
	uint8_t key[16];       /* not looked at by codecs in clear */
};

/*
 * The CID of a server ID, a nonce and server-use bytes, each as long as the
 * config says.  low_bits go into the first octet (mvfst-1: into the third) when
 * it does not encode the length.  *cid has room for 20 bytes; written only on
 * success, as is *cid_len.
 */
enum textbook_result textbook_encode(const struct textbook_config *config,
				     const uint8_t *const fields[3],
				     unsigned int low_bits, uint8_t *cid,
				     size_t *cid_len);

/* The server ID in a CID; server_id_len bytes, written only on success. */
enum textbook_result textbook_decode(const struct textbook_config *config,
				     const uint8_t *cid, size_t cid_len,
				     uint8_t *server_id);

/* The same, and the nonce: nonce_len bytes. */
enum textbook_result textbook_decode_all(const struct textbook_config *config,
					 const uint8_t *cid, size_t cid_len,
					 uint8_t *server_id, uint8_t *nonce);

/* The codec of a name, such as "four-pass"; -1 if there is none. */
int textbook_codec_by_name(const char *name);

/* AES-128 of one block, in or out; in and out may be the same. */
void textbook_aes(const uint8_t key[16], int encrypt, const uint8_t in[16],
		  uint8_t out[16]);

#endif /* TEXTBOOK_H */
