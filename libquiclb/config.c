/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks a config against every limit of the draft and compiles it into the
 * frozen record.
 */
#include "private.h"

/* Size in release 0.1.0; see quiclb_priv_intake(). */
#define CONFIG_FIRST_SIZE                                                      \
	(offsetof(struct quiclb_config, key) + QUICLB_KEY_BYTES)

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_config) == CONFIG_FIRST_SIZE + 8,
		     "no padding at the end: a new field would read it");

/* A nonce that shares its bytes with a worker keeps the draft's minimum. */
#define NONCE_BESIDE_WORKER_MIN_BYTES QUICLB_NONCE_MIN_BYTES

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

/* All of a record but halves and key; lengths may still be nonsense. */
static void freeze_lengths(const struct quiclb_config *c,
			   enum quiclb_family family, struct quiclb_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->codec = c->codec;
	rec->rotation = c->config_rotation;
	rec->rotation_bits = c->rotation_bits ? c->rotation_bits
					      : quiclb_h_family_bits(family);
	rec->encode_length = c->encode_length;
	rec->server_id_len = c->server_id_len;
	rec->nonce_len = c->nonce_len;
	rec->worker_len = c->worker_len;
	rec->body_len = (quiclb_u8)(c->server_id_len + c->nonce_len);
	rec->head_len = family == QUICLB_FAMILY_BARE ? 0 : 1;
	rec->min_cid_len = (quiclb_u8)(rec->head_len + rec->body_len);
	rec->cid_len = (quiclb_u8)(rec->min_cid_len + c->server_use_len);
	rec->length_code = (quiclb_u8)(rec->cid_len - 1 - c->uncounted_len);
	/* the left half alone holds what is not longer than half of all */
	rec->first_pass =
		2 * (c->server_id_len + c->worker_len) > rec->body_len;
	rec->server_id_mask[0] = quiclb_h_mask64(c->server_id_len);
	rec->server_id_mask[1] = quiclb_h_mask64(c->server_id_len - 8);
}

static int check_flags(const struct quiclb_config *c)
{
	static const uint8_t none[sizeof(c->reserved)];

	if (c->encode_length > 1 || c->has_key > 1 ||
	    memcmp(c->reserved, none, sizeof(none)) != 0)
		return QUICLB_ERR_ARG;
	return 0;
}

static int check_lengths(const struct quiclb_config *c,
			 const struct quiclb_record *rec)
{
	/* in ints: the record's bytes wrap */
	const int cid_len = rec->head_len + c->server_id_len + c->nonce_len +
			    c->server_use_len;
	const int err = quiclb_h_valid(rec);

	if (err)
		return err;
	if (cid_len > QUICLB_CID_MAX_BYTES)
		return QUICLB_ERR_CID_LEN;
	if (c->worker_len &&
	    c->worker_len + NONCE_BESIDE_WORKER_MIN_BYTES > c->nonce_len)
		return QUICLB_ERR_WORKER_LEN;
	if (c->uncounted_len > c->server_use_len ||
	    (c->uncounted_len && !c->encode_length))
		return QUICLB_ERR_UNCOUNTED_LEN;
	return 0;
}

static int check_key(const struct quiclb_config *c)
{
	const int keyed = quiclb_codec_is_keyed(c->codec);

	if (keyed && !c->has_key)
		return QUICLB_ERR_KEY_MISSING;
	if (!keyed && c->has_key)
		return QUICLB_ERR_KEY_UNEXPECTED;
	return 0;
}

/* Checks a copy and compiles it. */
static int freeze(const struct quiclb_config *c, struct quiclb_record *rec)
{
	const int family = quiclb_h_family(c->codec);
	int err = check_flags(c);

	if (err)
		return err;
	if (family < 0)
		return family;
	freeze_lengths(c, (enum quiclb_family)family, rec);
	err = check_lengths(c, rec);
	if (!err)
		err = check_key(c);
	if (err)
		return err;
	quiclb_priv_halves(rec, rec->body_len);
	rec->keyed = c->has_key;
	if (c->has_key)
		quiclb_h_aes_expand(rec->round_keys, c->key);
	return 0;
}

int quiclb_config_compile(const struct quiclb_config *config,
			  struct quiclb_record *record)
{
	struct quiclb_config copy;
	struct quiclb_record rec;
	int err;

	if (!config || !record)
		return QUICLB_ERR_ARG;
	quiclb_config_init(&copy);
	err = quiclb_priv_intake(&copy, sizeof(copy), config, config->size,
				 CONFIG_FIRST_SIZE);
	if (!err)
		err = freeze(&copy, &rec);
	if (!err)
		*record = rec;
	quiclb_wipe(&copy, sizeof(copy));
	quiclb_wipe(&rec, sizeof(rec));
	return err;
}

int quiclb_config_check(const struct quiclb_config *config)
{
	struct quiclb_record record;
	const int err = quiclb_config_compile(config, &record);

	quiclb_wipe(&record, sizeof(record));
	return err;
}

int quiclb_config_preset(struct quiclb_config *config, const char *name)
{
	if (!config || !name)
		return QUICLB_ERR_ARG;
#define QUICLB_PRESET(text, upper, id, nonce, use, encode, uncounted)          \
	if (!strcmp(name, text)) {                                             \
		quiclb_config_init(config);                                    \
		config->codec = QUICLB_CODEC_##upper;                          \
		config->server_id_len = (id);                                  \
		config->nonce_len = (nonce);                                   \
		config->server_use_len = (use);                                \
		config->encode_length = (encode);                              \
		config->uncounted_len = (uncounted);                           \
		return 0;                                                      \
	}
	QUICLB_PRESET_LIST(QUICLB_PRESET)
#undef QUICLB_PRESET
	return QUICLB_ERR_CODEC;
}

unsigned int quiclb_priv_reserved(const struct quiclb_record *rec)
{
	const int family = quiclb_h_family(rec->codec);

	return quiclb_h_reserved((enum quiclb_family)family,
				 rec->rotation_bits);
}
