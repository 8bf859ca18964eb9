/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb check: reads a configuration file, says what it says, and warns of
 * what is allowed but unwise.  Never prints a key.
 */
#include <errno.h>

#include "tools/quiclb_tool.h"

const char check_help[] =
	"usage: quiclb check --config FILE [--json]\n"
	"Checks a configuration file and prints a summary, without keys.  Per\n"
	"VIP it tells the probability that a random DCID, as clients choose\n"
	"them, decodes to a server, and per tenant that its CID is taken for\n"
	"another tenant's.  Warnings go to standard error.  The exit status "
	"is\n"
	"1 if the file breaks a rule.\n"
	"\n"
	"  --config FILE  the file\n"
	"  --json         one JSON object\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

/* ------------------------------------------------------------ warnings -- */

static void warn_stderr(void *context, const char *text)
{
	(void)context;
	cli_warning("%s", text);
}

static void warn_json(void *context, const char *text)
{
	cli_json_text(context, NULL, text);
}

/* ------------------------------------------------------------- summary -- */

static size_t n_local(const struct quiclb_pool *pool)
{
	size_t i, n = 0;

	for (i = 0; i < pool->n_servers; i++)
		n += pool->servers[i].local;
	return n;
}

static size_t n_in_state(const struct quiclb_pool *pool, uint8_t state)
{
	size_t i, n = 0;

	for (i = 0; i < pool->n_servers; i++)
		n += pool->servers[i].state == state;
	return n;
}

static const char *state_name(const struct quiclb_server *server)
{
	return server->state == QUICLB_SERVER_DOWN	 ? "down"
	       : server->state == QUICLB_SERVER_DRAINING ? "draining"
							 : "up";
}

static const char *role_name(enum quiclb_role role)
{
	return role == QUICLB_ROLE_BALANCER ? "balancer" : "real-server";
}

static int cid_len(const struct quiclb_config *config)
{
	struct quiclb_record record;
	int len = quiclb_config_compile(config, &record);

	if (!len)
		len = record.cid_len;
	quiclb_wipe(&record, sizeof(record));
	return len;
}

/* The config's rotation bits, whether it says them or not. */
static int rotation_bits(const struct quiclb_config *config)
{
	return config->rotation_bits
		       ? config->rotation_bits
		       : quiclb_codec_rotation_bits(config->codec);
}

static void print_cid_config(const struct quiclb_deployment *d,
			     const struct quiclb_cid_config *c)
{
	const struct quiclb_config *const config = &c->config;

	printf("config %s: ", c->name);
	if (c->tenant[0])
		printf("tenant %s, ", c->tenant);
	if (rotation_bits(config))
		printf("rotation %d of %d bits, ", config->config_rotation,
		       rotation_bits(config));
	else
		printf("any first octet, ");
	printf("%s, server ID %d, nonce %d, ", quiclb_codec_name(config->codec),
	       config->server_id_len, config->nonce_len);
	if (config->worker_len)
		printf("worker %d of it, ", config->worker_len);
	printf("server-use %d, CID %d bytes%s", config->server_use_len,
	       cid_len(config),
	       config->encode_length ? ", encoded in the first octet" : "");
	if (config->uncounted_len)
		printf(" without the last %d", config->uncounted_len);
	printf(", pool %s\n", d->pools[c->pool].name);
}

/* Whether a VIP has a CID config. */
static int uses(const struct quiclb_vip *vip, size_t cid_config)
{
	int c, i;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		for (i = 0; i < QUICLB_N_TENANTS; i++)
			if (vip->cid_configs[c][i] == (int)cid_config)
				return 1;
	return 0;
}

