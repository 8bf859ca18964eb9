/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of the nonce that name a worker of the server: every decoder finds
 * them, and what is left of the nonce is still used once.
 */
#include "box_encoder.h"

#define CIDS_PER_CONFIG 4

static const uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
};

/* Everything of one CID that its key gives away. */
struct opened {
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t nonce[QUICLB_CID_MAX_BYTES];
};

static void open_cid(const struct quiclb_config *config, const uint8_t *cid,
		     struct opened *out)
{
	const struct textbook_config book = unit_textbook(config);

	memset(out, 0, sizeof(*out));
	g_assert_cmpint(textbook_decode_all(&book, cid, QUICLB_CID_MAX_BYTES,
					    out->server_id, out->nonce),
			==, TEXTBOOK_OK);
}

/* Whether the decoder finds the worker that the encoder was given. */
static void assert_worker_found(const struct quiclb_config *config,
				const struct quiclb_decoder *decoder,
				const uint8_t *worker, const uint8_t *cid)
{
	struct quiclb_decoded decoded;

	quiclb_decoded_init(&decoded);
	g_assert_cmpint(quiclb_decoder_read(decoder, cid, QUICLB_CID_MAX_BYTES,
					    &decoded),
			==, 0);
	g_assert_cmpmem(decoded.server_id, decoded.server_id_len, server_id,
			config->server_id_len);
	g_assert_cmpmem(decoded.nonce, decoded.worker_len, worker,
			config->worker_len);
	g_assert_cmpuint(decoded.nonce_len, ==, config->nonce_len);
}

/* Some CIDs of one config: their worker is found, their nonces differ. */
static void assert_config_has_workers(const struct quiclb_config *config)
{
	uint8_t worker[QUICLB_NONCE_MAX_BYTES], cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_encoder_options options;
	struct quiclb_decoder *decoder = NULL;
	struct quiclb_encoder *encoder;
	uint64_t seen[CIDS_PER_CONFIG];
	struct opened opened;
	int i;

	unit_random(worker, sizeof(worker));
	box_encoder_options(&options, config);
	options.worker = config->worker_len ? worker : NULL;
	encoder = box_encoder_with(config, &options);
	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, config), ==, 0);
	for (i = 0; i < CIDS_PER_CONFIG; i++) {
		memset(cid, 0, sizeof(cid));
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				>, 0);
		assert_worker_found(config, decoder, worker, cid);
		open_cid(config, cid, &opened);
		g_assert_cmpmem(opened.nonce, config->worker_len, worker,
				config->worker_len);
		seen[i] = quiclb_h_load32(opened.nonce + config->worker_len);
	}
	g_assert_false(unit_any_twice(seen, CIDS_PER_CONFIG));
	quiclb_decoder_free(decoder);
	quiclb_encoder_free(encoder);
}

/* All lengths of a codec that its rules and those of workers allow. */
static unsigned int assert_codec_has_workers(uint8_t codec)
{
	struct quiclb_config config;
	unsigned int n = 0, id, nonce, worker;

	for (id = 1; id <= 16; id++)
		for (nonce = 4; id + nonce <= 19; nonce++)
			for (worker = 0; worker + 4 <= nonce; worker++) {
				unit_config(&config, codec, (uint8_t)id,
					    (uint8_t)nonce);
				config.worker_len = (uint8_t)worker;
				if (quiclb_config_check(&config))
					continue;
				assert_config_has_workers(&config);
				n++;
			}
	return n;
}

static void worker_comes_back_at_every_length(void)
{
	int codec = 0;

	while ((codec = quiclb_codec_next(codec)) != 0)
		g_assert_cmpuint(assert_codec_has_workers((uint8_t)codec), >,
				 0);
}

/* The draft's codecs are checked at every length there is: none is skipped. */
static void every_length_of_the_draft_is_legal(void)
{
	/* nonce n gives n - 3 workers: the sum of all lengths, of 16, not 16 */
	g_assert_cmpuint(assert_codec_has_workers(QUICLB_CODEC_PLAIN), ==, 680);
	g_assert_cmpuint(assert_codec_has_workers(QUICLB_CODEC_SINGLE_PASS), ==,
			 78);
	g_assert_cmpuint(assert_codec_has_workers(QUICLB_CODEC_FOUR_PASS), ==,
			 680 - 78);
}

/* The whole space beside the worker, at two workers of one server. */
static void nonce_beside_a_worker_is_never_twice(void)
{
	const unsigned int n = unit_rounds(100000);
	g_autofree uint64_t *seen = g_new(uint64_t, n);
	struct quiclb_config config;
	struct quiclb_encoder *encoder;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	unsigned int i;

	unit_config(&config, QUICLB_CODEC_PLAIN, 3, 6);
	config.worker_len = 2;
	encoder = box_encoder_new(&config);
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==,
			 UINT64_C(1) << 32);
	for (i = 0; i < n; i++) {
		quiclb_encoder_next(encoder, cid, sizeof(cid));
		g_assert_cmpmem(cid + 4, 2, "\xf1\xf2", 2);
		seen[i] = quiclb_h_load32(cid + 6);
	}
	g_assert_false(unit_any_twice(seen, n));
	quiclb_encoder_free(encoder);
}

static int new_result(const struct quiclb_config *config, const uint8_t *worker,
		      uint32_t flags)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder = NULL;
	int err;

	box_encoder_options(&options, config);
	options.worker = worker;
	options.flags = flags;
	err = quiclb_encoder_new(config, &options, &encoder);
	g_assert_cmpint(!encoder, ==, err != 0);
	quiclb_encoder_free(encoder);
	return err;
}

static void worker_and_its_room_come_together(void)
{
	const uint8_t worker[16] = { 0 };
	struct quiclb_config config;
	uint8_t len;

	unit_config(&config, QUICLB_CODEC_PLAIN, 3, 14);
	g_assert_cmpint(new_result(&config, worker, QUICLB_F_SHORT_NONCE), ==,
			QUICLB_ERR_ARG);
	for (len = 1; len <= 12; len++) {
		config.worker_len = len;
		g_assert_cmpint(
			new_result(&config, NULL, QUICLB_F_SHORT_NONCE), ==,
			len <= 10 ? QUICLB_ERR_ARG : QUICLB_ERR_WORKER_LEN);
		g_assert_cmpint(
			new_result(&config, worker, QUICLB_F_SHORT_NONCE), ==,
			len <= 10 ? 0 : QUICLB_ERR_WORKER_LEN);
		/* what is the worker's does not count against a restart */
		g_assert_cmpint(new_result(&config, worker, 0), ==,
				len <= 6    ? 0
				: len <= 10 ? QUICLB_ERR_NONCE_RESTART
					    : QUICLB_ERR_WORKER_LEN);
	}
}

static const struct unit_case cases[] = {
	{ "worker_comes_back_at_every_length",
	  worker_comes_back_at_every_length },
	{ "every_length_of_the_draft_is_legal",
	  every_length_of_the_draft_is_legal },
	{ "nonce_beside_a_worker_is_never_twice",
	  nonce_beside_a_worker_is_never_twice },
	{ "worker_and_its_room_come_together",
	  worker_and_its_room_come_together },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("worker", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
