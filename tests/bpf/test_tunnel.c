/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnels, through the real program: into them, out of them, from one into
 * another, in FARM_GUE and IP in IP, IPv4 and IPv6 in any mix.  Outer headers
 * are built here from scratch; no line is shared with bpf/tunnel.h.
 */
#include <linux/bpf.h>

#include "deploy.h"
#include "farm.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define PORT 443
#define ID_LEN 2

/* Servers.  FAR ones are behind a router. */
enum { SELF4, SELF6, FAR4, FAR6, NEAR4, NEAR6, N_SERVERS };
static const char *const addresses[N_SERVERS] = {
	[SELF4] = "192.0.2.1",	[SELF6] = "2001:db8:1::1",
	[FAR4] = "198.18.0.10", [FAR6] = "2001:db8:9::10",
	[NEAR4] = "192.0.2.20", [NEAR6] = "2001:db8:1::20",
};
#define BALANCER4 "198.18.0.99"
#define BALANCER6 "2001:db8:9::99"
#define PEER4 "198.18.0.77" /* a host that steers and is no server */
#define STRANGER4 "198.18.0.66"

static const uint8_t router_mac[6] = { 2, 0, 0, 0, 0xfe, 0xfe };
static const uint8_t near_mac[6] = { 2, 0, 0, 0, 0xaa, 0x20 };

enum { VIP4, VIP6, N_VIPS };
static const char *const vips[N_VIPS] = { "203.0.113.1", "2001:db8:ff::1" };

static struct rig rig;
static struct quiclb_config config;

static void start(uint8_t encapsulation)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	const size_t pool = deploy_pool(d, N_SERVERS);
	const int index = deploy_config(d, pool, &config);
	uint8_t id[ID_LEN] = { 0 };
	int i;

	d->pools[pool].encapsulation = encapsulation;
	for (i = 0; i < N_SERVERS; i++) {
		id[1] = (uint8_t)i;
		deploy_server(d, pool, id, ID_LEN, addresses[i],
			      i == SELF4 || i == SELF6);
	}
	for (i = 0; i < N_VIPS; i++)
		deploy_vip(d, vips[i], PORT, &index, 1);
	d->tunnel_balancers[0] = farm_prefix(BALANCER4);
	d->tunnel_balancers[1] = farm_prefix(BALANCER6);
	d->n_tunnel_balancers = 2;
	d->tunnel_peers[0] = farm_prefix(PEER4);
	d->n_tunnel_peers = 1;
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

static struct frame_spec spec_of(int vip)
{
	struct frame_spec spec;

	frame_spec_init(&spec, vips[vip], PORT);
	return spec;
}

static struct frame frame_from(const struct frame_spec *spec, int server)
{
	const uint8_t id[ID_LEN] = { 0, (uint8_t)server };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame frame;
	struct quic quic;

	quic_short(&quic, cid, deploy_cid(&config, id, cid));
	frame_build(&frame, spec, &quic);
	return frame;
}

static struct frame frame_to(int vip, int server)
{
	const struct frame_spec spec = spec_of(vip);

	return frame_from(&spec, server);
}

/* ---- into a tunnel ------------------------------------------------------ */

static const char *self_of(uint8_t family)
{
	return addresses[family == 4 ? SELF4 : SELF6];
}

/* What must leave: in, one hop older, in a tunnel to a far server. */
static struct frame tunnelled(const struct frame *in, int server, int kind,
			      uint16_t udp_source)
{
	struct frame older = *in;
	struct farm_wrap w =
		farm_wrap_of(self_of(farm_address(addresses[server]).family),
			     addresses[server], kind);

	frame_forward(&older, router_mac, netns_left_mac);
	w.udp_source = udp_source;
	w.tos = in->family == 4
			? in->bytes[in->l3 + 1]
			: (uint8_t)(frame_get16(in, in->l3) >> 4 & 0xff);
	return farm_wrapped(&older, &w);
}

