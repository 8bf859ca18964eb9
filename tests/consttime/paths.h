/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways to encrypt that the library can be told to take.
 */
#ifndef PATHS_H
#define PATHS_H

#include <quiclb/quiclb.h>

struct path {
	const char *name;
	unsigned int cpu; /* QUICLB_CPU_*, a set */
};

#define PATHS_N 3

static const struct path paths[PATHS_N] = {
	{ "portable", 0 },
	{ "aes", QUICLB_CPU_AES },
	{ "vaes", QUICLB_CPU_AES | QUICLB_CPU_VAES },
};

/* Of paths a set: bit n is the one whose set is n. */
#define PATHS_PORTABLE (1u << 0)
#define PATHS_AES (1u << QUICLB_CPU_AES)
#define PATHS_VAES (1u << (QUICLB_CPU_AES | QUICLB_CPU_VAES))
#define PATHS_ONE (PATHS_PORTABLE | PATHS_AES) /* one block at a time */
#define PATHS_ALL (PATHS_ONE | PATHS_VAES)

#endif /* PATHS_H */
