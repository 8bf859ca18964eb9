/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What RFC 8999 promises about every QUIC packet of every version: header
 * form, version, and where the DCID lies.  The fixed bit may be 0 (RFC 9287);
 * an unknown version is no reason to refuse (RFC 8999, 6).  What is asked of
 * known versions alone has their name in it.
 */
#ifndef QUICLB_PACKET_H
#define QUICLB_PACKET_H

#include "wire.h"

#define QUICLB_LONG_HEADER 0x80	  /* header form bit */
#define QUICLB_LONG_DCID_OFFSET 6 /* first byte, version (4), length (1) */
#define QUICLB_SHORT_DCID_OFFSET 1

struct quiclb_packet {
	quiclb_u32 version;    /* long header only; 0 is Version Negotiation */
	quiclb_u8 long_header; /* 1 or 0 */
	quiclb_u8 dcid_offset; /* bytes from the start of the packet: 6 or 1 */
	quiclb_u16 dcid_len;   /* long: what the header says, 0..255; short:
				  all that follows, its config knows how much
				  of it is DCID */
};

/**
 * quiclb_packet_parse() - where the DCID of the first packet of a datagram is
 * @param data      UDP payload
 * @param data_end  first byte that must not be read; in a frame of several
 *                  buffers it may come before data + len
 * @param len       UDP payload length in bytes, by the UDP header; what lies
 *                  behind it in the frame is not part of the packet
 * @param[out] pkt  written only on success
 * @return 0, or QUICLB_ERR_SHORT if the header ends behind len or data_end, or
 *   the DCID it announces ends behind len.  The DCID may still end behind
 *   data_end: whoever reads it checks that.
 * Time: constant; no loop.
 * Spec: RFC 8999, 5.1 and 5.2.  Since: 0.1.0.
 *
 * A DCID of 21..255 bytes is legal in a version not yet known: it is reported
 * as it stands.  Reads at most 6 bytes.
 */
QUICLB_INLINE int quiclb_packet_parse(const quiclb_u8 *data,
				      const quiclb_u8 *data_end, quiclb_u32 len,
				      struct quiclb_packet *pkt)
{
	if (len < 1 || data + 1 > data_end)
		return QUICLB_ERR_SHORT;
	if (!(data[0] & QUICLB_LONG_HEADER)) {
		pkt->version = 0;
		pkt->long_header = 0;
		pkt->dcid_offset = QUICLB_SHORT_DCID_OFFSET;
		pkt->dcid_len = (quiclb_u16)(len - 1);
		return 0;
	}
	if (len < QUICLB_LONG_DCID_OFFSET ||
	    data + QUICLB_LONG_DCID_OFFSET > data_end)
		return QUICLB_ERR_SHORT;
	if (len < (quiclb_u32)QUICLB_LONG_DCID_OFFSET + data[5])
		return QUICLB_ERR_SHORT;
	pkt->version = (quiclb_u32)data[1] << 24 | (quiclb_u32)data[2] << 16 |
		       (quiclb_u32)data[3] << 8 | data[4];
	pkt->long_header = 1;
	pkt->dcid_offset = QUICLB_LONG_DCID_OFFSET;
	pkt->dcid_len = data[5];
	return 0;
}

#define QUICLB_VERSION_1 0x00000001u /* RFC 9000 */
#define QUICLB_VERSION_2 0x6b3343cfu /* RFC 9369 */

/**
 * quiclb_packet_v1_v2_first() - whether the client made up the DCID
 * @param data, data_end, len, pkt  as for quiclb_packet_parse(), which
 *                                  succeeded
 * @return 1 for an Initial without a token and for 0-RTT, of version 1 or 2;
 *   also if the token's length cannot be read.  Else 0.
 * Time: constant; no loop.  Spec: RFC 9000, 17.2; RFC 9369, 3.2.  Since: 0.2.0.
 *
 * An Initial with a token follows a Retry, whose SCID is its DCID (or a
 * NEW_TOKEN frame, then it is made up).  Later Initials of a handshake have the
 * server's CID and no token, and so may 0-RTT: they cannot be told apart.
 */
QUICLB_INLINE int quiclb_packet_v1_v2_first(const quiclb_u8 *data,
					    const quiclb_u8 *data_end,
					    quiclb_u32 len,
					    const struct quiclb_packet *pkt)
{
	const quiclb_u32 version = pkt->version;
	const int type = data[0] >> 4 & 3;
	const int initial = version == QUICLB_VERSION_2;
	quiclb_u32 at = QUICLB_LONG_DCID_OFFSET;

	if (!pkt->long_header ||
	    (version != QUICLB_VERSION_1 && version != QUICLB_VERSION_2))
		return 0;
	if (type != initial)
		return type == initial + 1; /* 0-RTT comes behind Initial */
	if (pkt->dcid_len > QUICLB_CID_MAX_BYTES)
		return 1;
	at += pkt->dcid_len;
	if (at + 1 > len || data + at + 1 > data_end ||
	    data[at] > QUICLB_CID_MAX_BYTES)
		return 1;
	at += 1u + data[at];
	if (at + 1 > len || data + at + 1 > data_end)
		return 1;
	return !data[at];
}

/**
 * quiclb_packet_is_quic() - whether QUIC may begin with this byte
 * @param first_byte  of a UDP payload
 * @return 1 if the fixed bit is set, else 0: STUN, ZRTP, DTLS, RTP, RTCP
 * Spec: RFC 9443, 3.  Since: 0.2.0.
 *
 * For ports that QUIC shares; elsewhere the fixed bit may be 0 (RFC 9287).
 * 64..79 may also be TURN channels, from TURN servers.
 */
QUICLB_INLINE int quiclb_packet_is_quic(quiclb_u8 first_byte)
{
	return (first_byte & 0x40) != 0;
}

#endif /* QUICLB_PACKET_H */
