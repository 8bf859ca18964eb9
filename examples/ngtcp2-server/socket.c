/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's one UDP socket.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

/* How long a full socket buffer may hold the loop up. */
#define MAX_SEND_WAIT_MS 10

static void set_local(struct server *server,
		      const struct quiclb_address *address, uint16_t port)
{
	struct sockaddr_in6 *in6 = (void *)&server->local;
	struct sockaddr_in *in4 = (void *)&server->local;

	memset(&server->local, 0, sizeof(server->local));
	if (address->family == 6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, address->bytes, 16);
		server->local_len = sizeof(*in6);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		memcpy(&in4->sin_addr, address->bytes, 4);
		server->local_len = sizeof(*in4);
	}
}

/* RFC 9000 14: no IP fragmentation; ngtcp2 finds the MTU by probing. */
static void set_socket_options(int fd, int family)
{
	const int buffer_bytes = 4 * 1024 * 1024;
	const int probe =
		family == AF_INET6 ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE;

	/* Less than asked for costs speed, not correctness. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes,
			 sizeof(buffer_bytes));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes,
			 sizeof(buffer_bytes));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe,
				 sizeof(probe));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe,
				 sizeof(probe));
}

int socket_open(struct server *server, const struct quiclb_address *address,
		uint16_t port)
{
	set_local(server, address, port);
	server->fd = socket(server->local.ss_family,
			    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->fd < 0) {
		perror("ngtcp2-server: socket");
		return -1;
	}
	set_socket_options(server->fd, server->local.ss_family);
	/* To the VIP, not to any address: what we send comes from the VIP. */
	if (bind(server->fd, (struct sockaddr *)&server->local,
		 server->local_len)) {
		perror("ngtcp2-server: bind");
		return -1;
	}
	return 0;
}

void server_send(struct server *server, const ngtcp2_path *path,
		 const uint8_t *packet, size_t len)
{
	struct pollfd wait = { .fd = server->fd, .events = POLLOUT };
	ssize_t n;

	n = sendto(server->fd, packet, len, 0, path->remote.addr,
		   path->remote.addrlen);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) &&
	    poll(&wait, 1, MAX_SEND_WAIT_MS) > 0)
		(void)sendto(server->fd, packet, len, 0, path->remote.addr,
			     path->remote.addrlen);
}
