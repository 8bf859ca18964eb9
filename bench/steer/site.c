/* SPDX-License-Identifier: BSD-2-Clause */
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "network.h"

/* calloc: quiclb_deployment_free() calls free() */
static void *room(size_t n, size_t size)
{
	void *const p = calloc(n, size);

	network_must(p != NULL, "memory");
	return p;
}

struct quiclb_deployment *site_new(void)
{
	struct quiclb_deployment *const d = room(1, sizeof(*d));

	d->gue_port = 6080;
	d->memo_entries = SITE_MEMO_ENTRIES;
	d->n_flows = SITE_FLOWS;
	d->icmp_rate = 1000;
	d->pools = room(QUICLB_MAX_POOLS, sizeof(*d->pools));
	d->cid_configs = room(QUICLB_MAX_CID_CONFIGS, sizeof(*d->cid_configs));
	d->vips = room(QUICLB_MAX_VIPS, sizeof(*d->vips));
	return d;
}

void site_server_id(size_t i, uint8_t id_len,
		    uint8_t id[QUICLB_SERVER_ID_CAP_BYTES])
{
	uint8_t at = id_len;

	memset(id, 0, QUICLB_SERVER_ID_CAP_BYTES);
	for (; at && i; i >>= 8)
		id[--at] = (uint8_t)i;
}

size_t site_pool(struct quiclb_deployment *d, size_t n, uint8_t id_len, int far)
{
	struct quiclb_pool *const pool = &d->pools[d->n_pools];
	size_t i;

	pool->servers = room(n, sizeof(*pool->servers));
	pool->n_servers = n;
	pool->encapsulation =
		far ? QUICLB_ENCAPSULATION_GUE : QUICLB_ENCAPSULATION_NONE;
	for (i = 0; i < n; i++) {
		struct quiclb_server *const s = &pool->servers[i];

		site_server_id(i, id_len, s->server_id);
		s->server_id_len = id_len;
		s->local = !i;
		s->address.family = 4;
		if (far && i)
			network_far_address(i, s->address.bytes);
		else
			network_address(i, s->address.bytes);
	}
	return d->n_pools++;
}

static int is_legal(struct quiclb_config *c, unsigned int id_len,
		    unsigned int nonce_len)
{
	c->server_id_len = (uint8_t)id_len;
	c->nonce_len = (uint8_t)nonce_len;
	for (c->config_rotation = 0; c->config_rotation < QUICLB_N_ROTATIONS;
	     c->config_rotation++)
		if (!quiclb_config_check(c))
			return 1;
	return 0;
}

/* Lengths that the codec takes: those most like 3 and 8 of its own kind. */
static int find_lengths(struct quiclb_config *c)
{
	unsigned int id_len, nonce_len;

	if (is_legal(c, 3, 8))
		return 1;
	for (id_len = 3; id_len <= QUICLB_SERVER_ID_CAP_BYTES; id_len++)
		for (nonce_len = 4; nonce_len <= QUICLB_NONCE_MAX_BYTES;
		     nonce_len++)
			if (is_legal(c, id_len, nonce_len))
				return 1;
	for (id_len = 2; id_len; id_len--)
		for (nonce_len = QUICLB_NONCE_MAX_BYTES; nonce_len; nonce_len--)
			if (is_legal(c, id_len, nonce_len))
				return 1;
	return 0;
}

void site_config(struct quiclb_config *c, int codec)
{
	quiclb_config_init(c);
	c->codec = (uint8_t)codec;
	c->has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	if (c->has_key)
		memset(c->key, 0x5a, sizeof(c->key));
	network_must(find_lengths(c), quiclb_codec_name(codec));
}

int site_add_config(struct quiclb_deployment *d, size_t pool,
		    const struct quiclb_config *config)
{
	d->cid_configs[d->n_cid_configs].config = *config;
	d->cid_configs[d->n_cid_configs].pool = pool;
	return (int)d->n_cid_configs++;
}

struct quiclb_address site_vip_address(size_t i, uint8_t family)
{
	struct quiclb_address a = { .family = family };
	uint8_t *last = a.bytes + 3;

	if (family == 4) {
		memcpy(a.bytes, "\xcb\0\0", 3);
	} else {
		memcpy(a.bytes, "\x20\x01\x0d\xb8\0\xff", 6);
		last = a.bytes + 15;
	}
	last[-1] = (uint8_t)((i + 1) >> 8);
	last[0] = (uint8_t)(i + 1);
	return a;
}

static void add_to_vip(struct quiclb_vip *vip,
		       const struct quiclb_cid_config *config, int index)
{
	const unsigned int claims = quiclb_cid_config_claims(config);
	unsigned int c;

	vip->reserved |= (uint8_t)quiclb_cid_config_reserved(config);
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (claims & 1u << c)
			vip->cid_configs[c][0] = index;
}

void site_vip(struct quiclb_deployment *d, const struct quiclb_address *address,
	      const int *configs, size_t n)
{
	struct quiclb_vip *const vip = &d->vips[d->n_vips++];
	size_t i;

	vip->address = *address;
	vip->port = SITE_PORT;
	memset(vip->cid_configs, 0xff, sizeof(vip->cid_configs)); /* -1 */
	for (i = 0; i < n; i++)
		add_to_vip(vip, &d->cid_configs[configs[i]], configs[i]);
}

void site_cids(const struct quiclb_config *config, size_t i, size_t n,
	       uint8_t (*cids)[QUICLB_CID_MAX_BYTES])
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	size_t k;

	site_server_id(i, config->server_id_len, id);
	quiclb_encoder_options_init(&options);
	options.server_id = id;
	options.server_id_len = config->server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	network_must(!quiclb_encoder_new(config, &options, &encoder),
		     "encoder");
	memset(cids, 0, n * sizeof(*cids));
	for (k = 0; k < n; k++)
		network_must(quiclb_encoder_next(encoder, cids[k],
						 QUICLB_CID_MAX_BYTES) > 0,
			     "CID");
	quiclb_encoder_free(encoder);
}
