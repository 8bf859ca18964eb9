/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a CID to its server ID and server: the library's decoder, then the
 * pool of the configuration file if there is one.
 */
#include <stdlib.h>

#include <quiclb/decode.h>

#include "tools/quiclb_tool.h"

/* ---------------------------------------------------------- from flags -- */

static int add(struct lookup *lookup, const struct quiclb_config *config)
{
	const int err = quiclb_decoder_add(lookup->decoder, config);

	return err ? cli_error("%s", quiclb_strerror(err)) : 0;
}

static int lookup_new(struct lookup *lookup)
{
	int err, i;

	memset(lookup, 0, sizeof(*lookup));
	for (i = 0; i < QUICLB_N_ROTATIONS; i++)
		lookup->cid_configs[i] = -1;
	err = quiclb_decoder_new(&lookup->decoder);
	return err ? cli_error("%s", quiclb_strerror(err)) : 0;
}

int lookup_open_flags(struct lookup *lookup, const struct flags *flags)
{
	struct quiclb_config config = flags->config;
	int status = flags_check(flags);
	uint8_t i;

	if (!status)
		status = lookup_new(lookup);
	if (!status && flags->given & OPT_BIT(OPT_CONFIG_ROTATION))
		status = add(lookup, &config);
	else /* whatever rotation a CID has is taken as this config's */
		for (i = 0; i < QUICLB_N_ROTATIONS && !status; i++) {
			config.config_rotation = i;
			status = add(lookup, &config);
		}
	quiclb_wipe(&config, sizeof(config));
	return status;
}

void lookup_close(struct lookup *lookup)
{
	quiclb_decoder_free(lookup->decoder);
	quiclb_deployment_free(lookup->deployment);
	memset(lookup, 0, sizeof(*lookup));
}

/* --------------------------------------------------------- from a file -- */

static int compare_servers(const void *a, const void *b)
{
	const struct quiclb_server *const x = a, *const y = b;

	if (x->server_id_len != y->server_id_len)
		return x->server_id_len < y->server_id_len ? -1 : 1;
	return memcmp(x->server_id, y->server_id, x->server_id_len);
}

/* In the order bsearch() needs: a stream of CIDs may meet 65536 servers. */
static void sort_pools(struct quiclb_deployment *deployment)
{
	size_t i;

	for (i = 0; i < deployment->n_pools; i++) {
		if (deployment->pools[i].n_servers)
			qsort(deployment->pools[i].servers,
			      deployment->pools[i].n_servers,
			      sizeof(struct quiclb_server), compare_servers);
	}
}

static int use(struct lookup *lookup, int cid_config)
{
	const struct quiclb_cid_config *const all =
		lookup->deployment->cid_configs;
	int *const slot =
		&lookup->cid_configs[all[cid_config].config.config_rotation];

	if (*slot == cid_config)
		return 0;
	if (*slot >= 0)
		return cli_error("--config: config rotation %d is CID config "
				 "'%s' or '%s': choose a VIP with --vip",
				 all[cid_config].config.config_rotation,
				 all[*slot].name, all[cid_config].name);
	*slot = cid_config;
	return add(lookup, &all[cid_config].config);
}

static int use_vip(struct lookup *lookup, const struct quiclb_vip *vip)
{
	int i;

	for (i = 0; i < QUICLB_N_ROTATIONS; i++) {
		if (vip->cid_configs[i] >= 0 &&
		    use(lookup, vip->cid_configs[i]))
			return CLI_USAGE;
	}
	return 0;
}

static int use_all(struct lookup *lookup)
{
	const struct quiclb_deployment *const d = lookup->deployment;
	size_t i;

	for (i = 0; i < d->n_vips; i++) {
		if (use_vip(lookup, &d->vips[i]))
			return CLI_USAGE;
	}
	return 0;
}

static int use_named(struct lookup *lookup, const char *name)
{
	const struct quiclb_deployment *const d = lookup->deployment;
	struct quiclb_vip vip;
	size_t i;

	if (vip_parse(name, &vip))
		return cli_error("--vip: '%.64s': must be ADDRESS:PORT or "
				 "[ADDRESS]:PORT",
				 name);
	for (i = 0; i < d->n_vips; i++) {
		if (d->vips[i].port == vip.port &&
		    !memcmp(&d->vips[i].address, &vip.address,
			    sizeof(vip.address)))
			return use_vip(lookup, &d->vips[i]);
	}
	return cli_error("--vip: '%.64s': no such VIP in the configuration",
			 name);
}

int lookup_open_file(struct lookup *lookup, const char *path, const char *vip)
{
	if (lookup_new(lookup) || deployment_open(path, &lookup->deployment))
		return CLI_USAGE;
	sort_pools(lookup->deployment);
	return vip ? use_named(lookup, vip) : use_all(lookup);
}

/* -------------------------------------------------------------- lookup -- */

static const struct quiclb_server *find_server(const struct lookup *lookup,
					       const struct finding *found)
{
	const struct quiclb_pool *const pool =
		&lookup->deployment->pools[found->cid_config->pool];
	struct quiclb_server wanted;

	if (!pool->n_servers)
		return NULL;
	memset(&wanted, 0, sizeof(wanted));
	wanted.server_id_len = (uint8_t)found->server_id_len;
	memcpy(wanted.server_id, found->server_id, wanted.server_id_len);
	return bsearch(&wanted, pool->servers, pool->n_servers, sizeof(wanted),
		       compare_servers);
}

int lookup_cid(struct lookup *lookup, const uint8_t *cid, size_t cid_len,
	       struct finding *found)
{
	struct finding f;
	const int len = quiclb_decoder_decode(lookup->decoder, cid, cid_len,
					      f.server_id, sizeof(f.server_id));

	if (len < 0)
		return len;
	f.server_id_len = len;
	f.rotation = quiclb_h_rotation(cid[0]);
	f.cid_config = NULL;
	f.server = NULL;
	if (lookup->deployment) {
		f.cid_config =
			&lookup->deployment
				 ->cid_configs[lookup->cid_configs[f.rotation]];
		f.server = find_server(lookup, &f);
		if (!f.server)
			return QUICLB_ERR_UNKNOWN_SERVER;
	}
	*found = f;
	return 0;
}

void finding_json(const struct finding *found, struct cli_json *json)
{
	char address[ADDRESS_TEXT_CAP];

	cli_json_text(json, "config",
		      found->cid_config ? found->cid_config->name : NULL);
	cli_json_hex(json, "server_id", found->server_id,
		     (size_t)found->server_id_len);
	if (found->server)
		quiclb_address_format(&found->server->address, address,
				      sizeof(address));
	cli_json_text(json, "server_address", found->server ? address : NULL);
}
