/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network and mount namespaces of the test program's own, so that nothing it
 * makes can be seen elsewhere or outlive it, and a little network in there.
 *
 *   left   192.0.2.1/24      2001:db8:1::1/64   02:00:00:00:01:01
 *   right  198.51.100.1/24   2001:db8:2::1/64   02:00:00:00:02:01
 *
 * Both are veth devices; their other ends have no address, and an XDP program
 * that passes everything.
 */
#ifndef NETNS_H
#define NETNS_H

#include <stdint.h>

#define NETNS_BPFFS "/run/bpf" /* empty at first, mounted here alone */
#define NETNS_PIN_DIR NETNS_BPFFS "/quic-steer"

extern const uint8_t netns_left_mac[6];
extern const uint8_t netns_right_mac[6];

/*
 * Enters the namespaces and makes the network.  Without the privilege this
 * prints a TAP skip and ends the process; with CI=true in the environment it
 * is a failure.  Call once from main(), after g_test_init().
 */
void netns_enter(void);

/* Runs `ip` with these arguments, split at spaces; failure ends the test. */
void netns_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What `ip` prints; g_free() it. */
char *netns_ip_output(const char *arguments);

/* A permanent neighbour entry. */
void netns_neighbour(const char *device, const char *address,
		     const uint8_t mac[6]);

/* That program, on or off again. */
void netns_pass(const char *device, int on);

uint32_t netns_ifindex(const char *device);

#endif /* NETNS_H */
