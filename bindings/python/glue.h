/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiled module has beside quiclb.h: the names in its lists, and
 * a batch on packed bytes, for Python has no cheap array of pointers.
 */
#ifndef QUICLB_PY_GLUE_H
#define QUICLB_PY_GLUE_H

#include <quiclb/quiclb.h>

struct quiclb_py_error {
	const char *name; /* NULL: behind the last */
	int number;
};

static const struct quiclb_py_error quiclb_py_errors[] = {
#define QUICLB_ROW(name, number, text) { #name, (number) },
	QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
		{ NULL, 0 }
};

static const char *const quiclb_py_presets[] = {
#define QUICLB_PRESET(name, codec, id, nonce, use, encode, uncounted) name,
	QUICLB_PRESET_LIST(QUICLB_PRESET)
#undef QUICLB_PRESET
		NULL
};

#define QUICLB_PY_CHUNK 64 /* CIDs; a larger batch gains nothing */

/*
 * Up to QUICLB_PY_CHUNK CIDs that lie one behind the other; returns where the
 * next one is.  ids has a place of QUICLB_SERVER_ID_CAP_BYTES for each.
 */
static const uint8_t *quiclb_py_chunk(const struct quiclb_decoder *decoder,
				      const uint8_t *cids, const size_t *lens,
				      uint8_t *ids, int32_t *results, size_t n)
{
	struct quiclb_cid_ref refs[QUICLB_PY_CHUNK];
	struct quiclb_server_id found[QUICLB_PY_CHUNK];
	size_t i;

	for (i = 0; i < n; i++) {
		refs[i].cid = cids;
		refs[i].cid_len = lens[i];
		cids += lens[i];
	}
	quiclb_decoder_decode_batch(decoder, refs, found, n);
	for (i = 0; i < n; i++) {
		results[i] = found[i].len;
		if (found[i].len > 0)
			memcpy(ids + i * QUICLB_SERVER_ID_CAP_BYTES,
			       found[i].bytes, QUICLB_SERVER_ID_CAP_BYTES);
	}
	return cids;
}

/* quiclb_decoder_decode_batch() on n CIDs of lens bytes, packed. */
static void quiclb_py_decode_batch(const struct quiclb_decoder *decoder,
				   const uint8_t *cids, const size_t *lens,
				   uint8_t *ids, int32_t *results, size_t n)
{
	while (n) {
		const size_t now = n < QUICLB_PY_CHUNK ? n : QUICLB_PY_CHUNK;

		cids = quiclb_py_chunk(decoder, cids, lens, ids, results, now);
		lens += now;
		ids += now * QUICLB_SERVER_ID_CAP_BYTES;
		results += now;
		n -= now;
	}
}

#endif /* QUICLB_PY_GLUE_H */
