/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every legal pair of lengths, with and without a key: what the library
 * encodes, library, shared header and textbook decode alike, and the textbook
 * encodes the very same bytes.
 */
#include <quiclb/decode.h>

#include "unit.h"

/* Random CIDs for each pair and codec. */
#define CIDS_PER_PAIR 200

struct pair {
	uint8_t server_id_len;
	uint8_t nonce_len;
	uint8_t codec;
};

/* One CID, what went into it, and one decoder of each kind. */
struct trip {
	struct quiclb_config config;
	struct textbook_config book;
	uint8_t server_id[QUICLB_SERVER_ID_MAX_BYTES];
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES];
	uint8_t server_use[QUICLB_CID_MAX_BYTES];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t cid_len;
	struct quiclb_record record;
	struct quiclb_decoder *decoder;
};

static void encode(struct trip *t)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	int len;

	quiclb_encoder_options_init(&options);
	options.server_id = t->server_id;
	options.server_id_len = t->config.server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	g_assert_cmpint(quiclb_encoder_new(&t->config, &options, &encoder), ==,
			0);
	len = quiclb_encoder_encode(encoder, t->nonce, t->server_use, t->cid,
				    sizeof(t->cid));
	g_assert_cmpint(len, >, 0);
	g_assert_cmpuint(quiclb_encoder_cid_len(encoder), ==, (size_t)len);
	t->cid_len = (size_t)len;
	quiclb_encoder_free(encoder);
}

static void start(struct trip *t, const struct pair *pair, unsigned int i)
{
	const unsigned int sum = pair->server_id_len + pair->nonce_len;

	unit_config(&t->config, pair->codec, pair->server_id_len,
		    pair->nonce_len);
	t->config.config_rotation = (uint8_t)(i % QUICLB_N_ROTATIONS);
	t->config.encode_length = i & 1;
	t->config.server_use_len =
		unit_random_up_to(QUICLB_BODY_MAX_BYTES - sum);
	t->book = unit_textbook(&t->config);
	unit_random(t->server_id, sizeof(t->server_id));
	unit_random(t->nonce, sizeof(t->nonce));
	unit_random(t->server_use, sizeof(t->server_use));
	g_assert_cmpint(quiclb_config_compile(&t->config, &t->record), ==, 0);
	g_assert_cmpint(quiclb_decoder_new(&t->decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(t->decoder, &t->config), ==, 0);
	encode(t);
}

static void textbook_encodes_the_same(const struct trip *t)
{
	const uint8_t *const fields[3] = { t->server_id, t->nonce,
					   t->server_use };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len = 0;

	g_assert_cmpint(textbook_encode(&t->book, fields,
					t->cid[0] & QUICLB_LENGTH_MASK, cid,
					&len),
			==, TEXTBOOK_OK);
	g_assert_cmpmem(t->cid, t->cid_len, cid, len);
}

static void all_decode(struct trip *t)
{
	const size_t id_len = t->config.server_id_len;
	g_autofree uint8_t *cid = unit_copy(t->cid, t->cid_len);
	uint8_t id[QUICLB_SERVER_ID_MAX_BYTES];
	struct quiclb_block words = { { 0, 0 } };
	struct quiclb_words sent =
		quiclb_h_window(t->server_id, (quiclb_u32)id_len);

	g_assert_cmpint(
		quiclb_decoder_decode(t->decoder, cid, t->cid_len, id, id_len),
		==, (int)id_len);
	g_assert_cmpmem(id, id_len, t->server_id, id_len);
	g_assert_cmpint(quiclb_decode_server(&t->record, cid,
					     (quiclb_u32)t->cid_len, &words),
			==, 0);
	g_assert_cmpuint(words.w[0], ==, sent.w[0]);
	g_assert_cmpuint(words.w[1], ==, sent.w[1]);
	memset(id, 0, sizeof(id));
	g_assert_cmpint(textbook_decode(&t->book, cid, t->cid_len, id), ==,
			TEXTBOOK_OK);
	g_assert_cmpmem(id, id_len, t->server_id, id_len);
}

static void one_byte_short_fails(struct trip *t)
{
	const size_t len = t->record.body_len;
	g_autofree uint8_t *cid = unit_copy(t->cid, len);
	uint8_t id[QUICLB_SERVER_ID_MAX_BYTES];
	struct quiclb_block words;

	memset(id, UNIT_UNTOUCHED, sizeof(id));
	memset(&words, UNIT_UNTOUCHED, sizeof(words));
	g_assert_cmpint(
		quiclb_decoder_decode(t->decoder, cid, len, id, sizeof(id)), ==,
		QUICLB_ERR_SHORT);
	g_assert_cmpint(
		quiclb_decode_server(&t->record, cid, (quiclb_u32)len, &words),
		==, QUICLB_ERR_SHORT);
	g_assert_cmpint(textbook_decode(&t->book, cid, len, id), ==,
			TEXTBOOK_TOO_SHORT);
	g_assert_true(unit_all(id, sizeof(id), UNIT_UNTOUCHED));
	g_assert_true(unit_all(&words, sizeof(words), UNIT_UNTOUCHED));
}

static void pair_round_trips(gconstpointer data)
{
	unsigned int i;

	for (i = 0; i < unit_rounds(CIDS_PER_PAIR); i++) {
		struct trip t;

		start(&t, data, i);
		textbook_encodes_the_same(&t);
		all_decode(&t);
		one_byte_short_fails(&t);
		quiclb_decoder_free(t.decoder);
	}
}

/* Extremes that random bytes hardly ever are. */
static void constant_bytes_round_trip(gconstpointer data)
{
	static const uint8_t values[] = { 0x00, 0xff, 0x0f, 0xf0 };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(values); i++) {
		struct trip t;

		start(&t, data, (unsigned int)i);
		memset(t.server_id, values[i], sizeof(t.server_id));
		memset(t.nonce, values[i], sizeof(t.nonce));
		encode(&t);
		textbook_encodes_the_same(&t);
		all_decode(&t);
		quiclb_decoder_free(t.decoder);
	}
}

static void add_pair(uint8_t codec, uint8_t server_id_len, uint8_t nonce_len)
{
	const char *const name = quiclb_codec_name(codec);
	struct pair *const pair = g_new(struct pair, 1);
	g_autofree char *random = NULL, *constant = NULL;

	pair->codec = codec;
	pair->server_id_len = server_id_len;
	pair->nonce_len = nonce_len;
	random = g_strdup_printf("/%s/%d_and_%d_round_trip", name,
				 server_id_len, nonce_len);
	constant = g_strdup_printf("/%s/%d_and_%d_constant_round_trip", name,
				   server_id_len, nonce_len);
	g_test_add_data_func(constant, pair, constant_bytes_round_trip);
	g_test_add_data_func_full(random, pair, pair_round_trips, g_free);
}

int main(int argc, char **argv)
{
	unsigned int server_id, nonce, n = 0;

	g_test_init(&argc, &argv, NULL);
	for (server_id = 1; server_id <= 15; server_id++)
		for (nonce = 4; server_id + nonce <= 19; nonce++) {
			add_pair(QUICLB_CODEC_PLAIN, (uint8_t)server_id,
				 (uint8_t)nonce);
			add_pair(unit_keyed_codec(server_id, nonce),
				 (uint8_t)server_id, (uint8_t)nonce);
			n++;
		}
	g_assert_cmpuint(n, ==, 120);
	return g_test_run();
}
