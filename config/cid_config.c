/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row of cid-configs: lengths, codec, key and pool.  What is allowed is
 * for quiclb_config_check() to say; this file only names the leaf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/key_file.h"
#include "config/private.h"

#define VALUE_CAP 48

struct lyd_node;

static uint8_t number(const struct lyd_node *node, const char *name)
{
	const char *text = quiclb_priv_leaf(node, name);

	/* The schema has seen to the range, and that only some are absent. */
	return text ? (uint8_t)strtoul(text, NULL, 10) : 0;
}

static int set_key(const struct quiclb_priv_load *load,
		   const struct lyd_node *node,
		   struct quiclb_cid_config *cid_config)
{
	const char *hex = quiclb_priv_leaf(node, "cid-key");
	const char *file = quiclb_priv_leaf(node, "cid-key-file");

	cid_config->config.has_key = hex || file;
	if (file)
		return quiclb_priv_key_read(load, cid_config, file);
	if (hex && quiclb_key_parse(hex, cid_config->config.key))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/cid-configs[name='%s']/"
					"cid-key: key must be 16 bytes in hex",
					cid_config->name);
	return 0;
}

/* What the draft says without naming a codec. */
static uint8_t default_codec(const struct quiclb_config *config)
{
	if (!config->has_key)
		return QUICLB_CODEC_PLAIN;
	if (config->server_id_len + config->nonce_len == QUICLB_BLOCK_BYTES)
		return QUICLB_CODEC_SINGLE_PASS;
	return QUICLB_CODEC_FOUR_PASS;
}

static int set_codec(const struct quiclb_priv_load *load,
		     const struct lyd_node *node,
		     struct quiclb_cid_config *cid_config)
{
	const char *name = quiclb_priv_leaf(node, "codec");
	int codec;

	if (!name) {
		cid_config->config.codec = default_codec(&cid_config->config);
		return 0;
	}
	codec = quiclb_codec_by_name(name);
	if (codec < 0)
		return quiclb_priv_fail(
			load, codec,
			"/quic-lb/cid-configs[name='%s']/codec: "
			"%s (got %s)",
			cid_config->name, quiclb_strerror(codec), name);
	cid_config->config.codec = (uint8_t)codec;
	return 0;
}

static int set_pool(const struct quiclb_priv_load *load,
		    const struct lyd_node *node,
		    struct quiclb_cid_config *cid_config)
{
	const struct quiclb_deployment *deployment = load->deployment;
	const char *name = quiclb_priv_leaf(node, "server-pool");
	size_t i;

	if (!name && deployment->n_pools != 1)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/cid-configs[name='%s']/"
					"server-pool: is missing, and there is "
					"more than one pool",
					cid_config->name);
	for (i = 0; name && i < deployment->n_pools; i++) {
		if (!strcmp(deployment->pools[i].name, name))
			break;
	}
	/* The schema refuses references to nothing. */
	cid_config->pool = i < deployment->n_pools ? i : 0;
	return 0;
}

/* The leaf to blame for an error of quiclb_config_check(). */
static const char *leaf_to_blame(int err)
{
	switch (err) {
	case QUICLB_ERR_ROTATION:
		return "config-rotation-bits";
	case QUICLB_ERR_SERVER_ID_LEN:
		return "server-id-length";
	case QUICLB_ERR_NONCE_LEN:
	case QUICLB_ERR_SUM_LEN:
		return "nonce-length";
	case QUICLB_ERR_CID_LEN:
		return "server-use-length";
	default:
		return "codec";
	}
}

static void describe(const struct quiclb_config *config, int err, char *value)
{
	const unsigned int server_id = config->server_id_len;
	const unsigned int nonce = config->nonce_len;
	const char *codec = quiclb_codec_name(config->codec);

	switch (err) {
	case QUICLB_ERR_ROTATION:
		snprintf(value, VALUE_CAP, "%u", config->config_rotation);
		break;
	case QUICLB_ERR_SERVER_ID_LEN:
		snprintf(value, VALUE_CAP, "%u", server_id);
		break;
	case QUICLB_ERR_NONCE_LEN:
		snprintf(value, VALUE_CAP, "%u", nonce);
		break;
	case QUICLB_ERR_CID_LEN:
		snprintf(value, VALUE_CAP, "1 + %u + %u + %u", server_id, nonce,
			 config->server_use_len);
		break;
	case QUICLB_ERR_SUM_LEN:
	case QUICLB_ERR_SINGLE_PASS_LEN:
	case QUICLB_ERR_FOUR_PASS_LEN:
		snprintf(value, VALUE_CAP, "%u + %u", server_id, nonce);
		break;
	default:
		snprintf(value, VALUE_CAP, "%s", codec ? codec : "none");
		break;
	}
}

static int check(const struct quiclb_priv_load *load,
		 const struct quiclb_cid_config *cid_config)
{
	const int err = quiclb_config_check(&cid_config->config);
	char value[VALUE_CAP];

	if (!err)
		return 0;
	describe(&cid_config->config, err, value);
	return quiclb_priv_fail(load, err,
				"/quic-lb/cid-configs[name='%s']/%s: %s "
				"(got %s)",
				cid_config->name, leaf_to_blame(err),
				quiclb_strerror(err), value);
}

int quiclb_priv_build_cid_config(const struct quiclb_priv_load *load,
				 const struct lyd_node *node,
				 struct quiclb_cid_config *cid_config)
{
	const char *encode =
		quiclb_priv_leaf(node, "first-octet-encodes-cid-length");
	struct quiclb_config *config = &cid_config->config;
	int err;

	quiclb_config_init(config);
	config->config_rotation = number(node, "config-rotation-bits");
	config->server_id_len = number(node, "server-id-length");
	config->nonce_len = number(node, "nonce-length");
	config->server_use_len = number(node, "server-use-length");
	config->encode_length = encode && !strcmp(encode, "true");
	err = set_key(load, node, cid_config);
	if (!err)
		err = set_codec(load, node, cid_config);
	if (!err)
		err = check(load, cid_config);
	if (!err)
		err = set_pool(load, node, cid_config);
	return err;
}
