/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP errors about packets from a VIP, and packets whose CID does not tell, by
 * the real program: they follow the packet that they are about.
 */
#include <linux/bpf.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define PORT 443
#define ID_LEN 4

enum { SELF, OTHER, THIRD, N_SERVERS };
static const char *const addresses[N_SERVERS] = { "192.0.2.1", "192.0.2.20",
						  "192.0.2.30" };
enum { VIP4, VIP6, N_VIPS };
static const char *const vips[N_VIPS] = { "203.0.113.1", "2001:db8:ff::1" };

static struct rig rig;
static struct quiclb_config config;

static void mac_of(int server, uint8_t mac[6])
{
	memcpy(mac, "\x02\x00\x00\x00\xaa", 5);
	mac[5] = (uint8_t)server;
}

static void id_of(int server, uint8_t id[ID_LEN])
{
	memset(id, 0xd5, ID_LEN);
	id[0] = (uint8_t)server;
}

static void start(uint32_t icmp_rate)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	const size_t pool = deploy_pool(d, N_SERVERS);
	const int index = deploy_config(d, pool, &config);
	uint8_t id[ID_LEN];
	int i;

	for (i = 0; i < N_SERVERS; i++) {
		id_of(i, id);
		deploy_server(d, pool, id, ID_LEN, addresses[i], i == SELF);
	}
	for (i = 0; i < N_VIPS; i++)
		deploy_vip(d, vips[i], PORT, &index, 1);
	d->vips[VIP6].pass_initial = 1;
	d->icmp_rate = icmp_rate;
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

static size_t cid_of(int server, uint8_t cid[QUICLB_CID_MAX_BYTES])
{
	uint8_t id[ID_LEN];

	id_of(server, id);
	return deploy_cid(&config, id, cid);
}

static struct frame frame_with(int vip, const struct quic *quic)
{
	struct frame_spec spec;
	struct frame frame;

	frame_spec_init(&spec, vips[vip], PORT);
	frame_build(&frame, &spec, quic);
	return frame;
}

static struct frame short_to(int vip, int server)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;

	quic_short(&quic, cid, cid_of(server, cid));
	return frame_with(vip, &quic);
}

/* A short header with a CID that tells nothing: a stateless reset, say. */
static struct frame random_to(int vip)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;

	unit_random(cid, sizeof(cid));
	cid[0] &= 0x1f;
	quic_short(&quic, cid, sizeof(cid));
	return frame_with(vip, &quic);
}

static void assert_reaches(const struct frame *in, int vip, int server,
			   unsigned int reason)
{
	struct rig_result result;
	struct frame out = *in;
	uint8_t mac[6];

	mac_of(server, mac);
	frame_forward(&out, mac, netns_left_mac);
	rig_run(&rig, in->bytes, in->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
			quicsteer_reason_name(reason));
	g_assert_cmpuint(result.row, ==, rig_row(&rig, vip));
	g_assert_cmpuint(result.action, ==, XDP_TX);
	g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
}

/* ---- ICMP errors -------------------------------------------------------- */

/* What the VIP had sent to the client of in: addresses and ports turned. */
static struct frame answer(const struct frame *in, const struct quic *quic)
{
	const size_t address = in->family == 4 ? 12 : 8;
	const size_t len = in->family == 4 ? 4 : 16;
	struct frame out = *in;

	memcpy(out.bytes + out.l3 + address, in->bytes + in->l3 + address + len,
	       len);
	memcpy(out.bytes + out.l3 + address + len, in->bytes + in->l3 + address,
	       len);
	memcpy(out.bytes + out.l4, in->bytes + in->l4 + 2, 2);
	memcpy(out.bytes + out.l4 + 2, in->bytes + in->l4, 2);
	memcpy(out.bytes + out.payload, quic->bytes, quic->len);
	out.len = out.payload + quic->len;
	frame_put16(&out, out.l4 + 4, (unsigned int)(8 + quic->len));
	if (out.family == 4)
		frame_put16(&out, out.l3 + 2, (unsigned int)(out.len - out.l3));
	else
		frame_put16(&out, out.l3 + 4, (unsigned int)(out.len - out.l4));
	frame_checksum(&out);
	return out;
}

