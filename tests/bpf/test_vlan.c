/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VLAN devices under the FIB: frames leave with the tags of their next hop,
 * whatever tags they came with, alone and around tunnels.  Where the kernel has
 * no VLAN devices others stand for them, and the map is filled by hand.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "deploy.h"
#include "farm.h"
#include "netns.h"
#include "unit.h"

#define Q 0x8100
#define AD 0x88a8

/* Servers, by the device that leads to them.  FAR ones: by a router. */
enum {
	SELF,
	SELF6,
	LEFT,
	V10,
	V20,
	OWN,	/* its device has a MAC address of its own */
	AD30,	/* 802.1ad */
	QINQ,	/* 802.1Q on that */
	QINQ6,	/* the same, IPv6 */
	TRIPLE, /* and one more */
	RIGHT,
	FAR10,
	FAR_QINQ,
	FAR6,
	N_SERVERS,
};

static const struct {
	const char *address;
	const char *device;  /* NULL: this host, or by a router */
	const char *gateway; /* of a FAR one */
	struct farm_tag tags[2];
	size_t n_tags;
} servers[N_SERVERS] = {
	[SELF] = { "192.0.2.1", NULL, NULL, { { 0 } }, 0 },
	[SELF6] = { "2001:db8:1::1", NULL, NULL, { { 0 } }, 0 },
	[LEFT] = { "192.0.2.20", "left", NULL, { { 0 } }, 0 },
	[V10] = { "10.0.10.20", "v10", NULL, { { Q, 10 } }, 1 },
	[V20] = { "10.0.20.20", "v20", NULL, { { Q, 20 } }, 1 },
	[OWN] = { "10.0.40.20", "own", NULL, { { Q, 4094 } }, 1 },
	[AD30] = { "10.0.30.20", "ad30", NULL, { { AD, 30 } }, 1 },
	[QINQ] = { "10.0.31.20", "qinq", NULL, { { AD, 30 }, { Q, 5 } }, 2 },
	[QINQ6] = { "2001:db8:31::20",
		    "qinq",
		    NULL,
		    { { AD, 30 }, { Q, 5 } },
		    2 },
	[TRIPLE] = { "10.0.32.20", "triple", NULL, { { 0 } }, 0 },
	[RIGHT] = { "198.51.100.20", "right", NULL, { { 0 } }, 0 },
	[FAR10] = { "198.18.10.1", NULL, "10.0.10.254", { { Q, 10 } }, 1 },
	[FAR_QINQ] = { "198.18.31.1",
		       NULL,
		       "10.0.31.254",
		       { { AD, 30 }, { Q, 5 } },
		       2 },
	[FAR6] = { "2001:db8:99::1",
		   NULL,
		   "2001:db8:31::fe",
		   { { AD, 30 }, { Q, 5 } },
		   2 },
};

#define BALANCER "198.18.0.99"

static const uint8_t near_mac[6] = { 2, 0, 0, 0, 0xaa, 0x20 };
static const uint8_t own_mac[6] = { 2, 0, 0, 0, 0x40, 0x01 };

/* What frames come in with: none, one and two, with priorities and without. */
static const struct {
	struct farm_tag tags[2];
	size_t n;
} arrivals[] = {
	{ { { 0 } }, 0 },
	{ { { Q, 10 } }, 1 },
	{ { { Q, 0xb00a } }, 1 },
	{ { { Q, 0x7fff } }, 1 },
	{ { { AD, 0x1000 } }, 1 },
	{ { { AD, 30 }, { Q, 5 } }, 2 },
	{ { { AD, 0xf01e }, { Q, 0x6005 } }, 2 },
	{ { { Q, 0x2123 }, { Q, 0xe123 } }, 2 },
};

static int have_vlans;

static void put_link(const char *device, int server)
{
	const uint32_t key = netns_ifindex(device);
	struct quiclb_link link = { .ifindex = netns_ifindex("left") };
	uint16_t words[4];
	size_t i;

	link.n_tags = (uint8_t)servers[server].n_tags;
	for (i = 0; i < 2; i++) {
		words[2 * i] = g_htons(servers[server].tags[i].type);
		words[2 * i + 1] = g_htons(servers[server].tags[i].tci);
	}
	memcpy(link.tags, words, sizeof(words));
	g_assert_cmpint(bpf_map_update_elem(farm_rig.maps.fd[QUICSTEER_LINKS],
					    &key, &link, BPF_ANY),
			==, 0);
}

