/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading libyang's messages: where, and which words of them are not taken
 * from the file.
 */
#ifndef QUICLB_CONFIG_EXPLAIN_H
#define QUICLB_CONFIG_EXPLAIN_H

#include <stddef.h>

#define QUICLB_PRIV_PATH_CAP 384 /* the longest has some 200 bytes */
#define QUICLB_PRIV_RULE_CAP 256
#define QUICLB_PRIV_VALUE_CAP 1024

struct quiclb_priv_place {
	/* "/quic-lb/cid-configs[name='a']/codec" */
	char data[QUICLB_PRIV_PATH_CAP];
	/* the same without what is in brackets */
	char schema[QUICLB_PRIV_PATH_CAP];
	unsigned int line; /* 0: not known */
};

/* The last message of libyang, taken apart. */
struct quiclb_priv_message {
	const char *text; /* as libyang wrote it; NULL if there is none */
	int kind;	  /* LYVE_* */
	struct quiclb_priv_place place;
	/* what is not taken from the file */
	char rule[QUICLB_PRIV_RULE_CAP];
};

struct ly_ctx;
struct quiclb_priv_load;

/* 0, or after an error QUICLB_ERR_ARG if there is no message. */
int quiclb_priv_message_read(const struct quiclb_priv_load *load,
			     const struct ly_ctx *ctx,
			     struct quiclb_priv_message *message);

/* libyang writes: Data location "PATH", line number 7.  NULL is allowed. */
void quiclb_priv_place_find(const char *text, struct quiclb_priv_place *place);

/* "/quiclb:quic-lb/..." to "/quic-lb/...". */
void quiclb_priv_path_shorten(char *path);
/* "/a[name='b']/c" to "/a/c". */
void quiclb_priv_path_generalise(char *path);

/* 1 if text begins so. */
int quiclb_priv_starts(const char *text, const char *with);
/* Cuts what is too long. */
void quiclb_priv_copy(char *to, size_t to_cap, const char *from);
/* The message without anything in quotes and without the final full stop. */
void quiclb_priv_copy_unquoted(char *to, size_t to_cap, const char *msg);
/* The first quoted part of a message, empty if there is none. */
void quiclb_priv_copy_quoted(char *to, size_t to_cap, const char *msg);

#endif /* QUICLB_CONFIG_EXPLAIN_H */
