/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a whole file of bounded size without leaving a copy behind: a file
 * here may hold a key, so no stdio and no realloc.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/private.h"

#define PIPE_CAP 65536 /* bytes; first guess for what has no size */

void quiclb_priv_text_free(struct quiclb_priv_text *text)
{
	if (text->bytes)
		quiclb_wipe(text->bytes, text->cap);
	free(text->bytes);
	memset(text, 0, sizeof(*text));
}

static int grow(struct quiclb_priv_text *text, size_t cap)
{
	char *bytes = malloc(cap);

	if (!bytes)
		return QUICLB_ERR_NOMEM;
	if (text->bytes) {
		memcpy(bytes, text->bytes, text->len);
		quiclb_wipe(text->bytes, text->cap);
		free(text->bytes);
	}
	text->bytes = bytes;
	text->cap = cap;
	return 0;
}

static int fail_errno(char *why, const char *what)
{
	snprintf(why, QUICLB_PRIV_WHY_CAP, "cannot %s: %s", what,
		 strerror(errno));
	return QUICLB_ERR_ARG;
}

static int fail_size(char *why, size_t max_len)
{
	snprintf(why, QUICLB_PRIV_WHY_CAP, "is longer than %zu bytes", max_len);
	return QUICLB_ERR_ARG;
}

static int read_all(int fd, size_t max_len, struct quiclb_priv_text *text,
		    char *why)
{
	for (;;) {
		ssize_t n;

		/* One byte stays free for the final zero. */
		if (text->len + 1 >= text->cap && grow(text, 2 * text->cap))
			return QUICLB_ERR_NOMEM;
		n = read(fd, text->bytes + text->len,
			 text->cap - text->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(why, "read");
		if (n == 0)
			break;
		text->len += (size_t)n;
		if (text->len > max_len)
			return fail_size(why, max_len);
	}
	text->bytes[text->len] = '\0';
	return 0;
}

static int read_open(int fd, size_t max_len, struct quiclb_priv_text *text,
		     char *why)
{
	size_t cap = PIPE_CAP;
	struct stat st;

	if (fstat(fd, &st))
		return fail_errno(why, "read");
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		snprintf(why, QUICLB_PRIV_WHY_CAP,
			 "is neither a regular file nor a pipe");
		return QUICLB_ERR_ARG;
	}
	if (S_ISREG(st.st_mode)) {
		if ((uintmax_t)st.st_size > max_len)
			return fail_size(why, max_len);
		/* A byte more than the size, to meet the end of the file. */
		cap = (size_t)st.st_size + 2;
	}
	if (grow(text, cap))
		return QUICLB_ERR_NOMEM;
	return read_all(fd, max_len, text, why);
}

int quiclb_priv_text_read(const char *path, size_t max_len,
			  struct quiclb_priv_text *text, char *why)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err;

	memset(text, 0, sizeof(*text));
	snprintf(why, QUICLB_PRIV_WHY_CAP, "%s",
		 quiclb_strerror(QUICLB_ERR_NOMEM));
	if (fd < 0)
		return fail_errno(why, "open");
	err = read_open(fd, max_len, text, why);
	close(fd);
	if (err)
		quiclb_priv_text_free(text);
	return err;
}
