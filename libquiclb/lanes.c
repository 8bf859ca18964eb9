/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The third driver of the codecs, beside those of decode.h.
 */
#include <assert.h>

#include "lanes.h"

/* The lanes still at work, and what a step asks of AES. */
struct turn {
	size_t n_busy;
	uint8_t busy[QUICLB_N_LANES];
	size_t n_encrypt, n_decrypt;
	struct quiclb_job encrypt[QUICLB_N_LANES];
	struct quiclb_job decrypt[QUICLB_N_LANES];
};

/*
 * Blocks come and go whole: what is stored in words and loaded as a block waits
 * until the stores are done.
 */
QUICLB_INLINE void put_block(struct quiclb_block *to,
			     const struct quiclb_block *from)
{
#if defined(QUICLB_VECTORS)
	const quiclb_h_vector v = quiclb_h_vector_of(from);

	memcpy(to, &v, sizeof(v));
#else
	*to = *from;
#endif
}

QUICLB_INLINE struct quiclb_block take_block(const struct quiclb_block *from)
{
#if defined(QUICLB_VECTORS)
	quiclb_h_vector v;

	memcpy(&v, from, sizeof(v));
	return quiclb_h_vector_block(v);
#else
	return *from;
#endif
}

/* ----------------------------------------------------- lanes of one config --
 */

/* Gives AES what a step asked for; 1 when that was the last. */
QUICLB_INLINE int turn_row(const struct quiclb_cipher *cipher, int what,
			   struct quiclb_block *blocks, size_t n)
{
	if (what == QUICLB_STEP_ENCRYPT)
		quiclb_priv_encrypt_row(cipher, blocks, n);
	else if (what == QUICLB_STEP_DECRYPT)
		quiclb_priv_decrypt_row(cipher, blocks, n);
	return what == QUICLB_STEP_DONE;
}

/*
 * One step of every lane.  What it asks of AES depends on config and step
 * alone, so it is the same for all.  1 when that was the last.
 */
QUICLB_INLINE int take_step(struct quiclb_lanes *lanes,
			    const struct quiclb_record *rec,
			    struct quiclb_block *blocks, quiclb_step_fn *next,
			    int step)
{
	const size_t n = lanes->n;
	int what = QUICLB_STEP_DONE;
	size_t i;

	for (i = 0; i < n; i++) {
		struct quiclb_work *const work = &lanes->work[i];

		if (step)
			put_block(&work->block, &blocks[i]);
		what = next(rec, work, step);
		if (what != QUICLB_STEP_DONE)
			put_block(&blocks[i], &work->block);
	}
	return turn_row(lanes->ciphers[0], what, blocks, n);
}

/* The shape of a config, not its keys. */
static void copy_shape(struct quiclb_record *to,
		       const struct quiclb_record *from)
{
	memcpy(to, from, offsetof(struct quiclb_record, round_keys));
}

/* All steps of one codec, written out as in quiclb_h_run(). */
QUICLB_INLINE void run_same(struct quiclb_lanes *lanes, quiclb_step_fn *next)
{
	struct quiclb_block blocks[QUICLB_N_LANES];
	struct quiclb_record rec;

	/* a copy, so that writing to lanes does not mean reading it again */
	copy_shape(&rec, &lanes->ciphers[0]->record);
	if (take_step(lanes, &rec, blocks, next, 0) ||
	    take_step(lanes, &rec, blocks, next, 1) ||
	    take_step(lanes, &rec, blocks, next, 2) ||
	    take_step(lanes, &rec, blocks, next, 3))
		return;
	take_step(lanes, &rec, blocks, next, 4);
}

/* Whether there are lanes, all of one config. */
static int are_same(const struct quiclb_lanes *lanes)
{
	size_t i;

	for (i = 1; i < lanes->n; i++)
		if (lanes->ciphers[i] != lanes->ciphers[0])
			return 0;
	return lanes->n > 0;
}

/* ------------------------------------------------------------ lanes of any --
 */

/* One step of every lane that is still at work; whether any goes on. */
QUICLB_INLINE int take_turn(struct quiclb_lanes *lanes, struct turn *turn,
			    quiclb_step_fn *next, int step)
{
	const size_t n = turn->n_busy;
	size_t i;

	turn->n_busy = turn->n_encrypt = turn->n_decrypt = 0;
	for (i = 0; i < n; i++) {
		const uint8_t lane = turn->busy[i];
		struct quiclb_work *const work = &lanes->work[lane];
		const struct quiclb_job job = { lanes->ciphers[lane],
						&work->block };
		const int what = next(&job.cipher->record, work, step);

		if (what == QUICLB_STEP_DONE)
			continue;
		turn->busy[turn->n_busy++] = lane;
		if (what == QUICLB_STEP_ENCRYPT)
			turn->encrypt[turn->n_encrypt++] = job;
		else
			turn->decrypt[turn->n_decrypt++] = job;
	}
	if (turn->n_encrypt)
		quiclb_priv_encrypt_many(turn->encrypt, turn->n_encrypt);
	if (turn->n_decrypt)
		quiclb_priv_decrypt_many(turn->decrypt, turn->n_decrypt);
	return turn->n_busy != 0;
}

