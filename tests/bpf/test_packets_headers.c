/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict table, by the real program: Ethernet, VLAN tags, addresses, IP
 * headers, TTL and checksum.
 */
#include <linux/bpf.h>

#include "netns.h"
#include "packets.h"
#include "unit.h"

/* ---- Ethernet ----------------------------------------------------------- */

static void group_address_is_not_vip(void)
{
	struct frame f;
	unsigned int i;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (i = 0; i < 256; i++) {
		f.bytes[0] = (uint8_t)i;
		if (i & 1)
			packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
		else if (i == netns_left_mac[0])
			packets_reach(&f, VIP4, ID_LEFT4);
		else
			packets_pass(&f, QUICLB_REASON_OTHER_HOST, VIP4);
	}
	memset(f.bytes, 0xff, 6);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
}

/* One and two tags of both kinds; check says what becomes of the frame. */
static void for_each_tagging(int id, void (*check)(const struct frame *, int))
{
	static const uint16_t types[] = { 0x8100, 0x88a8 };
	struct frame f;
	size_t i, j, k;

	for (i = 0; i < N_FAMILIES; i++)
		for (j = 0; j < 2; j++) {
			packets_tag(&f, packets_vips[i], id, &types[j], 1);
			check(&f, packets_vips[i]);
			for (k = 0; k < 2; k++) {
				const uint16_t two[] = { types[j], types[k] };

				packets_tag(&f, packets_vips[i], id, two, 2);
				check(&f, packets_vips[i]);
			}
		}
}

static void reaches_left(const struct frame *f, int vip)
{
	packets_reach(f, vip, ID_LEFT4);
}

static void has_no_neighbour(const struct frame *f, int vip)
{
	packets_pass(f, QUICLB_REASON_NO_NEIGHBOUR, vip);
}

static void is_local(const struct frame *f, int vip)
{
	packets_pass(f, QUICLB_REASON_LOCAL, vip);
}

static void two_tags_are_kept(void)
{
	for_each_tagging(ID_LEFT4, reaches_left);
	for_each_tagging(ID_LOCAL, is_local);
}

/* The other interface knows nothing of this one's VLANs. */
static void tagged_frame_leaves_by_no_other_interface(void)
{
	for_each_tagging(ID_RIGHT4, has_no_neighbour);
	packets_rig.ingress = netns_ifindex("right");
	for_each_tagging(ID_LEFT4, has_no_neighbour);
	packets_rig.ingress = netns_ifindex("left");
}

/* The program keeps a packet's numbers in a map: nothing stays for the next. */
static void next_frame_is_walked_anew(void)
{
	static const uint16_t tags[] = { 0x88a8, 0x8100 };
	struct frame tagged, f;
	int first, next;

	for (first = VIP4; first <= VIP6; first++)
		for (next = VIP4; next <= VIP6; next++) {
			packets_tag(&tagged, first, ID_RIGHT4, tags, 2);
			packets_pass(&tagged, QUICLB_REASON_NO_NEIGHBOUR,
				     first);
			packets_frame(&f, next, ID_RIGHT4);
			packets_reach(&f, next, ID_RIGHT4);
			packets_frame(&f, first, ID_LEFT4);
			packets_reach(&f, first, ID_LEFT4);
		}
}

static void three_tags_are_not_vip(void)
{
	static const uint16_t tags[] = { 0x88a8, 0x8100, 0x8100, 0x8100 };
	struct frame f;

	packets_tag(&f, VIP4, ID_LEFT4, tags, 3);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	packets_tag(&f, VIP6, ID_LEFT4, tags, 4);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
}

