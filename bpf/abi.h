/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The frozen keys and values of the maps: written by libquicsteer, read by the
 * XDP program.  Any change of a layout here, or of struct quiclb_record, takes
 * a new QUICLB_MAP_ABI; user space refuses maps of another number.
 */
#ifndef QUICLB_ABI_H
#define QUICLB_ABI_H

#include <quiclb/wire.h>

#define QUICLB_MAP_ABI 5

/* Capacities.  Rows of counters: first the interfaces, then the VIPs. */
#define QUICLB_CAP_INTERFACES 32
#define QUICLB_CAP_VIPS 1024
/* two generations of VIPs that share none */
#define QUICLB_CAP_ROWS (QUICLB_CAP_INTERFACES + 2 * QUICLB_CAP_VIPS)
#define QUICLB_CAP_RECORDS 64	 /* of one generation */
#define QUICLB_CAP_SERVERS 65536 /* of one generation */

/*
 * A configuration in the kernel is a generation.  Keys carry its number, the
 * records of generation g start at index (g & 1) * QUICLB_CAP_RECORDS; so the
 * next one is filled beside the active one and takes over by one store to
 * control.generation.  A packet reads that number once.  The first 16 bytes
 * are the same in every ABI: `down` reads them.
 */
struct quiclb_control {
	quiclb_u32 generation; /* the active one; 0: none yet, pass all */
	quiclb_u32 map_abi;    /* QUICLB_MAP_ABI */
	quiclb_u32 restore;    /* QUICLB_RESTORE_*: what `down` puts back */
	quiclb_u32 epoch;      /* another one makes the memo forget */
	quiclb_u32 interfaces[QUICLB_CAP_INTERFACES]; /* row -> ifindex, or 0 */
	quiclb_u32 frags;    /* set of rows: what these interfaces are given by
				another one may lie in several buffers */
	quiclb_u32 revision; /* of the generation's servers and peers: another
				one, and CPUs ask for them again */
};

#define QUICLB_RESTORE_LO_FORWARDING_4 0x1u /* was 0 before `up` */
#define QUICLB_RESTORE_LO_FORWARDING_6 0x2u

struct quiclb_vip_key {
	quiclb_u8 address[16]; /* network order; IPv4 in the first 4 */
	quiclb_u16 port;       /* network order */
	quiclb_u8 family;      /* 4 or 6 */
	quiclb_u8 pad;
	quiclb_u32 generation;
};

/* Values of quiclb_vip_value.records that are no index. */
#define QUICLB_RECORD_NONE 0xffff     /* no_config, or no further one */
#define QUICLB_RECORD_RESERVED 0xfffe /* reserved */

struct quiclb_vip_value {
	quiclb_u32 row; /* of its counters */
	/*
	 * By the first octet's top three bits: indices within the generation
	 * of the records to try, in order, or a value above.
	 */
	quiclb_u16 records[QUICLB_N_CODEPOINTS][QUICLB_N_TENANTS];
	/* their smallest min_cid_len, bytes */
	quiclb_u8 shortest[QUICLB_N_CODEPOINTS];
	quiclb_u8 flags;       /* QUICLB_VIP_* */
	quiclb_u8 server_down; /* enum quiclb_down_policy */
	quiclb_u8 keyed;       /* set of codepoints that have keyed records */
	quiclb_u8 pad;
};

#define QUICLB_VIP_PASS_INITIAL 0x1   /* clients' first packets pass */
#define QUICLB_VIP_DEMULTIPLEX 0x2    /* first bytes that are not QUIC's pass */
#define QUICLB_VIP_ANSWER_TOO_BIG 0x4 /* by Packet Too Big, and drop */

struct quiclb_server_key {
	quiclb_u64 server_id[2]; /* as the decoder gives it */
	quiclb_u32 pool;	 /* quiclb_record.tag */
	quiclb_u32 generation;
};

struct quiclb_server_value {
	quiclb_u8 address[16];	 /* of the server, as in quiclb_vip_key */
	quiclb_u32 index;	 /* of its next hop; the same for one address */
	quiclb_u8 family;	 /* 4 or 6 */
	quiclb_u8 local;	 /* 1: this host */
	quiclb_u8 state;	 /* enum quiclb_server_state */
	quiclb_u8 encapsulation; /* enum quiclb_encapsulation */
};

