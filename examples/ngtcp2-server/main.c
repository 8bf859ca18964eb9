/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTP/3 file server whose connection IDs say which server it is.  This
 * file reads the command line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "identity.h"
#include "resets.h"
#include "server.h"

struct options {
	struct identity_query query;
	const char *cert;
	const char *key;
	const char *root;
	const char *reset_key; /* or NULL */
	int retry;
	int quiet;
};

static const char usage[] =
	"usage: ngtcp2-server --config FILE --listen ADDR --port PORT\n"
	"                     --cert PEM --key PEM --root DIR\n"
	"                     [--server-address ADDR] [--cid-config NAME]\n"
	"                     [--reset-key-file FILE] [--retry] [--quiet]\n"
	"\n"
	"An HTTP/3 file server whose connection IDs carry its server ID.\n"
	"\n"
	"  --config FILE          configuration, as for quic-steer\n"
	"  --listen ADDR          VIP: where clients send to\n"
	"  --port PORT            its port\n"
	"  --cert PEM, --key PEM  certificate chain and private key\n"
	"  --root DIR             serve the files below DIR\n"
	"  --server-address ADDR  this server, of those in the configuration\n"
	"                         (default: the one marked local)\n"
	"  --cid-config NAME      CID config for new CIDs (default: the last\n"
	"                         in the file of those the VIP uses)\n"
	"  --reset-key-file FILE  send stateless resets, with tokens of this "
	"key:\n"
	"                         32 hex digits, the same after a restart\n"
	"  --retry                every client proves its address first\n"
	"  --quiet                no line per event\n";

static int parse_port(const char *text, uint16_t *port)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value < 1 || value > 65535)
		return -1;
	*port = (uint16_t)value;
	return 0;
}

static int take_option(struct options *options, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		options->query.path = value;
		return 0;
	case 'l':
		return quiclb_address_parse(value, &options->query.vip);
	case 'p':
		return parse_port(value, &options->query.port);
	case 'a':
		options->query.server_address = value;
		return 0;
	case 'n':
		options->query.cid_config = value;
		return 0;
	case 'C':
		options->cert = value;
		return 0;
	case 'K':
		options->key = value;
		return 0;
	case 'r':
		options->root = value;
		return 0;
	case 's':
		options->reset_key = value;
		return 0;
	case 'R':
		options->retry = 1;
		return 0;
	case 'q':
		options->quiet = 1;
		return 0;
	default:
		return -1;
	}
}

/* Returns 0, or -1 for a usage error. */
static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "listen", required_argument, NULL, 'l' },
		{ "port", required_argument, NULL, 'p' },
		{ "server-address", required_argument, NULL, 'a' },
		{ "cid-config", required_argument, NULL, 'n' },
		{ "cert", required_argument, NULL, 'C' },
		{ "key", required_argument, NULL, 'K' },
		{ "root", required_argument, NULL, 'r' },
		{ "reset-key-file", required_argument, NULL, 's' },
		{ "retry", no_argument, NULL, 'R' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	memset(options, 0, sizeof(*options));
	while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (letter == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (take_option(options, letter, optarg))
			return -1;
	}
	if (optind != argc || !options->query.path || !options->cert ||
	    !options->key || !options->root || !options->query.port ||
	    !options->query.vip.family)
		return -1;
	return 0;
}

static int open_all(struct server *server, const struct options *options,
		    const struct identity *identity)
{
	server->root = files_root(options->root);
	if (server->root < 0) {
		fprintf(stderr, "ngtcp2-server: %s: %s\n", options->root,
			strerror(errno));
		return -1;
	}
	if (tls_open(&server->tls, options->cert, options->key))
		return -1;
	if (cids_open(&server->cids, identity))
		return -1;
	if (options->reset_key && resets_open(server, options->reset_key))
		return -1;
	return server_open(server, &options->query.vip, options->query.port);
}

static void print_ready(const struct server *server,
			const struct identity *identity)
{
	char address[TEXT_ADDRESS_CAP];
	char id[TEXT_HEX_CAP];

	text_address((const struct sockaddr *)&server->local, address,
		     sizeof(address));
	text_hex(identity->server_id, identity->server_id_len, id, sizeof(id));
	printf("listening %s server-id %s\n", address, id);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct server server = { .fd = -1, .root = -1 };
	struct identity identity;
	struct options options;
	int result;

	if (parse_options(&options, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (identity_load(&identity, &options.query))
		return 1;
	server.retry = options.retry;
	server.quiet = options.quiet;
	result = open_all(&server, &options, &identity);
	quiclb_wipe(&identity.config, sizeof(identity.config));
	if (!result) {
		print_ready(&server, &identity);
		result = server_run(&server);
	}
	server_close(&server);
	return result ? 1 : 0;
}
