/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for Cloudflare's quiche by its C API.  quiche has no hook:
 * the server hands its CIDs in.
 */
#include <quiclb/quiclb.h>

#include "pool.h"
#include "quiche.h"

/* [adapter] */
struct server {
	struct quiclb_encoder *encoder; /* of this thread; NULL: no config */
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t server_id_len;
	uint8_t reset_key[32]; /* static; of the present config */
	int last_error;	       /* for quiclb_strerror() in your log */
};

static int reset_token(struct server *s, const uint8_t *cid, size_t cid_len,
		       uint8_t token[QUICLB_RESET_TOKEN_BYTES])
{
	const int err = quiclb_reset_token(s->reset_key, sizeof(s->reset_key),
					   s->server_id, s->server_id_len, cid,
					   cid_len, token);

	if (err)
		s->last_error = err;
	return err;
}

/* For quiche_retry(), and for quiche_accept() without one; its length. */
static size_t first_cid(struct server *s, uint8_t cid[QUICHE_MAX_CONN_ID_LEN])
{
	const size_t len = s->encoder ? quiclb_encoder_cid_len(s->encoder) : 8;

	quiclb_encoder_fill(s->encoder, cid, len);
	return len;
}

/* Right before each quiche_accept(): the config keeps the last one's token. */
static int before_accept(struct server *s, quiche_config *config,
			 const uint8_t *cid, size_t cid_len)
{
	uint8_t token[QUICLB_RESET_TOKEN_BYTES];
	const int err = reset_token(s, cid, cid_len, token);

	if (!err)
		quiche_config_set_stateless_reset_token(config, token);
	return err;
}

/* 0: the connection has one CID more. */
static int add_cid(struct server *s, quiche_conn *conn)
{
	uint8_t cid[QUICHE_MAX_CONN_ID_LEN], token[QUICLB_RESET_TOKEN_BYTES];
	size_t len = quiclb_encoder_cid_len(s->encoder), first_len;
	const uint8_t *first;
	uint64_t seq;
	int result;

	/* quiche takes this length for each short header */
	quiche_conn_source_id(conn, &first, &first_len);
	result = len == first_len ? quiclb_encoder_next(s->encoder, cid, len)
				  : QUICLB_ERR_SPACE;
	if (result >= 0)
		result = reset_token(s, cid, len, token);
	if (result < 0) {
		s->last_error = result;
		return result;
	}
	return quiche_conn_new_scid(conn, cid, len, token, false, &seq);
}

/* Once established, and whenever the peer has retired some. */
static void add_cids(struct server *s, quiche_conn *conn)
{
	while (quiche_conn_scids_left(conn) && !add_cid(s, conn))
		;
}

/* For quiche_header_info(), which wants to know it of short headers. */
static size_t dcid_len(const struct server *s, const uint8_t *packet,
		       size_t packet_len)
{
	const int len = packet_len < 2 ? QUICLB_ERR_SHORT
				       : quiclb_encoder_cid_length(s->encoder,
								   packet[1]);

	return len < 0 ? 0 : (size_t)len; /* 0: none of ours */
}
/* [end] */

struct quiche_config {
	uint8_t token[QUICLB_RESET_TOKEN_BYTES];
};

struct quiche_conn {
	size_t limit, n; /* CIDs: that the peer takes, that it has */
	size_t len[8];
	uint8_t cids[8][QUICHE_MAX_CONN_ID_LEN];
	uint8_t tokens[8][QUICLB_RESET_TOKEN_BYTES];
};

void quiche_config_set_stateless_reset_token(quiche_config *config,
					     const uint8_t *token)
{
	memcpy(config->token, token, sizeof(config->token));
}

void quiche_conn_source_id(const quiche_conn *conn, const uint8_t **cid,
			   size_t *cid_len)
{
	*cid = conn->cids[0];
	*cid_len = conn->len[0];
}

size_t quiche_conn_scids_left(quiche_conn *conn)
{
	return conn->limit - conn->n;
}

int quiche_conn_new_scid(quiche_conn *conn, const uint8_t *cid, size_t cid_len,
			 const uint8_t *reset_token, bool retire_if_needed,
			 uint64_t *seq)
{
	if (conn->n == conn->limit || retire_if_needed)
		return -17;
	*seq = conn->n++;
	conn->len[*seq] = cid_len;
	memcpy(conn->cids[*seq], cid, cid_len);
	memcpy(conn->tokens[*seq], reset_token, QUICLB_RESET_TOKEN_BYTES);
	return 0;
}

