/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTP/3 file server whose connection IDs say which server it is.  This
 * file reads the command line.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "files.h"
#include "identity.h"
#include "resets.h"
#include "workers.h"

struct options {
	struct identity_query query;
	struct quiclb_address preferred; /* family 0: none */
	uint16_t preferred_port;	 /* 0: that of the query */
	size_t n_workers;
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
	"                     [--workers N] [--preferred-address ADDR]\n"
	"                     [--preferred-port PORT] [--reset-key-file FILE]\n"
	"                     [--retry] [--quiet]\n"
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
	"  --workers N            threads; the CID config needs worker bytes\n"
	"  --preferred-address ADDR  an address of this server alone, where\n"
	"                         clients go after the handshake\n"
	"  --preferred-port PORT  its port (default: the VIP's)\n"
	"  --reset-key-file FILE  send stateless resets, with tokens of this "
	"key:\n"
	"                         32 hex digits, the same after a restart\n"
	"  --retry                every client proves its address first\n"
	"  --quiet                no line per event\n"
	"\n"
	"SIGHUP: read the configuration file again, and issue CIDs of the CID "
	"config\n"
	"that it gives now.  SIGTERM, SIGINT: end.\n";

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

static int parse_workers(const char *text, size_t *n)
{
	uint16_t value;

	if (parse_port(text, &value) || value > WORKERS_CAP)
		return -1;
	*n = value;
	return 0;
}

static int take_option(struct options *options, int letter, const char *value)
{
	switch (letter) {
	case 'w':
		return parse_workers(value, &options->n_workers);
	case 'P':
		return quiclb_address_parse(value, &options->preferred);
	case 'o':
		return parse_port(value, &options->preferred_port);
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
		{ "workers", required_argument, NULL, 'w' },
		{ "preferred-address", required_argument, NULL, 'P' },
		{ "preferred-port", required_argument, NULL, 'o' },
		{ "retry", no_argument, NULL, 'R' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	memset(options, 0, sizeof(*options));
	options->n_workers = 1;
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

/* What all workers have in common. */
static int open_model(struct server *model, const struct options *options)
{
	model->retry = options->retry;
	model->quiet = options->quiet;
	model->root = files_root(options->root);
	if (model->root < 0) {
		fprintf(stderr, "ngtcp2-server: %s: %s\n", options->root,
			strerror(errno));
		return -1;
	}
	if (gnutls_rnd(GNUTLS_RND_KEY, model->secret, sizeof(model->secret)) ||
	    gnutls_rnd(GNUTLS_RND_KEY, model->reset_key,
		       sizeof(model->reset_key))) {
		fputs("ngtcp2-server: no random bytes\n", stderr);
		return -1;
	}
	if (options->reset_key && resets_open(model, options->reset_key))
		return -1;
	return tls_open(&model->tls, options->cert, options->key);
}

static void close_model(struct server *model)
{
	if (model->root >= 0)
		close(model->root);
	tls_close(&model->tls);
	quiclb_wipe(model, sizeof(*model));
}

static int open_workers(struct workers *workers, const struct server *model,
			const struct options *options)
{
	struct worker_setup setup = {
		.model = model,
		.addresses = { options->query.vip, options->preferred },
		.ports = { options->query.port,
			   options->preferred_port ? options->preferred_port
						   : options->query.port },
		.n_addresses = options->preferred.family ? 2 : 1,
	};
	struct identity identity;
	int result;

	if (identity_load(&identity, &options->query))
		return -1;
	result = workers_open(workers, options->n_workers, &identity, &setup);
	quiclb_wipe(&identity, sizeof(identity));
	return result;
}

static void print_ready(const struct workers *workers)
{
	const struct server *const server = &workers->each[0].server;
	const struct quiclb_ngtcp2 *const lb = &server->lb;
	char address[TEXT_ADDRESS_CAP];
	char id[TEXT_HEX_CAP];

	text_address((const struct sockaddr *)&server->endpoints[0].local,
		     address, sizeof(address));
	text_hex(lb->server_id, lb->server_id_len, id, sizeof(id));
	printf("listening %s server-id %s\n", address, id);
	fflush(stdout);
}

/* A file that is wrong changes nothing. */
static void reload(struct workers *workers, const struct options *options)
{
	const size_t n = workers->n_configs;
	struct identity identity;

	if (identity_load(&identity, &options->query))
		return;
	if (!workers_rotate(workers, &identity))
		server_log(&workers->each[0].server, "CID config %s",
			   workers->n_configs > n ? "changed" : "unchanged");
	quiclb_wipe(&identity, sizeof(identity));
}

/* Until SIGTERM or SIGINT, which arrive only here. */
static int run(struct workers *workers, const struct options *options,
	       const sigset_t *signals)
{
	int number;

	if (workers_start(workers))
		return -1;
	print_ready(workers);
	while (!sigwait(signals, &number) && number == SIGHUP)
		reload(workers, options);
	return 0;
}

int main(int argc, char **argv)
{
	struct server model;
	struct workers workers = { 0 };
	struct options options;
	sigset_t signals;
	int result;

	if (parse_options(&options, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	server_init(&model);
	model.root = -1;
	result = open_model(&model, &options) ||
		 open_workers(&workers, &model, &options) ||
		 run(&workers, &options, &signals);
	result |= workers_stop(&workers) != 0;
	workers_close(&workers);
	close_model(&model);
	return result ? 1 : 0;
}
