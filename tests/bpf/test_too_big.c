/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet Too Big made by the program: every byte of it, when it is made and
 * when not.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "deploy.h"
#include "farm.h"
#include "netns.h"
#include "unit.h"

/* Servers; the ways to NEAR ones are of 1400 bytes. */
enum { SELF4, SELF6, NEAR4, NEAR6, FAR4, FAR6, ACROSS, N_SERVERS };
static const char *const addresses[N_SERVERS] = {
	[SELF4] = "192.0.2.1",	  [SELF6] = "2001:db8:1::1",
	[NEAR4] = "192.0.2.20",	  [NEAR6] = "2001:db8:1::20",
	[FAR4] = "198.18.0.10",	  [FAR6] = "2001:db8:9::10",
	[ACROSS] = "198.51.100.4"
};
#define NEAR_MTU 1400
#define MTU 1500
#define BALANCER4 "198.18.0.99"

/* Clients, and where they are. */
#define CLIENT4 "192.0.2.50"
#define CLIENT6 "2001:db8:1::50"
#define RIGHT4 "198.51.100.50"
#define RIGHT6 "2001:db8:2::50"
#define ROUTED4 "198.19.0.50" /* by a router at left */
#define SILENT4 "192.0.2.51"
#define NOWHERE4 "100.64.0.1"

static const uint8_t client_mac[6] = { 2, 0, 0, 0, 0xcc, 0x50 };
static const uint8_t server_mac[6] = { 2, 0, 0, 0, 0xaa, 0x20 };
static const uint8_t router_mac[6] = { 2, 0, 0, 0, 0xfe, 0xfe };

static uint32_t icmp_rate;

static void start_with(uint8_t encapsulation, int answer)
{
	struct quiclb_deployment *const d =
		farm_new(addresses, N_SERVERS, 2, encapsulation);
	size_t i;

	for (i = 0; i < d->n_vips; i++)
		d->vips[i].answer_too_big = (uint8_t)answer;
	d->tunnel_balancers[0] = farm_prefix(BALANCER4);
	d->n_tunnel_balancers = 1;
	d->icmp_rate = icmp_rate;
	farm_use(d);
	farm_rig.ingress = netns_ifindex("left");
	farm_rig.linear = 0;
}

static void start(uint8_t encapsulation)
{
	start_with(encapsulation, 1);
}

/* A packet of len bytes from the client to the server. */
static struct frame packet(const char *client, int server, size_t len)
{
	const struct quiclb_address from = farm_address(client);
	const int v6 = from.family == 6;
	struct frame f = farm_frame(v6 ? FARM_VIP6 : FARM_VIP4, server);

	memcpy(f.bytes + f.l3 + (v6 ? 8 : 12), from.bytes, v6 ? 16 : 4);
	farm_stretch(&f, len);
	return f;
}

static int vip_of(const struct frame *in)
{
	return in->family == 4 ? FARM_VIP4 : FARM_VIP6;
}

static void assert_leaves(const struct frame *in, const struct frame *out,
			  uint32_t action)
{
	struct rig_result result;

	rig_run(&farm_rig, in->bytes, in->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==, "too_big");
	g_assert_cmpuint(result.row, ==, rig_row(&farm_rig, vip_of(in)));
	g_assert_cmpuint(result.action, ==, action);
	g_assert_cmpmem(result.frame, result.len, out->bytes, out->len);
}

static void assert_answers(const struct frame *in, size_t mtu)
{
	const struct frame out =
		farm_too_big(in, mtu, client_mac, netns_left_mac);

	assert_leaves(in, &out, XDP_TX);
}

static void passes(const struct frame *in)
{
	rig_passes(&farm_rig, in, QUICLB_REASON_TOO_BIG, vip_of(in));
}

/* ---- relays ------------------------------------------------------------- */

static const char *const clients[] = { CLIENT4, CLIENT6 };

