/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libyang says while it reads, in our words: path, rule, value.  It
 * quotes libyang only after dropping what libyang quotes from the file.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/explain.h"
#include "config/private.h"

/* ---------------------------------------------------- a value is wrong -- */

/* Those of the schema. */
static int is_number(LY_DATA_TYPE type)
{
	return type == LY_TYPE_UINT8 || type == LY_TYPE_UINT16 ||
	       type == LY_TYPE_UINT32;
}

static const char *encoding_rule(LY_DATA_TYPE type)
{
	if (is_number(type))
		return "must be a JSON number";
	return type == LY_TYPE_BOOL ? "must be true or false"
				    : "must be a JSON string";
}

static void enum_rule(char *rule, const struct lysc_type_enum *type)
{
	const LY_ARRAY_COUNT_TYPE n = LY_ARRAY_COUNT(type->enums);
	size_t len = 0;
	LY_ARRAY_COUNT_TYPE i;

	for (i = 0; i < n && len < QUICLB_PRIV_RULE_CAP; i++)
		len += (size_t)snprintf(rule + len, QUICLB_PRIV_RULE_CAP - len,
					"%s%s",
					i == 0	     ? "must be "
					: i + 1 == n ? " or "
						     : ", ",
					type->enums[i].name);
}

/* Our unions are of addresses, prefixes, or both; those have patterns. */
static const char *union_rule(const struct lysc_type *type)
{
	const struct lysc_type_union *all =
		(const struct lysc_type_union *)type;
	LY_ARRAY_COUNT_TYPE i;
	int prefixes = 0, addresses = 0;

	LY_ARRAY_FOR(all->types, i)
	{
		const struct lysc_type_str *one =
			(const struct lysc_type_str *)all->types[i];

		if (one->patterns && strchr(one->patterns[0]->expr, '/'))
			prefixes = 1;
		else
			addresses = 1;
	}
	return !prefixes    ? "must be an IPv4 or IPv6 address"
	       : !addresses ? "must be an IPv4 or IPv6 prefix"
			    : "must be an IPv4 or IPv6 address or prefix";
}

/* QUICLB_PRIV_RULE_CAP bytes at rule. */
static void leaf_rule(char *rule, const struct lysc_type *type, const char *msg)
{
	const struct lysc_type_num *num = (const struct lysc_type_num *)type;

	/* Texts of quiclb.yang begin with a small letter, libyang's do not. */
	if (islower((unsigned char)msg[0]))
		quiclb_priv_copy(rule, QUICLB_PRIV_RULE_CAP, msg);
	else if (quiclb_priv_starts(msg, "Invalid non-"))
		quiclb_priv_copy(rule, QUICLB_PRIV_RULE_CAP,
				 encoding_rule(type->basetype));
	else if (type->basetype == LY_TYPE_UNION)
		quiclb_priv_copy(rule, QUICLB_PRIV_RULE_CAP, union_rule(type));
	else if (type->basetype == LY_TYPE_ENUM)
		enum_rule(rule, (const struct lysc_type_enum *)type);
	else if (is_number(type->basetype) && num->range && num->range->emsg)
		quiclb_priv_copy(rule, QUICLB_PRIV_RULE_CAP, num->range->emsg);
	else
		quiclb_priv_copy_unquoted(rule, QUICLB_PRIV_RULE_CAP, msg);
}

static int is_at(const struct lyd_node *node, const char *schema_path)
{
	char found[QUICLB_PRIV_PATH_CAP];
	char *path = lyd_path(node, LYD_PATH_STD, NULL, 0);

	if (!path)
		return 0;
	quiclb_priv_copy(found, sizeof(found), path);
	free(path);
	quiclb_priv_path_shorten(found);
	quiclb_priv_path_generalise(found);
	return !strcmp(found, schema_path);
}

/*
 * The value at a schema path that the schema refuses: libyang stopped at the
 * first one, and a node it cannot type is one without a schema.
 */
static void copy_refused(char *value, const struct lyd_node *tree,
			 const char *schema_path)
{
	const struct lyd_node *top;
	const struct lyd_node *node;

	LY_LIST_FOR(tree, top)
	{
		LYD_TREE_DFS_BEGIN(top, node)
		{
			if (!node->schema && is_at(node, schema_path)) {
				quiclb_priv_copy(value, QUICLB_PRIV_VALUE_CAP,
						 lyd_get_value(node));
				return;
			}
			LYD_TREE_DFS_END(top, node)
		}
	}
}

/* Reads the text once more, keeping what is wrong, to quote it. */
static void find_refused(char *value, const struct ly_ctx *ctx,
			 const char *json, const char *schema_path)
{
	struct lyd_node *tree = NULL;

	value[0] = '\0';
	if (lyd_parse_data_mem(ctx, json, LYD_JSON,
			       LYD_PARSE_OPAQ | LYD_PARSE_ONLY, 0, &tree))
		return;
	copy_refused(value, tree, schema_path);
	quiclb_priv_tree_wipe(tree);
	lyd_free_all(tree);
}

