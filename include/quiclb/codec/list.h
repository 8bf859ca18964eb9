/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Every codec there is.  A new one is its header, its two lines here and its
 * vector file; the switches, name tables, tests and tools expand this list.
 */
#ifndef QUICLB_CODEC_LIST_H
#define QUICLB_CODEC_LIST_H

#include "block_07.h"
#include "four_pass.h"
#include "four_pass_12.h"
#include "four_pass_14.h"
#include "four_pass_15.h"
#include "msquic.h"
#include "mvfst_1.h"
#include "mvfst_2.h"
#include "mvfst_3.h"
#include "plain.h"
#include "plain_07.h"
#include "quicly.h"
#include "single_pass.h"
#include "stream_07.h"

/* Codecs from elsewhere, if the build was told of any: -Dextra_codecs. */
#ifdef QUICLB_EXTRA_CODECS
#include <quiclb/codec/extra.h>
#else
#define QUICLB_EXTRA_CODEC_LIST(ROW)
#endif

/*
 * ROW(NAME, symbol, number, name, keyed, family).  Numbers are stored in maps
 * and never used again: 0 is an empty record, 1..127 are ours, 128..255 are
 * for codecs from elsewhere.  keyed: 1 needs a key, 0 takes none.
 */
#define QUICLB_CODEC_LIST(ROW)                                                 \
	ROW(PLAIN, plain, 1, "plain", 0, DRAFT3)                               \
	ROW(SINGLE_PASS, single_pass, 2, "single-pass", 1, DRAFT3)             \
	ROW(FOUR_PASS, four_pass, 3, "four-pass", 1, DRAFT3)                   \
	ROW(FOUR_PASS_12, four_pass_12, 4, "four-pass-12", 1, DRAFT2)          \
	ROW(FOUR_PASS_14, four_pass_14, 5, "four-pass-14", 1, DRAFT2)          \
	ROW(FOUR_PASS_15, four_pass_15, 6, "four-pass-15", 1, DRAFT2)          \
	ROW(PLAIN_07, plain_07, 7, "plain-07", 0, DRAFT2)                      \
	ROW(STREAM_07, stream_07, 8, "stream-07", 1, DRAFT2)                   \
	ROW(BLOCK_07, block_07, 9, "block-07", 1, DRAFT2)                      \
	ROW(MSQUIC, msquic, 10, "msquic", 0, RANDOM)                           \
	ROW(MVFST_1, mvfst_1, 11, "mvfst-1", 0, VERSION)                       \
	ROW(MVFST_2, mvfst_2, 12, "mvfst-2", 0, VERSION)                       \
	ROW(MVFST_3, mvfst_3, 13, "mvfst-3", 0, VERSION)                       \
	ROW(QUICLY, quicly, 14, "quicly", 1, BARE)                             \
	QUICLB_EXTRA_CODEC_LIST(ROW)

enum quiclb_codec {
	QUICLB_CODEC_NONE = 0,
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	QUICLB_CODEC_##upper = (number),
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
};

/*
 * Layouts that are a codec with certain lengths: PRESET(name, CODEC, server ID
 * length, nonce length, server-use length, encode_length, uncounted length).
 * aws-nlb: QUIC pass-through of the AWS Network Load Balancer.
 * envoy: a worker's byte in clear at the end that the encoded length leaves
 * out; codec and lengths before it are the operator's, these the usual ones.
 */
#define QUICLB_PRESET_LIST(PRESET)                                             \
	PRESET("aws-nlb", PLAIN, 8, 8, 0, 0, 0)                                \
	PRESET("nghttpx", SINGLE_PASS, 8, 8, 0, 0, 0)                          \
	PRESET("envoy", FOUR_PASS, 3, 8, 1, 1, 1)

#endif /* QUICLB_CODEC_LIST_H */
