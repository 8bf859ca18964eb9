/* SPDX-License-Identifier: BSD-2-Clause */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "deploy.h"
#include "unit.h"

/* calloc: quiclb_deployment_free() calls free() */
static void *room(size_t n, size_t size)
{
	void *const p = calloc(n, size);

	g_assert_nonnull(p);
	return p;
}

struct quiclb_deployment *deploy_new(enum quiclb_role role)
{
	struct quiclb_deployment *const d = room(1, sizeof(*d));

	d->role = role;
	d->gue_port = 6080;
	d->pools = room(QUICLB_MAX_POOLS, sizeof(*d->pools));
	/* one more, for tests of the limit */
	d->cid_configs =
		room(QUICLB_MAX_CID_CONFIGS + 1, sizeof(*d->cid_configs));
	d->vips = room(QUICLB_MAX_VIPS + 1, sizeof(*d->vips));
	return d;
}

size_t deploy_pool(struct quiclb_deployment *d, size_t cap)
{
	struct quiclb_pool *const pool = &d->pools[d->n_pools];

	g_snprintf(pool->name, sizeof(pool->name), "pool-%zu", d->n_pools);
	pool->servers = room(cap + 1, sizeof(*pool->servers));
	return d->n_pools++;
}

void deploy_server(struct quiclb_deployment *d, size_t pool, const uint8_t *id,
		   size_t id_len, const char *address, int local)
{
	struct quiclb_pool *const p = &d->pools[pool];
	struct quiclb_server *const server = &p->servers[p->n_servers++];

	memcpy(server->server_id, id, id_len);
	server->server_id_len = (uint8_t)id_len;
	server->local = (uint8_t)local;
	g_assert_cmpint(quiclb_address_parse(address, &server->address), ==, 0);
}

int deploy_config(struct quiclb_deployment *d, size_t pool,
		  const struct quiclb_config *config)
{
	struct quiclb_cid_config *const c = &d->cid_configs[d->n_cid_configs];

	g_snprintf(c->name, sizeof(c->name), "config-%zu", d->n_cid_configs);
	c->config = *config;
	c->pool = pool;
	return (int)d->n_cid_configs++;
}

static void add_to_vip(struct quiclb_vip *vip,
		       const struct quiclb_cid_config *config, int index)
{
	const unsigned int claims = quiclb_cid_config_claims(config);
	unsigned int c, i;

	vip->reserved |= (uint8_t)quiclb_cid_config_reserved(config);
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		if (!(claims & 1u << c))
			continue;
		for (i = 0; vip->cid_configs[c][i] >= 0; i++)
			g_assert_cmpuint(i, <, QUICLB_N_TENANTS - 1);
		vip->cid_configs[c][i] = index;
	}
}

void deploy_vip(struct quiclb_deployment *d, const char *address, uint16_t port,
		const int *configs, size_t n)
{
	struct quiclb_vip *const vip = &d->vips[d->n_vips++];
	size_t i;

	g_assert_cmpint(quiclb_address_parse(address, &vip->address), ==, 0);
	vip->port = port;
	vip->reserved = n ? 0 : 1u << QUICLB_ROTATION_UNROUTABLE;
	memset(vip->cid_configs, 0xff, sizeof(vip->cid_configs)); /* -1 */
	for (i = 0; i < n; i++)
		add_to_vip(vip, &d->cid_configs[configs[i]], configs[i]);
}

size_t deploy_cid(const struct quiclb_config *config, const uint8_t *server_id,
		  uint8_t cid[QUICLB_CID_MAX_BYTES])
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES];
	struct quiclb_parts parts;
	int len;

	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = config->server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	unit_random(nonce, sizeof(nonce));
	g_assert_cmpint(quiclb_encoder_new(config, &options, &encoder), ==, 0);
	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	len = quiclb_encoder_encode(encoder, &parts, cid, QUICLB_CID_MAX_BYTES);
	g_assert_cmpint(len, >, 0);
	quiclb_encoder_free(encoder);
	return (size_t)len;
}
