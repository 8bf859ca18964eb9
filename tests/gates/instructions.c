/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has callgrind count what one call costs, for every codec and every way to
 * encrypt that can be chosen: a part of its output for each, named
 * "CODEC OPERATION PATH".  Without callgrind it says what it was built by.
 *
 * Each call is made twice, and the second one counted: by then functions are
 * linked, and random bytes are there.
 */
#include <quiclb/native.h>
#include <quiclb/quiclb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#define N_MANY 64

static const uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES] = { 0xc4, 0x60 };
static const uint8_t nonce[QUICLB_NONCE_MAX_BYTES] = { 0x9c, 0x69, 0xc2 };

/* All that a call needs, so that little else is counted. */
struct subject {
	struct quiclb_config config;
	struct quiclb_record record;
	struct quiclb_cipher cipher;
	struct quiclb_encoder *encoder;
	struct quiclb_decoder *decoder;
	struct quiclb_parts parts;
	uint8_t cids[N_MANY][QUICLB_CID_MAX_BYTES];
	struct quiclb_cid_ref refs[N_MANY];
	struct quiclb_server_id ids[N_MANY];
	struct quiclb_decoded decoded;
	struct quiclb_block id;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
};

/* Whether the call did what it should, lest a failure pass for speed. */
typedef int operation_fn(struct subject *s);

static int decode(struct subject *s)
{
	return quiclb_decoder_decode(s->decoder, s->refs[0].cid,
				     s->refs[0].cid_len, s->ids[0].bytes,
				     sizeof(s->ids[0].bytes)) ==
	       s->config.server_id_len;
}

static int read_all(struct subject *s)
{
	return !quiclb_decoder_read(s->decoder, s->refs[0].cid,
				    s->refs[0].cid_len, &s->decoded);
}

static int decode_batch(struct subject *s)
{
	return quiclb_decoder_decode_batch(s->decoder, s->refs, s->ids,
					   N_MANY) == N_MANY;
}

static int encode(struct subject *s)
{
	return quiclb_encoder_encode(s->encoder, &s->parts, s->cid,
				     sizeof(s->cid)) > 0;
}

/* One by one, but many: the encoder may make what they need for some ahead. */
static int next(struct subject *s)
{
	int i, good = 1;

	for (i = 0; i < N_MANY; i++)
		good &= quiclb_encoder_next(s->encoder, s->cids[i],
					    sizeof(s->cids[i])) > 0;
	return good;
}

static int next_batch(struct subject *s)
{
	return quiclb_encoder_next_batch(s->encoder, s->cids[0],
					 sizeof(s->cids[0]), N_MANY) == N_MANY;
}

static int header_decode(struct subject *s)
{
	return !quiclb_decode_server(&s->record, s->refs[0].cid,
				     (quiclb_u32)s->refs[0].cid_len, &s->id);
}

#if QUICLB_HAVE_NATIVE
QUICLB_NATIVE static int native_decode(struct subject *s)
{
	return !quiclb_native_decode_server(&s->cipher, s->refs[0].cid,
					    (quiclb_u32)s->refs[0].cid_len,
					    &s->id);
}

QUICLB_NATIVE static void native_prepare(struct subject *s)
{
	quiclb_native_prepare(&s->cipher, &s->record);
}
#endif

/* By which the library is told to encrypt. */
static const struct path {
	const char *name;
	unsigned int cpu; /* QUICLB_CPU_* */
} paths[] = {
	{ "portable", 0 },
	{ "aes", QUICLB_CPU_AES },
};

static const struct operation {
	const char *name;
	operation_fn *run;
	const struct path *only; /* a header's; NULL: the library's, by each */
} operations[] = {
	{ "decode", decode, NULL },
	{ "read", read_all, NULL },
	{ "decode-batch-64", decode_batch, NULL },
	{ "encode", encode, NULL },
	{ "next-64", next, NULL },
	{ "next-batch-64", next_batch, NULL },
	{ "header-decode", header_decode, &paths[0] },
#if QUICLB_HAVE_NATIVE
	{ "header-decode", native_decode, &paths[1] },
#endif
};

