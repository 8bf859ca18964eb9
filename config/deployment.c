/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and releases deployments.  The steps are the other files': text
 * (file.c), tree (schema.c), rows (build.c), rules between rows (check.c).
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/private.h"

/*
 * Whether libyang prints is one setting for the whole process: it is off for
 * one load at a time, and then what it was.
 */
static pthread_mutex_t libyang_log = PTHREAD_MUTEX_INITIALIZER;

static int build(const struct quiclb_priv_load *load, const char *json)
{
	const struct lyd_node *top;
	struct lyd_node *tree;
	struct ly_ctx *ctx;
	int err;

	err = quiclb_priv_tree_new(load, json, &ctx, &tree);
	if (err)
		return err;
	LY_LIST_FOR(tree, top)
	{
		/* libyang's own modules have containers of theirs. */
		if (strcmp(LYD_NAME(top), "quic-lb") && !err)
			err = quiclb_priv_fail(load, QUICLB_ERR_ARG,
					       "/%s: unknown name",
					       LYD_NAME(top));
	}
	if (!err)
		err = quiclb_priv_build(load, tree);
	quiclb_priv_tree_free(ctx, tree);
	if (!err)
		err = quiclb_priv_check(load);
	return err;
}

int quiclb_deployment_parse(const char *name, const char *json,
			    struct quiclb_deployment **deployment,
			    struct quiclb_deployment_error *error)
{
	struct quiclb_priv_load load = { name, NULL, error };
	uint32_t log_options;
	int err;

	if (!name || !json || !deployment)
		return QUICLB_ERR_ARG;
	load.deployment = calloc(1, sizeof(*load.deployment));
	if (!load.deployment)
		return quiclb_priv_nomem(&load);
	pthread_mutex_lock(&libyang_log);
	log_options = ly_log_options(LY_LOSTORE_LAST);
	err = build(&load, json);
	ly_log_options(log_options);
	pthread_mutex_unlock(&libyang_log);
	if (err) {
		quiclb_deployment_free(load.deployment);
		return err;
	}
	*deployment = load.deployment;
	return 0;
}

int quiclb_deployment_load(const char *path,
			   struct quiclb_deployment **deployment,
			   struct quiclb_deployment_error *error)
{
	const struct quiclb_priv_load load = { path, NULL, error };
	struct quiclb_priv_text text;
	char why[QUICLB_PRIV_WHY_CAP];
	int err;

	if (!path || !deployment)
		return QUICLB_ERR_ARG;
	err = quiclb_priv_text_read(path, QUICLB_PRIV_FILE_MAX_BYTES, &text,
				    why);
	if (err)
		return quiclb_priv_fail(&load, err, "%s", why);
	if (strlen(text.bytes) != text.len)
		err = quiclb_priv_fail(&load, QUICLB_ERR_ARG,
				       "not valid JSON: there is a zero byte");
	else
		err = quiclb_deployment_parse(path, text.bytes, deployment,
					      error);
	quiclb_priv_text_free(&text);
	return err;
}

void quiclb_deployment_free(struct quiclb_deployment *deployment)
{
	size_t i;

	if (!deployment)
		return;
	for (i = 0; i < deployment->n_pools; i++)
		free(deployment->pools[i].servers);
	if (deployment->cid_configs)
		quiclb_wipe(deployment->cid_configs,
			    deployment->n_cid_configs *
				    sizeof(*deployment->cid_configs));
	free(deployment->cid_configs);
	free(deployment->pools);
	free(deployment->vips);
	free(deployment);
}
