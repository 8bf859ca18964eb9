/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every row of tests/vectors through everything that encodes or decodes in
 * user space: library, shared headers, both with the portable block and with
 * the CPU's instructions, textbook.
 */
#include <quiclb/native.h>

#include "unit.h"
#include "vectors.h"

#define SERVER_ID_CAP QUICLB_SERVER_ID_CAP_BYTES
#define CID_CAP QUICLB_CID_MAX_BYTES

static void library_encodes(const struct vector *v,
			    const struct quiclb_config *config)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_parts parts;
	uint8_t cid[CID_CAP];
	int len;

	quiclb_encoder_options_init(&options);
	options.server_id = v->server_id;
	options.server_id_len = v->server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	g_assert_cmpint(quiclb_encoder_new(config, &options, &encoder), ==, 0);
	quiclb_parts_init(&parts);
	parts.nonce = v->nonce;
	parts.server_use = v->server_use;
	/* where the length stands instead it must win */
	parts.has_low_bits = 1;
	parts.low_bits = v->encode_length ? 0xff : vector_low_bits(v);
	len = quiclb_encoder_encode(encoder, &parts, cid, sizeof(cid));
	g_assert_cmpint(len, ==, v->cid_len);
	g_assert_cmpmem(cid, (size_t)len, v->cid, v->cid_len);
	quiclb_encoder_free(encoder);
}

static struct quiclb_decoder *decoder_of(const struct quiclb_config *config)
{
	struct quiclb_decoder *decoder = NULL;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, config), ==, 0);
	return decoder;
}

static void library_decodes(const struct vector *v,
			    const struct quiclb_config *config)
{
	struct quiclb_decoder *const decoder = decoder_of(config);
	uint8_t id[SERVER_ID_CAP];
	int len;

	len = quiclb_decoder_decode(decoder, v->cid, v->cid_len, id,
				    sizeof(id));
	g_assert_cmpint(len, ==, v->server_id_len);
	g_assert_cmpmem(id, (size_t)len, v->server_id, v->server_id_len);
	g_assert_cmpint(quiclb_decoder_cid_len(decoder, v->cid[0]), ==,
			v->cid_len);
	quiclb_decoder_free(decoder);
}

/* With as many bytes of worker as the nonce has room for. */
static void library_reads(const struct vector *v,
			  const struct quiclb_config *config)
{
	const uint8_t worker_len =
		v->nonce_len > QUICLB_NONCE_MIN_BYTES
			? v->nonce_len - QUICLB_NONCE_MIN_BYTES
			: 0;
	struct quiclb_config with_worker = *config;
	struct quiclb_decoder *decoder;
	struct quiclb_decoded out;

	with_worker.worker_len = worker_len;
	decoder = decoder_of(&with_worker);
	quiclb_decoded_init(&out);
	g_assert_cmpint(quiclb_decoder_read(decoder, v->cid, v->cid_len, &out),
			==, 0);
	g_assert_cmpuint(out.tenant, ==, 0);
	g_assert_cmpint(out.config_rotation, ==, v->rotation);
	g_assert_cmpint(out.cid_len, ==, v->cid_len);
	g_assert_cmpmem(out.server_id, out.server_id_len, v->server_id,
			v->server_id_len);
	g_assert_cmpmem(out.nonce, out.nonce_len, v->nonce, v->nonce_len);
	g_assert_cmpuint(out.worker_len, ==, worker_len);
	quiclb_decoder_free(decoder);
}

static void bytes_of(const quiclb_u64 *words, uint8_t *out, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
}

/* A way through the shared headers. */
struct way {
	int (*encode)(const struct quiclb_record *record,
		      const struct quiclb_words *plain, uint8_t first,
		      struct quiclb_words *cid);
	int (*decode)(const struct quiclb_record *record, const uint8_t *cid,
		      quiclb_u32 cid_len, struct quiclb_block *server_id);
};

static int portable_encode(const struct quiclb_record *record,
			   const struct quiclb_words *plain, uint8_t first,
			   struct quiclb_words *cid)
{
	return quiclb_h_encode(record, plain, first, cid, quiclb_h_encrypt,
			       quiclb_h_decrypt);
}

static int portable_decode(const struct quiclb_record *record,
			   const uint8_t *cid, quiclb_u32 cid_len,
			   struct quiclb_block *server_id)
{
	return quiclb_decode_server(record, cid, cid_len, server_id);
}

static const struct way portable = { portable_encode, portable_decode };

#if QUICLB_HAVE_NATIVE
QUICLB_NATIVE static int native_encode(const struct quiclb_record *record,
				       const struct quiclb_words *plain,
				       uint8_t first, struct quiclb_words *cid)
{
	struct quiclb_cipher cipher;

	quiclb_native_prepare(&cipher, record);
	return quiclb_native_encode(&cipher, plain, first, cid);
}

