/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that nobody here wrote, through the real program: clients on ngtcp2,
 * quic-go, quinn and Chromium, the kernel's ICMP errors and the kernel's
 * tunnels.  What to expect comes from tshark and the textbook.
 */
#include <linux/bpf.h>

#include "capture.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define N_FLOWS 64
#define UDP 17
#define DESTINATION_OPTIONS 60

/* The servers of lb.json, by where they are. */
enum { SELF, OTHER, N_SERVERS };
static const char *const addresses[N_SERVERS][2] = {
	{ "192.0.2.10", "2001:db8:1::10" },
	{ "192.0.2.20", "2001:db8:1::20" },
};
static const uint8_t macs[N_SERVERS][6] = { { 2, 0, 0, 0, 0xaa, 0x10 },
					    { 2, 0, 0, 0, 0xaa, 0x20 } };
static const char *const clients[] = {
	"ngtcp2-rebind", "ngtcp2-migrate", "ngtcp2-retry",
	"chromium-v4",	 "chromium-v6",	   "quic-go-v4",
	"quic-go-v6",	 "quinn-v4",	   "quinn-v6",
};
static const char *const errors[] = { "icmp-v4", "icmp-v6" };

static struct rig rig;
static struct quiclb_deployment *deployment;

/* A client's address and port, and where its packets were steered to. */
struct flow {
	uint8_t client[18];
	int server;
};

static struct flow flows[N_FLOWS]; /* of this capture */
static size_t n_flows;

static struct quiclb_address address_of(const char *text)
{
	struct quiclb_address address = { 0 };

	g_assert_cmpint(quiclb_address_parse(text, &address), ==, 0);
	return address;
}

/* Who steers: a real server, or with -1 a balancer. */
static void start(int local, int pass_initial)
{
	g_autofree char *path = capture_path("lb", ".json");
	struct quiclb_deployment_error error;
	struct quiclb_address own[2];
	size_t i;

	quiclb_deployment_free(deployment);
	if (quiclb_deployment_load(path, &deployment, &error))
		g_error("%s", error.text);
	for (i = 0; local >= 0 && i < 2; i++)
		own[i] = address_of(addresses[local][i]);
	quiclb_deployment_set_local(deployment, own, local < 0 ? 0 : 2);
	if (local < 0)
		deployment->role = QUICLB_ROLE_BALANCER;
	for (i = 0; i < deployment->n_vips; i++)
		deployment->vips[i].pass_initial = (uint8_t)pass_initial;
	deployment->icmp_rate = 0; /* no bound */
	rig_switch(&rig, deployment);
	n_flows = 0;
}

static const struct quiclb_server *server_of(size_t pool, const uint8_t *id,
					     size_t len)
{
	const struct quiclb_pool *const p = &deployment->pools[pool];
	size_t i;

	for (i = 0; i < p->n_servers; i++)
		if (p->servers[i].server_id_len == len &&
		    !memcmp(p->servers[i].server_id, id, len))
			return &p->servers[i];
	return NULL;
}

/* By the textbook: the server of a CID, or NULL and the reason. */
static const struct quiclb_server *owner_of(const struct captured *c,
					    unsigned int *reason)
{
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	const struct quiclb_server *server;
	struct textbook_config t;
	size_t i;

	*reason = c->cid[0] >> 5 == QUICLB_ROTATION_UNROUTABLE
			  ? QUICLB_REASON_RESERVED
			  : QUICLB_REASON_NO_CONFIG;
	for (i = 0; i < deployment->n_cid_configs; i++) {
		const struct quiclb_cid_config *const config =
			&deployment->cid_configs[i];

		t = unit_textbook(&config->config);
		if (t.rotation != c->cid[0] >> 5)
			continue;
		*reason = QUICLB_REASON_SHORT_CID;
		if (textbook_decode(&t, c->cid, c->cid_len, id))
			continue;
		*reason = QUICLB_REASON_UNKNOWN_SERVER;
		server = server_of(config->pool, id, t.server_id_len);
		if (server)
			return server;
	}
	return NULL;
}

