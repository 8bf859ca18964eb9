/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The memo: what CIDs under a key decoded to, per CPU.  No routing state:
 * losing it costs time and nothing else.
 *
 * Entries are written for known servers only, so where the server ID has
 * room to spare, random CIDs push nobody out.
 */
#ifndef QUICLB_MEMO_H
#define QUICLB_MEMO_H

#include "job.h"
#include "maps.h"

#include <quiclb/decode.h>

/* Sets of quiclb_memo; 0: there is no memo.  Set when the program is loaded. */
const volatile __u32 quiclb_memo_sets;

/*
 * Odd random numbers, drawn at `up`.  The upper half of a multilinear hash of
 * 32 bit words is 2-universal: who does not know them cannot choose CIDs that
 * share a set.  Of 64 bit words it would not be: their upper bits reach none of
 * the bits that choose a set.
 */
const volatile __u64 quiclb_memo_seed[QUICLB_MEMO_SEEDS] = { 1, 1, 1, 1, 1, 1 };

static __always_inline __u64 quiclb_memo_keep(__u64 word, int n_bytes)
{
	if (n_bytes >= 8)
		return word;
	return n_bytes <= 0 ? 0 : word & ((1ULL << 8 * n_bytes) - 1);
}

/* Of a DCID that is long enough for rec: its ciphertext, nothing else. */
static __always_inline void quiclb_memo_body(const struct quiclb_record *rec,
					     const struct quiclb_words *win,
					     struct quiclb_memo_key *key)
{
	const int n = rec->min_cid_len;

	key->body[0] = quiclb_memo_keep(win->w[0], n);
	key->body[1] = quiclb_memo_keep(win->w[1], n - 8);
	key->body[2] = quiclb_memo_keep(win->w[2], n - 16);
	if (rec->head_len)
		key->body[0] &= ~0xffULL;
}

static __always_inline struct quiclb_memo_set *
quiclb_memo_set(const struct quiclb_memo_key *key)
{
	const __u64 sum = (__u32)key->body[0] * quiclb_memo_seed[0] +
			  (key->body[0] >> 32) * quiclb_memo_seed[1] +
			  (__u32)key->body[1] * quiclb_memo_seed[2] +
			  (key->body[1] >> 32) * quiclb_memo_seed[3] +
			  (__u32)key->body[2] * quiclb_memo_seed[4] +
			  key->candidate * quiclb_memo_seed[5];
	const __u32 set = (__u32)(sum >> 32) & (quiclb_memo_sets - 1);

	return bpf_map_lookup_elem(&quiclb_memo, &set);
}

static __always_inline int quiclb_memo_is(const struct quiclb_memo_entry *e,
					  const struct quiclb_memo_key *key)
{
	return e->body[0] == key->body[0] && e->body[1] == key->body[1] &&
	       e->body[2] == key->body[2] && e->candidate == key->candidate &&
	       e->generation == key->generation && e->epoch == key->epoch;
}

/* 1 if the memo has the DCID: then id has its server ID. */
static __always_inline int quiclb_memo_find(const struct quiclb_memo_key *key,
					    struct quiclb_block *id)
{
	struct quiclb_memo_set *const set = quiclb_memo_set(key);
	int i;

	if (!set || !id)
		return 0;
#pragma unroll
	for (i = 0; i < QUICLB_MEMO_WAYS; i++) {
		const struct quiclb_memo_entry *const e = &set->entries[i];

		if (!quiclb_memo_is(e, key))
			continue;
		id->w[0] = e->server_id[0];
		id->w[1] = e->server_id[1];
		return 1;
	}
	return 0;
}

/*
 * Outdated entries go first, then any: where five CIDs take turns on four
 * ways, the one not used for longest would always be the next one needed.
 */
static __noinline void quiclb_memo_write(const struct quiclb_memo_key *key,
					 const struct quiclb_block *id)
{
	struct quiclb_memo_set *const set = quiclb_memo_set(key);
	struct quiclb_memo_entry *e, *to;
	int i;

	if (!set || !id)
		return;
	to = &set->entries[bpf_get_prandom_u32() % QUICLB_MEMO_WAYS];
#pragma unroll
	for (i = 0; i < QUICLB_MEMO_WAYS; i++) {
		e = &set->entries[i];
		if (e->generation != key->generation ||
		    e->epoch != key->epoch) {
			to = e;
			break;
		}
	}
	to->body[0] = key->body[0];
	to->body[1] = key->body[1];
	to->body[2] = key->body[2];
	to->server_id[0] = id->w[0];
	to->server_id[1] = id->w[1];
	to->candidate = key->candidate;
	to->generation = key->generation;
	to->epoch = key->epoch;
}

#endif /* QUICLB_MEMO_H */
