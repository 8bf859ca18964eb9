/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with network interfaces, and the command that mends it.  Pure:
 * all it knows is in struct quicsteer_nic.  docs/operation.md has the same
 * rules as a table, and what was looked at and is no reason to refuse.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "steer/nic.h"

#define USUAL_MTU 1500 /* no driver minds */
/* A page of 4 KiB less headroom, Ethernet header and struct skb_shared_info. */
#define VETH_MTU 3506
#define NIC_MTU 3000 /* drivers differ: 3046 and 3498 are common */

/* ---- VLAN tags -------------------------------------------------------- */

/*
 * The program writes the tags of the way out, whether it has seen any or not.
 * In native mode that is all the frame has.  In generic mode a tag that the
 * NIC has taken out stays beside the frame, and would be put in once more.
 */
static int tags_matter(const struct quicsteer_nic *nic, unsigned int when)
{
	return nic->tagged && when & QUICSTEER_NIC_SKB;
}

static size_t judge_tags(const struct quicsteer_nic *nic,
			 struct quicsteer_error *line)
{
	const uint32_t strips = nic->features.on &
				(QUICSTEER_NIC_RX_VLAN | QUICSTEER_NIC_RX_STAG);

	if (!strips)
		return 0;
	if (strips & nic->features.fixed) {
		quicsteer_fail(line, 0,
			       "interface %s: VLAN tags are stripped by the "
			       "NIC, always, and --mode skb would send them "
			       "twice (leave it out)",
			       nic->name);
		return 1;
	}
	quicsteer_fail(line, 0,
		       "interface %s: VLAN tags are stripped by the NIC, and "
		       "--mode skb would send them twice (ethtool -K %s%s%s)",
		       nic->name, nic->name,
		       strips & QUICSTEER_NIC_RX_VLAN ? " rxvlan off" : "",
		       strips & QUICSTEER_NIC_RX_STAG
			       ? " rx-vlan-stag-hw-parse off"
			       : "");
	return 1;
}

/* A veth strips nothing, whatever it says: its other end leaves tags beside. */
static size_t judge_veth_tags(const struct quicsteer_nic *nic,
			      struct quicsteer_error *line)
{
	const struct quicsteer_nic_peer *const peer = &nic->peer;
	const uint32_t leaves = peer->features.on &
				(QUICSTEER_NIC_TX_VLAN | QUICSTEER_NIC_TX_STAG);

	if (!leaves)
		return 0;
	quicsteer_fail(line, 0,
		       "interface %s: VLAN tags come beside the frame from "
		       "%s, its other end, and --mode skb would send them "
		       "twice (ethtool -K %s%s%s)",
		       nic->name, peer->name, peer->name,
		       leaves & QUICSTEER_NIC_TX_VLAN ? " txvlan off" : "",
		       leaves & QUICSTEER_NIC_TX_STAG
			       ? " tx-vlan-stag-hw-insert off"
			       : "");
	return 1;
}

/* ---- frames that are longer, or worse, than they should be ------------ */

static size_t judge_frames(const struct quicsteer_nic *nic,
			   struct quicsteer_error *lines)
{
	size_t n = 0;

	if (nic->features.on & QUICSTEER_NIC_RX_FCS)
		quicsteer_fail(&lines[n++], 0,
			       "interface %s: frames come with their checksum "
			       "and would be sent on with it (ethtool -K %s "
			       "rx-fcs off)",
			       nic->name, nic->name);
	if (nic->features.on & QUICSTEER_NIC_RX_ALL)
		quicsteer_fail(&lines[n++], 0,
			       "interface %s: broken frames come in and would "
			       "be sent on (ethtool -K %s rx-all off)",
			       nic->name, nic->name);
	return n;
}

/* ---- what becomes of frames that XDP sends ---------------------------- */

static int is_among(const struct quicsteer_nic *nics, size_t n,
		    uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (nics[i].ifindex == ifindex)
			return 1;
	return 0;
}

/*
 * The other end receives what XDP sends only while it runs XDP itself.  GRO
 * there makes NDO_XMIT appear, too, but then TX arrives late or never.
 */
static size_t judge_veth(const struct quicsteer_nic *nics, size_t n,
			 const struct quicsteer_nic *nic,
			 struct quicsteer_error *line)
{
	const struct quicsteer_nic_peer *const peer = &nic->peer;

	if (peer->known ? peer->runs_xdp
			: !nic->xdp_known ||
				  nic->xdp_features & QUICSTEER_XDP_NDO_XMIT)
		return 0;
	/* it will run ours */
	if (peer->here && is_among(nics, n, peer->ifindex))
		return 0;
	quicsteer_fail(line, 0,
		       "interface %s: what XDP sends is lost: the other end "
		       "of this veth%s%s%s runs no XDP program (there: ip link "
		       "set dev %s xdpdrv obj FILE, one that passes "
		       "everything; or --mode skb here)",
		       nic->name, peer->known ? ", " : "",
		       peer->known ? peer->name : "", peer->known ? "," : "",
		       peer->known ? peer->name : "PEER");
	return 1;
}

