/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the unit tests share.  Random bytes come from g_test_rand_int(), so the
 * seed that a test prints repeats it (--seed).
 *
 * QUICLB_TEST_SCALE=N in the environment divides the loop counts by N, for
 * slow runs such as those under valgrind; the default is 1.
 */
#ifndef UNIT_H
#define UNIT_H

#include <glib.h>
#include <quiclb/quiclb.h>

#include "textbook.h"

struct unit_case {
	const char *name; /* <what>_<expected> */
	void (*fn)(void);
};

/* Registers n cases as /<group>/<name>; call after g_test_init(). */
void unit_add(const char *group, const struct unit_case *cases, size_t n);

#define UNIT_UNTOUCHED 0xa5 /* what output buffers hold before a call */

/* n, or less by QUICLB_TEST_SCALE, but at least 1. */
unsigned int unit_rounds(unsigned int n);

void unit_random(uint8_t *out, size_t len);

/* 0..max, any of them. */
uint8_t unit_random_up_to(unsigned int max);

/* Exactly len bytes on the heap, so that a sanitizer sees reads past them. */
uint8_t *unit_copy(const void *bytes, size_t len);

/* Whether all len bytes are value. */
gboolean unit_all(const void *bytes, size_t len, uint8_t value);

/*
 * A config of rotation 0, or of a layout's version, with a random key if the
 * codec is keyed; legal if codec and lengths are.
 */
void unit_config(struct quiclb_config *config, uint8_t codec,
		 uint8_t server_id_len, uint8_t nonce_len);

/* The keyed codec for this sum of lengths. */
uint8_t unit_keyed_codec(unsigned int server_id_len, unsigned int nonce_len);

/* The same config for the textbook. */
struct textbook_config unit_textbook(const struct quiclb_config *config);

/* Runs fn in a forked child and returns its result, 0..127. */
int unit_in_child(int (*fn)(void *), void *data);

/* Whether two of n numbers are equal; sorts them. */
gboolean unit_any_twice(uint64_t *numbers, size_t n);

#endif /* UNIT_H */
