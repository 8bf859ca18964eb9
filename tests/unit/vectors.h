/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the vector files.  Knows the format and the limits of a CID, nothing
 * of codecs: every runner of the vectors starts from here.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <glib.h>
#include <stdint.h>

struct vector {
	char name[64];	/* <codec>/<source>/<n> */
	char codec[24]; /* as in codec/list.h */
	uint8_t rotation;
	uint8_t encode_length;
	uint8_t has_key;
	uint8_t key[16];
	uint8_t server_id[15];
	uint8_t server_id_len; /* bytes */
	uint8_t nonce[18];
	uint8_t nonce_len; /* bytes */
	uint8_t server_use[14];
	uint8_t server_use_len; /* bytes */
	uint8_t cid[20];
	uint8_t cid_len; /* bytes */
};

/*
 * Appends the rows of one file to rows, an array of struct vector.  FALSE and
 * an error that begins with FILE:LINE if a line is malformed, a name is taken,
 * or there is no row.
 */
gboolean vectors_read(const char *path, GArray *rows, GError **error);

/*
 * The rows of every .txt file in the directory that QUICLB_VECTORS names, by
 * file name; to g_array_unref().  NULL and an error as above.
 */
GArray *vectors_read_all(GError **error);

#endif /* VECTORS_H */
