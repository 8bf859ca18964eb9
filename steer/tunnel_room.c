/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of the MTU on the way to a server is left inside a tunnel.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "steer/private.h"

#define ANY_PORT 9 /* nothing is sent */

/* As the FIB tells the program: of the route, the device, or learned. */
static int mtu_to(int fd, const struct quiclb_address *address)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(ANY_PORT) };
	struct sockaddr_in in4 = { .sin_family = AF_INET,
				   .sin_port = htons(ANY_PORT) };
	const int four = address->family == 4;
	socklen_t len = sizeof(int);
	int mtu = 0;

	memcpy(&in4.sin_addr, address->bytes, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr));
	if (four ? connect(fd, (struct sockaddr *)&in4, sizeof(in4))
		 : connect(fd, (struct sockaddr *)&in6, sizeof(in6)))
		return 0;
	if (getsockopt(fd, four ? IPPROTO_IP : IPPROTO_IPV6,
		       four ? IP_MTU : IPV6_MTU, &mtu, &len))
		return 0;
	return mtu;
}

uint32_t quicsteer_tunnel_room(const struct quicsteer_server *server,
			       uint32_t *mtu)
{
	const int four = server->address.family == 4;
	uint32_t outer = four ? 20 : 40;
	int fd, found;

	if (server->reach == QUICSTEER_REACH_GUE)
		outer += 8; /* UDP: variant 1 has no header of its own */
	else if (server->reach != QUICSTEER_REACH_IPIP)
		return 0;
	fd = socket(four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	found = mtu_to(fd, &server->address);
	close(fd);
	if (found <= (int)outer)
		return 0;
	*mtu = (uint32_t)found;
	return *mtu - outer;
}
