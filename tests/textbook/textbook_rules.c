/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which lengths and config rotations each codec allows, in one table to be
 * compared with the texts row by row.
 */
#include <string.h>

#include "textbook_private.h"

/* First octets: those of the drafts keep one codepoint back, others do not. */
enum family {
	DRAFT_NOW,  /* 3 bits of config rotation */
	DRAFT_OLD,  /* 2 bits */
	DRAFT_BOTH, /* either */
	VERSION,    /* 2 bits that hold the version of the layout */
	RANDOM,	    /* 8 random bits */
	NO_OCTET,   /* begins with the server ID */
};

struct range {
	size_t min, max;
};

struct rule {
	const char *name;
	enum family family;
	unsigned int version;
	struct range server_id; /* bytes */
	struct range nonce;	/* bytes */
	struct range sum;	/* of the two */
	size_t sum_never;	/* not this sum either; 0: no exception */
	size_t cid_max;		/* bytes, with server use */
};

/* clang-format off */
static const struct rule rules[TEXTBOOK_N_CODECS] = {
	[TEXTBOOK_PLAIN] = { "plain",
		DRAFT_BOTH, 0, { 1, 15 }, { 4, 18 }, { 5, 19 }, 0, 20 },
	[TEXTBOOK_SINGLE_PASS] = { "single-pass",
		DRAFT_BOTH, 0, { 1, 15 }, { 4, 18 }, { 16, 16 }, 0, 20 },
	[TEXTBOOK_FOUR_PASS] = { "four-pass",
		DRAFT_NOW, 0, { 1, 15 }, { 4, 18 }, { 5, 19 }, 16, 20 },
	[TEXTBOOK_FOUR_PASS_12] = { "four-pass-12",
		DRAFT_OLD, 0, { 1, 15 }, { 4, 18 }, { 5, 19 }, 16, 20 },
	[TEXTBOOK_FOUR_PASS_14] = { "four-pass-14",
		DRAFT_OLD, 0, { 1, 15 }, { 4, 18 }, { 5, 19 }, 16, 20 },
	[TEXTBOOK_FOUR_PASS_15] = { "four-pass-15",
		DRAFT_BOTH, 0, { 1, 15 }, { 4, 18 }, { 5, 19 }, 16, 20 },
	[TEXTBOOK_PLAIN_07] = { "plain-07",
		DRAFT_OLD, 0, { 1, 16 }, { 0, 18 }, { 1, 19 }, 0, 20 },
	[TEXTBOOK_STREAM_07] = { "stream-07",
		DRAFT_OLD, 0, { 1, 15 }, { 4, 16 }, { 5, 19 }, 0, 20 },
	[TEXTBOOK_BLOCK_07] = { "block-07",
		DRAFT_OLD, 0, { 1, 15 }, { 1, 15 }, { 16, 16 }, 0, 20 },
	[TEXTBOOK_MSQUIC] = { "msquic",
		RANDOM, 0, { 4, 4 }, { 9, 9 }, { 13, 13 }, 0, 14 },
	[TEXTBOOK_MVFST_1] = { "mvfst-1",
		VERSION, 1, { 2, 2 }, { 5, 17 }, { 7, 19 }, 0, 20 },
	[TEXTBOOK_MVFST_2] = { "mvfst-2",
		VERSION, 2, { 3, 3 }, { 4, 16 }, { 7, 19 }, 0, 20 },
	[TEXTBOOK_MVFST_3] = { "mvfst-3",
		VERSION, 3, { 4, 4 }, { 3, 15 }, { 7, 19 }, 0, 20 },
	[TEXTBOOK_QUICLY] = { "quicly",
		NO_OCTET, 0, { 8, 8 }, { 8, 8 }, { 16, 16 }, 0, 20 },
};
/* clang-format on */

int textbook_codec_by_name(const char *name)
{
	int i;

	for (i = 0; i < TEXTBOOK_N_CODECS; i++)
		if (!strcmp(rules[i].name, name))
			return i;
	return -1;
}

size_t textbook_head_len(const struct textbook_config *config)
{
	return rules[config->codec].family == NO_OCTET ? 0 : 1;
}

static int in_range(size_t value, struct range range)
{
	return value >= range.min && value <= range.max;
}

static int lengths_are_good(const struct textbook_config *c)
{
	const struct rule *const rule = &rules[c->codec];
	const size_t sum = c->server_id_len + c->nonce_len;

	if (!in_range(c->server_id_len, rule->server_id))
		return 0;
	if (!in_range(c->nonce_len, rule->nonce))
		return 0;
	if (!in_range(sum, rule->sum))
		return 0;
	if (rule->sum_never && sum == rule->sum_never)
		return 0;
	if (c->server_use_len > 19)
		return 0;
	if (c->uncounted_len > c->server_use_len)
		return 0;
	return textbook_head_len(c) + sum + c->server_use_len <= rule->cid_max;
}

static int bits_are_good(const struct textbook_config *c)
{
	switch (rules[c->codec].family) {
	case DRAFT_NOW:
		return c->rotation_bits == 3;
	case DRAFT_OLD:
	case VERSION:
		return c->rotation_bits == 2;
	case DRAFT_BOTH:
		return c->rotation_bits == 3 || c->rotation_bits == 2;
	case RANDOM:
	case NO_OCTET:
		return c->rotation_bits == 0;
	}
	return 0;
}

static int is_draft(const struct textbook_config *c)
{
	const enum family family = rules[c->codec].family;

	return family == DRAFT_NOW || family == DRAFT_OLD ||
	       family == DRAFT_BOTH;
}

static int rotation_is_good(const struct textbook_config *c)
{
	if (!bits_are_good(c))
		return 0;
	if (!is_draft(c))
		return c->rotation == rules[c->codec].version &&
		       !c->self_length;
	return c->rotation <= (c->rotation_bits == 3 ? 6 : 2);
}

enum textbook_result textbook_check(const struct textbook_config *config)
{
	if (!lengths_are_good(config))
		return TEXTBOOK_BAD_LENGTHS;
	if (!rotation_is_good(config))
		return TEXTBOOK_BAD_ROTATION;
	return TEXTBOOK_OK;
}

int textbook_is_reserved(const struct textbook_config *config, uint8_t first)
{
	if (!is_draft(config))
		return 0;
	if (config->rotation_bits == 3)
		return first / 32 == 7;
	return first / 64 == 3;
}
