/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A config, and one CID of it with all that went into it: what each case of
 * `taint` works on.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <quiclb/quiclb.h>

#define SUBJECT_N 41 /* a batch: groups of 32 and 8 lanes, and one more */
#define SUBJECT_LOW_BITS                                                       \
	0x2a /* of first octets that do not encode a length                    \
	      */

struct subject {
	struct quiclb_config config;
	struct quiclb_config other; /* of another rotation; codec 0: none */
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES]; /* the worker's among them */
	uint8_t nonce_secret[QUICLB_NONCE_SECRET_BYTES];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t cid_len;
	uint8_t other_cid[QUICLB_CID_MAX_BYTES];
	size_t other_cid_len;
};

/*
 * Random bytes, and the CIDs that the library makes of them; 0 if the codec
 * does not allow the lengths.  Ends the program if the library fails.
 */
int subject_init(struct subject *s, int codec, uint8_t server_id_len,
		 uint8_t nonce_len);

/* Makes everything secret but lengths, and what a CID says by its first octet.
 */
void subject_hide(struct subject *s);

/* Of the config of s; with secret, nonces are ordered by nonce_secret. */
struct quiclb_encoder *subject_encoder(const struct subject *s,
				       const struct quiclb_config *config,
				       int secret);

/* A CID with the nonce of s, or its own; its low bits are fixed. */
int subject_encode(struct quiclb_encoder *encoder, const uint8_t *nonce,
		   uint8_t *cid);

#endif /* SUBJECT_H */
