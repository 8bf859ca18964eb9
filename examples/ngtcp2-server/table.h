/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table that finds the connection of a packet by its destination CID: all
 * CIDs the server issued, and each client's first DCID.
 */
#ifndef NGTCP2_SERVER_TABLE_H
#define NGTCP2_SERVER_TABLE_H

#include <glib.h>
#include <ngtcp2/ngtcp2.h>

struct connection;

/* ngtcp2_cid -> struct connection; owns neither. */
GHashTable *table_new(void);

/* A set of ngtcp2_cid that owns them, for connection->cids. */
GHashTable *table_cid_set(void);

/* Returns 0, or -1 if a connection answers to this CID already. */
int table_add(GHashTable *table, struct connection *connection,
	      const ngtcp2_cid *cid);
void table_remove(GHashTable *table, struct connection *connection,
		  const ngtcp2_cid *cid);
void table_remove_all(GHashTable *table, struct connection *connection);

#endif /* NGTCP2_SERVER_TABLE_H */
