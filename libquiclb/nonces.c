/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of the nonces, the counter that walks through it, and the mark
 * that keeps a later life from walking the same way.
 */
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "nonces.h"
#include "private.h"

/* What the order is made of: two keys, a start. */
#define SEED_BYTES (2 * QUICLB_KEY_BYTES + QUICLB_NONCE_MAX_BYTES)

struct quiclb_marks {
	pthread_mutex_t lock; /* of the calls of store */
	quiclb_mark_fn *store;
	void *arg;
	_Atomic uint64_t stored;
	_Atomic uint32_t n_users;
};

static struct quiclb_marks *
marks_new(const struct quiclb_encoder_options *options)
{
	struct quiclb_marks *const m = malloc(sizeof(*m));

	if (!m)
		return NULL;
	if (pthread_mutex_init(&m->lock, NULL)) {
		free(m);
		return NULL;
	}
	m->store = options->mark_store;
	m->arg = options->mark_arg;
	atomic_init(&m->stored, options->mark);
	atomic_init(&m->n_users, 1);
	return m;
}

static void marks_drop(struct quiclb_marks *m)
{
	if (!m || atomic_fetch_sub(&m->n_users, 1) != 1)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m);
}

/* Sees to it that the mark is above the counter. */
static int marks_cover(struct quiclb_marks *m, const struct quiclb_nonces *n)
{
	/* QUICLB_MARK_STEP times QUICLB_N_PARTS is far from a wrap */
	const uint64_t ahead = QUICLB_MARK_STEP * n->step;
	uint64_t mark;
	int err = 0;

	if (n->next < atomic_load(&m->stored))
		return 0;
	mark = n->limit - n->next > ahead ? n->next + ahead : n->limit;
	pthread_mutex_lock(&m->lock);
	if (n->next >= atomic_load(&m->stored)) {
		if (m->store(m->arg, mark))
			err = QUICLB_ERR_MARK;
		else
			atomic_store(&m->stored, mark);
	}
	pthread_mutex_unlock(&m->lock);
	return err;
}

static int make_seed(const struct quiclb_encoder_options *options,
		     const uint8_t *identity, size_t identity_len,
		     uint8_t seed[SEED_BYTES])
{
	if (options->nonce_secret)
		return quiclb_priv_hkdf(options->nonce_secret,
					QUICLB_NONCE_SECRET_BYTES, identity,
					identity_len, seed, SEED_BYTES);
	return RAND_priv_bytes(seed, SEED_BYTES) == 1 ? 0 : QUICLB_ERR_RANDOM;
}

static void order_init(struct quiclb_cipher *order, uint8_t len,
		       const uint8_t *key)
{
	struct quiclb_record rec;

	memset(&rec, 0, sizeof(rec));
	quiclb_priv_halves(&rec, len);
	quiclb_h_aes_expand(rec.round_keys, key);
	quiclb_priv_cipher_init(order, &rec);
	quiclb_wipe(&rec, sizeof(rec));
}

int quiclb_priv_nonces_init(struct quiclb_nonces *nonces, uint8_t len,
			    const struct quiclb_encoder_options *options,
			    const uint8_t *identity, size_t identity_len)
{
	uint8_t seed[SEED_BYTES];
	int err;

	memset(nonces, 0, sizeof(*nonces));
	if (options->mark_store) {
		nonces->marks = marks_new(options);
		if (!nonces->marks)
			return QUICLB_ERR_NOMEM;
	}
	err = make_seed(options, identity, identity_len, seed);
	if (err) {
		quiclb_priv_nonces_free(nonces);
		return err;
	}
	order_init(&nonces->order[0], len, seed);
	order_init(&nonces->order[1], len, seed + QUICLB_KEY_BYTES);
	nonces->base = quiclb_h_window(seed + 2 * QUICLB_KEY_BYTES, len);
	quiclb_wipe(seed, sizeof(seed));
	nonces->next = options->mark;
	nonces->step = 1;
	nonces->limit = len < 8 ? 1ULL << 8 * len : UINT64_MAX;
	nonces->len = len;
	return 0;
}

