/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cipher for a stack that brings its own plaintext: quicly, and h2o with
 * it.  Its CIDs are those of the codec quicly: one AES block.
 */
#define _POSIX_C_SOURCE 200809L
#include <quiclb/quiclb.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "stack_pair.h"

/* [hook] */
#define CID_BYTES 16

struct encryptor {
	struct stack_encryptor base; /* first */
	struct quiclb_encoder *encoder;
	struct quiclb_decoder *decoder;
	uint8_t node_id[8]; /* big-endian: the server ID */
	uint8_t reset_key[32];
};

static void put(uint8_t *out, uint64_t number, int len)
{
	while (len--) {
		out[len] = (uint8_t)number;
		number >>= 8;
	}
}

static uint64_t get(const uint8_t *in, int len)
{
	uint64_t number = 0;

	while (len--)
		number = number << 8 | *in++;
	return number;
}

static int reset_token(struct stack_encryptor *self, uint8_t *token,
		       const uint8_t *cid)
{
	struct encryptor *const e = (struct encryptor *)self;

	return !quiclb_reset_token(e->reset_key, sizeof(e->reset_key),
				   e->node_id, sizeof(e->node_id), cid,
				   CID_BYTES, token);
}

/* The nonce of this codec is master, thread and path; quicly makes it. */
static void encrypt_cid(struct stack_encryptor *self, struct stack_cid *cid,
			uint8_t *token, const struct stack_plaintext *text)
{
	struct encryptor *const e = (struct encryptor *)self;
	struct quiclb_parts parts;
	uint8_t nonce[8];

	put(nonce, text->master_id, 4);
	put(nonce + 4, text->thread_id, 3);
	nonce[7] = text->path_id;
	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	cid->len = CID_BYTES;
	/* cannot fail: nothing is left for the encoder to choose */
	quiclb_encoder_encode(e->encoder, &parts, cid->bytes,
			      sizeof(cid->bytes));
	if (token)
		reset_token(self, token, cid->bytes);
}

static size_t decrypt_cid(struct stack_encryptor *self,
			  struct stack_plaintext *text, const uint8_t *cid,
			  size_t len)
{
	struct encryptor *const e = (struct encryptor *)self;
	struct quiclb_decoded plain;

	if (len && len != CID_BYTES) {
		text->thread_id = (uint32_t)get(cid, 1);
		return SIZE_MAX;
	}
	quiclb_decoded_init(&plain);
	if (quiclb_decoder_read(e->decoder, cid, CID_BYTES, &plain))
		return SIZE_MAX;
	text->node_id = get(plain.server_id, 8);
	text->master_id = (uint32_t)get(plain.nonce, 4);
	text->thread_id = (uint32_t)get(plain.nonce + 4, 3);
	text->path_id = plain.nonce[7];
	return CID_BYTES;
}

static void encryptor_free(struct encryptor *e)
{
	quiclb_encoder_free(e->encoder);
	quiclb_decoder_free(e->decoder);
	quiclb_wipe(e, sizeof(*e));
}

/* e is all zeros; 0, or an error and e is as it was. */
static int encryptor_init(struct encryptor *e,
			  const struct quiclb_config *config, uint64_t node_id)
{
	const struct stack_encryptor base = { encrypt_cid, decrypt_cid,
					      reset_token };
	struct quiclb_encoder_options options;
	int err;

	e->base = base;
	put(e->node_id, node_id, 8);
	quiclb_encoder_options_init(&options);
	options.server_id = e->node_id;
	options.server_id_len = sizeof(e->node_id);
	err = quiclb_encoder_new(config, &options, &e->encoder);
	if (!err)
		err = quiclb_decoder_new(&e->decoder);
	if (!err)
		err = quiclb_decoder_add(e->decoder, config);
	if (err)
		encryptor_free(e);
	return err;
}
/* [end] */

static void check_cid(struct encryptor *e)
{
	/* the second of tests/vectors/quicly.txt */
	static const uint8_t want[] = "\x36\xaf\xff\xdc\xc0\x03\xc3\xf7"
				      "\x6e\xdd\x88\x51\x30\xb9\xbf\x31";
	const struct stack_plaintext text = { 0x0a01, 0x01020304, 5, 6 };
	struct stack_plaintext back = { 0 };
	struct stack_encryptor *const stack = &e->base;
	uint8_t token[16], again[16];
	struct stack_cid cid;

	stack->encrypt_cid(stack, &cid, token, &text);
	CHECK(cid.len == CID_BYTES && !memcmp(cid.bytes, want, CID_BYTES));
	CHECK(stack->reset_token(stack, again, cid.bytes));
	CHECK(!memcmp(token, again, sizeof(token)));
	CHECK(stack->decrypt_cid(stack, &back, cid.bytes, 0) == CID_BYTES);
	CHECK(back.node_id == 0x0a01 && back.master_id == 0x01020304 &&
	      back.thread_id == 5 && back.path_id == 6);
	/* a DCID that a client made up */
	CHECK(stack->decrypt_cid(stack, &back, cid.bytes, 8) == SIZE_MAX);
}

int main(void)
{
	static const uint8_t key[] = "\xba\x6b\x9a\x52\x6e\x6f\x4d\xd7"
				     "\x76\xe7\x6e\x58\x48\x5a\x23\x18";
	struct quiclb_config config;
	struct encryptor e = { 0 };
	int status;
	pid_t child;

	quiclb_config_init(&config);
	config.codec = QUICLB_CODEC_QUICLY;
	config.server_id_len = 8;
	config.nonce_len = 8;
	config.has_key = 1;
	memcpy(config.key, key, QUICLB_KEY_BYTES);
	CHECK(!encryptor_init(&e, &config, 0x0a01));
	quiclb_wipe(&config, sizeof(config));
	check_cid(&e);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		check_cid(&e); /* workers of h2o may be forked */
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	encryptor_free(&e);
	return 0;
}
