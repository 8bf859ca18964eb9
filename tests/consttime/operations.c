/* SPDX-License-Identifier: BSD-2-Clause */
#include <quiclb/native.h>

#include "operations.h"
#include "paths.h"
#include "secrets.h"

/* Opens what was secret and has been compared to: results are the caller's. */
static int same(void *secret, const void *clear, size_t len)
{
	secrets_open(secret, len);
	return !memcmp(secret, clear, len);
}

/* ------------------------------------------------- config and the headers --
 */

static int compile(struct subject *s, const struct subject *clear)
{
	struct quiclb_record record, want;

	return !quiclb_config_check(&s->config) &&
	       !quiclb_config_compile(&s->config, &record) &&
	       !quiclb_config_compile(&clear->config, &want) &&
	       same(&record, &want, sizeof(want));
}

static int header_decode(struct subject *s, const struct subject *clear)
{
	const struct quiclb_words cid =
		quiclb_h_window(s->cid, (quiclb_u32)s->cid_len);
	struct quiclb_record record;
	struct quiclb_words plain;
	struct quiclb_block id, again;

	if (quiclb_config_compile(&s->config, &record) ||
	    quiclb_decode_server(&record, s->cid, (quiclb_u32)s->cid_len,
				 &id) ||
	    quiclb_h_decode(&record, &cid, &plain, quiclb_h_encrypt,
			    quiclb_h_decrypt))
		return 0;
	again = quiclb_h_server_id(&record, &plain);
	return same(&id, clear->server_id, s->config.server_id_len) &&
	       same(&again, clear->server_id, s->config.server_id_len);
}

/* What a caller of quiclb_h_encode() makes himself. */
static quiclb_u8 plaintext(const struct subject *s,
			   const struct quiclb_record *rec,
			   struct quiclb_words *plain)
{
	const unsigned int n_low = 8u - rec->rotation_bits;
	const unsigned int low =
		rec->encode_length ? rec->length_code : SUBJECT_LOW_BITS;
	uint8_t bytes[QUICLB_CID_MAX_BYTES] = { 0 };

	memcpy(bytes, s->server_id, rec->server_id_len);
	memcpy(bytes + rec->server_id_len, s->nonce, rec->nonce_len);
	*plain = quiclb_h_window(bytes, rec->body_len);
	return (quiclb_u8)(rec->rotation << n_low |
			   (low & ((1u << n_low) - 1)));
}

static int same_cid(struct quiclb_words *words, const struct subject *clear)
{
	uint8_t cid[24];
	int i;

	for (i = 0; i < 24; i++)
		cid[i] = (uint8_t)(words->w[i / 8] >> 8 * (i % 8));
	return same(cid, clear->cid, clear->cid_len);
}

static int header_encode(struct subject *s, const struct subject *clear)
{
	struct quiclb_record record;
	struct quiclb_words plain, cid;
	quiclb_u8 first;

	if (quiclb_config_compile(&s->config, &record))
		return 0;
	first = plaintext(s, &record, &plain);
	return !quiclb_h_encode(&record, &plain, first, &cid, quiclb_h_encrypt,
				quiclb_h_decrypt) &&
	       same_cid(&cid, clear);
}

#if QUICLB_HAVE_NATIVE
QUICLB_NATIVE static int native_decode(struct subject *s,
				       const struct subject *clear)
{
	struct quiclb_record record;
	struct quiclb_cipher cipher;
	struct quiclb_block id;

	if (quiclb_config_compile(&s->config, &record))
		return 0;
	quiclb_native_prepare(&cipher, &record);
	return !quiclb_native_decode_server(&cipher, s->cid,
					    (quiclb_u32)s->cid_len, &id) &&
	       same(&id, clear->server_id, s->config.server_id_len);
}

QUICLB_NATIVE static int native_encode(struct subject *s,
				       const struct subject *clear)
{
	struct quiclb_record record;
	struct quiclb_cipher cipher;
	struct quiclb_words plain, cid;
	quiclb_u8 first;

	if (quiclb_config_compile(&s->config, &record))
		return 0;
	quiclb_native_prepare(&cipher, &record);
	first = plaintext(s, &record, &plain);
	return !quiclb_native_encode(&cipher, &plain, first, &cid) &&
	       same_cid(&cid, clear);
}
#endif

/* -------------------------------------------------------------- decoders -- */

static struct quiclb_decoder *decoder_of(const struct subject *s, int both)
{
	struct quiclb_decoder *decoder;

	if (quiclb_decoder_new(&decoder))
		return NULL;
	if (!quiclb_decoder_add(decoder, &s->config) &&
	    (!both || !quiclb_decoder_add(decoder, &s->other)))
		return decoder;
	quiclb_decoder_free(decoder);
	return NULL;
}

static int finds(const struct quiclb_decoder *decoder, const struct subject *s,
		 const struct subject *clear)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];

	return quiclb_decoder_decode(decoder, s->cid, s->cid_len, id,
				     sizeof(id)) == s->config.server_id_len &&
	       same(id, clear->server_id, s->config.server_id_len);
}

