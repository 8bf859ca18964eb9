/* SPDX-License-Identifier: BSD-2-Clause */
#include "random.h"

static uint64_t state = 1;

/* The splitmix64 of Steele, Lea and Flood (2014). */
uint64_t random_word(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void random_bytes(void *p, size_t len)
{
	uint8_t *const out = p;
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)random_word();
}
