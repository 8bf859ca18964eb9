/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of all stacks, not to be copied: a pool's configs, encoders
 * that are about to run out of nonces, and what must hold of every hook that
 * cannot fail.
 */
#ifndef POOL_H
#define POOL_H

#include <quiclb/quiclb.h>

#include "../hooks/check.h"
#include "same_length.h"

static const uint8_t pool_server_id[8] = { 0x0a, 0x0b, 0x01, 0, 0, 0, 0, 7 };

static inline void pool_config(struct quiclb_config *config, uint8_t rotation,
			       uint8_t server_id_len, uint8_t nonce_len,
			       uint8_t server_use_len)
{
	quiclb_config_init(config);
	config->codec = server_id_len + nonce_len == 16
				? QUICLB_CODEC_SINGLE_PASS
				: QUICLB_CODEC_FOUR_PASS;
	config->config_rotation = rotation;
	config->server_id_len = server_id_len;
	config->nonce_len = nonce_len;
	config->server_use_len = server_use_len;
	config->has_key = 1;
	memcpy(config->key, "an example key..", QUICLB_KEY_BYTES);
	config->key[0] ^= rotation; /* each config has a key of its own */
}

/* The mark is not kept, so that one can begin anywhere. */
static inline int pool_no_store(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

/* For each config of the pool: the same server, with n_left nonces left. */
static inline void pool_options(struct quiclb_encoder_options *options,
				const struct quiclb_config *config,
				uint64_t n_left)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 1 };
	const int bits = 8 * (config->nonce_len - config->worker_len);

	quiclb_encoder_options_init(options);
	options->server_id = pool_server_id;
	options->server_id_len = config->server_id_len;
	options->nonce_secret = secret;
	options->mark_store = pool_no_store;
	options->mark = (bits < 64 ? 1ULL << bits : UINT64_MAX) - n_left;
}

static inline struct quiclb_encoder *
pool_encoder(const struct quiclb_config *config, uint64_t n_left)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;

	pool_options(&options, config, n_left);
	CHECK(!quiclb_encoder_new(config, &options, &encoder));
	return encoder;
}

static inline struct quiclb_decoder *
pool_decoder(const struct quiclb_config *configs, size_t n)
{
	struct quiclb_decoder *decoder;

	CHECK(!quiclb_decoder_new(&decoder));
	while (n--)
		CHECK(!quiclb_decoder_add(decoder, &configs[n]));
	return decoder;
}

/* 1: of this server; 0: unroutable, and says so. */
static inline int pool_is_ours(const struct quiclb_decoder *decoder,
			       const uint8_t *cid, size_t len)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	const int n = quiclb_decoder_decode(decoder, cid, len, id, sizeof(id));

	if (n < 0) {
		CHECK(n == QUICLB_ERR_RESERVED);
		return 0;
	}
	CHECK(!memcmp(id, pool_server_id, (size_t)n));
	return 1;
}

/* A hook that cannot fail, as its stack calls it. */
struct pool_hook {
	/* makes the stack ask for a CID of len bytes and puts it there */
	void (*ask)(void *stack, uint8_t *cid, size_t len);
	void *stack;
	struct quiclb_encoder **encoder; /* the adapter's; set by the test */
	const uint64_t *n_unroutable;	 /* the adapter's */
};

/* Asks n times; how many are routable.  Not a byte beside the CID is touched.
 */
static inline int pool_ask(const struct pool_hook *hook,
			   const struct quiclb_decoder *decoder, size_t len,
			   int n)
{
	const uint64_t n_before = *hook->n_unroutable;
	uint8_t buffer[64], guard[64];
	const int n_asked = n;
	int n_ours = 0;

	memset(guard, 0xa5, sizeof(guard));
	while (n--) {
		memset(buffer, 0xa5, sizeof(buffer));
		hook->ask(hook->stack, buffer + 20, len);
		CHECK(!memcmp(buffer, guard, 20));
		CHECK(!memcmp(buffer + 20 + len, guard,
			      sizeof(guard) - 20 - len));
		CHECK(memcmp(buffer + 20, guard, len) != 0);
		n_ours += pool_is_ours(decoder, buffer + 20, len);
	}
	CHECK(*hook->n_unroutable - n_before == (uint64_t)(n_asked - n_ours));
	return n_ours;
}

/*
 * Exhaustion, rotation to the same and to another length, and no config.
 * config is that of rotation 0.
 */
static inline void pool_check_hook(const struct pool_hook *hook,
				   const struct quiclb_config *config)
{
	struct quiclb_config configs[3] = { *config, *config, *config };
	struct quiclb_encoder *next;
	struct quiclb_decoder *decoder;
	size_t len;

	configs[1].config_rotation = 1;
	configs[1].key[0] ^= 1;
	configs[2].config_rotation = 2;
	configs[2].key[0] ^= 2;
	if (configs[2].server_use_len)
		configs[2].server_use_len--;
	else
		configs[2].nonce_len--;
	if (configs[2].server_id_len + configs[2].nonce_len == 16)
		configs[2].codec = QUICLB_CODEC_SINGLE_PASS;
	decoder = pool_decoder(configs, 3);
	*hook->encoder = pool_encoder(&configs[0], 3);
	len = quiclb_encoder_cid_len(*hook->encoder);
	/* every nonce is used: the stack still gets its CIDs */
	CHECK(pool_ask(hook, decoder, len, 5) == 3);
	/* the decoders have had the new config for long */
	next = pool_encoder(&configs[1], 1000);
	CHECK(!same_length_rotate(*hook->encoder, next));
	CHECK(pool_ask(hook, decoder, len, 20) == 20);
	/* a config of another length is refused, and why */
	next = pool_encoder(&configs[2], 1000);
	CHECK(same_length_rotate(*hook->encoder, next) == QUICLB_ERR_ARG);
	CHECK(pool_ask(hook, decoder, len, 20) == 20);
	CHECK(!quiclb_encoder_rotate(*hook->encoder, next));
	CHECK(pool_ask(hook, decoder, len, 20) == 0);
	quiclb_encoder_free(*hook->encoder);
	*hook->encoder = NULL;
	CHECK(pool_ask(hook, decoder, len, 20) == 0);
	quiclb_decoder_free(decoder);
}

#endif /* POOL_H */
