/* SPDX-License-Identifier: BSD-2-Clause */
#include "box_encoder.h"
#include "box_macros.h"
#include "libquiclb/encoder.c"
#include "libquiclb/hkdf.c"
#include "libquiclb/nonces.c"
#include "libquiclb/rotate.c"

void box_encoder_options(struct quiclb_encoder_options *options,
			 const struct quiclb_config *config)
{
	static const uint8_t id[QUICLB_SERVER_ID_CAP_BYTES] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	};
	static const uint8_t worker[QUICLB_NONCE_MAX_BYTES] = {
		0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9,
		0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0xe0, 0xe1, 0xe2
	};

	quiclb_encoder_options_init(options);
	options->server_id = id;
	options->server_id_len = config->server_id_len;
	options->worker = config->worker_len ? worker : NULL;
	options->flags = QUICLB_F_SHORT_NONCE;
}

struct quiclb_encoder *
box_encoder_with(const struct quiclb_config *config,
		 const struct quiclb_encoder_options *options)
{
	struct quiclb_encoder *encoder = NULL;

	g_assert_cmpint(quiclb_encoder_new(config, options, &encoder), ==, 0);
	return encoder;
}

struct quiclb_encoder *box_encoder_new(const struct quiclb_config *config)
{
	struct quiclb_encoder_options options;

	box_encoder_options(&options, config);
	return box_encoder_with(config, &options);
}

struct quiclb_encoder *box_encoder_part(struct quiclb_encoder *encoder,
					uint32_t part, uint32_t n_parts)
{
	struct quiclb_encoder *next = NULL;

	g_assert_cmpint(quiclb_encoder_split(encoder, part, n_parts, &next), ==,
			0);
	return next;
}

int box_encoder_encode(struct quiclb_encoder *encoder, const uint8_t *nonce,
		       uint8_t *cid, size_t cid_cap)
{
	struct quiclb_parts parts;

	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	return quiclb_encoder_encode(encoder, &parts, cid, cid_cap);
}

void box_encoder_leave(struct quiclb_encoder *encoder, uint64_t left)
{
	encoder->nonces.next = encoder->nonces.limit - left;
}

void box_encoder_start_at_end(struct quiclb_encoder *encoder)
{
	const int len = encoder->nonces.len;

	encoder->nonces.base.w[0] = quiclb_h_mask64(len);
	encoder->nonces.base.w[1] = quiclb_h_mask64(len - 8);
	encoder->nonces.base.w[2] = quiclb_h_mask64(len - 16);
}

uint64_t box_encoder_counter(const struct quiclb_encoder *encoder)
{
	return encoder->nonces.next;
}

uint64_t box_encoder_base(const struct quiclb_encoder *encoder)
{
	return encoder->nonces.base.w[0];
}

uint64_t box_encoder_order(struct quiclb_encoder *encoder, int networks,
			   uint8_t n, uint64_t x)
{
	struct quiclb_work work = { 0 };
	int i;

	work.body.w[0] = x;
	for (i = 0; i < networks; i++) {
		quiclb_priv_halves(&encoder->nonces.order[i].record, n);
		quiclb_h_run(&encoder->nonces.order[i].record, &work,
			     quiclb_h_four_pass_permute, quiclb_h_encrypt,
			     quiclb_h_decrypt);
	}
	return work.body.w[0];
}
