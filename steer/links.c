/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VLAN devices: where the FIB names one, frames leave by the interface at the
 * bottom of it, with its tags.  XDP knows only that interface.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "steer/netlink.h"
#include "steer/private.h"

/* each on an interface of its own: then the map is full */
#define CAP_VLANS (QUICLB_CAP_LINKS / 2)

/* A VLAN device, as the kernel lists it. */
struct vlan {
	uint32_t ifindex;
	uint32_t lower;
	uint32_t tag; /* as in quiclb_link */
};

struct vlans {
	struct vlan rows[CAP_VLANS];
	size_t n;
};

/* One level of nested attributes by their type. */
struct attrs {
	const struct nlattr *rows[IFLA_MAX + 1];
	size_t n;
};

static int on_attr(const struct nlattr *attr, void *data)
{
	struct attrs *const attrs = data;

	if (mnl_attr_get_type(attr) < attrs->n)
		attrs->rows[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* The attributes in nest, or of the message where that is NULL. */
static void read_attrs(const struct nlmsghdr *msg, const struct nlattr *nest,
		       struct attrs *attrs)
{
	memset(attrs, 0, sizeof(*attrs));
	attrs->n = IFLA_MAX + 1;
	if (nest)
		mnl_attr_parse_nested(nest, on_attr, attrs);
	else
		mnl_attr_parse(msg, sizeof(struct ifinfomsg), on_attr, attrs);
}

/* The tag of a VLAN device from its IFLA_LINKINFO; 0: it is none. */
static uint32_t tag_of(const struct nlattr *info)
{
	uint16_t tag[2] = { htons(ETH_P_8021Q), 0 };
	struct attrs attrs;
	uint32_t word;

	read_attrs(NULL, info, &attrs);
	if (!attrs.rows[IFLA_INFO_KIND] || !attrs.rows[IFLA_INFO_DATA] ||
	    strcmp(mnl_attr_get_str(attrs.rows[IFLA_INFO_KIND]), "vlan"))
		return 0;
	read_attrs(NULL, attrs.rows[IFLA_INFO_DATA], &attrs);
	if (!attrs.rows[IFLA_VLAN_ID])
		return 0;
	tag[1] = htons(mnl_attr_get_u16(attrs.rows[IFLA_VLAN_ID]));
	if (attrs.rows[IFLA_VLAN_PROTOCOL])
		tag[0] = mnl_attr_get_u16(attrs.rows[IFLA_VLAN_PROTOCOL]);
	memcpy(&word, tag, sizeof(word));
	return word;
}

static int on_link(const struct nlmsghdr *msg, void *data)
{
	const struct ifinfomsg *const info = mnl_nlmsg_get_payload(msg);
	struct vlans *const vlans = data;
	struct vlan *const vlan = &vlans->rows[vlans->n];
	struct attrs attrs;

	read_attrs(msg, NULL, &attrs);
	/* what is below may be in another network namespace */
	if (!attrs.rows[IFLA_LINKINFO] || !attrs.rows[IFLA_LINK] ||
	    attrs.rows[IFLA_LINK_NETNSID] || vlans->n == CAP_VLANS)
		return MNL_CB_OK;
	vlan->ifindex = (uint32_t)info->ifi_index;
	vlan->lower = mnl_attr_get_u32(attrs.rows[IFLA_LINK]);
	vlan->tag = tag_of(attrs.rows[IFLA_LINKINFO]);
	vlans->n += vlan->tag != 0;
	return MNL_CB_OK;
}

/* 0, or -errno. */
static int list_vlans(struct quicsteer_netlink *nl, struct vlans *vlans)
{
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(nl->buf);
	struct ifinfomsg *info;

	vlans->n = 0;
	msg->nlmsg_type = RTM_GETLINK;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	return quicsteer_netlink_talk(nl, msg, on_link, vlans);
}

static int read_vlans(struct vlans *vlans, struct quicsteer_error *error)
{
	struct quicsteer_netlink nl;
	int i, err = -EINTR;
	const int result = quicsteer_netlink_open(&nl, NETLINK_ROUTE, error);

	vlans->n = 0;
	if (result)
		return result;
	for (i = 0; i < QUICSTEER_NETLINK_TRIES && err == -EINTR; i++)
		err = list_vlans(&nl, vlans);
	quicsteer_netlink_close(&nl);
	if (err)
		return quicsteer_fail_errno(error, err, "reading interfaces");
	return QUICSTEER_DONE;
}

static const struct vlan *find(const struct vlans *vlans, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < vlans->n; i++)
		if (vlans->rows[i].ifindex == ifindex)
			return &vlans->rows[i];
	return NULL;
}

/*
 * What is below a VLAN device: an interface, or one more VLAN device on one.
 * -1 if there are more tags than the program writes.
 */
static int resolve(const struct vlans *vlans, const struct vlan *vlan,
		   struct quiclb_link *link)
{
	const struct vlan *const outer = find(vlans, vlan->lower);

	memset(link, 0, sizeof(*link));
	link->tags[link->n_tags++] = outer ? outer->tag : vlan->tag;
	if (outer)
		link->tags[link->n_tags++] = vlan->tag;
	link->ifindex = outer ? outer->lower : vlan->lower;
	return outer && find(vlans, outer->lower) ? -1 : 0;
}

static int put(const struct quicsteer_maps *maps, uint32_t ifindex,
	       const struct quiclb_link *link)
{
	return bpf_map_update_elem(maps->fd[QUICSTEER_LINKS], &ifindex, link,
				   BPF_ANY);
}

/* One VLAN device, and the interface below: that is known to have VLANs. */
static int put_vlan(const struct quicsteer_maps *maps,
		    const struct vlans *vlans, const struct vlan *vlan)
{
	struct quiclb_link link, lowest = { 0 };

	if (resolve(vlans, vlan, &link))
		return 0;
	lowest.ifindex = link.ifindex;
	return put(maps, link.ifindex, &lowest) ||
	       put(maps, vlan->ifindex, &link);
}

/* An interface that is no such VLAN device any more and has none on it. */
static int is_stale(const struct vlans *vlans, uint32_t ifindex)
{
	const struct vlan *const vlan = find(vlans, ifindex);
	struct quiclb_link link;
	size_t i;

	if (vlan) /* the index may be another device's now */
		return resolve(vlans, vlan, &link);
	for (i = 0; i < vlans->n; i++)
		if (!resolve(vlans, &vlans->rows[i], &link) &&
		    link.ifindex == ifindex)
			return 0;
	return 1;
}

static int remove_stale(const struct quicsteer_maps *maps,
			const struct vlans *vlans)
{
	const int fd = maps->fd[QUICSTEER_LINKS];
	uint32_t key, next;
	const uint32_t *last = NULL;

	while (!bpf_map_get_next_key(fd, last, &next)) {
		/* the one before: from a key that is gone it begins anew */
		if (last && is_stale(vlans, key))
			bpf_map_delete_elem(fd, &key);
		key = next;
		last = &key;
	}
	if (last && is_stale(vlans, key))
		bpf_map_delete_elem(fd, &key);
	return errno == ENOENT ? 0 : -1;
}

int quicsteer_links_fill(const struct quicsteer_maps *maps,
			 struct quicsteer_error *error)
{
	struct vlans *const vlans = malloc(sizeof(*vlans));
	int failed, result;
	size_t i;

	if (!vlans)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	result = read_vlans(vlans, error);
	failed = !result && remove_stale(maps, vlans);
	for (i = 0; i < vlans->n && !result && !failed; i++)
		failed = put_vlan(maps, vlans, &vlans->rows[i]);
	free(vlans);
	if (failed)
		return quicsteer_fail_errno(error, errno, "filling %s",
					    "quiclb_links");
	return result;
}