static void relays_are_bounded_by_the_mtu(void)
{
	static const int near[] = { NEAR4, NEAR6 };
	struct rig_result result;
	size_t i, j;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++) {
			struct frame in = packet(clients[i], near[j], NEAR_MTU);

			rig_run(&farm_rig, in.bytes, in.len, &result);
			g_assert_cmpuint(result.reason, ==,
					 QUICLB_REASON_STEERED);
			in = packet(clients[i], near[j], NEAR_MTU + 1);
			assert_answers(&in, NEAR_MTU);
			in = packet(clients[i], near[j], MTU);
			assert_answers(&in, NEAR_MTU);
		}
}

static void without_the_leaf_it_passes(void)
{
	size_t i;

	start_with(QUICLB_ENCAPSULATION_NONE, 0);
	for (i = 0; i < 2; i++) {
		const struct frame in = packet(clients[i], NEAR4, NEAR_MTU + 1);

		passes(&in);
	}
}

/* As long as a way can be: 68 bytes; the quote is shorter than the packet. */
static void quote_is_never_longer_than_the_packet(void)
{
	struct frame in;

	netns_ip("route replace %s dev left mtu lock 300", addresses[NEAR4]);
	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(CLIENT4, NEAR4, FARM_QUOTE - 1);
	passes(&in);
	frame_pad(&in, 30);
	passes(&in);
	in = packet(CLIENT4, NEAR4, FARM_QUOTE);
	assert_answers(&in, 300);
	in = packet(CLIENT4, NEAR4, FARM_QUOTE + 1);
	assert_answers(&in, 300);
	netns_ip("route replace %s dev left mtu lock %d", addresses[NEAR4],
		 NEAR_MTU);
}

/* Behind the IP packet stands what is none of the answer's business. */
static void padding_is_not_counted(void)
{
	struct frame in;
	size_t n, i;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < 2; i++)
		for (n = 1; n < 64; n += 9) {
			in = packet(clients[i], NEAR4, NEAR_MTU + 1);
			frame_pad(&in, n);
			assert_answers(&in, NEAR_MTU);
			in = packet(clients[i], NEAR4, NEAR_MTU);
			frame_pad(&in, n);
			in.bytes[in.l3 + (i ? 7 : 8)] = 1;
			frame_checksum(&in);
			rig_passes(&farm_rig, &in, QUICLB_REASON_TTL,
				   vip_of(&in));
		}
}

/* Sums of all kinds, over bytes of all kinds. */
static void every_sum_is_right(void)
{
	unsigned int i, round;

	start(QUICLB_ENCAPSULATION_NONE);
	for (round = 0; round < unit_rounds(400); round++)
		for (i = 0; i < 2; i++) {
			struct frame in = packet(clients[i], NEAR4, MTU);

			unit_random(in.bytes + in.payload + 60,
				    in.len - in.payload - 60);
			if (round == 1)
				memset(in.bytes + in.payload + 60, 0xff,
				       in.len - in.payload - 60);
			if (round == 2)
				memset(in.bytes + in.payload + 60, 0,
				       in.len - in.payload - 60);
			frame_put16(&in, in.l4, 1 + round);
			assert_answers(&in, NEAR_MTU);
		}
}

static void options_are_quoted(void)
{
	struct frame_spec spec = farm_spec(FARM_VIP4);
	struct frame in;

	start(QUICLB_ENCAPSULATION_NONE);
	for (spec.ihl = 6; spec.ihl <= 15; spec.ihl++) {
		in = farm_frame_from(&spec, NEAR4);
		memcpy(in.bytes + in.l3 + 12, farm_address(CLIENT4).bytes, 4);
		farm_stretch(&in, NEAR_MTU + 1);
		assert_answers(&in, NEAR_MTU);
	}
	spec = farm_spec(FARM_VIP6);
	spec.n_ext = 1;
	spec.ext[0].type = 60;
	in = farm_frame_from(&spec, NEAR4);
	memcpy(in.bytes + in.l3 + 8, farm_address(CLIENT6).bytes, 16);
	farm_stretch(&in, NEAR_MTU + 1);
	assert_answers(&in, NEAR_MTU);
}

