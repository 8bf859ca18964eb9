/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of vip: which CID configs a first octet selects there, and whether they
 * go together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "config/private.h"

#define ALL ((1u << QUICLB_N_CODEPOINTS) - 1)

/* One row while it is built. */
struct vip_row {
	const struct quiclb_priv_load *load;
	const struct lyd_node *node;
	struct quiclb_vip *vip;
};

#define VIP_PATH "/quic-lb/vip[address='%s'][port='%s']/cid-configs: "
#define VIP_ARGS(row)                                                          \
	quiclb_priv_leaf((row)->node, "address"),                              \
		quiclb_priv_leaf((row)->node, "port")

/* A set of codepoints as "0xc0..0xdf"; the sets that occur have no gaps. */
static void set_in_words(unsigned int set, char *text, size_t text_cap)
{
	unsigned int low = 0, high = QUICLB_N_CODEPOINTS - 1;

	while (low < high && !(set & 1u << low))
		low++;
	while (high > low && !(set & 1u << high))
		high--;
	snprintf(text, text_cap, "0x%02x..0x%02x", low << QUICLB_ROTATION_SHIFT,
		 (high << QUICLB_ROTATION_SHIFT) | QUICLB_LENGTH_MASK);
}

static int fail_in_use(const struct vip_row *row,
		       const struct quiclb_cid_config *a,
		       const struct quiclb_cid_config *b)
{
	const unsigned int rotation = b->config.config_rotation;

	if (quiclb_cid_config_claims(b) == ALL)
		return quiclb_priv_fail(row->load, QUICLB_ERR_ROTATION_IN_USE,
					VIP_PATH
					"every first octet is in use by %s, "
					"and only tenants share them (got %s)",
					VIP_ARGS(row), a->name, b->name);
	return quiclb_priv_fail(row->load, QUICLB_ERR_ROTATION_IN_USE,
				VIP_PATH
				"config rotation %u is in use by %s, and only "
				"tenants share one (got %s)",
				VIP_ARGS(row), rotation, a->name, b->name);
}

static int fail_ambiguous(const struct vip_row *row, unsigned int both,
			  const struct quiclb_cid_config *a,
			  const struct quiclb_cid_config *b)
{
	char octets[16];

	set_in_words(both, octets, sizeof(octets));
	return quiclb_priv_fail(row->load, QUICLB_ERR_AMBIGUOUS,
				VIP_PATH "first octets %s would belong to two "
					 "configs (got %s and %s)",
				VIP_ARGS(row), octets, a->name, b->name);
}

static int fail_reserved(const struct vip_row *row, unsigned int both,
			 const struct quiclb_cid_config *a,
			 const struct quiclb_cid_config *b)
{
	char octets[16];

	set_in_words(both, octets, sizeof(octets));
	return quiclb_priv_fail(row->load, QUICLB_ERR_AMBIGUOUS,
				VIP_PATH "first octets %s of %s would be those "
					 "of unroutable CIDs beside %s",
				VIP_ARGS(row), octets, a->name, b->name);
}

/* Whether two configs can be told apart; if not, as one error. */
static int check_pair(const struct vip_row *row,
		      const struct quiclb_cid_config *a,
		      const struct quiclb_cid_config *b)
{
	const unsigned int of_a = quiclb_cid_config_claims(a);
	const unsigned int of_b = quiclb_cid_config_claims(b);
	const unsigned int a_reserved = quiclb_cid_config_reserved(a);
	const unsigned int b_reserved = quiclb_cid_config_reserved(b);

	if (of_a == of_b &&
	    (!a->tenant[0] || !b->tenant[0] || !strcmp(a->tenant, b->tenant)))
		return fail_in_use(row, a, b);
	if (of_a != of_b && of_a & of_b)
		return fail_ambiguous(row, of_a & of_b, a, b);
	if (of_a & b_reserved)
		return fail_reserved(row, of_a & b_reserved, a, b);
	if (of_b & a_reserved)
		return fail_reserved(row, of_b & a_reserved, b, a);
	return 0;
}

