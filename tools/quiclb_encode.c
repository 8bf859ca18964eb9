/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb encode: connection IDs of one server, with a nonce from the user or
 * nonces from the library's encoder.
 */
#include <inttypes.h>

#include "tools/quiclb_tool.h"

const char encode_help[] =
	"usage: quiclb encode --codec C --server-id HEX\n"
	"           [--nonce HEX | --nonce-len N [--worker HEX]]\n"
	"           [--key-file F | --key HEX] [--config-rotation N]\n"
	"           [--rotation-bits N] [--encode-length [--uncounted N]]\n"
	"           [--server-use HEX] [--first-octet HEX] [--count N]\n"
	"Prints one CID in hex per line.\n"
	"\n"
	"  --codec C            a codec or preset of `quiclb codecs`\n"
	"  --server-id HEX      the server ID\n"
	"  --nonce HEX          the nonce of the one CID\n"
	"  --nonce-len N        random nonces of N bytes, none twice in a run; "
	"may\n"
	"                       be absent where the codec has one length\n"
	"  --worker HEX         the worker in the first bytes of those nonces\n"
	"  --key-file F         file that holds the key in hex\n"
	"  --key HEX            the key; other users may see it in the list "
	"of\n"
	"                       processes: --key-file is better\n"
	"  --config-rotation N  the lowest of the codec if absent\n"
	"  --rotation-bits N    2 or 3; what is usual for the codec if "
	"absent\n"
	"  --encode-length      the first octet encodes the CID length\n"
	"  --uncounted N        without the last N server-use bytes\n"
	"  --server-use HEX     bytes behind the nonce, the same in every CID\n"
	"  --first-octet HEX    its low bits, where they encode no length; "
	"random\n"
	"                       if absent\n"
	"  --count N            number of CIDs; 1 if absent\n"
	"\n"
	"For tests and analysis: two runs know nothing of each other's "
	"nonces.\n"
	"A server issues its CIDs through the library.\n";

static const struct option options[] = {
	{ "codec", required_argument, NULL, OPT_CODEC },
	{ "config-rotation", required_argument, NULL, OPT_CONFIG_ROTATION },
	{ "rotation-bits", required_argument, NULL, OPT_ROTATION_BITS },
	{ "server-id", required_argument, NULL, OPT_SERVER_ID },
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "nonce-len", required_argument, NULL, OPT_NONCE_LEN },
	{ "worker", required_argument, NULL, OPT_WORKER },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "key-file", required_argument, NULL, OPT_KEY_FILE },
	{ "encode-length", no_argument, NULL, OPT_ENCODE_LENGTH },
	{ "uncounted", required_argument, NULL, OPT_UNCOUNTED },
	{ "server-use", required_argument, NULL, OPT_SERVER_USE },
	{ "first-octet", required_argument, NULL, OPT_FIRST_OCTET },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ NULL, 0, NULL, 0 },
};

struct encode {
	struct flags flags;
	struct quiclb_parts parts;
	int nonce_given_len; /* bytes of --nonce, 0 without */
	uint64_t count;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES];
	uint8_t worker[QUICLB_NONCE_MAX_BYTES];
	uint8_t server_use[QUICLB_CID_MAX_BYTES];
};

static int take(struct encode *e, int option, char *value)
{
	struct quiclb_config *const c = &e->flags.config;
	int len = 0;

	switch (option) {
	case OPT_SERVER_ID:
		len = cli_hex("--server-id", value, e->server_id,
			      sizeof(e->server_id));
		c->server_id_len = (uint8_t)len;
		break;
	case OPT_NONCE:
		len = cli_hex("--nonce", value, e->nonce, sizeof(e->nonce));
		e->nonce_given_len = len;
		e->parts.nonce = e->nonce;
		break;
	case OPT_WORKER:
		len = cli_hex("--worker", value, e->worker, sizeof(e->worker));
		c->worker_len = (uint8_t)len;
		break;
	case OPT_SERVER_USE:
		len = cli_hex("--server-use", value, e->server_use,
			      sizeof(e->server_use));
		c->server_use_len = (uint8_t)len;
		e->parts.server_use = e->server_use;
		break;
	case OPT_FIRST_OCTET:
		len = cli_hex("--first-octet", value, &e->parts.low_bits, 1);
		e->parts.has_low_bits = 1;
		break;
	case OPT_COUNT:
		len = -cli_number("--count", value, 1, UINT64_MAX, &e->count);
		break;
	default:
		break;
	}
	if (len < 0)
		return CLI_USAGE;
	return flags_take(&e->flags, option, value);
}