static void print_vip(const struct quiclb_deployment *d,
		      const struct quiclb_vip *vip)
{
	char text[VIP_TEXT_CAP];
	const char *before = " config";
	size_t i;

	vip_format(vip, text, sizeof(text));
	printf("vip %s:", text);
	for (i = 0; i < d->n_cid_configs; i++) {
		if (!uses(vip, i))
			continue;
		printf("%s %s", before, d->cid_configs[i].name);
		before = ",";
	}
	printf("; random DCID decodes to a server: %.3g\n",
	       random_dcid(d, vip));
	for (i = 0; i < d->n_cid_configs; i++) {
		if (uses(vip, i) && d->cid_configs[i].tenant[0])
			printf("vip %s: tenant %s: CID of %s taken for "
			       "another's: %.3g\n",
			       text, d->cid_configs[i].tenant,
			       d->cid_configs[i].name, wrong_hit(d, vip, i));
	}
}

static void print_pool(const struct quiclb_deployment *d,
		       const struct quiclb_pool *pool)
{
	const size_t draining = n_in_state(pool, QUICLB_SERVER_DRAINING);
	const size_t down = n_in_state(pool, QUICLB_SERVER_DOWN);
	char address[ADDRESS_TEXT_CAP];
	size_t i;

	printf("pool %s: %zu server IDs", pool->name, pool->n_servers);
	if (d->has_local)
		printf(", %zu local", n_local(pool));
	if (draining)
		printf(", %zu draining", draining);
	if (down)
		printf(", %zu down", down);
	putchar('\n');
	for (i = 0; i < pool->n_servers && draining + down; i++) {
		const struct quiclb_server *const s = &pool->servers[i];

		if (s->state == QUICLB_SERVER_UP)
			continue;
		quiclb_address_format(&s->address, address, sizeof(address));
		printf("pool %s: server ID ", pool->name);
		cli_hex_print(s->server_id, s->server_id_len);
		printf(" at %s is %s\n", address, state_name(s));
	}
}

static void print_text(const struct quiclb_deployment *d)
{
	size_t i;

	printf("role: %s\n", role_name(d->role));
	for (i = 0; i < d->n_pools; i++)
		print_pool(d, &d->pools[i]);
	for (i = 0; i < d->n_cid_configs; i++)
		print_cid_config(d, &d->cid_configs[i]);
	for (i = 0; i < d->n_vips; i++)
		print_vip(d, &d->vips[i]);
}

/* ---------------------------------------------------------------- JSON -- */

