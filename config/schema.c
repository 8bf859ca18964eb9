/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON to a tree that obeys yang/quiclb.yang, by libyang.  Nothing here knows
 * what the leaves mean.
 */
#include <stdint.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/private.h"
#include "quiclb_yang.h"

#define DEPTH_MAX 32 /* the schema needs 6; libyang recurses on depth */

/* Position of the quote that ends the string which begins at text, or NULL. */
static const char *string_end(const char *text)
{
	for (text++; *text && *text != '"'; text++) {
		if (*text == '\\' && text[1])
			text++;
	}
	return *text ? text : NULL;
}

/* Line on which JSON is nested too deep, or 0.  The syntax may be wrong. */
static unsigned int too_deep_line(const char *json)
{
	unsigned int line = 1;
	unsigned int depth = 0;

	for (; *json; json++) {
		if (*json == '\n') {
			line++;
		} else if (*json == '"') {
			json = string_end(json);
			if (!json)
				return 0;
		} else if (*json == '{' || *json == '[') {
			if (++depth > DEPTH_MAX)
				return line;
		} else if (*json == '}' || *json == ']') {
			depth -= depth > 0;
		}
	}
	return 0;
}

static void wipe_text(const char *text)
{
	/*
	 * The string belongs to libyang's dictionary, which then no longer
	 * finds it; destroying the context releases it all the same.  Stars
	 * rather than zeros: the empty string may be an entry of its own.
	 */
	const size_t len = strlen(text);

	quiclb_wipe((char *)(uintptr_t)text, len);
	memset((char *)(uintptr_t)text, '*', len);
}

void quiclb_priv_tree_wipe(struct lyd_node *tree)
{
	struct lyd_node *top;
	struct lyd_node *node;

	LY_LIST_FOR(tree, top)
	{
		LYD_TREE_DFS_BEGIN(top, node)
		{
			const char *text = NULL;

			if (!strcmp(LYD_NAME(node), "cid-key"))
				text = lyd_get_value(node);
			if (text)
				wipe_text(text);
			LYD_TREE_DFS_END(top, node)
		}
	}
}

/* libyang quotes bad values, so its messages may hold a key. */
static void wipe_errors(struct ly_ctx *ctx)
{
	const struct ly_err_item *item;

	LY_LIST_FOR(ly_err_first(ctx), item)
	{
		if (item->msg)
			quiclb_wipe(item->msg, strlen(item->msg));
	}
	ly_err_clean(ctx, NULL);
}

void quiclb_priv_tree_free(struct ly_ctx *ctx, struct lyd_node *tree)
{
	quiclb_priv_tree_wipe(tree);
	lyd_free_all(tree);
	if (ctx)
		wipe_errors(ctx);
	ly_ctx_destroy(ctx);
}

static int open_schema(const struct quiclb_priv_load *load, struct ly_ctx **ctx)
{
	LY_ERR err;

	err = ly_ctx_new(
		NULL, LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIRS, ctx);
	if (!err)
		err = lys_parse_mem(*ctx, quiclb_yang_source, LYS_IN_YANG,
				    NULL);
	if (err == LY_EMEM)
		return quiclb_priv_nomem(load);
	if (err)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"libyang refuses the YANG module");
	return 0;
}

/* What is behind the top-level object: libyang does not look at it. */
static int check_rest(const struct quiclb_priv_load *load, const char *json,
		      size_t parsed)
{
	unsigned int line = 1;
	const char *p;

	for (p = json; *p; p++) {
		if (*p == '\n')
			line++;
		if ((size_t)(p - json) < parsed)
			continue;
		if (!strchr(" \t\r\n", *p))
			return quiclb_priv_fail(load, QUICLB_ERR_ARG,
						"line %u: not valid JSON: text "
						"behind the last brace",
						line);
	}
	return 0;
}

static int parse(const struct quiclb_priv_load *load, const char *json,
		 struct ly_ctx *ctx, struct lyd_node **tree)
{
	const unsigned int deep = too_deep_line(json);
	size_t parsed = 0;
	struct ly_in *in;
	LY_ERR err;

	if (deep)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"line %u: nested too deep", deep);
	if (ly_in_new_memory(json, &in))
		return quiclb_priv_nomem(load);
	err = lyd_parse_data(ctx, NULL, in, LYD_JSON,
			     LYD_PARSE_STRICT | LYD_PARSE_ONLY, 0, tree);
	parsed = ly_in_parsed(in);
	ly_in_free(in, 0);
	if (err == LY_EMEM)
		return quiclb_priv_nomem(load);
	if (err)
		return quiclb_priv_explain_parse(load, ctx, json);
	return check_rest(load, json, parsed);
}

static int parse_and_validate(const struct quiclb_priv_load *load,
			      const char *json, struct ly_ctx *ctx,
			      struct lyd_node **tree)
{
	const int err = parse(load, json, ctx, tree);
	LY_ERR invalid;

	if (err)
		return err;
	if (!*tree)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb: there is no object "
					"\"quiclb:quic-lb\"");
	invalid = lyd_validate_all(tree, ctx, LYD_VALIDATE_PRESENT, NULL);
	if (invalid == LY_EMEM)
		return quiclb_priv_nomem(load);
	if (invalid)
		return quiclb_priv_explain_validate(load, ctx, *tree);
	return 0;
}

int quiclb_priv_tree_new(const struct quiclb_priv_load *load, const char *json,
			 struct ly_ctx **ctx, struct lyd_node **tree)
{
	int err;

	*ctx = NULL;
	*tree = NULL;
	err = open_schema(load, ctx);
	if (!err)
		err = parse_and_validate(load, json, *ctx, tree);
	if (err) {
		quiclb_priv_tree_free(*ctx, *tree);
		*ctx = NULL;
		*tree = NULL;
	}
	return err;
}
