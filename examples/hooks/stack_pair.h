/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack that makes the plaintext of a CID itself and asks for the cipher in
 * both directions.  In our own words; the real one, and its rules:
 *
 *   quicly  quicly_cid_encryptor_t: encrypt_cid, decrypt_cid,
 *           generate_stateless_reset_token.  encrypt_cid cannot fail; the token
 *           may be NULL.  decrypt_cid gets a length of 0 behind a short header
 *           and returns how long the CID is, or SIZE_MAX; then thread_id is any
 *           number, so that such packets spread over the threads.
 */
#ifndef STACK_PAIR_H
#define STACK_PAIR_H

#include <stddef.h>
#include <stdint.h>

struct stack_cid {
	uint8_t bytes[20];
	uint8_t len;
};

struct stack_plaintext {
	uint64_t node_id;
	uint32_t master_id;
	uint32_t thread_id; /* 24 bits */
	uint8_t path_id;
};

struct stack_encryptor {
	void (*encrypt_cid)(struct stack_encryptor *self, struct stack_cid *cid,
			    uint8_t *token, const struct stack_plaintext *text);
	size_t (*decrypt_cid)(struct stack_encryptor *self,
			      struct stack_plaintext *text, const uint8_t *cid,
			      size_t len);
	/* 1: there is one */
	int (*reset_token)(struct stack_encryptor *self, uint8_t *token,
			   const uint8_t *cid);
};

#endif /* STACK_PAIR_H */
