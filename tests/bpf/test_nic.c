/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `up` says of network interfaces: reading them on devices of the test's
 * own, and that it refuses them.  test_nic_judge has the rules.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live.h"
#include "netns.h"
#include "steer/nic.h"
#include "unit.h"

#define KEY 0x11

static struct quicsteer_nic read_nic(const char *name)
{
	struct quicsteer_error error;
	struct quicsteer_nic nic;

	g_assert_cmpint(quicsteer_nic_read(&name, 1, &nic, &error), ==, 0);
	g_assert_cmpstr(nic.name, ==, name);
	g_assert_cmpuint(nic.ifindex, ==, netns_ifindex(name));
	return nic;
}

/* ETH_FLAG_RXVLAN and ETH_FLAG_TXVLAN, as `ethtool -K`. */
static void set_flags(const char *name, uint32_t flags)
{
	struct ethtool_value value = { ETHTOOL_SFLAGS, flags };
	struct ifreq request = { .ifr_data = (void *)&value };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(request.ifr_name, name, IFNAMSIZ);
	g_assert_cmpint(ioctl(fd, SIOCETHTOOL, &request), ==, 0);
	close(fd);
}

/* Whether this kernel has such devices; if not, that is said. */
static int added(const char *arguments)
{
	g_autofree char *line = g_strconcat("ip link add ", arguments, NULL);
	int status = 0;

	g_assert_true(
		g_spawn_command_line_sync(line, NULL, NULL, &status, NULL));
	if (status)
		g_test_skip(line);
	return !status;
}

/* ---- reading ---------------------------------------------------------- */

static void features_follow_ethtool(void)
{
	const uint32_t rx = QUICSTEER_NIC_RX_VLAN, tx = QUICSTEER_NIC_TX_VLAN;
	struct quicsteer_nic nic = read_nic("left");

	g_assert_cmpuint(nic.features.on & (rx | tx), ==, rx | tx);
	g_assert_cmpuint(nic.features.on &
				 (QUICSTEER_NIC_LRO | QUICSTEER_NIC_RX_FCS |
				  QUICSTEER_NIC_RX_ALL),
			 ==, 0);
	g_assert_cmpuint(nic.features.fixed & (rx | tx), ==, 0);
	g_assert_cmpuint(nic.features.fixed & QUICSTEER_NIC_RX_FCS, !=, 0);
	set_flags("left", ETH_FLAG_TXVLAN);
	set_flags("left-end", ETH_FLAG_RXVLAN);
	nic = read_nic("left");
	g_assert_cmpuint(nic.features.on & (rx | tx), ==, tx);
	g_assert_cmpuint(nic.peer.features.on & (rx | tx), ==, rx);
	set_flags("left", ETH_FLAG_TXVLAN | ETH_FLAG_RXVLAN);
	set_flags("left-end", ETH_FLAG_TXVLAN | ETH_FLAG_RXVLAN);
}

static void veth_knows_its_peer(void)
{
	struct quicsteer_nic nic;

	netns_ip("link set left-end mtu 1501");
	nic = read_nic("left");
	netns_ip("link set left-end mtu 1500");
	g_assert_true(nic.veth);
	g_assert_true(nic.peer.known);
	g_assert_true(nic.peer.here);
	g_assert_true(nic.peer.runs_xdp);
	g_assert_cmpstr(nic.peer.name, ==, "left-end");
	g_assert_cmpuint(nic.peer.ifindex, ==, netns_ifindex("left-end"));
	g_assert_cmpuint(nic.peer.mtu, ==, 1501);
	g_assert_cmpuint(nic.mtu, ==, 1500);
	g_assert_false(nic.tagged);
	netns_pass("left-end", 0);
	nic = read_nic("left");
	netns_pass("left-end", 1);
	g_assert_true(nic.peer.known);
	g_assert_false(nic.peer.runs_xdp);
}

static void xdp_features_are_the_kernels(void)
{
	struct quicsteer_nic nic = read_nic("left");

	if (!nic.xdp_known) {
		g_test_skip("Linux before 6.3 does not tell");
		return;
	}
	g_assert_cmpuint(nic.xdp_features & 7, ==,
			 QUICSTEER_XDP_BASIC | QUICSTEER_XDP_REDIRECT |
				 QUICSTEER_XDP_NDO_XMIT);
	netns_pass("left-end", 0);
	nic = read_nic("left");
	netns_pass("left-end", 1);
	g_assert_cmpuint(nic.xdp_features & QUICSTEER_XDP_NDO_XMIT, ==, 0);
	nic = read_nic("lo");
	g_assert_true(nic.xdp_known);
	g_assert_cmpuint(nic.xdp_features, ==, 0);
	g_assert_false(nic.veth);
}