static uint16_t assert_tunnels(const struct frame *in, int vip, int server,
			       int kind)
{
	const uint8_t family = farm_address(addresses[server]).family;
	const size_t l4 = in->l3 + (family == 4 ? 20 : 40);
	struct rig_result result;
	struct frame want;
	uint16_t source = 0;

	rig_run(&rig, in->bytes, in->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==, "steered");
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip));
	g_assert_cmpuint(result.action, ==, XDP_TX);
	if (kind == FARM_GUE)
		source = (uint16_t)(result.frame[l4] << 8 |
				    result.frame[l4 + 1]);
	want = tunnelled(in, server, kind, source);
	g_assert_cmpmem(result.frame, want.len, want.bytes, want.len);
	if (kind == FARM_GUE)
		g_assert_cmphex(source & 0xc000, ==, 0xc000);
	return source;
}

static void far_servers_get_tunnels(void)
{
	int kind, vip, server;

	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		start(kind == FARM_GUE ? QUICLB_ENCAPSULATION_GUE
				       : QUICLB_ENCAPSULATION_IPIP);
		for (vip = 0; vip < N_VIPS; vip++)
			for (server = FAR4; server <= FAR6; server++) {
				const struct frame in = frame_to(vip, server);

				assert_tunnels(&in, vip, server, kind);
			}
	}
}

/* Clients' packets come from a router as well: its MAC is no peer's. */
static void router_is_no_peer(void)
{
	struct frame in;
	int i;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, FAR4);
	memcpy(in.bytes + 6, router_mac, sizeof(router_mac));
	for (i = 0; i < 2; i++)
		assert_tunnels(&in, VIP4, FAR4, FARM_GUE);
}

static void near_servers_get_none(void)
{
	struct frame in, out;
	int vip;

	start(QUICLB_ENCAPSULATION_GUE);
	for (vip = 0; vip < N_VIPS; vip++) {
		in = frame_to(vip, NEAR4);
		out = in;
		frame_forward(&out, near_mac, netns_left_mac);
		rig_steers(&rig, &in, &out, XDP_TX, vip);
	}
}

static void without_encapsulation_nothing_goes_far(void)
{
	struct frame in;

	start(QUICLB_ENCAPSULATION_NONE);
	in = frame_to(VIP4, FAR4);
	rig_passes(&rig, &in, QUICLB_REASON_NO_NEIGHBOUR, VIP4);
}

/* RFC 6040, 4.1: DSCP and ECN are copied to the outside. */
static void every_tos_is_copied(void)
{
	unsigned int tos;
	int server;

	start(QUICLB_ENCAPSULATION_GUE);
	for (server = FAR4; server <= FAR6; server++) {
		struct frame in = frame_to(VIP4, server);

		for (tos = 0; tos < 256; tos++) {
			in.bytes[in.l3 + 1] = (uint8_t)tos;
			frame_checksum(&in);
			assert_tunnels(&in, VIP4, server, FARM_GUE);
		}
	}
}

static void flows_differ_in_their_source_port(void)
{
	struct frame in;
	uint16_t first;
	unsigned int port, n_other = 0;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, FAR4);
	first = assert_tunnels(&in, VIP4, FAR4, FARM_GUE);
	g_assert_cmphex(assert_tunnels(&in, VIP4, FAR4, FARM_GUE), ==, first);
	for (port = 1; port < 65536; port += 641) {
		frame_put16(&in, in.l4, port);
		n_other += assert_tunnels(&in, VIP4, FAR4, FARM_GUE) != first;
	}
	g_assert_cmpuint(n_other, >, 90);
}

static void every_ttl_has_its_verdict(void)
{
	struct frame_spec spec = spec_of(VIP4);
	unsigned int ttl;

	start(QUICLB_ENCAPSULATION_IPIP);
	for (ttl = 0; ttl < 256; ttl++) {
		struct frame in;

		spec.ttl = (uint8_t)ttl;
		in = frame_from(&spec, FAR4);
		if (ttl > 1)
			assert_tunnels(&in, VIP4, FAR4, FARM_IPIP);
		else
			rig_passes(&rig, &in, QUICLB_REASON_TTL, VIP4);
	}
}

