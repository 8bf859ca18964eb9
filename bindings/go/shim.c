/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls into libquiclb, and back into Go.  A callback runs on the thread of
 * the call that led to it, so what it leaves behind finds its way through a
 * variable of that thread.
 */
#include "shim.h"
#include "_cgo_export.h"

static _Thread_local uintptr_t left;

/*
 * Around a call that may call back: a callback may come here itself, with
 * another encoder or decoder.
 */
#define WITH_CALLBACKS(where, call)                                            \
	do {                                                                   \
		const uintptr_t outer = left;                                  \
                                                                               \
		left = 0;                                                      \
		call;                                                          \
		(where) = left;                                                \
		left = outer;                                                  \
	} while (0)

static int known(void *arg, uint32_t tenant, const uint8_t *server_id,
		 size_t server_id_len)
{
	/* Go panicked earlier in this call: nobody waits for the answer */
	if (left)
		return 0;
	return quiclbGoKnown((uintptr_t)arg, tenant, (uint8_t *)server_id,
			     server_id_len, &left);
}

static int mark_store(void *arg, uint64_t mark)
{
	return quiclbGoMark((uintptr_t)arg, mark, &left);
}

static void threshold_reached(void *arg, uint64_t remaining)
{
	quiclbGoThreshold((uintptr_t)arg, remaining, &left);
}

int shim_error(unsigned int i)
{
	static const int errors[] = {
#define QUICLB_ROW(name, number, text) number,
		QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	};

	return i < sizeof(errors) / sizeof(errors[0]) ? errors[i] : 0;
}

struct quiclb_decoder *shim_decoder_new(void)
{
	struct quiclb_decoder *decoder;

	return quiclb_decoder_new(&decoder) ? NULL : decoder;
}

struct quiclb_table *shim_table_new(struct quiclb_decoder *decoder)
{
	struct quiclb_table *table;

	return quiclb_table_new(decoder, &table) ? NULL : table;
}

struct quiclb_reader *shim_reader_new(struct quiclb_table *table)
{
	struct quiclb_reader *reader;

	return quiclb_reader_new(table, &reader) ? NULL : reader;
}

/* ---------------------------------------------------------------- config -- */

static void set_key(struct quiclb_config *config, const uint8_t *key)
{
	if (!key)
		return;
	config->has_key = 1;
	memcpy(config->key, key, sizeof(config->key));
}

int shim_config_check(struct quiclb_config config, const uint8_t *key)
{
	int err;

	set_key(&config, key);
	err = quiclb_config_check(&config);
	quiclb_wipe(&config, sizeof(config));
	return err;
}

int shim_decoder_add(struct quiclb_decoder *decoder,
		     struct quiclb_config config, const uint8_t *key)
{
	int err;

	set_key(&config, key);
	err = quiclb_decoder_add(decoder, &config);
	quiclb_wipe(&config, sizeof(config));
	return err;
}

int shim_decoder_add_tenant(struct quiclb_decoder *decoder,
			    struct quiclb_config config, const uint8_t *key,
			    uint32_t tenant)
{
	int err;

	set_key(&config, key);
	err = quiclb_decoder_add_tenant(decoder, &config, tenant);
	quiclb_wipe(&config, sizeof(config));
	return err;
}

/* --------------------------------------------------------------- encoder -- */

struct shim_encoder
shim_encoder_new(struct quiclb_config config, const uint8_t *key,
		 struct quiclb_encoder_options options,
		 const uint8_t *server_id, const uint8_t *worker,
		 const uint8_t *server_use, const uint8_t *nonce_secret,
		 struct shim_callbacks callbacks)
{
	struct shim_encoder out = { NULL, 0 };

	set_key(&config, key);
	options.server_id = server_id;
	options.worker = worker;
	options.server_use = server_use;
	options.nonce_secret = nonce_secret;
	options.mark_store = callbacks.mark ? mark_store : NULL;
	options.mark_arg = (void *)callbacks.handle;
	options.threshold_reached =
		callbacks.threshold ? threshold_reached : NULL;
	options.threshold_arg = (void *)callbacks.handle;
	out.err = quiclb_encoder_new(&config, &options, &out.encoder);
	quiclb_wipe(&config, sizeof(config));
	return out;
}

