/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator chooses, by the real program: states of servers, and the
 * policies of a VIP.  A VIP for each policy; all have the same servers.
 */
#include <linux/bpf.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define PORT 443
#define V2 0x6b3343cfu

/* Server IDs, one byte. */
enum { UP, DRAINING, DOWN, LOCAL_UP, LOCAL_DRAINING, LOCAL_DOWN, N_IDS };
#define UNKNOWN 0xee

/* VIPs; the family alternates. */
enum { PLAIN, STEER, DROP, PASS_INITIAL, DEMULTIPLEX, ALL, N_VIPS };
static const char *const vips[N_VIPS] = {
	[PLAIN] = "203.0.113.1",       [STEER] = "2001:db8:ff::2",
	[DROP] = "203.0.113.3",	       [PASS_INITIAL] = "2001:db8:ff::4",
	[DEMULTIPLEX] = "203.0.113.5", [ALL] = "2001:db8:ff::6",
};

static struct rig rig;
static struct quiclb_config config;

static void mac_of(unsigned int id, uint8_t mac[6])
{
	memcpy(mac, "\x02\x00\x00\x00\xaa", 5);
	mac[5] = (uint8_t)id;
}

static void address_of(unsigned int id, char text[32])
{
	g_snprintf(text, 32, "192.0.2.%u", 10 + id);
}

static void start(void)
{
	static const uint8_t states[N_IDS] = {
		[DRAINING] = QUICLB_SERVER_DRAINING,
		[LOCAL_DRAINING] = QUICLB_SERVER_DRAINING,
		[DOWN] = QUICLB_SERVER_DOWN,
		[LOCAL_DOWN] = QUICLB_SERVER_DOWN,
	};
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	const size_t pool = deploy_pool(d, N_IDS);
	int index;
	uint8_t i;

	for (i = 0; i < N_IDS; i++) {
		char address[32];

		address_of(i, address);
		deploy_server(d, pool, &i, 1, address, i >= LOCAL_UP);
		d->pools[pool].servers[i].state = states[i];
	}
	unit_config(&config, QUICLB_CODEC_FOUR_PASS, 1, 7);
	index = deploy_config(d, pool, &config);
	for (i = 0; i < N_VIPS; i++)
		deploy_vip(d, vips[i], PORT, &index, 1);
	d->vips[STEER].server_down = QUICLB_DOWN_STEER;
	d->vips[DROP].server_down = QUICLB_DOWN_DROP;
	d->vips[PASS_INITIAL].pass_initial = 1;
	d->vips[DEMULTIPLEX].demultiplex = 1;
	d->vips[ALL].server_down = QUICLB_DOWN_DROP;
	d->vips[ALL].pass_initial = 1;
	d->vips[ALL].demultiplex = 1;
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

static struct frame frame_with(int vip, const struct quic *quic)
{
	struct frame_spec spec;
	struct frame frame;

	frame_spec_init(&spec, vips[vip], PORT);
	frame_build(&frame, &spec, quic);
	return frame;
}

/* A short header with a CID for the server. */
static struct frame frame_to(int vip, uint8_t id)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;

	quic_short(&quic, cid, deploy_cid(&config, &id, cid));
	return frame_with(vip, &quic);
}

static void passes(const struct frame *frame, unsigned int reason, int vip)
{
	rig_passes(&rig, frame, reason, vip);
}

static void reaches(const struct frame *frame, int vip, unsigned int id)
{
	struct frame out = *frame;
	uint8_t mac[6];

	mac_of(id, mac);
	frame_forward(&out, mac, netns_left_mac);
	rig_steers(&rig, frame, &out, XDP_TX, vip);
}

static void is_dropped(const struct frame *frame, int vip)
{
	struct rig_result result;

	rig_run(&rig, frame->bytes, frame->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			"server_down");
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip));
	g_assert_cmpuint(result.action, ==, XDP_DROP);
}

/* ---- states ------------------------------------------------------------- */

static void packets_of_server_that_is_down_go_by_policy(void)
{
	struct frame f;
	int vip;

	for (vip = 0; vip < N_VIPS; vip++) {
		f = frame_to(vip, DOWN);
		if (vip == STEER)
			reaches(&f, vip, DOWN);
		else if (vip == DROP || vip == ALL)
			is_dropped(&f, vip);
		else
			passes(&f, QUICLB_REASON_SERVER_DOWN, vip);
	}
}

static void up_and_draining_are_steered_whatever_the_policy(void)
{
	struct frame f;
	int vip;

	for (vip = 0; vip < N_VIPS; vip++) {
		f = frame_to(vip, UP);
		reaches(&f, vip, UP);
		f = frame_to(vip, DRAINING);
		reaches(&f, vip, DRAINING);
	}
}