/* What stands behind the IP packet in the frame stays behind. */
static void padding_is_not_wrapped(void)
{
	struct frame in;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, FAR4);
	frame_pad(&in, 9);
	assert_tunnels(&in, VIP4, FAR4, FARM_GUE);
}

static void tags_are_kept(void)
{
	struct frame_spec spec = spec_of(VIP6);
	size_t n;

	start(QUICLB_ENCAPSULATION_GUE);
	spec.tags[0] = spec.tags[1] = 0x8100;
	for (n = 1; n <= 2; n++) {
		struct frame in;

		spec.n_tags = n;
		in = frame_from(&spec, FAR4);
		assert_tunnels(&in, VIP6, FAR4, FARM_GUE);
	}
}

/* The outer packet may be as long as the MTU of the way, 1500 here. */
static void longer_than_the_mtu_passes(void)
{
	static const size_t outer[2][2] = { { 28, 48 }, { 20, 40 } };
	int kind, server;

	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		start(kind == FARM_GUE ? QUICLB_ENCAPSULATION_GUE
				       : QUICLB_ENCAPSULATION_IPIP);
		for (server = FAR4; server <= FAR6; server++) {
			const size_t room = 1500 - outer[kind][server - FAR4];
			struct frame in = frame_to(VIP4, server);
			const size_t more = room - (in.len - in.l3);

			frame_pad(&in, more);
			frame_put16(&in, in.l3 + 2, (unsigned int)room);
			frame_put16(&in, in.l4 + 4, (unsigned int)room - 20);
			frame_checksum(&in);
			assert_tunnels(&in, VIP4, server, kind);
			frame_pad(&in, 1);
			frame_put16(&in, in.l3 + 2, (unsigned int)room + 1);
			frame_put16(&in, in.l4 + 4, (unsigned int)room - 19);
			frame_checksum(&in);
			rig_passes(&rig, &in, QUICLB_REASON_TOO_BIG, VIP4);
		}
	}
}

/* ---- out of a tunnel ---------------------------------------------------- */

static void assert_comes_out(const struct frame *tunnel,
			     const struct frame *inner, int vip)
{
	struct rig_result result;

	rig_run(&rig, tunnel->bytes, tunnel->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			"decapsulated");
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip));
	g_assert_cmpuint(result.action, ==, XDP_PASS);
	g_assert_cmpmem(result.frame, result.len, inner->bytes, inner->len);
}

static const char *far_of(uint8_t family)
{
	return addresses[family == 4 ? FAR4 : FAR6];
}

static void peers_packets_come_out(void)
{
	int kind, vip, family, server;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++)
		for (vip = 0; vip < N_VIPS; vip++)
			for (family = 4; family <= 6; family += 2)
				/* whosever it is: a peer has decided */
				for (server = 0; server < N_SERVERS; server++) {
					const struct farm_wrap w = farm_wrap_of(
						far_of(family), self_of(family),
						kind);
					const struct frame in =
						frame_to(vip, server);
					const struct frame t =
						farm_wrapped(&in, &w);

					assert_comes_out(&t, &in, vip);
				}
}

static void tagged_packets_come_out_tagged(void)
{
	const struct farm_wrap w =
		farm_wrap_of(far_of(6), self_of(6), FARM_GUE);
	struct frame_spec spec = spec_of(VIP4);
	size_t n;

	start(QUICLB_ENCAPSULATION_GUE);
	spec.tags[0] = spec.tags[1] = 0x88a8;
	for (n = 0; n <= 2; n++) {
		struct frame in, t;

		spec.n_tags = n;
		in = frame_from(&spec, SELF4);
		t = farm_wrapped(&in, &w);
		assert_comes_out(&t, &in, VIP4);
	}
}

static void host_that_steers_is_a_peer(void)
{
	const struct farm_wrap w = farm_wrap_of(PEER4, self_of(4), FARM_IPIP);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, FAR4);
	t = farm_wrapped(&in, &w);
	assert_comes_out(&t, &in, VIP4);
}

