/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configs to rotate between.  The CIDs of a row are as long as those of no
 * other row that it is put together with.
 */
#ifndef ROWS_H
#define ROWS_H

#include <quiclb/quiclb.h>

struct row {
	uint8_t codec;
	uint8_t rotation;
	uint8_t rotation_bits; /* 0: the codec's */
	uint8_t server_id_len;
	uint8_t nonce_len;
};

/* three_N and two_N: rotation N of three bits, of two. */
extern const struct row three_0;
extern const struct row three_1;
extern const struct row three_2;
extern const struct row three_6;
extern const struct row two_0;
extern const struct row two_1;
extern const struct row two_2;
extern const struct row mvfst_1;
extern const struct row mvfst_2;
extern const struct row mvfst_3;
extern const struct row msquic;
extern const struct row quicly;

/* A new encoder, as of box_encoder_new(). */
struct quiclb_encoder *row_encoder(const struct row *row);

uint8_t row_cid_len(const struct row *row);

/* Moves to a new encoder of a row, which must succeed. */
void row_rotate(struct quiclb_encoder *encoder, const struct row *to);

#endif /* ROWS_H */