/* What links.c would find. */
static void put_links(void)
{
	int i;

	for (i = LEFT; i < TRIPLE; i++)
		put_link(servers[i].device, i);
}

static void start(uint8_t encapsulation)
{
	const char *addresses[N_SERVERS];
	struct quiclb_deployment *d;
	int i;

	for (i = 0; i < N_SERVERS; i++)
		addresses[i] = servers[i].address;
	d = farm_new(addresses, N_SERVERS, 2, encapsulation);
	d->tunnel_balancers[0] = farm_prefix(BALANCER);
	d->n_tunnel_balancers = 1;
	for (i = 0; i < FARM_N_VIPS; i++)
		d->vips[i].answer_too_big = 1;
	farm_use(d);
	if (!have_vlans)
		put_links();
	farm_rig.ingress = netns_ifindex("left");
}

/* Next hop's tags; priorities of the frame where their number stays. */
static struct frame retagged(const struct frame *in, int server, size_t came)
{
	struct farm_tag tags[2];
	size_t i;

	memcpy(tags, servers[server].tags, sizeof(tags));
	for (i = 0; i < came && came == servers[server].n_tags; i++)
		tags[i].tci |= frame_get16(in, 14 + 4 * i) & 0xf000;
	return farm_tagged(in, tags, servers[server].n_tags);
}

static struct frame arrival(int vip, int server, size_t i)
{
	const struct frame in = farm_frame(vip, server);

	return farm_tagged(&in, arrivals[i].tags, arrivals[i].n);
}

static void assert_relays(int vip, int server, size_t i, uint32_t action)
{
	const struct frame in = arrival(vip, server, i);
	struct frame out = retagged(&in, server, arrivals[i].n);

	frame_forward(&out, near_mac, server == OWN ? own_mac : netns_left_mac);
	rig_steers(&farm_rig, &in, &out, action, vip);
}

static void every_way_gets_its_tags(void)
{
	static const int near[] = { LEFT, V10, V20, OWN, AD30, QINQ, QINQ6 };
	size_t i, j;
	int vip;

	start(QUICLB_ENCAPSULATION_NONE);
	for (vip = 0; vip < FARM_N_VIPS; vip++)
		for (i = 0; i < G_N_ELEMENTS(near); i++)
			for (j = 0; j < G_N_ELEMENTS(arrivals); j++)
				assert_relays(vip, near[i], j, XDP_TX);
}

/* What stands behind the IP packet goes along. */
static void padding_goes_along(void)
{
	struct frame in, out;

	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, QINQ);
	frame_pad(&in, 13);
	out = retagged(&in, QINQ, 0);
	frame_forward(&out, near_mac, netns_left_mac);
	rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP4);
}

static void from_another_interface_too(void)
{
	size_t i;

	start(QUICLB_ENCAPSULATION_NONE);
	farm_rig.ingress = netns_ifindex("right");
	for (i = 0; i < G_N_ELEMENTS(arrivals); i++) {
		assert_relays(FARM_VIP4, V10, i, XDP_REDIRECT);
		assert_relays(FARM_VIP6, QINQ, i, XDP_REDIRECT);
		assert_relays(FARM_VIP4, LEFT, i, XDP_REDIRECT);
	}
}

/* Right has no VLAN devices: what its tags mean the host does not know. */
static void unknown_tags_stay_or_go_back(void)
{
	struct frame in, out;
	size_t i;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < G_N_ELEMENTS(arrivals); i++) {
		in = arrival(FARM_VIP4, RIGHT, i);
		out = in;
		frame_forward(&out, near_mac, netns_right_mac);
		farm_rig.ingress = netns_ifindex("right");
		memcpy(in.bytes, netns_right_mac, 6);
		rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP4);
		farm_rig.ingress = netns_ifindex("left");
		if (arrivals[i].n)
			rig_passes(&farm_rig, &in, QUICLB_REASON_NO_NEIGHBOUR,
				   FARM_VIP4);
		else
			rig_steers(&farm_rig, &in, &out, XDP_REDIRECT,
				   FARM_VIP4);
	}
}

