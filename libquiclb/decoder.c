/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of configs by config rotation, around the shared decoder.
 */
#include <stdlib.h>

#include "private.h"

struct quiclb_decoder {
	struct quiclb_cipher slots[QUICLB_N_ROTATIONS]; /* codec 0: free */
};

int quiclb_decoder_new(struct quiclb_decoder **decoder)
{
	struct quiclb_decoder *d;

	if (!decoder)
		return QUICLB_ERR_ARG;
	d = calloc(1, sizeof(*d));
	if (!d)
		return QUICLB_ERR_NOMEM;
	*decoder = d;
	return 0;
}

void quiclb_decoder_free(struct quiclb_decoder *decoder)
{
	size_t i;

	if (!decoder)
		return;
	for (i = 0; i < QUICLB_N_ROTATIONS; i++)
		quiclb_priv_cipher_free(&decoder->slots[i]);
	free(decoder);
}

int quiclb_decoder_add(struct quiclb_decoder *decoder,
		       const struct quiclb_config *config)
{
	struct quiclb_config copy;
	struct quiclb_record record;
	struct quiclb_cipher *slot;
	int err;

	if (!decoder)
		return QUICLB_ERR_ARG;
	err = quiclb_priv_config_intake(config, &copy);
	if (err)
		return err;
	slot = &decoder->slots[copy.config_rotation];
	if (slot->record.codec) {
		err = QUICLB_ERR_ROTATION_IN_USE;
	} else {
		quiclb_priv_config_freeze(&copy, &record);
		err = quiclb_priv_cipher_init(slot, &record, copy.key);
		quiclb_wipe(&record, sizeof(record));
	}
	quiclb_wipe(&copy, sizeof(copy));
	return err;
}

int quiclb_decoder_remove(struct quiclb_decoder *decoder,
			  unsigned int config_rotation)
{
	if (!decoder)
		return QUICLB_ERR_ARG;
	if (config_rotation >= QUICLB_N_ROTATIONS)
		return QUICLB_ERR_ROTATION;
	if (!decoder->slots[config_rotation].record.codec)
		return QUICLB_ERR_NO_CONFIG;
	quiclb_priv_cipher_free(&decoder->slots[config_rotation]);
	return 0;
}

/* The slot of a first octet: index, or the reason there is none. */
static int find_slot(const struct quiclb_decoder *decoder, uint8_t first_octet)
{
	const int rotation = quiclb_h_rotation(first_octet);

	if (rotation == QUICLB_ROTATION_UNROUTABLE)
		return QUICLB_ERR_RESERVED;
	if (!decoder->slots[rotation].record.codec)
		return QUICLB_ERR_NO_CONFIG;
	return rotation;
}

int quiclb_decoder_decode(struct quiclb_decoder *decoder, const uint8_t *cid,
			  size_t cid_len, uint8_t *server_id,
			  size_t server_id_cap)
{
	struct quiclb_cipher *cipher;
	struct quiclb_words win;
	struct quiclb_block id;
	int slot;

	if (!decoder || !cid || !server_id)
		return QUICLB_ERR_ARG;
	if (!cid_len)
		return QUICLB_ERR_SHORT;
	slot = find_slot(decoder, cid[0]);
	if (slot < 0)
		return slot;
	cipher = &decoder->slots[slot];
	if (cid_len < cipher->record.min_cid_len)
		return QUICLB_ERR_SHORT;
	if (server_id_cap < cipher->record.server_id_len)
		return QUICLB_ERR_SPACE;
	win = quiclb_h_window(cid, cipher->record.min_cid_len);
	quiclb_h_decode(&cipher->record, &win, &id, quiclb_priv_encrypt,
			quiclb_priv_decrypt);
	if (cipher->failed)
		return QUICLB_ERR_CRYPTO;
	quiclb_priv_store(server_id, id.w, cipher->record.server_id_len);
	return cipher->record.server_id_len;
}

int quiclb_decoder_cid_len(const struct quiclb_decoder *decoder,
			   uint8_t first_octet)
{
	int slot;

	if (!decoder)
		return QUICLB_ERR_ARG;
	slot = find_slot(decoder, first_octet);
	return slot < 0 ? slot : decoder->slots[slot].record.cid_len;
}