/* What flags say of each other. */
static int agree(struct encode *e)
{
	struct flags *const flags = &e->flags;
	struct quiclb_config *const c = &flags->config;
	const int has_len = (flags->given & OPT_BIT(OPT_NONCE_LEN)) != 0;

	if (flags_need(flags, OPT_BIT(OPT_CODEC) | OPT_BIT(OPT_SERVER_ID),
		       options))
		return CLI_USAGE;
	if (!e->nonce_given_len && !has_len &&
	    !(flags->layout.known & QUICLB_FIELD_NONCE_LEN))
		return cli_error("--nonce or --nonce-len is missing");
	if (e->nonce_given_len && has_len && e->nonce_given_len != c->nonce_len)
		return cli_error("--nonce: %d bytes, but --nonce-len is %d",
				 e->nonce_given_len, c->nonce_len);
	if (e->nonce_given_len)
		c->nonce_len = (uint8_t)e->nonce_given_len;
	if (e->nonce_given_len &&
	    flags_refuse(flags, OPT_BIT(OPT_WORKER), options,
			 "not with --nonce, whose first bytes it is"))
		return CLI_USAGE;
	if (e->nonce_given_len && e->count > 1)
		return cli_error("--count: '%" PRIu64 "': with --nonce must be "
				 "1, a nonce is never used twice",
				 e->count);
	return flags_complete(flags);
}

static int parse(struct encode *e, int argc, char **argv)
{
	int option;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == '?' || take(e, option, optarg))
			return CLI_USAGE;
	}
	/* not quoted: it may be a key that lost its option */
	if (optind < argc)
		return cli_error("unexpected argument: there are only options");
	return agree(e);
}

static int print(const struct encode *e, struct quiclb_encoder *encoder)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	uint64_t i;

	for (i = 0; i < e->count && cli_output_ok(); i++) {
		const int len = quiclb_encoder_encode(encoder, &e->parts, cid,
						      sizeof(cid));

		if (len < 0)
			return cli_error("CID %" PRIu64 ": %s", i + 1,
					 quiclb_strerror(len));
		cli_hex_print(cid, (size_t)len);
		putchar('\n');
	}
	return CLI_DONE;
}

static int encode(struct encode *e)
{
	struct quiclb_encoder_options opts;
	struct quiclb_encoder *encoder = NULL;
	int err;

	quiclb_encoder_options_init(&opts);
	opts.server_id = e->server_id;
	opts.server_id_len = e->flags.config.server_id_len;
	opts.worker = e->flags.config.worker_len ? e->worker : NULL;
	/*
	 * No connection depends on a CID from here, and each run is a life of
	 * its own whatever the length of its nonces: refusing short ones would
	 * only keep the user from making CIDs of such configs.
	 */
	opts.flags = QUICLB_F_SHORT_NONCE;
	err = quiclb_encoder_new(&e->flags.config, &opts, &encoder);
	if (err)
		return cli_error("%s", quiclb_strerror(err));
	err = print(e, encoder);
	quiclb_encoder_free(encoder);
	return err;
}

int cmd_encode(int argc, char **argv)
{
	struct encode e;
	int status;

	memset(&e, 0, sizeof(e));
	quiclb_config_init(&e.flags.config);
	quiclb_parts_init(&e.parts);
	e.count = 1;
	status = parse(&e, argc, argv);
	if (!status)
		status = encode(&e);
	quiclb_wipe(&e, sizeof(e));
	return status;
}