/* Drivers say what they can do when a program is attached, not before. */
static size_t judge_redirect(const struct quicsteer_nic *nic, size_t n,
			     struct quicsteer_error *line)
{
	if (n < 2 || !nic->xdp_known)
		return 0;
	if (nic->xdp_features & QUICSTEER_XDP_REDIRECT &&
	    nic->xdp_features & QUICSTEER_XDP_NDO_XMIT)
		return 0;
	quicsteer_fail(line, 0,
		       "interface %s: the driver cannot %s (leave it out, or "
		       "--mode skb)",
		       nic->name,
		       nic->xdp_features & QUICSTEER_XDP_REDIRECT
			       ? "send what came in by another interface"
			       : "send on by another interface");
	return 1;
}

static size_t judge_one(const struct quicsteer_nic *nics, size_t n,
			const struct quicsteer_nic *nic, unsigned int when,
			struct quicsteer_error *lines)
{
	size_t found = 0;

	if (tags_matter(nic, when))
		found += nic->veth ? judge_veth_tags(nic, lines)
				   : judge_tags(nic, lines);
	found += judge_frames(nic, &lines[found]);
	if (when & QUICSTEER_NIC_SKB)
		return found;
	if (nic->veth)
		return found + judge_veth(nics, n, nic, &lines[found]);
	if (when & QUICSTEER_NIC_ATTACHED)
		found += judge_redirect(nic, n, &lines[found]);
	return found;
}

size_t quicsteer_nic_judge(const struct quicsteer_nic *nics, size_t n,
			   unsigned int when, struct quicsteer_error *lines)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += judge_one(nics, n, &nics[i], when, &lines[found]);
	return found;
}

/* ---- why a driver took no program ------------------------------------- */

/* Commands that may mend it, with "; " between. */
static void mends(const struct quicsteer_nic *nic, char *text, size_t cap)
{
	const struct quicsteer_nic_peer *const peer = &nic->peer;
	const uint32_t on = nic->features.on;
	/* veth asks how long the frames are that its other end sends */
	const int of_peer = nic->veth && peer->known;
	const uint32_t mtu = of_peer ? peer->mtu : nic->mtu;
	size_t len = 0;

	text[0] = '\0';
	if (on & QUICSTEER_NIC_LRO)
		len += (size_t)snprintf(text + len, cap - len,
					"; ethtool -K %s lro off", nic->name);
	if (on & QUICSTEER_NIC_RX_GRO_HW &&
	    nic->features.fixed & QUICSTEER_NIC_RX_GRO_HW)
		len += (size_t)snprintf(text + len, cap - len,
					"; rx-gro-hw is on for good: --mode "
					"skb is the slow way");
	else if (on & QUICSTEER_NIC_RX_GRO_HW)
		len += (size_t)snprintf(text + len, cap - len,
					"; ethtool -K %s rx-gro-hw off",
					nic->name);
	if (mtu > (nic->veth ? VETH_MTU : USUAL_MTU) &&
	    !(nic->xdp_features & QUICSTEER_XDP_RX_SG))
		snprintf(text + len, cap - len,
			 "; MTU %u: ip link set dev %s mtu %d", mtu,
			 of_peer ? peer->name : nic->name,
			 nic->veth ? VETH_MTU : NIC_MTU);
}

/* As the kernel says it for drivers that know nothing of XDP. */
static int is_without_xdp(const struct quicsteer_nic *nic, int err,
			  const char *says)
{
	if (err != EOPNOTSUPP)
		return 0;
	if (nic->xdp_known)
		return !(nic->xdp_features & QUICSTEER_XDP_BASIC);
	return !*says || strstr(says, "not support XDP in native mode");
}

int quicsteer_nic_explain(const struct quicsteer_nic *nic, int err,
			  const char *says, struct quicsteer_error *error)
{
	char text[256] = "";

	if (err == EPERM || err == EACCES)
		return quicsteer_fail_errno(
			error, err, "attaching to interface %s", nic->name);
	if (is_without_xdp(nic, err, says))
		return quicsteer_fail(error, QUICSTEER_NO,
				      "interface %s: the driver has no native "
				      "XDP (--mode skb is the slow way)",
				      nic->name);
	if (err == EINVAL || err == ERANGE || err == EOPNOTSUPP || err == E2BIG)
		mends(nic, text, sizeof(text));
	return quicsteer_fail(error, QUICSTEER_NO,
			      "interface %s: attaching: %s%s%s%s", nic->name,
			      *says ? says : strerror(err), *text ? " (" : "",
			      *text ? text + 2 : "", *text ? ")" : "");
}