static void own_packets_are_local_in_every_state(void)
{
	struct frame f;
	uint8_t id;
	int vip;

	for (vip = 0; vip < N_VIPS; vip++)
		for (id = LOCAL_UP; id <= LOCAL_DOWN; id++) {
			f = frame_to(vip, id);
			passes(&f, QUICLB_REASON_LOCAL, vip);
		}
}

/* Nothing but the state of a known server drops. */
static void drop_is_of_known_servers_alone(void)
{
	struct frame f = frame_to(DROP, UNKNOWN);

	passes(&f, QUICLB_REASON_UNKNOWN_SERVER, DROP);
	f.bytes[f.payload + 1] |= 0xe0;
	passes(&f, QUICLB_REASON_RESERVED, DROP);
	f = frame_to(DROP, DOWN);
	f.bytes[0] |= 1; /* to a group */
	passes(&f, QUICLB_REASON_NOT_VIP, -1);
	f = frame_to(DROP, DOWN);
	frame_put16(&f, f.l4 + 2, PORT + 1);
	passes(&f, QUICLB_REASON_NOT_VIP, -1);
	f = frame_to(DROP, DOWN);
	f.len--;
	passes(&f, QUICLB_REASON_TRUNCATED, -1);
}

/* Whoever it is for must see it: a switch may flood it to all. */
static void drop_is_of_frames_to_this_host_alone(void)
{
	const uint8_t vrrp4[6] = { 0, 0, 0x5e, 0, 0x01, 0x07 };
	const uint8_t vrrp6[6] = { 0, 0, 0x5e, 0, 0x02, 0xff };
	const uint8_t close[6] = { 0, 0, 0x5e, 0, 0x03, 0x07 };
	struct frame f = frame_to(DROP, DOWN);
	unsigned int bit;

	for (bit = 1; bit < 48; bit++) { /* bit 0: to a group */
		f = frame_to(DROP, DOWN);
		f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		passes(&f, QUICLB_REASON_OTHER_HOST, DROP);
	}
	memcpy(f.bytes, close, sizeof(close));
	passes(&f, QUICLB_REASON_OTHER_HOST, DROP);
	memcpy(f.bytes, netns_right_mac, 6);
	passes(&f, QUICLB_REASON_OTHER_HOST, DROP);
	memcpy(f.bytes, vrrp4, sizeof(vrrp4));
	is_dropped(&f, DROP);
	memcpy(f.bytes, vrrp6, sizeof(vrrp6));
	is_dropped(&f, DROP);
	/* what passes anyway is not looked at so */
	f = frame_to(PLAIN, DOWN);
	memcpy(f.bytes, netns_right_mac, 6);
	passes(&f, QUICLB_REASON_SERVER_DOWN, PLAIN);
}

/* The loop guard and TTL are of packets that are sent on. */
static void guards_of_steering_hold_for_servers_that_are_down(void)
{
	struct frame f = frame_to(STEER, DOWN);

	f.bytes[f.l3 + 7] = 1;
	passes(&f, QUICLB_REASON_TTL, STEER);
	f = frame_to(STEER, DOWN);
	mac_of(UP, f.bytes + 6);
	passes(&f, QUICLB_REASON_FROM_PEER, STEER);
	mac_of(DOWN, f.bytes + 6);
	passes(&f, QUICLB_REASON_FROM_PEER, STEER);
}

/* ---- initial ------------------------------------------------------------ */

enum { INITIAL, ZERO_RTT, HANDSHAKE, RETRY, N_TYPES };

/*
 * A long header of a type of version 1 or 2, or the same bits in another
 * version, with a CID for the server; behind the SCID, the token's length.
 */
static struct frame client_frame(int vip, uint32_t version, unsigned int type,
				 uint8_t id, uint8_t token)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;

	quic_long(&quic, version, cid, deploy_cid(&config, &id, cid));
	if (version == V2)
		type = (type + 1) % N_TYPES;
	quic.bytes[0] = (uint8_t)(0xc3 | type << 4);
	quic.bytes[quic.len - QUIC_REST_BYTES] = token;
	return frame_with(vip, &quic);
}

static const uint32_t versions[] = { 1, V2, 0, 2, 0x1a2a3a4a, 0xff00001d };

/* Also if the CID would name a server, as that of a client may by chance. */
static void first_packets_are_passed_where_the_vip_says_so(void)
{
	unsigned int i, j;
	struct frame f;
	int vip;

	for (vip = 0; vip < N_VIPS; vip++)
		for (i = 0; i < G_N_ELEMENTS(versions); i++)
			for (j = 0; j < N_TYPES * 2; j++) {
				const unsigned int type = j / 2, token = j % 2;
				const int first =
					i < 2 && (type == ZERO_RTT ||
						  (type == INITIAL && !token));

				f = client_frame(vip, versions[i], type, UP,
						 (uint8_t)(token * 0x41));
				if (first &&
				    (vip == PASS_INITIAL || vip == ALL))
					passes(&f, QUICLB_REASON_INITIAL_PASSED,
					       vip);
				else
					reaches(&f, vip, UP);
			}
}