static void three_tags_are_not_written(void)
{
	size_t i;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < G_N_ELEMENTS(arrivals); i++) {
		const struct frame in = arrival(FARM_VIP4, TRIPLE, i);

		rig_passes(&farm_rig, &in, QUICLB_REASON_NO_NEIGHBOUR,
			   FARM_VIP4);
	}
}

static void every_ttl_has_its_verdict(void)
{
	struct frame_spec spec = farm_spec(FARM_VIP4);

	start(QUICLB_ENCAPSULATION_NONE);
	for (spec.ttl = 0; spec.ttl <= 1; spec.ttl++) {
		const struct frame in = farm_frame_from(&spec, QINQ);

		rig_passes(&farm_rig, &in, QUICLB_REASON_TTL, FARM_VIP4);
	}
}

/* ---- whose a frame is --------------------------------------------------- */

/* To the interface, to the VLAN device that leads on; not to a third. */
static void own_mac_is_this_hosts(void)
{
	struct frame in, out;

	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, OWN);
	out = retagged(&in, OWN, 0);
	frame_forward(&out, near_mac, own_mac);
	rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP4);
	memcpy(in.bytes, own_mac, 6);
	rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP4);
	in.bytes[5] ^= 1;
	rig_passes(&farm_rig, &in, QUICLB_REASON_OTHER_HOST, FARM_VIP4);
	in = farm_frame(FARM_VIP4, V10);
	memcpy(in.bytes, own_mac, 6);
	rig_passes(&farm_rig, &in, QUICLB_REASON_OTHER_HOST, FARM_VIP4);
}

/* Half of one MAC address and half of the other is neither. */
static void mixed_mac_is_anothers(void)
{
	struct frame in;

	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, OWN);
	in.bytes[4] = own_mac[4];
	g_assert_cmpint(netns_left_mac[5], ==, own_mac[5]);
	in.bytes[5] = 0x77;
	rig_passes(&farm_rig, &in, QUICLB_REASON_OTHER_HOST, FARM_VIP4);
}

static void what_peers_on_vlans_send_stays(void)
{
	struct frame in;

	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, V10);
	memcpy(in.bytes + 6, near_mac, 6);
	rig_passes(&farm_rig, &in, QUICLB_REASON_FROM_PEER, FARM_VIP4);
}

/* ---- around tunnels ----------------------------------------------------- */

static uint8_t tos_of(const struct frame *f)
{
	return f->family == 4 ? f->bytes[f->l3 + 1]
			      : (uint8_t)(frame_get16(f, f->l3) >> 4 & 0xff);
}

static void assert_tunnels(int vip, int server, int kind, size_t i)
{
	const uint8_t family = farm_address(servers[server].address).family;
	struct farm_wrap w =
		farm_wrap_of(servers[family == 4 ? SELF : SELF6].address,
			     servers[server].address, kind);
	const struct frame in = arrival(vip, server, i);
	struct frame out = retagged(&in, server, arrivals[i].n);
	struct rig_result result;

	rig_run(&farm_rig, in.bytes, in.len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==, "steered");
	g_assert_cmpuint(result.action, ==, XDP_TX);
	frame_forward(&out, near_mac, netns_left_mac);
	w.tos = tos_of(&out);
	out = farm_wrapped(&out, &w);
	if (kind == FARM_GUE) /* test_tunnel.c has more on that port */
		memcpy(out.bytes + out.l4, result.frame + out.l4, 2);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

static void tunnels_get_their_tags(void)
{
	static const int far[] = { FAR10, FAR_QINQ, FAR6 };
	size_t i, j;
	int kind, vip;

	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		start(kind == FARM_GUE ? QUICLB_ENCAPSULATION_GUE
				       : QUICLB_ENCAPSULATION_IPIP);
		for (vip = 0; vip < FARM_N_VIPS; vip++)
			for (i = 0; i < G_N_ELEMENTS(far); i++)
				for (j = 0; j < G_N_ELEMENTS(arrivals); j++)
					assert_tunnels(vip, far[i], kind, j);
	}
}

/* A balancer's tunnel for another server. */
static void assert_retargets(int server, int kind, size_t i)
{
	const struct frame inner = arrival(FARM_VIP6, server, i);
	struct farm_wrap w =
		farm_wrap_of(BALANCER, servers[SELF].address, kind);
	const struct frame in = farm_wrapped(&inner, &w);
	struct frame out;

	w.source = servers[SELF].address;
	w.destination = servers[server].address;
	out = farm_wrapped(&inner, &w);
	out = retagged(&out, server, arrivals[i].n);
	frame_forward(&out, near_mac, netns_left_mac);
	rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP6);
}

