/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One worker of the server: its loop.  Each turn takes datagrams in, then lets
 * the connections work whose time has come.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "connection.h"
#include "resets.h"
#include "retry.h"
#include "table.h"
#include "workers.h"

/* Datagrams taken in before the timers get their turn. */
#define MAX_BATCH 64

ngtcp2_tstamp server_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ngtcp2_tstamp)ts.tv_sec * NGTCP2_SECONDS +
	       (ngtcp2_tstamp)ts.tv_nsec;
}

void server_log(const struct server *server, const char *format, ...)
{
	va_list args;

	if (server->quiet)
		return;
	va_start(args, format);
	flockfile(stdout); /* lines of several workers stay whole */
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
	va_end(args);
}

/* --------------------------------------------------------- queue of work -- */

static gint by_expiry(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct connection *x = a;
	const struct connection *y = b;

	(void)unused;
	return (x->expiry > y->expiry) - (x->expiry < y->expiry);
}

/* The connection that is due first, or NULL. */
static struct connection *first(const struct server *server)
{
	GSequenceIter *iter = g_sequence_get_begin_iter(server->by_expiry);

	return g_sequence_iter_is_end(iter) ? NULL : g_sequence_get(iter);
}

static void requeue(struct connection *connection)
{
	g_sequence_sort_changed(connection->queued, by_expiry, NULL);
}

/* Each at most once: afterwards it is due later than now. */
static void run_due(struct server *server, ngtcp2_tstamp now)
{
	struct connection *connection;

	while ((connection = first(server)) && connection->expiry <= now) {
		connection_work(connection, now);
		if (connection->state == CONNECTION_GONE)
			g_sequence_remove(connection->queued); /* and free */
		else
			requeue(connection);
	}
}

/* ------------------------------------------------------------- sending -- */

static void send_version_negotiation(struct server *server,
				     const ngtcp2_version_cid *ids,
				     const struct datagram *datagram)
{
	static const uint32_t versions[] = { NGTCP2_PROTO_VER_V1 };
	uint8_t packet[NGTCP2_MAX_UDP_PAYLOAD_SIZE];
	uint8_t unused_bits;
	ngtcp2_ssize n;

	/* RFC 9000 5.2.2: nothing for what is too short to be an Initial. */
	if (datagram->len < NGTCP2_MAX_UDP_PAYLOAD_SIZE)
		return;
	gnutls_rnd(GNUTLS_RND_NONCE, &unused_bits, sizeof(unused_bits));
	n = ngtcp2_pkt_write_version_negotiation(
		packet, sizeof(packet), unused_bits, ids->scid, ids->scidlen,
		ids->dcid, ids->dcidlen, versions, G_N_ELEMENTS(versions));
	if (n > 0)
		server_send(server, &datagram->path, packet, (size_t)n);
}

/* ----------------------------------------------------------- receiving -- */

static void log_accepted(const struct server *server,
			 struct connection *connection, const ngtcp2_path *path)
{
	const ngtcp2_cid *first = &connection->first_cid;
	char address[TEXT_ADDRESS_CAP];
	char cid[TEXT_HEX_CAP];

	text_hex(first->data, first->datalen, cid, sizeof(cid));
	text_address(path->remote.addr, address, sizeof(address));
	server_log(server, "connection accepted %s from %s", cid, address);
	connection->accepted = 1;
}

static void start_connection(struct server *server,
			     const ngtcp2_pkt_hd *initial,
			     const ngtcp2_cid *retried_dcid,
			     const struct datagram *datagram, ngtcp2_tstamp now)
{
	struct connection *connection;
	int err;

	connection =
		connection_new(server, initial, &datagram->path, retried_dcid);
	if (!connection)
		return;
	err = connection_read(connection, datagram, now);
	/* ngtcp2 asks for a Retry if the ClientHello comes in pieces. */
	if (err == NGTCP2_ERR_RETRY)
		retry_send(server, initial, &datagram->path);
	if (connection->state == CONNECTION_GONE) {
		connection_free(connection);
		return;
	}
	if (connection->state == CONNECTION_OPEN)
		log_accepted(server, connection, &datagram->path);
	connection->queued = g_sequence_insert_sorted(
		server->by_expiry, connection, by_expiry, NULL);
}

/* A packet with a DCID that no connection answers to. */
static void receive_unknown(struct server *server,
			    const struct datagram *datagram, ngtcp2_tstamp now)
{
	ngtcp2_cid retried_dcid;
	ngtcp2_pkt_hd initial;

	if (ngtcp2_accept(&initial, datagram->data, datagram->len))
		return;
	switch (retry_check(server, &initial, &datagram->path, &retried_dcid)) {
	case RETRY_NO_TOKEN:
		if (server->retry)
			retry_send(server, &initial, &datagram->path);
		else
			start_connection(server, &initial, NULL, datagram, now);
		break;
	case RETRY_BAD_TOKEN:
		/*
		 * No INVALID_TOKEN: the token may be good at another server,
		 * and this packet gone astray.
		 */
		break;
	case RETRY_GOOD_TOKEN:
		start_connection(server, &initial, &retried_dcid, datagram,
				 now);
		break;
	}
}

/* A short header does not say how long its DCID is: the DCID itself does. */
static size_t short_dcid_len(const struct server *server,
			     const struct datagram *datagram)
{
	if (datagram->len < 2)
		return 0;
	return quiclb_ngtcp2_cid_len(&server->lb, datagram->data[1]);
}

