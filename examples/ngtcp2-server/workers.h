/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One server on several threads.  The kernel gives a datagram to any of their
 * sockets, by its addresses; when these change, mostly to another one.  Its
 * CID names the worker that knows the connection: there it is handed over.
 */
#ifndef NGTCP2_SERVER_WORKERS_H
#define NGTCP2_SERVER_WORKERS_H

#include <pthread.h>

#include "identity.h"
#include "server.h"

#define WORKERS_CAP 256

struct worker {
	struct server server;
	pthread_t thread;
	int started;
};

struct workers {
	struct worker *each; /* owned */
	size_t n;
	struct quiclb_config configs[QUICLB_N_CODEPOINTS]; /* keys: wiped */
	size_t n_configs;
	struct quiclb_table *table; /* decoder of all configs */
};

/* What all workers have in common. */
struct worker_setup {
	const struct server *model; /* root, tls, flags and reset key are set */
	struct quiclb_address addresses[SERVER_ENDPOINTS]; /* VIP; preferred */
	uint16_t ports[SERVER_ENDPOINTS];
	size_t n_addresses;
};

/*
 * Opens n workers.  Returns 0, or -1 with a line on standard error; either way
 * workers_close() releases them.
 */
int workers_open(struct workers *workers, size_t n,
		 const struct identity *identity,
		 const struct worker_setup *setup);

/* Starts the threads.  Returns 0 or -1 with a line on standard error. */
int workers_start(struct workers *workers);

/*
 * All move to another CID config; connections go on with the CIDs they have.
 * Returns 0, or -1 with a line on standard error and nothing changed.
 */
int workers_rotate(struct workers *workers, const struct identity *identity);

/* Ends and joins the threads.  Returns 0, or -1 if one had failed. */
int workers_stop(struct workers *workers);
void workers_close(struct workers *workers);

/* ---- on a worker's own thread ------------------------------------------- */

/*
 * Gives a datagram to the worker that its DCID names.  Returns 1 if that is
 * done; 0 if it is this one's own, or names none.
 */
int workers_hand_over(struct server *server, const ngtcp2_version_cid *ids,
		      const struct datagram *datagram);

/*
 * Takes one message from the inbox.  Returns the length of a datagram, which
 * is in server->datagram then, 0 if it was something else, -1 if there is none.
 */
ssize_t workers_take(struct server *server, struct datagram *datagram,
		     struct sockaddr_storage *from);

#endif /* NGTCP2_SERVER_WORKERS_H */