static void balancers_tunnels_get_their_tags(void)
{
	static const int ways[] = { LEFT, V10, AD30, QINQ, FAR10, FAR_QINQ };
	size_t i, j;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++)
		for (i = 0; i < G_N_ELEMENTS(ways); i++)
			for (j = 0; j < G_N_ELEMENTS(arrivals); j++)
				assert_retargets(ways[i], kind, j);
}

/* The kernel wants to see by which VLAN the packet came. */
static void what_comes_out_keeps_its_tags(void)
{
	const struct farm_wrap w = farm_wrap_of(
		servers[FAR10].address, servers[SELF].address, FARM_GUE);
	size_t i;

	start(QUICLB_ENCAPSULATION_GUE);
	for (i = 0; i < G_N_ELEMENTS(arrivals); i++) {
		const struct frame in = arrival(FARM_VIP4, SELF, i);
		const struct frame t = farm_wrapped(&in, &w);
		struct rig_result result;

		rig_run(&farm_rig, t.bytes, t.len, &result);
		g_assert_cmpuint(result.action, ==, XDP_PASS);
		g_assert_cmpuint(result.reason, ==, QUICLB_REASON_DECAPSULATED);
		g_assert_cmpmem(result.frame, result.len, in.bytes, in.len);
	}
}

/* ---- Packet Too Big ----------------------------------------------------- */

/* A client on a server's VLAN; the packet is for a server on another. */
static void assert_answers(int vip, int client, size_t i, uint32_t action)
{
	const struct quiclb_address from =
		farm_address(servers[client].address);
	const size_t at = from.family == 4 ? 12 : 8;
	struct frame in = arrival(vip, V20, i), out;
	struct rig_result result;

	memcpy(in.bytes + in.l3 + at, from.bytes, from.family == 4 ? 4 : 16);
	farm_stretch(&in, 1401);
	frame_pad(&in, 3);
	out = retagged(&in, client, arrivals[i].n);
	out = farm_too_big(&out, 1400, near_mac,
			   client == OWN ? own_mac : netns_left_mac);
	rig_run(&farm_rig, in.bytes, in.len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==, "too_big");
	g_assert_cmpuint(result.action, ==, action);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

static void answers_get_their_tags(void)
{
	static const int near[] = { LEFT, V10, OWN, AD30, QINQ };
	size_t i, j;

	netns_ip("route add %s dev v20 mtu lock 1400", servers[V20].address);
	start(QUICLB_ENCAPSULATION_NONE);
	for (j = 0; j < G_N_ELEMENTS(arrivals); j++) {
		for (i = 0; i < G_N_ELEMENTS(near); i++)
			assert_answers(FARM_VIP4, near[i], j, XDP_TX);
		assert_answers(FARM_VIP6, QINQ6, j, XDP_TX);
	}
	farm_rig.ingress = netns_ifindex("right");
	for (j = 0; j < G_N_ELEMENTS(arrivals); j++)
		assert_answers(FARM_VIP4, QINQ, j, XDP_REDIRECT);
	netns_ip("route del %s dev v20 mtu lock 1400", servers[V20].address);
}

/* ---- the kernel's own limit --------------------------------------------- */

static int open_socket(const char *device)
{
	const struct timeval tick = { .tv_usec = 100000 };
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_ALL),
					.sll_ifindex =
						(int)netns_ifindex(device) };
	const int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(bind(fd, (const void *)&at, sizeof(at)), ==, 0);
	g_assert_cmpint(
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)),
		==, 0);
	return fd;
}

/* Sends until it arrives; a frame without its tags, which veth puts aside. */
static gboolean gets_through(const struct frame *in, const struct frame *out)
{
	const int from = open_socket("right-end"), to = open_socket("left-end");
	const size_t l2 = 12, l3 = out->l3;
	gboolean found = FALSE;
	uint8_t got[4096];
	int i;

	for (i = 0; i < 50 && !found; i++) {
		ssize_t n;

		g_assert_cmpint(send(from, in->bytes, in->len, 0), ==, in->len);
		while (!found && (n = recv(to, got, sizeof(got), 0)) > 0)
			found = (size_t)n > out->len - l3 &&
				!memcmp(got, out->bytes, l2) &&
				!memcmp(got + n - (out->len - l3),
					out->bytes + l3, out->len - l3);
	}
	close(from);
	close(to);
	return found;
}

