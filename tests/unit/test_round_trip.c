/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every codec, every pair of lengths, every form of the first octet: library,
 * shared headers with the portable block, and textbook make the same CIDs of
 * random parts and find the same parts in them.
 */
#include <inttypes.h>
#include <quiclb/decode.h>

#include "pairs.h"

/* Random CIDs of each codec at least; a million and more in all. */
#define CIDS_PER_CODEC 75000u
#define CIDS_PER_KEY 8u

/* A legal pair, and how many CIDs of each of its forms. */
struct share {
	struct pair pair;
	unsigned int n_cids;
};

/* One config, in all the shapes that are compared. */
struct trip {
	struct quiclb_config config;
	gboolean has_book; /* no textbook has codecs from elsewhere */
	struct textbook_config book;
	struct quiclb_record record;
	struct quiclb_record whole; /* decodes the nonce as well */
	struct quiclb_encoder *encoder;
	struct quiclb_decoder *decoder;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
};

/* The other parts of a CID, and the CID. */
struct parcel {
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES];
	uint8_t server_use[QUICLB_CID_MAX_BYTES];
	uint8_t low_bits;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t cid_len;
};

static unsigned int n_pairs, n_pairs_done;
static uint64_t n_wanted, n_done;

/* Any server use, uncounted bytes, worker and rotation that are allowed. */
static void draw_config(struct quiclb_config *config, const struct pair *pair,
			const struct pairs_form *form)
{
	uint8_t room = QUICLB_CID_MAX_BYTES;

	pairs_config(config, pair, form);
	do
		config->server_use_len = unit_random_up_to(room--);
	while (!pairs_is_legal(config));
	if (form->encode_length)
		config->uncounted_len =
			unit_random_up_to(config->server_use_len);
	if (pair->nonce_len > QUICLB_NONCE_MIN_BYTES && g_test_rand_bit())
		config->worker_len = unit_random_up_to(pair->nonce_len -
						       QUICLB_NONCE_MIN_BYTES);
	/* the version of a layout is its only rotation */
	if (config->config_rotation || !quiclb_codec_rotation_bits(pair->codec))
		return;
	do
		config->config_rotation = unit_random_up_to(6);
	while (!pairs_is_legal(config));
}

