/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `up` must know of a network interface: nic.c reads it from the kernel,
 * nic_judge.c says what is wrong with it and asks nobody.
 */
#ifndef QUICSTEER_NIC_H
#define QUICSTEER_NIC_H

#include "steer/private.h"

/* Features as the kernel calls them, and ethtool -k. */
#define QUICSTEER_NIC_RX_VLAN 0x1u    /* rx-vlan-hw-parse */
#define QUICSTEER_NIC_RX_STAG 0x2u    /* rx-vlan-stag-hw-parse */
#define QUICSTEER_NIC_TX_VLAN 0x4u    /* tx-vlan-hw-insert */
#define QUICSTEER_NIC_TX_STAG 0x8u    /* tx-vlan-stag-hw-insert */
#define QUICSTEER_NIC_RX_FCS 0x10u    /* rx-fcs */
#define QUICSTEER_NIC_RX_ALL 0x20u    /* rx-all */
#define QUICSTEER_NIC_LRO 0x40u	      /* rx-lro */
#define QUICSTEER_NIC_RX_GRO_HW 0x80u /* rx-gro-hw */

/*
 * enum netdev_xdp_act of linux/netdev.h, which older headers do not have.
 * RX_SG is newer than the kernel's frags, so where it is set we use them.
 */
#define QUICSTEER_XDP_BASIC 0x1u
#define QUICSTEER_XDP_REDIRECT 0x2u
#define QUICSTEER_XDP_NDO_XMIT 0x4u
#define QUICSTEER_XDP_RX_SG 0x20u
#define QUICSTEER_XDP_NDO_XMIT_SG 0x40u

struct quicsteer_nic_features {
	uint32_t on;	/* QUICSTEER_NIC_* */
	uint32_t fixed; /* of all: ethtool cannot change them */
};

/* The other end of a veth device. */
struct quicsteer_nic_peer {
	char name[QUICSTEER_NAME_CAP];
	uint32_t ifindex;
	uint32_t mtu;
	uint8_t known;	  /* 0: in a namespace that is closed to us */
	uint8_t here;	  /* 1: in this namespace; else features are unknown */
	uint8_t runs_xdp; /* natively */
	struct quicsteer_nic_features features;
};

struct quicsteer_nic {
	char name[QUICSTEER_NAME_CAP];
	uint32_t ifindex;
	uint32_t mtu;
	uint8_t tagged; /* 1: there are VLAN devices on it */
	uint8_t veth;
	uint8_t xdp_known;     /* Linux 6.3 */
	uint64_t xdp_features; /* QUICSTEER_XDP_* */
	struct quicsteer_nic_features features;
	struct quicsteer_nic_peer peer; /* of a veth */
};

/* Reads n interfaces by name; one that is not there is all zeros. */
int quicsteer_nic_read(const char *const *names, size_t n,
		       struct quicsteer_nic *nics,
		       struct quicsteer_error *error);

/* Adds those that are on; fd: any socket.  Nothing if the kernel tells none. */
void quicsteer_nic_features(int fd, const char *name,
			    struct quicsteer_nic_features *features);

/* At most so many lines for one interface. */
#define QUICSTEER_NIC_LINES 4

/* When it is asked, and of what. */
#define QUICSTEER_NIC_SKB 0x1u	    /* generic XDP */
#define QUICSTEER_NIC_ATTACHED 0x2u /* the program is on all of them */

/*
 * What would make steering go wrong on n interfaces together; writes one line
 * for each, with the command that mends it, and returns their number.
 */
size_t quicsteer_nic_judge(const struct quicsteer_nic *nics, size_t n,
			   unsigned int when, struct quicsteer_error *lines);

/*
 * Why an interface took no native program: err, what the driver says (or ""),
 * and what is to be done.
 */
int quicsteer_nic_explain(const struct quicsteer_nic *nic, int err,
			  const char *says, struct quicsteer_error *error);

#endif /* QUICSTEER_NIC_H */
