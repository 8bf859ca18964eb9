/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table that finds the connection of a packet by its destination CID.
 */
#include "table.h"

#include "connection.h"

/*
 * FNV-1a.  CIDs of ours look random; the first DCID is the client's choice, so
 * a server for the open Internet takes a keyed hash here.
 */
static guint cid_hash(gconstpointer key)
{
	const ngtcp2_cid *cid = key;
	guint32 hash = 2166136261u;

	for (size_t i = 0; i < cid->datalen; i++)
		hash = (hash ^ cid->data[i]) * 16777619u;
	return hash;
}

static gboolean cid_equal(gconstpointer a, gconstpointer b)
{
	return ngtcp2_cid_eq(a, b);
}

GHashTable *table_new(void)
{
	return g_hash_table_new(cid_hash, cid_equal);
}

GHashTable *table_cid_set(void)
{
	return g_hash_table_new_full(cid_hash, cid_equal, g_free, NULL);
}

int table_add(GHashTable *table, struct connection *connection,
	      const ngtcp2_cid *cid)
{
	ngtcp2_cid *key;

	if (g_hash_table_contains(table, cid))
		return -1;
	key = g_memdup2(cid, sizeof(*cid));
	g_hash_table_add(connection->cids, key);
	g_hash_table_insert(table, key, connection);
	return 0;
}

void table_remove(GHashTable *table, struct connection *connection,
		  const ngtcp2_cid *cid)
{
	/* The key is the connection's: the borrower goes first. */
	if (!g_hash_table_contains(connection->cids, cid))
		return;
	g_hash_table_remove(table, cid);
	g_hash_table_remove(connection->cids, cid);
}

void table_remove_all(GHashTable *table, struct connection *connection)
{
	GHashTableIter iter;
	gpointer cid;

	g_hash_table_iter_init(&iter, connection->cids);
	while (g_hash_table_iter_next(&iter, &cid, NULL))
		g_hash_table_remove(table, cid);
	g_hash_table_remove_all(connection->cids);
}
