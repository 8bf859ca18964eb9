/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of Cloudflare's quiche.h as the adapter touches, declared in our own
 * words from what docs/stacks/quiche.md says of it.  Addresses are left out
 * with the functions that take them.
 */
#ifndef QUICHE_H
#define QUICHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUICHE_MAX_CONN_ID_LEN 20

typedef struct quiche_config quiche_config;
typedef struct quiche_conn quiche_conn;

/* The token, 16 bytes, of the first CID of the next quiche_accept(). */
void quiche_config_set_stateless_reset_token(quiche_config *config,
					     const uint8_t *token);

/* The CID that the connection began with, or that of its active path. */
void quiche_conn_source_id(const quiche_conn *conn, const uint8_t **cid,
			   size_t *cid_len);

/* How many more CIDs the peer takes. */
size_t quiche_conn_scids_left(quiche_conn *conn);

/* 0, or an error; copies both. */
int quiche_conn_new_scid(quiche_conn *conn, const uint8_t *cid, size_t cid_len,
			 const uint8_t *reset_token, bool retire_if_needed,
			 uint64_t *seq);

#endif /* QUICHE_H */
