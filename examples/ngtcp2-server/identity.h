/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which server this is: the CID config and the server ID that the
 * configuration file of the steering program gives it.
 */
#ifndef NGTCP2_SERVER_IDENTITY_H
#define NGTCP2_SERVER_IDENTITY_H

#include <config/deployment.h>

/* What the command line says. */
struct identity_query {
	const char *path;	    /* configuration file */
	struct quiclb_address vip;  /* where clients send to */
	uint16_t port;		    /* host order */
	const char *server_address; /* or NULL: the row marked local */
	const char *cid_config;	    /* or NULL: the newest */
};

struct identity {
	struct quiclb_config config; /* holds the key: wipe after use */
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t server_id_len; /* bytes */
};

/* Returns 0, or -1 with a line on standard error. */
int identity_load(struct identity *identity,
		  const struct identity_query *query);

#endif /* NGTCP2_SERVER_IDENTITY_H */
