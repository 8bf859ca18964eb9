/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a configuration file may say and better would not: nonces that repeat,
 * server IDs that random bytes hit, families of first octets side by side.
 */
#include "tools/quiclb_tool.h"

/*
 * A client's first DCID is random.  If it decodes to a server, the packet goes
 * there and not where the balancer would have sent it: once in a thousand new
 * connections is where that begins to matter to the balance.
 */
#define RANDOM_DCID_WARNING 1e-3

/*
 * A CID that is taken for another tenant's is wrong for as long as its
 * connection lives, and the other tenant gets to see its packets.
 */
#define WRONG_TENANT_WARNING 1e-6

/* -------------------------------------------------------- probabilities -- */

/* That random bytes decode to a server of a config. */
static double share(const struct quiclb_deployment *d,
		    const struct quiclb_cid_config *c)
{
	double p = (double)d->pools[c->pool].n_servers;
	int i;

	for (i = 0; i < c->config.server_id_len; i++)
		p /= 256;
	return p;
}

double random_dcid(const struct quiclb_deployment *deployment,
		   const struct quiclb_vip *vip)
{
	const struct quiclb_cid_config *const all = deployment->cid_configs;
	double p = 0;
	int c, i;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		for (i = 0; i < QUICLB_N_TENANTS; i++)
			if (vip->cid_configs[c][i] >= 0)
				p += share(deployment,
					   &all[vip->cid_configs[c][i]]);
	return p / QUICLB_N_CODEPOINTS;
}

/* Whether the server IDs of both stand in clear, in the same place. */
static int both_clear(const struct quiclb_config *a,
		      const struct quiclb_config *b)
{
	const int moved = QUICLB_CODEC_MVFST_1;

	return !a->has_key && !b->has_key &&
	       a->server_id_len == b->server_id_len &&
	       (a->codec == moved) == (b->codec == moved);
}

/* The share of the servers of one pool whose IDs are in another, too. */
static double common(const struct quiclb_pool *pool,
		     const struct quiclb_pool *other)
{
	size_t i, n = 0;

	for (i = 0; i < pool->n_servers; i++) {
		const struct quiclb_server *const s = &pool->servers[i];

		n += server_find(other, s->server_id, s->server_id_len) != NULL;
	}
	return pool->n_servers ? (double)n / (double)pool->n_servers : 0;
}

/* The configs that share first octets with one at a VIP; NULL: not there. */
static const int *slot_of(const struct quiclb_vip *vip, size_t cid_config)
{
	int c, i;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		for (i = 0; i < QUICLB_N_TENANTS; i++)
			if (vip->cid_configs[c][i] == (int)cid_config)
				return vip->cid_configs[c];
	return NULL;
}

double wrong_hit(const struct quiclb_deployment *deployment,
		 const struct quiclb_vip *vip, size_t cid_config)
{
	const struct quiclb_cid_config *const all = deployment->cid_configs;
	const struct quiclb_cid_config *const c = &all[cid_config];
	const int *other = slot_of(vip, cid_config);
	double p = 0;

	for (; other && *other != (int)cid_config; other++)
		p += both_clear(&c->config, &all[*other].config)
			     ? common(&deployment->pools[c->pool],
				      &deployment->pools[all[*other].pool])
			     : share(deployment, &all[*other]);
	return p < 1 ? p : 1;
}

/* ------------------------------------------------------------- warnings -- */

/* The library knows which nonces are short: it refuses them unasked. */
static int has_short_nonce(const struct quiclb_config *config)
{
	const uint8_t zero[QUICLB_CID_MAX_BYTES] = { 0 };
	struct quiclb_encoder_options opts;
	struct quiclb_encoder *encoder = NULL;
	int err;

	quiclb_encoder_options_init(&opts);
	opts.server_id = zero;
	opts.server_id_len = config->server_id_len;
	opts.worker = config->worker_len ? zero : NULL;
	err = quiclb_encoder_new(config, &opts, &encoder);
	if (!err)
		quiclb_encoder_free(encoder);
	return err == QUICLB_ERR_NONCE_RESTART;
}

static void warn_random_dcid(const struct quiclb_deployment *d,
			     const struct quiclb_vip *vip, warn_fn *warn,
			     void *context)
{
	const double p = random_dcid(d, vip);
	char name[VIP_TEXT_CAP];
	char text[WARNING_CAP];

	if (p < RANDOM_DCID_WARNING)
		return;
	vip_format(vip, name, sizeof(name));
	snprintf(text, sizeof(text),
		 "VIP %s: a random DCID decodes to a server with probability "
		 "%.3g: longer server IDs make it rarer",
		 name, p);
	warn(context, text);
}

static void warn_tenants(const struct quiclb_deployment *d,
			 const struct quiclb_vip *vip, warn_fn *warn,
			 void *context)
{
	char name[VIP_TEXT_CAP];
	char text[WARNING_CAP];
	size_t i;

	vip_format(vip, name, sizeof(name));
	for (i = 0; i < d->n_cid_configs; i++) {
		const double p = wrong_hit(d, vip, i);

		if (p < WRONG_TENANT_WARNING)
			continue;
		snprintf(text, sizeof(text),
			 "VIP %s: a CID of tenant '%s' is taken for another "
			 "tenant's with probability %.3g: longer server IDs "
			 "make it rarer",
			 name, d->cid_configs[i].tenant, p);
		warn(context, text);
	}
}

/* The first two configs of a VIP that read first octets differently. */
static void warn_mixture(const struct quiclb_deployment *d,
			 const struct quiclb_vip *vip, warn_fn *warn,
			 void *context)
{
	const struct quiclb_cid_config *first = NULL, *other = NULL;
	char name[VIP_TEXT_CAP];
	char text[WARNING_CAP];
	int c;

	for (c = 0; c < QUICLB_N_CODEPOINTS && !other; c++) {
		const int index = vip->cid_configs[c][0];
		const struct quiclb_cid_config *const this =
			index < 0 ? first : &d->cid_configs[index];

		if (!first)
			first = this;
		else if (quiclb_cid_config_reserved(this) !=
			 quiclb_cid_config_reserved(first))
			other = this;
	}
	if (!other)
		return;
	vip_format(vip, name, sizeof(name));
	snprintf(text, sizeof(text),
		 "VIP %s: CID configs '%s' and '%s' have unroutable CIDs of "
		 "different first octets: meant for a time of change only",
		 name, first->name, other->name);
	warn(context, text);
}

void each_warning(const struct quiclb_deployment *deployment, warn_fn *warn,
		  void *context)
{
	const struct quiclb_deployment *const d = deployment;
	char text[WARNING_CAP];
	size_t i;

	for (i = 0; i < d->n_cid_configs; i++) {
		if (!has_short_nonce(&d->cid_configs[i].config))
			continue;
		snprintf(text, sizeof(text), "CID config '%s': %s",
			 d->cid_configs[i].name,
			 quiclb_strerror(QUICLB_ERR_NONCE_RESTART));
		warn(context, text);
	}
	for (i = 0; i < d->n_vips; i++) {
		warn_random_dcid(d, &d->vips[i], warn, context);
		warn_tenants(d, &d->vips[i], warn, context);
		warn_mixture(d, &d->vips[i], warn, context);
	}
}
