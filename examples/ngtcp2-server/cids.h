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
	size_t cid_len; /* bytes, of every CID; short headers do not say it */
};

/* Returns 0, or -1 with a line on standard error. */
int cids_open(struct cids *cids, const struct identity *identity);

/* Returns 1: cid routes to this server; 0: cid is unroutable; -1: no CID. */
int cids_next(struct cids *cids, ngtcp2_cid *cid);

void cids_close(struct cids *cids);

#endif /* NGTCP2_SERVER_CIDS_H */
