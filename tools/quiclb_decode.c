/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb decode: the server IDs in connection IDs, from arguments or from a
 * stream of any length on standard input.
 */
#include <errno.h>

#include "tools/quiclb_tool.h"

#define LINE_CAP 128 /* bytes: twice a CID of 20 bytes with its colons */

const char decode_help[] =
	"usage: quiclb decode --codec C [--server-id-len N] [--nonce-len N]\n"
	"           [--key-file F | --key HEX] [--config-rotation N]\n"
	"           [--rotation-bits N] [--worker-len N] [--all | --json]\n"
	"           {CID | -}...\n"
	"       quiclb decode --config FILE [--vip ADDRESS:PORT]\n"
	"           [--all | --json] {CID | -}...\n"
	"Prints the server ID of each CID in hex, one per line; for a CID "
	"that\n"
	"has none, `unroutable: REASON`, and the exit status is 1.  With -,\n"
	"CIDs are read from standard input, one per line; blank lines are\n"
	"skipped, a bad line is an error on standard error, and the exit\n"
	"status is 2 at the end.\n"
	"\n"
	"  --codec C            a codec or preset of `quiclb codecs`\n"
	"  --server-id-len N    bytes; may be absent, like --nonce-len, where\n"
	"                       the codec has one length\n"
	"  --nonce-len N        bytes\n"
	"  --key-file F         file that holds the key in hex\n"
	"  --key HEX            the key; other users may see it in the list "
	"of\n"
	"                       processes: --key-file is better\n"
	"  --config-rotation N  the only config rotation; any if absent\n"
	"  --rotation-bits N    2 or 3; what is usual for the codec if "
	"absent\n"
	"  --worker-len N       first bytes of the nonce that name a worker\n"
	"  --config FILE        configs and servers of a configuration file; "
	"a\n"
	"                       server ID that is not in it is unroutable\n"
	"  --vip ADDRESS:PORT   the VIP whose configs to use, where VIPs "
	"differ;\n"
	"                       an IPv6 address stands in brackets\n"
	"  --all                everything that the CID says, on one line\n"
	"  --json               one JSON object per CID and line\n";

static const struct option options[] = {
	{ "codec", required_argument, NULL, OPT_CODEC },
	{ "server-id-len", required_argument, NULL, OPT_SERVER_ID_LEN },
	{ "nonce-len", required_argument, NULL, OPT_NONCE_LEN },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "key-file", required_argument, NULL, OPT_KEY_FILE },
	{ "config-rotation", required_argument, NULL, OPT_CONFIG_ROTATION },
	{ "rotation-bits", required_argument, NULL, OPT_ROTATION_BITS },
	{ "worker-len", required_argument, NULL, OPT_WORKER_LEN },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "vip", required_argument, NULL, OPT_VIP },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

struct decode {
	struct flags flags;
	const char *config; /* file name */
	const char *vip;
	struct lookup lookup;
};

/* ---------------------------------------------------------------- CIDs -- */

static void print_json(const uint8_t *cid, size_t cid_len, int err,
		       const struct finding *found)
{
	struct cli_json json = { 0, 0 };

	cli_json_open(&json, NULL, '{');
	cli_json_hex(&json, "cid", cid, cid_len);
	if (err) {
		cli_json_text(&json, "unroutable", quiclb_strerror(err));
	} else {
		cli_json_number(&json, "rotation", found->cid.config_rotation);
		finding_json(found, &json);
	}
	cli_json_close(&json, '}');
}

static void print_all(const struct finding *found)
{
	const struct quiclb_cid_config *const c = found->cid_config;
	char address[ADDRESS_TEXT_CAP];

	if (found->cid.worker_len) {
		printf(" worker ");
		cli_hex_print(found->cid.nonce, found->cid.worker_len);
	}
	printf(" rotation %d", found->cid.config_rotation);
	if (c)
		printf(" config %s", c->name);
	if (c && c->tenant[0])
		printf(" tenant %s", c->tenant);
	if (!found->server)
		return;
	quiclb_address_format(&found->server->address, address,
			      sizeof(address));
	printf(" server %s", address);
}

static void print_text(int err, const struct finding *found, int all)
{
	if (err) {
		printf("unroutable: %s\n", quiclb_strerror(err));
		return;
	}
	cli_hex_print(found->cid.server_id, found->cid.server_id_len);
	if (all)
		print_all(found);
	putchar('\n');
}

