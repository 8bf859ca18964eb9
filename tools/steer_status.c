/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic-steer status and stats: two views of one struct quicsteer_status.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tools/steer_tool.h"

const char status_help[] =
	"usage: quic-steer status [--json] [--bpffs DIR]\n"
	"\n"
	"Shows the interfaces, the VIPs, and for each server the worst state "
	"of\n"
	"its server IDs and whether packets can be sent on to it.  With "
	"--json,\n"
	"counters too.\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage, 3 nothing attached.\n";

const char stats_help[] =
	"usage: quic-steer stats [--json] [--bpffs DIR]\n"
	"\n"
	"Packets by VIP and reason since `up`, over all CPUs.  Packets to no "
	"VIP\n"
	"count by interface.  Reasons without packets are left out, but not "
	"in\n"
	"--json.\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage, 3 nothing attached.\n";

static const char *const reach_names[] = {
	[QUICSTEER_REACH_LOCAL] = "local",
	[QUICSTEER_REACH_OK] = "ok",
	[QUICSTEER_REACH_UNRESOLVED] = "unresolved",
	[QUICSTEER_REACH_ROUTER] = "router",
	[QUICSTEER_REACH_NO_ROUTE] = "no_route",
	[QUICSTEER_REACH_GUE] = "gue",
	[QUICSTEER_REACH_IPIP] = "ipip",
};

static const char *const state_names[QUICSTEER_N_STATES] = {
	[QUICLB_SERVER_UP] = "up",
	[QUICLB_SERVER_DRAINING] = "draining",
	[QUICLB_SERVER_DOWN] = "down",
};

static const char *mode_of(const struct quicsteer_interface *interface)
{
	if (!interface->attached)
		return "detached";
	return interface->native ? "native" : "skb";
}

/* ---- JSON ------------------------------------------------------------- */

static void json_counters(struct cli_json *json,
			  const struct quicsteer_counters *counters)
{
	unsigned int i;

	cli_json_open(json, "packets", '{');
	for (i = 0; i < QUICLB_N_REASONS; i++)
		cli_json_number(json, quicsteer_reason_name(i),
				counters->packets[i]);
	cli_json_close(json, '}');
}