/* ---- tunnels ------------------------------------------------------------ */

static void tunnels_take_their_room(void)
{
	static const size_t outer[2][2] = { { 28, 48 }, { 20, 40 } };
	struct rig_result result;
	int kind, server, i;

	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		start(kind == FARM_GUE ? QUICLB_ENCAPSULATION_GUE
				       : QUICLB_ENCAPSULATION_IPIP);
		for (server = FAR4; server <= FAR6; server++)
			for (i = 0; i < 2; i++) {
				const size_t room =
					MTU - outer[kind][server - FAR4];
				struct frame in =
					packet(clients[i], server, room);

				rig_run(&farm_rig, in.bytes, in.len, &result);
				g_assert_cmpuint(result.reason, ==,
						 QUICLB_REASON_STEERED);
				in = packet(clients[i], server, room + 1);
				assert_answers(&in, room);
				in = packet(clients[i], server, MTU);
				assert_answers(&in, room);
			}
	}
}

/* RFC 8200, 5: nobody need go below it. */
static void ipv6_is_not_told_less_than_1280(void)
{
	struct frame in;
	size_t mtu;

	for (mtu = 1279; mtu <= 1281; mtu++) {
		netns_ip("route replace %s dev left mtu lock %zu",
			 addresses[NEAR4], mtu);
		start(QUICLB_ENCAPSULATION_NONE);
		in = packet(CLIENT6, NEAR4, MTU);
		if (mtu < 1280)
			passes(&in);
		else
			assert_answers(&in, mtu);
		in = packet(CLIENT4, NEAR4, MTU);
		assert_answers(&in, mtu);
	}
	netns_ip("route replace %s dev left mtu lock %d", addresses[NEAR4],
		 NEAR_MTU);
	netns_ip("route replace 198.18.0.0/24 via 192.0.2.254 mtu lock 1307");
	start(QUICLB_ENCAPSULATION_GUE);
	in = packet(CLIENT6, FAR4, 1280);
	passes(&in);
	netns_ip("route replace 198.18.0.0/24 via 192.0.2.254");
}

/* Their packets are the balancer's own: it is no client. */
static void balancers_tunnels_are_not_answered(void)
{
	const struct farm_wrap w =
		farm_wrap_of(BALANCER4, addresses[SELF4], FARM_IPIP);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	in = packet(CLIENT4, NEAR4, NEAR_MTU + 1 - 20);
	t = farm_wrapped(&in, &w);
	passes(&t);
}

/* ---- what is not answered ----------------------------------------------- */

static void fragmentable_packets_pass(void)
{
	struct frame in;

	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(CLIENT4, NEAR4, NEAR_MTU + 1);
	frame_put16(&in, in.l3 + 6, 0);
	frame_checksum(&in);
	passes(&in);
}

/* Nobody in particular has these addresses. */
static void odd_sources_pass(void)
{
	static const char *const odd[] = {
		"0.0.0.0",     "0.1.2.3",   "127.0.0.1",   "127.9.9.9",
		"224.0.0.1",   "239.1.2.3", "240.0.0.1",   "255.255.255.255",
		"192.0.2.255", "192.0.2.1", "203.0.113.1", "::",
		"::1",	       "ff02::1",   "ff0e::99",	   "2001:db8:ff::1",
		"fe80::1",
	};
	struct frame in;
	size_t i;

	netns_ip("route add default via 192.0.2.254");
	netns_ip("route add default via 2001:db8:1::fe");
	start(QUICLB_ENCAPSULATION_NONE);
	netns_ip("route add local 203.0.113.1 dev lo");
	netns_ip("route add local 2001:db8:ff::1 dev lo");
	/* else the FIB would say no as well */
	netns_ip("route del local 127.0.0.0/8 dev lo table local");
	for (i = 0; i < G_N_ELEMENTS(odd); i++) {
		g_test_message("%s", odd[i]);
		in = packet(odd[i], NEAR4, NEAR_MTU + 1);
		passes(&in);
	}
	netns_ip("route add local 127.0.0.0/8 dev lo table local");
	netns_ip("route del local 203.0.113.1 dev lo");
	netns_ip("route del local 2001:db8:ff::1 dev lo");
	netns_ip("route del default via 192.0.2.254");
	netns_ip("route del default via 2001:db8:1::fe");
}