/* The table's server; the textbook must agree. */
static const struct quiclb_server *expected_server(const struct captured *c,
						   unsigned int *reason)
{
	const struct quiclb_server *const server = owner_of(c, reason);

	if (server)
		g_assert_cmpmem(server->server_id, server->server_id_len,
				c->server_id, c->server_id_len);
	else
		g_assert_cmpuint(c->server_id_len, ==, 0);
	return server;
}

static int vip_of(uint8_t family)
{
	return family == 4 ? 0 : 1;
}

/* SELF or OTHER, by the address. */
static int index_of(const struct quiclb_server *server)
{
	const int vip = vip_of(server->address.family);
	const struct quiclb_address self = address_of(addresses[SELF][vip]);

	return memcmp(&self, &server->address, sizeof(self)) ? OTHER : SELF;
}

/* As it comes in here. */
static struct frame arrived(const struct captured *c)
{
	struct frame frame = c->frame;

	memcpy(frame.bytes, netns_left_mac, 6);
	return frame;
}

static void assert_leaves(const struct frame *in, int server,
			  unsigned int reason)
{
	const int vip = vip_of(in->family);
	struct rig_result result;
	struct frame out = *in;

	frame_forward(&out, macs[server], netns_left_mac);
	rig_run(&rig, in->bytes, in->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			quicsteer_reason_name(reason));
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip));
	g_assert_cmpuint(result.action, ==, XDP_TX);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

/* ---- clients ------------------------------------------------------------ */

/* The address and port of a UDP packet in IP, its source's or destination's. */
static void client_of(const uint8_t *ip, int destination, uint8_t client[18])
{
	memset(client, 0, 18);
	if (ip[0] >> 4 == 4) {
		memcpy(client, ip + (destination ? 16 : 12), 4);
		ip += 4 * (ip[0] & 15);
	} else {
		memcpy(client, ip + (destination ? 24 : 8), 16);
		ip += 40;
	}
	memcpy(client + 16, ip + (destination ? 2 : 0), 2);
}

static const struct flow *find_flow(const uint8_t client[18])
{
	size_t i;

	for (i = 0; i < n_flows; i++)
		if (!memcmp(flows[i].client, client, 18))
			return &flows[i];
	return NULL;
}

static void remember(const struct frame *frame, int server)
{
	struct flow flow = { .server = server };

	client_of(frame->bytes + frame->l3, 0, flow.client);
	if (find_flow(flow.client))
		return;
	g_assert_cmpuint(n_flows, <, N_FLOWS);
	flows[n_flows++] = flow;
}

static void expect_packet(const struct captured *c, int pass_initial)
{
	const struct frame in = arrived(c);
	const int vip = vip_of(in.family);
	const struct quiclb_server *server;
	unsigned int reason;

	server = expected_server(c, &reason);
	if (pass_initial && !strcmp(c->form, "initial") && c->version == 1) {
		rig_passes(&rig, &in, QUICLB_REASON_INITIAL_PASSED, vip);
		return;
	}
	if (!server) {
		/* a client's choice: only a first packet can have it */
		g_assert_cmpstr(c->form, ==, "initial");
		rig_passes(&rig, &in, reason, vip);
	} else if (server->local) {
		rig_passes(&rig, &in, QUICLB_REASON_LOCAL, vip);
	} else {
		assert_leaves(&in, index_of(server), QUICLB_REASON_STEERED);
		remember(&in, index_of(server));
	}
}

/* ---- ICMP errors -------------------------------------------------------- */