static void peer_elsewhere_is_known_to_root_alone(void)
{
	struct quicsteer_nic nic;

	netns_ip("netns add far");
	netns_ip("link add near type veth peer name there netns far");
	nic = read_nic("near");
	g_assert_true(nic.peer.known);
	g_assert_false(nic.peer.here);
	g_assert_cmpstr(nic.peer.name, ==, "there");
	g_assert_cmpuint(nic.peer.features.on, ==, 0);
	g_assert_cmpint(seteuid(65534), ==, 0);
	nic = read_nic("near");
	g_assert_cmpint(seteuid(0), ==, 0);
	g_assert_true(nic.veth);
	g_assert_false(nic.peer.known);
	g_assert_cmpstr(nic.peer.name, ==, "");
	netns_ip("link del near");
	netns_ip("netns del far");
}

static void vlan_device_makes_tags_matter(void)
{
	if (!added("link left name left.5 type vlan id 5"))
		return;
	g_assert_true(read_nic("left").tagged);
	g_assert_false(read_nic("left-end").tagged);
	g_assert_false(read_nic("right").tagged);
	netns_ip("link del left.5");
	g_assert_false(read_nic("left").tagged);
}

/* Not what is on another device of the same number elsewhere. */
static void vlan_device_in_another_namespace_is_not_seen(void)
{
	if (!added("link left name left.5 type vlan id 5"))
		return;
	netns_ip("netns add far");
	netns_ip("link set left.5 netns far");
	g_assert_false(read_nic("left").tagged);
	netns_ip("netns del far");
}

/* A dump of many links comes in many parts. */
static void many_links_are_read(void)
{
	int i;

	for (i = 0; i < 16; i++)
		netns_ip("link add many%d type veth peer name other%d", i, i);
	g_assert_cmpstr(read_nic("many0").peer.name, ==, "other0");
	g_assert_cmpstr(read_nic("other15").peer.name, ==, "many15");
	for (i = 0; i < 16; i++)
		netns_ip("link del many%d", i);
}

static void no_such_interface_is_all_zeros(void)
{
	static const char *const names[] = { "left", "nowhere", "right" };
	struct quicsteer_nic nics[3], zero = { 0 };
	struct quicsteer_error error;

	g_assert_cmpint(quicsteer_nic_read(names, 3, nics, &error), ==, 0);
	g_assert_cmpstr(nics[0].name, ==, "left");
	g_assert_cmpmem(&nics[1], sizeof(zero), &zero, sizeof(zero));
	g_assert_cmpstr(nics[2].name, ==, "right");
}

/* ---- up --------------------------------------------------------------- */

static void up_with(const char *const *names, size_t n, uint32_t flags,
		    int expected, struct quicsteer_error *error)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;

	error->text[0] = '\0';
	live_options(&options, 0);
	options.interfaces = names;
	options.n_interfaces = n;
	options.flags = flags;
	g_assert_cmpint(quicsteer_up(d, &options, error), ==, expected);
	quiclb_deployment_free(d);
	if (expected == QUICSTEER_DONE)
		live_stop();
	live_nothing_is_left();
}

static void up_refuses_a_veth_without_xdp_behind(void)
{
	static const char *const names[] = { "left", "right" };
	struct quicsteer_error error;

	netns_pass("left-end", 0);
	netns_pass("right-end", 0);
	up_with(names, 2, 0, QUICSTEER_NO, &error);
	g_assert_nonnull(strstr(error.text, "interface left: what"));
	g_assert_nonnull(strstr(error.text, "; interface right: what"));
	up_with(names, 2, QUICSTEER_F_ANY_NIC, QUICSTEER_DONE, &error);
	up_with(names, 2, QUICSTEER_F_SKB, QUICSTEER_DONE, &error);
	netns_pass("right-end", 1);
	up_with(names + 1, 1, 0, QUICSTEER_DONE, &error);
	up_with(names, 2, 0, QUICSTEER_NO, &error);
	g_assert_null(strstr(error.text, "right"));
	netns_pass("left-end", 1);
	up_with(names, 2, 0, QUICSTEER_DONE, &error);
}

/* Our own program is one, too. */
static void up_takes_both_ends_of_a_veth(void)
{
	static const char *const names[] = { "left", "left-end" };
	struct quicsteer_error error;

	netns_pass("left-end", 0);
	up_with(names, 2, 0, QUICSTEER_DONE, &error);
	netns_pass("left-end", 1);
}

/* Linux 5.18 and later take frames of several buffers. */
static int kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = 1u << 5);
	const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "probe", "GPL", pass,
				     G_N_ELEMENTS(pass), &opts);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void up_takes_long_frames_or_names_the_mtu(void)
{
	static const char *const names[] = { "right", "left" };
	struct quicsteer_error error;

	netns_ip("link set left-end mtu 9000");
	if (kernel_has_frags()) {
		up_with(names, 2, 0, QUICSTEER_DONE, &error);
	} else {
		up_with(names, 2, 0, QUICSTEER_NO, &error);
		g_test_message("%s", error.text);
		g_assert_nonnull(
			strstr(error.text, "interface left: attaching: "));
		g_assert_nonnull(strstr(error.text, "(MTU 9000: ip link set "
						    "dev left-end mtu 3506)"));
		/* the flag is not about what the driver refuses */
		up_with(names, 2, QUICSTEER_F_ANY_NIC, QUICSTEER_NO, &error);
		netns_ip("link set dev left-end mtu 3506");
		up_with(names, 2, 0, QUICSTEER_DONE, &error);
	}
	netns_ip("link set dev left-end mtu 1500");
}

