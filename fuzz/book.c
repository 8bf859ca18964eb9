/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See book.h.
 */
#include "book.h"

int book_config(struct quiclb_config *config, struct textbook_config *book)
{
	const char *const name = quiclb_codec_name(config->codec);
	const int codec = name ? textbook_codec_by_name(name) : -1;
	const int bits = quiclb_codec_rotation_bits(config->codec);

	if (codec < 0)
		return 0;
	config->worker_len = 0;
	config->has_key = quiclb_codec_is_keyed(config->codec) == 1;
	/* nothing is left out of a length that is not there */
	if (!config->encode_length)
		config->uncounted_len = 0;
	memset(book, 0, sizeof(*book));
	book->codec = (enum textbook_codec)codec;
	book->rotation_bits = config->rotation_bits ? config->rotation_bits
						    : (unsigned int)bits;
	book->rotation = config->config_rotation;
	book->self_length = config->encode_length;
	book->uncounted_len = config->uncounted_len;
	book->server_id_len = config->server_id_len;
	book->nonce_len = config->nonce_len;
	book->server_use_len = config->server_use_len;
	memcpy(book->key, config->key, sizeof(book->key));
	return 1;
}
