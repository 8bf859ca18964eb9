/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command line and its standard input from one text, and standard streams in
 * memory.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stddef.h>

#define ARGUMENTS_MAX 16

struct arguments {
	char *argv[ARGUMENTS_MAX + 1]; /* NULL behind the last */
	int argc;
	const char *input;
	size_t input_len;
	size_t n_lines; /* in input */
	int has_key;	/* 1: --key has the key of fuzz.h */
	int has_help;
};

/*
 * 1, or 0 if there are too many, none, or one that names a file, asks for
 * output without a bound, or measures.  In both cases to arguments_free().
 */
int arguments_take(struct arguments *a, const char *text, size_t len);
void arguments_free(struct arguments *a);

/* out and err: what was written, after arguments_restore(); to free(). */
void arguments_redirect(const struct arguments *a, char **out, char **err);
void arguments_restore(void);

#endif /* ARGUMENTS_H */
