/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Retry: makes a client prove its address before the server keeps state.  Its
 * CID carries the server ID as well, so the Initial that follows is steered to
 * the server that can check the token.
 */
#include "retry.h"

#include <ngtcp2/ngtcp2_crypto.h>

/* A client answers a Retry at once. */
#define TOKEN_LIFETIME (10 * NGTCP2_SECONDS)

enum retry_verdict retry_check(const struct server *server,
			       const ngtcp2_pkt_hd *initial,
			       const ngtcp2_path *path,
			       ngtcp2_cid *original_dcid)
{
	const ngtcp2_vec *token = &initial->token;

	if (!token->len || token->base[0] != NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY)
		return RETRY_NO_TOKEN;
	if (ngtcp2_crypto_verify_retry_token(
		    original_dcid, token->base, token->len, server->secret,
		    sizeof(server->secret), initial->version, path->remote.addr,
		    path->remote.addrlen, &initial->dcid, TOKEN_LIFETIME,
		    server_now()))
		return RETRY_BAD_TOKEN;
	return RETRY_GOOD_TOKEN;
}

void retry_send(struct server *server, const ngtcp2_pkt_hd *initial,
		const ngtcp2_path *path)
{
	uint8_t packet[NGTCP2_MAX_UDP_PAYLOAD_SIZE];
	uint8_t token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN];
	ngtcp2_ssize token_len;
	ngtcp2_cid scid;
	ngtcp2_ssize n;

	quiclb_ngtcp2_cid(&server->lb, &scid);
	token_len = ngtcp2_crypto_generate_retry_token(
		token, server->secret, sizeof(server->secret), initial->version,
		path->remote.addr, path->remote.addrlen, &scid, &initial->dcid,
		server_now());
	if (token_len < 0)
		return;
	n = ngtcp2_crypto_write_retry(packet, sizeof(packet), initial->version,
				      &initial->scid, &scid, &initial->dcid,
				      token, (size_t)token_len);
	if (n > 0)
		server_send(server, path, packet, (size_t)n);
}
