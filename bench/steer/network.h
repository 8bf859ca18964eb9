/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the benchmarks steer: a network namespace with veth devices, an
 * address for this host and neighbours for its servers.
 *
 *   left    198.18.0.1/15, 2001:db8:1::1/64, 02:00:00:00:01:01
 *   twin    has the MAC of server 1, see trial.h
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t network_mac[6]; /* of left */

/* Enters the namespace; ends the process without the privilege. */
void network_enter(void);

/* Ends the process, saying what failed, unless ok. */
void network_must(int ok, const char *what);

uint32_t network_ifindex(const char *device);

/* Server i is at 198.18.0.1 + i; server 0 is this host. */
void network_address(size_t i, uint8_t address[4]);
void network_mac_of(size_t i, uint8_t mac[6]);

/* Permanent neighbour entries for servers 1..n - 1, if they are not there. */
void network_neighbours(size_t n);

/* Server behind a router: 10.0.0.0 + i. */
void network_far_address(size_t i, uint8_t address[4]);

/* A new veth pair "NAME" and "NAME-end", both up. */
void network_pair(const char *name);

void network_attach(const char *device, int program);

/*
 * Attaches the program to a device that is down and sees no packet.  Without it
 * the kernel would patch and unpatch its dispatcher around every test run,
 * which takes milliseconds; with it a run begins as packets of a driver do.  To
 * network_unpark().
 */
void network_park(int program);
void network_unpark(void); /* all of them */

#endif /* NETWORK_H */
