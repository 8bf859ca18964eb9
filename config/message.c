/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking libyang's messages apart.  Nothing here knows what they are about.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/explain.h"
#include "config/private.h"

int quiclb_priv_starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

void quiclb_priv_copy(char *to, size_t to_cap, const char *from)
{
	snprintf(to, to_cap, "%s", from);
}

void quiclb_priv_path_shorten(char *path)
{
	static const char prefix[] = "quiclb:";
	const size_t len = sizeof(prefix) - 1;

	if (path[0] == '/' && quiclb_priv_starts(path + 1, prefix))
		memmove(path + 1, path + 1 + len, strlen(path + 1 + len) + 1);
}

void quiclb_priv_path_generalise(char *path)
{
	char *to = path;
	char quote = 0;
	int inside = 0;

	for (; *path; path++) {
		if (inside && quote)
			quote = *path == quote ? 0 : quote;
		else if (inside && (*path == '\'' || *path == '"'))
			quote = *path;
		else if (*path == '[')
			inside = 1;
		else if (inside && *path == ']')
			inside = 0;
		else if (!inside)
			*to++ = *path;
	}
	*to = '\0';
}

void quiclb_priv_place_find(const char *text, struct quiclb_priv_place *place)
{
	const char *from = text ? strchr(text, '"') : NULL;
	const char *to = text ? strrchr(text, '"') : NULL;
	const char *line = text ? strstr(text, "ine number ") : NULL;

	memset(place, 0, sizeof(*place));
	if (from && to > from) {
		snprintf(place->data, sizeof(place->data), "%.*s",
			 (int)(to - from - 1), from + 1);
		quiclb_priv_path_shorten(place->data);
	}
	quiclb_priv_copy(place->schema, sizeof(place->schema), place->data);
	quiclb_priv_path_generalise(place->schema);
	if (line)
		place->line = (unsigned int)strtoul(line + 11, NULL, 10);
}

void quiclb_priv_copy_unquoted(char *to, size_t to_cap, const char *msg)
{
	const char *from = strchr(msg, '"');
	const char *end = strrchr(msg, '"');
	int head = from ? (int)(from - msg) : (int)strlen(msg);
	size_t len;

	while (head > 0 && msg[head - 1] == ' ')
		head--;
	snprintf(to, to_cap, "%.*s%s", head, msg, end ? end + 1 : "");
	len = strlen(to);
	if (len > 0 && to[len - 1] == '.')
		to[len - 1] = '\0';
	to[0] = (char)tolower((unsigned char)to[0]);
}

void quiclb_priv_copy_quoted(char *to, size_t to_cap, const char *msg)
{
	const char *from = strchr(msg, '"');
	const char *end = from ? strchr(from + 1, '"') : NULL;

	to[0] = '\0';
	if (end)
		snprintf(to, to_cap, "%.*s", (int)(end - from - 1), from + 1);
}

int quiclb_priv_message_read(const struct quiclb_priv_load *load,
			     const struct ly_ctx *ctx,
			     struct quiclb_priv_message *message)
{
	const struct ly_err_item *item = ly_err_last(ctx);

	memset(message, 0, sizeof(*message));
	if (!item || !item->msg)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"libyang refuses it without a reason");
	message->text = item->msg;
	message->kind = (int)item->vecode;
	quiclb_priv_place_find(item->path, &message->place);
	quiclb_priv_copy_unquoted(message->rule, sizeof(message->rule),
				  item->msg);
	return 0;
}