/* A router's error about a packet, quoting so many bytes of it. */
static struct frame error_about(const struct frame *sent, int vip, uint8_t type,
				size_t quoted)
{
	const size_t head = sent->family == 4 ? 20 : 40;
	struct frame_spec spec;
	const struct quic none = { .len = 0 };
	struct frame out;

	frame_spec_init(&spec, vips[vip], PORT);
	frame_build(&out, &spec, &none);
	out.payload = out.l3 + head + 8;
	memset(out.bytes + out.l3 + head, 0, 8);
	out.bytes[out.l3 + head] = type;
	memcpy(out.bytes + out.payload, sent->bytes + sent->l3, quoted);
	out.len = out.payload + quoted;
	if (out.family == 4) {
		frame_put16(&out, out.l3 + 2, (unsigned int)(out.len - out.l3));
		out.bytes[out.l3 + 9] = 1;
	} else {
		frame_put16(&out, out.l3 + 4, (unsigned int)(8 + quoted));
		out.bytes[out.l3 + 6] = 58;
	}
	frame_checksum(&out);
	return out;
}

/* A packet of a server to its client: long, with its own CID as SCID. */
static struct frame sent_long(int vip, int server, size_t dcid_len)
{
	const struct frame in = short_to(vip, server);
	uint8_t dcid[QUICLB_CID_MAX_BYTES], cid[QUICLB_CID_MAX_BYTES];
	const size_t len = cid_of(server, cid);
	struct quic quic;

	unit_random(dcid, sizeof(dcid));
	quic_long(&quic, QUIC_V1, dcid, dcid_len);
	quic.len = 6 + dcid_len;
	quic.bytes[quic.len++] = (uint8_t)len;
	memcpy(quic.bytes + quic.len, cid, len);
	quic.len += len;
	memset(quic.bytes + quic.len, 0x3a, 30);
	quic.len += 30;
	return answer(&in, &quic);
}

static struct frame sent_short(int vip)
{
	const struct frame in = short_to(vip, OTHER);
	uint8_t dcid[8] = { 0xe1 };
	struct quic quic;

	quic_short(&quic, dcid, sizeof(dcid));
	return answer(&in, &quic);
}

static size_t whole(const struct frame *sent)
{
	return sent->len - sent->l3;
}

static void error_follows_the_scid(void)
{
	static const uint8_t types4[] = { 3, 11, 12 };
	static const uint8_t types6[] = { 1, 2, 3, 4 };
	size_t i, len;

	start(0);
	for (len = 0; len <= 20; len++) {
		const struct frame a = sent_long(VIP4, OTHER, len);
		const struct frame b = sent_long(VIP6, THIRD, len);

		for (i = 0; i < G_N_ELEMENTS(types4); i++) {
			const struct frame e =
				error_about(&a, VIP4, types4[i], whole(&a));

			assert_reaches(&e, VIP4, OTHER,
				       QUICLB_REASON_ICMP_STEERED);
		}
		for (i = 0; i < G_N_ELEMENTS(types6); i++) {
			const struct frame e =
				error_about(&b, VIP6, types6[i], whole(&b));

			assert_reaches(&e, VIP6, THIRD,
				       QUICLB_REASON_ICMP_STEERED);
		}
	}
}

static void error_about_our_packet_is_local(void)
{
	const struct frame sent = sent_long(VIP4, SELF, 8);
	const struct frame e = error_about(&sent, VIP4, 3, whole(&sent));

	start(0);
	rig_passes(&rig, &e, QUICLB_REASON_LOCAL, VIP4);
}