/*
 * XDP_REDIRECT drops frames longer than the MTU and one tag: with two tags a
 * packet may be 4 bytes less.
 */
static void redirected_frames_get_through(void)
{
	static const int ways[] = { V10, QINQ };
	struct frame in, out;
	size_t i;

	start(QUICLB_ENCAPSULATION_NONE);
	farm_rig.ingress = netns_ifindex("right");
	g_assert_cmpint(bpf_xdp_attach((int)netns_ifindex("right"),
				       farm_rig.program.fd, XDP_FLAGS_DRV_MODE,
				       NULL),
			==, 0);
	for (i = 0; i < G_N_ELEMENTS(ways); i++) {
		const size_t longest =
			servers[ways[i]].n_tags == 2 ? 1496 : 1500;

		in = farm_frame(FARM_VIP4, ways[i]);
		farm_stretch(&in, longest);
		out = retagged(&in, ways[i], 0);
		frame_forward(&out, near_mac, netns_left_mac);
		g_assert_true(gets_through(&in, &out));
		rig_sync(&farm_rig);
		rig_steers(&farm_rig, &in, &out, XDP_REDIRECT, FARM_VIP4);
		farm_stretch(&in, longest + 1);
		rig_passes(&farm_rig, &in, QUICLB_REASON_TOO_BIG, FARM_VIP4);
	}
	g_assert_cmpint(bpf_xdp_detach((int)netns_ifindex("right"),
				       XDP_FLAGS_DRV_MODE, NULL),
			==, 0);
	rig_sync(&farm_rig);
}

/* What goes back out where it came XDP does not look at. */
static void others_may_be_as_long_as_the_mtu(void)
{
	struct frame in, out;

	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, QINQ);
	farm_stretch(&in, 1500);
	out = retagged(&in, QINQ, 0);
	frame_forward(&out, near_mac, netns_left_mac);
	rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP4);
	farm_stretch(&in, 1501);
	rig_passes(&farm_rig, &in, QUICLB_REASON_TOO_BIG, FARM_VIP4);
}

/* ---- what the map says -------------------------------------------------- */

static void assert_link(const char *device, int server)
{
	const uint32_t key = netns_ifindex(device);
	struct quiclb_link link;
	uint16_t words[4];
	size_t i;

	g_assert_cmpint(bpf_map_lookup_elem(farm_rig.maps.fd[QUICSTEER_LINKS],
					    &key, &link),
			==, 0);
	g_assert_cmpuint(link.ifindex, ==, netns_ifindex("left"));
	g_assert_cmpuint(link.n_tags, ==, servers[server].n_tags);
	memcpy(words, link.tags, sizeof(words));
	for (i = 0; i < link.n_tags; i++) {
		g_assert_cmphex(g_ntohs(words[2 * i]), ==,
				servers[server].tags[i].type);
		g_assert_cmphex(g_ntohs(words[2 * i + 1]), ==,
				servers[server].tags[i].tci);
	}
}

static int is_listed(const char *device)
{
	const uint32_t key = netns_ifindex(device);
	struct quiclb_link link;

	return !bpf_map_lookup_elem(farm_rig.maps.fd[QUICSTEER_LINKS], &key,
				    &link);
}

/* test_links.c has more, from a kernel that is made up. */
static void real_devices_are_found(void)
{
	int i;

	if (!have_vlans) {
		g_test_skip("this kernel has no VLAN devices");
		return;
	}
	start(QUICLB_ENCAPSULATION_NONE);
	for (i = LEFT; i < TRIPLE; i++)
		assert_link(servers[i].device, i);
	g_assert_false(is_listed("triple"));
	g_assert_false(is_listed("right"));
	g_assert_false(is_listed("lo"));
}

