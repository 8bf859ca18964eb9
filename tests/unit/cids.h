/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CIDs for the tests of the decoder, made by the textbook.
 */
#ifndef CIDS_H
#define CIDS_H

#include "unit.h"

/*
 * A CID around a server ID, of random nonce, server use and low bits; returns
 * its length.
 */
static inline size_t cids_of(const struct quiclb_config *config,
			     const uint8_t *server_id, uint8_t *cid)
{
	const struct textbook_config book = unit_textbook(config);
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES], use[QUICLB_CID_MAX_BYTES];
	const uint8_t *const fields[3] = { server_id, nonce, use };
	size_t len = 0;

	unit_random(nonce, sizeof(nonce));
	unit_random(use, sizeof(use));
	g_assert_cmpint(textbook_encode(&book, fields, unit_random_up_to(255),
					cid, &len),
			==, TEXTBOOK_OK);
	return len;
}

/* The same around a random server ID, which goes to server_id. */
static inline size_t cids_make(const struct quiclb_config *config,
			       uint8_t *server_id, uint8_t *cid)
{
	unit_random(server_id, config->server_id_len);
	return cids_of(config, server_id, cid);
}

#endif /* CIDS_H */
