/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes and neighbours by rtnetlink: where the servers are, what MAC they
 * have, and asking the kernel to keep knowing it.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "steer/netlink.h"
#include "steer/private.h"

/* Linux 5.16; older kernels ignore the attribute and keep a plain entry. */
#ifndef NTF_EXT_MANAGED
#define NTF_EXT_MANAGED (1 << 0)
#endif
#ifndef NDA_FLAGS_EXT
#define NDA_FLAGS_EXT 15
#endif

#define RESOLVE_STEP_NS (20 * 1000 * 1000)
#define RESOLVE_STEPS 25 /* half a second in all */

static uint8_t af_of(const struct quiclb_address *address)
{
	return address->family == 4 ? AF_INET : AF_INET6;
}

static size_t len_of(const struct quiclb_address *address)
{
	return address->family == 4 ? 4 : 16;
}

/* ---- interfaces ------------------------------------------------------- */

void quicsteer_net_mac(uint32_t ifindex, uint8_t mac[6])
{
	struct ifreq request = { 0 };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(mac, 0, 6);
	if (fd < 0)
		return;
	if (if_indextoname(ifindex, request.ifr_name) &&
	    !ioctl(fd, SIOCGIFHWADDR, &request))
		memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	close(fd);
}

/* ---- routes ----------------------------------------------------------- */

struct route {
	uint32_t ifindex;
	uint8_t type;		       /* RTN_* */
	uint8_t family;		       /* AF_* */
	struct quiclb_address gateway; /* family 0: on-link */
};

static void put_gateway(struct route *route, int family, const void *bytes,
			size_t len)
{
	if (len > sizeof(route->gateway.bytes))
		return;
	route->gateway.family = family == AF_INET ? 4 : 6;
	memcpy(route->gateway.bytes, bytes, len);
}

static int on_route_attr(const struct nlattr *attr, void *data)
{
	struct route *const route = data;
	const struct rtvia *via;

	switch (mnl_attr_get_type(attr)) {
	case RTA_OIF:
		route->ifindex = mnl_attr_get_u32(attr);
		break;
	case RTA_GATEWAY:
		put_gateway(route, route->family, mnl_attr_get_payload(attr),
			    mnl_attr_get_payload_len(attr));
		break;
	case RTA_VIA: /* of the other family */
		via = mnl_attr_get_payload(attr);
		put_gateway(route, via->rtvia_family, via->rtvia_addr,
			    mnl_attr_get_payload_len(attr) - sizeof(*via));
		break;
	}
	return MNL_CB_OK;
}

static int on_route(const struct nlmsghdr *msg, void *data)
{
	struct route *const route = data;
	const struct rtmsg *const rt = mnl_nlmsg_get_payload(msg);

	route->type = rt->rtm_type;
	route->family = rt->rtm_family;
	return mnl_attr_parse(msg, sizeof(*rt), on_route_attr, route);
}

static int get_route(struct quicsteer_netlink *nl,
		     const struct quiclb_address *address, struct route *route)
{
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct rtmsg *rt;

	memset(route, 0, sizeof(*route));
	msg->nlmsg_type = RTM_GETROUTE;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	rt = mnl_nlmsg_put_extra_header(msg, sizeof(*rt));
	rt->rtm_family = af_of(address);
	rt->rtm_dst_len = (uint8_t)(8 * len_of(address));
	mnl_attr_put(msg, RTA_DST, len_of(address), address->bytes);
	return quicsteer_netlink_talk(nl, msg, on_route, route);
}

static void classify(struct quicsteer_netlink *nl,
		     struct quicsteer_server *server, uint32_t *ifindex,
		     struct quiclb_address *gateway)
{
	struct route route;
	char name[IF_NAMESIZE];

	*ifindex = 0;
	memset(gateway, 0, sizeof(*gateway));
	server->permanent = 0;
	if (get_route(nl, &server->address, &route) ||
	    (route.type != RTN_UNICAST && route.type != RTN_LOCAL)) {
		server->reach = QUICSTEER_REACH_NO_ROUTE;
	} else if (route.type == RTN_LOCAL) {
		server->reach = QUICSTEER_REACH_LOCAL;
	} else if (route.gateway.family) {
		server->reach = QUICSTEER_REACH_ROUTER;
		*gateway = route.gateway;
	} else {
		server->reach = QUICSTEER_REACH_UNRESOLVED;
		*ifindex = route.ifindex;
		if (if_indextoname(route.ifindex, name))
			memcpy(server->device, name, sizeof(server->device));
	}
}

/* ---- neighbours ------------------------------------------------------- */

/* Servers in order of address, so that a dump is matched in n log n. */
struct search {
	struct quicsteer_server *servers;
	uint32_t *ifindexes;		 /* way to each, 0: none on-link */
	struct quiclb_address *gateways; /* of each, family 0: none */
	size_t n;
};