/* What the FIB said of a server, kept per CPU. */
struct quiclb_hop {
	quiclb_u64 jiffies;    /* when it was asked */
	quiclb_u32 generation; /* whose index it was asked for */
	quiclb_u32 index;      /* of the server; the array is direct-mapped */
	quiclb_u32 ifindex;    /* way out: the program is attached there */
	quiclb_u8 macs[12];    /* destination, source: an Ethernet header */
	quiclb_u16 mtu;	       /* of an IP packet that way */
	quiclb_u8 direct;      /* 1: on the same L2; 0: by a router */
	quiclb_u8 n_tags;      /* 0..2, or QUICLB_TAGS_KEPT */
	quiclb_u32 tags[2];    /* as in quiclb_link */
	quiclb_u32 frags;      /* 1: as in quiclb_control */
};

/* Value of quiclb_hop.n_tags: frames leave with the VLAN tags they have. */
#define QUICLB_TAGS_KEPT 0xff

/*
 * What is below an interface that the FIB may name: a VLAN device, or an
 * interface that VLAN devices are on.
 */
struct quiclb_link {
	quiclb_u32 ifindex; /* of the lowest one */
	quiclb_u32 tags[2]; /* outer first, as in a frame: type, then VLAN ID */
	quiclb_u8 n_tags;   /* 0..2 */
	quiclb_u8 pad[3];
};

#define QUICLB_CAP_LINKS 16384 /* at most half of them VLAN devices */

struct quiclb_peer_key {
	quiclb_u8 mac[6];
	quiclb_u16 pad;
	quiclb_u32 generation;
};

struct quiclb_counters {
	quiclb_u64 packets[QUICLB_REASONS_CAP]; /* by QUICLB_REASON_* */
	quiclb_u64 memo_hits;	/* CIDs under a key found in the memo */
	quiclb_u64 memo_misses; /* or not, and then decoded unless overload */
};

/*
 * What one CID under a key decoded to.  Its ciphertext alone: low bits of the
 * first octet and server-use bytes are anyone's, and would make aliases.
 */
struct quiclb_memo_entry {
	quiclb_u64 body[3];	 /* of the DCID, zeros elsewhere */
	quiclb_u64 server_id[2]; /* as in quiclb_server_key */
	quiclb_u32 candidate;	 /* QUICLB_CANDIDATE() */
	quiclb_u32 generation;	 /* 0: the entry is empty */
	quiclb_u32 epoch;	 /* of quiclb_control */
	quiclb_u32 pad[3];
};

#define QUICLB_MEMO_WAYS 4
/* of the hash: for the words of 32 bits of a CID, and for the candidate */
#define QUICLB_MEMO_SEEDS 6
/* which record of a VIP: the row of its counters is its name */
#define QUICLB_CANDIDATE(row, codepoint, i)                                    \
	((row) << 5 | (codepoint) << 2 | (i))

struct quiclb_memo_set {
	struct quiclb_memo_entry entries[QUICLB_MEMO_WAYS];
};

/* What a CPU may still do, of something that is bounded. */
struct quiclb_budget {
	quiclb_u64 at;	   /* ns: when credit was right */
	quiclb_u64 credit; /* ns: each decode costs 1 s / rate of it */
};

/* Where this host's tunnels to servers of one family begin. */
struct quiclb_source {
	quiclb_u8 address[16]; /* as in quiclb_vip_key: GUE's, and its end */
	quiclb_u8 ipip[16];    /* of IP in IP, but for the bits of spread */
	quiclb_u32 spread;     /* bits of the last word (IPv4: the first) that
				  tell flows apart, as in a packet */
	quiclb_u8 is_set;      /* 1: there is one */
	quiclb_u8 pad[3];
};

#define QUICLB_CAP_POOLS 64
#define QUICLB_CAP_FREE_SLOTS 31

/* For user space alone: what an added or removed server must know. */
struct quiclb_census {
	quiclb_u32 n_servers; /* server IDs of all pools */
	quiclb_u32 n_local;   /* of them this host's */
	struct {
		quiclb_u32 n_servers;
		quiclb_u32 encapsulation;
	} pools[QUICLB_CAP_POOLS];
	quiclb_u32 next_slot; /* of quiclb_hops: none behind it was taken */
	quiclb_u32 n_free;
	quiclb_u32 free_slots[QUICLB_CAP_FREE_SLOTS]; /* given back */
	quiclb_u32 pad;
};

