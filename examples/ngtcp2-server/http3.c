/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/3 on one connection: nghttp3 parses and frames, this file answers.  It
 * knows streams and files, no packets and no CIDs.
 */
#include "http3.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "files.h"

struct http3 {
	nghttp3_conn *conn;
	ngtcp2_conn *quic;
	GHashTable *requests; /* stream ID -> struct request, owned */
	int root;
};

struct request {
	int64_t stream_id;
	char *method;
	char *path;
	struct file file;
};

static void request_free(void *data)
{
	struct request *request = data;

	files_close(&request->file);
	g_free(request->method);
	g_free(request->path);
	g_free(request);
}

static void give_credit(struct http3 *http3, int64_t stream_id, size_t len)
{
	ngtcp2_conn_extend_max_stream_offset(http3->quic, stream_id, len);
	ngtcp2_conn_extend_max_offset(http3->quic, len);
}

static nghttp3_nv field(const char *name, const char *value)
{
	nghttp3_nv nv = {
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
		.flags = NGHTTP3_NV_FLAG_NONE, /* nghttp3 copies both */
	};

	return nv;
}

static nghttp3_ssize read_body(nghttp3_conn *conn, int64_t stream_id,
			       nghttp3_vec *vec, size_t n_vecs, uint32_t *flags,
			       void *user, void *stream_user)
{
	const struct request *request = stream_user;

	(void)conn;
	(void)stream_id;
	(void)n_vecs;
	(void)user;
	/* All at once: the mapping lasts until the stream is closed. */
	vec[0].base = request->file.data;
	vec[0].len = request->file.len;
	*flags |= NGHTTP3_DATA_FLAG_EOF;
	return 1;
}

static int respond(struct http3 *http3, struct request *request,
		   const char *status)
{
	const nghttp3_data_reader reader = { read_body };
	const int body = request->file.len && strcmp(request->method, "HEAD");
	char length[24];

	snprintf(length, sizeof(length), "%zu", request->file.len);
	const nghttp3_nv fields[] = {
		field(":status", status),
		field("content-length", length),
		field("content-type", request->file.type),
		field("server", "ngtcp2-server"),
	};

	return nghttp3_conn_submit_response(http3->conn, request->stream_id,
					    fields, G_N_ELEMENTS(fields),
					    body ? &reader : NULL);
}

static int on_end_stream(nghttp3_conn *conn, int64_t stream_id, void *user,
			 void *stream_user)
{
	struct request *request = stream_user;
	struct http3 *http3 = user;
	const char *status = "200";

	(void)conn;
	(void)stream_id;
	if (!request || !request->method || !request->path)
		return NGHTTP3_ERR_CALLBACK_FAILURE;
	request->file.type = "text/plain";
	if (strcmp(request->method, "GET") && strcmp(request->method, "HEAD"))
		status = "405";
	else if (files_open(http3->root, request->path, &request->file))
		status = "404";
	return respond(http3, request, status);
}

static int on_begin_headers(nghttp3_conn *conn, int64_t stream_id, void *user,
			    void *stream_user)
{
	struct http3 *http3 = user;
	struct request *request = g_new0(struct request, 1);

	(void)stream_user;
	request->stream_id = stream_id;
	g_hash_table_replace(http3->requests, &request->stream_id, request);
	return nghttp3_conn_set_stream_user_data(conn, stream_id, request);
}

static char *copy(nghttp3_rcbuf *buf)
{
	const nghttp3_vec vec = nghttp3_rcbuf_get_buf(buf);

	return g_strndup((const char *)vec.base, vec.len);
}

static int on_header(nghttp3_conn *conn, int64_t stream_id, int32_t token,
		     nghttp3_rcbuf *name, nghttp3_rcbuf *value, uint8_t flags,
		     void *user, void *stream_user)
{
	struct request *request = stream_user;

	(void)conn;
	(void)stream_id;
	(void)name;
	(void)flags;
	(void)user;
	/* nghttp3 refuses a request with two of either. */
	if (token == NGHTTP3_QPACK_TOKEN__METHOD)
		request->method = copy(value);
	else if (token == NGHTTP3_QPACK_TOKEN__PATH)
		request->path = copy(value);
	return 0;
}

/* Body of a request, and bytes that waited for the QPACK streams. */
static int on_data(nghttp3_conn *conn, int64_t stream_id, const uint8_t *data,
		   size_t len, void *user, void *stream_user)
{
	(void)conn;
	(void)data;
	(void)stream_user;
	give_credit(user, stream_id, len);
	return 0;
}

static int on_deferred(nghttp3_conn *conn, int64_t stream_id, size_t len,
		       void *user, void *stream_user)
{
	return on_data(conn, stream_id, NULL, len, user, stream_user);
}

static int on_stream_close(nghttp3_conn *conn, int64_t stream_id,
			   uint64_t error_code, void *user, void *stream_user)
{
	struct http3 *http3 = user;

	(void)conn;
	(void)error_code;
	(void)stream_user;
	g_hash_table_remove(http3->requests, &stream_id);
	return 0;
}

