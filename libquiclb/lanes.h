/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many CIDs side by side: step by step, and in each step the AES blocks of all
 * of them at once.
 */
#ifndef QUICLB_LANES_H
#define QUICLB_LANES_H

#include <assert.h>

#include "private.h"

/* CIDs at a time: four groups of the widest AES; about 9 KB of stack. */
#define QUICLB_N_LANES 64

struct quiclb_lanes {
	size_t n;
	const struct quiclb_cipher *ciphers[QUICLB_N_LANES];
	struct quiclb_work work[QUICLB_N_LANES];
};

/*
 * Another lane, for a body; there must be room for it.  What a codec keeps
 * between steps it writes in step 0: it need not be zero.
 */
QUICLB_INLINE struct quiclb_work *
quiclb_priv_lanes_add(struct quiclb_lanes *lanes,
		      const struct quiclb_cipher *cipher,
		      const struct quiclb_words *body)
{
	struct quiclb_work *const work = &lanes->work[lanes->n];

	assert(lanes->n < QUICLB_N_LANES);
	lanes->ciphers[lanes->n++] = cipher;
	/* one by one: a copy would be loaded before it is stored */
	work->body.w[0] = body->w[0];
	work->body.w[1] = body->w[1];
	work->body.w[2] = body->w[2];
	work->first = 0;
	work->cid = NULL;
	return work;
}

/*
 * Each body becomes what quiclb_h_decode() or quiclb_h_encode() makes of it
 * under its lane's record, whose codec is one of the list.  There is a lane to
 * encode, and all of them are of one config.
 */
void quiclb_priv_lanes_decode(struct quiclb_lanes *lanes);
void quiclb_priv_lanes_encode(struct quiclb_lanes *lanes);

/* Server IDs of CIDs of one config, long enough for it; n up to QUICLB_N_LANES.
 */
void quiclb_priv_decode_same(const struct quiclb_cipher *cipher,
			     const struct quiclb_cid_ref *cids,
			     struct quiclb_server_id *ids, size_t n);

/* The four-pass network alone, for the order of nonces. */
void quiclb_priv_lanes_permute(struct quiclb_lanes *lanes);

#endif /* QUICLB_LANES_H */
