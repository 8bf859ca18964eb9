/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict table, by the real program: which server, which interface, in
 * which state of the tables.  How the packet looks does not matter here.
 */
#include <linux/bpf.h>

#include "netns.h"
#include "packets.h"
#include "unit.h"

/* ---- servers ------------------------------------------------------------ */

static void every_config_steers(void)
{
	static const int all[] = { VIP4, VIP4_OTHER_PORT, VIP6 };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	unsigned int i, rotation;
	struct quic quic;
	struct frame f;
	size_t len;

	for (i = 0; i < G_N_ELEMENTS(all); i++)
		for (rotation = 0; rotation < N_ROTATIONS; rotation++) {
			len = packets_cid(all[i], rotation, ID_LEFT4, cid);
			quic_short(&quic, cid, len);
			f = packets_with(all[i], &quic);
			packets_reach(&f, all[i], ID_LEFT4);
			quic.len -= QUIC_REST_BYTES;
			f = packets_with(all[i], &quic);
			packets_reach(&f, all[i], ID_LEFT4);
			quic_long(&quic, QUIC_V1, cid, len);
			f = packets_with(all[i], &quic);
			packets_reach(&f, all[i], ID_LEFT4);
		}
}

/* Also a VIP of one family and a server of the other: only MACs change. */
static void every_way_out_is_taken(void)
{
	static const int ids[] = { ID_LEFT4, ID_LEFT6, ID_RIGHT4, ID_RIGHT6,
				   ID_STALE };
	struct frame f;
	unsigned int i, vip;

	for (vip = 0; vip < N_VIPS; vip++)
		for (i = 0; i < G_N_ELEMENTS(ids); i++) {
			packets_frame(&f, (int)vip, ids[i]);
			packets_reach(&f, (int)vip, ids[i]);
		}
}

static void local_server_passes(void)
{
	struct frame f;
	unsigned int vip;

	for (vip = 0; vip < N_VIPS; vip++) {
		packets_frame(&f, (int)vip, ID_LOCAL);
		packets_pass(&f, QUICLB_REASON_LOCAL, (int)vip);
	}
}

static void unknown_server_passes(void)
{
	unsigned int i, rotation;
	struct quic quic;
	struct frame f;

	for (i = 0; i < N_FAMILIES; i++)
		for (rotation = 0; rotation < N_ROTATIONS; rotation++) {
			packets_short(&quic, packets_vips[i], rotation,
				      ID_UNKNOWN);
			f = packets_with(packets_vips[i], &quic);
			packets_pass(&f, QUICLB_REASON_UNKNOWN_SERVER,
				     packets_vips[i]);
		}
}

static void server_without_mac_is_no_neighbour(void)
{
	int id;
	struct frame f;
	size_t i;

	for (i = 0; i < N_FAMILIES; i++)
		for (id = ID_SILENT4; id <= ID_SELF6; id++) {
			packets_frame(&f, packets_vips[i], id);
			packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR,
				     packets_vips[i]);
			packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR,
				     packets_vips[i]);
		}
}

/* Waits for what the program keeps of the FIB to grow old. */
static void wait_for_mac(const struct frame *f, const uint8_t mac[6])
{
	const gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC;
	struct rig_result result;

	do {
		g_assert_cmpint(g_get_monotonic_time(), <, end);
		g_usleep(10 * 1000);
		rig_run(&packets_rig, f->bytes, f->len, &result);
		g_assert_cmpuint(result.reason, ==, QUICLB_REASON_STEERED);
	} while (memcmp(result.frame, mac, 6));
}

static void neighbour_comes_and_changes(void)
{
	static const uint8_t other[6] = { 0x02, 0, 0, 0, 0xbb, 0x01 };
	struct frame f;

	packets_frame(&f, VIP4, ID_LATE);
	packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR, VIP4);
	netns_neighbour("left", "192.0.2.17", packets_mac(ID_LATE));
	packets_reach(&f, VIP4, ID_LATE);
	netns_neighbour("left", "192.0.2.17", other);
	wait_for_mac(&f, other);
	/* the program has told the loop guard of both */
	memcpy(f.bytes + 6, other, 6);
	packets_pass(&f, QUICLB_REASON_FROM_PEER, VIP4);
	memcpy(f.bytes + 6, packets_mac(ID_LATE), 6);
	packets_pass(&f, QUICLB_REASON_FROM_PEER, VIP4);
}

