/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A receive loop that has many packets at once, as recvmmsg(), AF_XDP and DPDK
 * give them, and a server that issues many CIDs at once.
 */
#include <quiclb/quiclb.h>

#include "check.h"

static const uint8_t server_id[] = { 0x0a, 0x0b, 0x01 };

/* [batch] */
#define BATCH 64 /* packets at a time; from 8 on it pays */

/* What the loop has of each packet: msg_iov and msg_len, or an mbuf. */
struct packet {
	const uint8_t *bytes;
	size_t len;
	int32_t server; /* length of id, or QUICLB_ERR_* */
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
};

/* The servers of up to BATCH packets with short headers; how many have one. */
static size_t whose(const struct quiclb_decoder *decoder,
		    struct packet *packets, size_t n)
{
	struct quiclb_cid_ref cids[BATCH];
	struct quiclb_server_id ids[BATCH];
	size_t i, n_found;

	for (i = 0; i < n; i++) {
		/* no byte of a CID: QUICLB_ERR_SHORT */
		const size_t skip = packets[i].len ? 1 : 0;

		cids[i].cid = packets[i].bytes + skip;
		cids[i].cid_len = packets[i].len - skip;
	}
	n_found = quiclb_decoder_decode_batch(decoder, cids, ids, n);
	for (i = 0; i < n; i++) {
		packets[i].server = ids[i].len;
		if (ids[i].len > 0)
			memcpy(packets[i].id, ids[i].bytes, sizeof(ids->bytes));
	}
	return n_found;
}

/* n CIDs, one in every QUICLB_CID_MAX_BYTES; how many, or an error. */
static int stock_up(struct quiclb_encoder *encoder,
		    uint8_t cids[][QUICLB_CID_MAX_BYTES], size_t n)
{
	return quiclb_encoder_next_batch(encoder, cids[0], sizeof(cids[0]), n);
}
/* [end] */

static void make_config(struct quiclb_config *config)
{
	quiclb_config_init(config);
	config->codec = QUICLB_CODEC_FOUR_PASS;
	config->server_id_len = sizeof(server_id);
	config->nonce_len = 8;
	config->has_key = 1;
	memset(config->key, 0x51, QUICLB_KEY_BYTES);
}

int main(void)
{
	static uint8_t cids[BATCH][QUICLB_CID_MAX_BYTES];
	static uint8_t bytes[BATCH][1 + QUICLB_CID_MAX_BYTES];
	static struct packet packets[BATCH];
	struct quiclb_encoder_options options;
	struct quiclb_config config;
	struct quiclb_decoder *decoder;
	struct quiclb_encoder *encoder;
	size_t i;

	make_config(&config);
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = sizeof(server_id);
	CHECK(!quiclb_encoder_new(&config, &options, &encoder));
	CHECK(!quiclb_decoder_new(&decoder));
	CHECK(!quiclb_decoder_add(decoder, &config));
	CHECK(stock_up(encoder, cids, BATCH) == BATCH);
	for (i = 0; i < BATCH; i++) {
		bytes[i][0] = 0x40;
		memcpy(bytes[i] + 1, cids[i], sizeof(cids[i]));
		packets[i].bytes = bytes[i];
		packets[i].len = sizeof(bytes[i]);
	}
	packets[5].len = 3;
	packets[6].len = 0;
	CHECK(whose(decoder, packets, BATCH) == BATCH - 2);
	CHECK(packets[5].server == QUICLB_ERR_SHORT);
	CHECK(packets[6].server == QUICLB_ERR_SHORT);
	CHECK(packets[7].server == (int)sizeof(server_id));
	CHECK(!memcmp(packets[7].id, server_id, sizeof(server_id)));
	quiclb_encoder_free(encoder);
	quiclb_decoder_free(decoder);
	quiclb_wipe(&config, sizeof(config));
	return 0;
}
