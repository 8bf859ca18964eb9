/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of several buffers: they leave whole, whatever is done to their first
 * buffer, and what that does not hold is not guessed at.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "deploy.h"
#include "farm.h"
#include "live.h"
#include "netns.h"
#include "unit.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

enum { SELF4, SELF6, NEAR, NARROW, ACROSS, FAR4, FAR6, N_SERVERS };
static const char *const addresses[N_SERVERS] = {
	[SELF4] = "192.0.2.1",	   [SELF6] = "2001:db8:1::1",
	[NEAR] = "192.0.2.20",	   [NARROW] = "192.0.2.21",
	[ACROSS] = "198.51.100.4", [FAR4] = "198.18.0.10",
	[FAR6] = "2001:db8:9::10",
};
#define MTU 9000
#define NARROW_MTU 1400
#define BALANCER "198.18.0.99"

static const uint8_t near_mac[6] = { 2, 0, 0, 0, 0xaa, 0x20 };
static const uint8_t client_mac[6] = { 2, 0, 0, 0, 0xcc, 0x50 };

static int can_shape; /* Linux 6.18: a test says how long a first buffer is */

/* First buffers' lengths; 0: as much as fits. */
static const uint32_t linears[] = { 0, 3000, 1500, 600, 192 };

static size_t n_linears(void)
{
	return can_shape ? G_N_ELEMENTS(linears) : 1;
}

static void start(uint8_t encapsulation)
{
	struct quiclb_deployment *const d =
		farm_new(addresses, N_SERVERS, 2, encapsulation);
	size_t i;

	for (i = 0; i < FARM_N_VIPS; i++)
		d->vips[i].answer_too_big = 1;
	d->tunnel_balancers[0] = farm_prefix(BALANCER);
	d->n_tunnel_balancers = 1;
	farm_use(d);
	farm_rig.ingress = netns_ifindex("left");
	farm_rig.linear = 0;
}

/* ---- frames longer than struct frame ------------------------------------ */

struct jumbo {
	struct frame head; /* its lengths are of the whole */
	uint8_t bytes[16000];
	size_t len;
};

/* Head, and behind it bytes of which no two are alike nearby. */
static void finish(struct jumbo *j, size_t len)
{
	size_t i;

	memcpy(j->bytes, j->head.bytes, j->head.len);
	for (i = j->head.len; i < sizeof(j->bytes); i++)
		j->bytes[i] = (uint8_t)(i * 31 + (i >> 8) * 7);
	j->len = len;
}

/* The IP packet of the frame is len bytes long. */
static void stretch(struct jumbo *j, const struct frame *frame, size_t len)
{
	struct frame *const f = &j->head;

	*f = *frame;
	frame_put16(f, f->l3 + (f->family == 4 ? 2 : 4),
		    (unsigned int)(f->family == 4 ? len : len - 40));
	frame_put16(f, f->l4 + 4, (unsigned int)(len - (f->l4 - f->l3)));
	frame_checksum(f);
	finish(j, f->l3 + len);
}

static void make(struct jumbo *j, int vip, int server, size_t len)
{
	const struct frame f = farm_frame(vip, server);

	stretch(j, &f, len);
}

/* What must leave, if all that changes is in the head. */
static void forwarded(const struct jumbo *in, struct jumbo *out,
		      const uint8_t source[6])
{
	*out = *in;
	frame_forward(&out->head, near_mac, source);
	memcpy(out->bytes, out->head.bytes, out->head.len);
}

static void run(const struct jumbo *in, enum quiclb_reason reason, int vip,
		struct rig_result *result)
{
	rig_run(&farm_rig, in->bytes, in->len, result);
	g_assert_cmpstr(quicsteer_reason_name(result->reason), ==,
			quicsteer_reason_name(reason));
	g_assert_cmpuint(result->row, ==, rig_row(&farm_rig, vip));
}

static void passes(const struct jumbo *in, enum quiclb_reason reason, int vip)
{
	struct rig_result result;

	run(in, reason, vip, &result);
	g_assert_cmpuint(result.action, ==, XDP_PASS);
	g_assert_cmpmem(result.frame, result.len, in->bytes, in->len);
}

