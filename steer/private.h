/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of libquicsteer share.  Every function returns an enum
 * quicsteer_result and, when that is not QUICSTEER_DONE, has said why in its
 * error argument.
 */
#ifndef QUICSTEER_PRIVATE_H
#define QUICSTEER_PRIVATE_H

#include "bpf/abi.h"
#include "steer/quicsteer.h"

/* Writes the line; returns result. */
__attribute__((format(printf, 3, 4))) int
quicsteer_fail(struct quicsteer_error *error, int result, const char *format,
	       ...);
/* The same with the reason of a failed system call behind it. */
__attribute__((format(printf, 3, 4))) int
quicsteer_fail_errno(struct quicsteer_error *error, int err, const char *format,
		     ...);

/* ---- records.c: deployment -> frozen keys and values, no kernel ------- */

struct quicsteer_records {
	struct quiclb_vip_key *vip_keys;
	struct quiclb_vip_value *vip_values; /* rows not yet assigned */
	size_t n_vips;
	struct quiclb_record records[QUICLB_CAP_RECORDS];
	struct quiclb_server_key *server_keys;
	struct quiclb_server_value *server_values;
	size_t n_servers;
	struct quiclb_address *addresses; /* distinct, by server index */
	uint8_t *address_local;		  /* 1: this host */
	uint32_t *address_ids;		  /* server IDs of each */
	size_t n_addresses;
	struct quiclb_endpoint_key *endpoint_keys;
	struct quiclb_endpoint_value *endpoints;
	size_t n_endpoints;
	struct quiclb_prefix_key *prefix_keys;
	uint32_t *prefixes; /* QUICLB_ENDPOINT_* */
	size_t n_prefixes;
	struct quiclb_settings settings;
	uint32_t memo_entries; /* a power of two, or 0 */
	uint32_t n_flows;
};

int quicsteer_records_make(const struct quiclb_deployment *deployment,
			   uint32_t generation,
			   struct quicsteer_records **records,
			   struct quicsteer_error *error);
void quicsteer_records_free(struct quicsteer_records *records);

/* ---- maps.c: the maps as file descriptors ----------------------------- */

enum quicsteer_map {
	QUICSTEER_CONTROL,
	QUICSTEER_VIPS,
	QUICSTEER_RECORDS,
	QUICSTEER_SERVERS,
	QUICSTEER_HOPS,
	QUICSTEER_MEMO,
	QUICSTEER_BUDGETS,
	QUICSTEER_SETTINGS,
	QUICSTEER_ENDPOINTS,
	QUICSTEER_PREFIXES,
	QUICSTEER_LINKS,
	QUICSTEER_FLOWS,
	QUICSTEER_PEERS,
	QUICSTEER_STATS,
	QUICSTEER_N_MAPS,
};

struct quicsteer_maps {
	int fd[QUICSTEER_N_MAPS]; /* -1: not open */
};

extern const char *const quicsteer_map_names[QUICSTEER_N_MAPS];

void quicsteer_maps_init(struct quicsteer_maps *maps);
void quicsteer_maps_close(struct quicsteer_maps *maps);
int quicsteer_maps_open(struct quicsteer_maps *maps, const char *pin_dir,
			struct quicsteer_error *error);
/*
 * *restore of whatever ABI is pinned there: the first 16 bytes of struct
 * quiclb_control are the same in all of them.  0 if there is none.
 */
uint32_t quicsteer_control_restore(const char *pin_dir);
int quicsteer_control_read(const struct quicsteer_maps *maps,
			   struct quiclb_control *control,
			   struct quicsteer_error *error);
int quicsteer_control_write(const struct quicsteer_maps *maps,
			    const struct quiclb_control *control,
			    struct quicsteer_error *error);
/* Makes a generation the active one, in one store. */
int quicsteer_control_switch(const struct quicsteer_maps *maps,
			     uint32_t generation,
			     struct quicsteer_error *error);
/*
 * After servers or peers have changed: CPUs ask for them again, and if it is
 * not only a state the memo starts anew.
 */
int quicsteer_control_revise(const struct quicsteer_maps *maps, int memo_too,
			     struct quicsteer_error *error);
/* Writes a generation beside the active one; nothing reads it yet. */
int quicsteer_maps_fill(const struct quicsteer_maps *maps,
			struct quicsteer_records *records, uint32_t active,
			uint32_t generation, struct quicsteer_error *error);
/*
 * Removes every entry of another generation than keep, and the keys of its
 * records.
 */
int quicsteer_maps_sweep(const struct quicsteer_maps *maps, uint32_t keep,
			 struct quicsteer_error *error);
/* *only: 1 if there is no VIP of another generation. */
int quicsteer_maps_only(const struct quicsteer_maps *maps, uint32_t generation,
			int *only, struct quicsteer_error *error);
/* All keys and values of a hash map; the caller frees both. */
int quicsteer_maps_dump(const struct quicsteer_maps *maps,
			enum quicsteer_map which, void **keys, void **values,
			size_t *n, struct quicsteer_error *error);
/* Returns when no packet that began before is still in the program. */
void quicsteer_grace(void);

/* ---- net.c: interfaces, routes, neighbours, sysctls ------------------- */

/* MAC address of an interface; zeros if it has none. */
void quicsteer_net_mac(uint32_t ifindex, uint8_t mac[6]);

/* Where a server is; fills reach, mac, device of each by address. */
int quicsteer_net_reach(struct quicsteer_server *servers, size_t n_servers,
			struct quicsteer_error *error);
/*
 * Has the kernel keep the on-link ones resolved, and the routers to the others,
 * and waits a little.
 */
int quicsteer_net_keep(struct quicsteer_server *servers, size_t n_servers,
		       struct quicsteer_error *error);