/* RFC 6040, 4.2, normal mode: rows are inner, columns outer ECN. */
static void congestion_marks_go_on(void)
{
	enum { N, E1, E0, CE, DROP };
	static const uint8_t want[4][4] = {
		[N] = { N, N, N, DROP },
		[E1] = { E1, E1, E1, CE },
		[E0] = { E0, E0, E0, CE },
		[CE] = { CE, CE, CE, CE },
	};
	struct rig_result result;
	struct frame in, out, t;
	unsigned int i, o;
	int vip;

	start(QUICLB_ENCAPSULATION_GUE);
	for (vip = 0; vip < N_VIPS; vip++)
		for (i = 0; i < 16; i++) {
			struct farm_wrap w =
				farm_wrap_of(far_of(4), self_of(4), FARM_GUE);
			const size_t at = vip == VIP4 ? 0 : 4;

			o = i % 4;
			w.tos = (uint8_t)o;
			in = frame_to(vip, SELF4);
			in.bytes[in.l3 + 1] =
				(uint8_t)((in.bytes[in.l3 + 1] & ~(3u << at)) |
					  (i / 4) << at);
			frame_checksum(&in);
			t = farm_wrapped(&in, &w);
			if (want[i / 4][o] == DROP) {
				rig_run(&rig, t.bytes, t.len, &result);
				g_assert_cmpuint(result.action, ==, XDP_DROP);
				g_assert_cmpuint(result.reason, ==,
						 QUICLB_REASON_DECAPSULATED);
				continue;
			}
			out = in;
			out.bytes[out.l3 + 1] =
				(uint8_t)((out.bytes[out.l3 + 1] &
					   ~(3u << at)) |
					  want[i / 4][o] << at);
			frame_checksum(&out);
			assert_comes_out(&t, &out, vip);
		}
}

/* Nobody else's packets are opened. */
static void strangers_stay_wrapped(void)
{
	struct frame in, t;
	struct farm_wrap w;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		w = farm_wrap_of(STRANGER4, self_of(4), kind);
		t = farm_wrapped(&in, &w);
		rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
		/* in our own name */
		w = farm_wrap_of(self_of(4), self_of(4), kind);
		t = farm_wrapped(&in, &w);
		rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
		/* to another host, or to a VIP */
		w = farm_wrap_of(far_of(4), addresses[NEAR4], kind);
		t = farm_wrapped(&in, &w);
		rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
		w = farm_wrap_of(far_of(4), vips[VIP4], kind);
		t = farm_wrapped(&in, &w);
		rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
	}
	/* FARM_GUE at another port */
	w = farm_wrap_of(far_of(4), self_of(4), FARM_GUE);
	t = farm_wrapped(&in, &w);
	frame_put16(&t, t.l4 + 2, FARM_GUE_PORT + 1);
	rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
}

static void what_is_for_no_vip_stays_wrapped(void)
{
	const struct farm_wrap w =
		farm_wrap_of(far_of(4), self_of(4), FARM_GUE);
	struct frame in, t, twice;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	frame_put16(&in, in.l4 + 2, PORT + 1);
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
	in = frame_to(VIP4, SELF4);
	in.bytes[in.l3 + 9] = 6;
	frame_checksum(&in);
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
	/* a tunnel in a tunnel is nobody's */
	in = frame_to(VIP4, SELF4);
	t = farm_wrapped(&in, &w);
	twice = farm_wrapped(&t, &w);
	rig_passes(&rig, &twice, QUICLB_REASON_NOT_VIP, -1);
}

/* Every cut of a tunnel packet passes, untouched. */
static void cut_packets_stay_wrapped(void)
{
	const struct farm_wrap w =
		farm_wrap_of(far_of(4), self_of(4), FARM_GUE);
	struct rig_result result;
	struct frame in, t;
	size_t len;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	t = farm_wrapped(&in, &w);
	for (len = 14; len < t.len; len++) {
		rig_run(&rig, t.bytes, len, &result);
		g_assert_cmpuint(result.action, ==, XDP_PASS);
		g_assert_cmpmem(result.frame, result.len, t.bytes, len);
		g_assert_cmpuint(result.reason, !=, QUICLB_REASON_DECAPSULATED);
	}
}

