/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stateless resets.  A packet of another server's connection may stray to this
 * one, and draws a reset here too: it does no harm, since a token made here is
 * not the one that the other server gave its client (RFC 9000 21.11).
 */
#include "resets.h"

#include <stdio.h>

#include <gnutls/crypto.h>

#include <config/key_file.h>

#include "connection.h"

/* RFC 9000 10.3: as short as a packet can be that is no reset. */
#define MIN_LEN                                                                \
	(NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN)
/* And as long as the shortest packet with a CID of 20 bytes. */
#define MAX_LEN (1 + NGTCP2_MAX_CIDLEN + 22)

int resets_open(struct server *server, const char *path)
{
	char why[QUICLB_KEY_FILE_WHY_CAP];

	if (quiclb_key_file_read(path, server->reset_key, why)) {
		fprintf(stderr, "ngtcp2-server: %s: %s\n", path, why);
		return -1;
	}
	server->resets = 1;
	return 0;
}

int resets_token(const struct server *server, const ngtcp2_cid *cid,
		 uint8_t *token)
{
	return quiclb_ngtcp2_token(&server->lb, cid, token);
}

void resets_send(struct server *server, const ngtcp2_cid *dcid,
		 const struct datagram *datagram)
{
	uint8_t unpredictable[MAX_LEN - NGTCP2_STATELESS_RESET_TOKENLEN];
	uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN];
	uint8_t packet[MAX_LEN];
	ngtcp2_ssize n;
	size_t len;

	/* Shorter than its cause: two servers never reset each other forever.
	 */
	len = MIN(datagram->len - 1, sizeof(packet));
	if (len < MIN_LEN || resets_token(server, dcid, token))
		return;
	if (gnutls_rnd(GNUTLS_RND_NONCE, unpredictable, sizeof(unpredictable)))
		return;
	n = ngtcp2_pkt_write_stateless_reset(packet, len, token, unpredictable,
					     len - sizeof(token));
	if (n <= 0)
		return;
	server_send(server, &datagram->path, packet, (size_t)n);
	server_log(server, "reset sent");
}