QUICLB_NATIVE static int native_decode(const struct quiclb_record *record,
				       const uint8_t *cid, quiclb_u32 cid_len,
				       struct quiclb_block *server_id)
{
	struct quiclb_cipher cipher;

	quiclb_native_prepare(&cipher, record);
	return quiclb_native_decode_server(&cipher, cid, cid_len, server_id);
}

static const struct way native = { native_encode, native_decode };
#endif

static void header_encodes(const struct way *way, const struct vector *v,
			   const struct quiclb_record *record)
{
	const size_t n = (size_t)v->server_id_len + v->nonce_len;
	uint8_t fields[CID_CAP], cid[CID_CAP];
	struct quiclb_words words = { { 0, 0, 0 } };
	struct quiclb_words plain;

	memcpy(fields, v->server_id, v->server_id_len);
	memcpy(fields + v->server_id_len, v->nonce, v->nonce_len);
	plain = quiclb_h_window(fields, (quiclb_u32)n);
	g_assert_cmpint(way->encode(record, &plain, v->first, &words), ==, 0);
	bytes_of(words.w, cid, record->min_cid_len);
	g_assert_cmpmem(cid, record->min_cid_len, v->cid,
			(size_t)v->has_first + n);
	g_assert_cmpmem(v->server_use, v->server_use_len,
			v->cid + record->min_cid_len,
			(size_t)v->cid_len - record->min_cid_len);
}

static void header_decodes(const struct way *way, const struct vector *v,
			   const struct quiclb_record *record)
{
	struct quiclb_block words = { { 0, 0 } };
	uint8_t id[SERVER_ID_CAP];

	g_assert_cmpint(way->decode(record, v->cid, v->cid_len, &words), ==, 0);
	bytes_of(words.w, id, sizeof(id));
	g_assert_cmpmem(id, v->server_id_len, v->server_id, v->server_id_len);
	g_assert_true(unit_all(id + v->server_id_len,
			       sizeof(id) - v->server_id_len, 0));
}

/* Server ID and nonce. */
static void header_decodes_all(const struct vector *v,
			       const struct quiclb_record *record)
{
	struct quiclb_words plain = { { 0, 0, 0 } };
	struct quiclb_words window = quiclb_h_window(v->cid, v->cid_len);
	struct quiclb_record whole = *record;
	uint8_t all[24];

	whole.first_pass = 1;
	g_assert_cmpint(quiclb_h_decode(&whole, &window, &plain,
					quiclb_h_encrypt, quiclb_h_decrypt),
			==, 0);
	bytes_of(plain.w, all, sizeof(all));
	g_assert_cmpmem(all, v->server_id_len, v->server_id, v->server_id_len);
	g_assert_cmpmem(all + v->server_id_len, v->nonce_len, v->nonce,
			v->nonce_len);
}

/* Codecs from elsewhere it does not know. */
static void textbook_agrees(const struct vector *v,
			    const struct quiclb_config *config)
{
	const uint8_t *const fields[3] = { v->server_id, v->nonce,
					   v->server_use };
	uint8_t cid[CID_CAP], id[SERVER_ID_CAP], nonce[18];
	struct textbook_config book;
	size_t len = 0;

	if (textbook_codec_by_name(v->codec) < 0)
		return;
	book = unit_textbook(config);
	g_assert_cmpint(
		textbook_encode(&book, fields, vector_low_bits(v), cid, &len),
		==, TEXTBOOK_OK);
	g_assert_cmpmem(cid, len, v->cid, v->cid_len);
	g_assert_cmpint(
		textbook_decode_all(&book, v->cid, v->cid_len, id, nonce), ==,
		TEXTBOOK_OK);
	g_assert_cmpmem(id, v->server_id_len, v->server_id, v->server_id_len);
	g_assert_cmpmem(nonce, v->nonce_len, v->nonce, v->nonce_len);
}

/* What BPF takes where no config has a key. */
static void header_decodes_clear(const struct vector *v,
				 const struct quiclb_record *record)
{
	struct quiclb_work work = quiclb_h_work_on(v->cid, v->cid_len);
	struct quiclb_block words;
	uint8_t id[SERVER_ID_CAP];

	quiclb_h_decode_clear(record, &work);
	words = quiclb_h_server_id(record, &work.body);
	bytes_of(words.w, id, sizeof(id));
	g_assert_cmpmem(id, v->server_id_len, v->server_id, v->server_id_len);
}