/* An ICMP error of len bytes about a packet of the server's. */
static struct frame error_to(int server, size_t len)
{
	const struct frame in = packet(CLIENT4, server, 200);
	struct frame e = in;
	uint8_t *const quote = e.bytes + e.l4 + 8;

	memset(e.bytes + e.l4, 0, 8);
	e.bytes[e.l4] = 3;
	e.bytes[e.l3 + 9] = 1;
	memcpy(quote, in.bytes + in.l3, 28);
	memcpy(quote + 12, in.bytes + in.l3 + 16, 4);
	memcpy(quote + 16, in.bytes + in.l3 + 12, 4);
	memcpy(quote + 20, in.bytes + in.l4 + 2, 2);
	memcpy(quote + 22, in.bytes + in.l4, 2);
	memcpy(quote + 28, "\xc0\0\0\0\1\0\x0b", 7);
	memcpy(quote + 35, in.bytes + in.payload + 1, 11);
	e.len = e.l3 + len;
	frame_put16(&e, e.l3 + 2, (unsigned int)len);
	frame_checksum(&e);
	return e;
}

static void errors_are_not_answered(void)
{
	struct frame e;

	start(QUICLB_ENCAPSULATION_NONE);
	e = error_to(NEAR4, NEAR_MTU + 1);
	passes(&e);
}

/* ---- the way back ------------------------------------------------------- */

static void way_back_is_the_fibs(void)
{
	struct frame in, out;

	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(RIGHT4, NEAR4, MTU);
	out = farm_too_big(&in, NEAR_MTU, client_mac, netns_right_mac);
	assert_leaves(&in, &out, XDP_REDIRECT);
	in = packet(RIGHT6, NEAR4, MTU);
	out = farm_too_big(&in, NEAR_MTU, client_mac, netns_right_mac);
	assert_leaves(&in, &out, XDP_REDIRECT);
	in = packet(ROUTED4, NEAR4, MTU);
	out = farm_too_big(&in, NEAR_MTU, router_mac, netns_left_mac);
	assert_leaves(&in, &out, XDP_TX);
}

static void without_a_way_it_passes(void)
{
	struct frame in;

	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(SILENT4, NEAR4, MTU);
	passes(&in);
	in = packet(NOWHERE4, NEAR4, MTU);
	passes(&in);
	farm_rig.control.interfaces[1] = 0;
	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(RIGHT4, NEAR4, MTU);
	passes(&in);
	farm_rig.control.interfaces[1] = netns_ifindex("right");
}

/* Tags of a VLAN that nobody knows go back where they came. */
static void tags_are_kept(void)
{
	static const struct farm_tag tags[] = { { 0x88a8, 0xb123 },
						{ 0x8100, 0x6321 } };
	struct frame in;
	size_t n, i;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < 2; i++)
		for (n = 1; n <= 2; n++) {
			in = packet(clients[i], NEAR4, MTU);
			in = farm_tagged(&in, tags, n);
			assert_answers(&in, NEAR_MTU);
		}
	in = packet(RIGHT4, NEAR4, MTU);
	in = farm_tagged(&in, tags, 1);
	passes(&in);
}

/* ---- rate and verdict --------------------------------------------------- */

