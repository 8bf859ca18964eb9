/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks whose hook says whether it succeeded.  In our own words; the real
 * ones, and the rule of each:
 *
 *   ngtcp2  get_new_connection_id.  Exactly cid_len bytes, that of the
 *           connection's first CID, and a stateless reset token.  Anything but
 *           0 fails the call that led here, and with it the connection.
 *   xquic   cid_generate_cb.  Returns how many bytes it wrote; the stack fills
 *           the rest with random bytes.  Negative: failed.
 */
#ifndef STACK_RETURNING_H
#define STACK_RETURNING_H

#include <stddef.h>
#include <stdint.h>

#define STACK_CALLBACK_FAILURE (-1)
#define STACK_TOKEN_BYTES 16

typedef int stack_new_cid_fn(void *user_data, uint8_t *cid, size_t cid_len,
			     uint8_t *token);

typedef ptrdiff_t stack_generate_cid_fn(void *user_data, uint8_t *cid,
					size_t cid_cap);

#endif /* STACK_RETURNING_H */
