/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steering as an operator has it: up, reload and down on the devices of
 * netns.h, the pins in a bpffs of the test's own.
 */
#ifndef LIVE_H
#define LIVE_H

#include "steer/private.h"

/* Servers of every deployment here, by ID; the pool has both kinds. */
enum { LIVE_LOCAL = 1, LIVE_FIRST, LIVE_SECOND, LIVE_N_IDS };
#define LIVE_FIRST_ADDRESS "192.0.2.2"
#define LIVE_SECOND_ADDRESS "192.0.2.3"
#define LIVE_PORT 443

/* MAC of LIVE_FIRST or LIVE_SECOND. */
const uint8_t *live_mac(int id);

/* Permanent neighbour entries of the servers. */
void live_neighbours(void);

/*
 * A deployment with VIPs at 203.0.113.N, N from the string's digits, all with
 * one four-pass config whose key is 16 times this byte.
 */
struct quiclb_deployment *live_deployment(const char *vips, uint8_t key);

/* Options for one interface, or, right set, for two. */
void live_options(struct quicsteer_options *options, int right);

/* Each asserts the result and returns what it wrote on failure. */
const char *live_up(struct quiclb_deployment *d, int result);
const char *live_reload(struct quiclb_deployment *d, int result);
const char *live_down(int result);

/* To quicsteer_status_free(). */
struct quicsteer_status *live_status(void);
/* Packets counted for the VIP 203.0.113.N; asserts that it is there. */
uint64_t live_count(int vip, enum quiclb_reason reason);

/*
 * Sends one packet with a CID for this server under this key to 203.0.113.N
 * through the pinned program; returns the XDP action.  mac: its destination
 * afterwards, 6 bytes, or NULL.
 */
uint32_t live_send(int vip, uint8_t key, int id, uint8_t *mac);

/* The same with a CID of the caller's. */
uint32_t live_send_cid(int vip, const uint8_t *cid, size_t cid_len,
		       uint8_t *mac);

/* Whether an XDP program is attached to the device. */
int live_attached(const char *device);
/* 1 if there is no pin directory. */
int live_no_pins(void);
/* The sysctl of lo, '0' or '1'; family 4 or 6. */
char live_forwarding(int family);
void live_set_forwarding(int family, char value);

/* ---- cases in a few words; each asserts that it went so --------------- */

/* No pins, no program, lo does not forward: before and after every case. */
void live_nothing_is_left(void);
/* up, reload and down of live_deployment(). */
void live_start(const char *vips, uint8_t key);
void live_change(const char *vips, uint8_t key);
void live_stop(void);

/* A packet reaches the server; or its key is none any more. */
void live_steers(int vip, uint8_t key, int id);
void live_is_unknown(int vip, uint8_t key, int id);

uint32_t live_generation(void);
/* Number of entries of a hash map, of all generations. */
size_t live_entries(enum quicsteer_map which);
/* Writes a generation into the maps, but not into control. */
void live_fill(const struct quiclb_deployment *d, uint32_t active,
	       uint32_t next);
/* Records in the kernel that are not all zero, of both generations. */
size_t live_records(void);
void live_set_control(uint32_t map_abi, uint32_t next);

#endif /* LIVE_H */
