/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of quicly/cid.h as the adapter touches, declared in our own words
 * from what docs/stacks/quicly.md says of it.
 */
#ifndef QUICLY_H
#define QUICLY_H

#include <stddef.h>
#include <stdint.h>

#define QUICLY_STATELESS_RESET_TOKEN_LEN 16

typedef struct st_quicly_cid_t {
	uint8_t cid[20];
	uint8_t len;
} quicly_cid_t;

/* What quicly has in a CID. */
typedef struct st_quicly_cid_plaintext_t {
	uint32_t master_id; /* of the connection */
	uint32_t path_id : 8;
	uint32_t thread_id : 24;
	uint64_t node_id;
} quicly_cid_plaintext_t;

typedef struct st_quicly_cid_encryptor_t {
	/* cannot fail; token may be NULL */
	void (*encrypt_cid)(struct st_quicly_cid_encryptor_t *self,
			    quicly_cid_t *encrypted, void *token,
			    const quicly_cid_plaintext_t *plaintext);
	/*
	 * How long the CID is, or SIZE_MAX: none of ours; then thread_id is any
	 * number, to spread such packets over the threads.  len 0: unknown,
	 * behind a short header.
	 */
	size_t (*decrypt_cid)(struct st_quicly_cid_encryptor_t *self,
			      quicly_cid_plaintext_t *plaintext,
			      const void *encrypted, size_t len);
	/* 1: there is a token */
	int (*generate_stateless_reset_token)(
		struct st_quicly_cid_encryptor_t *self, void *token,
		const void *cid);
} quicly_cid_encryptor_t;

#endif /* QUICLY_H */
