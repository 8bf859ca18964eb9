/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks a config against every limit of the draft and compiles it into the
 * frozen record.
 */
#include "private.h"

/* Sizes in release 0.1.0; see quiclb_priv_intake(). */
#define CONFIG_FIRST_SIZE                                                      \
	(offsetof(struct quiclb_config, key) + QUICLB_KEY_BYTES)

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_config) == CONFIG_FIRST_SIZE,
		     "no padding at the end: a new field would read it");

static int check_flags(const struct quiclb_config *c)
{
	if (c->encode_length > 1 || c->has_key > 1 || c->reserved)
		return QUICLB_ERR_ARG;
	return 0;
}

static int check_lengths(const struct quiclb_config *c)
{
	const int err =
		quiclb_h_lengths(c->codec, c->server_id_len, c->nonce_len);

	if (err)
		return err;
	if (1 + c->server_id_len + c->nonce_len + c->server_use_len >
	    QUICLB_CID_MAX_BYTES)
		return QUICLB_ERR_CID_LEN;
	return 0;
}

static int check(const struct quiclb_config *c)
{
	const int keyed = quiclb_codec_is_keyed(c->codec);
	int err = check_flags(c);

	if (err)
		return err;
	if (keyed < 0)
		return QUICLB_ERR_CODEC;
	if (c->config_rotation >= QUICLB_N_ROTATIONS)
		return QUICLB_ERR_ROTATION;
	err = check_lengths(c);
	if (err)
		return err;
	if (keyed && !c->has_key)
		return QUICLB_ERR_KEY_MISSING;
	if (!keyed && c->has_key)
		return QUICLB_ERR_KEY_UNEXPECTED;
	return 0;
}

int quiclb_priv_config_intake(const struct quiclb_config *config,
			      struct quiclb_config *copy)
{
	int err;

	if (!config)
		return QUICLB_ERR_ARG;
	quiclb_config_init(copy);
	err = quiclb_priv_intake(copy, sizeof(*copy), config, config->size,
				 CONFIG_FIRST_SIZE);
	if (!err)
		err = check(copy);
	if (err)
		quiclb_wipe(copy, sizeof(*copy));
	return err;
}

int quiclb_config_check(const struct quiclb_config *config)
{
	struct quiclb_config copy;
	const int err = quiclb_priv_config_intake(config, &copy);

	quiclb_wipe(&copy, sizeof(copy));
	return err;
}

void quiclb_priv_halves(struct quiclb_record *rec, uint8_t n)
{
	const int half = (n + 1) / 2;

	rec->body_len = n;
	rec->half_len = (quiclb_u8)half;
	rec->right_offset = (quiclb_u8)(n - half);
	rec->left_mask[0] = rec->right_mask[0] = quiclb_h_mask64(half);
	rec->left_mask[1] = rec->right_mask[1] = quiclb_h_mask64(half - 8);
	if (n & 1) {
		/* last byte of the left half: high nibble only */
		const int last = half - 1;

		rec->left_mask[last >> 3] &= ~(0x0fULL << 8 * (last & 7));
		/* first byte of the right half: low nibble only */
		rec->right_mask[0] &= ~0xf0ULL;
	}
}

void quiclb_priv_config_freeze(const struct quiclb_config *c,
			       struct quiclb_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->codec = c->codec;
	rec->rotation = c->config_rotation;
	rec->encode_length = c->encode_length;
	rec->server_id_len = c->server_id_len;
	rec->nonce_len = c->nonce_len;
	quiclb_priv_halves(rec, (uint8_t)(c->server_id_len + c->nonce_len));
	rec->min_cid_len = (quiclb_u8)(1 + rec->body_len);
	rec->cid_len = (quiclb_u8)(rec->min_cid_len + c->server_use_len);
	/* the left half alone holds a server ID that is not longer */
	rec->first_pass = c->server_id_len > c->nonce_len;
	rec->server_id_mask[0] = quiclb_h_mask64(c->server_id_len);
	rec->server_id_mask[1] = quiclb_h_mask64(c->server_id_len - 8);
	if (c->has_key)
		quiclb_h_aes_expand(rec->round_keys, c->key);
}

int quiclb_config_compile(const struct quiclb_config *config,
			  struct quiclb_record *record)
{
	struct quiclb_config copy;
	int err;

	if (!record)
		return QUICLB_ERR_ARG;
	err = quiclb_priv_config_intake(config, &copy);
	if (err)
		return err;
	quiclb_priv_config_freeze(&copy, record);
	quiclb_wipe(&copy, sizeof(copy));
	return 0;
}