static void json_not_up(const struct quiclb_pool *pool, struct cli_json *json)
{
	char address[ADDRESS_TEXT_CAP];
	size_t i;

	cli_json_open(json, "not_up", '[');
	for (i = 0; i < pool->n_servers; i++) {
		const struct quiclb_server *const s = &pool->servers[i];

		if (s->state == QUICLB_SERVER_UP)
			continue;
		quiclb_address_format(&s->address, address, sizeof(address));
		cli_json_open(json, NULL, '{');
		cli_json_hex(json, "server_id", s->server_id, s->server_id_len);
		cli_json_text(json, "address", address);
		cli_json_text(json, "state", state_name(s));
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void json_pools(const struct quiclb_deployment *d, struct cli_json *json)
{
	size_t i;

	cli_json_open(json, "pools", '[');
	for (i = 0; i < d->n_pools; i++) {
		cli_json_open(json, NULL, '{');
		cli_json_text(json, "name", d->pools[i].name);
		cli_json_number(json, "server_ids", d->pools[i].n_servers);
		if (d->has_local)
			cli_json_number(json, "local", n_local(&d->pools[i]));
		json_not_up(&d->pools[i], json);
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void json_configs(const struct quiclb_deployment *d,
			 struct cli_json *json)
{
	size_t i;

	cli_json_open(json, "configs", '[');
	for (i = 0; i < d->n_cid_configs; i++) {
		const struct quiclb_cid_config *const row = &d->cid_configs[i];
		const struct quiclb_config *const c = &row->config;

		cli_json_open(json, NULL, '{');
		cli_json_text(json, "name", row->name);
		cli_json_text(json, "tenant",
			      row->tenant[0] ? row->tenant : NULL);
		cli_json_number(json, "rotation", c->config_rotation);
		cli_json_number(json, "rotation_bits",
				(uint64_t)rotation_bits(c));
		cli_json_text(json, "codec", quiclb_codec_name(c->codec));
		cli_json_bool(json, "keyed", c->has_key);
		cli_json_number(json, "server_id_len", c->server_id_len);
		cli_json_number(json, "nonce_len", c->nonce_len);
		cli_json_number(json, "worker_len", c->worker_len);
		cli_json_number(json, "server_use_len", c->server_use_len);
		cli_json_number(json, "uncounted_len", c->uncounted_len);
		cli_json_number(json, "cid_len", (uint64_t)cid_len(c));
		cli_json_bool(json, "encode_length", c->encode_length);
		cli_json_text(json, "pool", d->pools[row->pool].name);
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void json_tenants(const struct quiclb_deployment *d,
			 const struct quiclb_vip *vip, struct cli_json *json)
{
	size_t i;

	cli_json_open(json, "tenants", '[');
	for (i = 0; i < d->n_cid_configs; i++) {
		if (!uses(vip, i) || !d->cid_configs[i].tenant[0])
			continue;
		cli_json_open(json, NULL, '{');
		cli_json_text(json, "tenant", d->cid_configs[i].tenant);
		cli_json_text(json, "config", d->cid_configs[i].name);
		cli_json_real(json, "wrong_tenant_probability",
			      wrong_hit(d, vip, i));
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void json_vips(const struct quiclb_deployment *d, struct cli_json *json)
{
	char text[ADDRESS_TEXT_CAP];
	size_t i, c;

	cli_json_open(json, "vips", '[');
	for (i = 0; i < d->n_vips; i++) {
		const struct quiclb_vip *const vip = &d->vips[i];

		quiclb_address_format(&vip->address, text, sizeof(text));
		cli_json_open(json, NULL, '{');
		cli_json_text(json, "address", text);
		cli_json_number(json, "port", vip->port);
		cli_json_open(json, "configs", '[');
		for (c = 0; c < d->n_cid_configs; c++)
			if (uses(vip, c))
				cli_json_text(json, NULL,
					      d->cid_configs[c].name);
		cli_json_close(json, ']');
		cli_json_real(json, "random_dcid_probability",
			      random_dcid(d, vip));
		json_tenants(d, vip, json);
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void print_json(const struct quiclb_deployment *d)
{
	struct cli_json json = { 0, 0 };

	cli_json_open(&json, NULL, '{');
	cli_json_text(&json, "role", role_name(d->role));
	json_pools(d, &json);
	json_configs(d, &json);
	json_vips(d, &json);
	cli_json_open(&json, "warnings", '[');
	each_warning(d, warn_json, &json);
	cli_json_close(&json, ']');
	cli_json_close(&json, '}');
}

/* ------------------------------------------------------------- command -- */

/* A file that cannot be read is bad input; one that breaks a rule, a no. */
static int load(const char *path, struct quiclb_deployment **deployment)
{
	FILE *const file = fopen(path, "r");

	if (!file)
		return cli_error("--config: %s: %s", path, strerror(errno));
	fclose(file);
	return deployment_open(path, deployment) ? CLI_NO : CLI_DONE;
}

int cmd_check(int argc, char **argv)
{
	struct quiclb_deployment *deployment = NULL;
	const char *path = NULL;
	int as_json = 0;
	int option, status;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == OPT_CONFIG)
			path = optarg;
		else
			as_json = 1;
	}
	if (optind < argc)
		return cli_error("unexpected argument '%.64s'", argv[optind]);
	if (!path)
		return cli_error("--config is missing");
	status = load(path, &deployment);
	if (!status) {
		deployment_sort(deployment);
		if (as_json)
			print_json(deployment);
		else
			print_text(deployment);
		each_warning(deployment, warn_stderr, NULL);
	}
	quiclb_deployment_free(deployment);
	return status;
}
