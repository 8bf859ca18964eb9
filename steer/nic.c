/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what a network interface does before XDP sees a frame, and what it can
 * do with one afterwards.  Whatever the kernel does not tell stays unknown.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "steer/netlink.h"
#include "steer/nic.h"

/* linux/netdev.h, Linux 6.3; Debian 12 does not have it. */
#define NETDEV_NAME "netdev"
#define NETDEV_VERSION 1
#define NETDEV_DEV_GET 1
#define NETDEV_DEV_IFINDEX 1
#define NETDEV_DEV_XDP_FEATURES 3

#define HERE (-2) /* in this namespace; -1: in one without a number */

/* ---- links: all of this namespace ------------------------------------- */

struct link {
	uint32_t ifindex;
	uint32_t mtu;
	uint32_t below; /* what a VLAN device is on; a veth's other end */
	int32_t below_in;
	uint8_t runs_xdp;
	char name[QUICSTEER_NAME_CAP];
	char kind[16];
};

struct links {
	struct link *rows;
	size_t n;
	size_t cap;
};

static void copy_text(char *to, size_t cap, const struct nlattr *attr)
{
	const size_t len = strnlen(mnl_attr_get_payload(attr),
				   mnl_attr_get_payload_len(attr));

	if (len < cap)
		memcpy(to, mnl_attr_get_payload(attr), len);
}

static int on_info_attr(const struct nlattr *attr, void *data)
{
	struct link *const link = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		copy_text(link->kind, sizeof(link->kind), attr);
	return MNL_CB_OK;
}

static int on_xdp_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == IFLA_XDP_DRV_PROG_ID)
		*(uint8_t *)data = 1;
	return MNL_CB_OK;
}

static int on_link_attr(const struct nlattr *attr, void *data)
{
	struct link *const link = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		copy_text(link->name, sizeof(link->name), attr);
		break;
	case IFLA_MTU:
		link->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		link->below = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		link->below_in = (int32_t)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, on_info_attr, link);
		break;
	case IFLA_XDP:
		mnl_attr_parse_nested(attr, on_xdp_attr, &link->runs_xdp);
		break;
	}
	return MNL_CB_OK;
}

static int on_link(const struct nlmsghdr *msg, void *data)
{
	const struct ifinfomsg *const info = mnl_nlmsg_get_payload(msg);
	struct links *const links = data;
	struct link *link;

	if (links->n == links->cap) {
		const size_t cap = links->cap ? 2 * links->cap : 16;
		struct link *const rows =
			realloc(links->rows, cap * sizeof(*rows));

		if (!rows)
			return MNL_CB_ERROR;
		links->rows = rows;
		links->cap = cap;
	}
	link = memset(&links->rows[links->n++], 0, sizeof(*link));
	link->ifindex = (uint32_t)info->ifi_index;
	link->below_in = HERE;
	return mnl_attr_parse(msg, sizeof(*info), on_link_attr, link);
}

static struct nlmsghdr *ask_links(struct quicsteer_netlink *nl,
				  uint32_t ifindex)
{
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct ifinfomsg *info;

	msg->nlmsg_type = RTM_GETLINK;
	msg->nlmsg_flags = NLM_F_REQUEST | (ifindex ? NLM_F_ACK : NLM_F_DUMP);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)ifindex;
	return msg;
}

static const struct link *find(const struct links *links, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		if (links->rows[i].ifindex == ifindex)
			return &links->rows[i];
	return NULL;
}

static uint8_t is_tagged(const struct links *links, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		if (links->rows[i].below == ifindex &&
		    links->rows[i].below_in == HERE &&
		    !strcmp(links->rows[i].kind, "vlan"))
			return 1;
	return 0;
}

/* ---- the kernel's own list of what XDP can do ------------------------- */

static int on_family_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		*(uint16_t *)data = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int on_family(const struct nlmsghdr *msg, void *data)
{
	return mnl_attr_parse(msg, sizeof(struct genlmsghdr), on_family_attr,
			      data);
}

static int on_netdev_attr(const struct nlattr *attr, void *data)
{
	struct quicsteer_nic *const nic = data;

	if (mnl_attr_get_type(attr) == NETDEV_DEV_XDP_FEATURES) {
		nic->xdp_features = mnl_attr_get_u64(attr);
		nic->xdp_known = 1;
	}
	return MNL_CB_OK;
}

static int on_netdev(const struct nlmsghdr *msg, void *data)
{
	return mnl_attr_parse(msg, sizeof(struct genlmsghdr), on_netdev_attr,
			      data);
}