/* handed: 1 if another worker gave it to us */
static void receive(struct server *server, const struct datagram *datagram,
		    int handed, ngtcp2_tstamp now)
{
	struct connection *connection;
	ngtcp2_version_cid ids;
	ngtcp2_cid dcid;
	int err;

	err = ngtcp2_pkt_decode_version_cid(&ids, datagram->data, datagram->len,
					    short_dcid_len(server, datagram));
	if (err && err != NGTCP2_ERR_VERSION_NEGOTIATION)
		return;
	/* ngtcp2 knows drafts of versions that this server does not offer. */
	if (err || (ids.version && ids.version != NGTCP2_PROTO_VER_V1)) {
		send_version_negotiation(server, &ids, datagram);
		return;
	}
	if (ids.dcidlen > NGTCP2_MAX_CIDLEN)
		return;
	ngtcp2_cid_init(&dcid, ids.dcid, ids.dcidlen);
	connection = g_hash_table_lookup(server->by_cid, &dcid);
	if (connection) {
		connection_read(connection, datagram, now);
		requeue(connection);
	} else if (!handed && workers_hand_over(server, &ids, datagram)) {
		return;
	} else if (ids.version) {
		receive_unknown(server, datagram, now);
	} else if (server->resets && dcid.datalen) {
		resets_send(server, &dcid, datagram);
	}
}

void server_set_local(struct server *server, size_t endpoint,
		      struct datagram *datagram)
{
	struct endpoint *const at = &server->endpoints[endpoint];

	datagram->path.local.addr = (struct sockaddr *)&at->local;
	datagram->path.local.addrlen = at->local_len;
}

/* Where datagrams come from: the endpoints, and behind them the inbox. */
static ssize_t take(struct server *server, size_t from_where,
		    struct datagram *datagram, struct sockaddr_storage *from)
{
	if (from_where == server->n_endpoints)
		return workers_take(server, datagram, from);
	server_set_local(server, from_where, datagram);
	datagram->path.remote.addrlen = sizeof(*from);
	return recvfrom(server->endpoints[from_where].fd, server->datagram,
			sizeof(server->datagram), MSG_DONTWAIT,
			(struct sockaddr *)from,
			&datagram->path.remote.addrlen);
}

static void receive_batch(struct server *server, size_t from_where)
{
	const int handed = from_where == server->n_endpoints;
	struct sockaddr_storage from;
	struct datagram datagram = {
		.path.remote.addr = (struct sockaddr *)&from,
		.data = server->datagram,
	};

	for (int i = 0; i < MAX_BATCH; i++) {
		const ssize_t n = take(server, from_where, &datagram, &from);

		if (n < 0)
			return;
		datagram.len = (size_t)n;
		if (n)
			receive(server, &datagram, handed, server_now());
	}
}

/* ---------------------------------------------------------------- loop -- */

/* Until a datagram, a message or the first timer. */
static int wait_for_work(struct server *server)
{
	const struct connection *next = first(server);
	struct pollfd readable[SERVER_ENDPOINTS + 1];
	const ngtcp2_tstamp now = server_now();
	struct timespec timeout = { 0, 0 };
	size_t i;

	for (i = 0; i < server->n_endpoints; i++)
		readable[i].fd = server->endpoints[i].fd;
	readable[i++].fd = server->inbox[0];
	for (size_t j = 0; j < i; j++)
		readable[j].events = POLLIN;
	if (next && next->expiry > now) {
		timeout.tv_sec =
			(time_t)((next->expiry - now) / NGTCP2_SECONDS);
		timeout.tv_nsec = (long)((next->expiry - now) % NGTCP2_SECONDS);
	}
	if (ppoll(readable, i, next ? &timeout : NULL, NULL) < 0 &&
	    errno != EINTR)
		return -1;
	return 0;
}

int server_run(struct server *server)
{
	while (!server->stop) {
		if (wait_for_work(server)) {
			perror("ngtcp2-server: ppoll");
			return -1;
		}
		for (size_t i = 0; i <= server->n_endpoints; i++)
			receive_batch(server, i);
		run_due(server, server_now());
	}
	if (server->n_handed_over)
		server_log(server, "worker %zu handed over %zu datagrams",
			   server->number, server->n_handed_over);
	return 0;
}

/* ------------------------------------------------------- open and close -- */

static void free_connection(gpointer connection)
{
	connection_free(connection);
}

void server_init(struct server *server)
{
	memset(server, 0, sizeof(*server));
	server->inbox[0] = server->inbox[1] = -1;
}

void server_open(struct server *server)
{
	server->by_cid = table_new();
	server->by_expiry = g_sequence_new(free_connection);
}

static void shutdown_one(gpointer connection, gpointer now)
{
	connection_shutdown(connection, *(const ngtcp2_tstamp *)now);
}

void server_close(struct server *server)
{
	ngtcp2_tstamp now = server_now();

	if (server->by_expiry) {
		g_sequence_foreach(server->by_expiry, shutdown_one, &now);
		g_sequence_free(server->by_expiry);
		g_hash_table_destroy(server->by_cid);
	}
	for (size_t i = 0; i < server->n_endpoints; i++)
		close(server->endpoints[i].fd);
	for (size_t i = 0; i < 2; i++)
		if (server->inbox[i] >= 0)
			close(server->inbox[i]);
	quiclb_reader_free(server->reader);
	quiclb_ngtcp2_close(&server->lb);
	quiclb_wipe(server->secret, sizeof(server->secret));
	quiclb_wipe(server->reset_key, sizeof(server->reset_key));
}