/* ---- loop guard --------------------------------------------------------- */

static void peer_is_never_steered_again(void)
{
	static const int peers[] = { ID_LEFT4, ID_LEFT6, ID_RIGHT4, ID_RIGHT6,
				     ID_STALE };
	struct frame f;
	size_t i, j;

	for (i = 0; i < N_FAMILIES; i++)
		for (j = 0; j < G_N_ELEMENTS(peers); j++) {
			packets_frame(&f, packets_vips[i], ID_LEFT4);
			memcpy(f.bytes + 6, packets_mac(peers[j]), 6);
			packets_pass(&f, QUICLB_REASON_FROM_PEER,
				     packets_vips[i]);
		}
}

static void router_is_no_peer(void)
{
	struct frame f;

	packets_frame(&f, VIP4, ID_LEFT4);
	memcpy(f.bytes + 6, packets_router_mac, 6);
	packets_reach(&f, VIP4, ID_LEFT4);
}

static void peer_changes_no_other_verdict(void)
{
	struct frame f;

	packets_frame(&f, VIP4, ID_LOCAL);
	memcpy(f.bytes + 6, packets_mac(ID_LEFT4), 6);
	packets_pass(&f, QUICLB_REASON_LOCAL, VIP4);
	packets_frame(&f, VIP4, ID_UNKNOWN);
	memcpy(f.bytes + 6, packets_mac(ID_LEFT4), 6);
	packets_pass(&f, QUICLB_REASON_UNKNOWN_SERVER, VIP4);
	packets_frame(&f, VIP4, ID_SILENT4);
	memcpy(f.bytes + 6, packets_mac(ID_LEFT4), 6);
	packets_pass(&f, QUICLB_REASON_FROM_PEER, VIP4);
}

/* ---- roles and states --------------------------------------------------- */

static void balancer_has_no_local(void)
{
	struct frame f;
	size_t i;

	packets_start(QUICLB_ROLE_BALANCER);
	for (i = 0; i < N_FAMILIES; i++) {
		packets_frame(&f, packets_vips[i], ID_LOCAL);
		packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR, packets_vips[i]);
		packets_frame(&f, packets_vips[i], ID_LEFT4);
		packets_reach(&f, packets_vips[i], ID_LEFT4);
		packets_frame(&f, packets_vips[i], ID_RIGHT6);
		packets_reach(&f, packets_vips[i], ID_RIGHT6);
		packets_frame(&f, packets_vips[i], ID_UNKNOWN);
		packets_pass(&f, QUICLB_REASON_UNKNOWN_SERVER, packets_vips[i]);
	}
	packets_start(QUICLB_ROLE_REAL_SERVER);
}

/* Frames from the other side: TX and REDIRECT change places. */
static void way_in_decides_between_tx_and_redirect(void)
{
	struct frame f, out;

	packets_rig.ingress = netns_ifindex("right");
	packets_frame(&f, VIP4, ID_RIGHT4);
	memcpy(f.bytes, netns_right_mac, 6);
	out = f;
	frame_forward(&out, packets_mac(ID_RIGHT4), netns_right_mac);
	rig_steers(&packets_rig, &f, &out, XDP_TX, VIP4);
	packets_frame(&f, VIP4, ID_LEFT4);
	memcpy(f.bytes, netns_right_mac, 6);
	out = f;
	frame_forward(&out, packets_mac(ID_LEFT4), netns_left_mac);
	rig_steers(&packets_rig, &f, &out, XDP_REDIRECT, VIP4);
	packets_rig.ingress = netns_ifindex("left");
}

