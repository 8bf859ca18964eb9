/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmnl in three calls.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "steer/netlink.h"

/* 0 or -errno. */
static int begin(struct quicsteer_netlink *nl, int bus)
{
	memset(nl, 0, sizeof(*nl));
	nl->bus = bus;
	nl->socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID)) {
		const int err = errno;

		quicsteer_netlink_close(nl);
		return -err;
	}
	nl->port = mnl_socket_get_portid(nl->socket);
	return 0;
}

int quicsteer_netlink_open(struct quicsteer_netlink *nl, int bus,
			   struct quicsteer_error *error)
{
	const int err = begin(nl, bus);

	return err ? quicsteer_fail_errno(error, err, "opening netlink")
		   : QUICSTEER_DONE;
}

/* The rest of a list that was interrupted goes with the old socket. */
static int begin_again(struct quicsteer_netlink *nl)
{
	int err;

	quicsteer_netlink_close(nl);
	err = begin(nl, nl->bus);
	return err ? err : -EINTR;
}

void quicsteer_netlink_close(struct quicsteer_netlink *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

int quicsteer_netlink_talk(struct quicsteer_netlink *nl, struct nlmsghdr *msg,
			   mnl_cb_t cb, void *data)
{
	ssize_t n;
	int ret = MNL_CB_OK;

	msg->nlmsg_seq = ++nl->seq;
	if (!nl->socket)
		return -ENOTCONN;
	if (mnl_socket_sendto(nl->socket, msg, msg->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl->socket, nl->buf, sizeof(nl->buf));
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(nl->buf, (size_t)n, nl->seq, nl->port, cb,
				 data);
	}
	if (ret >= 0)
		return 0;
	return errno == EINTR ? begin_again(nl) : -errno;
}
