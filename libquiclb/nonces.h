/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces: each at most once, in an order that shows nothing.
 */
#ifndef QUICLB_NONCES_H
#define QUICLB_NONCES_H

#include "lanes.h"
#include <quiclb/quiclb.h>

#define QUICLB_STOCK 16 /* nonces: as many as the widest AES has blocks */

struct quiclb_marks; /* the high-water mark, shared by the parts */

/*
 * The nonce counted c is order[1](order[0](base + c)): two four-pass networks,
 * 8 Feistel rounds, under keys that no other has.  A permutation, so no nonce
 * repeats until the counter comes round; 8 rounds as FF3 has for domains as
 * small as our 32 bits.
 */
struct quiclb_nonces {
	struct quiclb_cipher order[2];
	struct quiclb_words base;
	struct quiclb_marks *marks; /* or NULL */
	uint64_t next;		    /* counter of the next nonce */
	uint64_t step;		    /* from one to the next: number of parts */
	uint64_t limit;		    /* counters are below this */
	uint8_t len;		    /* bytes of a nonce */
	/*
	 * The next ones, made side by side: 8 blocks after one another would
	 * take twice as long as the CID that the nonce is for.
	 */
	uint8_t n_stock;
	struct quiclb_words stock[QUICLB_STOCK]; /* the last n_stock of them */
};

/*
 * Orders the nonces of len bytes: by the options' secret and what is in
 * identity, or at random.  On failure nonces need no free.
 */
int quiclb_priv_nonces_init(struct quiclb_nonces *nonces, uint8_t len,
			    const struct quiclb_encoder_options *options,
			    const uint8_t *identity, size_t identity_len);
/* Every n-th nonce of whole, beginning with number part. */
void quiclb_priv_nonces_part(struct quiclb_nonces *nonces,
			     const struct quiclb_nonces *whole, uint32_t part,
			     uint32_t n);
void quiclb_priv_nonces_free(struct quiclb_nonces *nonces);
uint64_t quiclb_priv_nonces_left(const struct quiclb_nonces *nonces);
/* The next nonce; it is used up by quiclb_priv_nonces_spend(). */
int quiclb_priv_nonces_peek(struct quiclb_nonces *nonces,
			    struct quiclb_words *nonce);
void quiclb_priv_nonces_spend(struct quiclb_nonces *nonces);

/*
 * The next ones: as many as the lanes hold, as there are, as the mark covers,
 * and at most n, which is 1 or more.  A lane's body is its nonce.  Returns 0 or
 * the error of quiclb_priv_nonces_peek(); each is to be spent.
 */
int quiclb_priv_nonces_peek_many(const struct quiclb_nonces *nonces,
				 struct quiclb_lanes *lanes, uint64_t n);

#endif /* QUICLB_NONCES_H */
