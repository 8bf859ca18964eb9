/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of several threads through a config rotation: each thread has a part
 * of an encoder and a reader of a table; one thread controls them.
 */
#include <pthread.h>
#include <quiclb/quiclb.h>
#include <stdatomic.h>

#include "check.h"

#define N_THREADS 2

static const uint8_t server_id[] = { 0x0a, 0x0b, 0x01 };

static void make_config(struct quiclb_config *config, uint8_t rotation)
{
	quiclb_config_init(config);
	config->codec = QUICLB_CODEC_FOUR_PASS;
	config->config_rotation = rotation;
	config->server_id_len = sizeof(server_id);
	config->nonce_len = 8;
	config->has_key = 1;
	memset(config->key, 0x50 + rotation, QUICLB_KEY_BYTES);
}

/* [control] */
/* What the control thread hands to each thread. */
struct thread {
	struct quiclb_encoder *encoder;		/* its own */
	struct quiclb_reader *reader;		/* its own */
	_Atomic(struct quiclb_encoder *) fresh; /* for it to rotate to */
};

/* Decoders first: all that may meet a CID of the new config. */
static int publish(struct quiclb_table *table,
		   const struct quiclb_config *configs, size_t n_configs)
{
	struct quiclb_decoder *decoder;
	int err = quiclb_decoder_new(&decoder);
	size_t i;

	if (err)
		return err;
	for (i = 0; !err && i < n_configs; i++)
		err = quiclb_decoder_add(decoder, &configs[i]);
	if (!err)
		err = quiclb_table_swap(table, decoder);
	if (err)
		quiclb_decoder_free(decoder);
	return err;
}

/* Then the servers: a part for each thread. */
static int hand_out(struct thread *threads, uint32_t n_threads,
		    const struct quiclb_config *config)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *whole, *part;
	uint32_t i;
	int err;

	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = sizeof(server_id);
	err = quiclb_encoder_new(config, &options, &whole);
	if (err)
		return err;
	for (i = 0; !err && i < n_threads; i++) {
		err = quiclb_encoder_split(whole, i, n_threads, &part);
		if (!err)
			quiclb_encoder_free(
				atomic_exchange(&threads[i].fresh, part));
	}
	quiclb_encoder_free(whole); /* its parts live on */
	return err;
}
/* [end] */

/* [thread] */
/* Between two events of its loop. */
static void take_fresh(struct thread *t)
{
	struct quiclb_encoder *const fresh = atomic_exchange(&t->fresh, NULL);

	if (!fresh)
		return;
	if (!t->encoder)
		t->encoder = fresh;
	else if (quiclb_encoder_rotate(t->encoder, fresh))
		quiclb_encoder_free(fresh); /* refused: it is still ours */
}

/* For each packet: the server ID in its DCID, or an error. */
static int whose(struct thread *t, const uint8_t *dcid, size_t len,
		 uint8_t id[QUICLB_SERVER_ID_CAP_BYTES])
{
	return quiclb_decoder_decode(quiclb_reader_decoder(t->reader), dcid,
				     len, id, QUICLB_SERVER_ID_CAP_BYTES);
}
/* [end] */

static void *serve(void *arg)
{
	struct thread *const t = arg;
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t old[QUICLB_CID_MAX_BYTES];

	CHECK(quiclb_encoder_next(t->encoder, old, sizeof(old)) == 12);
	do { /* until the control thread has rotated */
		take_fresh(t);
		CHECK(quiclb_encoder_next(t->encoder, cid, sizeof(cid)) == 12);
		CHECK(whose(t, cid, 12, id) == 3);
		CHECK(!memcmp(id, server_id, sizeof(server_id)));
	} while (cid[0] >> 5 == 0);
	CHECK(whose(t, old, 12, id) == 3); /* old connections go on */
	CHECK(quiclb_encoder_cid_length(t->encoder, old[0]) == 12);
	CHECK(!quiclb_encoder_retire(t->encoder, old[0]));
	return NULL;
}

int main(void)
{
	static struct thread threads[N_THREADS];
	struct quiclb_config configs[2];
	struct quiclb_decoder *decoder;
	struct quiclb_table *table;
	pthread_t ids[N_THREADS];
	int i;

	for (i = 0; i < 2; i++)
		make_config(&configs[i], (uint8_t)i);
	CHECK(!quiclb_decoder_new(&decoder));
	CHECK(!quiclb_table_new(decoder, &table));
	CHECK(!publish(table, configs, 1));
	CHECK(!hand_out(threads, N_THREADS, &configs[0]));
	for (i = 0; i < N_THREADS; i++) {
		take_fresh(&threads[i]);
		CHECK(!quiclb_reader_new(table, &threads[i].reader));
		CHECK(!pthread_create(&ids[i], NULL, serve, &threads[i]));
	}
	CHECK(!publish(table, configs, 2));
	/* here: wait until balancers and all other servers have it, too */
	CHECK(!hand_out(threads, N_THREADS, &configs[1]));
	for (i = 0; i < N_THREADS; i++) {
		CHECK(!pthread_join(ids[i], NULL));
		quiclb_reader_free(threads[i].reader);
		quiclb_encoder_free(threads[i].encoder);
	}
	quiclb_table_free(table);
	quiclb_wipe(configs, sizeof(configs));
	return 0;
}
