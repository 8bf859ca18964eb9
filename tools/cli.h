/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command line tools share: commands and their options, exit
 * statuses, errors of one line, hex and numbers from text, JSON.  It knows
 * nothing of QUIC.
 */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#if defined(__GNUC__) || defined(__clang__)
#define CLI_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define CLI_PRINTF
#endif

/* Exit statuses. */
enum cli_status {
	CLI_DONE = 0,
	CLI_NO = 1,	      /* unroutable; a check says no */
	CLI_USAGE = 2,	      /* usage, bad input, or output not written */
	CLI_NOT_ATTACHED = 3, /* no program is attached */
	CLI_OCCUPIED = 4,     /* someone else's program is attached */
};

/* ----------------------------------------------------------- commands -- */

struct cli_command {
	const char *name;
	const char *summary;		   /* in the list of commands */
	const char *help;		   /* what --help prints */
	int (*run)(int argc, char **argv); /* argv[0]: the command's name */
};

struct cli_program {
	const char *name;
	const char *summary;
	const char *version;
	const struct cli_command *commands;
	size_t n_commands;
};

/*
 * Runs the command that argv names, or prints help or version.  Returns the
 * exit status: the command's, but CLI_USAGE if output could not be written.
 */
int cli_main(const struct cli_program *program, int argc, char **argv);

/*
 * The next option: its val, -1 behind the last one, or '?' after an error was
 * printed.  Give every option a val of CLI_OPTION or more.
 */
#define CLI_OPTION 256
int cli_option(int argc, char **argv, const struct option *options);

/* ------------------------------------------------- errors and output -- */

/*
 * Prints "PROGRAM: COMMAND: ..." as one line on standard error, whatever the
 * arguments hold.  Returns CLI_USAGE.
 */
int cli_error(const char *format, ...) CLI_PRINTF;
/* The same with "warning: " before the text. */
void cli_warning(const char *format, ...) CLI_PRINTF;

/* The worse of two exit statuses, for commands that go on after an error. */
int cli_worse(int a, int b);

/*
 * 1 as long as standard output takes what is written, else 0.  Ask in every
 * loop that prints without a bound; cli_main() reports the failure.
 */
int cli_output_ok(void);
/* The same after passing on what is in the buffer. */
int cli_output_flush(void);

/* -------------------------------------------------------------- input -- */

#define CLI_LINE_CAP 1025 /* bytes, with the final zero */

/* A line of standard input.  Start from zero. */
struct cli_line {
	uint64_t number; /* from 1 */
	size_t len;	 /* without the blanks around it */
	int cut;	 /* 1: there was more than fits */
	char text[CLI_LINE_CAP];
};

/*
 * The next line, of which at most cap - 1 bytes are kept; a zero byte becomes
 * '?', so that it hides nothing.  Returns 1, or 0 at the end of the input.
 */
int cli_line(struct cli_line *line, size_t cap);

/* ---------------------------------------------------- hex and numbers -- */

/*
 * Bytes of hex digits, colons allowed between bytes.  Returns how many, 1 to
 * out_cap, or -1 after an error that starts with what and quotes the text.
 */
int cli_hex(const char *what, const char *text, uint8_t *out, size_t out_cap);

/* Lower case, without colons. */
void cli_hex_print(const uint8_t *bytes, size_t len);

/*
 * A decimal number: digits only.  Returns 0, or CLI_USAGE after an error that
 * starts with what; value is written only on success.
 */
int cli_number(const char *what, const char *text, uint64_t min, uint64_t max,
	       uint64_t *value);

/* --------------------------------------------------------------- JSON -- */

/* One JSON value on standard output, ended by a newline.  Start from zero. */
struct cli_json {
	int depth;
	int comma; /* 1: the next item needs one before it */
};

/* name is NULL in an array and at the top; bracket is one of {[ or }]. */
void cli_json_open(struct cli_json *json, const char *name, char bracket);
void cli_json_close(struct cli_json *json, char bracket);
/* text may be NULL: prints null. */
void cli_json_text(struct cli_json *json, const char *name, const char *text);
void cli_json_hex(struct cli_json *json, const char *name, const uint8_t *bytes,
		  size_t len);
void cli_json_number(struct cli_json *json, const char *name, uint64_t value);
void cli_json_real(struct cli_json *json, const char *name, double value);
void cli_json_bool(struct cli_json *json, const char *name, int value);

#endif /* CLI_H */
