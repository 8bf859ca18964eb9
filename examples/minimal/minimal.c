// SPDX-License-Identifier: BSD-2-Clause
#include <quiclb/quiclb.h>
#include <stdio.h>

int main(void)
{
	const uint8_t server_id[] = { 0x0a, 0x01 }; /* this server's */
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int err, i, len;

	quiclb_config_init(&config); /* what the whole pool agrees on */
	config.codec = QUICLB_CODEC_FOUR_PASS;
	config.server_id_len = sizeof(server_id);
	config.nonce_len = 8;
	config.has_key = 1; /* 16 bytes from your key store */
	memcpy(config.key, "an example key..", QUICLB_KEY_BYTES);
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = sizeof(server_id);
	err = quiclb_encoder_new(&config, &options, &encoder); /* per thread */
	if (err) {
		fprintf(stderr, "%s\n", quiclb_strerror(err));
		return 1;
	}
	/* wherever the QUIC stack asks for a connection ID: */
	len = quiclb_encoder_next(encoder, cid, sizeof(cid));
	for (i = 0; i < len; i++)
		printf("%02x", cid[i]);
	printf("\n");
	quiclb_encoder_free(encoder); /* wipes the key */
	return len < 0;
}
