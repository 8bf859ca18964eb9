/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of configs by first octet, around the shared decoder.  Reading it
 * writes nothing, so threads can share it.
 */
#include <stdlib.h>

#include "decoder.h"
#include "one.h"

#define DECODED_FIRST_SIZE                                                     \
	(offsetof(struct quiclb_decoded, reserved) +                           \
	 sizeof(((struct quiclb_decoded *)0)->reserved))

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_decoded) == DECODED_FIRST_SIZE,
		     "no padding at the end: a new field would read it");

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

static unsigned int claims_of(const struct quiclb_entry *entry)
{
	return quiclb_h_claims(entry->cipher.record.rotation_bits,
			       entry->cipher.record.rotation);
}

/* Takes the configs of one slot out of every slot they stand in. */
static void empty_slot(struct quiclb_decoder *d, unsigned int codepoint)
{
	const struct quiclb_slot slot = d->slots[codepoint];
	unsigned int claims, c, i;

	if (!slot.n)
		return;
	/* configs share all of their slots or none */
	claims = claims_of(slot.entries[0]);
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (claims & 1u << c)
			d->slots[c].n = 0;
	for (i = 0; i < slot.n; i++) {
		quiclb_wipe(slot.entries[i], sizeof(*slot.entries[i]));
		free(slot.entries[i]);
	}
}

void quiclb_decoder_free(struct quiclb_decoder *decoder)
{
	unsigned int c;

	if (!decoder)
		return;
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		empty_slot(decoder, c);
	quiclb_wipe(decoder, sizeof(*decoder));
	free(decoder);
}

static void find_only(struct quiclb_decoder *d)
{
	const struct quiclb_entry *entry = NULL;
	unsigned int c;

	d->only = NULL;
	d->only_claims = 0;
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		const struct quiclb_slot *const slot = &d->slots[c];

		if (!slot->n)
			continue;
		if (slot->n > 1 || d->known ||
		    (entry && entry != slot->entries[0]))
			return;
		entry = slot->entries[0];
	}
	if (!entry)
		return;
	d->only = entry;
	d->only_claims = claims_of(entry);
}

void quiclb_decoder_set_known(struct quiclb_decoder *decoder,
			      quiclb_known_fn *known, void *arg)
{
	if (!decoder)
		return;
	decoder->known = known;
	decoder->known_arg = arg;
	find_only(decoder);
}

/* What the configs of a slot have reserved; they may be of two families. */
static unsigned int slot_reserved(const struct quiclb_slot *slot)
{
	unsigned int reserved = 0, i;

	for (i = 0; i < slot->n; i++)
		reserved |=
			quiclb_priv_reserved(&slot->entries[i]->cipher.record);
	return reserved;
}

/* What the configs of a decoder have reserved. */
static unsigned int reserved_of(const struct quiclb_decoder *d)
{
	unsigned int reserved = 0, c, n = 0;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		n += d->slots[c].n;
		reserved |= slot_reserved(&d->slots[c]);
	}
	return n ? reserved : 1u << QUICLB_ROTATION_UNROUTABLE;
}

/* Whether a config may stand beside, or together with, those there are. */
static int find_place(const struct quiclb_decoder *d,
		      const struct quiclb_record *rec, int may_share)
{
	const unsigned int claims =
		quiclb_h_claims(rec->rotation_bits, rec->rotation);
	const unsigned int reserved = quiclb_priv_reserved(rec);
	unsigned int c;

	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		const struct quiclb_slot *const slot = &d->slots[c];

		if (!slot->n)
			continue;
		if (reserved & 1u << c || slot_reserved(slot) & claims)
			return QUICLB_ERR_AMBIGUOUS;
		if (!(claims & 1u << c))
			continue;
		if (claims != claims_of(slot->entries[0]))
			return QUICLB_ERR_AMBIGUOUS;
		if (!may_share)
			return QUICLB_ERR_ROTATION_IN_USE;
		if (slot->n == QUICLB_N_TENANTS)
			return QUICLB_ERR_TENANTS;
	}
	return 0;
}

