/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every connection ID this server gives out.
 */
#ifndef NGTCP2_SERVER_CIDS_H
#define NGTCP2_SERVER_CIDS_H

#include <ngtcp2/ngtcp2.h>

#include "identity.h"

struct cids {
	struct quiclb_encoder *encoder;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t server_id_len; /* bytes */
};

/* Returns 0, or -1 with a line on standard error. */
int cids_open(struct cids *cids, const struct identity *identity);

/* Returns 1: cid routes to this server; 0: cid is unroutable. */
int cids_next(struct cids *cids, ngtcp2_cid *cid);

/* Length of a CID that came back in a short header; 0: none of ours. */
size_t cids_length(const struct cids *cids, uint8_t first_octet);

/* QUICLB_RESET_TOKEN_BYTES that no other server can make.  Returns 0 if so. */
int cids_reset_token(const struct cids *cids, const uint8_t *key,
		     size_t key_len, const ngtcp2_cid *cid, uint8_t *token);

void cids_close(struct cids *cids);

#endif /* NGTCP2_SERVER_CIDS_H */