/* Flooded to us by a switch: its owner has its own copy. */
static void frame_to_another_host_passes(void)
{
	struct frame f;
	size_t i, bit;

	for (i = 0; i < N_FAMILIES; i++) {
		packets_frame(&f, packets_vips[i], ID_LEFT4);
		/* bit 0 of the first byte would make it a group address */
		for (bit = 1; bit < 48; bit++) {
			f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			packets_pass(&f, QUICLB_REASON_OTHER_HOST,
				     packets_vips[i]);
			f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		packets_reach(&f, packets_vips[i], ID_LEFT4);
	}
}

static void frame_to_vrrp_address_is_ours(void)
{
	static const uint8_t vrrp[] = { 0, 0, 0x5e, 0, 1, 7 };
	struct frame f;

	packets_frame(&f, VIP4, ID_LEFT4);
	memcpy(f.bytes, vrrp, 6);
	packets_reach(&f, VIP4, ID_LEFT4);
	f.bytes[4] = 2; /* IPv6 */
	packets_reach(&f, VIP4, ID_LEFT4);
	f.bytes[4] = 3;
	packets_pass(&f, QUICLB_REASON_OTHER_HOST, VIP4);
}

/* A redirect to a device that cannot take it would lose the packet. */
static void interface_without_program_is_no_way_out(void)
{
	const uint32_t right = packets_rig.control.interfaces[1];
	struct frame f;

	packets_rig.control.interfaces[1] = 0;
	packets_start(QUICLB_ROLE_REAL_SERVER);
	packets_frame(&f, VIP4, ID_RIGHT4);
	packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR, VIP4);
	packets_frame(&f, VIP4, ID_LEFT4);
	packets_reach(&f, VIP4, ID_LEFT4);
	packets_rig.control.interfaces[1] = right;
	packets_start(QUICLB_ROLE_REAL_SERVER);
	packets_frame(&f, VIP4, ID_RIGHT4);
	packets_reach(&f, VIP4, ID_RIGHT4);
}

static void no_generation_passes_all(void)
{
	struct quiclb_control none = { .map_abi = QUICLB_MAP_ABI };
	struct quicsteer_error error;
	struct frame f;

	g_assert_cmpint(
		quicsteer_control_write(&packets_rig.maps, &none, &error), ==,
		0);
	packets_frame(&f, VIP4, ID_LEFT4);
	packets_pass(&f, QUICLB_REASON_NOT_VIP, -1);
	g_assert_cmpint(quicsteer_control_write(&packets_rig.maps,
						&packets_rig.control, &error),
			==, 0);
	packets_reach(&f, VIP4, ID_LEFT4);
}

/* Without forwarding on lo the FIB refuses; nothing is steered blindly. */
static void without_sysctl_is_no_neighbour(void)
{
	struct quicsteer_error error;
	uint32_t restore = 0;
	struct frame f;

	g_assert_cmpuint(packets_rig.control.restore, ==,
			 QUICLB_RESTORE_LO_FORWARDING_4 |
				 QUICLB_RESTORE_LO_FORWARDING_6);
	quicsteer_sysctl_restore(packets_rig.control.restore);
	packets_start(QUICLB_ROLE_REAL_SERVER); /* asks anew */
	packets_frame(&f, VIP4, ID_LEFT4);
	packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR, VIP4);
	packets_frame(&f, VIP4, ID_LEFT6);
	packets_pass(&f, QUICLB_REASON_NO_NEIGHBOUR, VIP4);
	g_assert_cmpint(quicsteer_sysctl_set(&restore, &error), ==, 0);
	g_assert_cmpuint(restore, ==, packets_rig.control.restore);
	packets_reach(&f, VIP4, ID_LEFT6);
}

static const struct unit_case cases[] = {
	{ "every_config_steers", every_config_steers },
	{ "every_way_out_is_taken", every_way_out_is_taken },
	{ "local_server_passes", local_server_passes },
	{ "unknown_server_passes", unknown_server_passes },
	{ "server_without_mac_is_no_neighbour",
	  server_without_mac_is_no_neighbour },
	{ "neighbour_comes_and_changes", neighbour_comes_and_changes },
	{ "peer_is_never_steered_again", peer_is_never_steered_again },
	{ "router_is_no_peer", router_is_no_peer },
	{ "peer_changes_no_other_verdict", peer_changes_no_other_verdict },
	{ "balancer_has_no_local", balancer_has_no_local },
	{ "way_in_decides_between_tx_and_redirect",
	  way_in_decides_between_tx_and_redirect },
	{ "frame_to_another_host_passes", frame_to_another_host_passes },
	{ "frame_to_vrrp_address_is_ours", frame_to_vrrp_address_is_ours },
	{ "interface_without_program_is_no_way_out",
	  interface_without_program_is_no_way_out },
	{ "no_generation_passes_all", no_generation_passes_all },
	{ "without_sysctl_is_no_neighbour", without_sysctl_is_no_neighbour },
};

int main(int argc, char **argv)
{
	return packets_main(argc, argv, "packets_servers", cases,
			    G_N_ELEMENTS(cases));
}
