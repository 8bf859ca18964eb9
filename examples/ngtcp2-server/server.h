/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server: one socket, one loop, and the table that finds the connection of
 * a packet by its destination CID.
 */
#ifndef NGTCP2_SERVER_SERVER_H
#define NGTCP2_SERVER_SERVER_H

#include <sys/socket.h>

#include <glib.h>
#include <ngtcp2/ngtcp2.h>

#include "cids.h"
#include "text.h"
#include "tls.h"

#define SERVER_DATAGRAM_CAP 65536

struct connection;

struct server {
	struct sockaddr_storage local; /* the VIP: source of all we send */
	socklen_t local_len;	       /* bytes */
	int fd;
	int root;  /* directory of the files */
	int retry; /* 1: every client has to prove its address */
	int quiet;
	int resets; /* 1: packets of no known connection draw one */
	struct tls tls;
	struct cids cids;
	uint8_t secret[32];		     /* of this process: Retry tokens */
	uint8_t reset_key[QUICLB_KEY_BYTES]; /* or of this process too */
	GHashTable *by_cid;   /* ngtcp2_cid -> struct connection, borrowed */
	GSequence *by_expiry; /* struct connection, owned; soonest first */
	uint8_t datagram[SERVER_DATAGRAM_CAP];
};

/*
 * root, tls and cids are set; server_close() releases them.  Returns 0, or -1
 * with a line on standard error.
 */
int server_open(struct server *server, const struct quiclb_address *address,
		uint16_t port);

/* Its socket; called by server_open(). */
int socket_open(struct server *server, const struct quiclb_address *address,
		uint16_t port);

/* Until SIGTERM or SIGINT.  Returns 0, or -1 with a line on standard error. */
int server_run(struct server *server);

/* Closes every connection. */
void server_close(struct server *server);

/* Now, on the clock of all timers. */
ngtcp2_tstamp server_now(void);

/* A packet that cannot be sent is a lost packet: QUIC repeats its content. */
void server_send(struct server *server, const ngtcp2_path *path,
		 const uint8_t *packet, size_t len);

/* One line on standard output. */
void server_log(const struct server *server, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif /* NGTCP2_SERVER_SERVER_H */
