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
int use_parts(const struct quiclb_record *record,
	      const struct quiclb_words *plain, quiclb_u8 first,
	      struct quiclb_words *again);
int use_key(const struct quiclb_record *record, quiclb_u64 *round_keys,
	    const quiclb_u8 *key);

int use(const struct quiclb_record *record, const quiclb_u8 *data,
	const quiclb_u8 *data_end, struct quiclb_block *server_id)
{
	struct quiclb_packet packet;
	unsigned int claims;
	int err;

	err = quiclb_packet_parse(data, data_end, (quiclb_u32)(data_end - data),
				  &packet);
	if (err)
		return err;
	claims = quiclb_h_claims(record->rotation_bits, record->rotation);
	if (!(claims >> quiclb_h_codepoint(data[packet.dcid_offset]) & 1))
		return QUICLB_ERR_NO_CONFIG;
	return quiclb_decode_server(record, data + packet.dcid_offset,
				    packet.dcid_len, server_id);
}

/* To a CID and back. */
int use_parts(const struct quiclb_record *record,
	      const struct quiclb_words *plain, quiclb_u8 first,
	      struct quiclb_words *again)
{
	struct quiclb_words cid;
	int err;

	err = quiclb_h_encode(record, plain, first, &cid, quiclb_h_encrypt,
			      quiclb_h_decrypt);
	if (err)
		return err;
	return quiclb_h_decode(record, &cid, again, quiclb_h_encrypt,
			       quiclb_h_decrypt);
}

int use_key(const struct quiclb_record *record, quiclb_u64 *round_keys,
	    const quiclb_u8 *key)
{
	const int family = quiclb_h_family(record->codec);

	if (family < 0)
		return family;
	if (quiclb_h_reserved((enum quiclb_family)family,
			      record->rotation_bits) &
	    quiclb_h_claims(record->rotation_bits, record->rotation))
		return QUICLB_ERR_RESERVED;
	quiclb_h_aes_expand(round_keys, key);
	return quiclb_h_valid(record);
}

#ifdef __cplusplus
}
#endif
