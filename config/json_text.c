/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See json_text.h.  What is not valid ends a walk early; it never leads behind
 * the final zero.
 */
#include <string.h>

#include "config/json_text.h"

#define PREFIX "quiclb:"

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* Behind the string that begins at p. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
	}
	return *p ? p + 1 : p;
}

/* Behind the array or object that begins at p. */
static const char *skip_brackets(const char *p)
{
	size_t depth = 0;

	while (*p) {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
		if (!depth)
			break;
	}
	return p;
}

static const char *skip_value(const char *p)
{
	if (*p == '"')
		return skip_string(p);
	if (*p == '{' || *p == '[')
		return skip_brackets(p);
	return p + strcspn(p, ",]} \t\r\n");
}

/* Where the next item begins, or NULL. */
static const char *next_item(const char *p)
{
	if (*p == '{' || *p == '[' || *p == ',')
		p++;
	p = skip_blanks(p);
	return *p && *p != '}' && *p != ']' ? p : NULL;
}

int quiclb_priv_next_element(const char **p, struct quiclb_priv_span *element)
{
	const char *const start = next_item(*p);

	if (!start)
		return 0;
	element->start = start;
	element->end = skip_value(start);
	*p = skip_blanks(element->end);
	return element->end != start;
}

int quiclb_priv_next_member(const char **p, struct quiclb_priv_member *member)
{
	const char *const start = next_item(*p);

	if (!start || *start != '"')
		return 0;
	member->name.start = start;
	member->name.end = skip_string(start);
	*p = skip_blanks(member->name.end);
	if (**p != ':')
		return 0;
	member->value.start = skip_blanks(*p + 1);
	member->value.end = skip_value(member->value.start);
	*p = skip_blanks(member->value.end);
	return 1;
}

int quiclb_priv_is_string(struct quiclb_priv_span value, const char *text)
{
	const size_t len = strlen(text);

	return (size_t)(value.end - value.start) == len + 2 &&
	       *value.start == '"' && !memcmp(value.start + 1, text, len);
}

/* RFC 7951 allows the module's name before each member. */
static struct quiclb_priv_span without_prefix(struct quiclb_priv_span name)
{
	const size_t len = strlen(PREFIX);

	if ((size_t)(name.end - name.start) > len + 2 &&
	    !memcmp(name.start + 1, PREFIX, len))
		name.start += len;
	return name;
}

static int is_name(struct quiclb_priv_span name, const char *text)
{
	const size_t len = strlen(text);

	name = without_prefix(name);
	return (size_t)(name.end - name.start) == len + 2 &&
	       !memcmp(name.start + 1, text, len);
}

int quiclb_priv_find_member(struct quiclb_priv_span object, const char *name,
			    struct quiclb_priv_member *member)
{
	const char *p = object.start;

	if (*p != '{')
		return 0;
	while (quiclb_priv_next_member(&p, member))
		if (is_name(member->name, name))
			return 1;
	return 0;
}
