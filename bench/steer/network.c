/* SPDX-License-Identifier: BSD-2-Clause */
#include "network.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t network_mac[6] = { 0x02, 0, 0, 0, 0x01, 0x01 };

#define PARKS 40 /* the kernel's dispatcher takes 48 programs */

static unsigned int n_parked;

void network_must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_steer: %s%s%s\n", what, errno ? ": " : "",
		errno ? strerror(errno) : "");
	exit(1);
}

static FILE *open_ip(void)
{
	FILE *const ip = popen("ip -batch -", "w");

	network_must(ip != NULL, "ip of iproute2");
	return ip;
}

static void close_ip(FILE *ip)
{
	errno = 0;
	network_must(!pclose(ip), "ip of iproute2");
}

__attribute__((format(printf, 1, 2))) static void run_ip(const char *format,
							 ...)
{
	FILE *const ip = open_ip();
	va_list args;

	va_start(args, format);
	vfprintf(ip, format, args);
	va_end(args);
	close_ip(ip);
}

static void mac_text(const uint8_t mac[6], char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

uint32_t network_ifindex(const char *device)
{
	const uint32_t ifindex = if_nametoindex(device);

	network_must(ifindex != 0, device);
	return ifindex;
}

void network_address(size_t i, uint8_t address[4])
{
	const size_t n = i + 1;

	address[0] = 198;
	address[1] = (uint8_t)(18 + (n >> 16));
	address[2] = (uint8_t)(n >> 8);
	address[3] = (uint8_t)n;
}

void network_far_address(size_t i, uint8_t address[4])
{
	address[0] = 10;
	address[1] = (uint8_t)(i >> 16);
	address[2] = (uint8_t)(i >> 8);
	address[3] = (uint8_t)i;
}

void network_mac_of(size_t i, uint8_t mac[6])
{
	mac[0] = 0x06;
	mac[1] = mac[2] = 0;
	mac[3] = (uint8_t)(i >> 16);
	mac[4] = (uint8_t)(i >> 8);
	mac[5] = (uint8_t)i;
}

void network_neighbours(size_t n)
{
	static size_t there = 1;
	uint8_t address[4], mac[6];
	FILE *const ip = open_ip();
	char text[18];

	for (; there < n; there++) {
		network_address(there, address);
		network_mac_of(there, mac);
		mac_text(mac, text);
		fprintf(ip,
			"neigh add %u.%u.%u.%u dev left nud permanent "
			"lladdr %s\n",
			address[0], address[1], address[2], address[3], text);
	}
	close_ip(ip);
}

void network_pair(const char *name)
{
	/* no IPv6 of the kernel's own: nobody but us sends */
	run_ip("link add %s type veth peer name %s-end\n"
	       "link set %s addrgenmode none\n"
	       "link set %s-end addrgenmode none\n"
	       "link set %s-end up\nlink set %s up\n",
	       name, name, name, name, name, name);
}

/* All of them at once, for a device takes longer to go than to come. */
static void make_parks(void)
{
	FILE *const ip = open_ip();
	unsigned int i;

	for (i = 0; i < PARKS; i++)
		fprintf(ip, "link add park%u type veth peer name park%u-end\n",
			i, i);
	close_ip(ip);
}

void network_enter(void)
{
	uint8_t mac[6];
	char text[18], twin[18];

	network_must(!unshare(CLONE_NEWNET), "a network namespace (as root)");
	mac_text(network_mac, text);
	network_mac_of(1, mac);
	mac_text(mac, twin);
	network_pair("left");
	network_pair("twin");
	make_parks();
	run_ip("link set lo up\n"
	       "link set left address %s\nlink set twin address %s\n"
	       "addr add 198.18.0.1/15 dev left\n"
	       "addr add 2001:db8:1::1/64 dev left nodad\n"
	       "neigh add 198.19.255.254 dev left nud permanent "
	       "lladdr 02:00:00:00:fe:fe\n"
	       "route add 10.0.0.0/8 via 198.19.255.254\n",
	       text, twin);
}

void network_attach(const char *device, int program)
{
	network_must(!bpf_xdp_attach((int)network_ifindex(device), program,
				     XDP_FLAGS_DRV_MODE, NULL),
		     device);
}

static void park_name(unsigned int i, char name[16])
{
	snprintf(name, 16, "park%u", i);
}

void network_park(int program)
{
	char name[16];

	network_must(n_parked < PARKS, "room to park");
	park_name(n_parked++, name);
	network_attach(name, program);
}

void network_unpark(void)
{
	char name[16];

	while (n_parked) {
		park_name(--n_parked, name);
		network_attach(name, -1);
	}
}
