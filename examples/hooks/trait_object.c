/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for stacks that take an object: quinn, quic-go, s2n-quic,
 * mvfst.  One object for each of several threads.
 */
#include <pthread.h>
#include <quiclb/quiclb.h>

#include "check.h"
#include "stack_object.h"

/* [hook] */
struct cids {
	struct stack_cids base; /* first */
	struct quiclb_encoder *encoder;
	struct quiclb_reader *reader;
};

static int generate(struct stack_cids *self, struct stack_cid *cid)
{
	struct cids *const c = (struct cids *)self;
	const int len =
		quiclb_encoder_next(c->encoder, cid->bytes, sizeof(cid->bytes));

	if (len < 0)
		return -1;
	cid->len = (uint8_t)len;
	return 0;
}

static size_t len(const struct stack_cids *self)
{
	return quiclb_encoder_cid_len(((const struct cids *)self)->encoder);
}

/* Two of these after a rotation the old config can be retired. */
static unsigned int lifetime(const struct stack_cids *self)
{
	(void)self;
	return 3600;
}

static size_t validate(struct stack_cids *self, const uint8_t *buffer,
		       size_t buffer_len)
{
	struct cids *const c = (struct cids *)self;
	struct quiclb_decoded decoded;

	quiclb_decoded_init(&decoded);
	if (quiclb_decoder_read(quiclb_reader_decoder(c->reader), buffer,
				buffer_len, &decoded) ||
	    decoded.cid_len > buffer_len)
		return 0;
	return decoded.cid_len;
}

/* For thread number part of n_parts; cids is zeroed. */
static int cids_init(struct cids *cids, struct quiclb_encoder *whole,
		     uint32_t part, uint32_t n_parts,
		     struct quiclb_table *table)
{
	const struct stack_cids base = { generate, len, lifetime, validate };
	const int err =
		quiclb_encoder_split(whole, part, n_parts, &cids->encoder);

	cids->base = base;
	return err ? err : quiclb_reader_new(table, &cids->reader);
}

static void cids_fini(struct cids *cids)
{
	quiclb_reader_free(cids->reader);
	quiclb_encoder_free(cids->encoder);
}
/* [end] */

#define N_THREADS 3
#define N_CIDS 500 /* per thread */

struct thread {
	pthread_t id;
	struct cids cids;
	struct stack_cid issued[N_CIDS];
};

/* What a stack's thread does, with a packet behind each CID. */
static void *serve(void *arg)
{
	struct thread *const t = arg;
	struct stack_cids *const stack = &t->cids.base;
	uint8_t packet[32] = { 0 };
	int i;

	for (i = 0; i < N_CIDS; i++) {
		CHECK(stack->generate(stack, &t->issued[i]) == 0);
		CHECK(t->issued[i].len == stack->len(stack));
		memcpy(packet, t->issued[i].bytes, t->issued[i].len);
		CHECK(stack->validate(stack, packet, sizeof(packet)) == 20);
		CHECK(stack->validate(stack, packet, 19) == 0);
	}
	packet[0] |= 0xe0; /* 0b111 is never one of ours */
	CHECK(stack->validate(stack, packet, sizeof(packet)) == 0);
	CHECK(stack->lifetime(stack) != 0);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct stack_cid));
}

static void check_none_twice(const struct thread *threads)
{
	static struct stack_cid all[N_THREADS * N_CIDS];
	size_t i;

	for (i = 0; i < N_THREADS; i++)
		memcpy(all + i * N_CIDS, threads[i].issued,
		       sizeof(threads[i].issued));
	qsort(all, N_THREADS * N_CIDS, sizeof(*all), compare);
	for (i = 1; i < N_THREADS * N_CIDS; i++)
		CHECK(compare(&all[i - 1], &all[i]) != 0);
}

int main(void)
{
	static struct thread threads[N_THREADS];
	const uint8_t server_id[8] = { 0, 0, 0, 0, 0, 0, 0x0a, 0x01 };
	struct quiclb_encoder_options options;
	struct quiclb_decoder *decoder;
	struct quiclb_encoder *whole;
	struct quiclb_config config;
	struct quiclb_table *table;
	uint32_t i;

	CHECK(!quiclb_config_preset(&config, "nghttpx"));
	config.server_use_len = 3;
	config.has_key = 1;
	memcpy(config.key, "an example key..", QUICLB_KEY_BYTES);
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = sizeof(server_id);
	CHECK(!quiclb_encoder_new(&config, &options, &whole));
	CHECK(!quiclb_decoder_new(&decoder));
	CHECK(!quiclb_decoder_add(decoder, &config));
	CHECK(!quiclb_table_new(decoder, &table));
	for (i = 0; i < N_THREADS; i++) {
		CHECK(!cids_init(&threads[i].cids, whole, i, N_THREADS, table));
		CHECK(!pthread_create(&threads[i].id, NULL, serve,
				      &threads[i]));
	}
	for (i = 0; i < N_THREADS; i++) {
		CHECK(!pthread_join(threads[i].id, NULL));
		cids_fini(&threads[i].cids);
	}
	check_none_twice(threads);
	quiclb_table_free(table);
	quiclb_encoder_free(whole);
	return 0;
}