/* Variant 0, as IPVS sends it: 4 bytes, options, then IP. */
static void gue_of_variant_0_is_read(void)
{
	static const uint8_t protocols[N_VIPS] = { 4, 41 };
	unsigned int words, vip;

	start(QUICLB_ENCAPSULATION_GUE);
	for (vip = 0; vip < N_VIPS; vip++)
		for (words = 0; words <= 4; words++) {
			struct farm_wrap w =
				farm_wrap_of(far_of(4), self_of(4), FARM_GUE);
			const struct frame in = frame_to((int)vip, SELF4);
			struct frame t;

			w.gue_len = 4 + 4 * words;
			w.gue[0] = (uint8_t)words;
			w.gue[1] = protocols[vip];
			t = farm_wrapped(&in, &w);
			assert_comes_out(&t, &in, (int)vip);
			w.gue[0] |= 0x20; /* a control message */
			t = farm_wrapped(&in, &w);
			rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
			w.gue[0] = (uint8_t)(words | 0x80); /* variant 2 */
			t = farm_wrapped(&in, &w);
			rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
			w.gue[0] = (uint8_t)words;
			w.gue[1] = 17;
			t = farm_wrapped(&in, &w);
			rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
		}
}

/* Puts bytes between the outer IP header and what follows it. */
static void insert(struct frame *t, const uint8_t *bytes, size_t len)
{
	memmove(t->bytes + t->l4 + len, t->bytes + t->l4, t->len - t->l4);
	memcpy(t->bytes + t->l4, bytes, len);
	t->len += len;
	if (t->family == 4) {
		t->bytes[t->l3] = (uint8_t)(t->bytes[t->l3] + len / 4);
		frame_put16(t, t->l3 + 2, (unsigned int)(t->len - t->l3));
		frame_checksum(t);
	} else {
		frame_put16(t, t->l3 + 4, (unsigned int)(t->len - t->l3 - 40));
	}
}

/* ---- balancers that encapsulate ----------------------------------------- */

static void balancers_packet_for_us_stays_as_it_is(void)
{
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		const struct farm_wrap w =
			farm_wrap_of(BALANCER4, self_of(4), kind);
		const struct frame in = frame_to(VIP4, SELF4);
		const struct frame t = farm_wrapped(&in, &w);

		rig_passes(&rig, &t, QUICLB_REASON_LOCAL, VIP4);
	}
}

/* What Linux's ip6tnl puts in front: the encapsulation limit (RFC 2473, 4.1).
 */
static void limit(struct frame *t)
{
	uint8_t option[8] = { 0, 0, 4, 1, 4, 1, 1, 0 };

	option[0] = t->bytes[t->l3 + 6];
	t->bytes[t->l3 + 6] = 60;
	insert(t, option, sizeof(option));
}

static void assert_retargets(int kind, uint8_t family, int server, int limited)
{
	const int near = server == NEAR4 || server == NEAR6;
	struct farm_wrap w = farm_wrap_of(family == 4 ? BALANCER4 : BALANCER6,
					  self_of(family), kind);
	const struct frame in = frame_to(VIP4, server);
	struct frame t = farm_wrapped(&in, &w), out;

	if (kind == FARM_GUE)
		frame_put16(&t, t.l4 + 6, 0x1234); /* its checksum */
	w.source = self_of(family);
	w.destination = addresses[server];
	out = farm_wrapped(&in, &w);
	if (limited) {
		limit(&t);
		limit(&out);
	}
	frame_forward(&out, near ? near_mac : router_mac, netns_left_mac);
	rig_steers(&rig, &t, &out, XDP_TX, VIP4);
}

static void balancers_packet_goes_to_its_owner(void)
{
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		assert_retargets(kind, 4, FAR4, 0);
		assert_retargets(kind, 4, NEAR4, 0);
		assert_retargets(kind, 6, FAR6, 0);
		assert_retargets(kind, 6, NEAR6, 0);
		assert_retargets(kind, 6, FAR6, 1);
	}
}

