/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes into a CID by the caller's will: server-use bytes, a nonce, the low
 * bits of the first octet.
 */
#include "box_encoder.h"

static void usual_config(struct quiclb_config *config)
{
	unit_config(config, QUICLB_CODEC_FOUR_PASS, 3, 8);
	config->server_use_len = 2;
}

#define USUAL_CID_LEN 14

static struct quiclb_encoder *usual_encoder(void)
{
	struct quiclb_config config;

	usual_config(&config);
	return box_encoder_new(&config);
}

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

/* ------------------------------------------------------------ server use -- */

/* A CID of parts of the caller's; its last two bytes. */
static uint16_t use_of(struct quiclb_encoder *encoder, const uint8_t *nonce,
		       const uint8_t *server_use)
{
	struct quiclb_parts parts;
	uint8_t cid[USUAL_CID_LEN];

	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	parts.server_use = server_use;
	g_assert_cmpint(
		quiclb_encoder_encode(encoder, &parts, cid, sizeof(cid)), ==,
		USUAL_CID_LEN);
	return (uint16_t)(cid[12] << 8 | cid[13]);
}

static void server_use_of_options_is_in_every_cid(void)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder, *part;
	struct quiclb_config config;
	const uint8_t nonce[8] = { 0 }, other[2] = { 0xbe, 0xef };
	uint8_t use[2] = { 0xde, 0xad }, cid[USUAL_CID_LEN];
	int i;

	usual_config(&config);
	box_encoder_options(&options, &config);
	options.server_use = use;
	encoder = box_encoder_with(&config, &options);
	memset(use, 0, sizeof(use)); /* it was copied */
	part = box_encoder_part(encoder, 0, 1);
	for (i = 0; i < 100; i++) {
		quiclb_encoder_next(part, cid, sizeof(cid));
		g_assert_cmpmem(cid + 12, 2, "\xde\xad", 2);
		g_assert_cmphex(use_of(part, nonce, NULL), ==, 0xdead);
		g_assert_cmphex(use_of(part, NULL, NULL), ==, 0xdead);
		g_assert_cmphex(use_of(part, NULL, other), ==, 0xbeef);
	}
	quiclb_encoder_free(part);
	quiclb_encoder_free(encoder);
}

/* With the next nonce or one of the caller's; the rest stays random. */
static void server_use_of_parts_is_in_one_cid(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	const uint64_t before = quiclb_encoder_remaining(encoder);
	const uint8_t nonce[8] = { 0 }, use[2] = { 0xde, 0xad };
	int i, same = 0;

	g_assert_cmphex(use_of(encoder, nonce, use), ==, 0xdead);
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, before);
	g_assert_cmphex(use_of(encoder, NULL, use), ==, 0xdead);
	g_assert_cmpuint(quiclb_encoder_remaining(encoder), ==, before - 1);
	for (i = 0; i < 64; i++)
		same += use_of(encoder, NULL, NULL) == 0xdead;
	g_assert_cmpint(same, <=, 2);
	quiclb_encoder_free(encoder);
}

/* ----------------------------------------------------------------- parts -- */

static void nonce_of_parts_is_in_the_cid(void)
{
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	struct opened opened;
	uint8_t nonce[8], cid[QUICLB_CID_MAX_BYTES];
	int i;

	usual_config(&config);
	config.worker_len = 2;
	encoder = box_encoder_new(&config);
	for (i = 0; i < 100; i++) {
		unit_random(nonce, sizeof(nonce));
		g_assert_cmpint(
			box_encoder_encode(encoder, nonce, cid, sizeof(cid)),
			==, USUAL_CID_LEN);
		open_cid(&config, cid, &opened);
		g_assert_cmpmem(opened.server_id, 3, "\1\2\3", 3);
		/* the worker's bytes are the caller's, too */
		g_assert_cmpmem(opened.nonce, 8, nonce, 8);
	}
	quiclb_encoder_free(encoder);
}

