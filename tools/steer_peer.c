/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic-steer peer: changes one server in what is in force, and in the file.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/steer_tool.h"

const char peer_help[] =
	"usage: quic-steer peer add SERVER-ID ADDRESS [OPTION]...\n"
	"       quic-steer peer drain|down|up|del SERVER-ID [OPTION]...\n"
	"\n"
	"Changes one server without a reload: adds it, sets its state, or\n"
	"removes it.  A reload puts in force what its file says, so say it "
	"there\n"
	"too, or use --save.\n"
	"\n"
	"  --pool NAME    which pool; needs --config; if there is only one, "
	"that\n"
	"  --config FILE  the file in force\n"
	"  --save         writes FILE too; the rest of it stays as it is\n"
	"  --bpffs DIR    pin directory (default /sys/fs/bpf/quic-steer)\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 usage or bad configuration, 3 "
	"nothing\n"
	"attached.  On failure nothing has changed, unless the error says "
	"so.\n";

/* What a peer command works on. */
struct job {
	const struct steer_arguments *arguments;
	struct quiclb_change change;
	struct quiclb_deployment *deployment; /* NULL without --config */
	struct quicsteer_delta *delta;
	struct quicsteer_save *save; /* NULL without --save */
};

static int read_action(const char *word, struct quiclb_change *change)
{
	static const struct {
		const char *word;
		enum quiclb_change_kind kind;
		enum quiclb_server_state state;
	} actions[] = {
		{ "add", QUICLB_CHANGE_ADD, QUICLB_SERVER_UP },
		{ "drain", QUICLB_CHANGE_STATE, QUICLB_SERVER_DRAINING },
		{ "down", QUICLB_CHANGE_STATE, QUICLB_SERVER_DOWN },
		{ "up", QUICLB_CHANGE_STATE, QUICLB_SERVER_UP },
		{ "del", QUICLB_CHANGE_DEL, QUICLB_SERVER_UP },
	};
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(word, actions[i].word))
			continue;
		change->kind = actions[i].kind;
		change->server.state = (uint8_t)actions[i].state;
		return CLI_DONE;
	}
	return cli_error("'%.64s': must be add, drain, down, up or del", word);
}

static int read_words(const struct steer_arguments *a,
		      struct quiclb_change *change)
{
	size_t wanted;
	int len, status;

	if (!a->n_words)
		return cli_error("what to do is missing: add, drain, down, up "
				 "or del");
	status = read_action(a->words[0], change);
	if (status)
		return status;
	wanted = change->kind == QUICLB_CHANGE_ADD ? 3 : 2;
	if (a->n_words < 2)
		return cli_error("the server ID is missing");
	if (a->n_words < wanted)
		return cli_error("the server's address is missing");
	if (a->n_words > wanted)
		return cli_error("unexpected argument %s", a->words[wanted]);
	len = cli_hex("server ID", a->words[1], change->server.server_id,
		      sizeof(change->server.server_id));
	if (len < 0)
		return CLI_USAGE;
	change->server.server_id_len = (uint8_t)len;
	if (wanted == 3 &&
	    quiclb_address_parse(a->words[2], &change->server.address))
		return cli_error("address: must be an IPv4 or IPv6 address "
				 "(got %.64s)",
				 a->words[2]);
	return CLI_DONE;
}

static int read_options(const struct steer_arguments *a)
{
	if (a->pool && !a->config)
		return cli_error("--pool needs --config: the kernel knows no "
				 "names");
	if (a->save && !a->config)
		return cli_error("--save needs --config");
	return CLI_DONE;
}

/* The index of the pool that --pool names, or of the only one. */
static int find_pool(const struct job *job, size_t *pool)
{
	const struct quiclb_deployment *const d = job->deployment;
	const char *const name = job->arguments->pool;
	size_t i;

	if (!name && d->n_pools > 1)
		return cli_error("%s: there are several pools: --pool says "
				 "which",
				 job->arguments->config);
	for (i = 0; i < d->n_pools; i++) {
		if (name && strcmp(name, d->pools[i].name))
			continue;
		*pool = i;
		return CLI_DONE;
	}
	return cli_error("%s: /quic-lb/server-pool: no server-pool has this "
			 "name (got %.64s)",
			 job->arguments->config, name);
}

/* Reads the file, and makes sure that it is the one in force. */
static int read_file(struct job *job)
{
	const char *const path = job->arguments->config;
	struct quiclb_deployment_error why;
	struct quicsteer_error error;
	int status;

	if (job->arguments->save) {
		status = steer_result(
			quicsteer_save_open(path, &job->save, &error), &error);
		if (status)
			return status;
	}
	if (quiclb_deployment_load(path, &job->deployment, &why))
		return cli_error("%s", why.text);
	status = find_pool(job, &job->change.pool);
	if (status)
		return status;
	status = quicsteer_delta_check(job->delta, job->deployment, &error);
	if (status)
		cli_error("%s: %s", path, error.text);
	return status;
}

/* Whether a reload of the new file would be accepted here. */
static int check_after(const struct job *job, struct quiclb_deployment *after)
{
	struct quicsteer_error error;
	int status = quicsteer_delta_check(job->delta, after, &error);

	if (!status)
		status = quicsteer_find_local(after, &error);
	if (status)
		cli_error("%s: %s", job->arguments->config, error.text);
	return status;
}

/* Writes the changed file beside the old one. */
static int write_beside(struct job *job)
{
	struct quiclb_deployment_error why;
	struct quiclb_deployment *after;
	struct quicsteer_error error;
	char *text;
	size_t len;
	const int changed =
		quiclb_change_text(job->arguments->config, job->deployment,
				   &job->change, &after, &text, &len, &why);
	int status;

	if (changed < 0)
		return cli_error("%s", why.text);
	if (!changed)
		return CLI_DONE;
	status = check_after(job, after);
	if (!status)
		status = steer_result(
			quicsteer_save_write(job->save, text, len, &error),
			&error);
	quiclb_deployment_free(after);
	quiclb_wipe(text, len);
	free(text);
	return status;
}

/* The file is ready before the kernel changes; then only a rename is left. */
static int run_job(struct job *job)
{
	struct quicsteer_server host;
	struct quicsteer_error error;
	int status = CLI_DONE;

	if (job->arguments->config)
		status = read_file(job);
	if (!status && job->save)
		status = write_beside(job);
	if (!status)
		status = steer_result(quicsteer_delta_apply(job->delta,
							    &job->change, &host,
							    &error),
				      &error);
	if (!status && job->save)
		status = steer_result(quicsteer_save_commit(job->save, &error),
				      &error);
	if (!status && job->change.kind == QUICLB_CHANGE_ADD)
		steer_warn_server(&host);
	return status;
}

int cmd_peer(int argc, char **argv)
{
	struct job job = { .change = { .pool = QUICLB_CHANGE_ONLY_POOL } };
	struct steer_arguments arguments;
	struct quicsteer_error error;
	int status = steer_arguments(
		argc, argv, STEER_TAKES_CONFIG | STEER_TAKES_PEER, &arguments);

	job.arguments = &arguments;
	if (!status)
		status = read_words(&arguments, &job.change);
	if (!status)
		status = read_options(&arguments);
	if (status)
		return status;
	status = steer_result(
		quicsteer_delta_open(&arguments.options, &job.delta, &error),
		&error);
	if (status)
		return status;
	status = run_job(&job);
	quicsteer_save_close(job.save);
	quicsteer_delta_close(job.delta);
	quiclb_deployment_free(job.deployment);
	return status;
}