static void steers(const struct jumbo *in, const struct jumbo *out,
		   uint32_t action, int vip)
{
	struct rig_result result;

	run(in, QUICLB_REASON_STEERED, vip, &result);
	g_assert_cmpuint(result.action, ==, action);
	g_assert_cmpmem(result.frame, result.len, out->bytes, out->len);
}

/* ---- whole -------------------------------------------------------------- */

static void long_frames_leave_whole(void)
{
	static const size_t lengths[] = { 3400, 3507, 4000, 4096, 8000, MTU };
	struct jumbo in, out;
	size_t i, j;
	int vip;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < G_N_ELEMENTS(lengths); i++)
		for (j = 0; j < n_linears(); j++)
			for (vip = 0; vip < FARM_N_VIPS; vip++) {
				farm_rig.linear = linears[j];
				make(&in, vip, NEAR, lengths[i]);
				forwarded(&in, &out, netns_left_mac);
				steers(&in, &out, XDP_TX, vip);
				make(&in, vip, SELF4, lengths[i]);
				passes(&in, QUICLB_REASON_LOCAL, vip);
			}
}

static void tagged_ones_too(void)
{
	static const struct farm_tag tags[] = { { 0x88a8, 0x3123 },
						{ 0x8100, 0xf321 } };
	struct jumbo in, out;
	struct frame f;
	size_t n;

	start(QUICLB_ENCAPSULATION_NONE);
	for (n = 1; n <= 2; n++) {
		f = farm_frame(FARM_VIP4, NEAR);
		f = farm_tagged(&f, tags, n);
		stretch(&in, &f, MTU);
		forwarded(&in, &out, netns_left_mac);
		steers(&in, &out, XDP_TX, FARM_VIP4);
	}
}

/* The outer packet as the frame has it, its lengths those of the whole. */
static void wrapped(const struct jumbo *inner, struct jumbo *out,
		    const struct farm_wrap *w)
{
	const size_t room = sizeof(inner->bytes);
	struct frame f = inner->head;
	const size_t len = inner->len - f.l3;
	size_t outer;

	/* the head's own length for a moment, as farm_wrapped() goes by it */
	frame_put16(&f, f.l3 + (f.family == 4 ? 2 : 4),
		    (unsigned int)(f.len - f.l3 - (f.family == 4 ? 0 : 40)));
	out->head = farm_wrapped(&f, w);
	outer = out->head.len - f.len;
	memcpy(out->bytes, out->head.bytes, f.l3 + outer);
	memcpy(out->bytes + f.l3 + outer, inner->bytes + f.l3,
	       room - f.l3 - outer);
	out->len = inner->len + outer;
	memcpy(f.bytes, out->bytes, f.l3 + outer);
	f.family = out->head.family;
	frame_put16(&f, f.l3 + (f.family == 4 ? 2 : 4),
		    (unsigned int)(len + outer - (f.family == 4 ? 0 : 40)));
	if (w->kind == FARM_GUE)
		frame_put16(&f, out->head.l4 + 4,
			    (unsigned int)(out->len - out->head.l4));
	frame_checksum(&f);
	memcpy(out->bytes, f.bytes, f.l3 + outer);
}

static uint8_t tos_of(const struct frame *f)
{
	return f->family == 4 ? f->bytes[f->l3 + 1]
			      : (uint8_t)(frame_get16(f, f->l3) >> 4 & 0xff);
}

static void assert_tunnels(int vip, int server, int kind)
{
	struct farm_wrap w =
		farm_wrap_of(addresses[server == FAR4 ? SELF4 : SELF6],
			     addresses[server], kind);
	struct jumbo in, older, out;
	struct rig_result result;

	make(&in, vip, server, 8900);
	forwarded(&in, &older, netns_left_mac);
	w.tos = tos_of(&in.head);
	wrapped(&older, &out, &w);
	run(&in, QUICLB_REASON_STEERED, vip, &result);
	g_assert_cmpuint(result.action, ==, XDP_TX);
	if (kind == FARM_GUE)
		memcpy(out.bytes + out.head.l4, result.frame + out.head.l4, 2);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

static void tunnels_hold_all_of_it(void)
{
	size_t i;
	int kind, vip;

	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		start(kind == FARM_GUE ? QUICLB_ENCAPSULATION_GUE
				       : QUICLB_ENCAPSULATION_IPIP);
		for (i = 0; i < n_linears(); i++)
			for (vip = 0; vip < FARM_N_VIPS; vip++) {
				farm_rig.linear = linears[i];
				assert_tunnels(vip, FAR4, kind);
				assert_tunnels(vip, FAR6, kind);
			}
	}
}