/* Without credit: unless this machine takes a second for it, ten times. */
static gboolean is_held_back(const struct frame *in)
{
	struct rig_result result = { .action = XDP_TX };
	int i;

	for (i = 0; i < 10 && result.action != XDP_PASS; i++) {
		rig_set_credit(&farm_rig, 0, 0);
		rig_run(&farm_rig, in->bytes, in->len, &result);
		g_assert_cmpuint(result.reason, ==, QUICLB_REASON_TOO_BIG);
	}
	g_assert_cmpmem(result.frame, result.len, in->bytes, in->len);
	return result.action == XDP_PASS;
}

/* As many are made as are sent on, not as many together. */
static void answers_have_a_budget_of_their_own(void)
{
	struct rig_result result;
	struct frame in, e;

	icmp_rate = 1;
	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(CLIENT4, NEAR4, MTU);
	e = error_to(NEAR4, 200);
	rig_set_credit(&farm_rig, 1000000000, 0);
	assert_answers(&in, NEAR_MTU);
	rig_run(&farm_rig, e.bytes, e.len, &result);
	g_assert_cmpuint(result.reason, ==, QUICLB_REASON_ICMP_STEERED);
	icmp_rate = 0;
}

static void rate_is_bounded(void)
{
	struct frame in;
	int i;

	icmp_rate = 1; /* a second for each */
	start(QUICLB_ENCAPSULATION_NONE);
	in = packet(CLIENT4, NEAR4, MTU);
	for (i = 0; i < 3; i++) {
		rig_set_credit(&farm_rig, 1000000000, 0);
		assert_answers(&in, NEAR_MTU);
		g_assert_true(is_held_back(&in));
	}
	icmp_rate = 0;
	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < 20; i++)
		assert_answers(&in, NEAR_MTU);
}

/* ---- a client's kernel -------------------------------------------------- */

struct client {
	const char *address, *vip;
	uint8_t payload[MTU];
	size_t len;
};

/* In the client's namespace: sends until the path MTU is known. */
static int learns_mtu(void *data)
{
	const struct client *const c = data;
	const int v6 = strchr(c->vip, ':') != NULL;
	const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	const int discover = v6 ? IPV6_PMTUDISC_DO : IP_PMTUDISC_DO;
	struct sockaddr_in to4 = { .sin_family = AF_INET,
				   .sin_port = g_htons(FARM_PORT) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_port = g_htons(FARM_PORT) };
	const int ns = open("/run/netns/client", O_RDONLY);
	int fd, i, mtu = 0;
	socklen_t len = sizeof(mtu);

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		return 2;
	memcpy(&to4.sin_addr, farm_address(c->vip).bytes, 4);
	memcpy(&to6.sin6_addr, farm_address(c->vip).bytes, 16);
	fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	if (setsockopt(fd, level, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
		       &discover, sizeof(discover)) ||
	    connect(fd, v6 ? (void *)&to6 : (void *)&to4,
		    v6 ? sizeof(to6) : sizeof(to4)))
		return 3;
	for (i = 0; i < 200 && mtu != NEAR_MTU; i++) {
		(void)!send(fd, c->payload, c->len, 0);
		g_usleep(50000);
		if (getsockopt(fd, level, v6 ? IPV6_MTU : IP_MTU, &mtu, &len))
			return 4;
	}
	return mtu == NEAR_MTU ? 0 : 5;
}

static void make_client(void)
{
	netns_ip("netns add client");
	netns_ip("link set left-end netns client");
	netns_ip("-n client link set left-end address 02:00:00:00:cc:50 up");
	netns_ip("-n client addr add " CLIENT4 "/24 dev left-end");
	netns_ip("-n client addr add " CLIENT6 "/64 dev left-end nodad");
	netns_ip("-n client route add 203.0.113.0/24 via 192.0.2.1");
	netns_ip("-n client route add 2001:db8:ff::/64 via 2001:db8:1::1");
}

