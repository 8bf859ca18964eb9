/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of the library, on secret bytes.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "subject.h"
#include "tap.h"

#define OPERATION_WANTS_OTHER 1u  /* a config of another rotation as well */
#define OPERATION_WANTS_NONCES 2u /* more than one */

/*
 * Whether the result is what it should be.  Secret is clear with its bytes
 * marked.
 */
typedef int operation_fn(struct subject *secret, const struct subject *clear);

struct operation {
	const char *name; /* NULL ends the list */
	operation_fn *run;
	unsigned int cpus;  /* OPERATION_* */
	unsigned int wants; /* OPERATION_WANTS_* */
	int is_slow;	    /* 1: on fewer lengths */
};

extern const struct operation operations[];

/* A case for quiclb_reset_token(), which knows no codec and no AES. */
void operations_reset_token(struct tap *tap);

#endif /* OPERATIONS_H */