struct shim_encoder shim_encoder_split(struct quiclb_encoder *encoder,
				       uint32_t part, uint32_t n_parts)
{
	struct shim_encoder out = { NULL, 0 };

	out.err = quiclb_encoder_split(encoder, part, n_parts, &out.encoder);
	return out;
}

struct shim_cid shim_next(uintptr_t encoder)
{
	struct shim_cid out = { { 0 }, 0, 0 };

	WITH_CALLBACKS(out.left, out.len = quiclb_encoder_next(
					 (struct quiclb_encoder *)encoder,
					 out.bytes, sizeof(out.bytes)));
	return out;
}

struct shim_cid shim_encode(uintptr_t encoder, int low_bits,
			    const uint8_t *nonce, const uint8_t *server_use)
{
	struct shim_cid out = { { 0 }, 0, 0 };
	struct quiclb_parts parts;

	quiclb_parts_init(&parts);
	parts.has_low_bits = low_bits >= 0;
	parts.low_bits = low_bits >= 0 ? (uint8_t)low_bits : 0;
	parts.nonce = nonce;
	parts.server_use = server_use;
	WITH_CALLBACKS(out.left, out.len = quiclb_encoder_encode(
					 (struct quiclb_encoder *)encoder,
					 &parts, out.bytes, sizeof(out.bytes)));
	return out;
}

struct shim_result shim_next_batch(uintptr_t encoder, uint8_t *cids,
				   size_t stride, size_t n)
{
	struct shim_result out = { 0, 0 };

	WITH_CALLBACKS(out.left, out.result = quiclb_encoder_next_batch(
					 (struct quiclb_encoder *)encoder, cids,
					 stride, n));
	return out;
}

struct shim_result shim_fill(uintptr_t encoder, uint8_t *cid, size_t cid_len)
{
	struct shim_result out = { 0, 0 };

	WITH_CALLBACKS(out.left,
		       out.result = quiclb_encoder_fill(
			       (struct quiclb_encoder *)encoder, cid, cid_len));
	return out;
}

/* --------------------------------------------------------------- decoder -- */

void shim_set_known(struct quiclb_decoder *decoder, uintptr_t handle)
{
	quiclb_decoder_set_known(decoder, handle ? known : NULL,
				 (void *)handle);
}

struct shim_id shim_decode(uintptr_t decoder, struct shim_ref cid)
{
	struct shim_id out = { { { 0 }, 0 }, 0 };

	WITH_CALLBACKS(out.left, out.id.len = quiclb_decoder_decode(
					 (const struct quiclb_decoder *)decoder,
					 cid.bytes, cid.len, out.id.bytes,
					 sizeof(out.id.bytes)));
	return out;
}

struct shim_decoded shim_read(uintptr_t decoder, struct shim_ref cid)
{
	struct shim_decoded out;

	quiclb_decoded_init(&out.decoded);
	WITH_CALLBACKS(out.left, out.err = quiclb_decoder_read(
					 (const struct quiclb_decoder *)decoder,
					 cid.bytes, cid.len, &out.decoded));
	return out;
}

struct shim_result shim_decode_batch(uintptr_t decoder,
				     const struct shim_ref *cids,
				     struct quiclb_server_id *ids, size_t n)
{
	struct shim_result out = { 0, 0 };
	struct quiclb_cid_ref refs[SHIM_BATCH];
	size_t i;

	for (i = 0; i < n && i < SHIM_BATCH; i++) {
		refs[i].cid = cids[i].bytes;
		refs[i].cid_len = cids[i].len;
	}
	WITH_CALLBACKS(
		out.left,
		out.result = (int64_t)quiclb_decoder_decode_batch(
			(const struct quiclb_decoder *)decoder, refs, ids, i));
	return out;
}
