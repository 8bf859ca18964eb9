/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies between Go and libquiclb: structs by value, so that no Go pointer
 * stays in C and single calls allocate nothing, and the functions that call
 * back into Go.  It must not hold a rule of the draft.
 */
#ifndef QUICLB_GO_SHIM_H
#define QUICLB_GO_SHIM_H

#include <quiclb/quiclb.h>
#include <stdint.h>

#define SHIM_BATCH 64 /* CIDs in one call of shim_decode_batch() */

/* Bytes that a packet has for a CID; what is behind the longest is cut. */
struct shim_ref {
	uint8_t bytes[QUICLB_CID_MAX_BYTES];
	uint32_t len;
};

/*
 * Results.  left: what a Go callback left behind, a cgo.Handle of an error or
 * a panic, or 0.
 */
struct shim_result {
	int64_t result;
	uintptr_t left;
};

struct shim_cid {
	uint8_t bytes[QUICLB_CID_MAX_BYTES];
	int32_t len; /* or an error */
	uintptr_t left;
};

struct shim_id {
	struct quiclb_server_id id;
	uintptr_t left;
};

struct shim_decoded {
	struct quiclb_decoded decoded;
	int32_t err;
	uintptr_t left;
};

struct shim_encoder {
	struct quiclb_encoder *encoder;
	int err;
};

/* Which callbacks an encoder has. */
struct shim_callbacks {
	uintptr_t handle; /* what the functions are called with */
	int mark;	  /* whether there is such a function */
	int threshold;
};

/* NULL: no memory. */
struct quiclb_decoder *shim_decoder_new(void);
struct quiclb_table *shim_table_new(struct quiclb_decoder *decoder);
struct quiclb_reader *shim_reader_new(struct quiclb_table *table);

/* The i-th error there is, or 0 behind the last. */
int shim_error(unsigned int i);

/* key: QUICLB_KEY_BYTES, or NULL; put into config here, and wiped. */
int shim_config_check(struct quiclb_config config, const uint8_t *key);
int shim_decoder_add(struct quiclb_decoder *decoder,
		     struct quiclb_config config, const uint8_t *key);
int shim_decoder_add_tenant(struct quiclb_decoder *decoder,
			    struct quiclb_config config, const uint8_t *key,
			    uint32_t tenant);
/* The pointers replace those of options. */
struct shim_encoder
shim_encoder_new(struct quiclb_config config, const uint8_t *key,
		 struct quiclb_encoder_options options,
		 const uint8_t *server_id, const uint8_t *worker,
		 const uint8_t *server_use, const uint8_t *nonce_secret,
		 struct shim_callbacks callbacks);
struct shim_encoder shim_encoder_split(struct quiclb_encoder *encoder,
				       uint32_t part, uint32_t n_parts);

/*
 * What is called for each CID takes the address of an encoder or a decoder as a
 * number: cgo would look at a pointer to an opaque struct, and allocate for it.
 */
struct shim_cid shim_next(uintptr_t encoder);
/* low_bits: of the first octet; below 0: not given. */
struct shim_cid shim_encode(uintptr_t encoder, int low_bits,
			    const uint8_t *nonce, const uint8_t *server_use);
struct shim_result shim_next_batch(uintptr_t encoder, uint8_t *cids,
				   size_t stride, size_t n);
struct shim_result shim_fill(uintptr_t encoder, uint8_t *cid, size_t cid_len);

void shim_set_known(struct quiclb_decoder *decoder, uintptr_t handle);
struct shim_id shim_decode(uintptr_t decoder, struct shim_ref cid);
struct shim_decoded shim_read(uintptr_t decoder, struct shim_ref cid);
/* n is SHIM_BATCH at most. */
struct shim_result shim_decode_batch(uintptr_t decoder,
				     const struct shim_ref *cids,
				     struct quiclb_server_id *ids, size_t n);

#endif /* QUICLB_GO_SHIM_H */
