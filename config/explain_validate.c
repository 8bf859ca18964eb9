/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libyang says of a whole tree, in our words.  Its paths of what is
 * missing are those of the schema, so the row is looked for again.
 */
#include <string.h>

#include <libyang/libyang.h>

#include "config/explain.h"
#include "config/private.h"

/* The child of a row that is mandatory and not there, or NULL. */
static const struct lysc_node *missing_child(const struct lyd_node *row)
{
	const struct lysc_node *child = NULL;

	while ((child = lys_getnext(child, row->schema, NULL, 0))) {
		if ((child->flags & LYS_MAND_TRUE) &&
		    !quiclb_priv_leaf(row, child->name))
			return child;
	}
	return NULL;
}

/* The first row that lacks a mandatory leaf. */
static int explain_missing(const struct quiclb_priv_load *load,
			   const struct lyd_node *tree)
{
	const struct lyd_node *node;
	char path[QUICLB_PRIV_PATH_CAP];

	LYD_TREE_DFS_BEGIN(tree, node)
	{
		const struct lysc_node *child = NULL;

		if (node->schema && node->schema->nodetype == LYS_LIST)
			child = missing_child(node);
		if (child && lyd_path(node, LYD_PATH_STD, path, sizeof(path))) {
			quiclb_priv_path_shorten(path);
			return quiclb_priv_fail(load, QUICLB_ERR_ARG,
						"%s/%s: is missing", path,
						child->name);
		}
		LYD_TREE_DFS_END(tree, node)
	}
	return quiclb_priv_fail(load, QUICLB_ERR_ARG,
				"/quic-lb: a mandatory leaf is missing");
}

/* The first cid-configs row with both of the key's leaves. */
static int explain_two_keys(const struct quiclb_priv_load *load,
			    const struct lyd_node *tree)
{
	const struct lyd_node *row;

	LY_LIST_FOR(lyd_child(tree), row)
	{
		if (quiclb_priv_leaf(row, "cid-key") &&
		    quiclb_priv_leaf(row, "cid-key-file"))
			return quiclb_priv_fail(
				load, QUICLB_ERR_ARG,
				"/quic-lb/cid-configs[name='%s']: cid-key and "
				"cid-key-file exclude each other",
				quiclb_priv_leaf(row, "name"));
	}
	return quiclb_priv_fail(load, QUICLB_ERR_ARG,
				"/quic-lb/cid-configs: cid-key and "
				"cid-key-file exclude each other");
}

/* libyang writes: Invalid leafref value "x" - no target instance ... */
static int explain_reference(const struct quiclb_priv_load *load,
			     const struct quiclb_priv_place *place,
			     const char *msg)
{
	const char *to = strstr(place->schema, "/cid-configs/") ? "server-pool"
								: "cid-configs";
	char value[QUICLB_PRIV_VALUE_CAP];

	quiclb_priv_copy_quoted(value, sizeof(value), msg);
	return quiclb_priv_fail(load, QUICLB_ERR_ARG,
				"%s: no %s has this name (got %s)", place->data,
				to, value);
}

int quiclb_priv_explain_validate(const struct quiclb_priv_load *load,
				 const struct ly_ctx *ctx,
				 const struct lyd_node *tree)
{
	struct quiclb_priv_message message;
	const int err = quiclb_priv_message_read(load, ctx, &message);

	if (err)
		return err;
	if (quiclb_priv_starts(message.text, "Mandatory node"))
		return explain_missing(load, tree);
	if (quiclb_priv_starts(message.text, "Data for both cases"))
		return explain_two_keys(load, tree);
	if (quiclb_priv_starts(message.text, "Invalid leafref value"))
		return explain_reference(load, &message.place, message.text);
	if (quiclb_priv_starts(message.text, "Duplicate instance"))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"%s: is there twice",
					message.place.data);
	return quiclb_priv_fail(load, QUICLB_ERR_ARG, "%s: %s",
				message.place.data, message.rule);
}
