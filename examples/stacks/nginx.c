/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for nginx, which has no hook: what ngx_quic_create_server_id()
 * and ngx_quic_send_retry() are patched to call.
 */
#include <quiclb/quiclb.h>

#include "nginx.h"
#include "pool.h"

/* [adapter] */
#define COOKIE_BYTES 8 /* of the listening socket, as quic_bpf has it */

/* One for each worker process. */
struct cids {
	struct quiclb_encoder *encoder; /* NULL: no config */
	uint64_t n_unroutable;		/* for your metrics */
};

/* From init_process: an encoder does not survive the fork. */
static ngx_int_t cids_init(struct cids *c, const struct quiclb_config *config,
			   const struct quiclb_encoder_options *options)
{
	c->n_unroutable = 0;
	c->encoder = NULL;
	if (config->server_use_len != COOKIE_BYTES ||
	    quiclb_encoder_new(config, options, &c->encoder))
		return NGX_ERROR;
	if (quiclb_encoder_cid_len(c->encoder) == NGX_QUIC_SERVER_CID_LEN)
		return NGX_OK;
	quiclb_encoder_free(c->encoder);
	c->encoder = NULL;
	return NGX_ERROR;
}

static void put_cookie(uint64_t cookie, u_char *out)
{
	int i;

	for (i = COOKIE_BYTES; i--; cookie >>= 8)
		out[i] = (u_char)cookie;
}

/* cookie: as getsockopt(SO_COOKIE) gives it, or NULL without quic_bpf. */
static ngx_int_t server_id(struct cids *c, const uint64_t *cookie, u_char *id)
{
	struct quiclb_parts parts;
	u_char use[COOKIE_BYTES];

	quiclb_parts_init(&parts);
	if (cookie) {
		put_cookie(*cookie, use);
		parts.server_use = use;
	}
	if (quiclb_encoder_cid_len(c->encoder) == NGX_QUIC_SERVER_CID_LEN &&
	    quiclb_encoder_encode(c->encoder, &parts, id,
				  NGX_QUIC_SERVER_CID_LEN) > 0)
		return NGX_OK;
	c->n_unroutable++;
	quiclb_unroutable(id, NGX_QUIC_SERVER_CID_LEN);
	if (cookie)
		put_cookie(*cookie,
			   id + NGX_QUIC_SERVER_CID_LEN - COOKIE_BYTES);
	return NGX_OK;
}

/*
 * The key that quic_bpf's program has to look up instead of the DCID's first 8
 * bytes; 0: the kernel chooses a worker, as it does for a client's own DCID.
 */
static uint64_t worker_key(const u_char *dcid, size_t len)
{
	uint64_t key = 0;
	size_t i;

	if (len != NGX_QUIC_SERVER_CID_LEN)
		return 0;
	for (i = NGX_QUIC_SERVER_CID_LEN - COOKIE_BYTES; i < len; i++)
		key = key << 8 | dcid[i];
	return key;
}
/* [end] */

struct stack {
	struct cids cids;
	const uint64_t *cookie;
};

static void ask(void *stack, uint8_t *cid, size_t len)
{
	struct stack *const s = stack;

	CHECK(len == NGX_QUIC_SERVER_CID_LEN);
	CHECK(server_id(&s->cids, s->cookie, cid) == NGX_OK);
	if (s->cookie)
		CHECK(worker_key(cid, len) == *s->cookie);
}

static void check_init(const struct quiclb_config *good)
{
	struct quiclb_encoder_options options;
	struct quiclb_config config = *good;
	struct cids cids;

	pool_options(&options, &config, 9);
	CHECK(cids_init(&cids, &config, &options) == NGX_OK);
	quiclb_encoder_free(cids.encoder);
	config.nonce_len--; /* 19 bytes */
	CHECK(cids_init(&cids, &config, &options) == NGX_ERROR);
	CHECK(!cids.encoder);
	config.nonce_len += 2; /* 20, but no room for the cookie */
	config.server_use_len--;
	CHECK(cids_init(&cids, &config, &options) == NGX_ERROR);
}

int main(void)
{
	const uint64_t cookie = 0x0102030405060708;
	struct stack stack = { { NULL, 0 }, &cookie };
	const struct pool_hook hook = { ask, &stack, &stack.cids.encoder,
					&stack.cids.n_unroutable };
	struct quiclb_config config;

	pool_config(&config, 0, 3, 8, COOKIE_BYTES);
	check_init(&config);
	pool_check_hook(&hook, &config);
	stack.cookie = NULL;
	pool_check_hook(&hook, &config);
	CHECK(worker_key((const u_char *)"a client's DCID", 15) == 0);
	return 0;
}