static int on_stop_sending(nghttp3_conn *conn, int64_t stream_id,
			   uint64_t error_code, void *user, void *stream_user)
{
	struct http3 *http3 = user;

	(void)conn;
	(void)stream_user;
	return ngtcp2_conn_shutdown_stream_read(http3->quic, stream_id,
						error_code);
}

static int on_reset_stream(nghttp3_conn *conn, int64_t stream_id,
			   uint64_t error_code, void *user, void *stream_user)
{
	struct http3 *http3 = user;

	(void)conn;
	(void)stream_user;
	return ngtcp2_conn_shutdown_stream_write(http3->quic, stream_id,
						 error_code);
}

/* The three unidirectional streams of RFC 9114 6.2 and RFC 9204 4.2. */
static int open_streams(struct http3 *http3)
{
	int64_t ids[3];

	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
		if (ngtcp2_conn_open_uni_stream(http3->quic, &ids[i], NULL))
			return -1;
	if (nghttp3_conn_bind_control_stream(http3->conn, ids[0]) ||
	    nghttp3_conn_bind_qpack_streams(http3->conn, ids[1], ids[2]))
		return -1;
	return 0;
}

static int start(struct http3 *http3)
{
	static const nghttp3_callbacks callbacks = {
		.stream_close = on_stream_close,
		.recv_data = on_data,
		.deferred_consume = on_deferred,
		.begin_headers = on_begin_headers,
		.recv_header = on_header,
		.end_stream = on_end_stream,
		.stop_sending = on_stop_sending,
		.reset_stream = on_reset_stream,
	};
	const ngtcp2_transport_params *params;
	nghttp3_settings settings;

	nghttp3_settings_default(&settings);
	settings.qpack_max_dtable_capacity = 4096;
	settings.qpack_blocked_streams = 100;
	if (nghttp3_conn_server_new(&http3->conn, &callbacks, &settings,
				    nghttp3_mem_default(), http3)) {
		http3->conn = NULL;
		return -1;
	}
	params = ngtcp2_conn_get_local_transport_params(http3->quic);
	http3_allow_streams(http3, params->initial_max_streams_bidi);
	return open_streams(http3);
}

struct http3 *http3_new(ngtcp2_conn *quic, int root)
{
	struct http3 *http3 = g_new0(struct http3, 1);

	http3->quic = quic;
	http3->root = root;
	http3->requests = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						NULL, request_free);
	if (start(http3)) {
		http3_free(http3);
		return NULL;
	}
	return http3;
}

void http3_free(struct http3 *http3)
{
	if (!http3)
		return;
	if (http3->conn)
		nghttp3_conn_del(http3->conn);
	g_hash_table_destroy(http3->requests);
	g_free(http3);
}

int http3_read(struct http3 *http3, int64_t stream_id, const uint8_t *data,
	       size_t len, int fin)
{
	const nghttp3_ssize n = nghttp3_conn_read_stream(http3->conn, stream_id,
							 data, len, fin);

	if (n < 0)
		return (int)n;
	give_credit(http3, stream_id, (size_t)n);
	return 0;
}

int http3_next(struct http3 *http3, struct http3_chunk *chunk)
{
	const nghttp3_ssize n = nghttp3_conn_writev_stream(
		http3->conn, &chunk->stream_id, &chunk->fin, chunk->vecs,
		HTTP3_MAX_VECS);

	if (n < 0)
		return (int)n;
	chunk->n_vecs = (size_t)n;
	return 0;
}

int http3_sent(struct http3 *http3, int64_t stream_id, size_t len)
{
	return nghttp3_conn_add_write_offset(http3->conn, stream_id, len);
}

int http3_acked(struct http3 *http3, int64_t stream_id, uint64_t len)
{
	return nghttp3_conn_add_ack_offset(http3->conn, stream_id, len);
}

int http3_unblock(struct http3 *http3, int64_t stream_id)
{
	return nghttp3_conn_unblock_stream(http3->conn, stream_id);
}

int http3_stop_reading(struct http3 *http3, int64_t stream_id)
{
	return nghttp3_conn_shutdown_stream_read(http3->conn, stream_id);
}

int http3_stream_closed(struct http3 *http3, int64_t stream_id,
			uint64_t error_code)
{
	const int err =
		nghttp3_conn_close_stream(http3->conn, stream_id, error_code);

	/* A stream that was reset before its first byte is unknown there. */
	if (err && err != NGHTTP3_ERR_STREAM_NOT_FOUND)
		return err;
	if (ngtcp2_conn_is_local_stream(http3->quic, stream_id))
		return 0;
	if (ngtcp2_is_bidi_stream(stream_id))
		ngtcp2_conn_extend_max_streams_bidi(http3->quic, 1);
	else
		ngtcp2_conn_extend_max_streams_uni(http3->quic, 1);
	return 0;
}

void http3_block(struct http3 *http3, int64_t stream_id)
{
	nghttp3_conn_block_stream(http3->conn, stream_id);
}

void http3_stop_writing(struct http3 *http3, int64_t stream_id)
{
	nghttp3_conn_shutdown_stream_write(http3->conn, stream_id);
}

void http3_allow_streams(struct http3 *http3, uint64_t max_streams)
{
	nghttp3_conn_set_max_client_streams_bidi(http3->conn, max_streams);
}