/* By every kind of instructions that the CPU has, and by none. */
static void library_holds(const struct vector *v,
			  const struct quiclb_config *config)
{
	static const unsigned int masks[] = { 0, QUICLB_CPU_AES, ~0u };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(masks); i++) {
		quiclb_set_cpu_mask(masks[i]);
		library_encodes(v, config);
		library_decodes(v, config);
		library_reads(v, config);
	}
}

static void headers_hold(const struct vector *v,
			 const struct quiclb_config *config)
{
	struct quiclb_record record;

	g_assert_cmpint(quiclb_config_compile(config, &record), ==, 0);
	g_assert_cmpint(record.head_len, ==, v->has_first);
	header_encodes(&portable, v, &record);
	header_decodes(&portable, v, &record);
	header_decodes_all(v, &record);
	if (!v->has_key)
		header_decodes_clear(v, &record);
#if QUICLB_HAVE_NATIVE
	if (quiclb_cpu() & QUICLB_CPU_AES) {
		header_encodes(&native, v, &record);
		header_decodes(&native, v, &record);
	}
#endif
}

static void row_holds(gconstpointer data)
{
	const struct vector *const v = data;
	struct quiclb_config config;

	vector_config(v, &config);
	library_holds(v, &config);
	headers_hold(v, &config);
	textbook_agrees(v, &config);
}

/* Rows there are at least: none may get lost. */
static const struct {
	const char *codec;
	guint rows;
} at_least[] = {
	{ "plain", 18 },       { "single-pass", 9 },  { "four-pass", 11 },
	{ "four-pass-12", 4 }, { "four-pass-14", 4 }, { "four-pass-15", 8 },
	{ "plain-07", 25 },    { "stream-07", 25 },   { "block-07", 25 },
	{ "msquic", 4 },       { "mvfst-1", 5 },      { "mvfst-2", 4 },
	{ "mvfst-3", 4 },      { "quicly", 3 },
};

/* The path of a codec's file. */
static char *file_of(const char *codec)
{
	g_autofree char *symbol = g_strdelimit(g_strdup(codec), "-", '_');
	g_autofree char *name = g_strdup_printf("/%s.txt", symbol);
	g_autoptr(GPtrArray) paths = vectors_paths(NULL);
	guint i;

	for (i = 0; i < paths->len; i++) {
		const char *const path = g_ptr_array_index(paths, i);

		if (g_str_has_suffix(path, name))
			return g_strdup(path);
	}
	g_error("no file %s", name);
}

/* Rows of a codec, which its own file holds and no other. */
static guint count(const GArray *all, const char *codec)
{
	g_autofree char *path = file_of(codec);
	g_autoptr(GArray) own =
		g_array_new(FALSE, FALSE, sizeof(struct vector));
	guint i, n = 0;

	g_assert_true(vectors_read(path, own, NULL));
	for (i = 0; i < own->len; i++)
		g_assert_cmpstr(g_array_index(own, struct vector, i).codec, ==,
				codec);
	for (i = 0; i < all->len; i++)
		n += !strcmp(g_array_index(all, struct vector, i).codec, codec);
	g_assert_cmpuint(n, ==, own->len);
	return n;
}

/* data: the rows */
static void no_row_is_missing(gconstpointer data)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(at_least); i++)
		g_assert_cmpuint(count(data, at_least[i].codec), >=,
				 at_least[i].rows);
}

static void every_codec_has_rows(gconstpointer data)
{
	guint n = 0;
	int codec;

	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec), n++)
		g_assert_cmpuint(count(data, quiclb_codec_name(codec)), >=, 3);
	g_assert_cmpuint(n, >=, G_N_ELEMENTS(at_least));
}

/* The first case: nothing has asked before. */
static void the_cpu_is_known_without_a_config(void)
{
	const unsigned int cpu = quiclb_cpu();

	quiclb_set_cpu_mask(~0u);
	g_assert_cmpuint(quiclb_cpu(), ==, cpu);
	g_assert_cmpuint(cpu & ~(QUICLB_CPU_AES | QUICLB_CPU_VAES), ==, 0);
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
	g_test_add_func("/vectors/the_cpu_is_known_without_a_config",
			the_cpu_is_known_without_a_config);
	for (i = 0; i < rows->len; i++) {
		struct vector *const v = &g_array_index(rows, struct vector, i);
		g_autofree char *path = g_strconcat("/", v->name, NULL);

		g_test_add_data_func(path, v, row_holds);
	}
	g_test_add_data_func("/vectors/every_codec_has_rows", rows,
			     every_codec_has_rows);
	g_test_add_data_func("/vectors/no_row_is_missing", rows,
			     no_row_is_missing);
	result = g_test_run();
	g_array_unref(rows);
	return result;
}
