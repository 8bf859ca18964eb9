/* SPDX-License-Identifier: BSD-2-Clause */
#include "pairs.h"

const struct pairs_form pairs_forms[PAIRS_N_FORMS] = {
	{ 0, 0 }, { 0, 1 }, { 2, 0 }, { 2, 1 }, { 3, 0 }, { 3, 1 },
};

void pairs_config(struct quiclb_config *config, const struct pair *pair,
		  const struct pairs_form *form)
{
	unit_config(config, pair->codec, pair->server_id_len, pair->nonce_len);
	config->rotation_bits = form->rotation_bits;
	config->encode_length = form->encode_length;
}

gboolean pairs_book(const struct quiclb_config *config,
		    struct textbook_config *book)
{
	if (textbook_codec_by_name(quiclb_codec_name(config->codec)) < 0)
		return FALSE;
	*book = unit_textbook(config);
	return TRUE;
}

gboolean pairs_is_legal(const struct quiclb_config *config)
{
	static const uint8_t zeros[QUICLB_CID_MAX_BYTES];
	const uint8_t *const fields[3] = { zeros, zeros, zeros };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct textbook_config book;
	size_t len;

	if (!pairs_book(config, &book))
		return quiclb_config_check(config) == 0;
	return textbook_encode(&book, fields, 0, cid, &len) == TEXTBOOK_OK;
}

unsigned int pairs_n_forms(const struct pair *pair)
{
	unsigned int i, n = 0;

	for (i = 0; i < PAIRS_N_FORMS; i++) {
		struct quiclb_config config;

		pairs_config(&config, pair, &pairs_forms[i]);
		n += pairs_is_legal(&config) ? 1 : 0;
	}
	return n;
}

static unsigned int every_use(const struct quiclb_config *config,
			      pairs_config_fn *fn)
{
	struct quiclb_config c = *config;
	unsigned int n = 0;

	for (; pairs_is_legal(&c); c.server_use_len++) {
		c.uncounted_len = c.encode_length ? c.server_use_len : 0;
		c.worker_len = 0;
		do {
			fn(&c);
			n++;
			c.worker_len++;
		} while (c.worker_len + 4 <= c.nonce_len);
		c.worker_len = 0;
	}
	return n;
}

static unsigned int every_form(const struct pair *pair, pairs_config_fn *fn)
{
	struct quiclb_config config;
	unsigned int n = 0;
	int i;

	for (i = 0; i < PAIRS_N_FORMS; i++) {
		pairs_config(&config, pair, &pairs_forms[i]);
		if (pairs_is_legal(&config))
			n += every_use(&config, fn);
	}
	return n;
}

unsigned int pairs_each_config(pairs_config_fn *fn)
{
	struct pair pair;
	unsigned int n = 0;
	int codec;

	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec))
		for (pair.server_id_len = 1; pair.server_id_len <= 16;
		     pair.server_id_len++)
			for (pair.nonce_len = 0; pair.nonce_len <= 18;
			     pair.nonce_len++) {
				pair.codec = (uint8_t)codec;
				n += every_form(&pair, fn);
			}
	return n;
}