static void expect_error(const struct captured *c)
{
	const struct frame in = arrived(c);
	const int vip = vip_of(in.family);
	const struct quiclb_server *server;
	const struct flow *flow;
	uint8_t client[18];
	unsigned int reason;

	if (c->cid_len) {
		server = expected_server(c, &reason);
		g_assert_nonnull(server);
		if (server->local)
			rig_passes(&rig, &in, QUICLB_REASON_LOCAL, vip);
		else
			assert_leaves(&in, index_of(server),
				      QUICLB_REASON_ICMP_STEERED);
		return;
	}
	client_of(in.bytes + in.l3 + (in.family == 4 ? 28 : 48), 1, client);
	flow = find_flow(client);
	if (flow)
		assert_leaves(&in, flow->server, QUICLB_REASON_ICMP_STEERED);
	else
		rig_passes(&rig, &in, QUICLB_REASON_SHORT_CID, vip);
}

struct tally {
	size_t quic, unroutable, icmp_long, icmp_short;
};

static void replay(const char *name, int pass_initial, struct tally *tally)
{
	struct capture capture = capture_read(name);
	size_t i;

	n_flows = 0;
	for (i = 0; i < capture.n; i++) {
		const struct captured *const c = &capture.frames[i];

		if (!strcmp(c->what, "icmp")) {
			expect_error(c);
			tally->icmp_long += c->cid_len > 0;
			tally->icmp_short += !c->cid_len;
			continue;
		}
		g_assert_cmpstr(c->what, ==, "quic");
		g_assert_cmpuint(c->cid_len, >, 0);
		expect_packet(c, pass_initial);
		tally->quic++;
		tally->unroutable += !c->server_id_len;
	}
	capture_free(&capture);
}

/* A real server that is not the one, one that is, and a balancer. */
static void replay_everywhere(const char *const *names, size_t n,
			      int pass_initial)
{
	struct tally tally = { 0 };
	int local;
	size_t i;

	for (local = -1; local < N_SERVERS; local++)
		for (i = 0; i < n; i++) {
			start(local, pass_initial);
			replay(names[i], pass_initial, &tally);
		}
	g_test_message("%zu packets, %zu of them with clients' DCIDs; ICMP "
		       "about %zu long and %zu short headers",
		       tally.quic, tally.unroutable, tally.icmp_long,
		       tally.icmp_short);
}

static void clients_packets_reach_their_server(void)
{
	replay_everywhere(clients, G_N_ELEMENTS(clients), 0);
}

static void initials_pass_where_told_to(void)
{
	replay_everywhere(clients, G_N_ELEMENTS(clients), 1);
}

static void kernels_errors_reach_their_server(void)
{
	replay_everywhere(errors, G_N_ELEMENTS(errors), 0);
}

/* ---- tunnels ------------------------------------------------------------ */

/* Offset of the outer header's payload. */
static size_t behind_outer(const struct frame *t, uint8_t *protocol)
{
	const uint8_t *const ip = t->bytes + t->l3;

	if (t->family == 4) {
		*protocol = ip[9];
		g_assert_cmphex(ip[0], ==, 0x45);
		return t->l3 + 20;
	}
	*protocol = ip[6];
	if (ip[6] != DESTINATION_OPTIONS)
		return t->l3 + 40;
	*protocol = ip[40];
	return t->l3 + 48;
}

/* The captured frame without its tunnel, by what the tunnel is called. */
static struct frame inner_of(const struct captured *c)
{
	const struct frame t = arrived(c);
	struct frame in = { .l3 = t.l3 };
	uint8_t protocol;
	size_t at = behind_outer(&t, &protocol);

	if (strstr(c->what, "-gue") || strstr(c->what, "-fou")) {
		g_assert_cmpuint(protocol, ==, UDP);
		at += 8;
	}
	if (strstr(c->what, "-gue"))
		at += 4 + 4u * (t.bytes[at] & 0x1f);
	in.family = t.bytes[at] >> 4;
	memcpy(in.bytes, t.bytes, in.l3);
	frame_put16(&in, 12, in.family == 4 ? 0x0800 : 0x86dd);
	in.len = in.l3 + t.len - at;
	memcpy(in.bytes + in.l3, t.bytes + at, t.len - at);
	return in;
}

