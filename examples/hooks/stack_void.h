/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack whose hook returns nothing and fills in a length that the stack was
 * set up with.  In our own words; the real ones, and the rule of each:
 *
 *   picoquic  picoquic_connection_id_cb_fn.  The CID already has its length,
 *             that of the context, and random bytes: overwrite them.
 *   lsquic    ea_generate_scid.  Write exactly as many bytes as it says, which
 *             is es_scid_len.
 *
 * Both take that length for the DCID of every short header, too: all configs
 * that follow each other must have CIDs of the same length.
 */
#ifndef STACK_VOID_H
#define STACK_VOID_H

#include <stddef.h>
#include <stdint.h>

typedef void stack_new_cid_fn(void *ctx, uint8_t *cid, size_t cid_len);

struct stack {
	size_t cid_len; /* bytes of every CID that it issues or expects */
	stack_new_cid_fn *new_cid;
	void *ctx;
};

/* The DCID of a short header, or NULL. */
static inline const uint8_t *stack_short_dcid(const struct stack *stack,
					      const uint8_t *packet,
					      size_t packet_len)
{
	return packet_len > stack->cid_len ? packet + 1 : NULL;
}

#endif /* STACK_VOID_H */
