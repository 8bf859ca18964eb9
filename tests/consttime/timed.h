/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls whose time is measured, and what they work on.
 */
#ifndef TIMED_H
#define TIMED_H

#include <quiclb/native.h>
#include <quiclb/quiclb.h>

#include "measure.h"

#define TIMED_N 32 /* CIDs of a batch: two of the widest AES */

struct timed {
	struct quiclb_config config;
	struct quiclb_decoder *decoder;
	struct quiclb_encoder *encoder;
	struct quiclb_record record;
	struct quiclb_cipher cipher;
	struct quiclb_words plain, words;
	struct quiclb_block id;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES];
	uint8_t cids[TIMED_N][QUICLB_CID_MAX_BYTES];
	struct quiclb_cid_ref refs[TIMED_N];
	struct quiclb_server_id ids[TIMED_N];
	volatile int sink;
};

struct timed_call {
	const char *name; /* NULL ends the list */
	struct measure_trial trial;
	unsigned int cpus; /* PATHS_* */
	int is_of_key;	   /* 1: the input is a key */
};

extern const struct timed_call timed_calls[];

/* Ends the program if the library fails. */
void timed_open(struct timed *t, int codec);
void timed_close(struct timed *t);

/* That leak, and one that does not: all on a codec with a key. */
extern const struct measure_trial timed_early_exit, timed_branching_aes,
	timed_table_aes, timed_nothing;

#endif /* TIMED_H */