static int put(struct quiclb_decoder *d, const struct quiclb_record *rec,
	       uint32_t tenant)
{
	struct quiclb_entry *const entry = calloc(1, sizeof(*entry));
	unsigned int c;

	if (!entry)
		return QUICLB_ERR_NOMEM;
	quiclb_priv_cipher_init(&entry->cipher, rec);
	entry->whole = entry->cipher;
	entry->whole.record.first_pass = 1;
	entry->tenant = tenant;
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (claims_of(entry) & 1u << c)
			d->slots[c].entries[d->slots[c].n++] = entry;
	find_only(d);
	return 0;
}

static int add(struct quiclb_decoder *decoder,
	       const struct quiclb_config *config, uint32_t tenant,
	       int may_share)
{
	struct quiclb_record record;
	int err;

	if (!decoder)
		return QUICLB_ERR_ARG;
	err = quiclb_config_compile(config, &record);
	if (err)
		return err;
	err = find_place(decoder, &record, may_share);
	if (!err)
		err = put(decoder, &record, tenant);
	quiclb_wipe(&record, sizeof(record));
	return err;
}

int quiclb_decoder_add(struct quiclb_decoder *decoder,
		       const struct quiclb_config *config)
{
	return add(decoder, config, 0, 0);
}

int quiclb_decoder_add_tenant(struct quiclb_decoder *decoder,
			      const struct quiclb_config *config,
			      uint32_t tenant)
{
	/* without knowing servers the first of a slot would always win */
	return add(decoder, config, tenant, decoder && decoder->known);
}

int quiclb_decoder_remove(struct quiclb_decoder *decoder, uint8_t first_octet)
{
	const int codepoint = quiclb_h_codepoint(first_octet);

	if (!decoder)
		return QUICLB_ERR_ARG;
	if (!decoder->slots[codepoint].n)
		return QUICLB_ERR_NO_CONFIG;
	empty_slot(decoder, (unsigned int)codepoint);
	find_only(decoder);
	return 0;
}

int quiclb_priv_find_slot(const struct quiclb_decoder *decoder,
			  uint8_t first_octet, const struct quiclb_slot **slot)
{
	const int codepoint = quiclb_h_codepoint(first_octet);

	*slot = &decoder->slots[codepoint];
	if ((*slot)->n)
		return 0;
	return reserved_of(decoder) & 1u << codepoint ? QUICLB_ERR_RESERVED
						      : QUICLB_ERR_NO_CONFIG;
}

static void describe(const struct quiclb_record *rec,
		     const struct quiclb_words *plain,
		     struct quiclb_decoded *out)
{
	const struct quiclb_block id = quiclb_h_server_id(rec, plain);
	const struct quiclb_words rest =
		quiclb_h_drop(plain, rec->server_id_len);

	quiclb_decoded_init(out);
	out->config_rotation = rec->rotation;
	out->cid_len = rec->cid_len;
	out->server_id_len = rec->server_id_len;
	out->nonce_len = rec->nonce_len;
	out->worker_len = rec->worker_len;
	quiclb_priv_store_block(out->server_id, &id, sizeof(out->server_id));
	quiclb_priv_store(out->nonce, &rest, rec->nonce_len);
}

static int is_unknown(const struct quiclb_decoder *decoder,
		      const struct quiclb_entry *entry,
		      const uint8_t *server_id)
{
	return decoder->known &&
	       !decoder->known(decoder->known_arg, entry->tenant, server_id,
			       entry->cipher.record.server_id_len);
}

/* What one config makes of a CID: 0 and *out, or why nothing. */
typedef int try_fn(const struct quiclb_decoder *decoder,
		   const struct quiclb_entry *entry, const uint8_t *cid,
		   void *out);

/* out is struct quiclb_decoded. */
static int try_all(const struct quiclb_decoder *decoder,
		   const struct quiclb_entry *entry, const uint8_t *cid,
		   void *out)
{
	struct quiclb_decoded *const decoded = out;
	struct quiclb_words plain = { { 0, 0, 0 } };

	quiclb_priv_one_decode(&entry->whole, cid, &plain);
	describe(&entry->whole.record, &plain, decoded);
	decoded->tenant = entry->tenant;
	return is_unknown(decoder, entry, decoded->server_id)
		       ? QUICLB_ERR_UNKNOWN_SERVER
		       : 0;
}

struct found_id {
	int len;
	uint8_t bytes[QUICLB_SERVER_ID_CAP_BYTES];
};