/* rotation_bits and encode_length decide how many there are: 5, 6 or none. */
static void low_bits_go_where_there_is_no_length(void)
{
	static const struct {
		uint8_t codec, rotation_bits, encode_length, mask;
	} rows[] = {
		{ QUICLB_CODEC_PLAIN, 3, 0, 0x1f },
		{ QUICLB_CODEC_PLAIN, 2, 0, 0x3f },
		{ QUICLB_CODEC_PLAIN, 3, 1, 0 },
		{ QUICLB_CODEC_PLAIN, 2, 1, 0 },
		{ QUICLB_CODEC_FOUR_PASS_15, 2, 0, 0x3f },
	};
	size_t i;
	int low;

	for (i = 0; i < G_N_ELEMENTS(rows); i++)
		for (low = 0; low < 256; low++) {
			const uint8_t mask = rows[i].mask;
			struct quiclb_encoder *encoder;
			struct quiclb_config config;
			struct quiclb_parts parts;
			uint8_t cid[12];

			unit_config(&config, rows[i].codec, 3, 8);
			config.config_rotation = 1;
			config.rotation_bits = rows[i].rotation_bits;
			config.encode_length = rows[i].encode_length;
			encoder = box_encoder_new(&config);
			quiclb_parts_init(&parts);
			parts.has_low_bits = 1;
			parts.low_bits = (uint8_t)low;
			quiclb_encoder_encode(encoder, &parts, cid, 12);
			g_assert_cmphex(cid[0], ==,
					1 << (8 - rows[i].rotation_bits) |
						(mask ? low & mask : 11));
			quiclb_encoder_free(encoder);
		}
}

/* encode() with parts in exactly size bytes, the last of them tail. */
static int encode_sized(size_t size, uint8_t tail)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	struct quiclb_parts parts;
	uint8_t bytes[sizeof(parts) + 64] = { 0 }, cid[USUAL_CID_LEN];
	g_autofree uint8_t *exact = NULL;
	int result;

	quiclb_parts_init(&parts);
	parts.size = size;
	memcpy(bytes, &parts, sizeof(parts));
	if (size > sizeof(parts))
		bytes[size - 1] = tail;
	exact = unit_copy(bytes, size);
	memset(cid, UNIT_UNTOUCHED, sizeof(cid));
	result = quiclb_encoder_encode(
		encoder, (const struct quiclb_parts *)(const void *)exact, cid,
		sizeof(cid));
	if (result < 0)
		g_assert_true(unit_all(cid, sizeof(cid), UNIT_UNTOUCHED));
	quiclb_encoder_free(encoder);
	return result;
}

static void parts_grow(void)
{
	const size_t ours = sizeof(struct quiclb_parts);
	size_t size;

	for (size = sizeof(size_t); size < ours; size++)
		g_assert_cmpint(encode_sized(size, 0), ==, QUICLB_ERR_VERSION);
	g_assert_cmpint(encode_sized(ours, 0), ==, USUAL_CID_LEN);
	for (size = ours + 1; size <= ours + 64; size++) {
		g_assert_cmpint(encode_sized(size, 0), ==, USUAL_CID_LEN);
		g_assert_cmpint(encode_sized(size, 1), ==, QUICLB_ERR_VERSION);
	}
}

static void wrong_parts_are_refused(void)
{
	struct quiclb_encoder *const encoder = usual_encoder();
	uint8_t cid[USUAL_CID_LEN];
	struct quiclb_parts parts;
	size_t i;

	quiclb_parts_init(&parts);
	parts.has_low_bits = 2;
	g_assert_cmpint(
		quiclb_encoder_encode(encoder, &parts, cid, sizeof(cid)), ==,
		QUICLB_ERR_ARG);
	for (i = 0; i < sizeof(parts.reserved); i++) {
		quiclb_parts_init(&parts);
		parts.reserved[i] = 1;
		g_assert_cmpint(quiclb_encoder_encode(encoder, &parts, cid,
						      sizeof(cid)),
				==, QUICLB_ERR_ARG);
	}
	quiclb_encoder_free(encoder);
}

static const struct unit_case cases[] = {
	{ "server_use_of_options_is_in_every_cid",
	  server_use_of_options_is_in_every_cid },
	{ "server_use_of_parts_is_in_one_cid",
	  server_use_of_parts_is_in_one_cid },
	{ "nonce_of_parts_is_in_the_cid", nonce_of_parts_is_in_the_cid },
	{ "low_bits_go_where_there_is_no_length",
	  low_bits_go_where_there_is_no_length },
	{ "parts_grow", parts_grow },
	{ "wrong_parts_are_refused", wrong_parts_are_refused },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("parts", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
