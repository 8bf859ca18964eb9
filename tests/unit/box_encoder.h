/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libquiclb/encoder.c in the box, and a view of its nonces.
 */
#ifndef BOX_ENCODER_H
#define BOX_ENCODER_H

#include "box.h"
#include "unit.h"

/* A new encoder for config, server ID 01 02 03 .., short nonces allowed. */
struct quiclb_encoder *box_encoder_new(const struct quiclb_config *config);

/* As if all but left of its nonces were used. */
void box_encoder_leave(struct quiclb_encoder *encoder, uint64_t left);

/* Starts its counter at all ones, so that it wraps after the first nonce. */
void box_encoder_start_at_end(struct quiclb_encoder *encoder);

/* Both networks of its order in turn on the n low bytes of x; n is 2..8. */
uint64_t box_encoder_order(struct quiclb_encoder *encoder, uint8_t n,
			   uint64_t x);

#endif /* BOX_ENCODER_H */