/* What can be known before is said before a driver is troubled. */
static void up_looks_before_it_attaches(void)
{
	static const char *const names[] = { "lo", "left" };
	struct quicsteer_error error;

	up_with(names, 2, 0, QUICSTEER_NO, &error);
	g_assert_nonnull(strstr(error.text, "lo: the driver has no native"));
	netns_pass("left-end", 0);
	up_with(names, 2, 0, QUICSTEER_NO, &error);
	netns_pass("left-end", 1);
	g_assert_nonnull(strstr(error.text, "interface left: what XDP sends"));
}

/* More queues come in than this veth has. */
static void up_tells_the_drivers_words(void)
{
	static const char *const names[] = { "wide" };
	struct quicsteer_error error;

	netns_ip(
		"link add wide numrxqueues 1 numtxqueues 1 type veth peer name "
		"wide-end numrxqueues 2 numtxqueues 2");
	netns_pass("wide-end", 1);
	up_with(names, 1, 0, QUICSTEER_NO, &error);
	g_test_message("%s", error.text);
	g_assert_true(g_str_has_prefix(error.text,
				       "interface wide: attaching: veth: "));
	netns_ip("link del wide");
}

static void up_refuses_tags_beside_the_frame(void)
{
	static const char *const names[] = { "left", "right" };
	struct quicsteer_error error;

	if (!added("link left name left.5 type vlan id 5"))
		return;
	up_with(names, 1, 0, QUICSTEER_DONE, &error);
	up_with(names, 1, QUICSTEER_F_SKB, QUICSTEER_NO, &error);
	g_assert_nonnull(strstr(error.text, "(ethtool -K left-end txvlan off"));
	up_with(names + 1, 1, QUICSTEER_F_SKB, QUICSTEER_DONE, &error);
	up_with(names, 1, QUICSTEER_F_SKB | QUICSTEER_F_ANY_NIC, QUICSTEER_DONE,
		&error);
	netns_ip("link del left.5");
	up_with(names, 1, QUICSTEER_F_SKB, QUICSTEER_DONE, &error);
}

static void problems_are_listed(void)
{
	static const char *const names[] = { "left", "right" };
	struct quicsteer_options options;
	struct quicsteer_error error, *lines;
	size_t n;

	live_options(&options, 1);
	options.interfaces = names;
	g_assert_cmpint(quicsteer_nic_problems(&options, &lines, &n, &error),
			==, 0);
	g_assert_cmpuint(n, ==, 0);
	free(lines);
	netns_pass("right-end", 0);
	g_assert_cmpint(quicsteer_nic_problems(&options, &lines, &n, &error),
			==, 0);
	netns_pass("right-end", 1);
	g_assert_cmpuint(n, ==, 1);
	g_assert_true(g_str_has_prefix(lines[0].text, "interface right: "));
	free(lines);
	options.n_interfaces = QUICSTEER_CAP_INTERFACES + 1;
	g_assert_cmpint(quicsteer_nic_problems(&options, &lines, &n, &error),
			==, QUICSTEER_USAGE);
}

static const struct unit_case cases[] = {
	{ "features_follow_ethtool", features_follow_ethtool },
	{ "veth_knows_its_peer", veth_knows_its_peer },
	{ "xdp_features_are_the_kernels", xdp_features_are_the_kernels },
	{ "peer_elsewhere_is_known_to_root_alone",
	  peer_elsewhere_is_known_to_root_alone },
	{ "vlan_device_makes_tags_matter", vlan_device_makes_tags_matter },
	{ "vlan_device_in_another_namespace_is_not_seen",
	  vlan_device_in_another_namespace_is_not_seen },
	{ "many_links_are_read", many_links_are_read },
	{ "no_such_interface_is_all_zeros", no_such_interface_is_all_zeros },
	{ "up_refuses_a_veth_without_xdp_behind",
	  up_refuses_a_veth_without_xdp_behind },
	{ "up_takes_both_ends_of_a_veth", up_takes_both_ends_of_a_veth },
	{ "up_takes_long_frames_or_names_the_mtu",
	  up_takes_long_frames_or_names_the_mtu },
	{ "up_looks_before_it_attaches", up_looks_before_it_attaches },
	{ "up_tells_the_drivers_words", up_tells_the_drivers_words },
	{ "up_refuses_tags_beside_the_frame",
	  up_refuses_tags_beside_the_frame },
	{ "problems_are_listed", problems_are_listed },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	unit_add("nic", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