static struct nlmsghdr *put_generic(struct quicsteer_netlink *nl, uint16_t type,
				    uint8_t command, uint8_t version)
{
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct genlmsghdr *head;

	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(msg, sizeof(*head));
	head->cmd = command;
	head->version = version;
	return msg;
}

/* Before Linux 6.3 there is no such family, and nothing is known. */
static int read_xdp_features(struct quicsteer_nic *nics, size_t n,
			     struct quicsteer_error *error)
{
	struct quicsteer_netlink nl;
	struct nlmsghdr *msg;
	uint16_t family = 0;
	size_t i;
	const int result = quicsteer_netlink_open(&nl, NETLINK_GENERIC, error);

	if (result)
		return result;
	msg = put_generic(&nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(msg, CTRL_ATTR_FAMILY_NAME, NETDEV_NAME);
	quicsteer_netlink_talk(&nl, msg, on_family, &family);
	for (i = 0; family && i < n; i++) {
		msg = put_generic(&nl, family, NETDEV_DEV_GET, NETDEV_VERSION);
		mnl_attr_put_u32(msg, NETDEV_DEV_IFINDEX, nics[i].ifindex);
		quicsteer_netlink_talk(&nl, msg, on_netdev, &nics[i]);
	}
	quicsteer_netlink_close(&nl);
	return QUICSTEER_DONE;
}

/* ---- all of it -------------------------------------------------------- */

static void take_peer(const struct link *link, struct quicsteer_nic_peer *peer)
{
	peer->known = 1;
	peer->mtu = link->mtu;
	peer->runs_xdp = link->runs_xdp;
	memcpy(peer->name, link->name, sizeof(peer->name));
}

static void read_peer(struct quicsteer_netlink *nl, const struct links *links,
		      const struct link *link, struct quicsteer_nic_peer *peer)
{
	struct links there = { 0 };
	struct nlmsghdr *msg;

	peer->ifindex = link->below;
	peer->here = link->below_in == HERE;
	if (peer->here) {
		link = find(links, link->below);
		if (link)
			take_peer(link, peer);
		return;
	}
	if (link->below_in < 0)
		return;
	msg = ask_links(nl, link->below);
	mnl_attr_put_u32(msg, IFLA_TARGET_NETNSID, (uint32_t)link->below_in);
	if (!quicsteer_netlink_talk(nl, msg, on_link, &there) && there.n)
		take_peer(&there.rows[0], peer);
	free(there.rows);
}

static void read_one(struct quicsteer_netlink *nl, const struct links *links,
		     int fd, const char *name, struct quicsteer_nic *nic)
{
	const struct link *link;

	memset(nic, 0, sizeof(*nic));
	nic->ifindex = if_nametoindex(name);
	link = find(links, nic->ifindex);
	if (!link)
		return;
	memcpy(nic->name, link->name, sizeof(nic->name));
	nic->mtu = link->mtu;
	nic->tagged = is_tagged(links, nic->ifindex);
	quicsteer_nic_features(fd, nic->name, &nic->features);
	nic->veth = !strcmp(link->kind, "veth");
	if (nic->veth)
		read_peer(nl, links, link, &nic->peer);
	if (nic->peer.known && nic->peer.here)
		quicsteer_nic_features(fd, nic->peer.name, &nic->peer.features);
}

static int read_links(const char *const *names, size_t n,
		      struct quicsteer_nic *nics, struct quicsteer_error *error)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct links links = { 0 };
	struct quicsteer_netlink nl;
	size_t i;
	int err = -EINTR, tries = 0;
	int result = quicsteer_netlink_open(&nl, NETLINK_ROUTE, error);

	if (!result) {
		for (; err == -EINTR && tries < QUICSTEER_NETLINK_TRIES;
		     tries++) {
			links.n = 0;
			err = quicsteer_netlink_talk(&nl, ask_links(&nl, 0),
						     on_link, &links);
		}
		if (err)
			result = quicsteer_fail_errno(error, err,
						      "reading interfaces");
		for (i = 0; i < n && !result; i++)
			read_one(&nl, &links, fd, names[i], &nics[i]);
		free(links.rows);
		quicsteer_netlink_close(&nl);
	}
	if (fd >= 0)
		close(fd);
	return result;
}

int quicsteer_nic_read(const char *const *names, size_t n,
		       struct quicsteer_nic *nics,
		       struct quicsteer_error *error)
{
	const int result = read_links(names, n, nics, error);

	return result ? result : read_xdp_features(nics, n, error);
}
