/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A copy of the real program with maps of its own, where a deployment is in
 * force.
 */
#ifndef STEERING_H
#define STEERING_H

#include "steer/private.h"

struct steering {
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	struct quiclb_control control;
	uint32_t n_rows; /* of counters */
};

/*
 * Loads the program, which is not parked (network.h), and puts the deployment
 * in force, which may be freed then; device: whose frames it thinks it sees, by
 * its MAC.
 */
void steering_open(struct steering *s, const struct quiclb_deployment *d,
		   const char *device);
void steering_close(struct steering *s);

/* All counters: of all rows and CPUs. */
void steering_read(const struct steering *s, struct quiclb_counters *sum);

/* Every CPU has spent its budget, as of now. */
void steering_spend_budget(const struct steering *s);

#endif /* STEERING_H */
