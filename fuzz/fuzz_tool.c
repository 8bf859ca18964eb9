/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of quiclb, whole: exit status 0, 1 or 2, complete lines on
 * both outputs, errors that name the program, one answer for each line of
 * conform, no key.  Input: arguments, one a line, an empty line, standard
 * input.
 */
#include "arguments.h"
#include "fuzz.h"
#include "tools/cli.h"

/* tools/quiclb.c has main() by this name */
int quiclb_main(int argc, char **argv);

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void must_be_lines(const char *text, const char *with)
{
	const size_t len = strlen(text);

	FUZZ_MUST(!len || text[len - 1] == '\n');
	for (; *text; text = strchr(text, '\n') + 1)
		FUZZ_MUST(!strncmp(text, with, strlen(with)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const text = fuzz_text(data, size);
	struct arguments a;
	char *out, *err;
	int status;

	if (arguments_take(&a, text, size)) {
		arguments_redirect(&a, &out, &err);
		fuzz_random_start(0);
		status = quiclb_main(a.argc, a.argv);
		arguments_restore();
		FUZZ_MUST(status == CLI_DONE || status == CLI_NO ||
			  status == CLI_USAGE);
		FUZZ_MUST(lines(err) || status != CLI_USAGE);
		must_be_lines(err, "quiclb: ");
		must_be_lines(out, "");
		if (!strcmp(a.argv[1], "conform") && status == CLI_DONE)
			FUZZ_MUST(a.has_help || lines(out) == a.n_lines);
		FUZZ_MUST(!a.has_key || !fuzz_leaks(out, text, size));
		FUZZ_MUST(!a.has_key || !fuzz_leaks(err, text, size));
		free(out);
		free(err);
	}
	arguments_free(&a);
	free(text);
	return 0;
}