static int by_address(const void *a, const void *b)
{
	const struct quicsteer_server *const x = a, *const y = b;

	return memcmp(&x->address, &y->address, sizeof(x->address));
}

static int on_neighbour_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **const attrs = data;
	const unsigned int type = mnl_attr_get_type(attr);

	if (type <= NDA_LLADDR)
		attrs[type] = attr;
	return MNL_CB_OK;
}

static int on_neighbour(const struct nlmsghdr *msg, void *data)
{
	const struct search *const search = data;
	const struct ndmsg *const nd = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attrs[NDA_LLADDR + 1] = { NULL };
	struct quicsteer_server want = { 0 }, *server;

	mnl_attr_parse(msg, sizeof(*nd), on_neighbour_attr, attrs);
	if (!attrs[NDA_DST] || !attrs[NDA_LLADDR] ||
	    !(nd->ndm_state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY |
			       NUD_PROBE | NUD_PERMANENT | NUD_NOARP)) ||
	    mnl_attr_get_payload_len(attrs[NDA_LLADDR]) != 6 ||
	    mnl_attr_get_payload_len(attrs[NDA_DST]) > 16)
		return MNL_CB_OK;
	want.address.family = nd->ndm_family == AF_INET ? 4 : 6;
	memcpy(want.address.bytes, mnl_attr_get_payload(attrs[NDA_DST]),
	       mnl_attr_get_payload_len(attrs[NDA_DST]));
	server = bsearch(&want, search->servers, search->n, sizeof(want),
			 by_address);
	if (server && server->reach == QUICSTEER_REACH_UNRESOLVED &&
	    search->ifindexes[server - search->servers] ==
		    (uint32_t)nd->ndm_ifindex) {
		memcpy(server->mac, mnl_attr_get_payload(attrs[NDA_LLADDR]), 6);
		server->reach = QUICSTEER_REACH_OK;
		server->permanent = (nd->ndm_state & NUD_PERMANENT) != 0;
	}
	return MNL_CB_OK;
}

static int match_neighbours(struct quicsteer_netlink *nl, struct search *search,
			    uint8_t af)
{
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct ndmsg *nd;

	msg->nlmsg_type = RTM_GETNEIGH;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
	nd->ndm_family = af;
	return quicsteer_netlink_talk(nl, msg, on_neighbour, search);
}

static int match_family(struct quicsteer_netlink *nl, struct search *search,
			uint8_t af)
{
	int i, err = -EINTR;

	for (i = 0; i < QUICSTEER_NETLINK_TRIES && err == -EINTR; i++)
		err = match_neighbours(nl, search, af);
	return err;
}

static int match_all(struct quicsteer_netlink *nl, struct search *search,
		     struct quicsteer_error *error)
{
	int err = match_family(nl, search, AF_INET);

	if (!err)
		err = match_family(nl, search, AF_INET6);
	if (err)
		return quicsteer_fail_errno(error, err, "reading neighbours");
	return QUICSTEER_DONE;
}

static void search_end(struct quicsteer_netlink *nl, struct search *search)
{
	quicsteer_netlink_close(nl);
	free(search->ifindexes);
	free(search->gateways);
}

/* Opens netlink and looks up every server; the caller calls search_end(). */
static int search_begin(struct quicsteer_netlink *nl, struct search *search,
			struct quicsteer_server *servers, size_t n,
			struct quicsteer_error *error)
{
	size_t i;
	int result;

	search->servers = servers;
	search->n = n;
	nl->socket = NULL;
	search->ifindexes = calloc(n + 1, sizeof(*search->ifindexes));
	search->gateways = calloc(n + 1, sizeof(*search->gateways));
	if (search->ifindexes && search->gateways)
		result = quicsteer_netlink_open(nl, NETLINK_ROUTE, error);
	else
		result = quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	if (result) {
		search_end(nl, search);
		return result;
	}
	qsort(servers, n, sizeof(*servers), by_address);
	for (i = 0; i < n; i++)
		classify(nl, &servers[i], &search->ifindexes[i],
			 &search->gateways[i]);
	return QUICSTEER_DONE;
}

int quicsteer_net_reach(struct quicsteer_server *servers, size_t n_servers,
			struct quicsteer_error *error)
{
	struct search search;
	struct quicsteer_netlink nl;
	int result = search_begin(&nl, &search, servers, n_servers, error);

	if (result)
		return result;
	result = match_all(&nl, &search, error);
	search_end(&nl, &search);
	return result;
}

/*
 * keep: makes or marks an entry that the kernel keeps resolved.  Otherwise it
 * becomes an ordinary one again, which others may be using; one without a MAC
 * address goes.
 */
