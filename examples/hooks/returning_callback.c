/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for a stack whose hook may fail: ngtcp2, xquic.
 */
#include <quiclb/quiclb.h>

#include "check.h"
#include "stack_returning.h"

/* [hook] */
struct server {
	struct quiclb_encoder *encoder; /* of this thread */
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t server_id_len;
	uint8_t reset_key[32]; /* static; of the present config */
	int last_error;	       /* for quiclb_strerror() in your log */
};

static int new_cid(void *user_data, uint8_t *cid, size_t cid_len,
		   uint8_t *token)
{
	struct server *const s = user_data;
	int result = QUICLB_ERR_SPACE;

	if (cid_len == quiclb_encoder_cid_len(s->encoder))
		result = quiclb_encoder_next(s->encoder, cid, cid_len);
	if (result >= 0)
		result = quiclb_reset_token(s->reset_key, sizeof(s->reset_key),
					    s->server_id, s->server_id_len, cid,
					    cid_len, token);
	if (result < 0)
		s->last_error = result;
	return result < 0 ? STACK_CALLBACK_FAILURE : 0;
}

/* xquic's; set its cid_len to quiclb_encoder_cid_len(), or it adds to them. */
static ptrdiff_t generate_cid(void *user_data, uint8_t *cid, size_t cid_cap)
{
	struct server *const s = user_data;

	return quiclb_encoder_next(s->encoder, cid, cid_cap);
}

/* How long the DCID behind a short header is, before anything is looked up. */
static int short_dcid_len(const struct server *s, const uint8_t *packet,
			  size_t packet_len)
{
	const int len = packet_len < 2 ? QUICLB_ERR_SHORT
				       : quiclb_encoder_cid_length(s->encoder,
								   packet[1]);

	return len < 0 || packet_len < 1 + (size_t)len ? -1 : len;
}
/* [end] */

static const uint8_t id[] = { 0x0a, 0x0b, 0x01 };

static int store(void *arg, uint64_t mark)
{
	(void)mark;
	return *(const int *)arg;
}

static struct quiclb_encoder *make_encoder(uint8_t rotation, uint8_t use_len,
					   int *store_result)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = { 1 };
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;

	CHECK(!quiclb_config_preset(&config, "aws-nlb"));
	config.config_rotation = rotation;
	config.server_id_len = sizeof(id);
	config.server_use_len = use_len;
	quiclb_encoder_options_init(&options);
	options.server_id = id;
	options.server_id_len = sizeof(id);
	options.nonce_secret = secret;
	options.mark_store = store;
	options.mark_arg = store_result;
	options.mark = UINT64_MAX - 3; /* three nonces left */
	CHECK(!quiclb_encoder_new(&config, &options, &encoder));
	return encoder;
}

int main(void)
{
	struct server s = { .server_id_len = sizeof(id) };
	uint8_t packet[40] = { 0x40 }, token[STACK_TOKEN_BYTES];
	uint8_t other[STACK_TOKEN_BYTES], *const cid = packet + 1;
	int store_result = -1;

	memcpy(s.server_id, id, sizeof(id));
	s.encoder = make_encoder(0, 0, &store_result);
	/* the mark cannot be stored: no CID, until it can */
	CHECK(new_cid(&s, cid, 12, token) == STACK_CALLBACK_FAILURE);
	CHECK(s.last_error == QUICLB_ERR_MARK);
	store_result = 0;
	CHECK(new_cid(&s, cid, 12, token) == 0);
	CHECK(short_dcid_len(&s, packet, sizeof(packet)) == 12);
	CHECK(short_dcid_len(&s, packet, 12) == -1);
	/* another server's token for the same CID is another one */
	s.server_id[2]++;
	CHECK(!quiclb_reset_token(s.reset_key, sizeof(s.reset_key), s.server_id,
				  3, cid, 12, other));
	CHECK(memcmp(token, other, sizeof(token)) != 0);
	s.server_id[2]--;
	CHECK(generate_cid(&s, cid, 12) == 12);
	CHECK(new_cid(&s, cid, 11, token) == STACK_CALLBACK_FAILURE);
	CHECK(new_cid(&s, cid, 12, token) == 0);
	CHECK(new_cid(&s, cid, 12, token) == STACK_CALLBACK_FAILURE);
	CHECK(s.last_error == QUICLB_ERR_EXHAUSTED);
	/* the first CID of a connection may be an unroutable one instead */
	CHECK(quiclb_encoder_fill(s.encoder, other, 12) == 0);
	/* the next config has longer CIDs; packets to both are understood */
	CHECK(!quiclb_encoder_rotate(s.encoder,
				     make_encoder(1, 2, &store_result)));
	CHECK(short_dcid_len(&s, packet, sizeof(packet)) == 12);
	CHECK(new_cid(&s, cid, 14, token) == 0);
	CHECK(short_dcid_len(&s, packet, sizeof(packet)) == 14);
	/* a connection that began with 12 bytes gets no more of them */
	CHECK(new_cid(&s, cid, 12, token) == STACK_CALLBACK_FAILURE);
	CHECK(s.last_error == QUICLB_ERR_SPACE);
	/* when the last connection of the old config is gone */
	CHECK(!quiclb_encoder_retire(s.encoder, 0 << 5));
	packet[1] = 0;
	CHECK(short_dcid_len(&s, packet, sizeof(packet)) == -1);
	quiclb_encoder_free(s.encoder);
	return 0;
}