/* With t->server_id. */
static void start(struct trip *t, const struct pair *pair,
		  const struct pairs_form *form)
{
	static const uint8_t worker[QUICLB_NONCE_MAX_BYTES];
	struct quiclb_encoder_options options;

	draw_config(&t->config, pair, form);
	t->has_book = pairs_book(&t->config, &t->book);
	quiclb_encoder_options_init(&options);
	options.server_id = t->server_id;
	options.server_id_len = pair->server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	options.worker = t->config.worker_len ? worker : NULL;
	g_assert_cmpint(quiclb_config_compile(&t->config, &t->record), ==, 0);
	g_assert_cmpint(quiclb_encoder_new(&t->config, &options, &t->encoder),
			==, 0);
	g_assert_cmpint(quiclb_decoder_new(&t->decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(t->decoder, &t->config), ==, 0);
	t->whole = t->record;
	t->whole.first_pass = 1;
}

static void end(struct trip *t)
{
	quiclb_encoder_free(t->encoder);
	quiclb_decoder_free(t->decoder);
}

static void draw_parcel(struct parcel *p)
{
	unit_random(p->nonce, sizeof(p->nonce));
	unit_random(p->server_use, sizeof(p->server_use));
	p->low_bits = unit_random_up_to(255);
}

static void library_encodes(const struct trip *t, struct parcel *p)
{
	struct quiclb_parts parts;
	int len;

	quiclb_parts_init(&parts);
	parts.nonce = p->nonce;
	parts.server_use = p->server_use;
	parts.has_low_bits = 1;
	parts.low_bits = p->low_bits;
	len = quiclb_encoder_encode(t->encoder, &parts, p->cid, sizeof(p->cid));
	g_assert_cmpint(len, ==, t->record.cid_len);
	p->cid_len = (size_t)len;
}

static void textbook_encodes_the_same(const struct trip *t,
				      const struct parcel *p)
{
	const uint8_t *const fields[3] = { t->server_id, p->nonce,
					   p->server_use };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len = 0;

	if (!t->has_book)
		return;
	g_assert_cmpint(
		textbook_encode(&t->book, fields, p->low_bits, cid, &len), ==,
		TEXTBOOK_OK);
	g_assert_cmpmem(p->cid, p->cid_len, cid, len);
}

static void bytes_of(const quiclb_u64 *words, uint8_t *out, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
}

static void header_encodes_the_same(const struct trip *t,
				    const struct parcel *p)
{
	const size_t id_len = t->record.server_id_len;
	const unsigned int n_low = 8u - t->record.rotation_bits;
	unsigned int low = p->low_bits & ((1u << n_low) - 1);
	uint8_t fields[2 * QUICLB_CID_MAX_BYTES], cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_words words = { { 0, 0, 0 } };
	struct quiclb_words plain;

	if (t->config.encode_length)
		low = (unsigned int)(p->cid_len - 1 - t->config.uncounted_len);
	memcpy(fields, t->server_id, id_len);
	memcpy(fields + id_len, p->nonce, t->record.nonce_len);
	plain = quiclb_h_window(fields, t->record.body_len);
	g_assert_cmpint(
		quiclb_h_encode(&t->record, &plain,
				(uint8_t)(t->record.rotation << n_low | low),
				&words, quiclb_h_encrypt, quiclb_h_decrypt),
		==, 0);
	bytes_of(words.w, cid, t->record.min_cid_len);
	g_assert_cmpmem(cid, t->record.min_cid_len, p->cid,
			t->record.min_cid_len);
	g_assert_cmpmem(p->cid + t->record.min_cid_len,
			p->cid_len - t->record.min_cid_len, p->server_use,
			t->config.server_use_len);
}

static void library_decodes(const struct trip *t, const struct parcel *p)
{
	g_autofree uint8_t *cid = unit_copy(p->cid, p->cid_len);
	struct quiclb_decoded out;

	quiclb_decoded_init(&out);
	g_assert_cmpint(quiclb_decoder_read(t->decoder, cid, p->cid_len, &out),
			==, 0);
	g_assert_cmpint(out.config_rotation, ==, t->config.config_rotation);
	g_assert_cmpuint(out.cid_len, ==, p->cid_len);
	g_assert_cmpmem(out.server_id, out.server_id_len, t->server_id,
			t->config.server_id_len);
	g_assert_cmpmem(out.nonce, out.nonce_len, p->nonce,
			t->config.nonce_len);
	g_assert_cmpuint(out.worker_len, ==, t->config.worker_len);
}

static void header_decodes(const struct trip *t, const struct parcel *p)
{
	const size_t id_len = t->record.server_id_len;
	const size_t nonce_len = t->record.nonce_len;
	g_autofree uint8_t *cid = unit_copy(p->cid, p->cid_len);
	const struct quiclb_words window =
		quiclb_h_window(cid, (quiclb_u32)p->cid_len);
	struct quiclb_block words = { { 0, 0 } };
	struct quiclb_words plain = { { 0, 0, 0 } };
	uint8_t bytes[24];

	g_assert_cmpint(quiclb_decode_server(&t->record, cid,
					     (quiclb_u32)p->cid_len, &words),
			==, 0);
	bytes_of(words.w, bytes, 16);
	g_assert_cmpmem(bytes, id_len, t->server_id, id_len);
	g_assert_true(unit_all(bytes + id_len, 16 - id_len, 0));
	g_assert_cmpint(quiclb_h_decode(&t->whole, &window, &plain,
					quiclb_h_encrypt, quiclb_h_decrypt),
			==, 0);
	bytes_of(plain.w, bytes, sizeof(bytes));
	g_assert_cmpmem(bytes, id_len, t->server_id, id_len);
	g_assert_cmpmem(bytes + id_len, nonce_len, p->nonce, nonce_len);
}

static void textbook_decodes(const struct trip *t, const struct parcel *p)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES], nonce[QUICLB_NONCE_MAX_BYTES];

	if (!t->has_book)
		return;
	g_assert_cmpint(
		textbook_decode_all(&t->book, p->cid, p->cid_len, id, nonce),
		==, TEXTBOOK_OK);
	g_assert_cmpmem(id, t->book.server_id_len, t->server_id,
			t->config.server_id_len);
	g_assert_cmpmem(nonce, t->book.nonce_len, p->nonce,
			t->config.nonce_len);
}

static void goes_round(const struct trip *t, struct parcel *p)
{
	library_encodes(t, p);
	header_encodes_the_same(t, p);
	textbook_encodes_the_same(t, p);
	library_decodes(t, p);
	header_decodes(t, p);
	textbook_decodes(t, p);
	n_done++;
}

