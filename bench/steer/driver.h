/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many CIDs through a program, one after the other: driver.bpf.c in front of
 * it.  What the driver itself costs is a row of its own, with a target that
 * does nothing.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "driver_entry.h"
#include "trial.h"

struct driver {
	struct bench_driver *skel;
	struct driver_entry *entries; /* cap of them */
	size_t cap;
	int program;
};

/* Parked, with an empty table. */
void driver_open(struct driver *driver, size_t cap, int target);
void driver_close(struct driver *driver);

/*
 * Takes the first n entries in turn; so many of 256 packets get a random CID
 * instead, with the codepoint of the entry.
 */
void driver_use(struct driver *driver, size_t n, unsigned int random);

/* An entry: a CID of 20 bytes, a VIP, and a client that no other entry has. */
void driver_put(struct driver *driver, size_t i,
		const struct quiclb_address *vip, const uint8_t *cid);

/* The same table for another target. */
void driver_copy(struct driver *to, const struct driver *from);

/* Puts the first n entries in random order, the same one every time. */
void driver_shuffle(struct driver *driver, size_t n);

/* The trial of a driver; in one sample repeat packets. */
void driver_trial(struct trial *trial, const struct driver *driver,
		  uint32_t action, const struct steering *steering,
		  unsigned int reason, uint32_t repeat);

#endif /* DRIVER_H */
