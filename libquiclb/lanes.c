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

/* ----------------------------------------------------- lanes of one config --
 */

/*
 * One step of every lane.  What it asks of AES depends on config and step
 * alone, so it is the same for all.  1 when that was the last.
 */
QUICLB_INLINE int take_step(struct quiclb_lanes *lanes,
			    const struct quiclb_job *jobs, quiclb_step_fn *next,
			    int step)
{
	const struct quiclb_record *const rec = &lanes->ciphers[0]->record;
	int what = QUICLB_STEP_DONE;
	size_t i;

	for (i = 0; i < lanes->n; i++)
		what = next(rec, &lanes->work[i], step);
	if (what == QUICLB_STEP_ENCRYPT)
		quiclb_priv_encrypt_same(jobs, lanes->n);
	else if (what == QUICLB_STEP_DECRYPT)
		quiclb_priv_decrypt_same(jobs, lanes->n);
	return what == QUICLB_STEP_DONE;
}

/* All steps of one codec, written out as in quiclb_h_run(). */
QUICLB_INLINE void run_same(struct quiclb_lanes *lanes, quiclb_step_fn *next)
{
	struct quiclb_job jobs[QUICLB_N_LANES];
	size_t i;

	for (i = 0; i < lanes->n; i++) {
		jobs[i].cipher = lanes->ciphers[0];
		jobs[i].block = &lanes->work[i].block;
	}
	if (take_step(lanes, jobs, next, 0) ||
	    take_step(lanes, jobs, next, 1) ||
	    take_step(lanes, jobs, next, 2) || take_step(lanes, jobs, next, 3))
		return;
	take_step(lanes, jobs, next, 4);
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
	if (!are_same(lanes)) {
		run(lanes, quiclb_h_encode_step);
		return;
	}
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
