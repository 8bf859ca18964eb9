/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libquicsteer: puts a checked deployment into the kernel as an XDP program
 * and its maps, and reads back what they did.  It prints nothing; every
 * failure leaves one line in struct quicsteer_error and the kernel as it was.
 */
#ifndef QUICSTEER_H
#define QUICSTEER_H

#include <stddef.h>
#include <stdint.h>

#include <config/change.h>
#include <config/deployment.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUICSTEER_PIN_DIR "/sys/fs/bpf/quic-steer"
#define QUICSTEER_NAME_CAP 16 /* interface name with the final zero */
#define QUICSTEER_CAP_INTERFACES 32

/* How a call ended; the tools exit with these. */
enum quicsteer_result {
	QUICSTEER_DONE = 0,
	QUICSTEER_NO = 1,	    /* the system refused */
	QUICSTEER_USAGE = 2,	    /* the caller or the deployment is wrong */
	QUICSTEER_NOT_ATTACHED = 3, /* there is nothing of ours */
	QUICSTEER_FOREIGN = 4,	    /* someone else's program is there */
};

struct quicsteer_error {
	char text[512]; /* one line, no newline */
};

/* Generic XDP instead of the driver's own; slow, for NICs without. */
#define QUICSTEER_F_SKB 0x1u
/* Whatever the interfaces do with frames: see quicsteer_nic_problems(). */
#define QUICSTEER_F_ANY_NIC 0x2u

/* Growable: always start from quicsteer_options_init(). */
struct quicsteer_options {
	size_t size;
	const char *pin_dir; /* on a bpffs; made if missing, its parent not */
	const char *const *interfaces; /* names */
	size_t n_interfaces;	       /* up: 1..32 */
	uint32_t flags;		       /* QUICSTEER_F_* */
	uint32_t reserved;	       /* 0 */
};

static inline void quicsteer_options_init(struct quicsteer_options *options)
{
	memset(options, 0, sizeof(*options));
	options->size = sizeof(*options);
	options->pin_dir = QUICSTEER_PIN_DIR;
}

/**
 * quicsteer_find_local() - marks the servers that are this host
 * @param deployment  if its role is real server and the file names no local
 *                    address, the servers with an address of a local interface
 *                    become local; otherwise unchanged
 * @return QUICSTEER_DONE, or QUICSTEER_USAGE if a real server is in no pool
 */
int quicsteer_find_local(struct quiclb_deployment *deployment,
			 struct quicsteer_error *error);

/**
 * quicsteer_up() - loads, fills, attaches and pins
 * @param deployment  checked, locals marked
 * @return QUICSTEER_DONE, QUICSTEER_NO, QUICSTEER_USAGE or QUICSTEER_FOREIGN;
 *   on failure everything this call made is gone again
 * Threads: one call at a time per pin directory; others are refused.
 */
int quicsteer_up(const struct quiclb_deployment *deployment,
		 const struct quicsteer_options *options,
		 struct quicsteer_error *error);

/**
 * quicsteer_nic_problems() - what makes steering go wrong on these interfaces
 * @param options     interfaces and mode; the program is attached to them
 * @param[out] lines  written only on success; each names the command that
 *                    mends it; to free()
 * @return QUICSTEER_DONE, also if there are none, QUICSTEER_NO or
 *   QUICSTEER_USAGE
 *
 * quicsteer_up() refuses what it finds, unless QUICSTEER_F_ANY_NIC is set.
 */
int quicsteer_nic_problems(const struct quicsteer_options *options,
			   struct quicsteer_error **lines, size_t *n,
			   struct quicsteer_error *error);

/**
 * quicsteer_reload() - switches to another deployment in one step
 * @return QUICSTEER_DONE, QUICSTEER_NO, QUICSTEER_USAGE or
 *   QUICSTEER_NOT_ATTACHED; on failure the old deployment stays in force
 *
 * Each packet sees all of the old or all of the new.  Counters of a VIP that
 * is in both go on.
 */
int quicsteer_reload(const struct quiclb_deployment *deployment,
		     const struct quicsteer_options *options,
		     struct quicsteer_error *error);

