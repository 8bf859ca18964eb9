/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoders that change under readers.  A decoder in force is counted: by the
 * table and by each reader that has it.  Readers compare one number a time;
 * only when it has changed do they take the lock.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "private.h"

/* A decoder and who has it. */
struct shared {
	struct quiclb_decoder *decoder;
	_Atomic size_t n_users;
};

struct quiclb_table {
	pthread_mutex_t lock; /* of current */
	struct shared *current;
	_Atomic uint64_t version; /* of current; never 0 */
};

struct quiclb_reader {
	struct quiclb_table *table;
	struct shared *mine;
	uint64_t version; /* of mine */
};

static struct shared *shared_new(struct quiclb_decoder *decoder)
{
	struct shared *const shared = malloc(sizeof(*shared));

	if (!shared)
		return NULL;
	shared->decoder = decoder;
	atomic_init(&shared->n_users, 1);
	return shared;
}

/* The last user sees all that the others did: acquire and release. */
static void shared_drop(struct shared *shared)
{
	if (!shared || atomic_fetch_sub(&shared->n_users, 1) != 1)
		return;
	quiclb_decoder_free(shared->decoder);
	free(shared);
}

int quiclb_table_new(struct quiclb_decoder *decoder,
		     struct quiclb_table **table)
{
	struct quiclb_table *t;

	if (!decoder || !table)
		return QUICLB_ERR_ARG;
	t = malloc(sizeof(*t));
	if (!t)
		return QUICLB_ERR_NOMEM;
	t->current = shared_new(decoder);
	if (!t->current || pthread_mutex_init(&t->lock, NULL)) {
		free(t->current);
		free(t);
		return QUICLB_ERR_NOMEM;
	}
	atomic_init(&t->version, 1);
	*table = t;
	return 0;
}

void quiclb_table_free(struct quiclb_table *table)
{
	if (!table)
		return;
	shared_drop(table->current);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

int quiclb_table_swap(struct quiclb_table *table,
		      struct quiclb_decoder *decoder)
{
	struct shared *fresh, *former;

	if (!table || !decoder)
		return QUICLB_ERR_ARG;
	fresh = shared_new(decoder);
	if (!fresh)
		return QUICLB_ERR_NOMEM;
	pthread_mutex_lock(&table->lock);
	former = table->current;
	table->current = fresh;
	atomic_fetch_add(&table->version, 1);
	pthread_mutex_unlock(&table->lock);
	shared_drop(former);
	return 0;
}

int quiclb_reader_new(struct quiclb_table *table, struct quiclb_reader **reader)
{
	struct quiclb_reader *r;

	if (!table || !reader)
		return QUICLB_ERR_ARG;
	r = calloc(1, sizeof(*r));
	if (!r)
		return QUICLB_ERR_NOMEM;
	r->table = table;
	*reader = r;
	return 0;
}

void quiclb_reader_free(struct quiclb_reader *reader)
{
	if (!reader)
		return;
	shared_drop(reader->mine);
	free(reader);
}

static void catch_up(struct quiclb_reader *reader)
{
	struct quiclb_table *const table = reader->table;
	struct shared *const former = reader->mine;

	pthread_mutex_lock(&table->lock);
	reader->mine = table->current;
	reader->version = atomic_load(&table->version);
	atomic_fetch_add(&reader->mine->n_users, 1);
	pthread_mutex_unlock(&table->lock);
	shared_drop(former);
}

const struct quiclb_decoder *quiclb_reader_decoder(struct quiclb_reader *reader)
{
	if (!reader)
		return NULL;
	/* relaxed: the lock orders what catch_up() then reads */
	if (atomic_load_explicit(&reader->table->version,
				 memory_order_relaxed) != reader->version)
		catch_up(reader);
	return reader->mine->decoder;
}
