/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of lsquic.h as the adapter touches, declared in our own words from
 * what docs/stacks/lsquic.md says of it.
 */
#ifndef LSQUIC_H
#define LSQUIC_H

#include <stdint.h>

typedef struct lsquic_conn lsquic_conn_t;

struct lsquic_engine_settings {
	unsigned es_scid_len; /* 0..20; 0: the hook is not called */
};

struct lsquic_engine_api {
	const struct lsquic_engine_settings *ea_settings;
	/* exactly len bytes at cid, which is es_scid_len */
	void (*ea_generate_scid)(void *ctx, lsquic_conn_t *conn, uint8_t *cid,
				 unsigned len);
	void *ea_gen_scid_ctx;
};

#endif /* LSQUIC_H */
