/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic-steer run: maintains what `up` made, until it is told to stop.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/steer_tool.h"

#define INTERVAL_S 1

const char run_help[] =
	"usage: quic-steer run [--bpffs DIR]\n"
	"\n"
	"Every second, puts right what the network has undone since `up`:\n"
	"neighbour entries of the servers, MAC addresses of peers, forwarding "
	"of\n"
	"lo.  Stops on SIGTERM or SIGINT.  Steering goes on without it; a "
	"lost\n"
	"carrier or a flushed neighbour table then needs a `reload`.\n"
	"\n"
	"Exit status: 0 stopped by a signal, 1 refused, 2 usage, 3 nothing\n"
	"attached.\n";

/* Says each trouble once, not every second. */
static void tell(const struct quicsteer_error *error, char *last,
		 size_t last_cap)
{
	if (!strcmp(error->text, last))
		return;
	cli_warning("%s", error->text);
	snprintf(last, last_cap, "%s", error->text);
}

int cmd_run(int argc, char **argv)
{
	const struct timespec interval = { .tv_sec = INTERVAL_S };
	struct steer_arguments arguments;
	struct quicsteer_error error = { "" };
	char last[sizeof(error.text)] = "";
	sigset_t stop;
	int status = steer_arguments(argc, argv, 0, &arguments);

	if (status)
		return status;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	do {
		status = quicsteer_maintain(&arguments.options, &error);
		if (status == QUICSTEER_NOT_ATTACHED)
			return steer_result(status, &error);
		if (status)
			tell(&error, last, sizeof(last));
		else
			last[0] = 0;
	} while (sigtimedwait(&stop, NULL, &interval) < 0);
	return CLI_DONE;
}
