/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder from inside, for the files that issue, split and rotate.
 */
#ifndef QUICLB_ENCODER_H
#define QUICLB_ENCODER_H

#include "nonces.h"

/* Random bytes are drawn this many at a time: a draw costs about 0.5 us. */
#define QUICLB_POOL_BYTES 256

/* A former config: what its CIDs' first octets still mean. */
struct quiclb_former {
	uint8_t cid_len;  /* 0: there is none */
	uint8_t claims;	  /* set of codepoints */
	uint8_t reserved; /* set of codepoints */
};

struct quiclb_encoder {
	struct quiclb_cipher cipher;
	struct quiclb_nonces nonces;
	struct quiclb_words fixed; /* server ID and worker */
	uint64_t threshold;
	quiclb_threshold_fn *threshold_reached; /* NULL once it was called */
	void *threshold_arg;
	uint64_t process;
	uint32_t n_parts; /* 0 as long as it was not split */
	uint8_t is_part;
	uint8_t issued; /* 1: a nonce was used */
	uint8_t fixed_len;
	uint8_t has_server_use;
	uint8_t server_use[QUICLB_CID_MAX_BYTES];
	uint8_t taken[QUICLB_N_PARTS / 8]; /* parts, a bit each */
	struct quiclb_former former[QUICLB_N_CODEPOINTS];
	size_t pool_used;
	uint8_t pool[QUICLB_POOL_BYTES];
};

/* 0, or why no CID of it can go into cid_cap bytes at cid. */
int quiclb_priv_encoder_usable(const struct quiclb_encoder *e,
			       const uint8_t *cid, size_t cid_cap);

/* First octet and server-use bytes; what parts leave open is drawn. */
int quiclb_priv_encoder_open(struct quiclb_encoder *e,
			     const struct quiclb_parts *parts, uint8_t *first,
			     uint8_t *use);

/* Server ID, worker and the rest of a nonce. */
struct quiclb_words quiclb_priv_encoder_plain(const struct quiclb_encoder *e,
					      const struct quiclb_words *nonce);

/* Tells, once, that few nonces are left; also if none was there to begin. */
void quiclb_priv_encoder_watch(struct quiclb_encoder *e);

#endif /* QUICLB_ENCODER_H */
