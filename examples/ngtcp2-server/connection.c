/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One QUIC connection: birth, packets in, packets out, and the states after
 * its close.
 */
#include "connection.h"

#include "callbacks.h"
#include "resets.h"
#include "server.h"
#include "table.h"

#define MIB (1024 * 1024)

/* ------------------------------------------------------------- birth -- */

static ngtcp2_conn *get_conn(ngtcp2_crypto_conn_ref *ref)
{
	const struct connection *connection = ref->user_data;

	return connection->quic;
}

static void set_params(ngtcp2_transport_params *params,
		       const ngtcp2_pkt_hd *initial,
		       const ngtcp2_cid *retried_dcid)
{
	ngtcp2_transport_params_default(params);
	params->initial_max_data = 8 * MIB;
	params->initial_max_stream_data_bidi_remote = 4 * MIB;
	params->initial_max_stream_data_uni = 1 * MIB;
	params->initial_max_streams_bidi = 100;
	params->initial_max_streams_uni = 100;
	params->max_idle_timeout = 30 * NGTCP2_SECONDS;
	/*
	 * How many of the client's CIDs the server keeps: it needs a fresh one
	 * for each path that the client moves to.  How many CIDs the client
	 * gets is the client's to say; ngtcp2 then issues up to 8.
	 */
	params->active_connection_id_limit = 7;
	params->original_dcid = initial->dcid;
	if (retried_dcid) {
		params->original_dcid = *retried_dcid;
		params->retry_scid = initial->dcid;
		params->retry_scid_present = 1;
	}
}

/* The server's first CID and, for a while, the DCID the client made up. */
static int add_first_cids(struct connection *connection,
			  const ngtcp2_pkt_hd *initial)
{
	ngtcp2_cid *cid = &connection->first_cid;
	struct server *server = connection->server;

	connection->routable = quiclb_ngtcp2_cid(&server->lb, cid);
	if (table_add(server->by_cid, connection, cid))
		return -1;
	return table_add(server->by_cid, connection, &initial->dcid);
}

/*
 * The address of this server alone, and a CID for there.  The client goes there
 * once the handshake is done: no balancer stands in its way then.
 */
static int prefer(struct connection *connection,
		  ngtcp2_transport_params *params)
{
	struct server *const server = connection->server;
	const struct endpoint *const at = &server->endpoints[SERVER_PREFERRED];
	ngtcp2_preferred_addr *const p = &params->preferred_address;

	if (server->n_endpoints <= SERVER_PREFERRED)
		return 0;
	if (quiclb_ngtcp2_new_cid(&server->lb, &p->cid,
				  p->stateless_reset_token,
				  connection->first_cid.datalen) ||
	    table_add(server->by_cid, connection, &p->cid))
		return -1;
	if (at->local.ss_family == AF_INET6) {
		memcpy(&p->ipv6, &at->local, sizeof(p->ipv6));
		p->ipv6_present = 1;
	} else {
		memcpy(&p->ipv4, &at->local, sizeof(p->ipv4));
		p->ipv4_present = 1;
	}
	params->preferred_address_present = 1;
	return 0;
}

static int start_quic(struct connection *connection,
		      const ngtcp2_pkt_hd *initial, const ngtcp2_path *path,
		      const ngtcp2_cid *retried_dcid)
{
	ngtcp2_transport_params params;
	ngtcp2_settings settings;

	if (add_first_cids(connection, initial))
		return -1;
	ngtcp2_settings_default(&settings);
	settings.initial_ts = server_now();
	settings.token = initial->token;
	set_params(&params, initial, retried_dcid);
	/* A connection that no balancer can follow had better not move. */
	params.disable_active_migration = !connection->routable;
	/* Of the first CID; those of later ones go with them. */
	params.stateless_reset_token_present =
		!resets_token(connection->server, &connection->first_cid,
			      params.stateless_reset_token);
	if (prefer(connection, &params))
		return -1;
	if (ngtcp2_conn_server_new(&connection->quic, &initial->scid,
				   &connection->first_cid, path,
				   initial->version, &server_callbacks,
				   &settings, &params, NULL, connection)) {
		connection->quic = NULL;
		return -1;
	}
	return 0;
}

