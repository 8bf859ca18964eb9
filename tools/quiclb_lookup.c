/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a CID to its server ID and server: the library's decoder, which asks
 * the pools of the configuration file if there is one.
 */
#include <quiclb/decode.h>

#include "tools/quiclb_tool.h"

/* ---------------------------------------------------------- from flags -- */

static int lookup_new(struct lookup *lookup)
{
	int err, i, j;

	memset(lookup, 0, sizeof(*lookup));
	for (i = 0; i < QUICLB_N_CODEPOINTS; i++)
		for (j = 0; j < QUICLB_N_TENANTS; j++)
			lookup->cid_configs[i][j] = -1;
	err = quiclb_decoder_new(&lookup->decoder);
	return err ? cli_error("%s", quiclb_strerror(err)) : 0;
}

/* Whatever rotation a CID has is taken as this config's. */
static int add_rotations(struct lookup *lookup, struct quiclb_config *config)
{
	int err = 0;
	uint8_t i;

	for (i = 0; i < QUICLB_N_ROTATIONS && !err; i++) {
		config->config_rotation = i;
		err = quiclb_decoder_add(lookup->decoder, config);
		/* fewer rotations, or a layout of one only */
		if (err == QUICLB_ERR_ROTATION ||
		    err == QUICLB_ERR_LAYOUT_ROTATION)
			err = 0;
	}
	return err;
}

int lookup_open_flags(struct lookup *lookup, const struct flags *flags)
{
	struct quiclb_config config = flags->config;
	const int fixed = flags->given & OPT_BIT(OPT_CONFIG_ROTATION) ||
			  flags->layout.known & QUICLB_FIELD_ROTATION;
	int err = 0;

	if (!lookup_new(lookup))
		err = fixed ? quiclb_decoder_add(lookup->decoder, &config)
			    : add_rotations(lookup, &config);
	quiclb_wipe(&config, sizeof(config));
	if (err)
		return cli_error("%s", quiclb_strerror(err));
	return lookup->decoder ? 0 : CLI_USAGE;
}

void lookup_close(struct lookup *lookup)
{
	quiclb_decoder_free(lookup->decoder);
	quiclb_deployment_free(lookup->deployment);
	memset(lookup, 0, sizeof(*lookup));
}

/* --------------------------------------------------------- from a file -- */

/* quiclb_known_fn: tenants are the indices of the CID configs. */
static int known(void *arg, uint32_t tenant, const uint8_t *server_id,
		 size_t server_id_len)
{
	const struct lookup *const lookup = arg;
	const struct quiclb_deployment *const d = lookup->deployment;

	return server_find(&d->pools[d->cid_configs[tenant].pool], server_id,
			   server_id_len) != NULL;
}

#define NAMES_CAP (QUICLB_N_TENANTS * (QUICLB_NAME_CAP + 4))

/* "'a'", or "'a', 'b'" of tenants */
static void names_of(const struct quiclb_deployment *d, const int *configs,
		     char *text)
{
	size_t len = 0;
	int i;

	for (i = 0; i < QUICLB_N_TENANTS && configs[i] >= 0; i++)
		len += (size_t)snprintf(text + len, NAMES_CAP - len, "%s'%s'",
					i ? ", " : "",
					d->cid_configs[configs[i]].name);
}

/* Two VIPs that have different configs for the same first octets. */
static int fail_choice(const struct lookup *lookup, int codepoint,
		       const int *configs)
{
	const int first = codepoint << QUICLB_ROTATION_SHIFT;
	char ours[NAMES_CAP], theirs[NAMES_CAP];

	names_of(lookup->deployment, lookup->cid_configs[codepoint], ours);
	names_of(lookup->deployment, configs, theirs);
	return cli_error("--config: first octets 0x%02x..0x%02x are of CID "
			 "config %s or %s: choose a VIP with --vip",
			 (unsigned int)first,
			 (unsigned int)first | QUICLB_LENGTH_MASK, ours,
			 theirs);
}

