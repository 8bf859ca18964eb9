/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the textbook's chapters know of one another: rules, ciphers, framing.
 */
#ifndef TEXTBOOK_PRIVATE_H
#define TEXTBOOK_PRIVATE_H

#include "textbook.h"

/* Bytes in front of the server ID: the first octet, if there is one. */
size_t textbook_head_len(const struct textbook_config *config);

/* Whether the codec allows a config. */
enum textbook_result textbook_check(const struct textbook_config *config);

/* Whether a first octet has the codepoint that says: unroutable. */
int textbook_is_reserved(const struct textbook_config *config, uint8_t first);

/*
 * From server ID | nonce to what the CID has in their place (encrypt 1), or
 * back (0), in place.
 */
void textbook_transform(const struct textbook_config *config, int encrypt,
			uint8_t *bytes);

#endif /* TEXTBOOK_PRIVATE_H */