/* Last: the network is another one then. */
static void kernels_take_the_answer(void)
{
	struct client client = { .len = 0 };
	struct quiclb_counters counters;
	size_t i;

	make_client();
	icmp_rate = 0;
	start(QUICLB_ENCAPSULATION_NONE);
	g_assert_cmpint(bpf_xdp_attach((int)netns_ifindex("left"),
				       farm_rig.program.fd, XDP_FLAGS_DRV_MODE,
				       NULL),
			==, 0);
	for (i = 0; i < 2; i++) {
		const struct frame f = packet(clients[i], NEAR4, MTU);

		client.vip = farm_vips[i];
		client.len = f.len - f.payload;
		memcpy(client.payload, f.bytes + f.payload, client.len);
		g_assert_cmpint(unit_in_child(learns_mtu, &client), ==, 0);
		rig_read(&farm_rig, rig_row(&farm_rig, vip_of(&f)), &counters);
		g_assert_cmpuint(counters.packets[QUICLB_REASON_TOO_BIG], >, 0);
	}
	g_assert_cmpint(bpf_xdp_detach((int)netns_ifindex("left"),
				       XDP_FLAGS_DRV_MODE, NULL),
			==, 0);
	rig_sync(&farm_rig);
}

static const struct unit_case cases[] = {
	{ "relays_are_bounded_by_the_mtu", relays_are_bounded_by_the_mtu },
	{ "without_the_leaf_it_passes", without_the_leaf_it_passes },
	{ "quote_is_never_longer_than_the_packet",
	  quote_is_never_longer_than_the_packet },
	{ "padding_is_not_counted", padding_is_not_counted },
	{ "every_sum_is_right", every_sum_is_right },
	{ "options_are_quoted", options_are_quoted },
	{ "tunnels_take_their_room", tunnels_take_their_room },
	{ "ipv6_is_not_told_less_than_1280", ipv6_is_not_told_less_than_1280 },
	{ "balancers_tunnels_are_not_answered",
	  balancers_tunnels_are_not_answered },
	{ "fragmentable_packets_pass", fragmentable_packets_pass },
	{ "odd_sources_pass", odd_sources_pass },
	{ "errors_are_not_answered", errors_are_not_answered },
	{ "way_back_is_the_fibs", way_back_is_the_fibs },
	{ "without_a_way_it_passes", without_a_way_it_passes },
	{ "tags_are_kept", tags_are_kept },
	{ "rate_is_bounded", rate_is_bounded },
	{ "answers_have_a_budget_of_their_own",
	  answers_have_a_budget_of_their_own },
	{ "kernels_take_the_answer", kernels_take_the_answer },
};

static void make_network(void)
{
	netns_neighbour("left", addresses[NEAR4], server_mac);
	netns_neighbour("left", addresses[NEAR6], server_mac);
	netns_neighbour("right", addresses[ACROSS], server_mac);
	netns_neighbour("left", "192.0.2.254", router_mac);
	netns_neighbour("left", "2001:db8:1::fe", router_mac);
	netns_neighbour("left", CLIENT4, client_mac);
	netns_neighbour("left", CLIENT6, client_mac);
	netns_neighbour("right", RIGHT4, client_mac);
	netns_neighbour("right", RIGHT6, client_mac);
	netns_ip("route add %s dev left mtu lock %d", addresses[NEAR4],
		 NEAR_MTU);
	netns_ip("route add %s dev left mtu lock %d", addresses[NEAR6],
		 NEAR_MTU);
	netns_ip("route add 198.18.0.0/24 via 192.0.2.254");
	netns_ip("route add 198.19.0.0/24 via 192.0.2.254");
	netns_ip("route add 2001:db8:9::/64 via 2001:db8:1::fe");
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	rig_stay_on_this_cpu();
	make_network();
	farm_open(N_SERVERS);
	unit_add("too_big", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&farm_rig);
	return result;
}
