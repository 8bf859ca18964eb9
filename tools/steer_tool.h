/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of quic-steer share: the options every command has, and
 * printing of counters.
 */
#ifndef STEER_TOOL_H
#define STEER_TOOL_H

#include "steer/quicsteer.h"
#include "tools/cli.h"

#define STEER_CAP_WORDS 4

/* The arguments of a command, read by steer_arguments(). */
struct steer_arguments {
	struct quicsteer_options options;
	const char *interfaces[QUICSTEER_CAP_INTERFACES];
	const char *config; /* NULL: not given */
	const char *frame;  /* explain: hex */
	const char *pool;   /* NULL: not given */
	const char *words[STEER_CAP_WORDS];
	size_t n_words;
	int save;
	int json;
};

/* Which options a command takes, beside --bpffs. */
#define STEER_TAKES_CONFIG 0x1u	    /* --config, required */
#define STEER_TAKES_INTERFACE 0x2u  /* --interface */
#define STEER_TAKES_MODE 0x4u	    /* --mode, --no-nic-check */
#define STEER_TAKES_JSON 0x8u	    /* --json */
#define STEER_TAKES_FRAME 0x10u	    /* one argument */
#define STEER_NEEDS_INTERFACE 0x20u /* at least one */
#define STEER_TAKES_PEER 0x40u /* --pool, --save, words; --config optional */

/* Returns CLI_DONE, or the exit status after an error was printed. */
int steer_arguments(int argc, char **argv, unsigned int takes,
		    struct steer_arguments *arguments);

/* Loads the file and finds this host in it; returns an exit status. */
int steer_deployment(const struct steer_arguments *arguments,
		     struct quiclb_deployment **deployment);

/* Prints the error unless result is QUICSTEER_DONE; returns the exit status. */
int steer_result(int result, const struct quicsteer_error *error);

/* A warning if packets cannot be sent on to it. */
void steer_warn_server(const struct quicsteer_server *server);
/* One warning a server that packets cannot be sent on to, and on tunnels. */
void steer_warn_unreachable(const struct steer_arguments *arguments);

/* "192.0.2.1:443" or "[2001:db8::1]:443"; text has at least 64 bytes. */
void steer_vip_text(const struct quiclb_address *address, uint16_t port,
		    char *text);

int cmd_up(int argc, char **argv);
int cmd_down(int argc, char **argv);
int cmd_upgrade(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_peer(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_explain(int argc, char **argv);

extern const char up_help[], down_help[], reload_help[], run_help[],
	upgrade_help[], peer_help[], status_help[], stats_help[],
	explain_help[];

#endif /* STEER_TOOL_H */
