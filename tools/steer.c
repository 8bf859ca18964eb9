/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic-steer: puts the steering program on interfaces and shows what it does.
 * Parses arguments and prints; every rule is in libquicsteer.
 */
#include <stdio.h>
#include <string.h>

#include "tools/steer_tool.h"

static const struct cli_command commands[] = {
	{ "up", "load, attach and pin the program", up_help, cmd_up },
	{ "down", "detach and remove everything `up` made", down_help,
	  cmd_down },
	{ "reload", "switch to another configuration in one step", reload_help,
	  cmd_reload },
	{ "upgrade", "put this release's program in place of what runs",
	  upgrade_help, cmd_upgrade },
	{ "peer", "add, drain or remove one server, without a reload",
	  peer_help, cmd_peer },
	{ "run", "maintain what `up` made, until told to stop", run_help,
	  cmd_run },
	{ "status", "what is attached, and whether servers are reachable",
	  status_help, cmd_status },
	{ "stats", "packets by VIP and reason", stats_help, cmd_stats },
	{ "explain", "run one frame through a private copy of the program",
	  explain_help, cmd_explain },
};

enum {
	OPT_BPFFS = CLI_OPTION,
	OPT_CONFIG,
	OPT_INTERFACE,
	OPT_MODE,
	OPT_NO_NIC_CHECK,
	OPT_JSON,
	OPT_POOL,
	OPT_SAVE,
};

static const struct option all_options[] = {
	{ "bpffs", required_argument, NULL, OPT_BPFFS },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "interface", required_argument, NULL, OPT_INTERFACE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "no-nic-check", no_argument, NULL, OPT_NO_NIC_CHECK },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "pool", required_argument, NULL, OPT_POOL },
	{ "save", no_argument, NULL, OPT_SAVE },
	{ 0 },
};

/* Only the options that the command takes: others are then unknown to it. */
static void choose_options(unsigned int takes, struct option *chosen)
{
	static const unsigned int flag[] = { 0,
					     STEER_TAKES_CONFIG,
					     STEER_TAKES_INTERFACE,
					     STEER_TAKES_MODE,
					     STEER_TAKES_MODE,
					     STEER_TAKES_JSON,
					     STEER_TAKES_PEER,
					     STEER_TAKES_PEER };
	size_t i, n = 0;

	for (i = 0; all_options[i].name; i++)
		if (!flag[i] || takes & flag[i])
			chosen[n++] = all_options[i];
	memset(&chosen[n], 0, sizeof(chosen[n]));
}

static int set_mode(struct steer_arguments *a)
{
	if (!strcmp(optarg, "skb"))
		a->options.flags |= QUICSTEER_F_SKB;
	else if (strcmp(optarg, "native"))
		return cli_error("--mode: must be native or skb (got %s)",
				 optarg);
	return CLI_DONE;
}

static int add_interface(struct steer_arguments *a)
{
	if (a->options.n_interfaces == QUICSTEER_CAP_INTERFACES)
		return cli_error("--interface: at most %d",
				 QUICSTEER_CAP_INTERFACES);
	a->interfaces[a->options.n_interfaces++] = optarg;
	return CLI_DONE;
}

static int take(int option, struct steer_arguments *a)
{
	switch (option) {
	case OPT_BPFFS:
		a->options.pin_dir = optarg;
		return CLI_DONE;
	case OPT_CONFIG:
		a->config = optarg;
		return CLI_DONE;
	case OPT_INTERFACE:
		return add_interface(a);
	case OPT_MODE:
		return set_mode(a);
	case OPT_NO_NIC_CHECK:
		a->options.flags |= QUICSTEER_F_ANY_NIC;
		return CLI_DONE;
	case OPT_JSON:
		a->json = 1;
		return CLI_DONE;
	case OPT_POOL:
		a->pool = optarg;
		return CLI_DONE;
	case OPT_SAVE:
		a->save = 1;
		return CLI_DONE;
	default:
		return CLI_USAGE; /* cli_option() has said why */
	}
}

static int check_arguments(int argc, char **argv, unsigned int takes,
			   struct steer_arguments *a)
{
	if (takes & STEER_TAKES_FRAME) {
		if (optind == argc)
			return cli_error("the frame in hex is missing");
		a->frame = argv[optind++];
	}
	while (takes & STEER_TAKES_PEER && optind < argc &&
	       a->n_words < STEER_CAP_WORDS)
		a->words[a->n_words++] = argv[optind++];
	if (optind < argc)
		return cli_error("unexpected argument %s", argv[optind]);
	if (takes & STEER_TAKES_CONFIG && !(takes & STEER_TAKES_PEER) &&
	    !a->config)
		return cli_error("--config is missing");
	if (takes & STEER_NEEDS_INTERFACE && !a->options.n_interfaces)
		return cli_error("--interface is missing");
	return CLI_DONE;
}

int steer_arguments(int argc, char **argv, unsigned int takes,
		    struct steer_arguments *a)
{
	struct option chosen[sizeof(all_options) / sizeof(all_options[0])];
	int option, status;

	memset(a, 0, sizeof(*a));
	quicsteer_options_init(&a->options);
	a->options.interfaces = a->interfaces;
	choose_options(takes, chosen);
	while ((option = cli_option(argc, argv, chosen)) != -1) {
		status = take(option, a);
		if (status)
			return status;
	}
	return check_arguments(argc, argv, takes, a);
}

int steer_result(int result, const struct quicsteer_error *error)
{
	if (result != QUICSTEER_DONE)
		cli_error("%s", error->text);
	return result;
}

int steer_deployment(const struct steer_arguments *arguments,
		     struct quiclb_deployment **deployment)
{
	struct quiclb_deployment_error why;
	struct quicsteer_error error;
	int status;

	if (quiclb_deployment_load(arguments->config, deployment, &why))
		return cli_error("%s", why.text);
	status = quicsteer_find_local(*deployment, &error);
	if (status) {
		cli_error("%s: %s", arguments->config, error.text);
		quiclb_deployment_free(*deployment);
	}
	return status;
}

void steer_vip_text(const struct quiclb_address *address, uint16_t port,
		    char *text)
{
	char host[46];

	quiclb_address_format(address, host, sizeof(host));
	snprintf(text, 64, address->family == 4 ? "%s:%u" : "[%s]:%u", host,
		 port);
}

int main(int argc, char **argv)
{
	const struct cli_program program = {
		.name = "quic-steer",
		.summary = "Sends QUIC packets on to the server that their "
			   "connection ID names (XDP).",
		.version = quiclb_version(),
		.commands = commands,
		.n_commands = sizeof(commands) / sizeof(commands[0]),
	};

	return cli_main(&program, argc, argv);
}
