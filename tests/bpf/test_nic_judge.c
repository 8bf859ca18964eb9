/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules by which `up` refuses network interfaces, in every combination;
 * neither privilege nor hardware is needed.
 */
#include <errno.h>
#include <string.h>

#include "steer/nic.h"
#include "unit.h"

#define RX_TAGS (QUICSTEER_NIC_RX_VLAN | QUICSTEER_NIC_RX_STAG)
#define SENDS (QUICSTEER_XDP_REDIRECT | QUICSTEER_XDP_NDO_XMIT)
#define CAP (2 * QUICSTEER_NIC_LINES)

static struct quicsteer_error lines[CAP];

static struct quicsteer_nic device(const char *name)
{
	struct quicsteer_nic nic = { .mtu = 1500,
				     .xdp_known = 1,
				     .xdp_features =
					     QUICSTEER_XDP_BASIC | SENDS };

	g_strlcpy(nic.name, name, sizeof(nic.name));
	nic.ifindex = 2 + (name[3] - '0');
	return nic;
}

static struct quicsteer_nic veth(const char *name)
{
	struct quicsteer_nic nic = device(name);

	nic.veth = 1;
	nic.peer.known = 1;
	nic.peer.here = 1;
	nic.peer.runs_xdp = 1;
	nic.peer.ifindex = 9;
	nic.peer.mtu = 1500;
	g_strlcpy(nic.peer.name, "end", sizeof(nic.peer.name));
	return nic;
}

static size_t judge(const struct quicsteer_nic *nics, size_t n,
		    unsigned int when)
{
	memset(lines, 0, sizeof(lines));
	return quicsteer_nic_judge(nics, n, when, lines);
}

/* Judges one, or one beside another that is in order. */
static size_t judge_beside(const struct quicsteer_nic *nic, size_t n,
			   unsigned int when)
{
	const struct quicsteer_nic nics[] = { *nic, device("eth7") };

	return judge(nics, n, when);
}

static int said(const char *text)
{
	int times = 0;
	size_t i;

	for (i = 0; i < CAP; i++)
		times += strstr(lines[i].text, text) != NULL;
	g_assert_cmpint(times, <=, 1);
	return times;
}

/* ---- frames as they arrive -------------------------------------------- */

struct features_case {
	uint32_t on;
	unsigned int when;
	size_t n;
	int tagged;
};

static void check_features(const struct features_case *c)
{
	const int skb = (c->when & QUICSTEER_NIC_SKB) != 0;
	const int tags = c->tagged && c->on & RX_TAGS && skb;
	const int fcs = (c->on & QUICSTEER_NIC_RX_FCS) != 0;
	const int all = (c->on & QUICSTEER_NIC_RX_ALL) != 0;
	struct quicsteer_nic nic = device("eth0");

	nic.features.on = c->on;
	nic.tagged = (uint8_t)c->tagged;
	g_assert_cmpuint(judge_beside(&nic, c->n, c->when), ==,
			 (size_t)(tags + fcs + all));
	g_assert_cmpint(said("VLAN"), ==, tags);
	g_assert_cmpint(said(" rxvlan off"), ==,
			tags && c->on & QUICSTEER_NIC_RX_VLAN);
	g_assert_cmpint(said(" rx-vlan-stag-hw-parse off"), ==,
			tags && c->on & QUICSTEER_NIC_RX_STAG);
	g_assert_cmpint(said("(ethtool -K eth0 rx-fcs off)"), ==, fcs);
	g_assert_cmpint(said("(ethtool -K eth0 rx-all off)"), ==, all);
}

static void features_in_every_combination(void)
{
	struct features_case c;

	for (c.on = 0; c.on < 256; c.on++)
		for (c.when = 0; c.when < 4; c.when++)
			for (c.n = 1; c.n <= 2; c.n++)
				for (c.tagged = 0; c.tagged <= 1; c.tagged++)
					check_features(&c);
}

