/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of config/ share.  Nothing outside config/ includes it.
 */
#ifndef QUICLB_CONFIG_PRIVATE_H
#define QUICLB_CONFIG_PRIVATE_H

#include "config/deployment.h"

struct ly_ctx;
struct lyd_node;

#define QUICLB_PRIV_FILE_MAX_BYTES (64u << 20)
#define QUICLB_PRIV_WHY_CAP 128
#define QUICLB_PRIV_HEX_CAP (2 * QUICLB_SERVER_ID_CAP_BYTES + 1)

#if defined(__GNUC__) || defined(__clang__)
#define QUICLB_PRIV_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define QUICLB_PRIV_PRINTF
#endif

/* One load, from the text to the deployment. */
struct quiclb_priv_load {
	const char *name; /* the file, as error texts call it */
	struct quiclb_deployment *deployment;
	struct quiclb_deployment_error *error; /* or NULL */
};

/* A file in memory.  May hold a key: release by quiclb_priv_text_free(). */
struct quiclb_priv_text {
	char *bytes; /* len of them and a zero */
	size_t len;
	size_t cap;
};

/* error.c: writes "NAME: ...", without control characters and keys. */
int quiclb_priv_fail(const struct quiclb_priv_load *load, int code,
		     const char *format, ...) QUICLB_PRIV_PRINTF;
int quiclb_priv_nomem(const struct quiclb_priv_load *load);

/* file.c: why is written on failure, QUICLB_PRIV_WHY_CAP bytes. */
int quiclb_priv_text_read(const char *path, size_t max_len,
			  struct quiclb_priv_text *text, char *why);
void quiclb_priv_text_free(struct quiclb_priv_text *text);

/* key.c */
void quiclb_priv_hex_encode(const uint8_t *bytes, size_t len, char *hex,
			    size_t hex_cap);
int quiclb_priv_key_read(const struct quiclb_priv_load *load,
			 struct quiclb_cid_config *cid_config,
			 const char *file);

/* schema.c: text to a tree that keeps the schema. */
int quiclb_priv_tree_new(const struct quiclb_priv_load *load, const char *json,
			 struct ly_ctx **ctx, struct lyd_node **tree);
void quiclb_priv_tree_free(struct ly_ctx *ctx, struct lyd_node *tree);
void quiclb_priv_tree_wipe(struct lyd_node *tree);

/* explain_*.c: turn the last error of libyang into ours. */
int quiclb_priv_explain_parse(const struct quiclb_priv_load *load,
			      const struct ly_ctx *ctx, const char *json);
int quiclb_priv_explain_validate(const struct quiclb_priv_load *load,
				 const struct ly_ctx *ctx,
				 const struct lyd_node *tree);

/* build.c and cid_config.c: tree to deployment.  node is a row of a list. */
int quiclb_priv_build(const struct quiclb_priv_load *load,
		      const struct lyd_node *root);
const char *quiclb_priv_leaf(const struct lyd_node *node, const char *name);
/*
 * Which of some words, each with a zero behind it, an enumeration is: what an
 * enum of deployment.h numbers.  0 if the leaf is not there.
 */
int quiclb_priv_choice(const struct lyd_node *node, const char *name,
		       const char *words);
/* A number that the schema has checked. */
uint32_t quiclb_priv_number(const struct lyd_node *node, const char *name,
			    uint32_t otherwise);
size_t quiclb_priv_count(const struct lyd_node *node, const char *name);
/* A zeroed array for the rows of a list of the top container, 1..n_max. */
int quiclb_priv_new_rows(const struct quiclb_priv_load *load, const char *name,
			 size_t n, size_t n_max, size_t row_len, void **rows);
/* A host to send packets to: neither 0.0.0.0 nor :: nor multicast. */
int quiclb_priv_is_unicast(const struct quiclb_address *address);
int quiclb_priv_build_cid_config(const struct quiclb_priv_load *load,
				 const struct lyd_node *node,
				 struct quiclb_cid_config *cid_config);

/* vip.c: needs the CID configs. */
int quiclb_priv_build_vips(const struct quiclb_priv_load *load,
			   const struct lyd_node *root);

/* check.c: the rules between rows, which no schema can say. */
int quiclb_priv_check(const struct quiclb_priv_load *load);

/* local.c */
int quiclb_priv_set_local(const struct quiclb_priv_load *load,
			  const struct quiclb_address *addresses,
			  size_t n_addresses);

#endif /* QUICLB_CONFIG_PRIVATE_H */
