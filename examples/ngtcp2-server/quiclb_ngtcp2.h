/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libquiclb for a server on ngtcp2, to be copied: of ngtcp2 it needs no more
 * than ngtcp2_cid, so it fits every version.  One struct quiclb_ngtcp2 per
 * thread that issues CIDs.  Where ngtcp2 asks:
 *
 *   ngtcp2_conn_server_new()     scid: quiclb_ngtcp2_cid(); its reset token,
 *                                for the transport parameters:
 *                                quiclb_ngtcp2_token()
 *   get_new_connection_id        quiclb_ngtcp2_new_cid(), whole
 *   preferred address            CID and token: quiclb_ngtcp2_new_cid()
 *   Retry                        scid: quiclb_ngtcp2_cid()
 *   ngtcp2_pkt_decode_version_cid()
 *                                length of a short header's DCID:
 *                                quiclb_ngtcp2_cid_len()
 *   a short header nobody knows  stateless reset: quiclb_ngtcp2_token()
 *   another config               quiclb_ngtcp2_rotate(), on the same thread
 *   a packet of another worker   quiclb_ngtcp2_worker() says whose it is
 */
#ifndef QUICLB_NGTCP2_H
#define QUICLB_NGTCP2_H

#include <ngtcp2/ngtcp2.h>
#include <quiclb/quiclb.h>

struct quiclb_ngtcp2 {
	struct quiclb_encoder *encoder;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t server_id_len; /* bytes */
	uint8_t reset_key[64];
	size_t reset_key_len; /* bytes; 0: no stateless resets */
};

/* Worker `number` as the first worker_len bytes of a nonce, big-endian. */
static inline void quiclb_ngtcp2_worker_bytes(size_t number, size_t worker_len,
					      uint8_t *worker)
{
	for (size_t i = worker_len; i-- > 0; number >>= 8)
		worker[i] = (uint8_t)number;
}

/*
 * An encoder for worker `number`; to quiclb_ngtcp2_open(), or rotate.  Returns
 * 0 or QUICLB_ERR_*.
 */
static inline int quiclb_ngtcp2_encoder(const struct quiclb_config *config,
					const uint8_t *server_id,
					size_t server_id_len, size_t number,
					struct quiclb_encoder **encoder)
{
	uint8_t worker[QUICLB_NONCE_MAX_BYTES];
	struct quiclb_encoder_options options;

	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = server_id_len;
	if (config && config->worker_len &&
	    config->worker_len < sizeof(worker)) {
		quiclb_ngtcp2_worker_bytes(number, config->worker_len, worker);
		options.worker = worker;
	}
	return quiclb_encoder_new(config, &options, encoder);
}

/*
 * Takes the encoder over.  reset_key: the same on all servers and after a
 * restart, QUICLB_RESET_KEY_MIN_BYTES..64 bytes, or NULL; copied.  Returns 0
 * or QUICLB_ERR_ARG, and then owns nothing.
 */
static inline int
quiclb_ngtcp2_open(struct quiclb_ngtcp2 *lb, struct quiclb_encoder *encoder,
		   const uint8_t *server_id, size_t server_id_len,
		   const uint8_t *reset_key, size_t reset_key_len)
{
	memset(lb, 0, sizeof(*lb));
	if (!encoder || server_id_len > sizeof(lb->server_id) ||
	    reset_key_len > sizeof(lb->reset_key))
		return QUICLB_ERR_ARG;
	lb->encoder = encoder;
	memcpy(lb->server_id, server_id, server_id_len);
	lb->server_id_len = server_id_len;
	if (reset_key) {
		memcpy(lb->reset_key, reset_key, reset_key_len);
		lb->reset_key_len = reset_key_len;
	}
	return 0;
}

static inline void quiclb_ngtcp2_close(struct quiclb_ngtcp2 *lb)
{
	quiclb_encoder_free(lb->encoder); /* wipes its key */
	quiclb_wipe(lb, sizeof(*lb));
}

/*
 * The next CID.  Never fails: when every nonce was used it is an unroutable
 * one of the same length (the draft allows one per connection, and ngtcp2
 * cannot be told to stop asking: rotate in time).  Returns 1 if it carries the
 * server ID, else 0.
 */
static inline int quiclb_ngtcp2_cid(struct quiclb_ngtcp2 *lb, ngtcp2_cid *cid)
{
	cid->datalen = quiclb_encoder_cid_len(lb->encoder);
	return quiclb_encoder_fill(lb->encoder, cid->data, cid->datalen);
}

/*
 * The stateless reset token of one of our CIDs: this server's alone, though
 * the key is everybody's, so that a packet that strayed to another server
 * draws a reset there that does no harm (RFC 9000 21.11).  16 bytes.  Returns
 * 0, or QUICLB_ERR_*: there is no key.
 */
static inline int quiclb_ngtcp2_token(const struct quiclb_ngtcp2 *lb,
				      const ngtcp2_cid *cid, uint8_t *token)
{
	return quiclb_reset_token(lb->reset_key, lb->reset_key_len,
				  lb->server_id, lb->server_id_len, cid->data,
				  cid->datalen, token);
}

/*
 * For get_new_connection_id and the preferred address: a CID of cid_len bytes
 * and its token.  ngtcp2 wants all CIDs of a connection alike, so after a
 * rotation to another length those of older connections are unroutable.
 * Returns 0 or QUICLB_ERR_*.
 */
static inline int quiclb_ngtcp2_new_cid(struct quiclb_ngtcp2 *lb,
					ngtcp2_cid *cid, uint8_t *token,
					size_t cid_len)
{
	if (cid_len > sizeof(cid->data))
		return QUICLB_ERR_ARG;
	cid->datalen = cid_len;
	quiclb_encoder_fill(lb->encoder, cid->data, cid_len);
	return quiclb_ngtcp2_token(lb, cid, token);
}

/* Length of a CID that came back in a short header; 0: none of ours. */
static inline size_t quiclb_ngtcp2_cid_len(const struct quiclb_ngtcp2 *lb,
					   uint8_t first_octet)
{
	const int len = quiclb_encoder_cid_length(lb->encoder, first_octet);

	return len > 0 ? (size_t)len : 0;
}

/*
 * Moves to the config of a fresh encoder, which is taken over on success; CIDs
 * that were issued stay valid.  Returns 0 or QUICLB_ERR_*.
 */
static inline int quiclb_ngtcp2_rotate(struct quiclb_ngtcp2 *lb,
				       struct quiclb_encoder *next)
{
	return quiclb_encoder_rotate(lb->encoder, next);
}

/*
 * Which worker of this server issued a CID, or -1: it is not this server's, or
 * names none.  Anyone can make up a CID: check the number.
 */
static inline long quiclb_ngtcp2_worker(const struct quiclb_ngtcp2 *lb,
					const struct quiclb_decoder *decoder,
					const uint8_t *cid, size_t cid_len)
{
	struct quiclb_decoded decoded;
	long number = 0;

	quiclb_decoded_init(&decoded);
	if (quiclb_decoder_read(decoder, cid, cid_len, &decoded) ||
	    decoded.server_id_len != lb->server_id_len ||
	    memcmp(decoded.server_id, lb->server_id, lb->server_id_len) ||
	    !decoded.worker_len)
		return -1;
	for (size_t i = 0; i < decoded.worker_len; i++) {
		if (number >> 15)
			return -1;
		number = number << 8 | decoded.nonce[i];
	}
	return number;
}

#endif /* QUICLB_NGTCP2_H */
