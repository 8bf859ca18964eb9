/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-128 keys as text, in a file or not: the form of cid-key.  Needs no
 * libyang.
 */
#ifndef QUICLB_KEY_FILE_H
#define QUICLB_KEY_FILE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUICLB_KEY_FILE_WHY_CAP 128 /* bytes with the final zero */

/**
 * quiclb_key_parse() - a key from text
 * @param text      32 hex digits, with or without colons between bytes
 * @param[out] key  QUICLB_KEY_BYTES bytes; undefined on failure
 * @return 0 or QUICLB_ERR_ARG
 * Threads: safe.  Since: 0.1.0.
 */
int quiclb_key_parse(const char *text, uint8_t *key);

/**
 * quiclb_key_file_read() - a key from a file
 * @param path      holds the text of a key and perhaps a newline
 * @param[out] key  QUICLB_KEY_BYTES bytes; undefined on failure
 * @param[out] why  QUICLB_KEY_FILE_WHY_CAP bytes: what is wrong, without the
 *                  path and any part of the key; written only on failure
 * @return 0, QUICLB_ERR_ARG or QUICLB_ERR_NOMEM
 * Threads: safe.  Since: 0.1.0.
 */
int quiclb_key_file_read(const char *path, uint8_t *key, char *why);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_KEY_FILE_H */
