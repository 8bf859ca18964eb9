/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ngtcp2 asks of this server while it handles a packet or a timer: new
 * CIDs, and where to take stream data.
 */
#include "callbacks.h"

#include <gnutls/crypto.h>

#include "connection.h"
#include "server.h"
#include "table.h"

static void random_bytes(uint8_t *dest, size_t len, const ngtcp2_rand_ctx *ctx)
{
	(void)ctx;
	/* Cannot report failure; GnuTLS would have failed at its start. */
	(void)gnutls_rnd(GNUTLS_RND_RANDOM, dest, len);
}

/*
 * Each CID gets a reset token of its own, unpredictable without the key, and
 * no other server's even with it.
 */
static int on_new_cid(ngtcp2_conn *quic, ngtcp2_cid *cid, uint8_t *token,
		      size_t cid_len, void *user)
{
	struct connection *connection = user;
	struct server *server = connection->server;

	(void)quic;
	if (quiclb_ngtcp2_new_cid(&server->lb, cid, token, cid_len))
		return NGTCP2_ERR_CALLBACK_FAILURE;
	if (table_add(server->by_cid, connection, cid))
		return NGTCP2_ERR_CALLBACK_FAILURE;
	return 0;
}

static int on_remove_cid(ngtcp2_conn *quic, const ngtcp2_cid *cid, void *user)
{
	struct connection *connection = user;

	(void)quic;
	table_remove(connection->server->by_cid, connection, cid);
	return 0;
}

static int on_path_validation(ngtcp2_conn *quic, uint32_t flags,
			      const ngtcp2_path *path,
			      ngtcp2_path_validation_result result, void *user)
{
	struct connection *connection = user;
	char text[TEXT_ADDRESS_CAP];

	(void)quic;
	(void)flags;
	if (result != NGTCP2_PATH_VALIDATION_RESULT_SUCCESS)
		return 0;
	server_log(connection->server, "path validated %s",
		   text_address(path->remote.addr, text, sizeof(text)));
	return 0;
}

/* HTTP/3 starts as soon as the server may send 1-RTT packets. */
static int on_tx_key(ngtcp2_conn *quic, ngtcp2_crypto_level level, void *user)
{
	struct connection *connection = user;

	if (level != NGTCP2_CRYPTO_LEVEL_APPLICATION)
		return 0;
	connection->http3 = http3_new(quic, connection->server->root);
	return connection->http3 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

/* An HTTP/3 error closes the connection with a code of HTTP/3. */
static int http3_result(struct connection *connection, int err)
{
	if (err >= 0)
		return 0;
	ngtcp2_connection_close_error_set_application_error(
		&connection->error, nghttp3_err_infer_quic_app_error_code(err),
		NULL, 0);
	return NGTCP2_ERR_CALLBACK_FAILURE;
}

/* 1-RTT data follows the 1-RTT keys: http3 is there in all that follow. */

static int on_stream_data(ngtcp2_conn *quic, uint32_t flags, int64_t stream_id,
			  uint64_t offset, const uint8_t *data, size_t len,
			  void *user, void *stream_user)
{
	struct connection *connection = user;

	(void)quic;
	(void)offset;
	(void)stream_user;
	return http3_result(connection,
			    http3_read(connection->http3, stream_id, data, len,
				       flags & NGTCP2_STREAM_DATA_FLAG_FIN));
}

static int on_acked(ngtcp2_conn *quic, int64_t stream_id, uint64_t offset,
		    uint64_t len, void *user, void *stream_user)
{
	struct connection *connection = user;

	(void)quic;
	(void)offset;
	(void)stream_user;
	return http3_result(connection,
			    http3_acked(connection->http3, stream_id, len));
}

static int on_stream_close(ngtcp2_conn *quic, uint32_t flags, int64_t stream_id,
			   uint64_t error_code, void *user, void *stream_user)
{
	struct connection *connection = user;

	(void)quic;
	(void)stream_user;
	if (!(flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET))
		error_code = NGHTTP3_H3_NO_ERROR;
	return http3_result(
		connection,
		http3_stream_closed(connection->http3, stream_id, error_code));
}

static int on_stop_reading(ngtcp2_conn *quic, int64_t stream_id,
			   uint64_t error_code, void *user, void *stream_user)
{
	struct connection *connection = user;

	(void)quic;
	(void)error_code;
	(void)stream_user;
	return http3_result(connection,
			    http3_stop_reading(connection->http3, stream_id));
}

static int on_stream_reset(ngtcp2_conn *quic, int64_t stream_id,
			   uint64_t final_size, uint64_t error_code, void *user,
			   void *stream_user)
{
	(void)final_size;
	return on_stop_reading(quic, stream_id, error_code, user, stream_user);
}

static int on_more_streams(ngtcp2_conn *quic, uint64_t max_streams, void *user)
{
	struct connection *connection = user;

	(void)quic;
	/* The first call, from the transport parameters, precedes http3. */
	if (connection->http3)
		http3_allow_streams(connection->http3, max_streams);
	return 0;
}

static int on_more_data(ngtcp2_conn *quic, int64_t stream_id, uint64_t max_data,
			void *user, void *stream_user)
{
	struct connection *connection = user;

	(void)quic;
	(void)max_data;
	(void)stream_user;
	return http3_result(connection,
			    http3_unblock(connection->http3, stream_id));
}

const ngtcp2_callbacks server_callbacks = {
	/* TLS and packet protection: ngtcp2's own on GnuTLS */
	.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
	.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
	.encrypt = ngtcp2_crypto_encrypt_cb,
	.decrypt = ngtcp2_crypto_decrypt_cb,
	.hp_mask = ngtcp2_crypto_hp_mask_cb,
	.update_key = ngtcp2_crypto_update_key_cb,
	.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
	.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
	.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
	.version_negotiation = ngtcp2_crypto_version_negotiation_cb,
	.rand = random_bytes,

	/* CIDs and paths */
	.get_new_connection_id = on_new_cid,
	.remove_connection_id = on_remove_cid,
	.path_validation = on_path_validation,

	/* HTTP/3 */
	.recv_tx_key = on_tx_key,
	.recv_stream_data = on_stream_data,
	.acked_stream_data_offset = on_acked,
	.stream_close = on_stream_close,
	.stream_reset = on_stream_reset,
	.stream_stop_sending = on_stop_reading,
	.extend_max_remote_streams_bidi = on_more_streams,
	.extend_max_stream_data = on_more_data,
};