/* Written out for the same reason as quiclb_h_run(). */
QUICLB_INLINE void run(struct quiclb_lanes *lanes, quiclb_step_fn *next)
{
	struct turn turn;
	uint8_t i;

	turn.n_busy = lanes->n;
	for (i = 0; i < lanes->n; i++)
		turn.busy[i] = i;
	if (!take_turn(lanes, &turn, next, 0))
		return;
	if (!take_turn(lanes, &turn, next, 1))
		return;
	if (!take_turn(lanes, &turn, next, 2))
		return;
	if (!take_turn(lanes, &turn, next, 3))
		return;
	take_turn(lanes, &turn, next, 4);
}

QUICLB_STATIC_ASSERT(QUICLB_MAX_BLOCKS == 4, "as many turns as blocks");

/* ------------------------------------------------------ CIDs of one config --
 */

/* What a codec has between its first step and its last. */
QUICLB_INLINE struct quiclb_work take_work(const struct quiclb_work *from,
					   const struct quiclb_block *block)
{
	struct quiclb_work work = quiclb_h_work(&from->body);

	work.left = take_block(&from->left);
	work.right = take_block(&from->right);
	work.block = take_block(block);
	return work;
}

QUICLB_INLINE void put_work(struct quiclb_work *to, struct quiclb_block *block,
			    const struct quiclb_work *from)
{
	to->body = from->body;
	put_block(&to->left, &from->left);
	put_block(&to->right, &from->right);
	put_block(block, &from->block);
}

/* CIDs of one config under way to their server IDs. */
struct herd {
	const struct quiclb_cipher *cipher;
	const struct quiclb_cid_ref *cids;
	struct quiclb_server_id *ids;
	size_t n;
	struct quiclb_block blocks[QUICLB_N_LANES]; /* of the work beside */
	struct quiclb_work work[QUICLB_N_LANES];
};

/*
 * One step of all of them, each in registers: the first takes a CID from where
 * it lies, the last gives its server ID.  1 when that was the last.
 */
QUICLB_INLINE int step_of_all(struct herd *f, const struct quiclb_record *rec,
			      quiclb_step_fn *next, int step)
{
	const struct quiclb_cid_ref *const cids = f->cids;
	struct quiclb_server_id *const ids = f->ids;
	const size_t n = f->n;
	int what = QUICLB_STEP_DONE;
	size_t i;

	for (i = 0; i < n; i++) {
		struct quiclb_work work =
			step ? take_work(&f->work[i], &f->blocks[i])
			     : quiclb_h_work_on(cids[i].cid, rec->min_cid_len);

		what = next(rec, &work, step);
		if (what == QUICLB_STEP_DONE) {
			const struct quiclb_block id =
				quiclb_h_server_id(rec, &work.body);

			quiclb_priv_store_id(ids[i].bytes, &id);
			ids[i].len = rec->server_id_len;
		} else {
			put_work(&f->work[i], &f->blocks[i], &work);
		}
	}
	return turn_row(f->cipher, what, f->blocks, n);
}

QUICLB_INLINE void run_herd(struct herd *f, quiclb_step_fn *next)
{
	struct quiclb_record rec;

	copy_shape(&rec, &f->cipher->record);
	if (step_of_all(f, &rec, next, 0) || step_of_all(f, &rec, next, 1) ||
	    step_of_all(f, &rec, next, 2) || step_of_all(f, &rec, next, 3))
		return;
	step_of_all(f, &rec, next, 4);
}

void quiclb_priv_decode_same(const struct quiclb_cipher *cipher,
			     const struct quiclb_cid_ref *cids,
			     struct quiclb_server_id *ids, size_t n)
{
	struct herd f;

	f.cipher = cipher;
	f.cids = cids;
	f.ids = ids;
	f.n = n;
	switch (cipher->record.codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		run_herd(&f, quiclb_##lower##_decode);                         \
		break;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	}
}

void quiclb_priv_lanes_decode(struct quiclb_lanes *lanes)
{
	if (!are_same(lanes)) {
		run(lanes, quiclb_h_decode_step);
		return;
	}
	switch (lanes->ciphers[0]->record.codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		run_same(lanes, quiclb_##lower##_decode);                      \
		break;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	}
}

void quiclb_priv_lanes_encode(struct quiclb_lanes *lanes)
{
	assert(are_same(lanes));
	switch (lanes->ciphers[0]->record.codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		run_same(lanes, quiclb_##lower##_encode);                      \
		break;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	}
}

void quiclb_priv_lanes_permute(struct quiclb_lanes *lanes)
{
	assert(are_same(lanes));
	run_same(lanes, quiclb_h_four_pass_permute);
}
