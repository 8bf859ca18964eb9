/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every row of tests/vectors through everything that encodes or decodes in
 * user space: library, shared header with the portable block, textbook.
 */
#include <glib/gstdio.h>
#include <quiclb/decode.h>

#include "unit.h"
#include "vectors.h"

static void config_of(const struct vector *v, struct quiclb_config *config)
{
	const int codec = quiclb_codec_by_name(v->codec);

	g_assert_cmpint(codec, >, 0);
	quiclb_config_init(config);
	config->codec = (uint8_t)codec;
	config->config_rotation = v->rotation;
	config->server_id_len = v->server_id_len;
	config->nonce_len = v->nonce_len;
	config->server_use_len = v->server_use_len;
	config->encode_length = v->encode_length;
	config->has_key = v->has_key;
	memcpy(config->key, v->key, sizeof(config->key));
	g_assert_cmpint(quiclb_config_check(config), ==, 0);
}

/* Without an encoded length the low five bits of the row are not binding. */
static void assert_cid(const struct vector *v, uint8_t *cid, size_t cid_len)
{
	if (!v->encode_length)
		cid[0] = (uint8_t)((cid[0] & ~QUICLB_LENGTH_MASK) |
				   (v->cid[0] & QUICLB_LENGTH_MASK));
	g_assert_cmpmem(cid, cid_len, v->cid, v->cid_len);
}

static void library_encodes(const struct vector *v,
			    const struct quiclb_config *config)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int len;

	quiclb_encoder_options_init(&options);
	options.server_id = v->server_id;
	options.server_id_len = v->server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	g_assert_cmpint(quiclb_encoder_new(config, &options, &encoder), ==, 0);
	len = quiclb_encoder_encode(encoder, v->nonce, v->server_use, cid,
				    sizeof(cid));
	g_assert_cmpint(len, ==, v->cid_len);
	assert_cid(v, cid, (size_t)len);
	quiclb_encoder_free(encoder);
}

static void library_decodes(const struct vector *v,
			    const struct quiclb_config *config)
{
	struct quiclb_decoder *decoder;
	uint8_t id[QUICLB_SERVER_ID_MAX_BYTES];
	int len;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, config), ==, 0);
	len = quiclb_decoder_decode(decoder, v->cid, v->cid_len, id,
				    sizeof(id));
	g_assert_cmpint(len, ==, v->server_id_len);
	g_assert_cmpmem(id, (size_t)len, v->server_id, v->server_id_len);
	quiclb_decoder_free(decoder);
}

static void header_decodes(const struct vector *v,
			   const struct quiclb_config *config)
{
	struct quiclb_record record;
	struct quiclb_block words = { { 0, 0 } };
	uint8_t id[QUICLB_BLOCK_BYTES];
	size_t i;

	g_assert_cmpint(quiclb_config_compile(config, &record), ==, 0);
	g_assert_cmpint(
		quiclb_decode_server(&record, v->cid, v->cid_len, &words), ==,
		0);
	for (i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)(words.w[i / 8] >> 8 * (i % 8));
	g_assert_cmpmem(id, v->server_id_len, v->server_id, v->server_id_len);
	g_assert_true(unit_all(id + v->server_id_len,
			       sizeof(id) - v->server_id_len, 0));
}

static void textbook_agrees(const struct vector *v,
			    const struct quiclb_config *config)
{
	const struct textbook_config book = unit_textbook(config);
	const uint8_t *const fields[3] = { v->server_id, v->nonce,
					   v->server_use };
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_MAX_BYTES];
	size_t len;

	g_assert_cmpint(textbook_encode(&book, fields, 0, cid, &len), ==,
			TEXTBOOK_OK);
	assert_cid(v, cid, len);
	g_assert_cmpint(textbook_decode(&book, v->cid, v->cid_len, id), ==,
			TEXTBOOK_OK);
	g_assert_cmpmem(id, v->server_id_len, v->server_id, v->server_id_len);
}

static void row_holds(gconstpointer data)
{
	const struct vector *const v = data;
	struct quiclb_config config;

	config_of(v, &config);
	library_encodes(v, &config);
	library_decodes(v, &config);
	header_decodes(v, &config);
	textbook_agrees(v, &config);
}

/* data: the rows */
static void every_codec_has_rows(gconstpointer data)
{
	const GArray *const rows = data;
	gboolean seen[256] = { FALSE };
	guint i;

	for (i = 0; i < rows->len; i++)
		seen[quiclb_codec_by_name(
			     g_array_index(rows, struct vector, i).codec) &
		     0xff] = TRUE;
#define QUICLB_ROW(upper, lower, number, text, keyed)                          \
	g_assert_true(seen[number]);
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
}