static void all_of_it_comes_out(void)
{
	struct jumbo in, t;
	struct rig_result result;
	size_t i;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++)
		for (i = 0; i < n_linears(); i++) {
			const struct farm_wrap w = farm_wrap_of(
				addresses[FAR4], addresses[SELF4], kind);

			farm_rig.linear = linears[i];
			make(&in, FARM_VIP6, SELF4, 8900);
			wrapped(&in, &t, &w);
			run(&t, QUICLB_REASON_DECAPSULATED, FARM_VIP6, &result);
			g_assert_cmpuint(result.action, ==, XDP_PASS);
			g_assert_cmpmem(result.frame, result.len, in.bytes,
					in.len);
		}
}

static void balancers_tunnels_go_on(void)
{
	struct jumbo in, t, out;
	size_t i;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++)
		for (i = 0; i < n_linears(); i++) {
			struct farm_wrap w =
				farm_wrap_of(BALANCER, addresses[SELF4], kind);

			farm_rig.linear = linears[i];
			make(&in, FARM_VIP4, NEAR, 8900);
			wrapped(&in, &t, &w);
			w.source = addresses[SELF4];
			w.destination = addresses[NEAR];
			w.ttl--;
			wrapped(&in, &out, &w);
			memcpy(out.bytes, near_mac, 6);
			memcpy(out.bytes + 6, netns_left_mac, 6);
			steers(&t, &out, XDP_TX, FARM_VIP4);
		}
}

/* ---- cut ---------------------------------------------------------------- */

/* Headers, and 20 bytes where a CID may be, lie in the first buffer. */
static void what_is_further_on_is_not_read(void)
{
	struct jumbo in, out;
	uint32_t n;
	int vip;

	if (!can_shape) {
		g_test_skip("Linux before 6.18");
		return;
	}
	start(QUICLB_ENCAPSULATION_NONE);
	for (vip = 0; vip < FARM_N_VIPS; vip++) {
		make(&in, vip, NEAR, 5000);
		for (n = 15; n < in.head.payload + 1 + 20; n++) {
			farm_rig.linear = n;
			passes(&in, QUICLB_REASON_TRUNCATED,
			       n < in.head.payload ? -1 : vip);
		}
		forwarded(&in, &out, netns_left_mac);
		for (; n < in.head.payload + 30; n++) {
			farm_rig.linear = n;
			steers(&in, &out, XDP_TX, vip);
		}
	}
}

/* One buffer, that ends where the packet does: short CIDs are all there. */
static void short_packets_are_read_to_their_end(void)
{
	struct frame in, out;
	size_t cid = 11;

	start(QUICLB_ENCAPSULATION_NONE);
	in = farm_frame(FARM_VIP4, NEAR);
	in.len = in.payload + 1 + cid;
	frame_put16(&in, in.l3 + 2, (unsigned int)(in.len - in.l3));
	frame_put16(&in, in.l4 + 4, (unsigned int)(in.len - in.l4));
	frame_checksum(&in);
	out = in;
	frame_forward(&out, near_mac, netns_left_mac);
	rig_steers(&farm_rig, &in, &out, XDP_TX, FARM_VIP4);
}

/* What the length fields say must be there, in whichever buffer. */
static void longer_than_the_frame_is_truncated(void)
{
	struct jumbo in;
	size_t i;
	int vip;

	start(QUICLB_ENCAPSULATION_NONE);
	for (vip = 0; vip < FARM_N_VIPS; vip++)
		for (i = 0; i < n_linears(); i++) {
			farm_rig.linear = linears[i];
			make(&in, vip, NEAR, 6000);
			in.len--;
			passes(&in, QUICLB_REASON_TRUNCATED, -1);
		}
}

/* ---- other ways --------------------------------------------------------- */

static void no_other_interface_gets_them(void)
{
	struct jumbo in, out;

	start(QUICLB_ENCAPSULATION_NONE);
	make(&in, FARM_VIP4, ACROSS, 3000);
	forwarded(&in, &out, netns_right_mac);
	steers(&in, &out, XDP_REDIRECT, FARM_VIP4);
	make(&in, FARM_VIP4, ACROSS, 5000);
	passes(&in, QUICLB_REASON_TOO_BIG, FARM_VIP4);
}