struct connection *connection_new(struct server *server,
				  const ngtcp2_pkt_hd *initial,
				  const ngtcp2_path *path,
				  const ngtcp2_cid *retried_dcid)
{
	struct connection *connection = g_new0(struct connection, 1);

	connection->server = server;
	connection->cids = table_cid_set();
	connection->tls_ref.get_conn = get_conn;
	connection->tls_ref.user_data = connection;
	ngtcp2_connection_close_error_default(&connection->error);
	if (start_quic(connection, initial, path, retried_dcid) ||
	    tls_session_new(&server->tls, &connection->tls_ref,
			    &connection->tls)) {
		connection_free(connection);
		return NULL;
	}
	ngtcp2_conn_set_tls_native_handle(connection->quic, connection->tls);
	return connection;
}

void connection_free(struct connection *connection)
{
	table_remove_all(connection->server->by_cid, connection);
	g_hash_table_destroy(connection->cids);
	ngtcp2_conn_del(connection->quic);
	http3_free(connection->http3);
	if (connection->tls)
		gnutls_deinit(connection->tls);
	g_free(connection);
}

/* --------------------------------------------------------------- end -- */

static void leave_open(struct connection *connection,
		       enum connection_state state, ngtcp2_tstamp expiry)
{
	connection->state = state;
	connection->expiry = expiry;
	if (connection->accepted)
		server_log(connection->server, "connection closed");
}

/* RFC 9000 10.2: late packets may arrive for three PTO. */
static ngtcp2_tstamp linger(struct connection *connection, ngtcp2_tstamp now)
{
	return now + 3 * ngtcp2_conn_get_pto(connection->quic);
}

static void send_close(struct connection *connection)
{
	server_send(connection->server, ngtcp2_conn_get_path(connection->quic),
		    connection->close_packet, connection->close_packet_len);
}

static void start_closing(struct connection *connection, ngtcp2_tstamp now)
{
	const ngtcp2_ssize n = ngtcp2_conn_write_connection_close(
		connection->quic, NULL, NULL, connection->close_packet,
		sizeof(connection->close_packet), &connection->error, now);

	if (n <= 0) {
		leave_open(connection, CONNECTION_GONE, now);
		return;
	}
	connection->close_packet_len = (size_t)n;
	leave_open(connection, CONNECTION_CLOSING, linger(connection, now));
	send_close(connection);
}

/* err: what an ngtcp2 function returned. */
static void fail(struct connection *connection, int err, ngtcp2_tstamp now)
{
	switch (err) {
	case NGTCP2_ERR_DRAINING:
		leave_open(connection, CONNECTION_DRAINING,
			   linger(connection, now));
		return;
	case NGTCP2_ERR_RETRY:
	case NGTCP2_ERR_DROP_CONN:
	case NGTCP2_ERR_IDLE_CLOSE:
	case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
		leave_open(connection, CONNECTION_GONE, now);
		return;
	case NGTCP2_ERR_CRYPTO:
		ngtcp2_connection_close_error_set_transport_error_tls_alert(
			&connection->error,
			ngtcp2_conn_get_tls_alert(connection->quic), NULL, 0);
		break;
	default:
		/* An error of HTTP/3 was set in its callback. */
		if (connection->error.error_code)
			break;
		ngtcp2_connection_close_error_set_transport_error_liberr(
			&connection->error, err, NULL, 0);
	}
	start_closing(connection, now);
}

void connection_shutdown(struct connection *connection, ngtcp2_tstamp now)
{
	if (connection->state != CONNECTION_OPEN)
		return;
	ngtcp2_connection_close_error_set_application_error(
		&connection->error, NGHTTP3_H3_NO_ERROR, NULL, 0);
	start_closing(connection, now);
}

/* ---------------------------------------------------------------- in -- */

/* Answers 1, 2, 4, 8... packets: the close may have been lost. */
static void read_while_closing(struct connection *connection)
{
	const unsigned int n = ++connection->n_late;

	if (!(n & (n - 1)))
		send_close(connection);
}

int connection_read(struct connection *connection,
		    const struct datagram *datagram, ngtcp2_tstamp now)
{
	int err;

	if (connection->state == CONNECTION_CLOSING)
		read_while_closing(connection);
	if (connection->state != CONNECTION_OPEN)
		return 0;
	/*
	 * The path is that of this very packet.  A new remote address is how
	 * ngtcp2 learns of a rebinding or a migration; it validates the path
	 * and moves the connection there.
	 */
	err = ngtcp2_conn_read_pkt(connection->quic, &datagram->path, NULL,
				   datagram->data, datagram->len, now);
	if (err)
		fail(connection, err, now);
	else
		connection->expiry = now;
	return err == NGTCP2_ERR_RETRY ? err : 0;
}

