/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CIDs cost a C program, for the bindings to be held against; bench/
 * bindings/run compares.  Usage: bench_c [--samples N] [--calls N].  Prints a
 * line of JSON for each codec and operation: ns per CID, one number a sample.
 */
#include <quiclb/quiclb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define N_CIDS 1024 /* to be decoded, in turn */
#define N_BATCH 64  /* CIDs a call */
#define N_CODECS 3
#define N_OPERATIONS 3
#define WARM_UPS 3 /* samples */

struct codec {
	int number;
	uint8_t server_id_len;
	struct quiclb_encoder *encoder;
	struct quiclb_decoder *decoder;
	struct quiclb_cid_ref refs[N_CIDS];
	uint8_t cids[N_CIDS][QUICLB_CID_MAX_BYTES];
};

static const struct {
	int codec;
	uint8_t server_id_len, nonce_len;
} layouts[N_CODECS] = {
	{ QUICLB_CODEC_PLAIN, 3, 8 },
	{ QUICLB_CODEC_SINGLE_PASS, 8, 8 },
	{ QUICLB_CODEC_FOUR_PASS, 3, 8 },
};

static const uint8_t server_id[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static int must(int result, const char *what)
{
	if (result >= 0)
		return result;
	fprintf(stderr, "%s: %s\n", what, quiclb_strerror(result));
	exit(1);
}

static void must_be(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "wrong result: %s\n", what);
	exit(1);
}

/* ---- operations: n CIDs; how many were right -------------------------- */

static uint64_t next(struct codec *c, uint64_t n)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	uint64_t good = 0;

	while (n--)
		good += quiclb_encoder_next(c->encoder, cid, sizeof(cid)) > 0;
	return good;
}

static uint64_t decode(struct codec *c, uint64_t n)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES] = { 0 };
	uint64_t i, good = 0;

	for (i = 0; i < n; i++) {
		const struct quiclb_cid_ref *const ref = &c->refs[i % N_CIDS];

		quiclb_decoder_decode(c->decoder, ref->cid, ref->cid_len, id,
				      sizeof(id));
		good += id[2] == server_id[2];
	}
	return good;
}

static uint64_t decode_batch(struct codec *c, uint64_t n)
{
	struct quiclb_server_id ids[N_BATCH];
	uint64_t i, j, good = 0;

	for (i = 0; i < n; i += N_BATCH) {
		quiclb_decoder_decode_batch(c->decoder, &c->refs[i % N_CIDS],
					    ids, N_BATCH);
		for (j = 0; j < N_BATCH; j++)
			good += ids[j].bytes[2] == server_id[2];
	}
	return good;
}

static const struct operation {
	const char *name;
	uint64_t (*run)(struct codec *c, uint64_t n);
} operations[N_OPERATIONS] = {
	{ "next", next },
	{ "decode", decode },
	{ "decode_batch", decode_batch },
};

/* ---- what they work on ------------------------------------------------ */

static void open_codec(struct codec *c, int layout)
{
	struct quiclb_encoder_options options;
	struct quiclb_config config;
	uint64_t i;

	c->number = layouts[layout].codec;
	c->server_id_len = layouts[layout].server_id_len;
	quiclb_config_init(&config);
	config.codec = (uint8_t)c->number;
	config.server_id_len = c->server_id_len;
	config.nonce_len = layouts[layout].nonce_len;
	config.has_key = quiclb_codec_is_keyed(c->number) == 1;
	if (config.has_key)
		memcpy(config.key, "an example key..", QUICLB_KEY_BYTES);
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = c->server_id_len;
	must(quiclb_encoder_new(&config, &options, &c->encoder), "encoder");
	must(quiclb_decoder_new(&c->decoder), "decoder");
	must(quiclb_decoder_add(c->decoder, &config), "add");
	for (i = 0; i < N_CIDS; i++) {
		c->refs[i].cid = c->cids[i];
		c->refs[i].cid_len =
			(size_t)must(quiclb_encoder_next(c->encoder, c->cids[i],
							 sizeof(c->cids[i])),
				     "next");
	}
}

/* Each CID has the server's ID, by each way to decode. */
static void check_codec(struct codec *c)
{
	struct quiclb_server_id ids[N_CIDS];
	uint64_t i;

	must_be(quiclb_decoder_decode_batch(c->decoder, c->refs, ids, N_CIDS) ==
			N_CIDS,
		"decode_batch");
	for (i = 0; i < N_CIDS; i++) {
		uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];

		must_be(must(quiclb_decoder_decode(c->decoder, c->refs[i].cid,
						   c->refs[i].cid_len, id,
						   sizeof(id)),
			     "decode") == c->server_id_len &&
				!memcmp(id, server_id, c->server_id_len) &&
				ids[i].len == c->server_id_len &&
				!memcmp(ids[i].bytes, id, c->server_id_len),
			"server ID");
	}
}

/* ---- measuring -------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double sample(const struct operation *o, struct codec *c, uint64_t n)
{
	const double from = now();
	const uint64_t good = o->run(c, n);
	const double to = now();

	must_be(good == n, o->name);
	return (to - from) / (double)n;
}

static void print_row(const struct operation *o, const struct codec *c,
		      const double *ns, uint64_t n)
{
	uint64_t i;

	printf("{\"language\": \"C\", \"codec\": \"%s\", \"operation\": "
	       "\"%s\", \"ns\": [",
	       quiclb_codec_name(c->number), o->name);
	for (i = 0; i < n; i++)
		printf("%s%.3f", i ? ", " : "", ns[i]);
	printf("]}\n");
}

/* All take turns, so that noise hits all alike. */
static void measure(struct codec *codecs, uint64_t samples, uint64_t calls)
{
	enum { N_ROWS = N_CODECS * N_OPERATIONS };
	double *const ns = calloc(samples * N_ROWS, sizeof(*ns));
	uint64_t i, row;

	must_be(ns != NULL, "memory");
	for (i = 0; i < samples + WARM_UPS; i++)
		for (row = 0; row < N_ROWS; row++) {
			const double t =
				sample(&operations[row % N_OPERATIONS],
				       &codecs[row / N_OPERATIONS], calls);

			if (i >= WARM_UPS)
				ns[row * samples + i - WARM_UPS] = t;
		}
	for (row = 0; row < N_ROWS; row++)
		print_row(&operations[row % N_OPERATIONS],
			  &codecs[row / N_OPERATIONS], ns + row * samples,
			  samples);
	free(ns);
}

/* The number behind an option, or what is usual. */
static uint64_t option(int argc, char **argv, const char *name, uint64_t usual)
{
	int i;

	for (i = 1; i + 1 < argc; i += 2)
		if (!strcmp(argv[i], name))
			usual = strtoull(argv[i + 1], NULL, 10);
	return usual;
}

int main(int argc, char **argv)
{
	static struct codec codecs[N_CODECS];
	const uint64_t samples = option(argc, argv, "--samples", 21);
	const uint64_t calls = option(argc, argv, "--calls", 20000);
	int i;

	if (!samples || !calls || argc % 2 == 0) {
		fprintf(stderr, "usage: %s [--samples N] [--calls N]\n",
			argv[0]);
		return 2;
	}
	for (i = 0; i < N_CODECS; i++) {
		open_codec(&codecs[i], i);
		check_codec(&codecs[i]);
	}
	/* whole batches */
	measure(codecs, samples, (calls + N_BATCH - 1) / N_BATCH * N_BATCH);
	for (i = 0; i < N_CODECS; i++) {
		quiclb_encoder_free(codecs[i].encoder);
		quiclb_decoder_free(codecs[i].decoder);
	}
	return 0;
}