void quiclb_priv_nonces_part(struct quiclb_nonces *nonces,
			     const struct quiclb_nonces *whole, uint32_t part,
			     uint32_t n)
{
	*nonces = *whole;
	nonces->n_stock = 0;
	nonces->step = n;
	/* a start past the end leaves nothing, and must not wrap */
	nonces->next = quiclb_priv_nonces_left(whole) > part
			       ? whole->next + part
			       : whole->limit;
	if (nonces->marks)
		atomic_fetch_add(&nonces->marks->n_users, 1);
}

void quiclb_priv_nonces_free(struct quiclb_nonces *nonces)
{
	marks_drop(nonces->marks);
	quiclb_wipe(nonces, sizeof(*nonces));
}

uint64_t quiclb_priv_nonces_left(const struct quiclb_nonces *nonces)
{
	if (nonces->next >= nonces->limit)
		return 0;
	return (nonces->limit - nonces->next - 1) / nonces->step + 1;
}

/* How many of the next nonces, the first of which is, are below the mark. */
static uint64_t n_covered(const struct quiclb_nonces *nonces)
{
	const uint64_t left = quiclb_priv_nonces_left(nonces);
	uint64_t covered;

	if (!nonces->marks)
		return left;
	covered = (atomic_load(&nonces->marks->stored) - nonces->next - 1) /
			  nonces->step +
		  1;
	return covered < left ? covered : left;
}

int quiclb_priv_nonces_peek_many(const struct quiclb_nonces *nonces,
				 struct quiclb_lanes *lanes, uint64_t n)
{
	struct quiclb_words counter = nonces->base;
	uint64_t covered;
	size_t i;
	int err, k;

	if (nonces->next >= nonces->limit)
		return QUICLB_ERR_EXHAUSTED;
	err = nonces->marks ? marks_cover(nonces->marks, nonces) : 0;
	if (err)
		return err;
	covered = n_covered(nonces);
	n = n < covered ? n : covered;
	n = n < QUICLB_N_LANES ? n : QUICLB_N_LANES;
	lanes->n = 0;
	for (i = 0; i < n; i++) {
		counter.w[0] =
			(nonces->base.w[0] + nonces->next + i * nonces->step) &
			quiclb_h_mask64(nonces->len);
		quiclb_priv_lanes_add(lanes, &nonces->order[0], &counter);
	}
	for (k = 0; k < 2; k++) {
		for (i = 0; i < n; i++)
			lanes->ciphers[i] = &nonces->order[k];
		quiclb_priv_lanes_permute(lanes);
	}
	return 0;
}

static int fill_stock(struct quiclb_nonces *nonces)
{
	struct quiclb_lanes lanes;
	const int err =
		quiclb_priv_nonces_peek_many(nonces, &lanes, QUICLB_STOCK);
	size_t i;

	if (err)
		return err;
	nonces->n_stock = (uint8_t)lanes.n;
	for (i = 0; i < lanes.n; i++)
		nonces->stock[QUICLB_STOCK - lanes.n + i] = lanes.work[i].body;
	quiclb_wipe(lanes.work, lanes.n * sizeof(lanes.work[0]));
	return 0;
}

int quiclb_priv_nonces_peek(struct quiclb_nonces *nonces,
			    struct quiclb_words *nonce)
{
	const int err = nonces->n_stock ? 0 : fill_stock(nonces);

	if (err)
		return err;
	*nonce = nonces->stock[QUICLB_STOCK - nonces->n_stock];
	return 0;
}

void quiclb_priv_nonces_spend(struct quiclb_nonces *nonces)
{
	nonces->n_stock -= nonces->n_stock > 0;
	/* limit - next is at least 1: the nonce was there to be spent */
	if (nonces->limit - nonces->next > nonces->step)
		nonces->next += nonces->step;
	else
		nonces->next = nonces->limit;
}