static void other_ethertype_is_not_vip(void)
{
	struct frame f;
	unsigned int type;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (type = 0; type < 0x10000; type += 1 + type % 5) {
		if (type == 0x0800 || type == 0x86dd || type == 0x8100 ||
		    type == 0x88a8)
			continue;
		frame_put16(&f, 12, type);
		packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
	frame_put16(&f, 12, 0x0806); /* ARP */
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	/* the other family's header: its version does not fit */
	frame_put16(&f, 12, 0x86dd);
	packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
}

static void jumbo_of_one_buffer_steers(void)
{
	static struct frame f;
	const size_t more = 3000;

	packets_frame(&f, VIP4, ID_LEFT4);
	frame_pad(&f, more);
	frame_put16(&f, f.l3 + 2, (unsigned int)(f.len - f.l3));
	frame_put16(&f, f.l4 + 4, (unsigned int)(f.len - f.l4));
	frame_checksum(&f);
	packets_pass(&f, QUICLB_REASON_TOO_BIG, VIP4);
	netns_ip("link set left mtu 3400");
	/* what the FIB said is outdated after 50 jiffies, 500 ms at most */
	g_usleep(G_USEC_PER_SEC / 2 + 50000);
	packets_reach(&f, VIP4, ID_LEFT4);
	netns_ip("link set left mtu 1500");
	g_usleep(G_USEC_PER_SEC / 2 + 50000);
}

/* ---- VIP ---------------------------------------------------------------- */

static void other_port_is_not_vip(void)
{
	struct frame f;
	unsigned int port;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (port = 0; port < 0x10000; port += 1 + port % 5) {
		if (port == PORT || port == OTHER_PORT)
			continue;
		frame_put16(&f, f.l4 + 2, port);
		packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
	packets_frame(&f, VIP6, ID_LEFT4);
	frame_put16(&f, f.l4 + 2, OTHER_PORT);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	packets_frame(&f, VIP4_ALONE, ID_LEFT4);
	frame_put16(&f, f.l4 + 2, OTHER_PORT);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
}

/* Every bit of the address counts. */
static void other_address_is_not_vip(void)
{
	struct frame f;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		packets_frame(&f, VIP4_ALONE, ID_LEFT4);
		f.bytes[f.l3 + 16 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
	for (bit = 0; bit < 128; bit++) {
		packets_frame(&f, VIP6, ID_LEFT4);
		f.bytes[f.l3 + 24 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
}

/* The IPv6 address that begins with the bytes of an IPv4 VIP is another. */
static void address_of_other_family_is_not_vip(void)
{
	struct frame f;

	packets_frame(&f, VIP6, ID_LEFT4);
	memset(f.bytes + f.l3 + 24, 0, 16);
	memcpy(f.bytes + f.l3 + 24, "\xcb\x00\x71\x01", 4);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
}

/* The two ports of one address differ in keys and in names of servers. */
static void vips_do_not_share_configs(void)
{
	struct quic quic;
	struct frame f;

	packets_short(&quic, VIP4, ROTATION_PLAIN, ID_LEFT4);
	f = packets_with(VIP4_OTHER_PORT,
			 &quic); /* the same byte, another server */
	packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR, VIP4_OTHER_PORT);
	packets_short(&quic, VIP4, ROTATION_FOUR_PASS, ID_LEFT4);
	f = packets_with(VIP4_ALONE, &quic);
	packets_pass(&f, QUICLB_REASON_NO_CONFIG, VIP4_ALONE);
	packets_short(&quic, VIP4, ROTATION_PLAIN, ID_LEFT4);
	f = packets_with(VIP4_ALONE, &quic);
	packets_reach(&f, VIP4_ALONE, ID_LEFT4);
}

/* ---- IP ----------------------------------------------------------------- */

static void every_ihl_has_its_verdict(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame_spec spec;
	struct quic quic;
	struct frame f;
	uint8_t ihl;

	quic_short(&quic, cid,
		   packets_cid(VIP4, ROTATION_SINGLE_PASS, ID_LEFT4, cid));
	packets_spec(&spec, VIP4);
	for (ihl = 5; ihl <= 15; ihl++) {
		spec.ihl = ihl;
		frame_build(&f, &spec, &quic);
		packets_reach(&f, VIP4, ID_LEFT4);
		quic.len -= QUIC_REST_BYTES;
		frame_build(&f, &spec, &quic);
		packets_reach(&f, VIP4, ID_LEFT4);
		quic.len += QUIC_REST_BYTES;
	}
	spec.ihl = 5;
	frame_build(&f, &spec, &quic);
	for (ihl = 0; ihl < 5; ihl++) {
		f.bytes[f.l3] = (uint8_t)(0x40 | ihl);
		packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
	}
}

/* Two tags and options or extension headers: the furthest a payload begins. */
static void furthest_payload_is_read(void)
{
	static const size_t offsets[N_FAMILIES] = { 90, 198 };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame_spec spec;
	struct quic quic;
	struct frame f;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++) {
		packets_spec(&spec, packets_vips[i]);
		spec.ihl = 15;
		spec.ext[0] = (struct frame_ext){ 60, 15, 0 };
		spec.n_ext = 1;
		spec.tags[0] = 0x88a8;
		spec.tags[1] = 0x8100;
		spec.n_tags = 2;
		quic_long(&quic, QUIC_V1, cid,
			  packets_cid(packets_vips[i], ROTATION_PLAIN_LONG,
				      ID_LEFT4, cid));
		quic.len = 6 + 20; /* and ends right behind its DCID */
		frame_build(&f, &spec, &quic);
		g_assert_cmpuint(f.payload, ==, offsets[i]);
		packets_reach(&f, packets_vips[i], ID_LEFT4);
	}
}

static void other_version_is_truncated(void)
{
	struct frame f;
	unsigned int version;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++)
		for (version = 0; version < 16; version++) {
			packets_frame(&f, packets_vips[i], ID_LEFT4);
			f.bytes[f.l3] = (uint8_t)(version << 4 |
						  (f.bytes[f.l3] & 0x0f));
			if (version == f.family)
				packets_reach(&f, packets_vips[i], ID_LEFT4);
			else
				packets_pass(&f, QUICLB_REASON_TRUNCATED, -1);
		}
}

static void fragment_passes(void)
{
	static const unsigned int fields[] = {
		0x2000,			/* first */
		0x2001, 0x20b9, 0x3fff, /* middle */
		0x0001, 0x00b9, 0x1fff, /* last */
		0x6000, 0x4001,		/* and "do not fragment" */
	};
	struct frame f;
	size_t i;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (i = 0; i < G_N_ELEMENTS(fields); i++) {
		frame_put16(&f, f.l3 + 6, fields[i]);
		frame_checksum(&f);
		packets_pass(&f, QUICLB_REASON_FRAGMENT, -1);
	}
	frame_put16(&f, f.l3 + 6, 0x0000);
	frame_checksum(&f);
	packets_reach(&f, VIP4, ID_LEFT4);
}

static void every_ipv4_protocol_has_its_verdict(void)
{
	struct frame f;
	unsigned int protocol;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (protocol = 0; protocol < 256; protocol++) {
		f.bytes[f.l3 + 9] = (uint8_t)protocol;
		frame_checksum(&f);
		if (protocol == 17)
			packets_reach(&f, VIP4, ID_LEFT4);
		else
			packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
}

static void every_ipv6_next_header_has_its_verdict(void)
{
	struct frame f;
	unsigned int next;

	packets_frame(&f, VIP6, ID_LEFT4);
	for (next = 0; next < 256; next++) {
		f.bytes[f.l3 + 6] = (uint8_t)next;
		if (next == 17)
			packets_reach(&f, VIP6, ID_LEFT4);
		else if (next == 44)
			packets_pass(&f, QUICLB_REASON_FRAGMENT, -1);
		else if (next == 0 || next == 43 || next == 60)
			packets_pass(&f, QUICLB_REASON_EXT_HEADERS, -1);
		else
			packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	}
}

static void every_ttl_has_its_verdict(void)
{
	struct frame f;
	unsigned int ttl;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++) {
		packets_frame(&f, packets_vips[i], ID_LEFT4);
		for (ttl = 0; ttl < 256; ttl++) {
			f.bytes[f.l3 + (packets_vips[i] == VIP4 ? 8 : 7)] =
				(uint8_t)ttl;
			frame_checksum(&f);
			if (ttl < 2)
				packets_pass(&f, QUICLB_REASON_TTL,
					     packets_vips[i]);
			else
				packets_reach(&f, packets_vips[i], ID_LEFT4);
		}
	}
}

/* A local packet has arrived: nobody forwards it, whatever its TTL. */
static void ttl_of_local_packet_does_not_matter(void)
{
	struct frame f;

	packets_frame(&f, VIP4, ID_LOCAL);
	f.bytes[f.l3 + 8] = 1;
	frame_checksum(&f);
	packets_pass(&f, QUICLB_REASON_LOCAL, VIP4);
}

/*
 * Every checksum that a correct header can have, each with another TTL; the
 * expected one is computed from scratch.
 */
static void every_checksum_is_updated(void)
{
	uint8_t seen[0x10000] = { 0 };
	unsigned int id, n = 0;
	struct frame f;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (id = 0; id < 0x10000; id++) {
		frame_put16(&f, f.l3 + 4, id);
		f.bytes[f.l3 + 8] = (uint8_t)(2 + id % 254);
		frame_checksum(&f);
		packets_reach(&f, VIP4, ID_LEFT4);
	}
	f.bytes[f.l3 + 8] = 64;
	for (id = 0; id < 0x10000; id++) {
		unsigned int sum;

		frame_put16(&f, f.l3 + 4, id);
		frame_checksum(&f);
		sum = frame_get16(&f, f.l3 + 10);
		n += !seen[sum];
		seen[sum] = 1;
		packets_reach(&f, VIP4, ID_LEFT4);
	}
	/* all but 0xffff, which no sum of a header gives */
	g_assert_cmpuint(n, ==, 0xffff);
	g_assert_false(seen[0xffff]);
}

/* A wrong checksum stays exactly as wrong: the receiver must see it. */
static void wrong_checksum_stays_wrong(void)
{
	struct rig_result result;
	unsigned int sum;
	struct frame f, out;

	packets_frame(&f, VIP4, ID_LEFT4);
	for (sum = 0; sum < 0x10000; sum++) {
		frame_put16(&f, f.l3 + 10, sum);
		rig_run(&packets_rig, f.bytes, f.len, &result);
		g_assert_cmpuint(result.reason, ==, QUICLB_REASON_STEERED);
		out = f;
		memcpy(out.bytes, result.frame, f.len);
		g_assert_cmpuint(frame_sum(&f), ==, frame_sum(&out));
	}
}

static const struct unit_case cases[] = {
	{ "group_address_is_not_vip", group_address_is_not_vip },
	{ "two_tags_are_kept", two_tags_are_kept },
	{ "tagged_frame_leaves_by_no_other_interface",
	  tagged_frame_leaves_by_no_other_interface },
	{ "next_frame_is_walked_anew", next_frame_is_walked_anew },
	{ "three_tags_are_not_vip", three_tags_are_not_vip },
	{ "other_ethertype_is_not_vip", other_ethertype_is_not_vip },
	{ "jumbo_of_one_buffer_steers", jumbo_of_one_buffer_steers },
	{ "other_port_is_not_vip", other_port_is_not_vip },
	{ "other_address_is_not_vip", other_address_is_not_vip },
	{ "address_of_other_family_is_not_vip",
	  address_of_other_family_is_not_vip },
	{ "vips_do_not_share_configs", vips_do_not_share_configs },
	{ "every_ihl_has_its_verdict", every_ihl_has_its_verdict },
	{ "furthest_payload_is_read", furthest_payload_is_read },
	{ "other_version_is_truncated", other_version_is_truncated },
	{ "fragment_passes", fragment_passes },
	{ "every_ipv4_protocol_has_its_verdict",
	  every_ipv4_protocol_has_its_verdict },
	{ "every_ipv6_next_header_has_its_verdict",
	  every_ipv6_next_header_has_its_verdict },
	{ "every_ttl_has_its_verdict", every_ttl_has_its_verdict },
	{ "ttl_of_local_packet_does_not_matter",
	  ttl_of_local_packet_does_not_matter },
	{ "every_checksum_is_updated", every_checksum_is_updated },
	{ "wrong_checksum_stays_wrong", wrong_checksum_stays_wrong },
};

int main(int argc, char **argv)
{
	return packets_main(argc, argv, "packets_headers", cases,
			    G_N_ELEMENTS(cases));
}
