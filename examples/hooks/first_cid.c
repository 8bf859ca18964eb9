/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From nothing to a CID, and from the CID to its server.
 */
#include <quiclb/quiclb.h>
#include <stdio.h>

static int complain(int err)
{
	fprintf(stderr, "%s\n", quiclb_strerror(err));
	return 1;
}

int main(void)
{
	/* [issue] */
	const uint8_t server_id[] = { 0x0a, 0x01 };
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int err, len;

	quiclb_config_init(&config);
	config.codec = QUICLB_CODEC_PLAIN;
	config.server_id_len = sizeof(server_id);
	config.nonce_len = 8;
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = sizeof(server_id);
	err = quiclb_encoder_new(&config, &options, &encoder);
	if (err)
		return complain(err);
	len = quiclb_encoder_next(encoder, cid, sizeof(cid));
	quiclb_encoder_free(encoder);
	/* [end] */
	if (len < 0)
		return complain(len);
	/* [find] */
	uint8_t found[QUICLB_SERVER_ID_CAP_BYTES];
	struct quiclb_decoder *decoder;

	err = quiclb_decoder_new(&decoder);
	if (err)
		return complain(err);
	err = quiclb_decoder_add(decoder, &config);
	if (!err)
		err = quiclb_decoder_decode(decoder, cid, (size_t)len, found,
					    sizeof(found));
	quiclb_decoder_free(decoder);
	if (err < 0)
		return complain(err);
	printf("%d bytes, of server %02x%02x\n", len, found[0], found[1]);
	/* [end] */
	return err != sizeof(server_id) || memcmp(found, server_id, 2) != 0;
}