static void lines_read_so(void)
{
	struct quicsteer_nic nic = device("eth0");

	nic.tagged = 1;
	nic.features.on = RX_TAGS | QUICSTEER_NIC_RX_FCS | QUICSTEER_NIC_RX_ALL;
	g_assert_cmpuint(judge(&nic, 1, QUICSTEER_NIC_SKB), ==, 3);
	g_assert_cmpstr(
		lines[0].text, ==,
		"interface eth0: VLAN tags are stripped by the NIC, and "
		"--mode skb would send them twice (ethtool -K eth0 rxvlan off "
		"rx-vlan-stag-hw-parse "
		"off)");
	g_assert_cmpstr(lines[1].text, ==,
			"interface eth0: frames come with their checksum and "
			"would be sent on with it (ethtool -K eth0 rx-fcs "
			"off)");
	g_assert_cmpstr(lines[2].text, ==,
			"interface eth0: broken frames come in and would be "
			"sent on (ethtool -K eth0 rx-all off)");
	nic.features.on = QUICSTEER_NIC_RX_VLAN;
	g_assert_cmpuint(judge(&nic, 1, QUICSTEER_NIC_SKB), ==, 1);
	g_assert_cmpstr(
		lines[0].text, ==,
		"interface eth0: VLAN tags are stripped by the NIC, and "
		"--mode skb would send them twice (ethtool -K eth0 rxvlan "
		"off)");
	nic.features.fixed = QUICSTEER_NIC_RX_VLAN;
	g_assert_cmpuint(judge(&nic, 1, QUICSTEER_NIC_SKB), ==, 1);
	g_assert_cmpstr(
		lines[0].text, ==,
		"interface eth0: VLAN tags are stripped by the NIC, "
		"always, and --mode skb would send them twice (leave it "
		"out)");
	nic.features.fixed = QUICSTEER_NIC_RX_STAG; /* it is off */
	g_assert_cmpuint(judge(&nic, 1, QUICSTEER_NIC_SKB), ==, 1);
	g_assert_cmpint(said("rxvlan off"), ==, 1);
}

static void every_interface_is_looked_at(void)
{
	struct quicsteer_nic nics[] = { device("eth0"), device("eth1") };
	size_t i;

	for (i = 0; i < 2; i++) {
		nics[i].tagged = 1;
		nics[i].features.on = 0xff;
	}
	g_assert_cmpuint(judge(nics, 2, QUICSTEER_NIC_SKB), ==, 6);
	g_assert_true(g_str_has_prefix(lines[2].text, "interface eth0: "));
	g_assert_true(g_str_has_prefix(lines[3].text, "interface eth1: "));
}

/* What a veth says of itself has no effect; its other end leaves tags out. */
static void tags_on_a_veth_are_its_other_ends(void)
{
	struct quicsteer_nic nic = veth("eth0");
	unsigned int bits, tagged;

	for (bits = 0; bits < 16; bits++)
		for (tagged = 0; tagged <= 1; tagged++) {
			const int tags = tagged && bits >> 2;

			nic.tagged = (uint8_t)tagged;
			nic.features.on = ~bits & 0xf;
			nic.peer.features.on = bits;
			g_assert_cmpuint(judge(&nic, 1, 0), ==, 0);
			g_assert_cmpuint(judge(&nic, 1, QUICSTEER_NIC_SKB), ==,
					 (size_t)tags);
			g_assert_cmpint(said("(ethtool -K end "), ==, tags);
			g_assert_cmpint(said(" txvlan off"), ==,
					tags && bits & QUICSTEER_NIC_TX_VLAN);
			g_assert_cmpint(said(" tx-vlan-stag-hw-insert off"), ==,
					tags && bits & QUICSTEER_NIC_TX_STAG);
		}
}

/* ---- frames as they leave --------------------------------------------- */

struct veth_case {
	unsigned int known, runs_xdp, xdp_known, xmit, among, when;
};

static void check_veth(const struct veth_case *c)
{
	const int lost =
		c->known ? !c->runs_xdp && !c->among : c->xdp_known && !c->xmit;
	struct quicsteer_nic nics[] = { veth("eth0"), device("eth7") };

	nics[0].peer.known = (uint8_t)c->known;
	nics[0].peer.here = c->known && c->among;
	nics[0].peer.runs_xdp = (uint8_t)c->runs_xdp;
	nics[0].xdp_known = (uint8_t)c->xdp_known;
	nics[0].xdp_features = QUICSTEER_XDP_BASIC | QUICSTEER_XDP_REDIRECT |
			       (c->xmit ? QUICSTEER_XDP_NDO_XMIT : 0);
	if (c->among)
		nics[0].peer.ifindex = nics[1].ifindex;
	g_assert_cmpuint(judge(nics, 2, c->when), ==,
			 lost && !(c->when & QUICSTEER_NIC_SKB));
}