static int decode(struct subject *s, const struct subject *clear)
{
	struct quiclb_decoder *const decoder = decoder_of(s, 0);
	const int good = decoder && finds(decoder, s, clear);

	quiclb_decoder_free(decoder);
	return good;
}

static int decode_other(struct subject *s, const struct subject *clear)
{
	struct quiclb_decoder *const decoder = decoder_of(s, 1);
	const int good = decoder && finds(decoder, s, clear);

	quiclb_decoder_free(decoder);
	return good;
}

/* A batch; every n-th CID is of the other config, if n is not 0. */
static int finds_all(const struct quiclb_decoder *decoder,
		     const struct subject *s, const struct subject *clear,
		     int n)
{
	struct quiclb_cid_ref refs[SUBJECT_N];
	struct quiclb_server_id ids[SUBJECT_N];
	int i, good;

	for (i = 0; i < SUBJECT_N; i++) {
		const int other = n && i % n == 0;

		refs[i].cid = other ? s->other_cid : s->cid;
		refs[i].cid_len = other ? s->other_cid_len : s->cid_len;
	}
	good = quiclb_decoder_decode_batch(decoder, refs, ids, SUBJECT_N) ==
	       SUBJECT_N;
	for (i = 0; good && i < SUBJECT_N; i++)
		good = same(ids[i].bytes, clear->server_id,
			    s->config.server_id_len);
	return good;
}

static int decode_many(struct subject *s, const struct subject *clear, int n)
{
	struct quiclb_decoder *const decoder = decoder_of(s, n != 0);
	const int good = decoder && finds_all(decoder, s, clear, n);

	quiclb_decoder_free(decoder);
	return good;
}

/*
 * What the library's caller does with a server ID is his: a packet goes where
 * all can see it, and which servers there are is no secret.
 */
static int is_ours(void *arg, uint32_t tenant, const uint8_t *server_id,
		   size_t server_id_len)
{
	const struct subject *const clear = arg;
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];

	(void)tenant;
	memcpy(id, server_id, server_id_len);
	return same(id, clear->server_id, server_id_len);
}

/* Before ours one with another key, who does not know the server. */
static struct quiclb_decoder *tenants_of(const struct subject *s,
					 struct subject *asked)
{
	struct quiclb_config first = s->config;
	struct quiclb_decoder *decoder;

	if (first.has_key)
		memcpy(first.key, s->nonce_secret, sizeof(first.key));
	if (quiclb_decoder_new(&decoder))
		return NULL;
	quiclb_decoder_set_known(decoder, is_ours, asked);
	if (!quiclb_decoder_add_tenant(decoder, &first, 1) &&
	    !quiclb_decoder_add_tenant(decoder, &s->config, 2))
		return decoder;
	quiclb_decoder_free(decoder);
	return NULL;
}

static int decode_tenants(struct subject *s, const struct subject *clear)
{
	struct subject asked = *clear;
	struct quiclb_decoder *const decoder = tenants_of(s, &asked);
	const int good = decoder && finds(decoder, s, clear);

	quiclb_decoder_free(decoder);
	return good;
}

static int decode_tenants_batch(struct subject *s, const struct subject *clear)
{
	struct subject asked = *clear;
	struct quiclb_decoder *const decoder = tenants_of(s, &asked);
	const int good = decoder && finds_all(decoder, s, clear, 0);

	quiclb_decoder_free(decoder);
	return good;
}

static int read_all(struct subject *s, const struct subject *clear)
{
	struct quiclb_decoder *const decoder = decoder_of(s, 0);
	struct quiclb_decoded decoded;
	int good;

	quiclb_decoded_init(&decoded);
	good = decoder &&
	       !quiclb_decoder_read(decoder, s->cid, s->cid_len, &decoded) &&
	       same(decoded.server_id, clear->server_id,
		    s->config.server_id_len) &&
	       same(decoded.nonce, clear->nonce, s->config.nonce_len);
	quiclb_decoder_free(decoder);
	return good;
}

static int decode_batch(struct subject *s, const struct subject *clear)
{
	return decode_many(s, clear, 0);
}

static int decode_mixed_batch(struct subject *s, const struct subject *clear)
{
	return decode_many(s, clear, 3);
}

/* -------------------------------------------------------------- encoders -- */

static int encode(struct subject *s, const struct subject *clear)
{
	struct quiclb_encoder *const encoder =
		subject_encoder(s, &s->config, 0);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const int good =
		encoder &&
		subject_encode(encoder, s->nonce, cid) == (int)clear->cid_len &&
		same(cid, clear->cid, clear->cid_len);

	quiclb_encoder_free(encoder);
	return good;
}