/* Puts a config behind those that its first octets have already. */
static int place(const struct vip_row *row, size_t index)
{
	const struct quiclb_cid_config *rows =
		row->load->deployment->cid_configs;
	const unsigned int claims = quiclb_cid_config_claims(&rows[index]);
	unsigned int c;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		int *const slot = row->vip->cid_configs[c];
		size_t n = 0;

		if (!(claims & 1u << c))
			continue;
		while (n < QUICLB_N_TENANTS && slot[n] >= 0)
			n++;
		if (n == QUICLB_N_TENANTS)
			return quiclb_priv_fail(
				row->load, QUICLB_ERR_TENANTS,
				VIP_PATH "%s (got %s after %s, %s, %s, %s)",
				VIP_ARGS(row),
				quiclb_strerror(QUICLB_ERR_TENANTS),
				rows[index].name, rows[slot[0]].name,
				rows[slot[1]].name, rows[slot[2]].name,
				rows[slot[3]].name);
		slot[n] = (int)index;
	}
	return 0;
}

/* Whether a vip has this config; one that names none has them all. */
static int has_cid_config(const struct lyd_node *row, const char *name)
{
	const struct lyd_node *child;
	int n_named = 0;

	LY_LIST_FOR(lyd_child(row), child)
	{
		if (strcmp(LYD_NAME(child), "cid-configs"))
			continue;
		if (!strcmp(lyd_get_value(child), name))
			return 1;
		n_named++;
	}
	return n_named == 0;
}

/* Adds a config to those before it, in the order of the file. */
static int use_cid_config(const struct vip_row *row, uint8_t *used,
			  size_t index)
{
	const struct quiclb_cid_config *rows =
		row->load->deployment->cid_configs;
	size_t i;
	int err;

	for (i = 0; i < index; i++) {
		err = used[i] ? check_pair(row, &rows[i], &rows[index]) : 0;
		if (err)
			return err;
	}
	used[index] = 1;
	row->vip->reserved |= quiclb_cid_config_reserved(&rows[index]);
	return place(row, index);
}

static int choose_cid_configs(const struct vip_row *row)
{
	const struct quiclb_deployment *deployment = row->load->deployment;
	uint8_t used[QUICLB_MAX_CID_CONFIGS] = { 0 };
	size_t i, j;

	for (i = 0; i < QUICLB_N_CODEPOINTS; i++)
		for (j = 0; j < QUICLB_N_TENANTS; j++)
			row->vip->cid_configs[i][j] = -1;
	for (i = 0; i < deployment->n_cid_configs; i++) {
		const char *name = deployment->cid_configs[i].name;
		int err = 0;

		if (has_cid_config(row->node, name))
			err = use_cid_config(row, used, i);
		if (err)
			return err;
	}
	return 0;
}

static int build_vip(const struct quiclb_priv_load *load,
		     const struct lyd_node *node, struct quiclb_vip *vip)
{
	const struct vip_row row = { load, node, vip };
	const char *text = quiclb_priv_leaf(node, "address");
	const char *port = quiclb_priv_leaf(node, "port");

	vip->port = (uint16_t)strtoul(port, NULL, 10);
	vip->server_down = (uint8_t)quiclb_priv_choice(node, "server-down",
						       "local\0steer\0drop\0");
	vip->pass_initial =
		(uint8_t)quiclb_priv_choice(node, "initial", "decode\0pass\0");
	vip->demultiplex = (uint8_t)quiclb_priv_choice(node, "demultiplex",
						       "false\0true\0");
	vip->answer_too_big =
		(uint8_t)quiclb_priv_choice(node, "too-big", "pass\0answer\0");
	if (quiclb_address_parse(text, &vip->address) ||
	    !quiclb_priv_is_unicast(&vip->address))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/vip[address='%s'][port='%s']/"
					"address: must be a unicast address "
					"(got %s)",
					text, port, text);
	return choose_cid_configs(&row);
}

int quiclb_priv_build_vips(const struct quiclb_priv_load *load,
			   const struct lyd_node *root)
{
	struct quiclb_deployment *deployment = load->deployment;
	const size_t n = quiclb_priv_count(root, "vip");
	const struct lyd_node *row;
	void *rows;
	int err;

	err = quiclb_priv_new_rows(load, "vip", n, QUICLB_MAX_VIPS,
				   sizeof(*deployment->vips), &rows);
	if (err)
		return err;
	deployment->vips = rows;
	LY_LIST_FOR(lyd_child(root), row)
	{
		if (strcmp(LYD_NAME(row), "vip"))
			continue;
		err = build_vip(load, row,
				&deployment->vips[deployment->n_vips++]);
		if (err)
			return err;
	}
	return 0;
}
