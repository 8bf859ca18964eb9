/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A deployment: everything one configuration file says, checked.  Tools, the
 * steering library and servers read it; it knows no kernel and prints nothing.
 */
#ifndef QUICLB_DEPLOYMENT_H
#define QUICLB_DEPLOYMENT_H

#include <stddef.h>
#include <stdint.h>

#include <quiclb/quiclb.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of a file.  Those of a CID stand in quiclb/wire.h. */
#define QUICLB_MAX_POOLS 64
#define QUICLB_MAX_CID_CONFIGS 64
#define QUICLB_MAX_VIPS 1024
#define QUICLB_MAX_SERVERS 65536 /* server-id-mappings over all pools */
#define QUICLB_MAX_TUNNELS 32	 /* of each tunnel-* leaf */
#define QUICLB_MAX_IPIP_SOURCES 2
#define QUICLB_NAME_CAP 64 /* bytes with the final zero */

/* IPv4 or IPv6 address. */
struct quiclb_address {
	uint8_t family;	   /* 4 or 6 */
	uint8_t bytes[16]; /* network order; IPv4 in the first 4, rest zero */
};

/* All addresses whose first len bits are these; the others are zero. */
struct quiclb_prefix {
	struct quiclb_address address;
	uint8_t len; /* bits: 0..32 or 0..128; all of them: one address */
};

enum quiclb_role {
	QUICLB_ROLE_REAL_SERVER = 0,
	QUICLB_ROLE_BALANCER = 1,
};

/* One row of server-id-mappings. */
struct quiclb_server {
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t server_id_len; /* bytes */
	uint8_t local;	       /* 1: this host, as the file says */
	uint8_t state;	       /* enum quiclb_server_state */
	struct quiclb_address address;
};

/* One server-pool. */
struct quiclb_pool {
	char name[QUICLB_NAME_CAP];
	uint8_t encapsulation; /* enum quiclb_encapsulation */
	struct quiclb_server *servers;
	size_t n_servers;
};

/* One row of cid-configs. */
struct quiclb_cid_config {
	char name[QUICLB_NAME_CAP];
	struct quiclb_config config;  /* checked; holds the key */
	size_t pool;		      /* index of its server-pool */
	char tenant[QUICLB_NAME_CAP]; /* empty: none */
};

/* One row of vip. */
struct quiclb_vip {
	struct quiclb_address address;
	uint16_t port;		/* host order, 1..65535 */
	uint8_t server_down;	/* enum quiclb_down_policy */
	uint8_t pass_initial;	/* 1: clients' first packets are not decoded */
	uint8_t demultiplex;	/* 1: first bytes that are not QUIC's pass */
	uint8_t answer_too_big; /* 1: by Packet Too Big */
	uint8_t reserved; /* set of codepoints, the top three bits of a first
			     octet, of unroutable CIDs: bit c for c */
	/* by codepoint: indices of the CID configs to try, in this order; -1
	   behind the last */
	int cid_configs[QUICLB_N_CODEPOINTS][QUICLB_N_TENANTS];
};

struct quiclb_deployment {
	enum quiclb_role role;
	uint8_t has_local; /* 1: the file names this host's server addresses */
	uint16_t gue_port; /* host order */
	/* where this host's tunnels begin and end; none: at its servers' */
	struct quiclb_address tunnel_addresses[QUICLB_MAX_TUNNELS];
	size_t n_tunnel_addresses;
	/* sources of this host's IP in IP, one of each family at most; none: as
	   above */
	struct quiclb_prefix ipip_sources[QUICLB_MAX_IPIP_SOURCES];
	size_t n_ipip_sources;
	struct quiclb_prefix tunnel_peers[QUICLB_MAX_TUNNELS];
	size_t n_tunnel_peers;
	struct quiclb_prefix tunnel_balancers[QUICLB_MAX_TUNNELS];
	size_t n_tunnel_balancers;
	uint32_t memo_entries;	   /* per CPU: a power of two, or 0: no memo */
	uint32_t cold_decode_rate; /* per second and CPU; 0: no bound */
	uint32_t n_flows;	   /* steered flows that are kept; 0: none */
	uint32_t icmp_rate; /* errors sent on, and as many made, per second and
			       CPU; 0: no bound */
	struct quiclb_pool *pools;
	size_t n_pools;
	struct quiclb_cid_config *cid_configs; /* in the file's order */
	size_t n_cid_configs;
	struct quiclb_vip *vips;
	size_t n_vips;
};

