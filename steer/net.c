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

struct netlink {
	struct mnl_socket *socket;
	unsigned int port;
	uint32_t seq;
	char buf[16384];
};

static int nl_open(struct netlink *nl, struct quicsteer_error *error)
{
	memset(nl, 0, sizeof(*nl));
	nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID)) {
		const int err = errno;

		if (nl->socket)
			mnl_socket_close(nl->socket);
		return quicsteer_fail_errno(error, err, "opening rtnetlink");
	}
	nl->port = mnl_socket_get_portid(nl->socket);
	return QUICSTEER_DONE;
}

/* Sends the message in nl->buf and feeds what comes to cb; 0 or -errno. */
static int nl_talk(struct netlink *nl, struct nlmsghdr *msg, mnl_cb_t cb,
		   void *data)
{
	ssize_t n;
	int ret = MNL_CB_OK;

	msg->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, msg, msg->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl->socket, nl->buf, sizeof(nl->buf));
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(nl->buf, (size_t)n, nl->seq, nl->port, cb,
				 data);
	}
	return ret < 0 ? -errno : 0;
}

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
	uint8_t type;	 /* RTN_* */
	uint8_t gateway; /* 1: not on-link */
};

static int on_route_attr(const struct nlattr *attr, void *data)
{
	struct route *const route = data;

	switch (mnl_attr_get_type(attr)) {
	case RTA_OIF:
		route->ifindex = mnl_attr_get_u32(attr);
		break;
	case RTA_GATEWAY:
	case RTA_VIA:
		route->gateway = 1;
		break;
	}
	return MNL_CB_OK;
}

static int on_route(const struct nlmsghdr *msg, void *data)
{
	struct route *const route = data;
	const struct rtmsg *const rt = mnl_nlmsg_get_payload(msg);

	route->type = rt->rtm_type;
	return mnl_attr_parse(msg, sizeof(*rt), on_route_attr, route);
}

static int get_route(struct netlink *nl, const struct quiclb_address *address,
		     struct route *route)
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
	return nl_talk(nl, msg, on_route, route);
}

static void classify(struct netlink *nl, struct quicsteer_server *server,
		     uint32_t *ifindex)
{
	struct route route;
	char name[IF_NAMESIZE];

	*ifindex = 0;
	server->permanent = 0;
	if (get_route(nl, &server->address, &route) ||
	    (route.type != RTN_UNICAST && route.type != RTN_LOCAL)) {
		server->reach = QUICSTEER_REACH_NO_ROUTE;
	} else if (route.type == RTN_LOCAL) {
		server->reach = QUICSTEER_REACH_LOCAL;
	} else if (route.gateway) {
		server->reach = QUICSTEER_REACH_ROUTER;
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
	uint32_t *ifindexes; /* way to each, 0: none on-link */
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

static int match_neighbours(struct netlink *nl, struct search *search,
			    uint8_t af)
{
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct ndmsg *nd;

	msg->nlmsg_type = RTM_GETNEIGH;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
	nd->ndm_family = af;
	return nl_talk(nl, msg, on_neighbour, search);
}

static int match_all(struct netlink *nl, struct search *search,
		     struct quicsteer_error *error)
{
	int err = match_neighbours(nl, search, AF_INET);

	if (!err)
		err = match_neighbours(nl, search, AF_INET6);
	if (err)
		return quicsteer_fail_errno(error, err, "reading neighbours");
	return QUICSTEER_DONE;
}

/* Opens netlink and looks up every server; the caller calls search_end(). */
static int search_begin(struct netlink *nl, struct search *search,
			struct quicsteer_server *servers, size_t n,
			struct quicsteer_error *error)
{
	size_t i;
	int result;

	search->servers = servers;
	search->n = n;
	search->ifindexes = calloc(n + 1, sizeof(*search->ifindexes));
	if (!search->ifindexes)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	result = nl_open(nl, error);
	if (result) {
		free(search->ifindexes);
		return result;
	}
	qsort(servers, n, sizeof(*servers), by_address);
	for (i = 0; i < n; i++)
		classify(nl, &servers[i], &search->ifindexes[i]);
	return QUICSTEER_DONE;
}

static void search_end(struct netlink *nl, struct search *search)
{
	mnl_socket_close(nl->socket);
	free(search->ifindexes);
}

int quicsteer_net_reach(struct quicsteer_server *servers, size_t n_servers,
			struct quicsteer_error *error)
{
	struct search search;
	struct netlink nl;
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
static int neighbour(struct netlink *nl, const struct search *search,
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
		return nl_talk(nl, msg, NULL, NULL);
	if (keep) {
		nd->ndm_flags = NTF_USE; /* resolve now */
		mnl_attr_put_u32(msg, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
	} else {
		nd->ndm_state = NUD_STALE;
		mnl_attr_put(msg, NDA_LLADDR, sizeof(server->mac), server->mac);
	}
	return nl_talk(nl, msg, NULL, NULL);
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
static int wait_resolved(struct netlink *nl, struct search *search,
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
static void change_all(struct netlink *nl, const struct search *search,
		       int keep)
{
	size_t i;

	for (i = 0; i < search->n; i++)
		if (is_ours(&search->servers[i]))
			neighbour(nl, search, i, keep);
}

int quicsteer_net_keep(struct quicsteer_server *servers, size_t n_servers,
		       struct quicsteer_error *error)
{
	struct search search;
	struct netlink nl;
	int result = search_begin(&nl, &search, servers, n_servers, error);

	if (result)
		return result;
	result = match_all(&nl, &search, error);
	if (!result) {
		change_all(&nl, &search, 1);
		result = wait_resolved(&nl, &search, error);
	}
	search_end(&nl, &search);
	return result;
}

void quicsteer_net_release(struct quicsteer_server *servers, size_t n_servers)
{
	struct quicsteer_error ignored;
	struct search search;
	struct netlink nl;

	if (search_begin(&nl, &search, servers, n_servers, &ignored))
		return;
	if (!match_all(&nl, &search, &ignored))
		change_all(&nl, &search, 0);
	search_end(&nl, &search);
}
