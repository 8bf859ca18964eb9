/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The frame that codec.bpf.c takes and gives back: one thing to encode or to
 * decode.
 */
#ifndef CODEC_JOB_H
#define CODEC_JOB_H

#include <quiclb/wire.h>

#define CODEC_JOB_ENCODE 1
#define CODEC_JOB_DECODE 2

#define CODEC_JOB_RECORDS QUICLB_N_CODEPOINTS

/* error before the program ran: no error of the library, and not 0 */
#define CODEC_JOB_UNTOUCHED 1

struct codec_job {
	quiclb_u16 operation; /* CODEC_JOB_ENCODE or CODEC_JOB_DECODE */
	quiclb_u16 codepoint; /* to encode: which record */
	quiclb_u16 first;     /* to encode: first octet */
	quiclb_u16 cid_len;   /* to decode: bytes; what lies behind is noise */
	quiclb_u32 error;     /* out: 0, or QUICLB_ERR_* */
	quiclb_u32 pad;
	quiclb_u8 in[24];  /* server ID and nonce, zero behind; or CID */
	quiclb_u8 out[24]; /* CID; or server ID */
};

QUICLB_STATIC_ASSERT(sizeof(struct codec_job) == 64, "no padding");

#endif /* CODEC_JOB_H */
