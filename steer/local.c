/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds this host in the pools by the addresses of its interfaces, so that
 * one configuration file serves every server of a pool.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

static int to_address(const struct sockaddr *sa, struct quiclb_address *a)
{
	memset(a, 0, sizeof(*a));
	if (!sa)
		return -1;
	if (sa->sa_family == AF_INET) {
		a->family = 4;
		memcpy(a->bytes, &((const struct sockaddr_in *)sa)->sin_addr,
		       4);
		return 0;
	}
	if (sa->sa_family == AF_INET6) {
		a->family = 6;
		memcpy(a->bytes, &((const struct sockaddr_in6 *)sa)->sin6_addr,
		       16);
		return 0;
	}
	return -1;
}

static size_t count(const struct ifaddrs *list)
{
	size_t n = 0;

	for (; list; list = list->ifa_next)
		n++;
	return n;
}

static int mark(struct quiclb_deployment *deployment,
		const struct ifaddrs *list, struct quicsteer_error *error)
{
	struct quiclb_address *const own =
		calloc(count(list) + 1, sizeof(*own));
	size_t n = 0, n_local;

	if (!own)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	for (; list; list = list->ifa_next)
		if (!to_address(list->ifa_addr, &own[n]))
			n++;
	n_local = quiclb_deployment_set_local(deployment, own, n);
	free(own);
	if (!n_local)
		return quicsteer_fail(
			error, QUICSTEER_USAGE,
			"/quic-lb/role: real-server, but no server-address is "
			"an address of this host (set local-server-address, or "
			"role balancer)");
	return QUICSTEER_DONE;
}

int quicsteer_find_local(struct quiclb_deployment *deployment,
			 struct quicsteer_error *error)
{
	struct ifaddrs *list;
	int result;

	if (deployment->role == QUICLB_ROLE_BALANCER || deployment->has_local)
		return QUICSTEER_DONE;
	if (getifaddrs(&list))
		return quicsteer_fail_errno(error, errno,
					    "reading interface addresses");
	result = mark(deployment, list, error);
	freeifaddrs(list);
	return result;
}
