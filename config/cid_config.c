/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row of cid-configs: lengths, codec, key and pool.  What is allowed is
 * for quiclb_config_check() to say; this file only names the leaf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quiclb/decode.h>

#include "config/key_file.h"
#include "config/layout.h"
#include "config/private.h"

#define VALUE_CAP 48

struct lyd_node;

/* The leaves that a codec or preset may have something to say on. */
static const struct {
	const char *leaf;
	unsigned int field;
	int needed; /* 1: unless it says it, the file must */
} fields[] = {
	{ "config-rotation-bits", QUICLB_FIELD_ROTATION, 1 },
	{ "server-id-length", QUICLB_FIELD_SERVER_ID_LEN, 1 },
	{ "nonce-length", QUICLB_FIELD_NONCE_LEN, 1 },
	{ "server-use-length", QUICLB_FIELD_SERVER_USE_LEN, 0 },
	{ "uncounted-length", QUICLB_FIELD_UNCOUNTED_LEN, 0 },
	{ "first-octet-encodes-cid-length", QUICLB_FIELD_ENCODE_LENGTH, 0 },
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Of a number or a flag; the schema has seen to the range. */
static uint8_t value_of(const char *text)
{
	return !strcmp(text, "true") ? 1 : (uint8_t)strtoul(text, NULL, 10);
}

static uint8_t number(const struct lyd_node *node, const char *name)
{
	const char *text = quiclb_priv_leaf(node, name);

	return text ? value_of(text) : 0;
}

/* Takes the fields that are there.  Returns the set of them. */
static unsigned int take_fields(const struct lyd_node *node,
				struct quiclb_config *config)
{
	unsigned int given = 0;
	size_t i;

	for (i = 0; i < N_FIELDS; i++) {
		const char *text = quiclb_priv_leaf(node, fields[i].leaf);

		if (!text)
			continue;
		*quiclb_layout_field(config, fields[i].field) = value_of(text);
		given |= fields[i].field;
	}
	return given;
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

static int fail_missing(const struct quiclb_priv_load *load,
			const struct quiclb_cid_config *cid_config,
			unsigned int there)
{
	size_t i;

	for (i = 0; i < N_FIELDS; i++)
		if (fields[i].needed && !(fields[i].field & there))
			return quiclb_priv_fail(
				load, QUICLB_ERR_ARG,
				"/quic-lb/cid-configs[name='%s']/%s: is "
				"missing",
				cid_config->name, fields[i].leaf);
	return 0;
}

/* A field that is not as a preset has it. */
static int fail_preset(const struct quiclb_priv_load *load,
		       struct quiclb_cid_config *cid_config, const char *preset,
		       const struct quiclb_layout *layout, unsigned int field)
{
	struct quiclb_config usual = layout->usual;
	const unsigned int got =
		*quiclb_layout_field(&cid_config->config, field);
	const unsigned int want = *quiclb_layout_field(&usual, field);
	size_t i = 0;

	while (i < N_FIELDS - 1 && fields[i].field != field)
		i++;
	if (field == QUICLB_FIELD_ENCODE_LENGTH)
		return quiclb_priv_fail(
			load, QUICLB_ERR_LAYOUT_LEN,
			"/quic-lb/cid-configs[name='%s']/%s: must be %s with "
			"codec %s (got %s)",
			cid_config->name, fields[i].leaf,
			want ? "true" : "false", preset,
			got ? "true" : "false");
	return quiclb_priv_fail(
		load,
		field == QUICLB_FIELD_ROTATION ? QUICLB_ERR_LAYOUT_ROTATION
					       : QUICLB_ERR_LAYOUT_LEN,
		"/quic-lb/cid-configs[name='%s']/%s: must be "
		"%u with codec %s (got %u)",
		cid_config->name, fields[i].leaf, want, preset, got);
}

/* Codec, lengths and rotation: as the file says, as the codec says. */
static int set_layout(const struct quiclb_priv_load *load,
		      const struct lyd_node *node,
		      struct quiclb_cid_config *cid_config)
{
	const char *name = quiclb_priv_leaf(node, "codec");
	struct quiclb_config *config = &cid_config->config;
	unsigned int given = take_fields(node, config);
	struct quiclb_layout layout;
	unsigned int wrong;
	int err;

	if (!name) {
		config->codec = quiclb_layout_draft_codec(config);
		return fail_missing(load, cid_config, given);
	}
	err = quiclb_layout_find(name, &layout);
	if (err)
		return quiclb_priv_fail(
			load, err,
			"/quic-lb/cid-configs[name='%s']/codec: "
			"%s (got %s)",
			cid_config->name, quiclb_strerror(err), name);
	wrong = quiclb_layout_apply(&layout, config, given);
	if (wrong)
		return fail_preset(load, cid_config, name, &layout, wrong);
	return fail_missing(load, cid_config, given | layout.known);
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

/* Which length of another system's layout is not as it must be. */
static const char *length_to_blame(const struct quiclb_config *config)
{
	const char *name = quiclb_codec_name(config->codec);
	struct quiclb_config shorter = *config;
	struct quiclb_layout layout;
	const char *leaf = "nonce-length";

	shorter.server_use_len = 0;
	if (quiclb_layout_find(name ? name : "", &layout) || !layout.known)
		leaf = "codec";
	else if (layout.usual.server_id_len != config->server_id_len)
		leaf = "server-id-length";
	else if (!quiclb_config_check(&shorter))
		leaf = "server-use-length";
	quiclb_wipe(&shorter, sizeof(shorter));
	return leaf;
}

/* The leaf to blame for an error of quiclb_config_check(). */
static const char *leaf_to_blame(const struct quiclb_config *config, int err)
{
	switch (err) {
	case QUICLB_ERR_ROTATION:
	case QUICLB_ERR_LAYOUT_ROTATION:
		return "config-rotation-bits";
	case QUICLB_ERR_ROTATION_BITS:
		return "rotation-bits";
	case QUICLB_ERR_SERVER_ID_LEN:
		return "server-id-length";
	case QUICLB_ERR_NONCE_LEN:
	case QUICLB_ERR_SUM_LEN:
		return "nonce-length";
	case QUICLB_ERR_CID_LEN:
		return "server-use-length";
	case QUICLB_ERR_WORKER_LEN:
		return "worker-length";
	case QUICLB_ERR_UNCOUNTED_LEN:
		return "uncounted-length";
	case QUICLB_ERR_ENCODE_LENGTH:
		return "first-octet-encodes-cid-length";
	case QUICLB_ERR_LAYOUT_LEN:
		return length_to_blame(config);
	default:
		return "codec";
	}
}

/* 1, or 0 for a layout without a first octet. */
static unsigned int head_of(const struct quiclb_config *config)
{
	return quiclb_h_family(config->codec) != QUICLB_FAMILY_BARE;
}

/* What the rule was broken by, VALUE_CAP bytes. */
static void describe(const struct quiclb_config *config, int err, char *value)
{
	const unsigned int server_id = config->server_id_len;
	const unsigned int nonce = config->nonce_len;
	const unsigned int server_use = config->server_use_len;
	const char *name = quiclb_codec_name(config->codec);
	const char *codec = name ? name : "none";

	switch (err) {
	case QUICLB_ERR_ROTATION:
		snprintf(value, VALUE_CAP, "%u", config->config_rotation);
		break;
	case QUICLB_ERR_LAYOUT_ROTATION:
		snprintf(value, VALUE_CAP, "%u with %s",
			 config->config_rotation, codec);
		break;
	case QUICLB_ERR_ROTATION_BITS:
		snprintf(value, VALUE_CAP, "%u with %s", config->rotation_bits,
			 codec);
		break;
	case QUICLB_ERR_SERVER_ID_LEN:
		snprintf(value, VALUE_CAP, "%u", server_id);
		break;
	case QUICLB_ERR_NONCE_LEN:
		snprintf(value, VALUE_CAP, "%u", nonce);
		break;
	case QUICLB_ERR_CID_LEN:
		snprintf(value, VALUE_CAP, "%u + %u + %u + %u", head_of(config),
			 server_id, nonce, server_use);
		break;
	case QUICLB_ERR_WORKER_LEN:
		snprintf(value, VALUE_CAP, "%u of %u", config->worker_len,
			 nonce);
		break;
	case QUICLB_ERR_UNCOUNTED_LEN:
		snprintf(value, VALUE_CAP, "%u of %u%s", config->uncounted_len,
			 server_use,
			 config->encode_length ? "" : ", length not encoded");
		break;
	case QUICLB_ERR_LAYOUT_LEN:
		snprintf(value, VALUE_CAP, "%u + %u + %u with %s", server_id,
			 nonce, server_use, codec);
		break;
	case QUICLB_ERR_SUM_LEN:
	case QUICLB_ERR_SINGLE_PASS_LEN:
	case QUICLB_ERR_FOUR_PASS_LEN:
		snprintf(value, VALUE_CAP, "%u + %u", server_id, nonce);
		break;
	default:
		snprintf(value, VALUE_CAP, "%s", codec);
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
				cid_config->name,
				leaf_to_blame(&cid_config->config, err),
				quiclb_strerror(err), value);
}

int quiclb_priv_build_cid_config(const struct quiclb_priv_load *load,
				 const struct lyd_node *node,
				 struct quiclb_cid_config *cid_config)
{
	const char *tenant = quiclb_priv_leaf(node, "tenant");
	struct quiclb_config *config = &cid_config->config;
	int err;

	quiclb_config_init(config);
	config->rotation_bits = number(node, "rotation-bits");
	config->worker_len = number(node, "worker-length");
	if (tenant) /* the schema has seen to its length */
		strncpy(cid_config->tenant, tenant, QUICLB_NAME_CAP - 1);
	err = set_key(load, node, cid_config);
	if (!err)
		err = set_layout(load, node, cid_config);
	if (!err)
		err = check(load, cid_config);
	if (!err)
		err = set_pool(load, node, cid_config);
	return err;
}