/* Echo, redirect and whatever else is not about a packet. */
static void other_messages_are_not_vip(void)
{
	const struct frame sent[N_VIPS] = { sent_long(VIP4, OTHER, 8),
					    sent_long(VIP6, OTHER, 8) };
	unsigned int type;
	int vip;

	start(0);
	for (vip = 0; vip < N_VIPS; vip++)
		for (type = 0; type < 256; type++) {
			const struct frame e =
				error_about(&sent[vip], vip, (uint8_t)type,
					    whole(&sent[vip]));
			const int error =
				vip == VIP4
					? type == 3 || type == 11 || type == 12
					: type >= 1 && type <= 4;

			if (error)
				assert_reaches(&e, vip, OTHER,
					       QUICLB_REASON_ICMP_STEERED);
			else
				rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
		}
}

/* Quotes end early; routers need quote but 8 bytes behind IP (RFC 792). */
static void short_quotes_pass(void)
{
	const struct frame sent = sent_long(VIP4, OTHER, 8);
	const size_t needed = 28 + 6 + 8 + 1 + 13;
	size_t n;

	start(0);
	for (n = 0; n <= whole(&sent); n++) {
		const struct frame e = error_about(&sent, VIP4, 3, n);

		if (n < 28)
			rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
		else if (n < needed)
			rig_passes(&rig, &e, QUICLB_REASON_SHORT_CID, VIP4);
		else
			assert_reaches(&e, VIP4, OTHER,
				       QUICLB_REASON_ICMP_STEERED);
	}
}

/* The quoted packet must have come from the VIP that the error went to. */
static void quotes_of_others_are_not_vip(void)
{
	struct frame sent = sent_long(VIP4, OTHER, 8), e;
	size_t i;

	start(0);
	for (i = 12; i < 16; i++) {
		sent.bytes[sent.l3 + i] ^= 1;
		e = error_about(&sent, VIP4, 3, whole(&sent));
		rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
		sent.bytes[sent.l3 + i] ^= 1;
	}
	sent.bytes[sent.l3 + 9] = 6;
	e = error_about(&sent, VIP4, 3, whole(&sent));
	rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
	sent.bytes[sent.l3 + 9] = 17;
	frame_put16(&sent, sent.l4, PORT + 1);
	e = error_about(&sent, VIP4, 3, whole(&sent));
	rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
	sent = sent_long(VIP6, OTHER, 8);
	for (i = 8; i < 24; i++) {
		sent.bytes[sent.l3 + i] ^= 1;
		e = error_about(&sent, VIP6, 1, whole(&sent));
		rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
		sent.bytes[sent.l3 + i] ^= 1;
	}
}

static void error_about_a_short_header_follows_the_flow(void)
{
	int vip;

	start(0);
	for (vip = 0; vip < N_VIPS; vip++) {
		const struct frame sent = sent_short(vip);
		const struct frame e = error_about(
			&sent, vip, vip == VIP4 ? 3 : 1, whole(&sent));
		const struct frame in = short_to(vip, THIRD);

		rig_passes(&rig, &e, QUICLB_REASON_SHORT_CID, vip);
		assert_reaches(&in, vip, THIRD, QUICLB_REASON_STEERED);
		assert_reaches(&e, vip, THIRD, QUICLB_REASON_ICMP_STEERED);
	}
}

static void errors_have_a_budget(void)
{
	const struct frame sent = sent_long(VIP4, OTHER, 8);
	const struct frame e = error_about(&sent, VIP4, 3, whole(&sent));

	start(1);
	rig_set_credit(&rig, 0, 0);
	rig_passes(&rig, &e, QUICLB_REASON_OVERLOAD, VIP4);
	rig_set_credit(&rig, 1000000000, 0);
	assert_reaches(&e, VIP4, OTHER, QUICLB_REASON_ICMP_STEERED);
}

/* ---- flows -------------------------------------------------------------- */

