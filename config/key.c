/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hex texts and key files.  No key is ever part of an error text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/hex.h"
#include "config/key_file.h"
#include "config/private.h"

#define KEY_FILE_MAX_BYTES 4096

QUICLB_STATIC_ASSERT(QUICLB_KEY_FILE_WHY_CAP == QUICLB_PRIV_WHY_CAP,
		     "file.c writes the reason");

void quiclb_priv_hex_encode(const uint8_t *bytes, size_t len, char *hex,
			    size_t hex_cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len && 2 * i + 2 < hex_cap; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * i] = '\0';
}

int quiclb_key_parse(const char *hex, uint8_t *key)
{
	const size_t len = strlen(hex);

	/* No colon at all, or one between any two bytes. */
	if (len != 2 * QUICLB_KEY_BYTES && len != 3 * QUICLB_KEY_BYTES - 1)
		return QUICLB_ERR_ARG;
	if (quiclb_hex_parse(hex, key, QUICLB_KEY_BYTES, NULL) !=
	    QUICLB_KEY_BYTES)
		return QUICLB_ERR_ARG;
	return 0;
}

static void strip_newline(struct quiclb_priv_text *text)
{
	if (text->len > 0 && text->bytes[text->len - 1] == '\n')
		text->bytes[--text->len] = '\0';
	if (text->len > 0 && text->bytes[text->len - 1] == '\r')
		text->bytes[--text->len] = '\0';
}

static int parse_text(struct quiclb_priv_text *text, uint8_t *key)
{
	strip_newline(text);
	/* A zero byte makes the text shorter than the file. */
	if (strlen(text->bytes) != text->len)
		return QUICLB_ERR_ARG;
	return quiclb_key_parse(text->bytes, key);
}

int quiclb_key_file_read(const char *path, uint8_t *key, char *why)
{
	struct quiclb_priv_text text;
	int err = quiclb_priv_text_read(path, KEY_FILE_MAX_BYTES, &text, why);

	if (err)
		return err;
	err = parse_text(&text, key);
	if (err)
		snprintf(why, QUICLB_KEY_FILE_WHY_CAP,
			 "must hold a key of 16 bytes: 32 hex digits, with or "
			 "without colons between bytes");
	quiclb_priv_text_free(&text);
	return err;
}

/* A relative file is beside the configuration; the caller frees the result. */
static char *beside(const char *name, const char *file)
{
	const char *slash = strrchr(name, '/');
	const size_t file_len = strlen(file);
	size_t dir_len = 0;
	char *path;

	if (slash && file[0] != '/')
		dir_len = (size_t)(slash - name) + 1;
	path = malloc(dir_len + file_len + 1);
	if (!path)
		return NULL;
	memcpy(path, name, dir_len);
	memcpy(path + dir_len, file, file_len + 1);
	return path;
}

int quiclb_priv_key_read(const struct quiclb_priv_load *load,
			 struct quiclb_cid_config *cid_config, const char *file)
{
	char *path = beside(load->name, file);
	char why[QUICLB_KEY_FILE_WHY_CAP];
	int err;

	if (!path)
		return quiclb_priv_nomem(load);
	err = quiclb_key_file_read(path, cid_config->config.key, why);
	if (err)
		quiclb_priv_fail(
			load, err,
			"/quic-lb/cid-configs[name='%s']/cid-key-file: "
			"%s (got %s)",
			cid_config->name, why, path);
	free(path);
	return err;
}