static void veth_needs_xdp_at_its_other_end(void)
{
	unsigned int i;

	for (i = 0; i < 128; i++) {
		const struct veth_case c = { i & 1,	 i >> 1 & 1, i >> 2 & 1,
					     i >> 3 & 1, i >> 4 & 1, i >> 5 };

		check_veth(&c);
	}
}

static void veth_lines_read_so(void)
{
	struct quicsteer_nic nic = veth("eth0");

	nic.peer.runs_xdp = 0;
	g_assert_cmpuint(judge(&nic, 1, 0), ==, 1);
	g_assert_cmpstr(lines[0].text, ==,
			"interface eth0: what XDP sends is lost: the other end "
			"of this veth, end, runs no XDP program (there: ip "
			"link set dev end xdpdrv obj FILE, one that passes "
			"everything; or --mode skb here)");
	/* in another namespace an index says nothing */
	nic.peer.here = 0;
	nic.peer.ifindex = nic.ifindex;
	g_assert_cmpuint(judge(&nic, 1, 0), ==, 1);
	nic.peer = (struct quicsteer_nic_peer){ 0 };
	nic.xdp_features = 0;
	g_assert_cmpuint(judge(&nic, 1, 0), ==, 1);
	g_assert_nonnull(
		strstr(lines[0].text, "end of this veth runs no XDP program"));
	g_assert_nonnull(strstr(lines[0].text, " dev PEER xdpdrv "));
}

static void drivers_are_asked_once_attached(void)
{
	struct quicsteer_nic nic = device("eth0");
	unsigned int when, known;
	uint64_t f;
	size_t n;

	for (f = 0; f < 8; f++)
		for (when = 0; when < 4; when++)
			for (known = 0; known <= 1; known++)
				for (n = 1; n <= 2; n++) {
					nic.xdp_known = (uint8_t)known;
					nic.xdp_features = f;
					g_assert_cmpuint(
						judge_beside(&nic, n, when), ==,
						n == 2 && known &&
							when == QUICSTEER_NIC_ATTACHED &&
							(f & SENDS) != SENDS);
				}
}

static void driver_lines_read_so(void)
{
	struct quicsteer_nic nic = device("eth0");

	nic.xdp_features = QUICSTEER_XDP_BASIC | QUICSTEER_XDP_REDIRECT;
	judge_beside(&nic, 2, QUICSTEER_NIC_ATTACHED);
	g_assert_cmpstr(lines[0].text, ==,
			"interface eth0: the driver cannot send what came in "
			"by another interface (leave it out, or --mode skb)");
	nic.xdp_features = QUICSTEER_XDP_BASIC;
	judge_beside(&nic, 2, QUICSTEER_NIC_ATTACHED);
	g_assert_cmpstr(lines[0].text, ==,
			"interface eth0: the driver cannot send on by another "
			"interface (leave it out, or --mode skb)");
}

/* ---- drivers that take no program ------------------------------------- */

static const char *explain(const struct quicsteer_nic *nic, int err,
			   const char *says)
{
	g_assert_cmpint(quicsteer_nic_explain(nic, err, says, lines), ==,
			QUICSTEER_NO);
	return lines[0].text;
}

static void drivers_words_and_commands(void)
{
	struct quicsteer_nic nic = device("eth0");

	g_assert_cmpstr(explain(&nic, EINVAL, "too few queues"), ==,
			"interface eth0: attaching: too few queues");
	g_assert_cmpstr(explain(&nic, ENOSPC, ""), ==,
			"interface eth0: attaching: No space left on device");
	nic.mtu = 9000;
	nic.features.on = QUICSTEER_NIC_LRO | QUICSTEER_NIC_RX_GRO_HW;
	g_assert_cmpstr(explain(&nic, EINVAL, "no"), ==,
			"interface eth0: attaching: no (ethtool -K eth0 lro "
			"off; ethtool -K eth0 rx-gro-hw off; MTU 9000: ip link "
			"set dev eth0 mtu 3000)");
	/* of another cause, these would mislead */
	g_assert_cmpstr(explain(&nic, ENOMEM, ""), ==,
			"interface eth0: attaching: Cannot allocate memory");
	nic.mtu = 1500;
	nic.features.on = nic.features.fixed = QUICSTEER_NIC_RX_GRO_HW;
	g_assert_cmpstr(explain(&nic, EOPNOTSUPP, "no"), ==,
			"interface eth0: attaching: no (rx-gro-hw is on for "
			"good: --mode skb is the slow way)");
	g_assert_nonnull(strstr(explain(&nic, EPERM, ""), "run as root"));
}

