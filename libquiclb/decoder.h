/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder from inside, for the files that read one CID or many.
 */
#ifndef QUICLB_DECODER_H
#define QUICLB_DECODER_H

#include "private.h"

/*
 * One config, in one slot or, with fewer than three rotation bits, several.
 * Where the server ID is known before the nonce is, its cipher stops there.
 */
struct quiclb_entry {
	struct quiclb_cipher cipher; /* as far as the server ID */
	struct quiclb_cipher whole;  /* the nonce as well */
	uint32_t tenant;
};

/* The configs of one codepoint, in the order they are tried. */
struct quiclb_slot {
	uint8_t n;
	struct quiclb_entry *entries[QUICLB_N_TENANTS];
};

struct quiclb_decoder {
	struct quiclb_slot slots[QUICLB_N_CODEPOINTS];
	quiclb_known_fn *known;
	void *known_arg;
	/*
	 * If there is but one config and servers are not asked for: where its
	 * keys are is known before the CID is read, and AES need not wait.
	 */
	const struct quiclb_entry *only; /* or NULL */
	unsigned int only_claims;	 /* set of codepoints; of NULL none */
};

/* The slot of a first octet, or the reason there is none. */
int quiclb_priv_find_slot(const struct quiclb_decoder *decoder,
			  uint8_t first_octet, const struct quiclb_slot **slot);

#endif /* QUICLB_DECODER_H */
