/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of picoquic.h as the adapter touches, declared in our own words from
 * what docs/stacks/picoquic.md says of it.
 */
#ifndef PICOQUIC_H
#define PICOQUIC_H

#include <stdint.h>

typedef struct st_picoquic_quic_t picoquic_quic_t;

/* Passed by value where the stack only tells, by pointer where it asks. */
typedef struct st_picoquic_connection_id_t {
	uint8_t id[20];
	uint8_t id_len;
} picoquic_connection_id_t;

/* wanted comes with its length set and random bytes in it; both stay valid. */
typedef void (*picoquic_connection_id_cb_fn)(picoquic_quic_t *quic,
					     picoquic_connection_id_t local,
					     picoquic_connection_id_t remote,
					     void *data,
					     picoquic_connection_id_t *wanted);

/* 0, or an error: over 20 bytes, or the context has connections. */
int picoquic_set_default_connection_id_length(picoquic_quic_t *quic,
					      uint8_t len);

#endif /* PICOQUIC_H */
