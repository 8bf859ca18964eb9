/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for quicly, and for h2o with it.  quicly makes the plaintext,
 * this is the cipher: with the codec quicly byte for byte that of quicly's own
 * encryptor, or with a codec of the draft.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <quiclb/quiclb.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"
#include "quicly.h"

/* [adapter] */
struct encryptor {
	quicly_cid_encryptor_t base; /* first */
	/* one encryptor serves all of h2o's threads, an encoder one alone */
	pthread_mutex_t lock;
	struct quiclb_encoder *encoder;
	struct quiclb_decoder *decoder; /* read only: needs no lock */
	size_t node_id_len;		/* bytes of the server ID */
	uint8_t node_id[8];		/* big-endian: the server ID */
	uint8_t reset_key[32];		/* the pool's, or this server's */
};

static void put(uint8_t *out, uint64_t number, size_t len)
{
	while (len--) {
		out[len] = (uint8_t)number;
		number >>= 8;
	}
}

static uint64_t get(const uint8_t *in, size_t len)
{
	uint64_t number = 0;

	while (len--)
		number = number << 8 | *in++;
	return number;
}

static int reset_token(quicly_cid_encryptor_t *self, void *token,
		       const void *cid)
{
	const struct encryptor *const e = (const struct encryptor *)self;
	const int len =
		quiclb_decoder_cid_len(e->decoder, *(const uint8_t *)cid);

	return len > 0 &&
	       !quiclb_reset_token(e->reset_key, sizeof(e->reset_key),
				   e->node_id, e->node_id_len, cid, (size_t)len,
				   token);
}

/* The nonce is master, thread and path: quicly has each of them once. */
static void encrypt_cid(quicly_cid_encryptor_t *self, quicly_cid_t *encrypted,
			void *token, const quicly_cid_plaintext_t *plaintext)
{
	struct encryptor *const e = (struct encryptor *)self;
	struct quiclb_parts parts;
	uint8_t nonce[8];
	int len;

	put(nonce, plaintext->master_id, 4);
	put(nonce + 4, plaintext->thread_id, 3);
	nonce[7] = plaintext->path_id;
	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	parts.has_low_bits = 1;
	pthread_mutex_lock(&e->lock);
	/* cannot fail: nothing is left for the encoder to choose */
	len = quiclb_encoder_encode(e->encoder, &parts, encrypted->cid,
				    sizeof(encrypted->cid));
	pthread_mutex_unlock(&e->lock);
	encrypted->len = (uint8_t)(len < 0 ? 0 : len);
	if (token)
		reset_token(self, token, encrypted->cid);
}

static size_t decrypt_cid(quicly_cid_encryptor_t *self,
			  quicly_cid_plaintext_t *plaintext,
			  const void *encrypted, size_t len)
{
	struct encryptor *const e = (struct encryptor *)self;
	const uint8_t *const cid = encrypted;
	const int cid_len = quiclb_decoder_cid_len(e->decoder, *cid);
	struct quiclb_decoded plain;

	memset(plaintext, 0, sizeof(*plaintext));
	quiclb_decoded_init(&plain);
	if (cid_len < 0 || (len && len != (size_t)cid_len) ||
	    quiclb_decoder_read(e->decoder, cid, (size_t)cid_len, &plain)) {
		plaintext->node_id = UINT64_MAX;
		plaintext->thread_id =
			(uint32_t)get(cid, len < 3 ? 1 : 3) & 0xffffff;
		return SIZE_MAX;
	}
	plaintext->node_id = get(plain.server_id, plain.server_id_len);
	plaintext->master_id = (uint32_t)get(plain.nonce, 4);
	plaintext->thread_id = (uint32_t)get(plain.nonce + 4, 3) & 0xffffff;
	plaintext->path_id = plain.nonce[7];
	return (size_t)cid_len;
}

static void encryptor_free(struct encryptor *e)
{
	quiclb_encoder_free(e->encoder);
	quiclb_decoder_free(e->decoder);
	pthread_mutex_destroy(&e->lock);
	quiclb_wipe(e, sizeof(*e));
}

