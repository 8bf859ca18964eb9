/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Retry: makes a client prove its address before the server keeps state.
 */
#ifndef NGTCP2_SERVER_RETRY_H
#define NGTCP2_SERVER_RETRY_H

#include <ngtcp2/ngtcp2.h>

#include "server.h"

enum retry_verdict {
	RETRY_NO_TOKEN,	  /* or one that is not of a Retry */
	RETRY_BAD_TOKEN,  /* forged, too old, or of another server */
	RETRY_GOOD_TOKEN, /* the client has this address */
};

/* original_dcid: written for RETRY_GOOD_TOKEN only. */
enum retry_verdict retry_check(const struct server *server,
			       const ngtcp2_pkt_hd *initial,
			       const ngtcp2_path *path,
			       ngtcp2_cid *original_dcid);

void retry_send(struct server *server, const ngtcp2_pkt_hd *initial,
		const ngtcp2_path *path);

#endif /* NGTCP2_SERVER_RETRY_H */
