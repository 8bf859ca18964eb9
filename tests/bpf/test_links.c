/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What quicsteer_links_fill() makes of the interfaces that a kernel lists.  The
 * kernel is made up, for not every one has VLAN devices; the map is real.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <glib.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netns.h"
#include "steer/netlink.h"
#include "steer/private.h"
#include "unit.h"

/* An interface in the list. */
struct device {
	uint32_t ifindex;
	uint32_t below; /* 0: nothing */
	const char *kind;
	uint16_t vlan;
	uint16_t protocol; /* 0: not said */
	int elsewhere;	   /* 1: what is below is in another namespace */
};

#define VLAN(i, on, id)                                                        \
	{                                                                      \
		i, on, "vlan", id, ETH_P_8021Q, 0                              \
	}
#define STAG(i, on, id)                                                        \
	{                                                                      \
		i, on, "vlan", id, ETH_P_8021AD, 0                             \
	}

static const struct device *listed;
static size_t n_listed;
static int talk_error;
static int n_interrupts; /* lists that break off before one is whole */
static struct quicsteer_maps maps;

/* ---- instead of steer/netlink.c ----------------------------------------- */

int quicsteer_netlink_open(struct quicsteer_netlink *nl, int bus,
			   struct quicsteer_error *error)
{
	(void)error;
	g_assert_cmpint(bus, ==, NETLINK_ROUTE);
	memset(nl, 0, sizeof(*nl));
	return QUICSTEER_DONE;
}

void quicsteer_netlink_close(struct quicsteer_netlink *nl)
{
	(void)nl;
}

static void put_info(struct nlmsghdr *msg, const struct device *device)
{
	struct nlattr *const info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	struct nlattr *data;

	mnl_attr_put_strz(msg, IFLA_INFO_KIND, device->kind);
	if (device->vlan) {
		data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
		mnl_attr_put_u16(msg, IFLA_VLAN_ID, device->vlan);
		if (device->protocol)
			mnl_attr_put_u16(msg, IFLA_VLAN_PROTOCOL,
					 g_htons(device->protocol));
		mnl_attr_nest_end(msg, data);
	}
	mnl_attr_nest_end(msg, info);
}

static int list(const struct device *device, mnl_cb_t cb, void *data)
{
	char room[512];
	struct nlmsghdr *const msg = mnl_nlmsg_put_header(room);
	struct ifinfomsg *const info =
		mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	info->ifi_index = (int)device->ifindex;
	mnl_attr_put_strz(msg, IFLA_IFNAME, "some");
	if (device->below)
		mnl_attr_put_u32(msg, IFLA_LINK, device->below);
	if (device->elsewhere)
		mnl_attr_put_u32(msg, IFLA_LINK_NETNSID, 0);
	if (device->kind)
		put_info(msg, device);
	return cb(msg, data);
}

int quicsteer_netlink_talk(struct quicsteer_netlink *nl, struct nlmsghdr *msg,
			   mnl_cb_t cb, void *data)
{
	size_t i;

	(void)nl;
	g_assert_cmpuint(msg->nlmsg_type, ==, RTM_GETLINK);
	g_assert_cmphex(msg->nlmsg_flags, ==, NLM_F_REQUEST | NLM_F_DUMP);
	if (n_interrupts) {
		static const struct device gone = VLAN(99, 98, 97);

		n_interrupts--;
		list(&gone, cb, data);
		return -EINTR;
	}
	for (i = 0; i < n_listed && !talk_error; i++)
		g_assert_cmpint(list(&listed[i], cb, data), ==, MNL_CB_OK);
	return talk_error;
}

/* ---- what comes of it --------------------------------------------------- */

static int fill(const struct device *devices, size_t n, char *line)
{
	struct quicsteer_error error = { "" };
	int result;

	listed = devices;
	n_listed = n;
	result = quicsteer_links_fill(&maps, &error);
	if (line)
		strcpy(line, error.text);
	return result;
}

#define FILL(devices)                                                          \
	g_assert_cmpint(fill(devices, G_N_ELEMENTS(devices), NULL), ==, 0)

