/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One QUIC connection: ngtcp2 with its callbacks, from the first packet until
 * nothing more can arrive for it.
 */
#ifndef NGTCP2_SERVER_CONNECTION_H
#define NGTCP2_SERVER_CONNECTION_H

#include <glib.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "http3.h"

/* What fits into a packet on any path; ngtcp2 probes up to this. */
#define CONNECTION_PACKET_CAP NGTCP2_MAX_PMTUD_UDP_PAYLOAD_SIZE

struct server;

enum connection_state {
	CONNECTION_OPEN,
	CONNECTION_CLOSING,  /* we closed it (RFC 9000 10.2.1) */
	CONNECTION_DRAINING, /* the client closed it (10.2.2) */
	CONNECTION_GONE,     /* to be freed */
};

struct connection {
	struct server *server;
	ngtcp2_conn *quic;
	gnutls_session_t tls;
	ngtcp2_crypto_conn_ref tls_ref;
	struct http3 *http3; /* NULL until 1-RTT keys are there */
	enum connection_state state;
	ngtcp2_cid first_cid;  /* of the server */
	int accepted;	       /* 1: the log has said so */
	int routable;	       /* 0: first_cid carries no server ID */
	ngtcp2_tstamp expiry;  /* when connection_work() is due */
	GHashTable *cids;      /* set of ngtcp2_cid, owned: all it answers to */
	GSequenceIter *queued; /* its place in the server's queue */
	ngtcp2_connection_close_error error; /* why we close */
	uint8_t close_packet[CONNECTION_PACKET_CAP];
	size_t close_packet_len;
	unsigned int n_late; /* packets that came while closing */
};

/* One datagram and where it travelled. */
struct datagram {
	ngtcp2_path path;
	const uint8_t *data;
	size_t len;
};

/*
 * A connection for an Initial that ngtcp2_accept() accepted.  retried_dcid:
 * the DCID of the Initial before the Retry, or NULL if there was none.
 * Returns NULL on failure.
 */
struct connection *connection_new(struct server *server,
				  const ngtcp2_pkt_hd *initial,
				  const ngtcp2_path *path,
				  const ngtcp2_cid *retried_dcid);
void connection_free(struct connection *connection);

/*
 * Takes a datagram in; answers are sent by connection_work(), due at once.
 * Returns NGTCP2_ERR_RETRY if the client has to prove its address first, else
 * 0.
 */
int connection_read(struct connection *connection,
		    const struct datagram *datagram, ngtcp2_tstamp now);

/* Runs the timers that are due, and sends what can be sent. */
void connection_work(struct connection *connection, ngtcp2_tstamp now);

/* Tells the client that the server goes away. */
void connection_shutdown(struct connection *connection, ngtcp2_tstamp now);

#endif /* NGTCP2_SERVER_CONNECTION_H */
