/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb check: reads a configuration file, says what it says, and warns of
 * what is allowed but unwise.  Never prints a key.
 */
#include <errno.h>

#include "tools/quiclb_tool.h"

/*
 * A client's first DCID is random.  If it decodes to a server, the packet goes
 * there and not where the balancer would have sent it: once in a thousand new
 * connections is where that begins to matter to the balance.
 */
#define RANDOM_DCID_WARNING 1e-3

const char check_help[] =
	"usage: quiclb check --config FILE [--json]\n"
	"Checks a configuration file and prints a summary, without keys.  Per\n"
	"VIP it tells the probability that a random DCID, as clients choose\n"
	"them, decodes to a server.  Warnings go to standard error.  The exit\n"
	"status is 1 if the file breaks a rule.\n"
	"\n"
	"  --config FILE  the file\n"
	"  --json         one JSON object\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

/* ------------------------------------------------------------ warnings -- */

#define WARNING_CAP 256 /* bytes */

typedef void warn_fn(void *context, const char *text);

/* Share of the random DCIDs that one config takes for a server's. */
static double share(const struct quiclb_deployment *d,
		    const struct quiclb_cid_config *c)
{
	/* one of the eight values of the rotation bits */
	double p = 1.0 / (QUICLB_ROTATION_UNROUTABLE + 1);
	int i;

	for (i = 0; i < c->config.server_id_len; i++)
		p /= 256;
	return p * (double)d->pools[c->pool].n_servers;
}

static double random_dcid(const struct quiclb_deployment *d,
			  const struct quiclb_vip *vip)
{
	double p = 0;
	int i;

	for (i = 0; i < QUICLB_N_ROTATIONS; i++) {
		if (vip->cid_configs[i] >= 0)
			p += share(d, &d->cid_configs[vip->cid_configs[i]]);
	}
	return p;
}

/* The library knows which nonces are short: it refuses them unasked. */
static int has_short_nonce(const struct quiclb_config *config)
{
	const uint8_t server_id[QUICLB_SERVER_ID_MAX_BYTES] = { 0 };
	struct quiclb_encoder_options opts;
	struct quiclb_encoder *encoder = NULL;
	int err;

	quiclb_encoder_options_init(&opts);
	opts.server_id = server_id;
	opts.server_id_len = config->server_id_len;
	err = quiclb_encoder_new(config, &opts, &encoder);
	if (!err)
		quiclb_encoder_free(encoder);
	return err == QUICLB_ERR_NONCE_RESTART;
}

static void each_warning(const struct quiclb_deployment *d, warn_fn *warn,
			 void *context)
{
	char vip[VIP_TEXT_CAP];
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
		const double p = random_dcid(d, &d->vips[i]);

		if (p < RANDOM_DCID_WARNING)
			continue;
		vip_format(&d->vips[i], vip, sizeof(vip));
		snprintf(text, sizeof(text),
			 "VIP %s: a random DCID decodes to a server with "
			 "probability %.3g: longer server IDs make it rarer",
			 vip, p);
		warn(context, text);
	}
}

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

static void print_cid_config(const struct quiclb_deployment *d,
			     const struct quiclb_cid_config *c)
{
	printf("config %s: rotation %d, %s, server ID %d, nonce %d, "
	       "server-use %d, CID %d bytes%s, pool %s\n",
	       c->name, c->config.config_rotation,
	       quiclb_codec_name(c->config.codec), c->config.server_id_len,
	       c->config.nonce_len, c->config.server_use_len,
	       cid_len(&c->config),
	       c->config.encode_length ? ", encoded in the first octet" : "",
	       d->pools[c->pool].name);
}

static void print_vip(const struct quiclb_deployment *d,
		      const struct quiclb_vip *vip)
{
	char text[VIP_TEXT_CAP];
	const char *before = " config";
	int i;

	vip_format(vip, text, sizeof(text));
	printf("vip %s:", text);
	for (i = 0; i < QUICLB_N_ROTATIONS; i++) {
		if (vip->cid_configs[i] < 0)
			continue;
		printf("%s %s", before,
		       d->cid_configs[vip->cid_configs[i]].name);
		before = ",";
	}
	printf("; random DCID decodes to a server: %.3g\n",
	       random_dcid(d, vip));
}

static void print_text(const struct quiclb_deployment *d)
{
	size_t i;

	printf("role: %s\n", role_name(d->role));
	for (i = 0; i < d->n_pools; i++) {
		printf("pool %s: %zu server IDs", d->pools[i].name,
		       d->pools[i].n_servers);
		if (d->has_local)
			printf(", %zu local", n_local(&d->pools[i]));
		putchar('\n');
	}
	for (i = 0; i < d->n_cid_configs; i++)
		print_cid_config(d, &d->cid_configs[i]);
	for (i = 0; i < d->n_vips; i++)
		print_vip(d, &d->vips[i]);
}

/* ---------------------------------------------------------------- JSON -- */

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
		cli_json_number(json, "rotation", c->config_rotation);
		cli_json_text(json, "codec", quiclb_codec_name(c->codec));
		cli_json_bool(json, "keyed", c->has_key);
		cli_json_number(json, "server_id_len", c->server_id_len);
		cli_json_number(json, "nonce_len", c->nonce_len);
		cli_json_number(json, "server_use_len", c->server_use_len);
		cli_json_number(json, "cid_len", (uint64_t)cid_len(c));
		cli_json_bool(json, "encode_length", c->encode_length);
		cli_json_text(json, "pool", d->pools[row->pool].name);
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void json_vips(const struct quiclb_deployment *d, struct cli_json *json)
{
	char text[ADDRESS_TEXT_CAP];
	size_t i;
	int r;

	cli_json_open(json, "vips", '[');
	for (i = 0; i < d->n_vips; i++) {
		const struct quiclb_vip *const vip = &d->vips[i];

		quiclb_address_format(&vip->address, text, sizeof(text));
		cli_json_open(json, NULL, '{');
		cli_json_text(json, "address", text);
		cli_json_number(json, "port", vip->port);
		cli_json_open(json, "configs", '[');
		for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
			const int c = vip->cid_configs[r];

			if (c >= 0)
				cli_json_text(json, NULL,
					      d->cid_configs[c].name);
		}
		cli_json_close(json, ']');
		cli_json_real(json, "random_dcid_probability",
			      random_dcid(d, vip));
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
		if (as_json)
			print_json(deployment);
		else
			print_text(deployment);
		each_warning(deployment, warn_stderr, NULL);
	}
	quiclb_deployment_free(deployment);
	return status;
}
