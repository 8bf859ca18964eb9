/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the vector files, format 2 of tests/vectors/README.md.  Knows the
 * format and the limits of a CID, nothing of codecs: every runner of the
 * vectors starts from here.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <glib.h>
#include <quiclb/quiclb.h>
#include <stdint.h>

struct vector {
	char name[64];	       /* <codec>/<source>/<n> */
	char codec[24];	       /* as in codec/list.h */
	uint8_t rotation_bits; /* 3, 2 or 0 */
	uint8_t rotation;
	uint8_t encode_length; /* 0 for '-' */
	uint8_t uncounted_len; /* bytes that the length leaves out */
	uint8_t has_first;     /* 0 for '-': a layout without first octet */
	uint8_t first;
	uint8_t has_key;
	uint8_t key[16];
	uint8_t server_id[16];
	uint8_t server_id_len; /* bytes */
	uint8_t nonce[18];
	uint8_t nonce_len; /* bytes */
	uint8_t server_use[18];
	uint8_t server_use_len; /* bytes */
	uint8_t cid[20];
	uint8_t cid_len; /* bytes */
};

/* The config of a row: one that the library accepts. */
void vector_config(const struct vector *v, struct quiclb_config *config);

/* The first octet's bits below the config rotation. */
uint8_t vector_low_bits(const struct vector *v);

/*
 * Appends the rows of one file to rows, an array of struct vector.  FALSE and
 * an error that begins with FILE:LINE if a line is malformed, a name is taken,
 * or there is no row.
 */
gboolean vectors_read(const char *path, GArray *rows, GError **error);

/*
 * The .txt files in the directories that QUICLB_VECTORS names, which is a
 * search path, by name within each; to g_ptr_array_unref().  NULL and an error
 * if there are none.
 */
GPtrArray *vectors_paths(GError **error);

/* The rows of them all; to g_array_unref().  NULL and an error as above. */
GArray *vectors_read_all(GError **error);

#endif /* VECTORS_H */