/* --------------------------------------------------------------- out -- */

static int next_chunk(struct connection *connection, struct http3_chunk *chunk)
{
	int err;

	chunk->stream_id = -1;
	chunk->fin = 0;
	chunk->n_vecs = 0;
	if (!connection->http3)
		return 0;
	err = http3_next(connection->http3, chunk);
	if (!err)
		return 0;
	ngtcp2_connection_close_error_set_application_error(
		&connection->error, nghttp3_err_infer_quic_app_error_code(err),
		NULL, 0);
	return NGTCP2_ERR_CALLBACK_FAILURE;
}

static ngtcp2_ssize offer(struct connection *connection, ngtcp2_path *path,
			  uint8_t *packet, const struct http3_chunk *chunk,
			  ngtcp2_tstamp now)
{
	uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
	ngtcp2_vec vecs[HTTP3_MAX_VECS];
	ngtcp2_ssize taken = -1;
	ngtcp2_ssize n;

	for (size_t i = 0; i < chunk->n_vecs; i++) {
		vecs[i].base = chunk->vecs[i].base;
		vecs[i].len = chunk->vecs[i].len;
	}
	if (chunk->fin)
		flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
	n = ngtcp2_conn_writev_stream(
		connection->quic, path, NULL, packet, CONNECTION_PACKET_CAP,
		&taken, flags, chunk->stream_id, vecs, chunk->n_vecs, now);
	if (taken >= 0 &&
	    http3_sent(connection->http3, chunk->stream_id, (size_t)taken))
		return NGTCP2_ERR_CALLBACK_FAILURE;
	return n;
}

/* Returns the length of a packet, 0 if there is none now, or an error. */
static ngtcp2_ssize fill_packet(struct connection *connection,
				ngtcp2_path *path, uint8_t *packet,
				ngtcp2_tstamp now)
{
	struct http3_chunk chunk;
	ngtcp2_ssize n;

	for (;;) {
		n = next_chunk(connection, &chunk);
		if (!n)
			n = offer(connection, path, packet, &chunk, now);
		switch (n) {
		case NGTCP2_ERR_WRITE_MORE: /* room for another stream */
			break;
		case NGTCP2_ERR_STREAM_DATA_BLOCKED:
			http3_block(connection->http3, chunk.stream_id);
			break;
		case NGTCP2_ERR_STREAM_NOT_FOUND:
		case NGTCP2_ERR_STREAM_SHUT_WR:
			http3_stop_writing(connection->http3, chunk.stream_id);
			break;
		default:
			return n;
		}
	}
}

static void write_packets(struct connection *connection, ngtcp2_tstamp now)
{
	size_t left = ngtcp2_conn_get_send_quantum(connection->quic);
	uint8_t packet[CONNECTION_PACKET_CAP];
	ngtcp2_path_storage path;
	ngtcp2_ssize n;

	do {
		ngtcp2_path_storage_zero(&path);
		n = fill_packet(connection, &path.path, packet, now);
		if (n < 0) {
			fail(connection, (int)n, now);
			return;
		}
		if (n == 0)
			break;
		/* Where ngtcp2 says: the path may be one under validation. */
		server_send(connection->server, &path.path, packet, (size_t)n);
		left -= MIN(left, (size_t)n);
	} while (left >= sizeof(packet));
	ngtcp2_conn_update_pkt_tx_time(connection->quic, now);
}

void connection_work(struct connection *connection, ngtcp2_tstamp now)
{
	int err;

	if (connection->state != CONNECTION_OPEN) {
		connection->state = CONNECTION_GONE; /* lingered long enough */
		return;
	}
	err = ngtcp2_conn_handle_expiry(connection->quic, now);
	if (err) {
		fail(connection, err, now);
		return;
	}
	write_packets(connection, now);
	if (connection->state == CONNECTION_OPEN)
		connection->expiry =
			MAX(ngtcp2_conn_get_expiry(connection->quic), now + 1);
}
