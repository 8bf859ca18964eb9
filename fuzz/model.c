/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See model.h.
 */
#include "model.h"

int model_known(void *arg, uint32_t tenant, const uint8_t *id, size_t id_len)
{
	return !arg && ((id[0] ^ id[id_len - 1] ^ tenant) & 1);
}

static unsigned int claims(const struct quiclb_record *rec)
{
	return quiclb_h_claims(rec->rotation_bits, rec->rotation);
}

/* Codepoints that servers of the config's family use without a config. */
static unsigned int reserved(const struct quiclb_record *rec)
{
	const int family = quiclb_h_family(rec->codec);

	return quiclb_h_reserved((enum quiclb_family)family,
				 rec->rotation_bits);
}

static int fits(const struct model *model, const struct quiclb_record *rec,
		size_t n_same)
{
	size_t i, same = 0;

	for (i = 0; i < model->n; i++) {
		const struct quiclb_record *const other = &model->records[i];

		if (claims(other) == claims(rec))
			same++;
		else if (claims(other) & claims(rec))
			return 0;
		if (claims(other) & reserved(rec) ||
		    claims(rec) & reserved(other))
			return 0;
	}
	return same < n_same;
}

int model_take(struct model *model, const struct quiclb_config *config,
	       uint32_t tenant, size_t n_same)
{
	struct quiclb_record *const rec = &model->records[model->n];

	if (quiclb_config_compile(config, rec) || !fits(model, rec, n_same))
		return 0;
	model->tenants[model->n++] = tenant;
	return 1;
}

int model_forget(struct model *model, uint8_t first_octet)
{
	const unsigned int codepoint = 1u << (first_octet >> 5);
	const size_t before = model->n;
	size_t i;

	model->n = 0;
	for (i = 0; i < before; i++) {
		if (claims(&model->records[i]) & codepoint)
			continue;
		model->records[model->n] = model->records[i];
		model->tenants[model->n++] = model->tenants[i];
	}
	return model->n != before;
}

/* The reason why a first octet has no config. */
static int nothing(const struct model *model, uint8_t first_octet)
{
	unsigned int kept = model->n ? 0 : 0x80;
	size_t i;

	for (i = 0; i < model->n; i++)
		kept |= reserved(&model->records[i]);
	return kept >> (first_octet >> 5) & 1 ? QUICLB_ERR_RESERVED
					      : QUICLB_ERR_NO_CONFIG;
}

int model_find(const struct model *model, uint8_t first_octet)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (claims(&model->records[i]) >> (first_octet >> 5) & 1)
			return (int)i;
	return nothing(model, first_octet);
}

static int server_id(const struct quiclb_record *rec, const uint8_t *cid,
		     size_t cid_len, uint8_t *id)
{
	struct quiclb_block block = { { 0, 0 } };
	const int err =
		quiclb_decode_server(rec, cid, (quiclb_u32)cid_len, &block);
	size_t i;

	for (i = 0; i < QUICLB_SERVER_ID_CAP_BYTES; i++)
		id[i] = (uint8_t)(block.w[i / 8] >> 8 * (i % 8));
	return err;
}

int model_decode(const struct model *model, const uint8_t *cid, size_t cid_len,
		 uint8_t *id)
{
	int result = 0;
	size_t i;

	if (!cid_len)
		return QUICLB_ERR_SHORT;
	for (i = 0; i < model->n; i++) {
		const struct quiclb_record *const rec = &model->records[i];

		if (!(claims(rec) >> (cid[0] >> 5) & 1))
			continue;
		if (server_id(rec, cid, cid_len, id))
			result = result ? result : QUICLB_ERR_SHORT;
		else if (model_known(NULL, model->tenants[i], id,
				     rec->server_id_len))
			return (int)i;
		else
			result = QUICLB_ERR_UNKNOWN_SERVER;
	}
	return result ? result : nothing(model, cid[0]);
}