/* One CID; what names it in an error. */
static int decode_cid(struct decode *d, const char *what, const char *text)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const int len = cli_hex(what, text, cid, sizeof(cid));
	struct finding found;
	int err;

	if (len < 0)
		return CLI_USAGE;
	err = lookup_cid(&d->lookup, cid, (size_t)len, &found);
	if (err && !quiclb_is_unroutable(err))
		return cli_error("%s: %s", what, quiclb_strerror(err));
	if (d->flags.given & OPT_BIT(OPT_JSON))
		print_json(cid, (size_t)len, err, &found);
	else
		print_text(err, &found, d->flags.given & OPT_BIT(OPT_ALL));
	return err ? CLI_NO : CLI_DONE;
}

/* -------------------------------------------------------------- stream -- */

static int decode_line(struct decode *d, const struct cli_line *line)
{
	char what[64];

	if (!line->len)
		return CLI_DONE;
	snprintf(what, sizeof(what), "standard input, line %llu",
		 (unsigned long long)line->number);
	if (line->cut)
		return cli_error("%s: longer than %d characters", what,
				 LINE_CAP - 1);
	return decode_cid(d, what, line->text);
}

/* Each answer goes out at once: the other end may wait for it. */
static int decode_stream(struct decode *d)
{
	struct cli_line line = { 0 };
	int status = CLI_DONE;

	while (cli_line(&line, LINE_CAP)) {
		status = cli_worse(status, decode_line(d, &line));
		if (!cli_output_flush())
			return status;
	}
	if (ferror(stdin))
		return cli_error("standard input: %s", strerror(errno));
	return status;
}

/* ------------------------------------------------------------- command -- */

static int open_lookup(struct decode *d)
{
	const unsigned int config_flags =
		OPT_BIT(OPT_CODEC) | OPT_BIT(OPT_SERVER_ID_LEN) |
		OPT_BIT(OPT_NONCE_LEN) | OPT_BIT(OPT_KEY) |
		OPT_BIT(OPT_KEY_FILE) | OPT_BIT(OPT_CONFIG_ROTATION) |
		OPT_BIT(OPT_ROTATION_BITS) | OPT_BIT(OPT_WORKER_LEN);

	if (d->flags.given & OPT_BIT(OPT_JSON) &&
	    flags_refuse(&d->flags, OPT_BIT(OPT_ALL), options,
			 "not with --json, which says it already"))
		return CLI_USAGE;
	if (d->config) {
		if (flags_refuse(&d->flags, config_flags, options,
				 "not with --config, which says it already"))
			return CLI_USAGE;
		return lookup_open_file(&d->lookup, d->config, d->vip);
	}
	if (flags_refuse(&d->flags, OPT_BIT(OPT_VIP), options,
			 "only with --config") ||
	    flags_need(&d->flags, OPT_BIT(OPT_CODEC), options) ||
	    flags_complete(&d->flags))
		return CLI_USAGE;
	return lookup_open_flags(&d->lookup, &d->flags);
}

static int parse(struct decode *d, int argc, char **argv)
{
	int option;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == '?' || flags_take(&d->flags, option, optarg))
			return CLI_USAGE;
		if (option == OPT_CONFIG)
			d->config = optarg;
		else if (option == OPT_VIP)
			d->vip = optarg;
	}
	if (optind == argc)
		return cli_error("no CID given; - reads them from standard "
				 "input");
	return open_lookup(d);
}

static int decode_all(struct decode *d, int argc, char **argv)
{
	int status = CLI_DONE;
	int i, one;

	for (i = optind; i < argc && cli_output_ok(); i++) {
		one = strcmp(argv[i], "-") ? decode_cid(d, "CID", argv[i])
					   : decode_stream(d);
		status = cli_worse(status, one);
	}
	return status;
}

int cmd_decode(int argc, char **argv)
{
	struct decode d;
	int status;

	memset(&d, 0, sizeof(d));
	quiclb_config_init(&d.flags.config);
	status = parse(&d, argc, argv);
	if (!status)
		status = decode_all(&d, argc, argv);
	lookup_close(&d.lookup);
	quiclb_wipe(&d, sizeof(d));
	return status;
}