static void mtu_is_named_unless_frames_may_be_long(void)
{
	static const int errs[] = { EINVAL, ERANGE, EOPNOTSUPP, E2BIG };
	struct quicsteer_nic nic = device("eth0");
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(errs); i++) {
		nic.mtu = 1500;
		g_assert_null(strstr(explain(&nic, errs[i], "x"), "MTU"));
		nic.mtu = 1501;
		g_assert_nonnull(
			strstr(explain(&nic, errs[i], "x"), "(MTU 1501: "));
		g_assert_nonnull(
			strstr(explain(&nic, errs[i], "x"), "(MTU 1501: "));
		nic.xdp_features |= QUICSTEER_XDP_RX_SG;
		g_assert_null(strstr(explain(&nic, errs[i], "x"), "MTU"));
		nic.xdp_features &= ~(uint64_t)QUICSTEER_XDP_RX_SG;
	}
}

static void veth_mtu_is_its_other_ends(void)
{
	struct quicsteer_nic nic = veth("eth0");

	nic.mtu = 9000;
	nic.peer.mtu = 3506;
	g_assert_cmpstr(explain(&nic, ERANGE, "x"), ==,
			"interface eth0: attaching: x");
	nic.peer.mtu = 3507;
	g_assert_cmpstr(explain(&nic, ERANGE, "x"), ==,
			"interface eth0: attaching: x (MTU 3507: ip link set "
			"dev end mtu 3506)");
	nic.peer.known = 0;
	g_assert_cmpstr(explain(&nic, ERANGE, "x"), ==,
			"interface eth0: attaching: x (MTU 9000: ip link set "
			"dev eth0 mtu 3506)");
}

static void drivers_without_xdp_are_told(void)
{
	static const char none[] = "interface eth0: the driver has no native "
				   "XDP (--mode skb is the slow way)";
	struct quicsteer_nic nic = device("eth0");

	nic.mtu = 65536;
	nic.xdp_features = 0;
	g_assert_cmpstr(explain(&nic, EOPNOTSUPP, "x"), ==, none);
	nic.xdp_known = 0;
	g_assert_cmpstr(explain(&nic, EOPNOTSUPP, ""), ==, none);
	g_assert_cmpstr(explain(&nic, EOPNOTSUPP,
				"underlying driver does not support XDP in "
				"native mode"),
			==, none);
	g_assert_nonnull(strstr(explain(&nic, EOPNOTSUPP, "x"), "MTU"));
	g_assert_nonnull(strstr(explain(&nic, EINVAL, ""), "MTU"));
}

static const struct unit_case cases[] = {
	{ "features_in_every_combination", features_in_every_combination },
	{ "lines_read_so", lines_read_so },
	{ "every_interface_is_looked_at", every_interface_is_looked_at },
	{ "tags_on_a_veth_are_its_other_ends",
	  tags_on_a_veth_are_its_other_ends },
	{ "veth_needs_xdp_at_its_other_end", veth_needs_xdp_at_its_other_end },
	{ "veth_lines_read_so", veth_lines_read_so },
	{ "drivers_are_asked_once_attached", drivers_are_asked_once_attached },
	{ "driver_lines_read_so", driver_lines_read_so },
	{ "drivers_words_and_commands", drivers_words_and_commands },
	{ "mtu_is_named_unless_frames_may_be_long",
	  mtu_is_named_unless_frames_may_be_long },
	{ "veth_mtu_is_its_other_ends", veth_mtu_is_its_other_ends },
	{ "drivers_without_xdp_are_told", drivers_without_xdp_are_told },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("nic_judge", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
