/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stateless resets (RFC 9000 10.3): tokens for clients, and the packet that
 * tells a client that its connection is gone.
 */
#ifndef NGTCP2_SERVER_RESETS_H
#define NGTCP2_SERVER_RESETS_H

#include "server.h"

struct datagram;

/* path: a file with the key.  Returns 0, or -1 with a line on standard error.
 */
int resets_open(struct server *server, const char *path);

/* The token of a CID that this server issues.  Returns 0 if there is one. */
int resets_token(const struct server *server, const ngtcp2_cid *cid,
		 uint8_t *token);

/* Answers a packet with a short header whose DCID no connection answers to. */
void resets_send(struct server *server, const ngtcp2_cid *dcid,
		 const struct datagram *datagram);

#endif /* NGTCP2_SERVER_RESETS_H */