/* Unless that one can send such frames. */
static void another_interface_may_get_them(void)
{
	struct jumbo in, out;

	farm_rig.control.frags = 1u << 1; /* row of right */
	start(QUICLB_ENCAPSULATION_NONE);
	make(&in, FARM_VIP4, ACROSS, 5000);
	forwarded(&in, &out, netns_right_mac);
	steers(&in, &out, XDP_REDIRECT, FARM_VIP4);
	farm_rig.control.frags = ~(1u << 1);
	start(QUICLB_ENCAPSULATION_NONE);
	passes(&in, QUICLB_REASON_TOO_BIG, FARM_VIP4);
	farm_rig.control.frags = 0;
}

static void assert_answers(int server, const char *client, size_t mtu,
			   const uint8_t source[6], uint32_t action)
{
	struct jumbo in;
	struct rig_result result;
	struct frame head, out;

	make(&in, FARM_VIP4, server, 8000);
	memcpy(in.head.bytes + in.head.l3 + 12, farm_address(client).bytes, 4);
	frame_checksum(&in.head);
	finish(&in, in.len);
	head = in.head;
	memcpy(head.bytes, in.bytes, 1000); /* what is quoted */
	out = farm_too_big(&head, mtu, client_mac, source);
	run(&in, QUICLB_REASON_TOO_BIG, FARM_VIP4, &result);
	g_assert_cmpuint(result.action, ==, action);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

/* All buffers but the first go, and what that holds behind the quote. */
static void answers_are_short(void)
{
	const uint32_t least = 14 + 512;
	struct jumbo in;
	size_t i;

	start(QUICLB_ENCAPSULATION_NONE);
	for (i = 0; i < n_linears() && (!linears[i] || linears[i] > least);
	     i++) {
		farm_rig.linear = linears[i];
		assert_answers(NARROW, "192.0.2.50", NARROW_MTU, netns_left_mac,
			       XDP_TX);
	}
	if (!can_shape)
		return;
	farm_rig.linear = least;
	assert_answers(NARROW, "192.0.2.50", NARROW_MTU, netns_left_mac,
		       XDP_TX);
	make(&in, FARM_VIP4, NARROW, 8000);
	memcpy(in.head.bytes + in.head.l3 + 12,
	       farm_address("192.0.2.50").bytes, 4);
	frame_checksum(&in.head);
	finish(&in, in.len);
	for (farm_rig.linear = 192; farm_rig.linear < least;
	     farm_rig.linear += 10)
		passes(&in, QUICLB_REASON_TOO_BIG, FARM_VIP4);
	farm_rig.linear = least - 1;
	passes(&in, QUICLB_REASON_TOO_BIG, FARM_VIP4);
}

/* The way to the server is by an interface that does not get such frames. */
static void answers_come_before_that(void)
{
	netns_ip("route add %s dev right mtu lock 1400", addresses[ACROSS]);
	start(QUICLB_ENCAPSULATION_NONE);
	assert_answers(ACROSS, "192.0.2.50", 1400, netns_left_mac, XDP_TX);
	assert_answers(ACROSS, "198.51.100.50", 1400, netns_right_mac,
		       XDP_REDIRECT);
	netns_ip("route del %s dev right mtu lock 1400", addresses[ACROSS]);
}

/* ---- as an operator has it ---------------------------------------------- */

#define SEND_TRIES 100

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

/* Sends until it has come back; other frames of the device pass by. */
static gboolean comes_back(int fd, const struct jumbo *in,
			   const struct jumbo *out)
{
	uint8_t got[16000];
	int i;

	for (i = 0; i < SEND_TRIES; i++) {
		ssize_t n;

		if (send(fd, in->bytes, in->len, 0) != (ssize_t)in->len)
			return FALSE;
		while ((n = recv(fd, got, sizeof(got), 0)) > 0)
			if ((size_t)n == out->len &&
			    !memcmp(got, out->bytes, out->len))
				return TRUE;
	}
	return FALSE;
}

/* Through a driver, as long as its MTU lets frames be. */
static void drivers_hand_them_over(void)
{
	struct jumbo in, out;
	int fd;

	start(QUICLB_ENCAPSULATION_NONE);
	g_assert_cmpint(bpf_xdp_attach((int)netns_ifindex("left"),
				       farm_rig.program.fd, XDP_FLAGS_DRV_MODE,
				       NULL),
			==, 0);
	fd = open_socket("left-end");
	make(&in, FARM_VIP4, NEAR, MTU);
	forwarded(&in, &out, netns_left_mac);
	g_assert_true(comes_back(fd, &in, &out));
	make(&in, FARM_VIP6, NEAR, MTU);
	forwarded(&in, &out, netns_left_mac);
	g_assert_true(comes_back(fd, &in, &out));
	close(fd);
	g_assert_cmpint(bpf_xdp_detach((int)netns_ifindex("left"),
				       XDP_FLAGS_DRV_MODE, NULL),
			==, 0);
	rig_sync(&farm_rig);
}

static void up_takes_long_mtus(void)
{
	live_start("1", 0x11);
	live_steers(1, 0x11, LIVE_FIRST);
	live_down(QUICSTEER_DONE);
}

static const struct unit_case cases[] = {
	{ "long_frames_leave_whole", long_frames_leave_whole },
	{ "tagged_ones_too", tagged_ones_too },
	{ "tunnels_hold_all_of_it", tunnels_hold_all_of_it },
	{ "all_of_it_comes_out", all_of_it_comes_out },
	{ "balancers_tunnels_go_on", balancers_tunnels_go_on },
	{ "what_is_further_on_is_not_read", what_is_further_on_is_not_read },
	{ "short_packets_are_read_to_their_end",
	  short_packets_are_read_to_their_end },
	{ "longer_than_the_frame_is_truncated",
	  longer_than_the_frame_is_truncated },
	{ "no_other_interface_gets_them", no_other_interface_gets_them },
	{ "another_interface_may_get_them", another_interface_may_get_them },
	{ "answers_are_short", answers_are_short },
	{ "answers_come_before_that", answers_come_before_that },
	{ "drivers_hand_them_over", drivers_hand_them_over },
	{ "up_takes_long_mtus", up_takes_long_mtus },
};

/* ---- the network -------------------------------------------------------- */

/* XDP_TX over veth needs a program at the other end that takes such frames. */
static int pass_frags(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns,
			     G_N_ELEMENTS(insns), &opts);
}

