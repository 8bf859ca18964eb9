/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for lsquic.
 */
#include <quiclb/quiclb.h>

#include "lsquic.h"
#include "pool.h"

/* [adapter] */
struct cids {
	struct quiclb_encoder *encoder; /* of this engine; NULL: no config */
	uint64_t n_unroutable;		/* for your metrics */
};

static void generate_scid(void *ctx, lsquic_conn_t *conn, uint8_t *cid,
			  unsigned len)
{
	struct cids *const c = ctx;

	(void)conn;
	if (!quiclb_encoder_fill(c->encoder, cid, len))
		c->n_unroutable++;
}

/* Before lsquic_engine_new(), which copies both. */
static void use_cids(struct lsquic_engine_api *api,
		     struct lsquic_engine_settings *settings, struct cids *c)
{
	settings->es_scid_len = (unsigned)quiclb_encoder_cid_len(c->encoder);
	api->ea_settings = settings;
	api->ea_generate_scid = generate_scid;
	api->ea_gen_scid_ctx = c;
}
/* [end] */

static void ask(void *stack, uint8_t *cid, size_t len)
{
	const struct lsquic_engine_api *const api = stack;

	CHECK(len == api->ea_settings->es_scid_len);
	api->ea_generate_scid(api->ea_gen_scid_ctx, NULL, cid, (unsigned)len);
}

int main(void)
{
	struct cids cids = { NULL, 0 };
	struct lsquic_engine_settings settings = { 8 };
	struct lsquic_engine_api api = { NULL, NULL, NULL };
	const struct pool_hook hook = { ask, &api, &cids.encoder,
					&cids.n_unroutable };
	struct quiclb_config config;

	pool_config(&config, 0, 8, 8, 2);
	cids.encoder = pool_encoder(&config, 9);
	use_cids(&api, &settings, &cids);
	CHECK(settings.es_scid_len == 19);
	quiclb_encoder_free(cids.encoder);
	pool_check_hook(&hook, &config);
	return 0;
}