static void one_byte_short_fails(const struct trip *t, const struct parcel *p)
{
	const size_t len = t->record.min_cid_len - 1u;
	g_autofree uint8_t *cid = unit_copy(p->cid, len);
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES], nonce[QUICLB_NONCE_MAX_BYTES];
	struct quiclb_block words;

	memset(id, UNIT_UNTOUCHED, sizeof(id));
	memset(&words, UNIT_UNTOUCHED, sizeof(words));
	g_assert_cmpint(
		quiclb_decoder_decode(t->decoder, cid, len, id, sizeof(id)), ==,
		QUICLB_ERR_SHORT);
	g_assert_cmpint(
		quiclb_decode_server(&t->record, cid, (quiclb_u32)len, &words),
		==, QUICLB_ERR_SHORT);
	if (t->has_book)
		g_assert_cmpint(
			textbook_decode_all(&t->book, cid, len, id, nonce), ==,
			TEXTBOOK_TOO_SHORT);
	g_assert_true(unit_all(id, sizeof(id), UNIT_UNTOUCHED));
	g_assert_true(unit_all(&words, sizeof(words), UNIT_UNTOUCHED));
}

static void form_goes_round(const struct share *share,
			    const struct pairs_form *form)
{
	const unsigned int n = unit_rounds(share->n_cids);
	unsigned int i, j;

	for (i = 0; i < n; i += CIDS_PER_KEY) {
		struct parcel p;
		struct trip t;

		unit_random(t.server_id, sizeof(t.server_id));
		start(&t, &share->pair, form);
		for (j = 0; j < CIDS_PER_KEY; j++) {
			draw_parcel(&p);
			goes_round(&t, &p);
		}
		one_byte_short_fails(&t, &p);
		end(&t);
	}
}

/* Extremes that random bytes hardly ever are. */
static void constant_bytes_go_round(const struct share *share,
				    const struct pairs_form *form)
{
	static const uint8_t values[] = { 0x00, 0xff, 0x0f, 0xf0 };
	struct parcel p;
	struct trip t;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(values); i++) {
		memset(t.server_id, values[i], sizeof(t.server_id));
		memset(&p, values[i], sizeof(p));
		start(&t, &share->pair, form);
		goes_round(&t, &p);
		end(&t);
	}
}

static void pair_goes_round(gconstpointer data)
{
	const struct share *const share = data;
	int i;

	for (i = 0; i < PAIRS_N_FORMS; i++) {
		struct quiclb_config config;

		pairs_config(&config, &share->pair, &pairs_forms[i]);
		if (!pairs_is_legal(&config))
			continue;
		form_goes_round(share, &pairs_forms[i]);
		constant_bytes_go_round(share, &pairs_forms[i]);
	}
	n_pairs_done++;
}

/* Unless some were left out (-p, -s), the CIDs are as many as promised. */
static void every_pair_went_round(void)
{
	g_test_message("%u of %u pairs of lengths, %" PRIu64
		       " CIDs, 0 differences",
		       n_pairs_done, n_pairs, n_done);
	if (n_pairs_done < n_pairs) {
		g_test_skip("not all pairs were run");
		return;
	}
	g_assert_cmpuint(n_done, >=, n_wanted);
}

/* ---------------------------------------------------------------- pairs -- */

typedef void visit_fn(const struct pair *pair, unsigned int n_forms, void *arg);

static void visit_pairs(uint8_t codec, visit_fn *visit, void *arg)
{
	struct pair pair = { codec, 0, 0 };

	for (; pair.server_id_len < PAIRS_SERVER_ID_END; pair.server_id_len++)
		for (pair.nonce_len = 0; pair.nonce_len < PAIRS_NONCE_END;
		     pair.nonce_len++) {
			const unsigned int n = pairs_n_forms(&pair);

			if (n)
				visit(&pair, n, arg);
		}
}

static void count(const struct pair *pair, unsigned int n_forms, void *arg)
{
	unsigned int *const n = arg;

	(void)pair;
	*n += n_forms;
}

/* arg: how many forms the codec has in all */
static void add(const struct pair *pair, unsigned int n_forms, void *arg)
{
	const unsigned int *const n = arg;
	struct share *const share = g_new(struct share, 1);
	g_autofree char *path = g_strdup_printf(
		"/%s/%d_and_%d_go_round", quiclb_codec_name(pair->codec),
		pair->server_id_len, pair->nonce_len);

	share->pair = *pair;
	share->n_cids = CIDS_PER_CODEC / *n + 1;
	n_wanted += (uint64_t)n_forms * unit_rounds(share->n_cids);
	n_pairs++;
	g_test_add_data_func_full(path, share, pair_goes_round, g_free);
}

int main(int argc, char **argv)
{
	int codec;

	g_test_init(&argc, &argv, NULL);
	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec)) {
		unsigned int n = 0;

		visit_pairs((uint8_t)codec, count, &n);
		g_assert_cmpuint(n, >, 0);
		visit_pairs((uint8_t)codec, add, &n);
	}
	g_test_add_func("/all/every_pair_went_round", every_pair_went_round);
	return g_test_run();
}
