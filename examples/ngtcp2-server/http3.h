/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/3 on one connection: answers GET and HEAD with the files below --root.
 */
#ifndef NGTCP2_SERVER_HTTP3_H
#define NGTCP2_SERVER_HTTP3_H

#include <nghttp3/nghttp3.h>
#include <ngtcp2/ngtcp2.h>

#define HTTP3_MAX_VECS 16

struct http3;

/* What to send next. */
struct http3_chunk {
	int64_t stream_id; /* -1: nothing */
	int fin;
	nghttp3_vec vecs[HTTP3_MAX_VECS];
	size_t n_vecs;
};

/* root: borrowed file descriptor.  Returns NULL on failure. */
struct http3 *http3_new(ngtcp2_conn *quic, int root);
void http3_free(struct http3 *http3);

/*
 * Each of these returns 0, or a negative nghttp3 error that ends the
 * connection.
 */
int http3_read(struct http3 *http3, int64_t stream_id, const uint8_t *data,
	       size_t len, int fin);
int http3_next(struct http3 *http3, struct http3_chunk *chunk);
int http3_sent(struct http3 *http3, int64_t stream_id, size_t len);
int http3_acked(struct http3 *http3, int64_t stream_id, uint64_t len);
int http3_unblock(struct http3 *http3, int64_t stream_id);
int http3_stop_reading(struct http3 *http3, int64_t stream_id);
int http3_stream_closed(struct http3 *http3, int64_t stream_id,
			uint64_t error_code);

void http3_block(struct http3 *http3, int64_t stream_id);
void http3_stop_writing(struct http3 *http3, int64_t stream_id);
void http3_allow_streams(struct http3 *http3, uint64_t max_streams);

#endif /* NGTCP2_SERVER_HTTP3_H */