/* out is struct found_id. */
static int try_server_id(const struct quiclb_decoder *decoder,
			 const struct quiclb_entry *entry, const uint8_t *cid,
			 void *out)
{
	struct found_id *const id = out;

	id->len = quiclb_priv_one_server_id(&entry->cipher, cid, id->bytes);
	return is_unknown(decoder, entry, id->bytes) ? QUICLB_ERR_UNKNOWN_SERVER
						     : 0;
}

/* The configs of a CID's slot, in turn, until one makes something of it. */
static int read_cid(const struct quiclb_decoder *decoder, const uint8_t *cid,
		    size_t cid_len, try_fn *try_one, void *out)
{
	const struct quiclb_slot *slot;
	int err, result = QUICLB_ERR_SHORT;
	unsigned int i;

	if (!cid_len)
		return QUICLB_ERR_SHORT;
	err = quiclb_priv_find_slot(decoder, cid[0], &slot);
	if (err)
		return err;
	for (i = 0; i < slot->n; i++) {
		if (cid_len < slot->entries[i]->cipher.record.min_cid_len)
			continue;
		/* that one was long enough says more than that one was not */
		result = try_one(decoder, slot->entries[i], cid, out);
		if (!result)
			break;
	}
	return result;
}

int quiclb_decoder_read(const struct quiclb_decoder *decoder,
			const uint8_t *cid, size_t cid_len,
			struct quiclb_decoded *decoded)
{
	struct quiclb_decoded out;
	size_t size;
	int err;

	if (!decoder || !cid || !decoded)
		return QUICLB_ERR_ARG;
	size = decoded->size;
	err = quiclb_priv_intake(&out, sizeof(out), decoded, size,
				 DECODED_FIRST_SIZE);
	if (!err)
		err = read_cid(decoder, cid, cid_len, try_all, &out);
	if (err)
		return err;
	memcpy(decoded, &out, size < sizeof(out) ? size : sizeof(out));
	decoded->size = size;
	return 0;
}

/* The config of a CID, where there is but one that it may belong to. */
static const struct quiclb_entry *
only_entry(const struct quiclb_decoder *decoder, uint8_t first_octet)
{
	const int codepoint = quiclb_h_codepoint(first_octet);
	const struct quiclb_slot *const slot = &decoder->slots[codepoint];

	if (decoder->only_claims >> codepoint & 1)
		return decoder->only;
	return slot->n == 1 && !decoder->known ? slot->entries[0] : NULL;
}

/* Of its own, as it needs room on the stack; what is usual does not. */
QUICLB_OUTLINE int search(const struct quiclb_decoder *decoder,
			  const uint8_t *cid, size_t cid_len,
			  uint8_t *server_id, size_t server_id_cap)
{
	struct found_id id;
	const int err = read_cid(decoder, cid, cid_len, try_server_id, &id);

	if (err)
		return err;
	if (server_id_cap < (size_t)id.len)
		return QUICLB_ERR_SPACE;
	memcpy(server_id, id.bytes, (size_t)id.len);
	return id.len;
}

int quiclb_decoder_decode(const struct quiclb_decoder *decoder,
			  const uint8_t *cid, size_t cid_len,
			  uint8_t *server_id, size_t server_id_cap)
{
	const struct quiclb_entry *entry;

	if (!decoder || !cid || !server_id)
		return QUICLB_ERR_ARG;
	/* what nearly all are, without a detour */
	entry = cid_len ? only_entry(decoder, cid[0]) : NULL;
	if (entry && cid_len >= entry->cipher.record.min_cid_len &&
	    server_id_cap >= entry->cipher.record.server_id_len)
		return quiclb_priv_one_server_id(&entry->cipher, cid,
						 server_id);
	return search(decoder, cid, cid_len, server_id, server_id_cap);
}

int quiclb_decoder_cid_len(const struct quiclb_decoder *decoder,
			   uint8_t first_octet)
{
	const struct quiclb_slot *slot;
	unsigned int i;
	int err, len;

	if (!decoder)
		return QUICLB_ERR_ARG;
	err = quiclb_priv_find_slot(decoder, first_octet, &slot);
	if (err)
		return err;
	len = slot->entries[0]->cipher.record.cid_len;
	for (i = 1; i < slot->n; i++)
		if (slot->entries[i]->cipher.record.cid_len != len)
			return QUICLB_ERR_AMBIGUOUS;
	return len;
}