static void balancers_packet_of_the_other_family_passes(void)
{
	const struct farm_wrap w =
		farm_wrap_of(BALANCER4, self_of(4), FARM_IPIP);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, FAR6);
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_NO_NEIGHBOUR, VIP4);
}

static void balancers_unroutable_packet_passes(void)
{
	const struct farm_wrap w =
		farm_wrap_of(BALANCER4, self_of(4), FARM_IPIP);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	in.bytes[in.payload + 1] |= 0xe0;
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_RESERVED, VIP4);
}

/* ---- what may stand around and inside ----------------------------------- */

/* An ICMP error about a packet from the VIP, quoting all of it. */
static struct frame error_to(int server)
{
	const struct frame in = frame_to(VIP4, server);
	struct frame e = in;
	uint8_t *const quote = e.bytes + e.l4 + 8;
	const uint8_t id[ID_LEN] = { 0, (uint8_t)server };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const size_t len = deploy_cid(&config, id, cid);

	memset(e.bytes + e.l4, 0, 200);
	e.bytes[e.l4] = 3;
	memcpy(quote, in.bytes + in.l3, 28);
	memcpy(quote + 12, in.bytes + in.l3 + 16, 4);
	memcpy(quote + 16, in.bytes + in.l3 + 12, 4);
	memcpy(quote + 20, in.bytes + in.l4 + 2, 2);
	memcpy(quote + 22, in.bytes + in.l4, 2);
	quote[28] = 0xc0;
	quote[32] = 1;
	quote[34] = (uint8_t)len;
	memcpy(quote + 35, cid, len);
	e.bytes[e.l3 + 9] = 1;
	e.len = e.l4 + 8 + 35 + len + 10;
	frame_put16(&e, e.l3 + 2, (unsigned int)(e.len - e.l3));
	frame_checksum(&e);
	return e;
}

static void assert_error_is_steered(const struct frame *e)
{
	struct rig_result result;
	struct frame out = *e;

	frame_forward(&out, near_mac, netns_left_mac);
	rig_run(&rig, e->bytes, e->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			"icmp_steered");
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

/* Nothing of a tunnel packet is left behind for the next packet. */
static void errors_after_tunnels_are_steered(void)
{
	static const char *const sources[] = { "198.18.0.10", BALANCER4 };
	const struct frame e = error_to(NEAR4), in = frame_to(VIP4, SELF4);
	struct rig_result result;
	unsigned int i;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	assert_error_is_steered(&e);
	for (i = 0; i < G_N_ELEMENTS(sources); i++)
		for (kind = 0; kind < FARM_N_KINDS; kind++) {
			const struct farm_wrap w =
				farm_wrap_of(sources[i], self_of(4), kind);
			const struct frame t = farm_wrapped(&in, &w);

			rig_run(&rig, t.bytes, t.len, &result);
			g_assert_cmpuint(result.action, ==, XDP_PASS);
			assert_error_is_steered(&e);
		}
}

/* What a peer sends here in a tunnel because of its SCID comes out. */
static void errors_in_a_peers_tunnel_come_out(void)
{
	const struct frame e = error_to(SELF4);
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		const struct farm_wrap w =
			farm_wrap_of(far_of(4), self_of(4), kind);
		const struct frame t = farm_wrapped(&e, &w);

		assert_comes_out(&t, &e, VIP4);
	}
}

static void errors_go_into_tunnels(void)
{
	const struct frame e = error_to(FAR4);
	struct rig_result result;
	struct frame want;

	start(QUICLB_ENCAPSULATION_IPIP);
	rig_run(&rig, e.bytes, e.len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			"icmp_steered");
	want = tunnelled(&e, FAR4, FARM_IPIP, 0);
	g_assert_cmpmem(result.frame, result.len, want.bytes, want.len);
}

