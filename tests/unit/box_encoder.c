/* SPDX-License-Identifier: BSD-2-Clause */
#include "box_encoder.h"
#include "box_macros.h"
#include "libquiclb/encoder.c"

struct quiclb_encoder *box_encoder_new(const struct quiclb_config *config)
{
	static const uint8_t id[QUICLB_SERVER_ID_MAX_BYTES] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	};
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder = NULL;

	quiclb_encoder_options_init(&options);
	options.server_id = id;
	options.server_id_len = config->server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	g_assert_cmpint(quiclb_encoder_new(config, &options, &encoder), ==, 0);
	return encoder;
}

void box_encoder_leave(struct quiclb_encoder *encoder, uint64_t left)
{
	encoder->used = encoder->limit - left;
}

void box_encoder_start_at_end(struct quiclb_encoder *encoder)
{
	const int len = encoder->cipher.record.nonce_len;

	encoder->base.w[0] = quiclb_h_mask64(len);
	encoder->base.w[1] = quiclb_h_mask64(len - 8);
	encoder->base.w[2] = quiclb_h_mask64(len - 16);
}

uint64_t box_encoder_order(struct quiclb_encoder *encoder, uint8_t n,
			   uint64_t x)
{
	struct quiclb_words words = { { x, 0, 0 } };
	int i;

	for (i = 0; i < 2; i++) {
		quiclb_priv_halves(&encoder->order[i].record, n);
		words = quiclb_h_four_pass(&encoder->order[i].record, &words,
					   quiclb_priv_encrypt);
	}
	return words.w[0];
}
