/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_packet_parse(): what it reports lies within the datagram, and neither
 * bytes behind the first six nor where the frame is cut change the answer; nor
 * does a cut make a client's first packet another.  Input: a byte, the frame.
 */
#include <quiclb/packet.h>

#include "fuzz.h"

/* 1 if the client made up the DCID, as far as what is seen tells. */
static int parse(const void *frame, size_t seen, size_t len,
		 struct quiclb_packet *pkt)
{
	uint8_t *const block = fuzz_copy(frame, seen);
	int err;

	memset(pkt, 0xa5, sizeof(*pkt));
	err = quiclb_packet_parse(block, block + seen, (quiclb_u32)len, pkt);
	FUZZ_MUST(err == 0 || err == QUICLB_ERR_SHORT);
	if (!err)
		err = quiclb_packet_v1_v2_first(block, block + seen,
						(quiclb_u32)len, pkt);
	free(block);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { HEADER = QUICLB_LONG_DCID_OFFSET, V2 = QUICLB_VERSION_2 };
	struct fuzz_input in = { data, size };
	const uint8_t cut = fuzz_byte(&in);
	const size_t seen = in.len, few = seen < HEADER ? seen : HEADER;
	/* the frame goes on elsewhere, or is padded behind the datagram */
	const size_t len = cut & 0x80 ? seen + (cut & 0x7f)
				      : seen - (cut < seen ? cut : seen);
	struct quiclb_packet pkt, alt;
	int err2, err = parse(in.bytes, seen, len, &pkt);

	memset(&alt, 0xa5, sizeof(alt));
	FUZZ_MUST(err >= 0 || !memcmp(&pkt, &alt, sizeof(pkt)));
	if (err >= 0) {
		FUZZ_MUST(pkt.long_header == in.bytes[0] >> 7);
		FUZZ_MUST(pkt.dcid_offset == (pkt.long_header ? HEADER : 1));
		FUZZ_MUST(pkt.dcid_offset <= seen);
		FUZZ_MUST(err <= (pkt.version == 1 || pkt.version == V2));
		FUZZ_MUST((size_t)pkt.dcid_offset + pkt.dcid_len <= len);
		FUZZ_MUST(pkt.long_header ? pkt.dcid_len == in.bytes[5]
					  : pkt.dcid_len == len - 1);
	}
	err2 = parse(in.bytes, few, len, &alt);
	FUZZ_MUST(err2 >= err && !memcmp(&pkt, &alt, sizeof(pkt)));
	if (err < 0 || len < 2)
		return 0;
	err2 = parse(in.bytes, seen, len - 1, &alt);
	FUZZ_MUST((err2 >= 0) ==
		  (!pkt.long_header || (size_t)HEADER + pkt.dcid_len < len));
	FUZZ_MUST(err2 < 0 || pkt.dcid_len - alt.dcid_len == !pkt.long_header);
	return 0;
}