/* A connection, as a server has it after the handshake. */
static quiche_conn open_conn(struct server *s, size_t limit)
{
	quiche_conn conn = { .limit = limit, .n = 1 };
	quiche_config config;

	conn.len[0] = first_cid(s, conn.cids[0]);
	CHECK(!before_accept(s, &config, conn.cids[0], conn.len[0]));
	memcpy(conn.tokens[0], config.token, sizeof(config.token));
	add_cids(s, &conn);
	return conn;
}

/* n of its CIDs lead here, all have its length and a token of this server. */
static void check_conn(struct server *s, const quiche_conn *conn,
		       const struct quiclb_decoder *decoder, size_t n,
		       size_t len)
{
	uint8_t packet[40] = { 0x40 }, token[QUICLB_RESET_TOKEN_BYTES];
	size_t i, n_ours = 0;

	for (i = 0; i < conn->n; i++) {
		CHECK(conn->len[i] == len);
		memcpy(packet + 1, conn->cids[i], len);
		CHECK(dcid_len(s, packet, sizeof(packet)) == len);
		CHECK(!reset_token(s, conn->cids[i], len, token));
		CHECK(!memcmp(token, conn->tokens[i], sizeof(token)));
		n_ours += (size_t)pool_is_ours(decoder, conn->cids[i], len);
	}
	CHECK(n_ours == n);
	/* another server's token for the same CID is another one */
	s->server_id[0]++;
	CHECK(!reset_token(s, conn->cids[0], len, token));
	CHECK(memcmp(token, conn->tokens[0], sizeof(token)) != 0);
	s->server_id[0]--;
}

static void check_no_config(struct server *s,
			    const struct quiclb_decoder *decoder)
{
	quiche_conn conn;

	s->encoder = NULL;
	conn = open_conn(s, 4);
	CHECK(conn.n == 1 && conn.len[0] == 8);
	CHECK(!pool_is_ours(decoder, conn.cids[0], 8));
}

int main(void)
{
	struct server s = { .server_id_len = 3 };
	struct quiclb_config configs[2];
	struct quiclb_decoder *decoder;
	quiche_conn conn, later;

	memcpy(s.server_id, pool_server_id, s.server_id_len);
	pool_config(&configs[0], 0, 3, 8, 0);
	pool_config(&configs[1], 1, 3, 8, 2);
	decoder = pool_decoder(configs, 2);
	s.encoder = pool_encoder(&configs[0], 6);
	conn = open_conn(&s, 4);
	CHECK(conn.n == 4);
	check_conn(&s, &conn, decoder, 4, 12);
	conn = open_conn(&s, 4);
	CHECK(conn.n == 2 && s.last_error == QUICLB_ERR_EXHAUSTED);
	check_conn(&s, &conn, decoder, 2, 12);
	/* out of nonces a connection still begins */
	conn = open_conn(&s, 4);
	CHECK(conn.n == 1);
	check_conn(&s, &conn, decoder, 0, 12);
	/* longer CIDs: for new connections; old ones go on with what they have
	 */
	CHECK(!quiclb_encoder_rotate(s.encoder, pool_encoder(&configs[1], 99)));
	add_cids(&s, &conn);
	CHECK(conn.n == 1 && s.last_error == QUICLB_ERR_SPACE);
	check_conn(&s, &conn, decoder, 0, 12);
	later = open_conn(&s, 4);
	CHECK(later.n == 4);
	check_conn(&s, &later, decoder, 4, 14);
	CHECK(!quiclb_encoder_retire(s.encoder, 0 << 5));
	CHECK(dcid_len(&s, (const uint8_t *)"\x40\x00", 2) == 0);
	CHECK(dcid_len(&s, (const uint8_t *)"\x40\x20", 2) == 14);
	CHECK(dcid_len(&s, (const uint8_t *)"\x40\x20", 1) == 0);
	quiclb_encoder_free(s.encoder);
	check_no_config(&s, decoder);
	quiclb_decoder_free(decoder);
	return 0;
}
