/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See fuzz.h.
 */
#define _GNU_SOURCE

#include <stdio.h>

#include "fuzz.h"

_Noreturn void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->bytes++;
}

void fuzz_bytes(struct fuzz_input *in, uint8_t *out, size_t len)
{
	const size_t n = len < in->len ? len : in->len;

	memset(out, 0, len);
	if (!n)
		return;
	memcpy(out, in->bytes, n);
	in->bytes += n;
	in->len -= n;
}

void *fuzz_copy(const void *src, size_t len)
{
	/* not malloc(0): its block has a byte */
	uint8_t *const block = malloc(len ? len : 1);

	FUZZ_MUST(block);
	if (len)
		memcpy(block, src, len);
	return block;
}

char *fuzz_text(const void *src, size_t len)
{
	char *const text = malloc(len + 1);

	FUZZ_MUST(text);
	if (len)
		memcpy(text, src, len);
	text[len] = '\0';
	return text;
}

static const uint8_t codecs[] = {
#define QUICLB_ROW(upper, lower, number, name, keyed, family) (number),
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
};

/* Mostly small, as in most configs; sometimes past what fits a CID. */
static uint8_t small_len(uint8_t byte)
{
	return byte & 0x80 ? (byte & 0x7f) % 21 : byte % 3;
}

void fuzz_config(struct fuzz_input *in, struct quiclb_config *config)
{
	uint8_t image[24], codec;

	fuzz_bytes(in, image, sizeof(image));
	codec = image[0] % (sizeof(codecs) + 1);
	quiclb_config_init(config);
	/* one more than there are: a number that is hardly any codec's */
	config->codec = codec < sizeof(codecs) ? codecs[codec] : image[0];
	config->config_rotation = image[1] % 8;
	config->server_id_len = image[2] % 18;
	config->nonce_len = image[3] % 20;
	config->server_use_len = small_len(image[4]);
	config->encode_length = image[5] & 1;
	config->rotation_bits = image[5] >> 1 & 3;
	config->has_key = quiclb_codec_is_keyed(config->codec) == 1;
	config->has_key ^= image[5] >> 3 == 1;
	config->worker_len = small_len(image[6]);
	config->uncounted_len = small_len(image[7]);
	memcpy(config->key, image + 8, sizeof(config->key));
}

int fuzz_encoder(const struct quiclb_config *config,
		 struct quiclb_encoder **encoder)
{
	struct quiclb_encoder_options options;

	quiclb_encoder_options_init(&options);
	options.server_id = (const uint8_t *)FUZZ_ID;
	options.server_id_len = config->server_id_len;
	options.worker =
		config->worker_len ? (const uint8_t *)FUZZ_WORKER : NULL;
	options.flags = QUICLB_F_SHORT_NONCE;
	return quiclb_encoder_new(config, &options, encoder);
}

void fuzz_plain(const struct quiclb_config *config, const uint8_t *cid,
		size_t cid_len, uint8_t *plain)
{
	const struct quiclb_words win =
		quiclb_h_window(cid, (quiclb_u32)cid_len);
	struct quiclb_words words;
	struct quiclb_record rec;
	size_t i;

	FUZZ_MUST(!quiclb_config_compile(config, &rec));
	rec.first_pass = 1; /* the nonce too */
	FUZZ_MUST(!quiclb_h_decode(&rec, &win, &words, quiclb_h_encrypt,
				   quiclb_h_decrypt));
	memset(plain, 0, 24);
	for (i = 0; i < rec.body_len; i++)
		plain[i] = (uint8_t)(words.w[i / 8] >> 8 * (i % 8));
}

void fuzz_steps(const struct quiclb_record *rec, struct quiclb_work *work,
		quiclb_step_fn *next)
{
	quiclb_h_run(rec, work, next, quiclb_h_encrypt, quiclb_h_decrypt);
}

void fuzz_must_be_ours(const struct quiclb_config *config, const uint8_t *cid,
		       size_t cid_len)
{
	const size_t id_len = config->server_id_len;
	uint8_t plain[24];

	fuzz_plain(config, cid, cid_len, plain);
	FUZZ_MUST(!memcmp(plain, FUZZ_ID, id_len));
	FUZZ_MUST(!memcmp(plain + id_len, FUZZ_WORKER, config->worker_len));
}

static int occurs_once(const char *text, size_t len, const char *what)
{
	const size_t n = strlen(what);
	const char *const first = memmem(text, len, what, n);

	return first &&
	       !memmem(first + 1, (size_t)(text + len - first) - 1, what, n);
}

int fuzz_leaks(const char *text, const char *input, size_t len)
{
	static const char *const parts[] = { "5ec2e7c0ffee", "ee4bad5ec2e7",
					     "e7deadbeef42" };
	size_t i;

	/* a mutation may have put a part of it where it is no secret */
	if (!occurs_once(input, len, FUZZ_KEY))
		return 0;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (occurs_once(input, len, parts[i]) && strstr(text, parts[i]))
			return 1;
	return 0;
}