static int use_vip(struct lookup *lookup, const struct quiclb_vip *vip)
{
	int c;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		int *const ours = lookup->cid_configs[c];
		const int *const theirs = vip->cid_configs[c];

		if (theirs[0] < 0)
			continue;
		if (ours[0] >= 0 &&
		    memcmp(ours, theirs, sizeof(vip->cid_configs[c])) != 0)
			return fail_choice(lookup, c, theirs);
		memcpy(ours, theirs, sizeof(vip->cid_configs[c]));
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

static int is_used(const struct lookup *lookup, size_t cid_config)
{
	int c, i;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		for (i = 0; i < QUICLB_N_TENANTS; i++)
			if (lookup->cid_configs[c][i] == (int)cid_config)
				return 1;
	return 0;
}

/* In the order of the file, in which tenants are tried. */
static int add_used(struct lookup *lookup)
{
	const struct quiclb_deployment *const d = lookup->deployment;
	size_t i;

	quiclb_decoder_set_known(lookup->decoder, known, lookup);
	for (i = 0; i < d->n_cid_configs; i++) {
		const int err = !is_used(lookup, i)
					? 0
					: quiclb_decoder_add_tenant(
						  lookup->decoder,
						  &d->cid_configs[i].config,
						  (uint32_t)i);

		if (err == QUICLB_ERR_AMBIGUOUS)
			return cli_error("--config: CID config '%s' does not "
					 "go with those of another VIP: choose "
					 "a VIP with --vip",
					 d->cid_configs[i].name);
		if (err)
			return cli_error("%s", quiclb_strerror(err));
	}
	return 0;
}

int lookup_open_file(struct lookup *lookup, const char *path, const char *vip)
{
	if (lookup_new(lookup) || deployment_open(path, &lookup->deployment))
		return CLI_USAGE;
	deployment_sort(lookup->deployment);
	if (vip ? use_named(lookup, vip) : use_all(lookup))
		return CLI_USAGE;
	return add_used(lookup);
}

/* -------------------------------------------------------------- lookup -- */

int lookup_cid(const struct lookup *lookup, const uint8_t *cid, size_t cid_len,
	       struct finding *found)
{
	const struct quiclb_deployment *const d = lookup->deployment;
	struct finding f = { .cid_config = NULL, .server = NULL };
	int err;

	quiclb_decoded_init(&f.cid);
	err = quiclb_decoder_read(lookup->decoder, cid, cid_len, &f.cid);
	if (err)
		return err;
	if (d) {
		f.cid_config = &d->cid_configs[f.cid.tenant];
		f.server = server_find(&d->pools[f.cid_config->pool],
				       f.cid.server_id, f.cid.server_id_len);
	}
	*found = f;
	return 0;
}

/* Whether every config there is has two rotation bits: two codepoints. */
static int is_two_bits(const struct lookup *lookup)
{
	const struct quiclb_deployment *const d = lookup->deployment;
	int c, n = 0;

	for (c = 0; d && c < QUICLB_N_CODEPOINTS; c++) {
		const int used = lookup->cid_configs[c][0];
		unsigned int claims;

		if (used < 0)
			continue;
		claims = quiclb_cid_config_claims(&d->cid_configs[used]);
		if (claims != 3u << (c & ~1))
			return 0;
		n++;
	}
	return n > 0;
}

int lookup_rotation(const struct lookup *lookup, uint8_t first_octet)
{
	const int codepoint = quiclb_h_codepoint(first_octet);
	const int used = lookup->cid_configs[codepoint][0];

	if (!lookup->deployment || used < 0)
		return codepoint >> is_two_bits(lookup);
	return lookup->deployment->cid_configs[used].config.config_rotation;
}

void finding_json(const struct finding *found, struct cli_json *json)
{
	const struct quiclb_cid_config *const c = found->cid_config;
	char address[ADDRESS_TEXT_CAP];

	cli_json_text(json, "config", c ? c->name : NULL);
	cli_json_text(json, "tenant", c && c->tenant[0] ? c->tenant : NULL);
	cli_json_hex(json, "server_id", found->cid.server_id,
		     found->cid.server_id_len);
	if (found->cid.worker_len)
		cli_json_hex(json, "worker", found->cid.nonce,
			     found->cid.worker_len);
	else
		cli_json_text(json, "worker", NULL);
	if (found->server)
		quiclb_address_format(&found->server->address, address,
				      sizeof(address));
	cli_json_text(json, "server_address", found->server ? address : NULL);
}