/**
 * quicsteer_upgrade() - puts this release's program in the place of what runs
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_NOT_ATTACHED; on failure
 *   the programs that ran go on, on all interfaces
 *
 * Configuration, counters and pins stay; each interface goes over in one step.
 * Maps of another ABI are refused.  What MAC address an interface has is asked
 * for anew.
 */
int quicsteer_upgrade(const struct quicsteer_options *options,
		      struct quicsteer_error *error);

/**
 * quicsteer_maintain() - puts right what the network has undone since `up`
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_NOT_ATTACHED
 *
 * Neighbour entries of the servers, MAC addresses of peers, the sysctl of lo.
 * Takes up to half a second while a server does not answer.
 */
int quicsteer_maintain(const struct quicsteer_options *options,
		       struct quicsteer_error *error);

/**
 * quicsteer_down() - detaches and removes everything quicsteer_up() made
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_NOT_ATTACHED
 */
int quicsteer_down(const struct quicsteer_options *options,
		   struct quicsteer_error *error);

struct quicsteer_counters {
	uint64_t packets[QUICLB_N_REASONS]; /* by QUICLB_REASON_* */
	/* of VIPs: packets whose CID was under a key, and was in the memo */
	uint64_t memo_hits;
	uint64_t memo_misses; /* or not */
};

struct quicsteer_interface {
	char name[QUICSTEER_NAME_CAP]; /* "#INDEX" if the device is gone */
	uint32_t ifindex;
	uint32_t program_id;
	uint8_t native;	  /* 1: the driver runs the program; 0: generic */
	uint8_t attached; /* 0: the link is gone, as when the device went */
	struct quicsteer_counters counters; /* of packets to no VIP */
};

struct quicsteer_vip {
	struct quiclb_address address;
	uint16_t port; /* host order */
	struct quicsteer_counters counters;
};

/* Whether packets can be sent on to a server. */
enum quicsteer_reach {
	QUICSTEER_REACH_LOCAL,	    /* this host */
	QUICSTEER_REACH_OK,	    /* on-link, MAC known */
	QUICSTEER_REACH_UNRESOLVED, /* on-link, no MAC: nobody answers */
	QUICSTEER_REACH_ROUTER,	    /* behind a router, and no tunnel */
	QUICSTEER_REACH_NO_ROUTE,
	QUICSTEER_REACH_GUE,  /* behind a router, in a tunnel of this kind */
	QUICSTEER_REACH_IPIP, /* or this */
};

#define QUICSTEER_N_STATES 3 /* enum quiclb_server_state */

struct quicsteer_server {
	struct quiclb_address address;
	enum quicsteer_reach reach;
	uint8_t mac[6];			 /* REACH_OK */
	uint8_t permanent;		 /* 1: entry set by the administrator */
	uint8_t encapsulation;		 /* enum quiclb_encapsulation */
	char device[QUICSTEER_NAME_CAP]; /* OK and UNRESOLVED */
	size_t n_ids;			 /* server IDs it has */
	/* of them, by enum quiclb_server_state */
	size_t n_in_state[QUICSTEER_N_STATES];
	uint8_t state; /* the worst of them */
};

/**
 * quicsteer_tunnel_room() - how long a packet may be in the tunnel to a server
 * @param server    reach is QUICSTEER_REACH_GUE or QUICSTEER_REACH_IPIP
 * @param[out] mtu  of the way there, for the outer packet
 * @return bytes of the inner packet; 0: the kernel does not say, or no tunnel
 */
uint32_t quicsteer_tunnel_room(const struct quicsteer_server *server,
			       uint32_t *mtu);

/* What is in force, locked against other commands. */
struct quicsteer_delta;

/**
 * quicsteer_delta_open() - begins to change what is in force
 * @param[out] delta  written only on success; to quicsteer_delta_close()
 * @return QUICSTEER_DONE, QUICSTEER_NO, QUICSTEER_USAGE or
 *   QUICSTEER_NOT_ATTACHED
 */
int quicsteer_delta_open(const struct quicsteer_options *options,
			 struct quicsteer_delta **delta,
			 struct quicsteer_error *error);
void quicsteer_delta_close(struct quicsteer_delta *delta);

/**
 * quicsteer_delta_check() - whether CID configs and VIPs are those in force
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_USAGE
 *
 * Then the pools are, too.  Servers are not compared.
 */