/*
 * Undoes quicsteer_net_keep(); best effort.  Returns how many routers it let go
 * as well, which others may need.
 */
size_t quicsteer_net_release(struct quicsteer_server *servers,
			     size_t n_servers);

/* ---- nic_check.c: what the interfaces do with frames ------------------ */

/* Refuses what would go wrong; attached: the program is on all of them. */
int quicsteer_nic_check(const struct quicsteer_options *options, int attached,
			struct quicsteer_error *error);
/* *rows: quiclb_control.frags of what the program is attached to. */
int quicsteer_nic_frags(const struct quicsteer_options *options, uint32_t *rows,
			struct quicsteer_error *error);
/* Says why the program could not be attached natively, with err. */
int quicsteer_nic_refused(const char *name, int program, int err,
			  struct quicsteer_error *error);

/* ---- peers.c: the loop guard's MAC addresses -------------------------- */

/* Writes what is known of the servers' MACs; keep: has them kept resolved. */
int quicsteer_peers_fill(const struct quicsteer_maps *maps,
			 const struct quicsteer_records *records,
			 uint32_t generation, int keep,
			 struct quicsteer_error *error);
/* The same for one server whose reach is known; index: of its next hop. */
int quicsteer_peers_add(const struct quicsteer_maps *maps, uint32_t generation,
			uint32_t index, const struct quicsteer_server *server,
			struct quicsteer_error *error);
/*
 * One row for each address, as quicsteer_net_*() need it, of rows in any order
 * that may share one.  Adds up n_in_state; returns the number of rows left.
 */
size_t quicsteer_peers_unite(struct quicsteer_server *servers, size_t n);
/* One row for each server ID of a generation; the caller frees them. */
int quicsteer_peers_read(const struct quicsteer_maps *maps, uint32_t generation,
			 struct quicsteer_server **servers, size_t *n,
			 struct quicsteer_error *error);
/* Says of servers that are behind a router by which tunnel they are reached. */
int quicsteer_peers_tunnels(const struct quicsteer_maps *maps,
			    uint32_t generation,
			    struct quicsteer_server *servers, size_t n,
			    struct quicsteer_error *error);
/*
 * Gives back the neighbour entries of the servers of a generation, but for
 * those that except (or NULL) has too.
 */
int quicsteer_peers_release(const struct quicsteer_maps *maps,
			    uint32_t generation,
			    const struct quicsteer_records *except,
			    struct quicsteer_error *error);

/* ---- sysctl.c --------------------------------------------------------- */

/* Lets lo forward; adds to *restore what must be put back. */
int quicsteer_sysctl_set(uint32_t *restore, struct quicsteer_error *error);
void quicsteer_sysctl_restore(uint32_t restore);
/* The same for as long as the program is up: `down` finds what to restore. */
int quicsteer_sysctl_allow(const struct quicsteer_maps *maps,
			   struct quiclb_control *control,
			   struct quicsteer_error *error);
/* 1 if lo forwards, in every family the host has. */
int quicsteer_sysctl_is_set(void);
/*
 * Keeps others out between set and restore: without it, a command that sets
 * for a moment would take away what another has just set for good.  Waits a
 * second at most.  Returns a descriptor to quicsteer_sysctl_unlock(), or -1.
 */
int quicsteer_sysctl_lock(void);
void quicsteer_sysctl_unlock(int fd);

/* ---- program.c: the object file --------------------------------------- */

struct quic_steer_bpf;

struct quicsteer_program {
	struct quic_steer_bpf *skel;
	int fd;
};

/* What a copy of the program is made for.  Maps that are open keep their size.
 */
struct quicsteer_setup {
	uint32_t ifindex;      /* of its interface; 0: any */
	uint32_t row;	       /* of that interface's counters */
	size_t n_addresses;    /* next hops: room for so many */
	uint32_t memo_entries; /* per CPU, a power of two; 0: no memo */
	uint32_t n_flows;      /* steered flows; 0: none are kept */
};

/*
 * Loads one copy of the program.  Maps that are open in
 * *maps are used, the others made and left open there.
 */
int quicsteer_program_load(struct quicsteer_program *program,
			   struct quicsteer_maps *maps,
			   const struct quicsteer_setup *setup,
			   struct quicsteer_error *error);
void quicsteer_program_free(struct quicsteer_program *program);
/* Sizes as maps that are all open have them; no interface. */
int quicsteer_program_setup(const struct quicsteer_maps *maps,
			    struct quicsteer_setup *setup,
			    struct quicsteer_error *error);

/* ---- links.c: VLAN devices -------------------------------------------- */

/* Tells the program what VLAN devices there are now. */
int quicsteer_links_fill(const struct quicsteer_maps *maps,
			 struct quicsteer_error *error);

/* ---- pins.c: the pin directory ---------------------------------------- */

struct quicsteer_pins {
	char dir[256];
	int fd;	  /* of the directory, locked */
	int made; /* 1: this call made it */
};

/* make: 1 makes the directory if there is none. */
int quicsteer_pins_open(struct quicsteer_pins *pins, const char *dir, int make,
			struct quicsteer_error *error);
void quicsteer_pins_close(struct quicsteer_pins *pins);
void quicsteer_pins_path(const struct quicsteer_pins *pins, const char *prefix,
			 const char *name, char path[320]);
int quicsteer_pins_empty(const struct quicsteer_pins *pins);
/* Detaches links, removes pins and directory; refuses one that is not ours. */
int quicsteer_pins_remove(struct quicsteer_pins *pins,
			  struct quicsteer_error *error);

#define QUICSTEER_LINK_PREFIX "link_"
#define QUICSTEER_PROGRAM_PREFIX "prog_"

#endif /* QUICSTEER_PRIVATE_H */
