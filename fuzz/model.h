/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a decoder should do, in a list: each config beside each other, each CID
 * by the shared header, nothing cached.
 */
#ifndef MODEL_H
#define MODEL_H

#include "fuzz.h"

#define MODEL_MAX 32

struct model {
	struct quiclb_record records[MODEL_MAX]; /* in order */
	uint32_t tenants[MODEL_MAX];
	size_t n;
};

/* A quiclb_known_fn: every second server ID, another half by tenant. */
int model_known(void *arg, uint32_t tenant, const uint8_t *id, size_t id_len);

/*
 * Takes a config as the next if a decoder with model_known() must, or an
 * encoder, where n_same may have the same codepoints; whether it did.
 */
int model_take(struct model *model, const struct quiclb_config *config,
	       uint32_t tenant, size_t n_same);

/* Index of the first config of a first octet, or why there is none. */
int model_find(const struct model *model, uint8_t first_octet);

/* Forgets the configs of a first octet; whether there were any. */
int model_forget(struct model *model, uint8_t first_octet);

/*
 * Index of the config that a CID belongs to, and its server ID with zeros
 * behind; or the error.  id: QUICLB_SERVER_ID_CAP_BYTES.
 */
int model_decode(const struct model *model, const uint8_t *cid, size_t cid_len,
		 uint8_t *id);

#endif /* MODEL_H */
