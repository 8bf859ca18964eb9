/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for xquic.
 */
#include <quiclb/quiclb.h>

#include "pool.h"
#include "xquic.h"

/* [adapter] */
/* engine_user_data, or the first member of it. */
struct cids {
	struct quiclb_encoder *encoder; /* of this engine */
	int last_error;			/* for quiclb_strerror() in your log */
};

static ssize_t generate_cid(const xqc_cid_t *original, uint8_t *cid,
			    size_t cid_len, void *engine_user_data)
{
	struct cids *const c = engine_user_data;
	int result = QUICLB_ERR_SPACE;

	(void)original;
	/* xquic would lengthen a shorter one */
	if (cid_len == quiclb_encoder_cid_len(c->encoder))
		result = quiclb_encoder_next(c->encoder, cid, cid_len);
	if (result < 0)
		c->last_error = result;
	return result;
}

/* Before xqc_engine_create().  The reset key is this server's alone. */
static int use_cids(xqc_config_t *config, xqc_engine_callback_t *callbacks,
		    const struct cids *c, const uint8_t *reset_key,
		    size_t reset_key_len)
{
	if (reset_key_len < QUICLB_RESET_KEY_MIN_BYTES ||
	    reset_key_len > sizeof(config->reset_token_key))
		return QUICLB_ERR_ARG;
	memcpy(config->reset_token_key, reset_key, reset_key_len);
	config->reset_token_keylen = reset_key_len;
	config->cid_len = (uint8_t)quiclb_encoder_cid_len(c->encoder);
	/* else a client whose DCID has this length chooses the server's CID */
	config->cid_negotiate = 1;
	callbacks->cid_generate_cb = generate_cid;
	return 0;
}
/* [end] */

struct stack {
	xqc_config_t config;
	xqc_engine_callback_t callbacks;
	void *user_data;
};

/* What xquic makes of the hook; 0, or -1: there is no CID. */
static int make_cid(struct stack *s, const xqc_cid_t *original, xqc_cid_t *cid)
{
	ssize_t n;

	memset(cid, 0, sizeof(*cid));
	cid->cid_len = s->config.cid_len;
	n = s->callbacks.cid_generate_cb(original, cid->cid_buf, cid->cid_len,
					 s->user_data);
	if (n < 0)
		return -1;
	CHECK(n <= cid->cid_len);
	memset(cid->cid_buf + n, 0xee, (size_t)(cid->cid_len - n));
	return 0;
}

/* The first CID of a connection. */
static int accept_cid(struct stack *s, const xqc_cid_t *original,
		      xqc_cid_t *cid)
{
	*cid = *original;
	if (!s->config.cid_negotiate && cid->cid_len == s->config.cid_len)
		return 0;
	return make_cid(s, original, cid);
}

static void check_rotation(struct stack *s, struct cids *c,
			   const struct quiclb_decoder *decoder,
			   const struct quiclb_config *configs)
{
	const xqc_cid_t original = { 12, "client's own" };
	struct quiclb_encoder *next;
	xqc_cid_t cid;

	CHECK(!same_length_rotate(c->encoder, pool_encoder(&configs[1], 9)));
	CHECK(!make_cid(s, &original, &cid));
	CHECK(cid.cid_buf[0] >> 5 == 1);
	CHECK(pool_is_ours(decoder, cid.cid_buf, cid.cid_len));
	/* a shorter one is refused, else xquic would make it longer */
	next = pool_encoder(&configs[2], 9);
	CHECK(same_length_rotate(c->encoder, next) == QUICLB_ERR_ARG);
	CHECK(!quiclb_encoder_rotate(c->encoder, next));
	CHECK(make_cid(s, &original, &cid) == -1);
	CHECK(c->last_error == QUICLB_ERR_SPACE);
}

int main(void)
{
	static const uint8_t reset_key[32] = "this server's, in truth random";
	const xqc_cid_t original = { 12, "client's own" };
	struct stack s = { .config = { .cid_len = 8 } };
	struct quiclb_config configs[3];
	struct cids c = { NULL, 0 };
	struct quiclb_decoder *decoder;
	xqc_cid_t cid;
	int i;

	for (i = 0; i < 3; i++)
		pool_config(&configs[i], (uint8_t)i, 3, i == 2 ? 7 : 8, 0);
	decoder = pool_decoder(configs, 3);
	c.encoder = pool_encoder(&configs[0], 3);
	s.user_data = &c;
	CHECK(use_cids(&s.config, &s.callbacks, &c, reset_key, 4) < 0);
	CHECK(!use_cids(&s.config, &s.callbacks, &c, reset_key, 32));
	CHECK(s.config.cid_len == 12 && s.config.reset_token_keylen == 32);
	for (i = 0; i < 3; i++) {
		CHECK(!accept_cid(&s, &original, &cid) && cid.cid_len == 12);
		CHECK(pool_is_ours(decoder, cid.cid_buf, cid.cid_len));
	}
	CHECK(accept_cid(&s, &original, &cid) == -1);
	CHECK(c.last_error == QUICLB_ERR_EXHAUSTED);
	s.config.cid_len = 8; /* left as it was */
	CHECK(make_cid(&s, &original, &cid) == -1);
	CHECK(c.last_error == QUICLB_ERR_SPACE);
	s.config.cid_len = 12;
	check_rotation(&s, &c, decoder, configs);
	quiclb_encoder_free(c.encoder);
	c.encoder = NULL;
	CHECK(make_cid(&s, &original, &cid) == -1);
	quiclb_decoder_free(decoder);
	return 0;
}
