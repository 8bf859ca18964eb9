/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads many CIDs side by side; what each says is what decoder.c makes of it
 * alone.
 */
#include "decoder.h"
#include "lanes.h"
#include "one.h"

/* Up to QUICLB_N_LANES of the caller's CIDs, and where each stands. */
struct batch {
	const struct quiclb_decoder *decoder;
	const struct quiclb_cid_ref *cids;
	struct quiclb_server_id *ids; /* len: the answer up to now */
	size_t n;
	size_t n_found;
	const struct quiclb_slot *slots[QUICLB_N_LANES]; /* NULL: answered */
	struct quiclb_lanes lanes;
	uint8_t owners[QUICLB_N_LANES]; /* whose CID a lane has */
};

/* The slot for a CID; without one the error is the answer. */
static void find(struct batch *b, size_t i)
{
	const struct quiclb_cid_ref *const cid = &b->cids[i];
	int err = 0;

	b->slots[i] = NULL;
	if (!cid->cid)
		err = QUICLB_ERR_ARG;
	else if (!cid->cid_len)
		err = QUICLB_ERR_SHORT;
	else
		err = quiclb_priv_find_slot(b->decoder, cid->cid[0],
					    &b->slots[i]);
	if (err)
		b->slots[i] = NULL;
	b->ids[i].len = err ? err : QUICLB_ERR_SHORT;
}

/* A lane for each CID that has no answer yet and is long enough. */
static void begin_round(struct batch *b, unsigned int round)
{
	size_t i;

	b->lanes.n = 0;
	for (i = 0; i < b->n; i++) {
		const struct quiclb_slot *const slot = b->slots[i];
		const struct quiclb_cipher *cipher;
		struct quiclb_work *work;
		struct quiclb_words win;
		quiclb_u32 len;

		if (!slot || round >= slot->n)
			continue;
		cipher = &slot->entries[round]->cipher;
		if (b->cids[i].cid_len < cipher->record.min_cid_len)
			continue;
		len = cipher->record.min_cid_len;
		win = quiclb_h_window(b->cids[i].cid, len);
		b->owners[b->lanes.n] = (uint8_t)i;
		work = quiclb_priv_lanes_add(&b->lanes, cipher, &win);
		work->cid = b->cids[i].cid;
	}
}

/* The answer of one config to the CID of a lane. */
static void answer(struct batch *b, size_t lane, unsigned int round)
{
	const struct quiclb_decoder *const d = b->decoder;
	const size_t i = b->owners[lane];
	const struct quiclb_entry *const entry = b->slots[i]->entries[round];
	const struct quiclb_record *const rec = &entry->cipher.record;
	const struct quiclb_block id =
		quiclb_h_server_id(rec, &b->lanes.work[lane].body);
	uint8_t bytes[QUICLB_SERVER_ID_CAP_BYTES];

	quiclb_priv_store_block(bytes, &id, sizeof(bytes));
	if (d->known &&
	    !d->known(d->known_arg, entry->tenant, bytes, rec->server_id_len)) {
		b->ids[i].len = QUICLB_ERR_UNKNOWN_SERVER;
		return;
	}
	memcpy(b->ids[i].bytes, bytes, sizeof(bytes));
	b->ids[i].len = rec->server_id_len;
	b->slots[i] = NULL;
	b->n_found++;
}

static void decode(struct batch *b)
{
	unsigned int round, n_rounds = 0;
	size_t i;

	for (i = 0; i < b->n; i++) {
		find(b, i);
		if (b->slots[i] && b->slots[i]->n > n_rounds)
			n_rounds = b->slots[i]->n;
	}
	for (round = 0; round < n_rounds; round++) {
		begin_round(b, round);
		quiclb_priv_lanes_decode(&b->lanes);
		for (i = 0; i < b->lanes.n; i++)
			answer(b, i, round);
	}
}

/* ---------------------------------------------------------- one config -- */

/* The first CIDs, while the only config there is can tell them; how many. */
static size_t decode_easy(const struct quiclb_decoder *d,
			  const struct quiclb_cid_ref *cids,
			  struct quiclb_server_id *ids, size_t n)
{
	size_t i;

	if (!d->only)
		return 0;
	i = quiclb_priv_one_decode_row(&d->only->cipher, d->only_claims, cids,
				       ids, n);
	if (i)
		return i;
	for (i = 0; i < n && i < QUICLB_N_LANES; i++)
		if (!quiclb_priv_is_easy(&cids[i],
					 d->only->cipher.record.min_cid_len,
					 d->only_claims))
			break;
	if (i)
		quiclb_priv_decode_same(&d->only->cipher, cids, ids, i);
	return i;
}

/* -------------------------------------------------------------- all CIDs -- */

/* Some of the first CIDs; how many.  *n_found counts those with an answer. */
static size_t decode_some(const struct quiclb_decoder *d,
			  const struct quiclb_cid_ref *cids,
			  struct quiclb_server_id *ids, size_t n,
			  size_t *n_found)
{
	const size_t n_easy = decode_easy(d, cids, ids, n);
	struct batch b;

	if (n_easy) {
		*n_found += n_easy;
		return n_easy;
	}
	b.decoder = d;
	b.cids = cids;
	b.ids = ids;
	b.n = n < QUICLB_N_LANES ? n : QUICLB_N_LANES;
	b.n_found = 0;
	decode(&b);
	*n_found += b.n_found;
	return b.n;
}

size_t quiclb_decoder_decode_batch(const struct quiclb_decoder *decoder,
				   const struct quiclb_cid_ref *cids,
				   struct quiclb_server_id *ids, size_t n)
{
	size_t i, n_found = 0;

	if (!ids)
		return 0;
	if (!decoder || !cids) {
		for (i = 0; i < n; i++)
			ids[i].len = QUICLB_ERR_ARG;
		return 0;
	}
	for (i = 0; i < n;)
		i += decode_some(decoder, cids + i, ids + i, n - i, &n_found);
	return n_found;
}