static void check(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

/* ---------------------------------------------------------------- setup -- */

/*
 * Lengths from the usual ones on: server ID 3, nonce 8, length in the first
 * octet, which saves a random one; else the next that the codec allows.
 */
static int try_lengths(struct quiclb_config *config)
{
	int id, len;

	for (id = 0; id < 15; id++)
		for (len = 0; len < 15; len++) {
			config->server_id_len = (uint8_t)(1 + (id + 2) % 15);
			config->nonce_len = (uint8_t)(4 + (len + 4) % 15);
			if (!quiclb_config_check(config))
				return 1;
		}
	return 0;
}

static void choose(struct quiclb_config *config, int codec)
{
	int i;

	quiclb_config_init(config);
	config->codec = (uint8_t)codec;
	config->has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	if (config->has_key)
		memset(config->key, 0x8f, sizeof(config->key));
	/* a layout's rotation is its version, and may have no room */
	for (i = 0; i < 8; i++) {
		config->encode_length = i < 4;
		config->config_rotation = i % 4;
		if (try_lengths(config))
			return;
	}
	check(0, "choosing lengths");
}

static void open_subject(struct subject *s, int codec)
{
	struct quiclb_encoder_options options;
	size_t i;

	memset(s, 0, sizeof(*s));
	choose(&s->config, codec);
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = s->config.server_id_len;
	options.flags = QUICLB_F_SHORT_NONCE;
	quiclb_decoded_init(&s->decoded);
	quiclb_parts_init(&s->parts);
	s->parts.nonce = nonce;
	s->parts.has_low_bits = 1;
	check(!quiclb_config_compile(&s->config, &s->record) &&
		      !quiclb_encoder_new(&s->config, &options, &s->encoder) &&
		      !quiclb_decoder_new(&s->decoder) &&
		      !quiclb_decoder_add(s->decoder, &s->config) &&
		      next_batch(s),
	      "making encoder and decoder");
	for (i = 0; i < N_MANY; i++) {
		s->refs[i].cid = s->cids[i];
		s->refs[i].cid_len = quiclb_encoder_cid_len(s->encoder);
	}
#if QUICLB_HAVE_NATIVE
	if (quiclb_cpu() & QUICLB_CPU_AES)
		native_prepare(s);
#endif
}

static void close_subject(struct subject *s)
{
	quiclb_encoder_free(s->encoder);
	quiclb_decoder_free(s->decoder);
}

/* ---------------------------------------------------------------- count -- */

static void count(struct subject *s, const struct operation *operation,
		  const struct path *path)
{
	char name[80];
	int good;

	snprintf(name, sizeof(name), "%s %s %s",
		 quiclb_codec_name(s->config.codec), operation->name,
		 path->name);
	check(operation->run(s), name);
	CALLGRIND_ZERO_STATS;
	good = operation->run(s);
	CALLGRIND_DUMP_STATS_AT(name);
	check(good, name);
}

/*
 * Each operation with encoder and decoder of its own: by three times 64 CIDs
 * no encoder has to ask for random bytes again.
 */
static void count_all(int codec, const struct path *path)
{
	static struct subject s;
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (operations[i].only && operations[i].only != path)
			continue;
		open_subject(&s, codec);
		count(&s, &operations[i], path);
		close_subject(&s);
	}
}

int main(void)
{
	size_t i;
	int codec;

	if (!RUNNING_ON_VALGRIND) {
		puts(BUILT_BY);
		return 0;
	}
	CALLGRIND_START_INSTRUMENTATION;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		quiclb_set_cpu_mask(paths[i].cpu);
		if (quiclb_cpu() != paths[i].cpu)
			continue;
		for (codec = quiclb_codec_next(0); codec;
		     codec = quiclb_codec_next(codec))
			count_all(codec, &paths[i]);
	}
	return 0;
}