static int encoder_of(const struct encryptor *e,
		      const struct quiclb_config *config,
		      struct quiclb_encoder **encoder)
{
	struct quiclb_encoder_options options;

	/* quicly's plaintext is all that there is room for */
	if (config->nonce_len != 8 || config->server_use_len ||
	    config->server_id_len != e->node_id_len)
		return QUICLB_ERR_NONCE_LEN;
	quiclb_encoder_options_init(&options);
	options.server_id = e->node_id;
	options.server_id_len = e->node_id_len;
	return quiclb_encoder_new(config, &options, encoder);
}

/*
 * configs[0] is the one to issue CIDs of; the others are known, too.  node_id
 * has no more bits than their server IDs.  e is all zeros, and is so again
 * after an error.
 */
static int encryptor_init(struct encryptor *e,
			  const struct quiclb_config *configs, size_t n_configs,
			  uint64_t node_id)
{
	const quicly_cid_encryptor_t base = { encrypt_cid, decrypt_cid,
					      reset_token };
	const size_t id_len = configs->server_id_len;
	int err;

	if (id_len > 8 || (id_len < 8 && node_id >> 8 * id_len))
		return QUICLB_ERR_SERVER_ID_LEN;
	e->base = base;
	pthread_mutex_init(&e->lock, NULL);
	e->node_id_len = id_len;
	put(e->node_id, node_id, id_len);
	err = encoder_of(e, configs, &e->encoder);
	if (!err)
		err = quiclb_decoder_new(&e->decoder);
	while (!err && n_configs--)
		err = quiclb_decoder_add(e->decoder, &configs[n_configs]);
	if (err)
		encryptor_free(e);
	return err;
}

/* While threads use it; config is one that e was made with. */
static int encryptor_rotate(struct encryptor *e,
			    const struct quiclb_config *config)
{
	struct quiclb_encoder *next;
	int err = encoder_of(e, config, &next);

	if (err)
		return err;
	pthread_mutex_lock(&e->lock);
	err = quiclb_encoder_rotate(e->encoder, next);
	pthread_mutex_unlock(&e->lock);
	if (err)
		quiclb_encoder_free(next);
	return err;
}
/* [end] */

static int same(const quicly_cid_plaintext_t *a,
		const quicly_cid_plaintext_t *b)
{
	return a->master_id == b->master_id && a->path_id == b->path_id &&
	       a->thread_id == b->thread_id && a->node_id == b->node_id;
}

/* There and back, by a long and by a short header; and the token. */
static quicly_cid_t check_plaintext(struct encryptor *e,
				    const quicly_cid_plaintext_t *text,
				    size_t len)
{
	quicly_cid_encryptor_t *const stack = &e->base;
	quicly_cid_plaintext_t back;
	uint8_t token[16], again[16], buffer[40];
	quicly_cid_t cid;

	memset(&cid, 0xa5, sizeof(cid));
	stack->encrypt_cid(stack, &cid, token, text);
	CHECK(cid.len == len);
	CHECK(stack->generate_stateless_reset_token(stack, again, cid.cid));
	CHECK(!memcmp(token, again, sizeof(token)));
	memset(buffer, 0x77, sizeof(buffer)); /* what comes behind the CID */
	memcpy(buffer, cid.cid, len);
	memset(&back, 0xa5, sizeof(back));
	CHECK(stack->decrypt_cid(stack, &back, buffer, 0) == len);
	CHECK(same(&back, text));
	memset(&back, 0xa5, sizeof(back));
	CHECK(stack->decrypt_cid(stack, &back, buffer, len) == len);
	CHECK(same(&back, text));
	return cid;
}

/* What a client made up, of each length. */
static void check_foreign(struct encryptor *e, size_t len)
{
	quicly_cid_encryptor_t *const stack = &e->base;
	uint8_t cid[20] = { 0x12, 0x34, 0x56 };
	quicly_cid_plaintext_t back;
	size_t n;

	for (n = 1; n <= sizeof(cid); n++) {
		memset(&back, 0xa5, sizeof(back));
		if (n == len)
			continue;
		CHECK(stack->decrypt_cid(stack, &back, cid, n) == SIZE_MAX);
		CHECK(back.thread_id == (n < 3 ? 0x12 : 0x123456));
		CHECK(back.node_id == UINT64_MAX && !back.master_id);
	}
}

