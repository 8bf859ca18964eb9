/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See arguments.h.
 */
#define _GNU_SOURCE

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "fuzz.h"

/* Every option but --config and --key-file, which name files, and --count. */
static const char *const allowed[] = {
	"--all",	"--codec=",	    "--config-rotation=",
	"--help",	"--encode-length",  "--first-octet=",
	"--json",	"--key=",	    "--nonce-len=",
	"--nonce=",	"--rotation-bits=", "--server-id-len=",
	"--server-id=", "--server-use=",    "--uncounted=",
	"--version",	"--vip=",	    "--worker-len=",
	"--worker=",
};

static int is_allowed(const char *argument)
{
	size_t i;

	if (argument[0] != '-' || !argument[1])
		return 1;
	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (!strncmp(argument, allowed[i], strlen(allowed[i])))
			return 1;
	return 0;
}

int arguments_take(struct arguments *a, const char *text, size_t len)
{
	const char *const end = text + len;
	const char *at = text;

	memset(a, 0, sizeof(*a));
	a->argv[a->argc++] = fuzz_text("quiclb", 6);
	while (at < end && *at != '\n') {
		const size_t n = strcspn(at, "\n");

		if (a->argc == ARGUMENTS_MAX || at[n] != '\n')
			return 0;
		a->argv[a->argc++] = fuzz_text(at, n);
		if (!is_allowed(a->argv[a->argc - 1]))
			return 0;
		a->has_help |= !strcmp(a->argv[a->argc - 1], "--help");
		a->has_key |= !strcmp(a->argv[a->argc - 1], "--key=" FUZZ_KEY);
		at += n + 1;
	}
	a->input = at < end ? at + 1 : end;
	a->input_len = (size_t)(end - a->input);
	for (at = a->input; at < end; at++)
		a->n_lines += *at == '\n';
	a->n_lines += a->input_len && end[-1] != '\n';
	/* ten seconds of measuring say nothing here */
	return a->argc > 1 && (strcmp(a->argv[1], "bench") || a->has_help);
}

void arguments_free(struct arguments *a)
{
	int i;

	for (i = 0; i < a->argc; i++)
		free(a->argv[i]);
}

/* glibc lets programs replace their standard streams. */
static FILE *kept[3];

void arguments_redirect(const struct arguments *a, char **out, char **err)
{
	static size_t out_len, err_len;

	kept[0] = stdin;
	kept[1] = stdout;
	kept[2] = stderr;
	stdin = fmemopen((void *)(uintptr_t)a->input, a->input_len, "r");
	stdout = open_memstream(out, &out_len);
	stderr = open_memstream(err, &err_len);
	FUZZ_MUST(stdin && stdout && stderr);
	optind = 0; /* glibc: getopt_long() starts anew */
}

void arguments_restore(void)
{
	fclose(stdin);
	fclose(stdout);
	fclose(stderr);
	stdin = kept[0];
	stdout = kept[1];
	stderr = kept[2];
}
