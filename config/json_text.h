/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the parts of a JSON text are, so that one can be replaced and the rest
 * stays as it is.  The text has been found valid; zero-terminated.
 */
#ifndef QUICLB_JSON_TEXT_H
#define QUICLB_JSON_TEXT_H

#include <stddef.h>

/* A value, or a member or element with the name before it. */
struct quiclb_priv_span {
	const char *start;
	const char *end; /* one behind */
};

/* A member of an object. */
struct quiclb_priv_member {
	struct quiclb_priv_span name; /* with its quotes */
	struct quiclb_priv_span value;
};

/*
 * The next element of an array or member of an object.  *p: its bracket at
 * first, then where the last call left it.  0 behind the last one.
 */
int quiclb_priv_next_element(const char **p, struct quiclb_priv_span *element);
int quiclb_priv_next_member(const char **p, struct quiclb_priv_member *member);

/* The member of this name, with or without our prefix.  0 if there is none. */
int quiclb_priv_find_member(struct quiclb_priv_span object, const char *name,
			    struct quiclb_priv_member *member);

/* Whether a string without escapes is these characters. */
int quiclb_priv_is_string(struct quiclb_priv_span value, const char *text);

#endif /* QUICLB_JSON_TEXT_H */