static const struct lysc_node_leaf *find_leaf(const struct ly_ctx *ctx,
					      const char *schema_path)
{
	const struct lysc_node *node;
	char path[QUICLB_PRIV_PATH_CAP + 16];

	if (!quiclb_priv_starts(schema_path, "/quic-lb/"))
		return NULL;
	snprintf(path, sizeof(path), "/quiclb:%s", schema_path + 1);
	node = lys_find_path(ctx, NULL, path, 0);
	if (!node || !(node->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
		return NULL;
	return (const struct lysc_node_leaf *)node;
}

/* In libyang's words: there are none of ours for this one. */
static int explain_rest(const struct quiclb_priv_load *load,
			const struct quiclb_priv_place *place, const char *msg)
{
	char rule[QUICLB_PRIV_RULE_CAP];

	quiclb_priv_copy_unquoted(rule, sizeof(rule), msg);
	return quiclb_priv_fail(load, QUICLB_ERR_ARG, "line %u: %s: %s",
				place->line, place->data[0] ? place->data : "/",
				rule);
}

static int explain_value(const struct quiclb_priv_load *load,
			 const struct ly_ctx *ctx, const char *json,
			 const struct quiclb_priv_place *place, const char *msg)
{
	const struct lysc_node_leaf *leaf = find_leaf(ctx, place->schema);
	char value[QUICLB_PRIV_VALUE_CAP] = "";
	char rule[QUICLB_PRIV_RULE_CAP] = "";

	if (!leaf)
		return explain_rest(load, place, msg);
	leaf_rule(rule, leaf->type, msg);
	/* What is wrong with a value of the wrong kind is not its text. */
	if (strcmp(leaf->name, "cid-key") &&
	    !quiclb_priv_starts(msg, "Invalid non-"))
		find_refused(value, ctx, json, place->schema);
	if (value[0] == '\0')
		return quiclb_priv_fail(load, QUICLB_ERR_ARG, "%s: %s",
					place->data, rule);
	return quiclb_priv_fail(load, QUICLB_ERR_ARG, "%s: %s (got %s)",
				place->data, rule, value);
}

/* --------------------------------------- the text, or a name, is wrong -- */

/* libyang writes: Node "x" not found as a child of "y" node. */
static int explain_name(const struct quiclb_priv_load *load,
			const struct quiclb_priv_place *place, const char *msg,
			const char *rule)
{
	char name[QUICLB_PRIV_RULE_CAP];

	quiclb_priv_copy_quoted(name, sizeof(name), msg);
	return quiclb_priv_fail(load, QUICLB_ERR_ARG, "line %u: %s/%s: %s",
				place->line, place->data, name, rule);
}

/*
 * libyang writes: The list "x" is expected to be represented as JSON name/array
 * of objects, but input data contains name/object.  Of a leaf it says less.
 */
static int explain_kind(const struct quiclb_priv_load *load,
			const struct ly_ctx *ctx,
			const struct quiclb_priv_place *place, const char *msg)
{
	static const char mark[] = "represented as JSON name/";
	const struct lysc_node_leaf *leaf = find_leaf(ctx, place->schema);
	const char *kind = strstr(msg, mark);
	char rule[QUICLB_PRIV_RULE_CAP];

	if (strstr(msg, "LY_NUMBER_MAXLEN"))
		msg = "a number has too many digits";
	if (kind) {
		kind += sizeof(mark) - 1;
		snprintf(rule, sizeof(rule), "must be a JSON %.*s",
			 (int)strcspn(kind, ","), kind);
		return explain_name(load, place, msg, rule);
	}
	return explain_rest(load, place,
			    leaf ? encoding_rule(leaf->type->basetype) : msg);
}

int quiclb_priv_explain_parse(const struct quiclb_priv_load *load,
			      const struct ly_ctx *ctx, const char *json)
{
	struct quiclb_priv_message message;
	const struct quiclb_priv_place *const place = &message.place;
	const int err = quiclb_priv_message_read(load, ctx, &message);

	if (err)
		return err;
	if (strstr(message.text, "must be namespace-qualified"))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"line %u: the top-level object must be "
					"named \"quiclb:quic-lb\"",
					place->line);
	if (quiclb_priv_starts(message.text, "List instance is missing its "
					     "key"))
		return explain_name(load, place, message.text, "is missing");
	switch (message.kind) {
	case LYVE_SYNTAX:
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"line %u: not valid JSON: %s",
					place->line, message.rule);
	case LYVE_REFERENCE:
		return explain_name(load, place, message.text, "unknown name");
	case LYVE_DATA:
		return explain_value(load, ctx, json, place, message.text);
	default:
		return explain_kind(load, ctx, place, message.text);
	}
}
