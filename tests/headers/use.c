/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Calls what a user of the SHARED headers calls, so that every inline function
 * becomes code; C, C++ and BPF alike.
 */
#include <quiclb/decode.h>
#include <quiclb/packet.h>

#ifdef __cplusplus
extern "C" {
#endif

int use(const struct quiclb_record *record, const quiclb_u8 *data,
	const quiclb_u8 *data_end, struct quiclb_block *server_id);
int use_key(const struct quiclb_record *record, quiclb_u64 *round_keys,
	    const quiclb_u8 *key);

int use(const struct quiclb_record *record, const quiclb_u8 *data,
	const quiclb_u8 *data_end, struct quiclb_block *server_id)
{
	struct quiclb_packet packet;
	int err;

	err = quiclb_packet_parse(data, data_end, (quiclb_u32)(data_end - data),
				  &packet);
	if (err)
		return err;
	if (quiclb_h_rotation(data[packet.dcid_offset]) != record->rotation)
		return QUICLB_ERR_NO_CONFIG;
	return quiclb_decode_server(record, data + packet.dcid_offset,
				    packet.dcid_len, server_id);
}

int use_key(const struct quiclb_record *record, quiclb_u64 *round_keys,
	    const quiclb_u8 *key)
{
	quiclb_h_aes_expand(round_keys, key);
	return quiclb_h_lengths(record->codec, record->server_id_len,
				record->nonce_len);
}

#ifdef __cplusplus
}
#endif
