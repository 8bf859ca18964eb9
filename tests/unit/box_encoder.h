/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder's files in the box, and a view of its nonces.
 */
#ifndef BOX_ENCODER_H
#define BOX_ENCODER_H

#include "box.h"
#include "unit.h"

/* Options with server ID 01 02 03 .. and worker f1 f2 .., short nonces. */
void box_encoder_options(struct quiclb_encoder_options *options,
			 const struct quiclb_config *config);

/* A new encoder for config and options, or for those above. */
struct quiclb_encoder *
box_encoder_with(const struct quiclb_config *config,
		 const struct quiclb_encoder_options *options);
struct quiclb_encoder *box_encoder_new(const struct quiclb_config *config);

/* Part of an encoder. */
struct quiclb_encoder *box_encoder_part(struct quiclb_encoder *encoder,
					uint32_t part, uint32_t n_parts);

/* A CID with a nonce of the caller's, server use as always; the result. */
int box_encoder_encode(struct quiclb_encoder *encoder, const uint8_t *nonce,
		       uint8_t *cid, size_t cid_cap);

/* As if all but left of its nonces were used. */
void box_encoder_leave(struct quiclb_encoder *encoder, uint64_t left);

/* Starts its counter at all ones, so that it wraps after the first nonce. */
void box_encoder_start_at_end(struct quiclb_encoder *encoder);

/* The counter of its next nonce. */
uint64_t box_encoder_counter(const struct quiclb_encoder *encoder);

/* What is added to the counter: its low 8 bytes. */
uint64_t box_encoder_base(const struct quiclb_encoder *encoder);

/* The first networks of its order in turn on the n low bytes of x; n is 1..8.
 */
uint64_t box_encoder_order(struct quiclb_encoder *encoder, int networks,
			   uint8_t n, uint64_t x);

#endif /* BOX_ENCODER_H */