/* What a generation has besides records, servers and VIPs. */
struct quiclb_settings {
	quiclb_u32 cold_decode_ns; /* 1 s / rate; 0: no budget */
	quiclb_u32 icmp_ns;	   /* 1 s / rate of ICMP errors; 0: no bound */
	quiclb_u16 gue_port;	   /* network order */
	quiclb_u8 has_prefixes;	   /* 1: look in quiclb_prefixes, too */
	quiclb_u8 pad[5];
	struct quiclb_source source4;
	struct quiclb_source source6;
	struct quiclb_census census;
};

/* Of quiclb_budgets. */
#define QUICLB_BUDGET_COLD_DECODES 0
#define QUICLB_BUDGET_ICMP 1
#define QUICLB_BUDGET_TOO_BIG 2
#define QUICLB_N_BUDGETS 3

/* A client's way to a VIP, and the server that it was steered to. */
struct quiclb_flow_key {
	quiclb_u8 client[16]; /* as in quiclb_vip_key */
	quiclb_u8 vip[16];
	quiclb_u16 client_port; /* network order, both */
	quiclb_u16 vip_port;
	quiclb_u32 generation;
};

struct quiclb_flow_value {
	quiclb_u64 server_id[2]; /* as in quiclb_server_key */
	quiclb_u32 pool;
	quiclb_u32 pad;
};

/* Who sends and receives tunnel packets. */
struct quiclb_endpoint_key {
	quiclb_u8 address[16]; /* as in quiclb_vip_key */
	quiclb_u8 family;
	quiclb_u8 pad[3];
	quiclb_u32 generation;
};

struct quiclb_endpoint_value {
	quiclb_u32 flags; /* QUICLB_ENDPOINT_* */
	/* for user space alone: server IDs with this address, and their index
	   in quiclb_server_value */
	quiclb_u32 n_ids;
	quiclb_u32 index;
};

#define QUICLB_ENDPOINT_LOCAL 0x1    /* this host */
#define QUICLB_ENDPOINT_PEER 0x2     /* a server: what it sends was steered */
#define QUICLB_ENDPOINT_BALANCER 0x4 /* what it sends was not */

/* Many sources of tunnels at once: the longest prefix holds. */
struct quiclb_prefix_key {
	quiclb_u32 prefix_len; /* bits of what follows */
	quiclb_u32 generation;
	quiclb_u8 family;
	quiclb_u8 pad[3];
	quiclb_u8 address[16]; /* as in quiclb_vip_key */
};

#define QUICLB_PREFIX_BITS(bits) (64 + (bits)) /* bits of the address */

/* of one generation: servers, and what the file names besides */
#define QUICLB_CAP_ENDPOINTS (QUICLB_CAP_SERVERS + 128)
#define QUICLB_CAP_PREFIXES 128

#define QUICLB_FROZEN(type, bytes)                                             \
	QUICLB_STATIC_ASSERT(sizeof(struct type) == (bytes), "frozen")
QUICLB_FROZEN(quiclb_control, 24 + 4 * QUICLB_CAP_INTERFACES);
QUICLB_FROZEN(quiclb_vip_key, 24);
QUICLB_FROZEN(quiclb_vip_value, 80);
QUICLB_FROZEN(quiclb_server_key, 24);
QUICLB_FROZEN(quiclb_server_value, 24);
QUICLB_FROZEN(quiclb_hop, 48);
QUICLB_FROZEN(quiclb_link, 16);
QUICLB_FROZEN(quiclb_peer_key, 12);
QUICLB_FROZEN(quiclb_counters, 272);
QUICLB_FROZEN(quiclb_memo_set, 256);
QUICLB_FROZEN(quiclb_budget, 16);
QUICLB_FROZEN(quiclb_flow_key, 40);
QUICLB_FROZEN(quiclb_flow_value, 24);
QUICLB_FROZEN(quiclb_source, 40);
QUICLB_FROZEN(quiclb_census, 656);
QUICLB_FROZEN(quiclb_settings, 752);
QUICLB_FROZEN(quiclb_endpoint_key, 24);
QUICLB_FROZEN(quiclb_endpoint_value, 12);
QUICLB_FROZEN(quiclb_prefix_key, 28);

#endif /* QUICLB_ABI_H */
