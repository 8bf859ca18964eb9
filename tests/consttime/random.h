/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that look random and are the same in every run.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>

uint64_t random_word(void);
void random_bytes(void *p, size_t len);

#endif /* RANDOM_H */
