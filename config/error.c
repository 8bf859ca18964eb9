/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place where error texts are written.  Whatever a text quotes, no
 * line break and nothing that looks like a key gets past here.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/private.h"

#define NAME_SHOWN_MAX 200 /* bytes: its end; leaves room for the rule */

static int is_hex(char c)
{
	return isxdigit((unsigned char)c) != 0;
}

/* Bytes of the hex digits at text, if they are enough for a key; else 0. */
static size_t plain_key_len(const char *text)
{
	size_t len = 0;

	while (is_hex(text[len]))
		len++;
	return len >= 2 * QUICLB_KEY_BYTES ? len : 0;
}

/*
 * The same for pairs with a colon between any two.  An IPv6 address has groups
 * of up to four digits, so it is never taken for a key.
 */
static size_t colon_key_len(const char *text)
{
	size_t n_pairs = 0;
	size_t len = 0;

	while (is_hex(text[len]) && is_hex(text[len + 1])) {
		n_pairs++;
		len += 2;
		if (text[len] != ':')
			break;
		len++;
	}
	return n_pairs >= QUICLB_KEY_BYTES ? len : 0;
}

/* A key may stand in the wrong leaf, or be taken for the name of one. */
static void withhold_keys(char *text)
{
	char *p = text;

	while (*p) {
		size_t len = plain_key_len(p);

		if (len == 0)
			len = colon_key_len(p);
		if (len == 0) {
			p++;
			continue;
		}
		memset(p, '*', len);
		p += len;
	}
}

static void blank_controls(char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			*text = '?';
	}
}

static void join(struct quiclb_deployment_error *error, const char *name,
		 const char *rest)
{
	const size_t cap = sizeof(error->text);
	size_t name_len = strlen(name);
	size_t rest_len = strlen(rest);
	size_t len;

	if (name_len > NAME_SHOWN_MAX) {
		name += name_len - NAME_SHOWN_MAX;
		name_len = NAME_SHOWN_MAX;
	}
	memcpy(error->text, name, name_len);
	len = name_len;
	error->text[len++] = ':';
	error->text[len++] = ' ';
	/* The end may be cut: a quoted value comes last in every format. */
	if (rest_len > cap - len - 1)
		rest_len = cap - len - 1;
	memcpy(error->text + len, rest, rest_len);
	error->text[len + rest_len] = '\0';
}

int quiclb_priv_fail(const struct quiclb_priv_load *load, int code,
		     const char *format, ...)
{
	/* Longer than the result: a key must not be cut before it is seen. */
	char rest[4 * sizeof(load->error->text)];
	va_list args;

	if (!load->error)
		return code;
	va_start(args, format);
	vsnprintf(rest, sizeof(rest), format, args);
	va_end(args);
	withhold_keys(rest);
	join(load->error, load->name, rest);
	blank_controls(load->error->text);
	quiclb_wipe(rest, sizeof(rest));
	return code;
}

int quiclb_priv_nomem(const struct quiclb_priv_load *load)
{
	return quiclb_priv_fail(load, QUICLB_ERR_NOMEM, "%s",
				quiclb_strerror(QUICLB_ERR_NOMEM));
}