/* The cache holds an answer for a while, but for one generation. */
static void new_devices_count_from_the_next_reload(void)
{
	struct frame in, out;

	if (!have_vlans) {
		g_test_skip("this kernel has no VLAN devices");
		return;
	}
	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, RIGHT);
	out = in;
	frame_forward(&out, near_mac, netns_right_mac);
	rig_steers(&farm_rig, &in, &out, XDP_REDIRECT, FARM_VIP4);
	in = farm_tagged(&in, arrivals[1].tags, 1);
	rig_passes(&farm_rig, &in, QUICLB_REASON_NO_NEIGHBOUR, FARM_VIP4);
	netns_ip("link add link right name w7 type vlan id 7");
	start(QUICLB_ENCAPSULATION_NONE);
	rig_steers(&farm_rig, &in, &out, XDP_REDIRECT, FARM_VIP4);
	netns_ip("link del w7");
	start(QUICLB_ENCAPSULATION_NONE);
	rig_passes(&farm_rig, &in, QUICLB_REASON_NO_NEIGHBOUR, FARM_VIP4);
}

static const struct unit_case cases[] = {
	{ "every_way_gets_its_tags", every_way_gets_its_tags },
	{ "padding_goes_along", padding_goes_along },
	{ "from_another_interface_too", from_another_interface_too },
	{ "unknown_tags_stay_or_go_back", unknown_tags_stay_or_go_back },
	{ "three_tags_are_not_written", three_tags_are_not_written },
	{ "every_ttl_has_its_verdict", every_ttl_has_its_verdict },
	{ "own_mac_is_this_hosts", own_mac_is_this_hosts },
	{ "mixed_mac_is_anothers", mixed_mac_is_anothers },
	{ "what_peers_on_vlans_send_stays", what_peers_on_vlans_send_stays },
	{ "tunnels_get_their_tags", tunnels_get_their_tags },
	{ "balancers_tunnels_get_their_tags",
	  balancers_tunnels_get_their_tags },
	{ "what_comes_out_keeps_its_tags", what_comes_out_keeps_its_tags },
	{ "answers_get_their_tags", answers_get_their_tags },
	{ "redirected_frames_get_through", redirected_frames_get_through },
	{ "others_may_be_as_long_as_the_mtu",
	  others_may_be_as_long_as_the_mtu },
	{ "real_devices_are_found", real_devices_are_found },
	{ "new_devices_count_from_the_next_reload",
	  new_devices_count_from_the_next_reload },
};

/* Devices, and what each would be on. */
static const struct {
	const char *name, *below, *mac, *options, *address;
} devices[] = {
	{ "v10", "left", "02:00:00:00:01:01", "id 10", "10.0.10.1/24" },
	{ "v20", "left", "02:00:00:00:01:01", "id 20", "10.0.20.1/24" },
	{ "own", "left", "02:00:00:00:40:01", "id 4094", "10.0.40.1/24" },
	{ "ad30", "left", "02:00:00:00:01:01", "proto 802.1ad id 30",
	  "10.0.30.1/24" },
	{ "qinq", "ad30", "02:00:00:00:01:01", "id 5", "10.0.31.1/24" },
	{ "triple", "qinq", "02:00:00:00:01:01", "id 7", "10.0.32.1/24" },
};

static void make_device(size_t i)
{
	if (have_vlans)
		netns_ip("link add link %s name %s address %s type vlan %s",
			 devices[i].below, devices[i].name, devices[i].mac,
			 devices[i].options);
	else
		netns_ip("link add name %s address %s type bridge",
			 devices[i].name, devices[i].mac);
	netns_ip("addr add %s dev %s", devices[i].address, devices[i].name);
	netns_ip("link set %s up", devices[i].name);
}

static void make_network(void)
{
	size_t i;

	have_vlans = !system("ip link add link left name probe type vlan id 1 "
			     "2>/dev/null && ip link del probe");
	for (i = 0; i < G_N_ELEMENTS(devices); i++)
		make_device(i);
	netns_ip("addr add 2001:db8:31::1/64 dev qinq nodad");
	for (i = 0; i < N_SERVERS; i++)
		if (servers[i].device)
			netns_neighbour(servers[i].device, servers[i].address,
					near_mac);
		else if (servers[i].gateway)
			netns_ip("route add %s via %s", servers[i].address,
				 servers[i].gateway);
	netns_neighbour("v10", "10.0.10.254", near_mac);
	netns_neighbour("qinq", "10.0.31.254", near_mac);
	netns_neighbour("qinq", "2001:db8:31::fe", near_mac);
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	make_network();
	farm_open(N_SERVERS);
	unit_add("vlan", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&farm_rig);
	return result;
}
