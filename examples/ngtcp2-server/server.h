/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One worker of the server: its sockets, its loop, and the table that finds the
 * connection of a packet by its destination CID.
 */
#ifndef NGTCP2_SERVER_SERVER_H
#define NGTCP2_SERVER_SERVER_H

#include <sys/socket.h>

#include <glib.h>
#include <ngtcp2/ngtcp2.h>

#include <config/deployment.h>

#include "quiclb_ngtcp2.h"
#include "text.h"
#include "tls.h"

#define SERVER_DATAGRAM_CAP 65536

struct connection;
struct datagram;
struct workers;

/* An address that the server has a socket on, and sends from. */
struct endpoint {
	struct sockaddr_storage local;
	socklen_t local_len; /* bytes */
	int fd;
};

enum { SERVER_VIP, SERVER_PREFERRED, SERVER_ENDPOINTS };

struct server {
	struct endpoint endpoints[SERVER_ENDPOINTS]; /* of SERVER_* */
	size_t n_endpoints;
	struct workers *workers; /* of which this is one */
	size_t number;		 /* of it, from 0 */
	size_t n_handed_over;	 /* datagrams, to other workers */
	int inbox[2];		 /* we read from the first */
	int stop;
	struct quiclb_reader *reader; /* of all CIDs of this server */
	int root;		      /* directory of the files */
	int retry; /* 1: every client has to prove its address */
	int quiet;
	int resets; /* 1: packets of no known connection draw one */
	struct tls tls;
	struct quiclb_ngtcp2 lb;	     /* all CIDs that we issue */
	uint8_t secret[32];		     /* of this process: Retry tokens */
	uint8_t reset_key[QUICLB_KEY_BYTES]; /* or of this process too */
	GHashTable *by_cid;   /* ngtcp2_cid -> struct connection, borrowed */
	GSequence *by_expiry; /* struct connection, owned; soonest first */
	uint8_t datagram[SERVER_DATAGRAM_CAP];
};

/* An empty one, which server_close() may be given. */
void server_init(struct server *server);

/* Its tables; what else it needs is set. */
void server_open(struct server *server);

/*
 * One more socket.  shared: other workers have sockets on the same address.
 * Returns 0, or -1 with a line on standard error.
 */
int socket_open(struct server *server, const struct quiclb_address *address,
		uint16_t port, int shared);

/* Until it is told to stop.  Returns 0, or -1 with a line on standard error. */
int server_run(struct server *server);

/* Closes every connection; root and tls are others'. */
void server_close(struct server *server);

/* Says that a datagram came in at an endpoint. */
void server_set_local(struct server *server, size_t endpoint,
		      struct datagram *datagram);

/* Now, on the clock of all timers. */
ngtcp2_tstamp server_now(void);

/* A packet that cannot be sent is a lost packet: QUIC repeats its content. */
void server_send(struct server *server, const ngtcp2_path *path,
		 const uint8_t *packet, size_t len);

/* One line on standard output. */
void server_log(const struct server *server, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif /* NGTCP2_SERVER_SERVER_H */