static void json_interfaces(struct cli_json *json,
			    const struct quicsteer_status *s)
{
	size_t i;

	cli_json_open(json, "interfaces", '[');
	for (i = 0; i < s->n_interfaces; i++) {
		cli_json_open(json, NULL, '{');
		cli_json_text(json, "name", s->interfaces[i].name);
		cli_json_text(json, "mode", mode_of(&s->interfaces[i]));
		cli_json_number(json, "program", s->interfaces[i].program_id);
		json_counters(json, &s->interfaces[i].counters);
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void json_vips(struct cli_json *json, const struct quicsteer_status *s)
{
	char text[46];
	size_t i;

	cli_json_open(json, "vips", '[');
	for (i = 0; i < s->n_vips; i++) {
		cli_json_open(json, NULL, '{');
		quiclb_address_format(&s->vips[i].address, text, sizeof(text));
		cli_json_text(json, "address", text);
		cli_json_number(json, "port", s->vips[i].port);
		json_counters(json, &s->vips[i].counters);
		cli_json_open(json, "memo", '{');
		cli_json_number(json, "hits", s->vips[i].counters.memo_hits);
		cli_json_number(json, "misses",
				s->vips[i].counters.memo_misses);
		cli_json_close(json, '}');
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void mac_text(const uint8_t *mac, char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

/* How many of a server's IDs are in each state. */
static void json_states(struct cli_json *json,
			const struct quicsteer_server *server)
{
	size_t i;

	cli_json_text(json, "state", state_names[server->state]);
	cli_json_open(json, "states", '{');
	for (i = 0; i < QUICSTEER_N_STATES; i++)
		cli_json_number(json, state_names[i], server->n_in_state[i]);
	cli_json_close(json, '}');
}

static void json_servers(struct cli_json *json,
			 const struct quicsteer_status *s)
{
	char text[46];
	size_t i;

	cli_json_open(json, "servers", '[');
	for (i = 0; i < s->n_servers; i++) {
		const struct quicsteer_server *const server = &s->servers[i];

		cli_json_open(json, NULL, '{');
		quiclb_address_format(&server->address, text, sizeof(text));
		cli_json_text(json, "address", text);
		cli_json_text(json, "reach", reach_names[server->reach]);
		mac_text(server->mac, text);
		cli_json_text(json, "mac",
			      server->reach == QUICSTEER_REACH_OK ? text
								  : NULL);
		cli_json_text(json, "interface",
			      *server->device ? server->device : NULL);
		cli_json_number(json, "server_ids", server->n_ids);
		json_states(json, server);
		cli_json_close(json, '}');
	}
	cli_json_close(json, ']');
}

static void print_json(const struct quicsteer_status *s, int servers)
{
	struct cli_json json = { 0 };

	cli_json_open(&json, NULL, '{');
	cli_json_number(&json, "generation", s->generation);
	cli_json_bool(&json, "lo_forwards", s->lo_forwards);
	json_interfaces(&json, s);
	json_vips(&json, s);
	if (servers)
		json_servers(&json, s);
	cli_json_close(&json, '}');
}

/* ---- text ------------------------------------------------------------- */

static uint64_t total(const struct quicsteer_counters *counters)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < QUICLB_N_REASONS; i++)
		sum += counters->packets[i];
	return sum;
}

static void print_status(const struct quicsteer_status *s)
{
	char text[64], mac[18];
	size_t i;

	printf("configuration  generation %" PRIu32 "\n", s->generation);
	if (!s->lo_forwards)
		printf("problem        conf.lo.forwarding is 0: nothing can be "
		       "steered; `reload` sets it\n");
	for (i = 0; i < s->n_interfaces; i++)
		printf("interface      %s  %s  program %" PRIu32 "\n",
		       s->interfaces[i].name, mode_of(&s->interfaces[i]),
		       s->interfaces[i].program_id);
	for (i = 0; i < s->n_vips; i++) {
		steer_vip_text(&s->vips[i].address, s->vips[i].port, text);
		printf("vip            %s  %" PRIu64 " packets, %" PRIu64
		       " steered\n",
		       text, total(&s->vips[i].counters),
		       s->vips[i].counters.packets[QUICLB_REASON_STEERED]);
	}
	for (i = 0; i < s->n_servers && cli_output_ok(); i++) {
		const struct quicsteer_server *const server = &s->servers[i];

		quiclb_address_format(&server->address, text, sizeof(text));
		mac_text(server->mac, mac);
		printf("server         %s  %s  %s%s%s%s%s\n", text,
		       state_names[server->state], reach_names[server->reach],
		       *server->device ? "  " : "", server->device,
		       server->reach == QUICSTEER_REACH_OK ? "  " : "",
		       server->reach == QUICSTEER_REACH_OK ? mac : "");
	}
}

static void print_counters(const char *what, const char *name,
			   const struct quicsteer_counters *counters)
{
	unsigned int i;

	printf("%s %s\n", what, name);
	for (i = 0; i < QUICLB_N_REASONS; i++)
		if (counters->packets[i])
			printf("  %-15s %12" PRIu64 "  %s\n",
			       quicsteer_reason_name(i), counters->packets[i],
			       quicsteer_reason_text(i));
}

/* Beside the reasons: each of these packets has one too. */
static void print_memo(const struct quicsteer_counters *counters)
{
	if (counters->memo_hits + counters->memo_misses)
		printf("  %-15s %12" PRIu64 "  of %" PRIu64
		       " CIDs under a key\n",
		       "memo hits", counters->memo_hits,
		       counters->memo_hits + counters->memo_misses);
}

static void print_stats(const struct quicsteer_status *s)
{
	char text[64];
	size_t i;

	for (i = 0; i < s->n_vips; i++) {
		steer_vip_text(&s->vips[i].address, s->vips[i].port, text);
		print_counters("vip", text, &s->vips[i].counters);
		print_memo(&s->vips[i].counters);
	}
	for (i = 0; i < s->n_interfaces; i++)
		print_counters("interface", s->interfaces[i].name,
			       &s->interfaces[i].counters);
}

static int show(int argc, char **argv, int servers,
		void (*print)(const struct quicsteer_status *s))
{
	struct quicsteer_status *s;
	struct steer_arguments arguments;
	struct quicsteer_error error;
	int status = steer_arguments(argc, argv, STEER_TAKES_JSON, &arguments);

	if (status)
		return status;
	status = steer_result(quicsteer_status(&arguments.options, &s, &error),
			      &error);
	if (status)
		return status;
	if (arguments.json)
		print_json(s, servers);
	else
		print(s);
	quicsteer_status_free(s);
	return CLI_DONE;
}

int cmd_status(int argc, char **argv)
{
	return show(argc, argv, 1, print_status);
}

int cmd_stats(int argc, char **argv)
{
	return show(argc, argv, 0, print_stats);
}
