/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that this server does with libquiclb: one encoder, made from a CID
 * config and a server ID, asked for a CID whenever QUIC needs one.
 */
#include "cids.h"

#include <stdio.h>

#include <quiclb/quiclb.h>

int cids_open(struct cids *cids, const struct identity *identity)
{
	struct quiclb_encoder_options options;
	int err;

	quiclb_encoder_options_init(&options);
	options.server_id = identity->server_id;
	options.server_id_len = identity->server_id_len;
	err = quiclb_encoder_new(&identity->config, &options, &cids->encoder);
	if (err) {
		fprintf(stderr, "ngtcp2-server: CID config: %s\n",
			quiclb_strerror(err));
		return -1;
	}
	cids->cid_len = quiclb_encoder_cid_len(cids->encoder);
	return 0;
}

int cids_next(struct cids *cids, ngtcp2_cid *cid)
{
	int len;

	len = quiclb_encoder_next(cids->encoder, cid->data, sizeof(cid->data));
	if (len > 0) {
		cid->datalen = (size_t)len;
		return 1;
	}
	if (len != QUICLB_ERR_EXHAUSTED)
		return -1;
	/*
	 * Every nonce was used.  A server that runs for long watches
	 * quiclb_encoder_remaining() and moves to a new config in time; this
	 * one goes on without routing.  The CID keeps its length, as ngtcp2
	 * wants all CIDs of a connection alike.  The draft allows one
	 * unroutable CID per connection; ngtcp2 cannot be told to stop asking.
	 */
	cid->datalen = cids->cid_len;
	quiclb_unroutable(cid->data, cid->datalen);
	return 0;
}

void cids_close(struct cids *cids)
{
	quiclb_encoder_free(cids->encoder); /* wipes the key */
	cids->encoder = NULL;
}
