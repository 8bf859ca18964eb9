/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that this server does with libquiclb: one encoder, made from a CID
 * config and a server ID, asked for a CID whenever QUIC needs one, and for the
 * length of a CID that comes back.
 */
#include "cids.h"

#include <stdio.h>

#include <quiclb/quiclb.h>

int cids_open(struct cids *cids, const struct identity *identity)
{
	/* of the configs that name a worker: one thread, so all zeros do */
	static const uint8_t worker[QUICLB_CID_MAX_BYTES];
	struct quiclb_encoder_options options;
	int err;

	quiclb_encoder_options_init(&options);
	options.server_id = identity->server_id;
	options.server_id_len = identity->server_id_len;
	options.worker = identity->config.worker_len ? worker : NULL;
	err = quiclb_encoder_new(&identity->config, &options, &cids->encoder);
	if (err) {
		fprintf(stderr, "ngtcp2-server: CID config: %s\n",
			quiclb_strerror(err));
		return -1;
	}
	memcpy(cids->server_id, identity->server_id, sizeof(cids->server_id));
	cids->server_id_len = identity->server_id_len;
	return 0;
}

int cids_next(struct cids *cids, ngtcp2_cid *cid)
{
	/*
	 * Never fails.  When every nonce was used, it is an unroutable CID of
	 * the same length, as ngtcp2 wants all CIDs of a connection alike: the
	 * server goes on without routing.  One that runs for long has itself
	 * told in time (threshold_reached) and moves to a new config.  The
	 * draft allows one unroutable CID per connection; ngtcp2 cannot be told
	 * to stop asking.
	 */
	cid->datalen = quiclb_encoder_cid_len(cids->encoder);
	return quiclb_encoder_fill(cids->encoder, cid->data, cid->datalen);
}

size_t cids_length(const struct cids *cids, uint8_t first_octet)
{
	const int len = quiclb_encoder_cid_length(cids->encoder, first_octet);

	return len > 0 ? (size_t)len : 0;
}

int cids_reset_token(const struct cids *cids, const uint8_t *key,
		     size_t key_len, const ngtcp2_cid *cid, uint8_t *token)
{
	return quiclb_reset_token(key, key_len, cids->server_id,
				  cids->server_id_len, cid->data, cid->datalen,
				  token);
}

void cids_close(struct cids *cids)
{
	quiclb_encoder_free(cids->encoder); /* wipes the key */
	cids->encoder = NULL;
}
