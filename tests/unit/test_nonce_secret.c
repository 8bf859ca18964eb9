/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the order of the nonces depends on under a nonce secret: all that tells
 * one server's config from another.
 */
#include "box_encoder.h"

#define N_DRAWS 64

/* What goes into an order, all of it at hand to be changed. */
struct source {
	struct quiclb_config config;
	uint8_t server_id[4];
	uint8_t worker[4];
	uint8_t secret[QUICLB_NONCE_SECRET_BYTES];
};

static void usual_source(struct source *source)
{
	memset(source, 0, sizeof(*source));
	unit_config(&source->config, QUICLB_CODEC_PLAIN, 2, 10);
	source->config.worker_len = 2;
	memcpy(source->server_id, "AB", 2);
	memcpy(source->worker, "CD", 2);
}

static int store_nothing(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

/* The first 4 bytes of N_DRAWS nonces, those of the worker left out. */
static void draw(const struct source *source, uint32_t out[N_DRAWS])
{
	const size_t ahead =
		1 + source->config.server_id_len + source->config.worker_len;
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int i;

	quiclb_encoder_options_init(&options);
	options.server_id = source->server_id;
	options.server_id_len = source->config.server_id_len;
	options.worker = source->config.worker_len ? source->worker : NULL;
	options.nonce_secret = source->secret;
	options.mark_store = store_nothing;
	encoder = box_encoder_with(&source->config, &options);
	for (i = 0; i < N_DRAWS; i++) {
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				>, 0);
		out[i] = quiclb_h_load32(cid + ahead);
	}
	quiclb_encoder_free(encoder);
}

static void same_everything_is_the_same_order(void)
{
	uint32_t a[N_DRAWS], b[N_DRAWS];
	struct source source;

	usual_source(&source);
	draw(&source, a);
	draw(&source, b);
	g_assert_cmpmem(a, sizeof(a), b, sizeof(b));
}

/* Not one of the nonces is where it was, nor anywhere near. */
static void assert_other_order(const struct source *source)
{
	uint64_t all[2 * N_DRAWS];
	uint32_t a[N_DRAWS], b[N_DRAWS];
	struct source usual;
	int i;

	usual_source(&usual);
	draw(&usual, a);
	draw(source, b);
	for (i = 0; i < N_DRAWS; i++) {
		all[i] = a[i];
		all[N_DRAWS + i] = b[i];
	}
	g_assert_false(unit_any_twice(all, G_N_ELEMENTS(all)));
}

static void other_secret_is_another_order(void)
{
	struct source source;
	size_t i;

	for (i = 0; i < QUICLB_NONCE_SECRET_BYTES; i++) {
		usual_source(&source);
		source.secret[i] = 1;
		assert_other_order(&source);
	}
}

static void other_server_id_is_another_order(void)
{
	struct source source;

	usual_source(&source);
	source.server_id[0]++;
	assert_other_order(&source);
	usual_source(&source);
	source.server_id[1]++;
	assert_other_order(&source);
}

static void other_worker_is_another_order(void)
{
	struct source source;

	usual_source(&source);
	source.worker[0]++;
	assert_other_order(&source);
	usual_source(&source);
	source.worker[1]++;
	assert_other_order(&source);
}

/* Server ID A with worker BCD is not AB with CD. */
static void bytes_do_not_move_between_fields(void)
{
	struct source source;

	usual_source(&source);
	source.config.server_id_len = 1;
	memcpy(source.worker, "BCD", 3);
	source.config.worker_len = 3;
	source.config.nonce_len = 11;
	assert_other_order(&source);
}

static void other_rotation_is_another_order(void)
{
	struct source source;

	usual_source(&source);
	source.config.config_rotation = 1;
	assert_other_order(&source);
}

static void other_codec_is_another_order(void)
{
	struct source source;

	usual_source(&source);
	source.config.codec = QUICLB_CODEC_PLAIN_07;
	assert_other_order(&source);
}

static void other_nonce_length_is_another_order(void)
{
	struct source source;

	usual_source(&source);
	source.config.nonce_len = 11;
	assert_other_order(&source);
}

static const struct unit_case cases[] = {
	{ "same_everything_is_the_same_order",
	  same_everything_is_the_same_order },
	{ "other_secret_is_another_order", other_secret_is_another_order },
	{ "other_server_id_is_another_order",
	  other_server_id_is_another_order },
	{ "other_worker_is_another_order", other_worker_is_another_order },
	{ "bytes_do_not_move_between_fields",
	  bytes_do_not_move_between_fields },
	{ "other_rotation_is_another_order", other_rotation_is_another_order },
	{ "other_codec_is_another_order", other_codec_is_another_order },
	{ "other_nonce_length_is_another_order",
	  other_nonce_length_is_another_order },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("nonce_secret", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