static int is_from(const struct frame *t, const char *const pair[2])
{
	const struct quiclb_address a = address_of(pair[vip_of(t->family)]);
	const size_t len = t->family == 4 ? 4 : 16;

	return !memcmp(t->bytes + t->l3 + (t->family == 4 ? 12 : 8), a.bytes,
		       len);
}

static void expect_decapsulated(const struct frame *t, const struct frame *in)
{
	struct rig_result result;

	rig_run(&rig, t->bytes, t->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			"decapsulated");
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip_of(in->family)));
	g_assert_cmpuint(result.action, ==, XDP_PASS);
	g_assert_cmpmem(result.frame, result.len, in->bytes, in->len);
}

static void put_address(struct frame *t, size_t at, const char *text)
{
	const struct quiclb_address a = address_of(text);

	memcpy(t->bytes + t->l3 + at, a.bytes, a.family == 4 ? 4 : 16);
}

/* What goes on: other addresses outside, no UDP checksum there. */
static void expect_retargeted(const struct frame *t, int vip)
{
	const int six = vip_of(t->family);
	struct frame out = *t;
	struct rig_result result;
	uint8_t protocol;
	const size_t at = behind_outer(t, &protocol);

	put_address(&out, six ? 8 : 12, addresses[SELF][six]);
	put_address(&out, six ? 24 : 16, addresses[OTHER][six]);
	if (protocol == UDP)
		frame_put16(&out, at + 6, 0);
	frame_forward(&out, macs[OTHER], netns_left_mac);
	rig_run(&rig, t->bytes, t->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==, "steered");
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip));
	g_assert_cmpuint(result.action, ==, XDP_TX);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

static void expect_from_balancer(const struct captured *c,
				 const struct frame *t, int vip)
{
	const struct quiclb_server *server;
	unsigned int reason;

	server = expected_server(c, &reason);
	g_assert_nonnull(server);
	if (server->local)
		rig_passes(&rig, t, QUICLB_REASON_LOCAL, vip);
	else if (server->address.family != t->family)
		rig_passes(&rig, t, QUICLB_REASON_NO_NEIGHBOUR, vip);
	else
		expect_retargeted(t, vip);
}

/* Only the tunnel device that they are for can undo remote checksums. */
static int has_remote_checksum(const struct captured *c)
{
	return strstr(c->what, "-remcsum") != NULL;
}

static void kernels_tunnels_are_understood(void)
{
	static const char *const balancer[2] = { "192.0.2.99",
						 "2001:db8:1::99" };
	struct capture capture = capture_read("tunnels");
	size_t i, n[2] = { 0 };

	start(SELF, 0);
	for (i = 0; i < capture.n; i++) {
		const struct captured *const c = &capture.frames[i];
		const struct frame t = arrived(c), in = inner_of(c);

		if (is_from(&t, balancer)) {
			expect_from_balancer(c, &t, vip_of(in.family));
			n[0]++;
		} else if (has_remote_checksum(c)) {
			rig_passes(&rig, &t, QUICLB_REASON_NOT_VIP, -1);
		} else {
			g_assert_true(is_from(&t, addresses[OTHER]));
			expect_decapsulated(&t, &in);
			n[1]++;
		}
	}
	g_test_message("%zu packets of a balancer, %zu of a peer", n[0], n[1]);
	capture_free(&capture);
}

static const struct unit_case cases[] = {
	{ "clients_packets_reach_their_server",
	  clients_packets_reach_their_server },
	{ "initials_pass_where_told_to", initials_pass_where_told_to },
	{ "kernels_errors_reach_their_server",
	  kernels_errors_reach_their_server },
	{ "kernels_tunnels_are_understood", kernels_tunnels_are_understood },
};

int main(int argc, char **argv)
{
	int result, i;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	for (i = 0; i < N_SERVERS; i++) {
		netns_neighbour("left", addresses[i][0], macs[i]);
		netns_neighbour("left", addresses[i][1], macs[i]);
	}
	rig_open(&rig, "left", 4, 1024, N_FLOWS);
	unit_add("captures", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	quiclb_deployment_free(deployment);
	rig_close(&rig);
	return result;
}
