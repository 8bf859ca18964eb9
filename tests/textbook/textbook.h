/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The draft once more, as a textbook would put it: byte arrays, one step a
 * line, nothing precomputed, every pass always.  The tests hold the library
 * against it, so it shares no line and no header with the library.
 */
#ifndef TEXTBOOK_H
#define TEXTBOOK_H

#include <stddef.h>
#include <stdint.h>

enum textbook_codec {
	TEXTBOOK_PLAIN,
	TEXTBOOK_SINGLE_PASS,
	TEXTBOOK_FOUR_PASS,
};

enum textbook_result {
	TEXTBOOK_OK,
	TEXTBOOK_TOO_SHORT,   /* fewer bytes than octet, server ID, nonce */
	TEXTBOOK_RESERVED,    /* config rotation 0b111 */
	TEXTBOOK_BAD_LENGTHS, /* the codec has no such lengths */
};

struct textbook_config {
	enum textbook_codec codec;
	unsigned int rotation;	  /* 0..6 */
	unsigned int self_length; /* 1: first octet encodes the CID length */
	size_t server_id_len;	  /* bytes */
	size_t nonce_len;	  /* bytes */
	size_t server_use_len;	  /* bytes */
	uint8_t key[16];	  /* not looked at by plain */
};

/*
 * The CID of a server ID, a nonce and server-use bytes, each as long as the
 * config says.  low_bits go into the first octet when it does not encode the
 * length.  *cid has room for 20 bytes; written only on success, as is *cid_len.
 */
enum textbook_result textbook_encode(const struct textbook_config *config,
				     const uint8_t *const fields[3],
				     unsigned int low_bits, uint8_t *cid,
				     size_t *cid_len);

/* The server ID in a CID; server_id_len bytes, written only on success. */
enum textbook_result textbook_decode(const struct textbook_config *config,
				     const uint8_t *cid, size_t cid_len,
				     uint8_t *server_id);

/* AES-128 of one block, in or out; in and out may be the same. */
void textbook_aes(const uint8_t key[16], int encrypt, const uint8_t in[16],
		  uint8_t out[16]);

#endif /* TEXTBOOK_H */