/* Whatever the CID: of nobody, of this host, of a server that is down. */
static void passed_packets_are_not_decoded(void)
{
	static const uint8_t ids[] = { UNKNOWN, LOCAL_UP, DOWN };
	struct frame f;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(ids); i++) {
		f = client_frame(ALL, 1, INITIAL, ids[i], 0);
		passes(&f, QUICLB_REASON_INITIAL_PASSED, ALL);
	}
	f = client_frame(PLAIN, 1, INITIAL, UNKNOWN, 0);
	passes(&f, QUICLB_REASON_UNKNOWN_SERVER, PLAIN);
	f = client_frame(PLAIN, 1, INITIAL, LOCAL_UP, 0);
	passes(&f, QUICLB_REASON_LOCAL, PLAIN);
	f = client_frame(PLAIN, 1, INITIAL, DOWN, 0);
	passes(&f, QUICLB_REASON_SERVER_DOWN, PLAIN);
	/* after Retry it is decoded, and may find that nobody has it */
	f = client_frame(ALL, 1, INITIAL, UNKNOWN, 0x20);
	passes(&f, QUICLB_REASON_UNKNOWN_SERVER, ALL);
	f = client_frame(ALL, 1, INITIAL, DOWN, 0x20);
	is_dropped(&f, ALL);
}

/* A client chooses 8 bytes or more; here every length, empty too. */
static void length_of_the_cid_does_not_matter(void)
{
	uint8_t dcid[255];
	struct quic quic;
	struct frame f;
	unsigned int len;

	for (len = 0; len < sizeof(dcid); len++) {
		unit_random(dcid, sizeof(dcid));
		quic_long(&quic, 1, dcid, len);
		quic.bytes[0] = 0xc3;
		quic.bytes[quic.len - QUIC_REST_BYTES] = 0;
		f = frame_with(PASS_INITIAL, &quic);
		passes(&f, QUICLB_REASON_INITIAL_PASSED, PASS_INITIAL);
	}
}

/* Cut by the UDP length: a token that is not there is none. */
static void cut_initial_is_passed(void)
{
	const struct frame whole =
		client_frame(PASS_INITIAL, 1, INITIAL, UP, 0x41);
	const size_t token = whole.len - QUIC_REST_BYTES;
	struct frame f = whole;

	for (f.len = whole.payload + 1; f.len <= whole.len; f.len++) {
		frame_put16(&f, f.l4 + 4, (unsigned int)(f.len - f.l4));
		frame_put16(&f, f.l3 + 4, (unsigned int)(f.len - f.l4));
		if (f.len < whole.payload + 6 + 9) /* header and DCID */
			passes(&f, QUICLB_REASON_TRUNCATED, PASS_INITIAL);
		else if (f.len <= token)
			passes(&f, QUICLB_REASON_INITIAL_PASSED, PASS_INITIAL);
		else
			reaches(&f, PASS_INITIAL, UP);
	}
}

static void short_header_is_no_first_packet(void)
{
	struct frame f;
	unsigned int byte;

	for (byte = 0; byte < 0x80; byte++) {
		f = frame_to(PASS_INITIAL, UP);
		f.bytes[f.payload] = (uint8_t)byte;
		reaches(&f, PASS_INITIAL, UP);
	}
}

/* ---- demultiplex -------------------------------------------------------- */

/* RFC 9443, 3: 64..127 and 192..255 are QUIC's. */
static void first_bytes_of_others_pass_where_the_vip_says_so(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const uint8_t id = UP;
	struct quic quic;
	unsigned int byte;
	struct frame f;
	int vip;

	for (vip = PLAIN; vip <= DEMULTIPLEX; vip += DEMULTIPLEX)
		for (byte = 0; byte < 256; byte++) {
			const size_t len = deploy_cid(&config, &id, cid);

			if (byte & 0x80)
				quic_long(&quic, 1, cid, len);
			else
				quic_short(&quic, cid, len);
			quic.bytes[0] = (uint8_t)byte;
			f = frame_with(vip, &quic);
			if (vip == PLAIN || (byte >= 64 && byte <= 127) ||
			    byte >= 192)
				reaches(&f, vip, UP);
			else
				passes(&f, QUICLB_REASON_NOT_QUIC, vip);
		}
}

