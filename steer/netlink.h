/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One netlink socket: a request, and all that comes back.
 */
#ifndef QUICSTEER_NETLINK_H
#define QUICSTEER_NETLINK_H

#include <libmnl/libmnl.h>

#include "steer/private.h"

#define QUICSTEER_NETLINK_TRIES 10 /* to read a list that changes */

struct quicsteer_netlink {
	struct mnl_socket *socket;
	int bus;
	unsigned int port;
	uint32_t seq;
	char buf[16384];
};

/* bus: NETLINK_ROUTE or NETLINK_GENERIC. */
int quicsteer_netlink_open(struct quicsteer_netlink *nl, int bus,
			   struct quicsteer_error *error);
void quicsteer_netlink_close(struct quicsteer_netlink *nl);
/*
 * Sends the message in nl->buf and feeds what comes to cb; 0 or -errno.  EINTR:
 * the list changed while it was read, and may be read again.
 */
int quicsteer_netlink_talk(struct quicsteer_netlink *nl, struct nlmsghdr *msg,
			   mnl_cb_t cb, void *data);

#endif /* QUICSTEER_NETLINK_H */
