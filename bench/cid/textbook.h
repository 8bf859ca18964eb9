/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server author writes with OpenSSL and the draft at hand: bytes, one
 * context for each direction made once and used for every block.  The library
 * is measured against it.
 */
#ifndef CID_TEXTBOOK_H
#define CID_TEXTBOOK_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

enum textbook_algorithm { TEXTBOOK_PLAIN, TEXTBOOK_SINGLE, TEXTBOOK_FOUR };

struct textbook {
	enum textbook_algorithm algorithm;
	size_t server_id_len, nonce_len; /* bytes */
	uint8_t first;			 /* first octet of its CIDs */
	uint8_t server_id[16];		 /* of its CIDs */
	EVP_CIPHER_CTX *encrypt, *decrypt;
};

/* The fields before encrypt are set; key of 16 bytes, or NULL.  0, or -1. */
int textbook_open(struct textbook *book, const uint8_t *key);
void textbook_close(struct textbook *book);

/* 1 + server_id_len + nonce_len bytes of CID. */
void textbook_encode(const struct textbook *book, const uint8_t *nonce,
		     uint8_t *cid);
/* The same with random bytes for a nonce. */
void textbook_next(const struct textbook *book, uint8_t *cid);

/* server_id_len bytes; four-pass stops after three passes where it can. */
void textbook_decode(const struct textbook *book, const uint8_t *cid,
		     uint8_t *server_id);
/* The same in four passes always. */
void textbook_decode_all(const struct textbook *book, const uint8_t *cid,
			 uint8_t *server_id);

#endif /* CID_TEXTBOOK_H */