static void check_edges(struct encryptor *e, uint64_t node_id, size_t len)
{
	static const uint32_t numbers[] = { 0,	      1,	0x80,
					    0xffffff, 0x800000, 0x010203 };
	const size_t n = sizeof(numbers) / sizeof(numbers[0]);
	size_t i;

	for (i = 0; i < n * n * n; i++) {
		const quicly_cid_plaintext_t text = {
			.master_id = i % 7 ? numbers[i % n] : UINT32_MAX,
			.thread_id = numbers[i / n % n] & 0xffffff,
			.path_id = numbers[i / n / n] & 0xff,
			.node_id = node_id
		};

		check_plaintext(e, &text, len);
	}
	check_foreign(e, len);
}

/* The second of tests/vectors/quicly.txt; forked workers have no less. */
static void check_layout(void)
{
	static const uint8_t key[] = "\xba\x6b\x9a\x52\x6e\x6f\x4d\xd7"
				     "\x76\xe7\x6e\x58\x48\x5a\x23\x18";
	static const uint8_t want[] = "\x36\xaf\xff\xdc\xc0\x03\xc3\xf7"
				      "\x6e\xdd\x88\x51\x30\xb9\xbf\x31";
	const quicly_cid_plaintext_t text = { 0x01020304, 6, 5, 0x0a01 };
	struct quiclb_config config;
	struct encryptor e = { 0 };
	quicly_cid_t cid;
	int status;
	pid_t child;

	pool_config(&config, 0, 8, 8, 0);
	config.codec = QUICLB_CODEC_QUICLY;
	memcpy(config.key, key, QUICLB_KEY_BYTES);
	CHECK(!encryptor_init(&e, &config, 1, 0x0a01));
	child = fork();
	CHECK(child >= 0);
	cid = check_plaintext(&e, &text, 16);
	CHECK(!memcmp(cid.cid, want, 16));
	check_edges(&e, 0x0a01, 16);
	if (!child)
		_exit(0);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	encryptor_free(&e);
	CHECK(!encryptor_init(&e, &config, 1, UINT64_MAX));
	check_edges(&e, UINT64_MAX, 16);
	encryptor_free(&e);
}

static void *use(void *arg)
{
	check_edges(arg, 0x0a0b01, 12);
	return NULL;
}

/* A codec of the draft: 12 bytes, and config rotation. */
static void check_draft(void)
{
	const quicly_cid_plaintext_t text = { 1, 2, 3, 0x0a0b01 };
	struct quiclb_config configs[2];
	struct encryptor e = { 0 };
	quicly_cid_t before, after;
	pthread_t threads[2];
	int i;

	pool_config(&configs[0], 0, 3, 8, 0);
	pool_config(&configs[1], 5, 3, 8, 0);
	CHECK(encryptor_init(&e, configs, 2, 0x1000000) < 0);
	CHECK(!encryptor_init(&e, configs, 2, 0x0a0b01));
	before = check_plaintext(&e, &text, 12);
	CHECK(before.cid[0] >> 5 == 0);
	CHECK(pool_is_ours(e.decoder, before.cid, before.len));
	for (i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, use, &e));
	CHECK(!encryptor_rotate(&e, &configs[1]));
	for (i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	after = check_plaintext(&e, &text, 12);
	CHECK(after.cid[0] >> 5 == 5);
	CHECK(pool_is_ours(e.decoder, after.cid, after.len));
	/* CIDs of before are still read, and rotation 0 is still in use */
	CHECK(pool_is_ours(e.decoder, before.cid, before.len));
	CHECK(encryptor_rotate(&e, &configs[0]) == QUICLB_ERR_ROTATION_IN_USE);
	configs[1].nonce_len = 9;
	CHECK(encryptor_rotate(&e, &configs[1]) == QUICLB_ERR_NONCE_LEN);
	encryptor_free(&e);
}

int main(void)
{
	check_layout();
	check_draft();
	return 0;
}
