/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Config rotation for stacks whose CIDs all have one length.
 */
#ifndef SAME_LENGTH_H
#define SAME_LENGTH_H

#include <quiclb/quiclb.h>

/* [rotate] */
/*
 * quiclb_encoder_rotate(), but a next whose CIDs have another length is refused
 * with QUICLB_ERR_ARG: the stack would get nothing but unroutable CIDs.
 */
static inline int same_length_rotate(struct quiclb_encoder *encoder,
				     struct quiclb_encoder *next)
{
	if (quiclb_encoder_cid_len(encoder) != quiclb_encoder_cid_len(next))
		return QUICLB_ERR_ARG;
	return quiclb_encoder_rotate(encoder, next);
}
/* [end] */

#endif /* SAME_LENGTH_H */
