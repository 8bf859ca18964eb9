/* SPDX-License-Identifier: BSD-2-Clause */
#include "box_encoder.h"
#include "rows.h"

const struct row three_0 = { QUICLB_CODEC_FOUR_PASS, 0, 0, 3, 8 };
const struct row three_1 = { QUICLB_CODEC_FOUR_PASS, 1, 0, 3, 9 };
const struct row three_2 = { QUICLB_CODEC_PLAIN, 2, 0, 3, 10 };
const struct row three_6 = { QUICLB_CODEC_PLAIN, 6, 0, 3, 11 };
const struct row two_0 = { QUICLB_CODEC_STREAM_07, 0, 0, 3, 12 };
const struct row two_1 = { QUICLB_CODEC_PLAIN, 1, 2, 3, 13 };
const struct row two_2 = { QUICLB_CODEC_PLAIN_07, 2, 0, 3, 14 };
const struct row mvfst_1 = { QUICLB_CODEC_MVFST_1, 1, 0, 2, 5 };
const struct row mvfst_2 = { QUICLB_CODEC_MVFST_2, 2, 0, 3, 5 };
const struct row mvfst_3 = { QUICLB_CODEC_MVFST_3, 3, 0, 4, 5 };
const struct row msquic = { QUICLB_CODEC_MSQUIC, 0, 0, 4, 9 };
const struct row quicly = { QUICLB_CODEC_QUICLY, 0, 0, 8, 8 };

struct quiclb_encoder *row_encoder(const struct row *row)
{
	struct quiclb_config config;

	unit_config(&config, row->codec, row->server_id_len, row->nonce_len);
	config.config_rotation = row->rotation;
	config.rotation_bits = row->rotation_bits;
	return box_encoder_new(&config);
}

uint8_t row_cid_len(const struct row *row)
{
	return (uint8_t)((row->codec != QUICLB_CODEC_QUICLY) +
			 row->server_id_len + row->nonce_len);
}

void row_rotate(struct quiclb_encoder *encoder, const struct row *to)
{
	g_assert_cmpint(quiclb_encoder_rotate(encoder, row_encoder(to)), ==, 0);
}
