/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a config, field by field.
 */
#include <quiclb/decode.h>

#include "pairs.h"

/* ---------------------------------------------------------------- layout -- */

#define FIELD(name, offset)                                                    \
	{                                                                      \
#name, offsetof(struct quiclb_record, name), offset,           \
			sizeof(((struct quiclb_record *)0)->name)              \
	}

/* Frozen: records are the values of maps. */
static const struct {
	const char *name;
	size_t is;
	size_t want;
	size_t size;
} fields[] = {
	FIELD(codec, 0),
	FIELD(rotation, 1),
	FIELD(rotation_bits, 2),
	FIELD(encode_length, 3),
	FIELD(length_code, 4),
	FIELD(server_id_len, 5),
	FIELD(nonce_len, 6),
	FIELD(worker_len, 7),
	FIELD(body_len, 8),
	FIELD(head_len, 9),
	FIELD(min_cid_len, 10),
	FIELD(cid_len, 11),
	FIELD(half_len, 12),
	FIELD(right_offset, 13),
	FIELD(first_pass, 14),
	FIELD(keyed, 15),
	FIELD(tag, 16),
	FIELD(pad1, 20),
	FIELD(server_id_mask, 24),
	FIELD(left_mask, 40),
	FIELD(right_mask, 56),
	FIELD(round_keys, 72),
	FIELD(pad2, 248),
};

static void layout_is_frozen(void)
{
	size_t i, end = 0;

	for (i = 0; i < G_N_ELEMENTS(fields); i++) {
		g_assert_cmpuint(fields[i].is, ==, fields[i].want);
		/* each begins where the last one ended: no hole */
		g_assert_cmpuint(fields[i].is, ==, end);
		end += fields[i].size;
	}
	g_assert_cmpuint(end, ==, 256);
	g_assert_cmpuint(sizeof(struct quiclb_record), ==, 256);
}

/* ---------------------------------------------------------------- fields -- */

/* Which nibbles of 16 bytes a mask takes, the first byte's high one first. */
static void assert_nibbles(const quiclb_u64 mask[2], int from, int to)
{
	int i;

	for (i = 0; i < 32; i++) {
		const unsigned int byte =
			(unsigned int)(mask[i / 16] >> 8 * (i / 2 % 8) & 0xff);
		const unsigned int nibble = i % 2 ? byte & 15 : byte >> 4;

		g_assert_cmphex(nibble, ==, i >= from && i < to ? 15 : 0);
	}
}

static void assert_lengths(const struct quiclb_record *r,
			   const struct quiclb_config *c)
{
	const int n = c->server_id_len + c->nonce_len;
	const int head = c->codec == QUICLB_CODEC_QUICLY ? 0 : 1;
	const int len = head + n + c->server_use_len;

	g_assert_cmpint(r->codec, ==, c->codec);
	g_assert_cmpint(r->rotation, ==, c->config_rotation);
	g_assert_cmpint(r->rotation_bits, ==,
			c->rotation_bits
				? c->rotation_bits
				: quiclb_codec_rotation_bits(c->codec));
	g_assert_cmpint(r->encode_length, ==, c->encode_length);
	if (c->encode_length)
		g_assert_cmpint(r->length_code, ==, len - 1 - c->uncounted_len);
	g_assert_cmpint(r->server_id_len, ==, c->server_id_len);
	g_assert_cmpint(r->nonce_len, ==, c->nonce_len);
	g_assert_cmpint(r->worker_len, ==, c->worker_len);
	g_assert_cmpint(r->body_len, ==, n);
	g_assert_cmpint(r->head_len, ==, head);
	g_assert_cmpint(r->min_cid_len, ==, head + n);
	g_assert_cmpint(r->cid_len, ==, len);
}

/* The halves are of n nibbles each, in bytes that for odd n share one. */
static void assert_halves(const struct quiclb_record *r,
			  const struct quiclb_config *c)
{
	const int n = c->server_id_len + c->nonce_len;
	int half = 0;

	while (2 * half < n)
		half++;
	g_assert_cmpint(r->half_len, ==, half);
	g_assert_cmpint(r->right_offset, ==, n - half);
	/* pass 1 changes the right half: who asks for a nibble of it? */
	g_assert_cmpint(r->first_pass, ==,
			2 * (c->server_id_len + c->worker_len) > n);
	assert_nibbles(r->left_mask, 0, n);
	assert_nibbles(r->right_mask, n % 2, 2 * half);
	assert_nibbles(r->server_id_mask, 0, 2 * c->server_id_len);
}

static void assert_key(const struct quiclb_record *r,
		       const struct quiclb_config *c)
{
	quiclb_u64 want[22] = { 0 };

	if (quiclb_codec_is_keyed(c->codec))
		quiclb_h_aes_expand(want, c->key);
	g_assert_cmpmem(r->round_keys, sizeof(r->round_keys), want,
			sizeof(want));
	g_assert_cmpint(r->keyed, ==, c->has_key);
	g_assert_cmpint(r->tag, ==, 0);
	g_assert_cmpint(r->pad1, ==, 0);
	g_assert_cmpint(r->pad2, ==, 0);
}

/* Compiled over whatever was there before. */
static void compile(const struct quiclb_config *config,
		    struct quiclb_record *record)
{
	struct quiclb_record ones;

	memset(record, 0x00, sizeof(*record));
	memset(&ones, 0xff, sizeof(ones));
	g_assert_cmpint(quiclb_config_compile(config, record), ==, 0);
	g_assert_cmpint(quiclb_config_compile(config, &ones), ==, 0);
	g_assert_cmpmem(record, sizeof(*record), &ones, sizeof(ones));
}

static void config_is_compiled(const struct quiclb_config *config)
{
	struct quiclb_record record;

	compile(config, &record);
	assert_lengths(&record, config);
	assert_halves(&record, config);
	assert_key(&record, config);
}

static void every_config_is_compiled(void)
{
	const unsigned int n = pairs_each_config(config_is_compiled);

	g_test_message("%u configs", n);
	g_assert_cmpuint(n, >, 50000);
}

static const struct unit_case cases[] = {
	{ "layout_is_frozen", layout_is_frozen },
	{ "every_config_is_compiled", every_config_is_compiled },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("record", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
