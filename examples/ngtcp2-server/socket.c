/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UDP sockets of a worker.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

/* How long a full socket buffer may hold the loop up. */
#define MAX_SEND_WAIT_MS 10

static void set_local(struct endpoint *endpoint,
		      const struct quiclb_address *address, uint16_t port)
{
	struct sockaddr_in6 *in6 = (void *)&endpoint->local;
	struct sockaddr_in *in4 = (void *)&endpoint->local;

	memset(&endpoint->local, 0, sizeof(endpoint->local));
	if (address->family == 6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, address->bytes, 16);
		endpoint->local_len = sizeof(*in6);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		memcpy(&in4->sin_addr, address->bytes, 4);
		endpoint->local_len = sizeof(*in4);
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
		uint16_t port, int shared)
{
	struct endpoint *const e = &server->endpoints[server->n_endpoints];

	set_local(e, address, port);
	e->fd = socket(e->local.ss_family,
		       SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (e->fd < 0) {
		perror("ngtcp2-server: socket");
		return -1;
	}
	server->n_endpoints++;
	set_socket_options(e->fd, e->local.ss_family);
	if (shared && setsockopt(e->fd, SOL_SOCKET, SO_REUSEPORT, &shared,
				 sizeof(shared))) {
		perror("ngtcp2-server: SO_REUSEPORT");
		return -1;
	}
	/* To one address, not to any: what we send comes from there. */
	if (bind(e->fd, (struct sockaddr *)&e->local, e->local_len)) {
		perror("ngtcp2-server: bind");
		return -1;
	}
	return 0;
}

/* The socket of the address that the path begins at; else the VIP's. */
static int fd_of(const struct server *server, const ngtcp2_path *path)
{
	size_t i = server->n_endpoints - 1;

	while (i && (server->endpoints[i].local_len != path->local.addrlen ||
		     memcmp(&server->endpoints[i].local, path->local.addr,
			    path->local.addrlen)))
		i--;
	return server->endpoints[i].fd;
}

void server_send(struct server *server, const ngtcp2_path *path,
		 const uint8_t *packet, size_t len)
{
	const int fd = fd_of(server, path);
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	n = sendto(fd, packet, len, 0, path->remote.addr, path->remote.addrlen);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) &&
	    poll(&wait, 1, MAX_SEND_WAIT_MS) > 0)
		(void)sendto(fd, packet, len, 0, path->remote.addr,
			     path->remote.addrlen);
}
