/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See cli.h.  Keeps which command runs and whether output failed; both belong
 * to the process, so they are static.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <quiclb/wire.h>

#include "config/hex.h"
#include "tools/cli.h"

#define MESSAGE_CAP 1024 /* bytes of an error line; the rest is cut off */

static const char *program_name = "";
static const char *command_name; /* NULL before one is chosen */
static int output_errno;	 /* of the first write that failed, or 0 */

/* ----------------------------------------------------------- commands -- */

static void print_commands(const struct cli_program *program)
{
	size_t i;

	printf("usage: %s COMMAND [OPTION...] [ARGUMENT...]\n%s\n\n"
	       "Commands:\n",
	       program->name, program->summary);
	for (i = 0; i < program->n_commands; i++)
		printf("  %-10s %s\n", program->commands[i].name,
		       program->commands[i].summary);
	printf("\n"
	       "`%s COMMAND --help` explains a command; `%s --version` prints\n"
	       "the version.\n",
	       program->name, program->name);
}

static const struct cli_command *find(const struct cli_program *program,
				      const char *name)
{
	size_t i;

	for (i = 0; i < program->n_commands; i++) {
		if (!strcmp(program->commands[i].name, name))
			return &program->commands[i];
	}
	return NULL;
}

static int wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help"))
			return 1;
	}
	return 0;
}

/* Only the name of an option may be shown: its value may be a key. */
static int show_len(const char *option)
{
	return (int)strcspn(option, "=");
}

static int run(const struct cli_program *program, int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 2)
		return cli_error("no command given; see %s --help",
				 program->name);
	if (!strcmp(argv[1], "--help")) {
		print_commands(program);
		return CLI_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("%s %s\n", program->name, program->version);
		return CLI_DONE;
	}
	command = find(program, argv[1]);
	if (!command)
		return cli_error("unknown command '%.*s'; see %s --help",
				 show_len(argv[1]), argv[1], program->name);
	command_name = command->name;
	if (wants_help(argc - 1, argv + 1)) {
		fputs(command->help, stdout);
		return CLI_DONE;
	}
	return command->run(argc - 1, argv + 1);
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
	int status;

	program_name = program->name;
	status = run(program, argc, argv);
	if (cli_output_flush())
		return status;
	if (output_errno == EPIPE)
		return CLI_USAGE; /* the reader has left: nobody to tell */
	return cli_error("standard output: %s", strerror(output_errno));
}

int cli_option(int argc, char **argv, const struct option *options)
{
	const int val = getopt_long(argc, argv, ":", options, NULL);
	const char *const last = optind > 0 ? argv[optind - 1] : "";

	if (val == ':')
		cli_error("option '%.*s' needs a value", show_len(last), last);
	else if (val == '?' && optopt >= CLI_OPTION)
		cli_error("option '%.*s' takes no value", show_len(last), last);
	else if (val == '?' && optopt)
		cli_error("unknown option '-%c'", optopt);
	else if (val == '?')
		cli_error("unknown option '%.*s'", show_len(last), last);
	return val == ':' ? '?' : val;
}

/* ------------------------------------------------- errors and output -- */

static void report(const char *kind, const char *format, va_list args)
{
	char text[MESSAGE_CAP];
	char *p;

	cli_output_flush(); /* keeps the order where both go to one place */
	vsnprintf(text, sizeof(text), format, args);
	/* a control character could end the line or drive the terminal */
	for (p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	if (command_name)
		fprintf(stderr, "%s: %s: %s%s\n", program_name, command_name,
			kind, text);
	else
		fprintf(stderr, "%s: %s%s\n", program_name, kind, text);
}

int cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report("", format, args);
	va_end(args);
	return CLI_USAGE;
}

void cli_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report("warning: ", format, args);
	va_end(args);
}

int cli_worse(int a, int b)
{
	return a > b ? a : b;
}

int cli_output_ok(void)
{
	if (!ferror(stdout))
		return 1;
	if (!output_errno)
		output_errno = errno ? errno : EIO;
	return 0;
}

int cli_output_flush(void)
{
	if (cli_output_ok())
		fflush(stdout);
	return cli_output_ok();
}

/* -------------------------------------------------------------- input -- */

static int is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

int cli_line(struct cli_line *line, size_t cap)
{
	int c, any = 0;

	line->len = 0;
	line->cut = 0;
	line->number++;
	for (; (c = getchar()) != EOF && c != '\n'; any = 1) {
		if (is_blank(c) && !line->len)
			continue;
		if (line->len == cap - 1)
			line->cut = 1;
		else
			line->text[line->len++] = c ? (char)c : '?';
	}
	while (line->len && is_blank(line->text[line->len - 1]))
		line->len--;
	line->text[line->len] = '\0';
	return any || c == '\n';
}

/* ---------------------------------------------------- hex and numbers -- */

int cli_hex(const char *what, const char *text, uint8_t *out, size_t out_cap)
{
	const char *why = "";
	const int len = quiclb_hex_parse(text, out, out_cap, &why);

	if (len > 0)
		return len;
	if (len == QUICLB_ERR_SPACE)
		cli_error("%s: '%.64s': longer than %zu bytes", what, text,
			  out_cap);
	else
		cli_error("%s: '%.64s': %s", what, text, why);
	return -1;
}

void cli_hex_print(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
}

int cli_number(const char *what, const char *text, uint64_t min, uint64_t max,
	       uint64_t *value)
{
	unsigned long long number = 0;
	char *end = NULL;

	errno = 0;
	/* strtoull() itself would take blanks and a sign */
	if (text[0] >= '0' && text[0] <= '9')
		number = strtoull(text, &end, 10);
	if (!end || *end)
		return cli_error("%s: '%.64s': not a decimal number", what,
				 text);
	if (errno || number < min || number > max)
		return cli_error("%s: '%.64s': must be %" PRIu64 "..%" PRIu64,
				 what, text, min, max);
	*value = number;
	return 0;
}

/* --------------------------------------------------------------- JSON -- */

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c < 0x20)
			printf("\\u%04x", c);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void json_item(struct cli_json *json, const char *name)
{
	if (json->comma)
		putchar(',');
	json->comma = 1;
	if (name) {
		json_string(name);
		putchar(':');
	}
}

void cli_json_open(struct cli_json *json, const char *name, char bracket)
{
	json_item(json, name);
	putchar(bracket);
	json->comma = 0;
	json->depth++;
}

void cli_json_close(struct cli_json *json, char bracket)
{
	putchar(bracket);
	json->comma = --json->depth > 0;
	if (!json->depth)
		putchar('\n');
}

void cli_json_text(struct cli_json *json, const char *name, const char *text)
{
	json_item(json, name);
	if (text)
		json_string(text);
	else
		fputs("null", stdout);
}

void cli_json_hex(struct cli_json *json, const char *name, const uint8_t *bytes,
		  size_t len)
{
	json_item(json, name);
	putchar('"');
	cli_hex_print(bytes, len);
	putchar('"');
}

void cli_json_number(struct cli_json *json, const char *name, uint64_t value)
{
	json_item(json, name);
	printf("%" PRIu64, value);
}

void cli_json_real(struct cli_json *json, const char *name, double value)
{
	json_item(json, name);
	printf("%.3g", value);
}

void cli_json_bool(struct cli_json *json, const char *name, int value)
{
	json_item(json, name);
	fputs(value ? "true" : "false", stdout);
}
