/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What docs/codecs.md and docs/api.md claim of configs side by side, and of the
 * ends of a length.
 */
#include <quiclb/quiclb.h>

#include "../../examples/hooks/check.h"

#define DRAFT QUICLB_CODEC_FOUR_PASS
#define OLDER QUICLB_CODEC_FOUR_PASS_14

struct one {
	uint8_t codec;
	uint8_t rotation;
};

/* The table under "Families", row by row. */
static const struct {
	struct one a, b;
	int result;
} together[] = {
	{ { DRAFT, 0 }, { QUICLB_CODEC_PLAIN, 1 }, 0 },
	{ { DRAFT, 0 }, { OLDER, 0 }, QUICLB_ERR_AMBIGUOUS },
	{ { DRAFT, 1 }, { OLDER, 0 }, QUICLB_ERR_AMBIGUOUS },
	{ { DRAFT, 2 }, { OLDER, 0 }, 0 },
	{ { DRAFT, 3 }, { OLDER, 0 }, 0 },
	{ { DRAFT, 4 }, { OLDER, 0 }, 0 },
	{ { DRAFT, 5 }, { OLDER, 0 }, 0 },
	{ { DRAFT, 6 }, { OLDER, 0 }, QUICLB_ERR_AMBIGUOUS },
	{ { QUICLB_CODEC_MVFST_1, 1 }, { QUICLB_CODEC_MVFST_2, 2 }, 0 },
	{ { QUICLB_CODEC_MVFST_1, 1 }, { QUICLB_CODEC_MVFST_3, 3 }, 0 },
	{ { QUICLB_CODEC_MVFST_2, 2 }, { QUICLB_CODEC_MVFST_3, 3 }, 0 },
	{ { QUICLB_CODEC_MVFST_1, 1 }, { DRAFT, 0 }, 0 },
	{ { QUICLB_CODEC_MVFST_3, 3 }, { DRAFT, 0 }, QUICLB_ERR_AMBIGUOUS },
	{ { QUICLB_CODEC_MVFST_3, 3 }, { OLDER, 0 }, QUICLB_ERR_AMBIGUOUS },
	{ { QUICLB_CODEC_MSQUIC, 0 }, { DRAFT, 0 }, QUICLB_ERR_AMBIGUOUS },
	{ { QUICLB_CODEC_QUICLY, 0 },
	  { QUICLB_CODEC_MVFST_1, 1 },
	  QUICLB_ERR_AMBIGUOUS },
	{ { QUICLB_CODEC_MSQUIC, 0 },
	  { QUICLB_CODEC_MSQUIC, 0 },
	  QUICLB_ERR_ROTATION_IN_USE },
};

/* Any config of a codec that its lengths allow. */
static void make(struct quiclb_config *config, struct one one)
{
	quiclb_config_init(config);
	config->codec = one.codec;
	config->config_rotation = one.rotation;
	config->has_key = (uint8_t)quiclb_codec_is_keyed(one.codec);
	for (config->server_id_len = 1; config->server_id_len < 9;
	     config->server_id_len++)
		for (config->nonce_len = 4; config->nonce_len < 19;
		     config->nonce_len++)
			if (!quiclb_config_check(config))
				return;
	CHECK(!"no lengths");
}

static int add_both(struct one a, struct one b)
{
	struct quiclb_decoder *decoder;
	struct quiclb_config config;
	int err;

	CHECK(!quiclb_decoder_new(&decoder));
	make(&config, a);
	CHECK(!quiclb_decoder_add(decoder, &config));
	make(&config, b);
	err = quiclb_decoder_add(decoder, &config);
	quiclb_decoder_free(decoder);
	return err;
}

static uint64_t n_cids(uint8_t codec, uint8_t nonce_len)
{
	const uint8_t server_id = 1;
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint64_t n;

	quiclb_config_init(&config);
	config.codec = codec;
	config.server_id_len = 1;
	config.nonce_len = nonce_len;
	quiclb_encoder_options_init(&options);
	options.server_id = &server_id;
	options.server_id_len = 1;
	CHECK(quiclb_encoder_new(&config, &options, &encoder) ==
	      QUICLB_ERR_NONCE_RESTART);
	options.flags = QUICLB_F_SHORT_NONCE;
	CHECK(!quiclb_encoder_new(&config, &options, &encoder));
	n = quiclb_encoder_remaining(encoder);
	quiclb_encoder_free(encoder);
	return n;
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(together) / sizeof(*together); i++) {
		CHECK(add_both(together[i].a, together[i].b) ==
		      together[i].result);
		CHECK(add_both(together[i].b, together[i].a) ==
		      together[i].result);
	}
	CHECK(n_cids(QUICLB_CODEC_PLAIN, 4) == 4294967296);
	CHECK(n_cids(QUICLB_CODEC_PLAIN_07, 0) == 1);
	CHECK(QUICLB_MARK_STEP == 65536 && QUICLB_N_PARTS == 1024);
	return 0;
}