static void widen(const char *device, int program)
{
	g_autofree char *end = g_strconcat(device, "-end", NULL);

	netns_pass(end, 0);
	netns_ip("link set %s mtu %d", device, MTU);
	netns_ip("link set %s mtu %d", end, MTU);
	g_assert_cmpint(bpf_xdp_attach((int)netns_ifindex(end), program,
				       XDP_FLAGS_DRV_MODE, NULL),
			==, 0);
}

static void make_network(int program)
{
	widen("left", program);
	widen("right", program);
	netns_neighbour("left", addresses[NEAR], near_mac);
	netns_neighbour("left", addresses[NARROW], near_mac);
	netns_neighbour("right", addresses[ACROSS], near_mac);
	netns_neighbour("left", "192.0.2.50", client_mac);
	netns_neighbour("right", "198.51.100.50", client_mac);
	netns_neighbour("left", "192.0.2.254", near_mac);
	netns_neighbour("left", "2001:db8:1::fe", near_mac);
	live_neighbours();
	netns_ip("route add %s dev left mtu lock %d", addresses[NARROW],
		 NARROW_MTU);
	netns_ip("route add 198.18.0.0/24 via 192.0.2.254");
	netns_ip("route add 2001:db8:9::/64 via 2001:db8:1::fe");
}

static int shapes(int program)
{
	static const uint8_t bytes[200];
	struct xdp_md ctx = { .data_end = 100 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes,
		    .data_size_in = sizeof(bytes), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	return !bpf_prog_test_run_opts(program, &opts);
}

int main(int argc, char **argv)
{
	int program, result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	program = pass_frags();
	if (program < 0) {
		g_print("1..0 # SKIP Linux before 5.18\n");
		return 0;
	}
	can_shape = shapes(program);
	make_network(program);
	close(program);
	farm_open(N_SERVERS);
	unit_add("frags", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&farm_rig);
	return result;
}
