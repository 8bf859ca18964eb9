/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of xquic/xquic.h as the adapter touches, declared in our own words
 * from what docs/stacks/xquic.md says of it.
 */
#ifndef XQUIC_H
#define XQUIC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define XQC_RESET_TOKEN_MAX_KEY_LEN 256

typedef struct xqc_cid_s {
	uint8_t cid_len;
	uint8_t cid_buf[20];
} xqc_cid_t;

/* Bytes written; xquic fills the rest with random ones.  Negative: failed. */
typedef ssize_t (*xqc_cid_generate_pt)(const xqc_cid_t *original, uint8_t *cid,
				       size_t cid_len, void *engine_user_data);

typedef struct xqc_config_s {
	uint8_t cid_len; /* 0: left as it is, which is 8 */
	uint8_t cid_negotiate;
	char reset_token_key[XQC_RESET_TOKEN_MAX_KEY_LEN];
	size_t reset_token_keylen;
} xqc_config_t;

typedef struct xqc_engine_callback_s {
	xqc_cid_generate_pt cid_generate_cb;
} xqc_engine_callback_t;

#endif /* XQUIC_H */