/* Whether a file of this text is read; then the number of its rows. */
static int read_text(const char *text, GError **error)
{
	g_autoptr(GArray) rows =
		g_array_new(FALSE, FALSE, sizeof(struct vector));
	g_autofree char *path = NULL;
	gboolean read;
	int fd;

	fd = g_file_open_tmp("vectors-XXXXXX", &path, NULL);
	g_assert_cmpint(fd, >=, 0);
	g_assert_true(g_close(fd, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	read = vectors_read(path, rows, error);
	g_unlink(path);
	return read ? (int)rows->len : -1;
}

#define PLAIN_ROW "plain/x/1 plain 0 1 - c4605e 4504cc4f - 07c4605e4504cc4f\n"

static const char *const malformed[][2] = {
	{ "", "no rows" },
	{ "# only a comment\n\n", "no rows" },
	{ "plain/x/1 plain 0 1 - c4605e 4504cc4f -\n", "too few fields" },
	{ "plain/x/1 plain 0 1 - c4 4504cc4f - 00 00\n", "too many fields" },
	{ "plain/1 plain 0 1 - c4605e 4504cc4f - 00\n", "name is not" },
	{ "four_pass/x/1 plain 0 1 - c4605e 4504cc4f - 00\n", "name is not" },
	{ "plain/x/a plain 0 1 - c4605e 4504cc4f - 00\n", "name is not" },
	{ "plain/x/1 plain 7 1 - c4605e 4504cc4f - 00\n", "rotation" },
	{ "plain/x/1 plain 00 1 - c4605e 4504cc4f - 00\n", "rotation" },
	{ "plain/x/1 plain 0 2 - c4605e 4504cc4f - 00\n", "length" },
	{ "plain/x/1 plain 0 1 00 c4605e 4504cc4f - 00\n", "key" },
	{ "plain/x/1 plain 0 1 - - 4504cc4f - 00\n", "server-id" },
	{ "plain/x/1 plain 0 1 - c4605 4504cc4f - 00\n", "server-id" },
	{ "plain/x/1 plain 0 1 - c4605g 4504cc4f - 00\n", "server-id" },
	{ "plain/x/1 plain 0 1 - c4605e 4504cc - 00\n", "nonce" },
	{ "plain/x/1 plain 0 1 - c4605e 4504cc4f zz 00\n", "server-use" },
	{ "plain/x/1 plain 0 1 - c4605e 4504cc4f - 00\n", "cid is not 6" },
	{ "plain/x/1 plain 0 1 - c4605e 4504cc4f - 07c4605e4504cc\n",
	  "cid is not as long" },
	{ PLAIN_ROW PLAIN_ROW, "name is taken" },
};

static void malformed_file_is_refused(void)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(malformed); i++) {
		GError *error = NULL;

		g_assert_cmpint(read_text(malformed[i][0], &error), ==, -1);
		g_assert_nonnull(strstr(error->message, malformed[i][1]));
		g_error_free(error);
	}
	g_assert_cmpint(read_text(PLAIN_ROW, NULL), ==, 1);
}

static void malformed_line_is_named(void)
{
	GError *error = NULL;

	g_assert_cmpint(read_text("# head\n" PLAIN_ROW "oops\n", &error), ==,
			-1);
	g_assert_nonnull(strstr(error->message, ":3: too few fields"));
	g_error_free(error);
}

int main(int argc, char **argv)
{
	GError *error = NULL;
	GArray *rows;
	guint i;
	int result;

	g_test_init(&argc, &argv, NULL);
	rows = vectors_read_all(&error);
	if (!rows) {
		g_print("Bail out! %s\n", error->message);
		g_error_free(error);
		return 1;
	}
	for (i = 0; i < rows->len; i++) {
		struct vector *const v = &g_array_index(rows, struct vector, i);
		g_autofree char *path = g_strconcat("/", v->name, NULL);

		g_test_add_data_func(path, v, row_holds);
	}
	g_test_add_data_func("/vectors/every_codec_has_rows", rows,
			     every_codec_has_rows);
	g_test_add_func("/vectors/malformed_file_is_refused",
			malformed_file_is_refused);
	g_test_add_func("/vectors/malformed_line_is_named",
			malformed_line_is_named);
	result = g_test_run();
	g_array_unref(rows);
	return result;
}
