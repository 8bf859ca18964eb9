/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_packet_parse(): what it reports lies within the datagram, and neither
 * bytes behind the first six nor where the frame is cut change the answer.
 * Input: one byte, then the frame.
 */
#include <quiclb/packet.h>

#include "fuzz.h"

#define HEADER QUICLB_LONG_DCID_OFFSET

static int parse(const void *frame, size_t seen, size_t len,
		 struct quiclb_packet *pkt)
{
	uint8_t *const block = fuzz_copy(frame, seen);
	int err;

	memset(pkt, 0xa5, sizeof(*pkt));
	err = quiclb_packet_parse(block, block + seen, (quiclb_u32)len, pkt);
	FUZZ_MUST(err == 0 || err == QUICLB_ERR_SHORT);
	free(block);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const uint8_t cut = fuzz_byte(&in);
	const size_t seen = in.len, few = seen < HEADER ? seen : HEADER;
	/* the frame goes on elsewhere, or is padded behind the datagram */
	const size_t len = cut & 0x80 ? seen + (cut & 0x7f)
				      : seen - (cut < seen ? cut : seen);
	struct quiclb_packet pkt, other;
	const int err = parse(in.bytes, seen, len, &pkt);
	int err2;

	memset(&other, 0xa5, sizeof(other));
	if (err) {
		FUZZ_MUST(!memcmp(&pkt, &other, sizeof(pkt)));
	} else {
		FUZZ_MUST(pkt.long_header == in.bytes[0] >> 7);
		FUZZ_MUST(pkt.dcid_offset == (pkt.long_header ? HEADER : 1));
		FUZZ_MUST(pkt.dcid_offset <= seen);
		FUZZ_MUST((size_t)pkt.dcid_offset + pkt.dcid_len <= len);
		FUZZ_MUST(pkt.long_header ? pkt.dcid_len == in.bytes[5]
					  : pkt.dcid_len == len - 1);
	}
	/* no more than the header is read */
	err2 = parse(in.bytes, few, len, &other);
	FUZZ_MUST(err2 == err && !memcmp(&pkt, &other, sizeof(pkt)));
	if (err || len < 2)
		return 0;
	/* a byte less: as before, unless the DCID needs it */
	err2 = parse(in.bytes, seen, len - 1, &other);
	FUZZ_MUST(!err2 ==
		  (!pkt.long_header || (size_t)HEADER + pkt.dcid_len < len));
	FUZZ_MUST(err2 || other.dcid_len == pkt.dcid_len - !pkt.long_header);
	return 0;
}
