/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Every codec there is.  A new one is its header, its two lines here and its
 * vector file; the switches, name tables, tests and tools expand this list.
 */
#ifndef QUICLB_CODEC_LIST_H
#define QUICLB_CODEC_LIST_H

#include "four_pass.h"
#include "plain.h"
#include "single_pass.h"

/*
 * ROW(NAME, symbol, number, name, keyed).  Numbers are stored in maps and
 * never used again; 0 is an empty record.  keyed: 1 needs a key, 0 takes none.
 */
#define QUICLB_CODEC_LIST(ROW)                                                 \
	ROW(PLAIN, plain, 1, "plain", 0)                                       \
	ROW(SINGLE_PASS, single_pass, 2, "single-pass", 1)                     \
	ROW(FOUR_PASS, four_pass, 3, "four-pass", 1)

enum quiclb_codec {
	QUICLB_CODEC_NONE = 0,
#define QUICLB_ROW(upper, lower, number, name, keyed)                          \
	QUICLB_CODEC_##upper = (number),
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
};

#endif /* QUICLB_CODEC_LIST_H */