static int neighbour(struct quicsteer_netlink *nl, const struct search *search,
		     size_t index, int keep)
{
	const struct quicsteer_server *const server = &search->servers[index];
	const uint16_t type = keep || server->reach == QUICSTEER_REACH_OK
				      ? RTM_NEWNEIGH
				      : RTM_DELNEIGH;
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct ndmsg *nd;

	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
			   (keep ? NLM_F_CREATE : NLM_F_REPLACE);
	nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
	nd->ndm_family = af_of(&server->address);
	nd->ndm_ifindex = (int)search->ifindexes[index];
	nd->ndm_state = NUD_NONE;
	mnl_attr_put(msg, NDA_DST, len_of(&server->address),
		     server->address.bytes);
	if (type == RTM_DELNEIGH)
		return quicsteer_netlink_talk(nl, msg, NULL, NULL);
	if (keep) {
		nd->ndm_flags = NTF_USE; /* resolve now */
		mnl_attr_put_u32(msg, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
	} else {
		nd->ndm_state = NUD_STALE;
		mnl_attr_put(msg, NDA_LLADDR, sizeof(server->mac), server->mac);
	}
	return quicsteer_netlink_talk(nl, msg, NULL, NULL);
}

/* On-link, and no permanent entry: those belong to the administrator. */
static int is_ours(const struct quicsteer_server *server)
{
	return !server->permanent &&
	       (server->reach == QUICSTEER_REACH_UNRESOLVED ||
		server->reach == QUICSTEER_REACH_OK);
}

static size_t count_unresolved(const struct quicsteer_server *servers, size_t n)
{
	size_t i, unresolved = 0;

	for (i = 0; i < n; i++)
		unresolved += servers[i].reach == QUICSTEER_REACH_UNRESOLVED;
	return unresolved;
}

/* Reads the neighbour table until all have answered, half a second at most. */
static int wait_resolved(struct quicsteer_netlink *nl, struct search *search,
			 struct quicsteer_error *error)
{
	const struct timespec step = { .tv_nsec = RESOLVE_STEP_NS };
	int i, result = QUICSTEER_DONE;

	for (i = 0; i < RESOLVE_STEPS && !result; i++) {
		if (!count_unresolved(search->servers, search->n))
			break;
		nanosleep(&step, NULL);
		result = match_all(nl, search, error);
	}
	return result;
}

/* One request for every server whose neighbour entry is ours to change. */
static void change_all(struct quicsteer_netlink *nl,
		       const struct search *search, int keep)
{
	size_t i;

	for (i = 0; i < search->n; i++)
		if (is_ours(&search->servers[i]))
			neighbour(nl, search, i, keep);
}

static int compare_addresses(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct quiclb_address));
}

/* The routers on the way to servers, each once, as rows of their own. */
static struct quicsteer_server *routers_of(struct search *search, size_t *n)
{
	struct quicsteer_server *const rows =
		calloc(search->n + 1, sizeof(*rows));
	struct quiclb_address *const all = search->gateways;
	size_t i;

	*n = 0;
	qsort(all, search->n, sizeof(*all), compare_addresses);
	for (i = 0; rows && i < search->n; i++)
		if (all[i].family &&
		    (!i || compare_addresses(&all[i - 1], &all[i])))
			rows[(*n)++].address = all[i];
	return rows;
}

/* keep or release; *routers: those on the way to these, or routers is NULL. */
static int change(struct quicsteer_server *servers, size_t n, int keep,
		  struct quicsteer_server **routers, size_t *n_routers,
		  struct quicsteer_error *error)
{
	struct search search;
	struct quicsteer_netlink nl;
	int result = search_begin(&nl, &search, servers, n, error);

	if (result)
		return result;
	result = match_all(&nl, &search, error);
	if (!result)
		change_all(&nl, &search, keep);
	if (!result && keep)
		result = wait_resolved(&nl, &search, error);
	if (routers)
		*routers = routers_of(&search, n_routers);
	search_end(&nl, &search);
	return result;
}

/* The same for servers and, where tunnels need them, for routers. */
static int change_ways(struct quicsteer_server *servers, size_t n, int keep,
		       size_t *n_routers, struct quicsteer_error *error)
{
	struct quicsteer_server *routers = NULL;
	int result = change(servers, n, keep, &routers, n_routers, error);

	if (!result && routers && *n_routers)
		result = change(routers, *n_routers, keep, NULL, NULL, error);
	free(routers);
	return result;
}

int quicsteer_net_keep(struct quicsteer_server *servers, size_t n_servers,
		       struct quicsteer_error *error)
{
	size_t n_routers = 0;

	return change_ways(servers, n_servers, 1, &n_routers, error);
}

size_t quicsteer_net_release(struct quicsteer_server *servers, size_t n_servers)
{
	struct quicsteer_error ignored;
	size_t n_routers = 0;

	change_ways(servers, n_servers, 0, &n_routers, &ignored);
	return n_routers;
}