static void reset_follows_the_flow(void)
{
	const struct frame reset = random_to(VIP4);
	struct frame in, other;

	start(0);
	rig_passes(&rig, &reset, QUICLB_REASON_UNKNOWN_SERVER, VIP4);
	in = short_to(VIP4, OTHER);
	assert_reaches(&in, VIP4, OTHER, QUICLB_REASON_STEERED);
	assert_reaches(&reset, VIP4, OTHER, QUICLB_REASON_STEERED);
	/* of another port it is another flow */
	other = reset;
	frame_put16(&other, other.l4, 40001);
	rig_passes(&rig, &other, QUICLB_REASON_UNKNOWN_SERVER, VIP4);
	/* the last server counts */
	in = short_to(VIP4, THIRD);
	assert_reaches(&in, VIP4, THIRD, QUICLB_REASON_STEERED);
	assert_reaches(&reset, VIP4, THIRD, QUICLB_REASON_STEERED);
}

/* Its packets may have CIDs of another server than ours, or unroutable ones. */
static void new_connection_ends_the_flow(void)
{
	const struct frame reset = random_to(VIP4);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame in, initial;
	struct quic quic;
	size_t len;
	int local;

	for (local = 0; local <= 1; local++) {
		start(0);
		in = short_to(VIP4, OTHER);
		assert_reaches(&in, VIP4, OTHER, QUICLB_REASON_STEERED);
		if (local) {
			len = cid_of(SELF, cid);
		} else {
			unit_random(cid, sizeof(cid));
			cid[0] |= 0xe0;
			len = 8;
		}
		quic_long(&quic, QUIC_V1, cid, len);
		initial = frame_with(VIP4, &quic);
		rig_passes(&rig, &initial,
			   local ? QUICLB_REASON_LOCAL : QUICLB_REASON_RESERVED,
			   VIP4);
		rig_passes(&rig, &reset, QUICLB_REASON_UNKNOWN_SERVER, VIP4);
	}
}

/* What the flow said does not become what the CID said. */
static void flow_survives_what_followed_it(void)
{
	struct frame reset, in, other;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quic quic;
	int i;

	start(0);
	in = short_to(VIP4, OTHER);
	assert_reaches(&in, VIP4, OTHER, QUICLB_REASON_STEERED);
	unit_random(cid, sizeof(cid));
	for (i = 0; i < 3; i++) {
		/* one that decodes to nobody, one that is not decoded */
		cid[0] = i % 2 ? 0xe1 : 0x01;
		quic_short(&quic, cid, sizeof(cid));
		reset = frame_with(VIP4, &quic);
		/* another flow comes between */
		other = short_to(VIP4, THIRD);
		frame_put16(&other, other.l4, 40001);
		assert_reaches(&other, VIP4, THIRD, QUICLB_REASON_STEERED);
		assert_reaches(&reset, VIP4, OTHER, QUICLB_REASON_STEERED);
	}
}

/* Where first packets are not decoded they begin a connection as well. */
static void passed_initial_ends_the_flow(void)
{
	const struct frame reset = random_to(VIP6);
	uint8_t cid[8] = { 0x17 };
	struct frame in, initial;
	struct quic quic;

	start(0);
	in = short_to(VIP6, OTHER);
	assert_reaches(&in, VIP6, OTHER, QUICLB_REASON_STEERED);
	quic_long(&quic, QUIC_V1, cid, sizeof(cid));
	quic.bytes[6 + sizeof(cid)] = 0;     /* no SCID */
	quic.bytes[6 + sizeof(cid) + 1] = 0; /* no token */
	initial = frame_with(VIP6, &quic);
	rig_passes(&rig, &initial, QUICLB_REASON_INITIAL_PASSED, VIP6);
	rig_passes(&rig, &reset, QUICLB_REASON_UNKNOWN_SERVER, VIP6);
}

/* Options of the quoted packet's IPv4 header. */
static void quoted_options_are_skipped(void)
{
	const struct frame sent = sent_long(VIP4, OTHER, 8);
	struct frame e;
	size_t words;

	start(0);
	for (words = 0; words <= 10; words++) {
		struct frame more = sent;

		memmove(more.bytes + more.l4 + 4 * words, sent.bytes + sent.l4,
			sent.len - sent.l4);
		memset(more.bytes + more.l4, 1, 4 * words);
		more.bytes[more.l3] = (uint8_t)(0x45 + words);
		more.len += 4 * words;
		e = error_about(&more, VIP4, 3, whole(&more));
		assert_reaches(&e, VIP4, OTHER, QUICLB_REASON_ICMP_STEERED);
	}
	/* a header that is longer than the quote, or shorter than any */
	e = error_about(&sent, VIP4, 3, 30);
	e.bytes[e.payload] = 0x4f;
	rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
	e = error_about(&sent, VIP4, 3, whole(&sent));
	e.bytes[e.payload] = 0x44;
	rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
}

