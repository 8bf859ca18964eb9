/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding with headers alone, as in a data plane: no library, no allocation.
 * The record comes from a control program, which calls
 * quiclb_config_compile(); here from the same process.
 */
#include <quiclb/decode.h>
#include <quiclb/packet.h>
#include <quiclb/quiclb.h> /* for the control side alone */

#include "check.h"

/* [data] */
/* records has QUICLB_N_CODEPOINTS of them; codec 0: there is none. */
static int find_server(const struct quiclb_record *records,
		       const quiclb_u8 *udp, quiclb_u32 udp_len,
		       struct quiclb_block *server_id)
{
	const struct quiclb_record *record;
	struct quiclb_packet packet;
	const quiclb_u8 *dcid;

	if (quiclb_packet_parse(udp, udp + udp_len, udp_len, &packet) ||
	    !packet.dcid_len)
		return QUICLB_ERR_SHORT;
	dcid = udp + packet.dcid_offset;
	record = &records[quiclb_h_codepoint(dcid[0])];
	if (!record->codec)
		return QUICLB_ERR_NO_CONFIG;
	return quiclb_decode_server(record, dcid, packet.dcid_len, server_id);
}
/* [end] */

/* [control] */
/* Puts a record in every place that its first octets select. */
static int install(struct quiclb_record *records,
		   const struct quiclb_config *config)
{
	struct quiclb_record record;
	const int err = quiclb_config_compile(config, &record);
	unsigned int claims, c;

	if (err)
		return err;
	claims = quiclb_h_claims(record.rotation_bits, record.rotation);
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
		if (claims & 1u << c)
			records[c] = record;
	quiclb_wipe(&record, sizeof(record));
	return 0;
}
/* [end] */

int main(void)
{
	static struct quiclb_record records[QUICLB_N_CODEPOINTS];
	/* of tests/vectors/plain.txt: plain, server ID c8 69 */
	static const uint8_t short_header[] = { 0x40, 0x01, 0xc8, 0x69, 1,
						2,    3,    4,	  0 };
	static const uint8_t long_header[] = { 0xc0, 0, 0, 0, 1,    7,	 0x01,
					       0xc8, 1, 2, 3, 0x42, 0x43 };
	struct quiclb_block id = { { 0, 0 } };
	struct quiclb_config config;

	quiclb_config_init(&config);
	config.codec = QUICLB_CODEC_PLAIN;
	config.server_id_len = 2;
	config.nonce_len = 4;
	CHECK(!install(records, &config));
	CHECK(!find_server(records, short_header, sizeof(short_header), &id));
	/* byte 0 of the server ID is the lowest, on every machine */
	CHECK(id.w[0] == 0x69c8 && id.w[1] == 0);
	CHECK(!find_server(records, long_header, sizeof(long_header), &id));
	CHECK(id.w[0] == 0x01c8);
	CHECK(find_server(records, short_header, 7, &id) == QUICLB_ERR_SHORT);
	CHECK(find_server(records, long_header, 12, &id) == QUICLB_ERR_SHORT);
	config.config_rotation = 3;
	CHECK(!install(records, &config));
	CHECK(!records[7].codec && !records[2].codec && records[3].codec);
	return 0;
}
