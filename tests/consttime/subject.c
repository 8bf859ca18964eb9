/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "random.h"
#include "secrets.h"
#include "subject.h"

static void need(int good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

/* The lowest rotation that makes the config legal: a layout has its own. */
static int find_rotation(struct quiclb_config *config, uint8_t from)
{
	for (config->config_rotation = from; config->config_rotation < 7;
	     config->config_rotation++)
		if (!quiclb_config_check(config))
			return 1;
	return 0;
}

/* Odd lengths get what even ones do not have. */
static int choose(struct quiclb_config *config, int codec,
		  uint8_t server_id_len, uint8_t nonce_len)
{
	quiclb_config_init(config);
	config->codec = (uint8_t)codec;
	config->server_id_len = server_id_len;
	config->nonce_len = nonce_len;
	config->has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	if (config->has_key)
		random_bytes(config->key, sizeof(config->key));
	if (server_id_len & 1 && nonce_len > 5)
		config->worker_len = 2;
	config->encode_length = nonce_len & 1;
	if (find_rotation(config, 0))
		return 1;
	config->encode_length = 0;
	return find_rotation(config, 0);
}

static void choose_other(struct subject *s)
{
	s->other = s->config;
	if (s->config.has_key)
		random_bytes(s->other.key, sizeof(s->other.key));
	if (!find_rotation(&s->other, s->config.config_rotation + 1))
		s->other.codec = QUICLB_CODEC_NONE;
}

static int store_no_mark(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

struct quiclb_encoder *subject_encoder(const struct subject *s,
				       const struct quiclb_config *config,
				       int secret)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;

	quiclb_encoder_options_init(&options);
	options.server_id = s->server_id;
	options.server_id_len = config->server_id_len;
	options.worker = config->worker_len ? s->nonce : NULL;
	options.flags = QUICLB_F_SHORT_NONCE;
	if (secret) {
		options.nonce_secret = s->nonce_secret;
		options.mark_store = store_no_mark;
	}
	return quiclb_encoder_new(config, &options, &encoder) ? NULL : encoder;
}

int subject_encode(struct quiclb_encoder *encoder, const uint8_t *nonce,
		   uint8_t *cid)
{
	struct quiclb_parts parts;

	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	parts.has_low_bits = 1;
	parts.low_bits = SUBJECT_LOW_BITS;
	return quiclb_encoder_encode(encoder, &parts, cid,
				     QUICLB_CID_MAX_BYTES);
}

static size_t make_cid(const struct subject *s,
		       const struct quiclb_config *config, uint8_t *cid)
{
	struct quiclb_encoder *const encoder = subject_encoder(s, config, 0);
	int len;

	need(encoder != NULL, "no encoder");
	len = subject_encode(encoder, s->nonce, cid);
	need(len > 0, "no CID");
	quiclb_encoder_free(encoder);
	return (size_t)len;
}

int subject_init(struct subject *s, int codec, uint8_t server_id_len,
		 uint8_t nonce_len)
{
	memset(s, 0, sizeof(*s));
	if (!choose(&s->config, codec, server_id_len, nonce_len))
		return 0;
	choose_other(s);
	random_bytes(s->server_id, sizeof(s->server_id));
	random_bytes(s->nonce, sizeof(s->nonce));
	random_bytes(s->nonce_secret, sizeof(s->nonce_secret));
	s->cid_len = make_cid(s, &s->config, s->cid);
	if (s->other.codec)
		s->other_cid_len = make_cid(s, &s->other, s->other_cid);
	return 1;
}

void subject_hide(struct subject *s)
{
	secrets_mark(s->config.key, sizeof(s->config.key));
	secrets_mark(s->other.key, sizeof(s->other.key));
	secrets_mark(s->server_id, sizeof(s->server_id));
	secrets_mark(s->nonce, sizeof(s->nonce));
	secrets_mark(s->nonce_secret, sizeof(s->nonce_secret));
	/* the first octet chooses the config, and is in clear in all layouts
	   that have one; in those without it is anyone's to see as well */
	secrets_mark(s->cid + 1, sizeof(s->cid) - 1);
	secrets_mark(s->other_cid + 1, sizeof(s->other_cid) - 1);
}
