/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codecs with lengths and forms of the first octet, for the tests that go
 * through all of them.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include "unit.h"

/* A codec, and lengths that it may or may not allow. */
struct pair {
	uint8_t codec;
	uint8_t server_id_len;
	uint8_t nonce_len;
};

/* What a config says of its first octet. */
struct pairs_form {
	uint8_t rotation_bits; /* 0: as is usual */
	uint8_t encode_length;
};

#define PAIRS_N_FORMS 6
extern const struct pairs_form pairs_forms[PAIRS_N_FORMS];

#define PAIRS_SERVER_ID_END 18 /* lengths to try are below these */
#define PAIRS_NONCE_END 21

/* A config of a random key, of the lowest rotation that the codec has. */
void pairs_config(struct quiclb_config *config, const struct pair *pair,
		  const struct pairs_form *form);

/* FALSE if the textbook does not have the codec: it is from elsewhere. */
gboolean pairs_book(const struct quiclb_config *config,
		    struct textbook_config *book);

/* By the textbook, or for codecs from elsewhere by the library. */
gboolean pairs_is_legal(const struct quiclb_config *config);

/* How many forms a pair has; 0 if its lengths are not allowed. */
unsigned int pairs_n_forms(const struct pair *pair);

/*
 * Calls fn for every legal config of every codec: pairs, forms, bytes of
 * server use (all of them uncounted, if the length is encoded) and of worker.
 */
typedef void pairs_config_fn(const struct quiclb_config *config);
unsigned int pairs_each_config(pairs_config_fn *fn); /* how many */

#endif /* PAIRS_H */