/* Bytes behind the IP packet are no part of the quote. */
static void padding_is_no_quote(void)
{
	const struct frame sent = sent_long(VIP4, OTHER, 8);
	const size_t needed = 28 + 6 + 8 + 1 + 13;
	struct frame e = error_about(&sent, VIP4, 3, needed);
	const unsigned int total = frame_get16(&e, e.l3 + 2);

	start(0);
	assert_reaches(&e, VIP4, OTHER, QUICLB_REASON_ICMP_STEERED);
	frame_put16(&e, e.l3 + 2, total - 1);
	frame_checksum(&e);
	rig_passes(&rig, &e, QUICLB_REASON_SHORT_CID, VIP4);
	frame_put16(&e, e.l3 + 2, total - (unsigned int)needed + 27);
	frame_checksum(&e);
	rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
}

static void quoted_fragments_are_not_vip(void)
{
	struct frame sent = sent_long(VIP4, OTHER, 8), e;
	unsigned int i;

	start(0);
	for (i = 0; i < 14; i++) {
		frame_put16(&sent, sent.l3 + 6, 1u << i);
		e = error_about(&sent, VIP4, 3, whole(&sent));
		rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
	}
	sent = sent_long(VIP6, OTHER, 8);
	sent.bytes[sent.l3 + 6] = 44;
	e = error_about(&sent, VIP6, 1, whole(&sent));
	rig_passes(&rig, &e, QUICLB_REASON_NOT_VIP, -1);
}

static void next_generation_forgets_flows(void)
{
	const struct frame reset = random_to(VIP4);
	struct frame in;

	start(0);
	in = short_to(VIP4, OTHER);
	assert_reaches(&in, VIP4, OTHER, QUICLB_REASON_STEERED);
	start(0);
	rig_passes(&rig, &reset, QUICLB_REASON_UNKNOWN_SERVER, VIP4);
}

static const struct unit_case cases[] = {
	{ "error_follows_the_scid", error_follows_the_scid },
	{ "error_about_our_packet_is_local", error_about_our_packet_is_local },
	{ "other_messages_are_not_vip", other_messages_are_not_vip },
	{ "short_quotes_pass", short_quotes_pass },
	{ "quotes_of_others_are_not_vip", quotes_of_others_are_not_vip },
	{ "error_about_a_short_header_follows_the_flow",
	  error_about_a_short_header_follows_the_flow },
	{ "errors_have_a_budget", errors_have_a_budget },
	{ "reset_follows_the_flow", reset_follows_the_flow },
	{ "new_connection_ends_the_flow", new_connection_ends_the_flow },
	{ "flow_survives_what_followed_it", flow_survives_what_followed_it },
	{ "passed_initial_ends_the_flow", passed_initial_ends_the_flow },
	{ "quoted_options_are_skipped", quoted_options_are_skipped },
	{ "padding_is_no_quote", padding_is_no_quote },
	{ "quoted_fragments_are_not_vip", quoted_fragments_are_not_vip },
	{ "next_generation_forgets_flows", next_generation_forgets_flows },
};

int main(int argc, char **argv)
{
	uint8_t mac[6];
	int i, result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	for (i = OTHER; i < N_SERVERS; i++) {
		mac_of(i, mac);
		netns_neighbour("left", addresses[i], mac);
	}
	unit_config(&config, QUICLB_CODEC_FOUR_PASS, ID_LEN, 8);
	rig_open(&rig, "left", N_SERVERS, 1024, 1024);
	unit_add("icmp", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&rig);
	return result;
}