/* Text of an entry: "1", "1 8100:10", "1 88a8:30 8100:5"; "none". */
static char *entry(uint32_t ifindex)
{
	struct quiclb_link link;
	uint16_t words[4];
	GString *const text = g_string_new(NULL);
	size_t i;

	if (bpf_map_lookup_elem(maps.fd[QUICSTEER_LINKS], &ifindex, &link))
		return g_string_free(g_string_assign(text, "none"), FALSE);
	memcpy(words, link.tags, sizeof(words));
	g_string_printf(text, "%u", link.ifindex);
	for (i = 0; i < link.n_tags; i++)
		g_string_append_printf(text, " %x:%u", g_ntohs(words[2 * i]),
				       g_ntohs(words[2 * i + 1]));
	return g_string_free(text, FALSE);
}

static void is(uint32_t ifindex, const char *want)
{
	g_autofree char *text = entry(ifindex);

	g_assert_cmpstr(text, ==, want);
}

static size_t n_entries(void)
{
	const int fd = maps.fd[QUICSTEER_LINKS];
	const uint32_t *last = NULL;
	uint32_t key;
	size_t n = 0;

	while (!bpf_map_get_next_key(fd, last, &key)) {
		last = &key;
		n++;
	}
	return n;
}

static const struct device none[] = { { 1, 0, NULL, 0, 0, 0 },
				      { 2, 0, "veth", 0, 0, 0 } };

static void devices_are_resolved(void)
{
	static const struct device all[] = {
		{ 1, 0, NULL, 0, 0, 0 },
		{ 2, 0, "bond", 0, 0, 0 },
		VLAN(3, 2, 10),
		VLAN(4, 2, 4094),
		{ 5, 2, "vlan", 7, 0, 0 }, /* kernels before 3.10 */
		STAG(6, 2, 30),
		VLAN(7, 6, 5),
		VLAN(8, 3, 5),
	};

	FILL(all);
	is(1, "none");
	is(2, "2");
	is(3, "2 8100:10");
	is(4, "2 8100:4094");
	is(5, "2 8100:7");
	is(6, "2 88a8:30");
	is(7, "2 88a8:30 8100:5");
	is(8, "2 8100:10 8100:5");
	g_assert_cmpuint(n_entries(), ==, 7);
	FILL(none);
	g_assert_cmpuint(n_entries(), ==, 0);
}

/* The list has its own order. */
static void upper_ones_may_come_first(void)
{
	static const struct device all[] = { VLAN(3, 7, 5),
					     STAG(7, 9, 30),
					     { 9, 0, NULL, 0, 0, 0 } };

	FILL(all);
	is(3, "9 88a8:30 8100:5");
	is(7, "9 88a8:30");
	is(9, "9");
	FILL(none);
}

static void three_tags_are_none(void)
{
	static const struct device all[] = { STAG(3, 2, 1), VLAN(4, 3, 2),
					     VLAN(5, 4, 3), VLAN(6, 5, 4) };

	FILL(all);
	is(2, "2");
	is(4, "2 88a8:1 8100:2");
	is(5, "none");
	is(6, "none");
	FILL(none);
}

static void others_are_none(void)
{
	static const struct device all[] = {
		{ 3, 2, "macvlan", 0, 0, 0 },
		{ 4, 2, "veth", 5, 0, 0 },
		{ 5, 2, "vlan", 0, 0, 0 },
		{ 6, 0, "vlan", 6, ETH_P_8021Q, 0 },
		{ 7, 2, "vlan", 7, ETH_P_8021Q, 1 },
		{ 8, 2, "vlanx", 8, ETH_P_8021Q, 0 },
	};

	FILL(all);
	g_assert_cmpuint(n_entries(), ==, 0);
}

static void entries_come_and_go(void)
{
	static const struct device two[] = { VLAN(3, 2, 10), VLAN(4, 2, 11) };
	static const struct device one[] = { VLAN(4, 2, 11) };
	static const struct device moved[] = { VLAN(4, 9, 11) };

	FILL(two);
	g_assert_cmpuint(n_entries(), ==, 3);
	FILL(one);
	is(2, "2");
	is(3, "none");
	is(4, "2 8100:11");
	FILL(moved);
	is(2, "none");
	is(4, "9 8100:11");
	is(9, "9");
	FILL(none);
	g_assert_cmpuint(n_entries(), ==, 0);
}