int quicsteer_delta_check(const struct quicsteer_delta *delta,
			  const struct quiclb_deployment *deployment,
			  struct quicsteer_error *error);

/**
 * quicsteer_delta_apply() - adds or removes a server, or sets its state
 * @param change  pool may be QUICLB_CHANGE_ONLY_POOL
 * @param[out] host  reach, mac and device of a server added; else zeros
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_USAGE; on failure nothing
 *   has changed
 *
 * One map update: each packet sees the server as it was or as it will be.
 * An address new to the configuration takes up to half a second if it does
 * not answer.
 */
int quicsteer_delta_apply(struct quicsteer_delta *delta,
			  const struct quiclb_change *change,
			  struct quicsteer_server *host,
			  struct quicsteer_error *error);

/* A new text for a file, not yet in its place. */
struct quicsteer_save;

/**
 * quicsteer_save_open() - looks at the file, before it is read
 * @param[out] save  written only on success; to quicsteer_save_close()
 * @return QUICSTEER_DONE, QUICSTEER_NO, or QUICSTEER_USAGE: no regular file
 */
int quicsteer_save_open(const char *path, struct quicsteer_save **save,
			struct quicsteer_error *error);
/**
 * quicsteer_save_write() - writes the text beside the file
 * @return QUICSTEER_DONE or QUICSTEER_NO
 *
 * With its owner, mode and access list; readable by nobody before.
 */
int quicsteer_save_write(struct quicsteer_save *save, const char *text,
			 size_t len, struct quicsteer_error *error);
/**
 * quicsteer_save_commit() - puts the new file in the place of the old
 * @return QUICSTEER_DONE or QUICSTEER_NO
 */
int quicsteer_save_commit(struct quicsteer_save *save,
			  struct quicsteer_error *error);
/* Removes what was not committed. */
void quicsteer_save_close(struct quicsteer_save *save);

struct quicsteer_status {
	uint32_t generation;
	uint8_t lo_forwards; /* 0: the FIB does not answer the program */
	struct quicsteer_interface *interfaces;
	size_t n_interfaces;
	struct quicsteer_vip *vips;
	size_t n_vips;
	struct quicsteer_server *servers; /* one row per address */
	size_t n_servers;
};

/**
 * quicsteer_status() - what is attached, and what it counted
 * @param[out] status  written only on success; to quicsteer_status_free()
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_NOT_ATTACHED
 */
int quicsteer_status(const struct quicsteer_options *options,
		     struct quicsteer_status **status,
		     struct quicsteer_error *error);
void quicsteer_status_free(struct quicsteer_status *status);

/* What the program did with one frame. */
struct quicsteer_verdict {
	enum quiclb_reason reason;
	uint32_t action; /* XDP_PASS, XDP_TX, XDP_REDIRECT */
	int vip;	 /* index in the deployment, or -1: to no VIP */
	uint8_t *frame;	 /* as it left; freed by the caller with free() */
	size_t frame_len;
};

/**
 * quicsteer_explain() - runs one Ethernet frame through a private copy
 * @param options  interfaces the program is taken to run on, the first being
 *                 where the frame arrives; none: on all, arriving on lo
 * @param frame    14..frame_len bytes, at most 4096
 * @param[out] verdict  written only on success
 * @return QUICSTEER_DONE, QUICSTEER_NO or QUICSTEER_USAGE
 *
 * The same object file with maps of its own: live counters do not move.  The
 * FIB and the neighbours are the system's.
 */
int quicsteer_explain(const struct quiclb_deployment *deployment,
		      const struct quicsteer_options *options,
		      const uint8_t *frame, size_t frame_len,
		      struct quicsteer_verdict *verdict,
		      struct quicsteer_error *error);

/**
 * quicsteer_reason_name() - name of a reason, as in every output
 * quicsteer_reason_text() - the same in one line
 * @return a static string; "unknown" behind the end
 */
const char *quicsteer_reason_name(unsigned int reason);
const char *quicsteer_reason_text(unsigned int reason);

/**
 * quicsteer_action_name() - "PASS", "TX", "REDIRECT", "DROP"
 * @return a static string; "unknown" for what the program never returns
 */
const char *quicsteer_action_name(uint32_t action);

#ifdef __cplusplus
}
#endif

#endif /* QUICSTEER_H */
