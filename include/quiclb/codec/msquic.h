/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * msquic: random octet | server ID, 4 bytes in clear | partition, 2 bytes |
 * 7 random bytes, 14 in all: what MsQuic issues with load balancing on, and
 * EMQX with it.  In IP mode the server ID is the server's IPv4 address or the
 * last 4 bytes of its IPv6 address; in fixed mode a 32-bit number in the byte
 * order of the host.  Partition and random bytes are the nonce.
 */
#ifndef QUICLB_CODEC_MSQUIC_H
#define QUICLB_CODEC_MSQUIC_H

#include "plain.h"

QUICLB_INLINE int quiclb_msquic_valid(const struct quiclb_record *rec)
{
	const int err = quiclb_h_layout_valid(rec, 0, 0);

	if (err)
		return err;
	if (rec->server_id_len != 4 || rec->nonce_len != 9 ||
	    rec->cid_len != 14)
		return QUICLB_ERR_LAYOUT_LEN;
	return 0;
}

QUICLB_INLINE int quiclb_msquic_encode(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	return quiclb_plain_encode(rec, work, step);
}

QUICLB_INLINE int quiclb_msquic_decode(const struct quiclb_record *rec,
				       struct quiclb_work *work, int step)
{
	return quiclb_plain_decode(rec, work, step);
}

#endif /* QUICLB_CODEC_MSQUIC_H */