/* One line on what is wrong: file, path in it, rule.  No newline, no key. */
struct quiclb_deployment_error {
	char text[512];
};

/**
 * quiclb_deployment_load() - reads and checks a configuration file
 * @param path             JSON (RFC 7951) of the YANG module quiclb
 * @param[out] deployment  written only on success; to
 *                         quiclb_deployment_free()
 * @param[out] error       written only on failure; or NULL
 * @return 0, or
 *   QUICLB_ERR_ARG     the file cannot be read, is no JSON, or breaks a rule;
 *                      error says which and where
 *   QUICLB_ERR_NOMEM
 *   or the error of quiclb_config_check() for the CID config that error names
 *   or QUICLB_ERR_ROTATION_IN_USE, QUICLB_ERR_AMBIGUOUS, QUICLB_ERR_TENANTS
 *                      CID configs of one VIP that do not go together
 * Threads: safe on different deployments.  Loads take turns, and for as long
 * as one runs libyang logs nothing in this process.  Since: 0.1.0.
 *
 * Keys: the texts and the tree that were read are wiped.  What libyang itself
 * released is not: a key written with JSON escapes, or one in a file that was
 * refused, may stay in freed memory until it is used again.
 */
int quiclb_deployment_load(const char *path,
			   struct quiclb_deployment **deployment,
			   struct quiclb_deployment_error *error);

/**
 * quiclb_deployment_parse() - the same from memory
 * @param name  stands for the path in error texts and is the directory that
 *              relative key files are looked up beside
 * @param json  zero-terminated; the caller's to wipe
 */
int quiclb_deployment_parse(const char *name, const char *json,
			    struct quiclb_deployment **deployment,
			    struct quiclb_deployment_error *error);

/**
 * quiclb_deployment_free() - wipes keys and releases
 * @param deployment  or NULL
 */
void quiclb_deployment_free(struct quiclb_deployment *deployment);

/**
 * quiclb_deployment_set_local() - marks the servers with these addresses local
 * @param deployment   changed only on success
 * @param addresses    n_addresses of them; replaces what the file says
 * @return number of servers (rows of all pools) now local, 0 or more
 */
size_t quiclb_deployment_set_local(struct quiclb_deployment *deployment,
				   const struct quiclb_address *addresses,
				   size_t n_addresses);

/**
 * quiclb_cid_config_claims() - the first octets of a CID config's CIDs
 * @param cid_config  checked
 * @return set of codepoints: bit c for the value c of a first octet's top three
 *   bits
 * Threads: safe.  Since: 0.2.0.
 */
unsigned int
quiclb_cid_config_claims(const struct quiclb_cid_config *cid_config);

/**
 * quiclb_cid_config_reserved() - those of unroutable CIDs in its family
 * @param cid_config  checked
 * @return as quiclb_cid_config_claims(); 0 if the family has none
 * Threads: safe.  Since: 0.2.0.
 */
unsigned int
quiclb_cid_config_reserved(const struct quiclb_cid_config *cid_config);

/**
 * quiclb_address_parse() - an address from text
 * @param text          "192.0.2.1" or "2001:db8::1"
 * @param[out] address  written only on success
 * @return 0 or QUICLB_ERR_ARG
 */
int quiclb_address_parse(const char *text, struct quiclb_address *address);

/**
 * quiclb_prefix_parse() - an address or a prefix from text
 * @param text         "192.0.2.1", "192.0.2.0/24", "2001:db8::/32"; bits behind
 *                     the length are not looked at
 * @param[out] prefix  written only on success
 * @return 0 or QUICLB_ERR_ARG
 */
int quiclb_prefix_parse(const char *text, struct quiclb_prefix *prefix);

/**
 * quiclb_address_format() - text of an address
 * @param[out] text  at least 46 bytes
 */
void quiclb_address_format(const struct quiclb_address *address, char *text,
			   size_t text_cap);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_DEPLOYMENT_H */
