/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for a stack whose hook cannot fail: picoquic, lsquic.
 */
#include <quiclb/quiclb.h>

#include "check.h"
#include "stack_void.h"

/* [hook] */
struct cid_source {
	struct quiclb_encoder *encoder; /* of this thread; NULL: no config */
	uint64_t n_unroutable;		/* for your metrics */
};

static void new_cid(void *ctx, uint8_t *cid, size_t cid_len)
{
	struct cid_source *const source = ctx;

	if (!quiclb_encoder_fill(source->encoder, cid, cid_len))
		source->n_unroutable++;
}
/* [end] */

static const uint8_t server_id[] = { 0x0a, 0x0b, 0x01 };

static void make_config(struct quiclb_config *config, uint8_t rotation)
{
	quiclb_config_init(config);
	config->codec = QUICLB_CODEC_FOUR_PASS;
	config->config_rotation = rotation;
	config->server_id_len = sizeof(server_id);
	config->nonce_len = 8;
	config->has_key = 1;
	memcpy(config->key, "an example key..", QUICLB_KEY_BYTES);
	config->key[0] ^= rotation; /* each config has a key of its own */
}

/* This example keeps no mark; mark_file.c does. */
static int no_store(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

/* An encoder that has n_left nonces left, to see it run out. */
static struct quiclb_encoder *make_encoder(uint8_t rotation, uint64_t n_left)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 1 };
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;

	make_config(&config, rotation);
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = sizeof(server_id);
	options.nonce_secret = secret;
	options.mark_store = no_store;
	options.mark = UINT64_MAX - n_left;
	CHECK(!quiclb_encoder_new(&config, &options, &encoder));
	return encoder;
}

/* What the stack does: asks for a CID, and finds it again in a packet. */
static int issue_and_decode(struct stack *stack,
			    const struct quiclb_decoder *decoder)
{
	uint8_t packet[64] = { 0x40 }, id[QUICLB_SERVER_ID_CAP_BYTES];
	const uint8_t *dcid;
	int len;

	stack->new_cid(stack->ctx, packet + 1, stack->cid_len);
	dcid = stack_short_dcid(stack, packet, sizeof(packet));
	CHECK(dcid);
	len = quiclb_decoder_decode(decoder, dcid, sizeof(packet) - 1, id,
				    sizeof(id));
	CHECK(len < 0 || !memcmp(id, server_id, sizeof(server_id)));
	return len;
}

int main(void)
{
	struct cid_source source = { make_encoder(0, 3), 0 };
	struct stack stack = { quiclb_encoder_cid_len(source.encoder), new_cid,
			       &source };
	struct quiclb_decoder *decoder;
	struct quiclb_config config;
	uint8_t rotation;
	int i;

	CHECK(!quiclb_decoder_new(&decoder));
	for (rotation = 0; rotation < 2; rotation++) {
		make_config(&config, rotation);
		CHECK(!quiclb_decoder_add(decoder, &config));
	}
	for (i = 0; i < 3; i++)
		CHECK(issue_and_decode(&stack, decoder) == 3);
	/* every nonce was used: the stack still gets a CID */
	CHECK(issue_and_decode(&stack, decoder) == QUICLB_ERR_RESERVED);
	CHECK(source.n_unroutable == 1);
	/* rotation: the decoders have had the new config for long */
	CHECK(!quiclb_encoder_rotate(source.encoder, make_encoder(1, 9)));
	CHECK(issue_and_decode(&stack, decoder) == 3);
	CHECK(source.n_unroutable == 1);
	/* a length that no config has, and no config at all */
	stack.cid_len--;
	CHECK(issue_and_decode(&stack, decoder) == QUICLB_ERR_RESERVED);
	quiclb_encoder_free(source.encoder);
	source.encoder = NULL;
	CHECK(issue_and_decode(&stack, decoder) == QUICLB_ERR_RESERVED);
	CHECK(source.n_unroutable == 3);
	quiclb_decoder_free(decoder);
	return 0;
}