/* Of a datagram of one byte too, and before all other policies. */
static void first_byte_is_looked_at_first(void)
{
	struct quic quic = { { 0x14 }, 1 };
	struct frame f = frame_with(DEMULTIPLEX, &quic);

	passes(&f, QUICLB_REASON_NOT_QUIC, DEMULTIPLEX);
	quic.bytes[0] = 0x54;
	f = frame_with(DEMULTIPLEX, &quic);
	passes(&f, QUICLB_REASON_SHORT_CID, DEMULTIPLEX);
	f = client_frame(ALL, 1, INITIAL, UP, 0);
	f.bytes[f.payload] &= 0xbf;
	passes(&f, QUICLB_REASON_NOT_QUIC, ALL);
	f = frame_to(ALL, DOWN);
	f.bytes[f.payload] &= 0xbf;
	passes(&f, QUICLB_REASON_NOT_QUIC, ALL);
}

/* What QUIC's headers would make of the rest does not matter. */
static void rtp_and_rtcp_are_not_cut_quic(void)
{
	static const struct quic rtp = { { 0x80, 96, 0, 1, 0, 0xff }, 20 };
	static const struct quic rtcp = { { 0x81, 201, 0, 0 }, 4 };
	static const struct quic stun = { { 0x00, 0x01 }, 2 };
	static const struct quic *const all[] = { &rtp, &rtcp, &stun };
	struct quic one = rtp;
	struct frame f;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(all); i++) {
		f = frame_with(DEMULTIPLEX, all[i]);
		passes(&f, QUICLB_REASON_NOT_QUIC, DEMULTIPLEX);
		f = frame_with(ALL, all[i]);
		passes(&f, QUICLB_REASON_NOT_QUIC, ALL);
	}
	for (one.len = 1; one.len <= rtp.len; one.len++) {
		f = frame_with(DEMULTIPLEX, &one);
		passes(&f, QUICLB_REASON_NOT_QUIC, DEMULTIPLEX);
	}
	f = frame_with(PLAIN, &rtp);
	passes(&f, QUICLB_REASON_TRUNCATED, PLAIN);
	f = frame_with(PLAIN, &rtcp);
	passes(&f, QUICLB_REASON_TRUNCATED, PLAIN);
}

/* It has no first byte. */
static void empty_datagram_is_cut(void)
{
	static const struct quic nothing = { .len = 0 };
	struct frame f = frame_with(DEMULTIPLEX, &nothing);

	passes(&f, QUICLB_REASON_TRUNCATED, DEMULTIPLEX);
	/* nor has one whose only byte lies behind the UDP length */
	frame_pad(&f, 1);
	f.bytes[f.len - 1] = 0x80;
	passes(&f, QUICLB_REASON_TRUNCATED, DEMULTIPLEX);
}

static const struct unit_case cases[] = {
	{ "packets_of_server_that_is_down_go_by_policy",
	  packets_of_server_that_is_down_go_by_policy },
	{ "up_and_draining_are_steered_whatever_the_policy",
	  up_and_draining_are_steered_whatever_the_policy },
	{ "own_packets_are_local_in_every_state",
	  own_packets_are_local_in_every_state },
	{ "drop_is_of_known_servers_alone", drop_is_of_known_servers_alone },
	{ "drop_is_of_frames_to_this_host_alone",
	  drop_is_of_frames_to_this_host_alone },
	{ "guards_of_steering_hold_for_servers_that_are_down",
	  guards_of_steering_hold_for_servers_that_are_down },
	{ "first_packets_are_passed_where_the_vip_says_so",
	  first_packets_are_passed_where_the_vip_says_so },
	{ "passed_packets_are_not_decoded", passed_packets_are_not_decoded },
	{ "length_of_the_cid_does_not_matter",
	  length_of_the_cid_does_not_matter },
	{ "cut_initial_is_passed", cut_initial_is_passed },
	{ "short_header_is_no_first_packet", short_header_is_no_first_packet },
	{ "first_bytes_of_others_pass_where_the_vip_says_so",
	  first_bytes_of_others_pass_where_the_vip_says_so },
	{ "first_byte_is_looked_at_first", first_byte_is_looked_at_first },
	{ "rtp_and_rtcp_are_not_cut_quic", rtp_and_rtcp_are_not_cut_quic },
	{ "empty_datagram_is_cut", empty_datagram_is_cut },
};

int main(int argc, char **argv)
{
	unsigned int i;
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	for (i = 0; i < N_IDS; i++) {
		char address[32];
		uint8_t mac[6];

		address_of(i, address);
		mac_of(i, mac);
		netns_neighbour("left", address, mac);
	}
	unit_add("policies", cases, G_N_ELEMENTS(cases));
	rig_open(&rig, "left", N_IDS, 1024, 0);
	start();
	result = g_test_run();
	rig_close(&rig);
	return result;
}