/* With the nonce that its secret says is the first. */
static int encode_first(const struct subject *s, uint8_t *cid)
{
	struct quiclb_encoder *const encoder =
		subject_encoder(s, &s->config, 1);
	const int good = encoder &&
			 subject_encode(encoder, NULL, cid) == (int)s->cid_len;

	quiclb_encoder_free(encoder);
	secrets_open(cid, s->cid_len);
	return good;
}

static int encode_ordered(struct subject *s, const struct subject *clear)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], want[QUICLB_CID_MAX_BYTES];

	return encode_first(s, cid) && encode_first(clear, want) &&
	       !memcmp(cid, want, clear->cid_len);
}

/* A CID is the world's once it is issued. */
static int names_us(uint8_t *cid, const struct subject *clear,
		    const struct quiclb_config *config)
{
	struct quiclb_record record;
	struct quiclb_block id;

	secrets_open(cid, clear->cid_len);
	return !quiclb_config_compile(config, &record) &&
	       !quiclb_decode_server(&record, cid, (quiclb_u32)clear->cid_len,
				     &id) &&
	       !memcmp(&id, clear->server_id, config->server_id_len);
}

/* Two: the second is from the stock. */
static int next(struct subject *s, const struct subject *clear)
{
	struct quiclb_encoder *const encoder =
		subject_encoder(s, &s->config, 0);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const int good = encoder &&
			 quiclb_encoder_next(encoder, cid, sizeof(cid)) > 0 &&
			 names_us(cid, clear, &clear->config) &&
			 quiclb_encoder_fill(encoder, cid, clear->cid_len) &&
			 names_us(cid, clear, &clear->config);

	quiclb_encoder_free(encoder);
	return good;
}

static int next_batch(struct subject *s, const struct subject *clear)
{
	struct quiclb_encoder *const encoder =
		subject_encoder(s, &s->config, 0);
	uint8_t cids[SUBJECT_N][QUICLB_CID_MAX_BYTES];
	int i, good = encoder && quiclb_encoder_next_batch(
					 encoder, cids[0], sizeof(cids[0]),
					 SUBJECT_N) == SUBJECT_N;

	for (i = 0; good && i < SUBJECT_N; i++)
		good = names_us(cids[i], clear, &clear->config);
	quiclb_encoder_free(encoder);
	return good;
}

/* The next CID of one part of three; then the part moves to the other config */
static int split_and_rotate(struct subject *s, const struct subject *clear)
{
	struct quiclb_encoder *const whole = subject_encoder(s, &s->config, 0);
	struct quiclb_encoder *other = subject_encoder(s, &s->other, 0);
	struct quiclb_encoder *part = NULL;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int good = whole && other && !quiclb_encoder_split(whole, 1, 3, &part);

	good = good && quiclb_encoder_next(part, cid, sizeof(cid)) > 0 &&
	       names_us(cid, clear, &clear->config);
	good = good && !quiclb_encoder_rotate(part, other);
	if (good)
		other = NULL; /* taken over */
	good = good && quiclb_encoder_next(part, cid, sizeof(cid)) > 0 &&
	       names_us(cid, clear, &clear->other);
	quiclb_encoder_free(part);
	quiclb_encoder_free(other);
	quiclb_encoder_free(whole);
	return good;
}

const struct operation operations[] = {
	{ "compile", compile, PATHS_PORTABLE, 0, 0 },
	{ "header-decode", header_decode, PATHS_PORTABLE, 0, 0 },
	{ "header-encode", header_encode, PATHS_PORTABLE, 0, 0 },
#if QUICLB_HAVE_NATIVE
	{ "header-decode", native_decode, PATHS_AES, 0, 0 },
	{ "header-encode", native_encode, PATHS_AES, 0, 0 },
#endif
	{ "decode", decode, PATHS_ONE, 0, 0 },
	{ "decode-one-of-two", decode_other, PATHS_ONE, OPERATION_WANTS_OTHER,
	  1 },
	{ "decode-tenants", decode_tenants, PATHS_ONE, 0, 1 },
	{ "read", read_all, PATHS_ONE, 0, 0 },
	{ "decode-batch", decode_batch, PATHS_ALL, 0, 1 },
	{ "decode-tenants-batch", decode_tenants_batch, PATHS_ALL, 0, 1 },
	{ "decode-mixed-batch", decode_mixed_batch, PATHS_ALL,
	  OPERATION_WANTS_OTHER, 1 },
	{ "encode", encode, PATHS_ONE, 0, 0 },
	{ "encode-ordered", encode_ordered, PATHS_ONE, 0, 1 },
	{ "next", next, PATHS_ONE, OPERATION_WANTS_NONCES, 1 },
	{ "next-batch", next_batch, PATHS_ALL, OPERATION_WANTS_NONCES, 1 },
	{ "split-and-rotate", split_and_rotate, PATHS_ONE,
	  OPERATION_WANTS_OTHER | OPERATION_WANTS_NONCES, 1 },
	{ NULL, NULL, 0, 0, 0 },
};