/* IPv4 options and IPv6 extension headers of the packet inside. */
static void inner_headers_may_be_long(void)
{
	const struct farm_wrap w =
		farm_wrap_of(far_of(6), self_of(6), FARM_GUE);
	struct frame_spec four = spec_of(VIP4), six = spec_of(VIP6);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	for (four.ihl = 5; four.ihl <= 15; four.ihl++) {
		in = frame_from(&four, SELF4);
		t = farm_wrapped(&in, &w);
		assert_comes_out(&t, &in, VIP4);
		in = frame_from(&four, FAR6);
		assert_tunnels(&in, VIP4, FAR6, FARM_GUE);
	}
	for (six.n_ext = 1; six.n_ext <= 5; six.n_ext++) {
		six.ext[six.n_ext - 1].type = 60;
		in = frame_from(&six, SELF4);
		t = farm_wrapped(&in, &w);
		if (six.n_ext == 5) {
			rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
			break;
		}
		assert_comes_out(&t, &in, VIP6);
		in = frame_from(&six, FAR4);
		assert_tunnels(&in, VIP6, FAR4, FARM_GUE);
	}
}

/* Peers' outer headers may have options; nobody's of ours has. */
static void outer_headers_may_be_long(void)
{
	static const uint8_t nops[8] = { 1, 1, 1, 1, 1, 1, 1, 0 };
	static const int families[] = { 4, 6 };
	struct frame in, t;
	unsigned int i;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	for (i = 0; i < 2; i++)
		for (kind = 0; kind < FARM_N_KINDS; kind++) {
			const uint8_t family = (uint8_t)families[i];
			const struct farm_wrap w = farm_wrap_of(
				far_of(family), self_of(family), kind);
			uint8_t pad[8] = { 0, 0, 1, 4, 0, 0, 0, 0 };

			t = farm_wrapped(&in, &w);
			pad[0] = t.bytes[t.l3 + 6];
			if (family == 6)
				t.bytes[t.l3 + 6] = 60;
			insert(&t, family == 4 ? nops : pad, 8);
			assert_comes_out(&t, &in, VIP4);
		}
}

/* Their checksum would have to be made anew. */
static void balancers_ipv4_options_pass_untouched(void)
{
	static const uint8_t nops[8] = { 1, 1, 1, 1, 1, 1, 1, 0 };
	const struct farm_wrap w =
		farm_wrap_of(BALANCER4, self_of(4), FARM_GUE);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, FAR4);
	t = farm_wrapped(&in, &w);
	insert(&t, nops, 8);
	rig_passes(&rig, &t, QUICLB_REASON_TRUNCATED, VIP4);
}

static void fragments_stay_wrapped(void)
{
	const struct farm_wrap w =
		farm_wrap_of(far_of(4), self_of(4), FARM_IPIP);
	static const unsigned int words[] = { 0x2000, 0x0001, 0x3fff };
	struct frame in, t;
	unsigned int i;

	start(QUICLB_ENCAPSULATION_GUE);
	for (i = 0; i < G_N_ELEMENTS(words); i++) {
		in = frame_to(VIP4, SELF4);
		t = farm_wrapped(&in, &w);
		frame_put16(&t, t.l3 + 6, words[i]);
		frame_checksum(&t);
		rig_passes(&rig, &t, QUICLB_REASON_FRAGMENT, -1);
		frame_put16(&in, in.l3 + 6, words[i]);
		frame_checksum(&in);
		t = farm_wrapped(&in, &w);
		rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
	}
}

/* The inner packet may not go on where the outer one has ended. */
static void inner_packet_ends_within_the_outer(void)
{
	struct frame in, t;
	int kind;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		const struct farm_wrap w =
			farm_wrap_of(far_of(4), self_of(4), kind);

		t = farm_wrapped(&in, &w);
		frame_put16(&t, t.l3 + 2,
			    frame_get16(&t, t.l3 + 2) -
				    (kind == FARM_GUE ? 0 : 4));
		if (kind == FARM_GUE)
			frame_put16(&t, t.l4 + 4,
				    frame_get16(&t, t.l4 + 4) - 4);
		frame_checksum(&t);
		rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
	}
}