/* An index becomes another device's. */
static void index_is_given_again(void)
{
	static const struct device two[] = { STAG(3, 2, 1), VLAN(4, 3, 2),
					     VLAN(5, 2, 9) };
	static const struct device three[] = { STAG(3, 2, 1), VLAN(4, 3, 2),
					       VLAN(5, 4, 3) };
	static const struct device below[] = { VLAN(3, 5, 1) };

	FILL(two);
	is(5, "2 8100:9");
	FILL(three);
	is(5, "none");
	FILL(two);
	FILL(below);
	is(5, "5");
	is(2, "none");
	FILL(none);
	g_assert_cmpuint(n_entries(), ==, 0);
}

/* All that one interface can have, on two. */
#define MANY 8188

static void many_come_and_go(void)
{
	struct device *const all = g_new0(struct device, MANY);
	size_t i;

	for (i = 0; i < MANY; i++) {
		const struct device one =
			VLAN((uint32_t)i + 10, 2 + (i >= 4094),
			     (uint16_t)(i % 4094 + 1));

		all[i] = one;
	}
	g_assert_cmpint(fill(all, MANY, NULL), ==, 0);
	g_assert_cmpuint(n_entries(), ==, MANY + 2);
	is(4103, "2 8100:4094");
	is(8197, "3 8100:4094");
	g_assert_cmpint(fill(all + 1000, 1000, NULL), ==, 0);
	g_assert_cmpuint(n_entries(), ==, 1001);
	is(1009, "none");
	is(1010, "2 8100:1001");
	FILL(none);
	g_assert_cmpuint(n_entries(), ==, 0);
	g_free(all);
}

/* More than there is room for, each on its own: some are left out. */
static void too_many_are_left_out(void)
{
	const size_t n = QUICLB_CAP_LINKS;
	struct device *const all = g_new0(struct device, n);
	size_t i;

	for (i = 0; i < n; i++) {
		const struct device one =
			VLAN((uint32_t)(10 + i), (uint32_t)(10 + n + i), 7);

		all[i] = one;
	}
	g_assert_cmpint(fill(all, n, NULL), ==, 0);
	g_assert_cmpuint(n_entries(), ==, n);
	is(10, "16394 8100:7");
	FILL(none);
	g_assert_cmpuint(n_entries(), ==, 0);
	g_free(all);
}

/* Nothing is removed because of a list that did not come. */
static void failure_leaves_the_map_alone(void)
{
	static const struct device one[] = { VLAN(4, 2, 11) };
	char line[512];

	FILL(one);
	talk_error = -EIO;
	g_assert_cmpint(fill(none, 2, line), ==, QUICSTEER_NO);
	talk_error = 0;
	g_assert_cmpstr(line, ==, "reading interfaces: Input/output error");
	is(4, "2 8100:11");
	FILL(none);
}

/* Others come and go meanwhile. */
static void interrupted_list_is_read_again(void)
{
	static const struct device two[] = { VLAN(4, 2, 11), VLAN(5, 2, 12) };
	char line[512];

	n_interrupts = 3;
	FILL(two);
	g_assert_cmpint(n_interrupts, ==, 0);
	is(4, "2 8100:11");
	is(5, "2 8100:12");
	g_assert_cmpuint(n_entries(), ==, 3);
	n_interrupts = 1000;
	g_assert_cmpint(fill(two, 2, line), ==, QUICSTEER_NO);
	g_assert_cmpstr(line, ==,
			"reading interfaces: Interrupted system call");
	n_interrupts = 0;
	FILL(none);
}

static const struct unit_case cases[] = {
	{ "devices_are_resolved", devices_are_resolved },
	{ "upper_ones_may_come_first", upper_ones_may_come_first },
	{ "three_tags_are_none", three_tags_are_none },
	{ "others_are_none", others_are_none },
	{ "entries_come_and_go", entries_come_and_go },
	{ "index_is_given_again", index_is_given_again },
	{ "many_come_and_go", many_come_and_go },
	{ "too_many_are_left_out", too_many_are_left_out },
	{ "failure_leaves_the_map_alone", failure_leaves_the_map_alone },
	{ "interrupted_list_is_read_again", interrupted_list_is_read_again },
};

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	quicsteer_maps_init(&maps);
	maps.fd[QUICSTEER_LINKS] = bpf_map_create(
		BPF_MAP_TYPE_HASH, "quiclb_links", 4,
		sizeof(struct quiclb_link), QUICLB_CAP_LINKS, &opts);
	g_assert_cmpint(maps.fd[QUICSTEER_LINKS], >=, 0);
	unit_add("links", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
