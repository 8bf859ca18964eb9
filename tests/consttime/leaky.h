/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that is not in constant time, as it is often written: what the tests
 * must notice before what they say of the library means anything.
 */
#ifndef LEAKY_H
#define LEAKY_H

#include <quiclb/decode.h>
#include <stddef.h>

/* Before the others. */
void leaky_init(void);

/* quiclb_h_encrypt() by an S-box in memory. */
void leaky_table_encrypt(const struct quiclb_record *rec,
			 struct quiclb_block *block);

/* The same without a table: multiplies by branches. */
void leaky_branch_encrypt(const struct quiclb_record *rec,
			  struct quiclb_block *block);

/* Its S-box from the one, its multiplications from the other: quicker. */
void leaky_both_encrypt(const struct quiclb_record *rec,
			struct quiclb_block *block);

/* memcmp() as it may be: ends at the first difference. */
int leaky_differ(const quiclb_u8 *a, const quiclb_u8 *b, size_t len);

#endif /* LEAKY_H */