/*
 * Of variant 0: a peer's packet with options is for the kernel's own tunnel; a
 * balancer's goes on with them.
 */
static void gue_options_stay(void)
{
	struct farm_wrap w = farm_wrap_of(far_of(4), self_of(4), FARM_GUE);
	struct frame in, t;

	start(QUICLB_ENCAPSULATION_GUE);
	in = frame_to(VIP4, SELF4);
	w.gue_len = 12;
	w.gue[0] = 2;
	w.gue[1] = 4;
	w.gue[3] = 0x01;
	memset(w.gue + 4, 0x5a, 8);
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
	w.source = BALANCER4;
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_LOCAL, VIP4);
	w.gue[0] = 5; /* longer than what is read */
	t = farm_wrapped(&in, &w);
	rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
}

static const struct unit_case cases[] = {
	{ "errors_after_tunnels_are_steered",
	  errors_after_tunnels_are_steered },
	{ "errors_in_a_peers_tunnel_come_out",
	  errors_in_a_peers_tunnel_come_out },
	{ "errors_go_into_tunnels", errors_go_into_tunnels },
	{ "inner_headers_may_be_long", inner_headers_may_be_long },
	{ "outer_headers_may_be_long", outer_headers_may_be_long },
	{ "balancers_ipv4_options_pass_untouched",
	  balancers_ipv4_options_pass_untouched },
	{ "fragments_stay_wrapped", fragments_stay_wrapped },
	{ "inner_packet_ends_within_the_outer",
	  inner_packet_ends_within_the_outer },
	{ "gue_options_stay", gue_options_stay },
	{ "far_servers_get_tunnels", far_servers_get_tunnels },
	{ "router_is_no_peer", router_is_no_peer },
	{ "near_servers_get_none", near_servers_get_none },
	{ "without_encapsulation_nothing_goes_far",
	  without_encapsulation_nothing_goes_far },
	{ "every_tos_is_copied", every_tos_is_copied },
	{ "flows_differ_in_their_source_port",
	  flows_differ_in_their_source_port },
	{ "every_ttl_has_its_verdict", every_ttl_has_its_verdict },
	{ "padding_is_not_wrapped", padding_is_not_wrapped },
	{ "tags_are_kept", tags_are_kept },
	{ "longer_than_the_mtu_passes", longer_than_the_mtu_passes },
	{ "peers_packets_come_out", peers_packets_come_out },
	{ "tagged_packets_come_out_tagged", tagged_packets_come_out_tagged },
	{ "host_that_steers_is_a_peer", host_that_steers_is_a_peer },
	{ "congestion_marks_go_on", congestion_marks_go_on },
	{ "strangers_stay_wrapped", strangers_stay_wrapped },
	{ "what_is_for_no_vip_stays_wrapped",
	  what_is_for_no_vip_stays_wrapped },
	{ "cut_packets_stay_wrapped", cut_packets_stay_wrapped },
	{ "gue_of_variant_0_is_read", gue_of_variant_0_is_read },
	{ "balancers_packet_for_us_stays_as_it_is",
	  balancers_packet_for_us_stays_as_it_is },
	{ "balancers_packet_goes_to_its_owner",
	  balancers_packet_goes_to_its_owner },
	{ "balancers_packet_of_the_other_family_passes",
	  balancers_packet_of_the_other_family_passes },
	{ "balancers_unroutable_packet_passes",
	  balancers_unroutable_packet_passes },
};

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	netns_neighbour("left", "192.0.2.254", router_mac);
	netns_neighbour("left", "2001:db8:1::fe", router_mac);
	netns_neighbour("left", addresses[NEAR4], near_mac);
	netns_neighbour("left", addresses[NEAR6], near_mac);
	netns_ip("route add 198.18.0.0/24 via 192.0.2.254");
	netns_ip("route add 2001:db8:9::/64 via 2001:db8:1::fe");
	unit_config(&config, QUICLB_CODEC_FOUR_PASS, ID_LEN, 8);
	rig_open(&rig, "left", N_SERVERS, 0, 0);
	unit_add("tunnel", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&rig);
	return result;
}
