/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic-steer up, reload, down.
 */
#include <stdlib.h>

#include "tools/steer_tool.h"

#define USUAL_MTU 1500 /* what clients' packets may have */

const char up_help[] =
	"usage: quic-steer up --config FILE --interface NAME... [OPTION]...\n"
	"\n"
	"Loads the program, fills its maps from FILE, attaches it to each\n"
	"interface and pins everything: nothing has to keep running.\n"
	"\n"
	"  --config FILE     the deployment (docs/configuration.md)\n"
	"  --interface NAME  where packets to the VIPs arrive; may be "
	"repeated\n"
	"  --mode MODE       native (default), or skb for NICs without native\n"
	"                    XDP: slow\n"
	"  --no-nic-check    only warn of what an interface does to frames "
	"that\n"
	"                    makes steering go wrong, instead of refusing\n"
	"  --bpffs DIR       pin directory (default /sys/fs/bpf/quic-steer)\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage or bad configuration, 4 "
	"another\n"
	"XDP program is attached.  On failure nothing has changed.\n";

const char reload_help[] =
	"usage: quic-steer reload --config FILE [--bpffs DIR]\n"
	"\n"
	"Switches to FILE in one step: each packet sees all of the old\n"
	"configuration or all of the new.  Counters go on.\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage or bad configuration, 3 "
	"nothing\n"
	"attached.  On failure the old configuration stays in force.\n";

const char upgrade_help[] =
	"usage: quic-steer upgrade [--bpffs DIR]\n"
	"\n"
	"Puts the program of this release in the place of the one that runs,\n"
	"on every interface; configuration and counters stay, and no packet "
	"is\n"
	"lost.\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage, 3 nothing attached.  On\n"
	"failure the old program goes on.\n";

const char down_help[] =
	"usage: quic-steer down [--bpffs DIR]\n"
	"\n"
	"Detaches the program and removes all that `up` made.\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage, 3 nothing attached.\n";

void steer_warn_server(const struct quicsteer_server *server)
{
	char address[46];

	quiclb_address_format(&server->address, address, sizeof(address));
	if (server->reach == QUICSTEER_REACH_UNRESOLVED)
		cli_warning("server %s: no answer on %s: its packets pass as "
			    "no_neighbour until it answers",
			    address, server->device);
	if (server->reach == QUICSTEER_REACH_ROUTER)
		cli_warning("server %s: behind a router, and no tunnel goes "
			    "there (encapsulation none, or no tunnel-address "
			    "of its family): its packets pass as no_neighbour",
			    address);
	if (server->reach == QUICSTEER_REACH_NO_ROUTE)
		cli_warning("server %s: no route: its packets pass as "
			    "no_neighbour",
			    address);
}

/* Tunnels of one kind: outer family, and GUE or IP in IP. */
struct tunnels {
	const struct quicsteer_server *narrowest; /* NULL: there are none */
	uint32_t room, mtu;
};

static void note_tunnel(struct tunnels kinds[4],
			const struct quicsteer_server *server)
{
	struct tunnels *const kind =
		&kinds[2 * (server->address.family == 6) +
		       (server->reach == QUICSTEER_REACH_IPIP)];
	uint32_t mtu;
	const uint32_t room = quicsteer_tunnel_room(server, &mtu);

	if (!room || (kind->narrowest && kind->room <= room))
		return;
	kind->narrowest = server;
	kind->room = room;
	kind->mtu = mtu;
}

/* One line for each kind of tunnel, of the one that leaves least. */
static void warn_tunnels(const struct quicsteer_status *status)
{
	static const char *const names[] = { "IPv4 GUE", "IPv4 IPIP",
					     "IPv6 GUE", "IPv6 IPIP" };
	struct tunnels kinds[4] = { { NULL, 0, 0 } };
	char address[46];
	size_t i;

	for (i = 0; i < status->n_servers; i++)
		note_tunnel(kinds, &status->servers[i]);
	for (i = 0; i < 4; i++) {
		if (!kinds[i].narrowest || kinds[i].room >= USUAL_MTU)
			continue;
		quiclb_address_format(&kinds[i].narrowest->address, address,
				      sizeof(address));
		cli_warning("server %s: MTU %u: tunnels leave %u bytes for %s; "
			    "longer packets count as too_big",
			    address, kinds[i].mtu, kinds[i].room, names[i]);
	}
}

void steer_warn_unreachable(const struct steer_arguments *arguments)
{
	struct quicsteer_status *status;
	struct quicsteer_error error;
	size_t i;

	if (quicsteer_status(&arguments->options, &status, &error))
		return;
	for (i = 0; i < status->n_servers; i++)
		steer_warn_server(&status->servers[i]);
	warn_tunnels(status);
	quicsteer_status_free(status);
}

/* What `up` would have refused without --no-nic-check. */
static void warn_nics(const struct steer_arguments *arguments)
{
	struct quicsteer_error *lines, error;
	size_t i, n;

	if (quicsteer_nic_problems(&arguments->options, &lines, &n, &error))
		return;
	for (i = 0; i < n; i++)
		cli_warning("%s", lines[i].text);
	free(lines);
}

static int change(int argc, char **argv, unsigned int takes,
		  int (*call)(const struct quiclb_deployment *deployment,
			      const struct quicsteer_options *options,
			      struct quicsteer_error *error))
{
	struct quiclb_deployment *deployment;
	struct steer_arguments arguments;
	struct quicsteer_error error;
	int status = steer_arguments(argc, argv, takes, &arguments);

	if (!status)
		status = steer_deployment(&arguments, &deployment);
	if (status)
		return status;
	status = steer_result(call(deployment, &arguments.options, &error),
			      &error);
	quiclb_deployment_free(deployment);
	if (!status && arguments.options.flags & QUICSTEER_F_ANY_NIC)
		warn_nics(&arguments);
	if (!status)
		steer_warn_unreachable(&arguments);
	return status;
}

int cmd_up(int argc, char **argv)
{
	return change(argc, argv,
		      STEER_TAKES_CONFIG | STEER_TAKES_INTERFACE |
			      STEER_NEEDS_INTERFACE | STEER_TAKES_MODE,
		      quicsteer_up);
}

int cmd_reload(int argc, char **argv)
{
	return change(argc, argv, STEER_TAKES_CONFIG, quicsteer_reload);
}

int cmd_upgrade(int argc, char **argv)
{
	struct steer_arguments arguments;
	struct quicsteer_error error;
	const int status = steer_arguments(argc, argv, 0, &arguments);

	if (status)
		return status;
	return steer_result(quicsteer_upgrade(&arguments.options, &error),
			    &error);
}

int cmd_down(int argc, char **argv)
{
	struct steer_arguments arguments;
	struct quicsteer_error error;
	const int status = steer_arguments(argc, argv, 0, &arguments);

	if (status)
		return status;
	return steer_result(quicsteer_down(&arguments.options, &error), &error);
}
