/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vectors FILE...: every row of the vector files through the shared headers, by
 * the portable block and where there are some by the CPU's AES instructions; of
 * the library only what makes a record of a config, and quiclb_cpu().  Needs no
 * libcrypto, so it runs on machines for which there is none.
 */
#include <openssl/crypto.h> /* of no_crypto/ */
#include <quiclb/native.h>
#include <quiclb/quiclb.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_COLUMNS 11

/* ------------------------------------------------------------- layout -- */

#define AT(type, field, offset)                                                \
	_Static_assert(offsetof(struct type, field) == (offset), "offset")

/* Frozen: values of maps, the same for every machine of one byte order. */
_Static_assert(sizeof(struct quiclb_record) == 256, "size");
AT(quiclb_record, tag, 16);
AT(quiclb_record, server_id_mask, 24);
AT(quiclb_record, left_mask, 40);
AT(quiclb_record, right_mask, 56);
AT(quiclb_record, round_keys, 72);
AT(quiclb_record, pad2, 248);
_Static_assert(sizeof(struct quiclb_words) == 24, "size");
_Static_assert(sizeof(struct quiclb_block) == 16, "size");

/* Growable: the size comes first, and the last field ends the struct. */
#define ENDS_WITH(type, field)                                                 \
	_Static_assert(                                                        \
		offsetof(struct type, size) == 0 &&                            \
			offsetof(struct type, field) +                         \
					sizeof(((struct type *)0)->field) ==   \
				sizeof(struct type),                           \
		"padding at the end")

ENDS_WITH(quiclb_config, reserved);
ENDS_WITH(quiclb_encoder_options, threshold);
ENDS_WITH(quiclb_parts, reserved);
ENDS_WITH(quiclb_decoded, reserved);

/* ------------------------------------------------------------ vectors -- */

/* There is no secret here to be wiped. */
void OPENSSL_cleanse(void *p, size_t len)
{
	memset(p, 0, len);
}

struct bytes {
	uint8_t at[32];
	size_t len;
};

struct row {
	const char *name;
	struct quiclb_config config;
	struct bytes first, key, server_id, nonce, server_use, cid;
};

static int parse_hex(const char *word, struct bytes *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	memset(out, 0, sizeof(*out));
	if (!strcmp(word, "-"))
		return 1;
	for (; *word; word += 2) {
		high = strchr(digits, word[0]);
		low = word[1] ? strchr(digits, word[1]) : NULL;
		if (!high || !low || out->len == sizeof(out->at))
			return 0;
		out->at[out->len++] =
			(uint8_t)((high - digits) << 4 | (low - digits));
	}
	return 1;
}

/* 0: not a row. */
static int parse_row(char *const columns[N_COLUMNS], struct row *row)
{
	struct bytes *const hex[] = { &row->first,	&row->key,
				      &row->server_id,	&row->nonce,
				      &row->server_use, &row->cid };
	struct quiclb_config *const c = &row->config;
	const int codec = quiclb_codec_by_name(columns[1]);
	size_t i;

	for (i = 0; i < sizeof(hex) / sizeof(hex[0]); i++)
		if (!parse_hex(columns[5 + i], hex[i]))
			return 0;
	if (codec < 0)
		return 0;
	row->name = columns[0];
	quiclb_config_init(c);
	c->codec = (uint8_t)codec;
	c->rotation_bits = (uint8_t)atoi(columns[2]);
	c->config_rotation = (uint8_t)atoi(columns[3]);
	c->encode_length = strcmp(columns[4], "-") != 0;
	if (c->encode_length)
		c->uncounted_len = (uint8_t)atoi(columns[4]);
	c->has_key = row->key.len != 0;
	memcpy(c->key, row->key.at, sizeof(c->key));
	c->server_id_len = (uint8_t)row->server_id.len;
	c->nonce_len = (uint8_t)row->nonce.len;
	c->server_use_len = (uint8_t)row->server_use.len;
	return 1;
}

static uint8_t byte_at(const quiclb_u64 *words, size_t i)
{
	return (uint8_t)(words[i / 8] >> 8 * (i % 8));
}

static int same(const quiclb_u64 *words, const uint8_t *want, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (byte_at(words, i) != want[i])
			return 0;
	return 1;
}

/* A way to decode and encode; plain has server ID and nonce. */
typedef int decode_fn(const struct quiclb_record *record, const uint8_t *cid,
		      size_t cid_len, struct quiclb_block *id);
typedef int encode_fn(const struct quiclb_record *record,
		      const struct quiclb_words *plain, uint8_t first,
		      struct quiclb_words *cid);

static int decode(const struct quiclb_record *record, const uint8_t *cid,
		  size_t cid_len, struct quiclb_block *id)
{
	return quiclb_decode_server(record, cid, (quiclb_u32)cid_len, id);
}

static int encode(const struct quiclb_record *record,
		  const struct quiclb_words *plain, uint8_t first,
		  struct quiclb_words *cid)
{
	return quiclb_h_encode(record, plain, first, cid, quiclb_h_encrypt,
			       quiclb_h_decrypt);
}

#if QUICLB_HAVE_NATIVE
QUICLB_NATIVE static int decode_native(const struct quiclb_record *record,
				       const uint8_t *cid, size_t cid_len,
				       struct quiclb_block *id)
{
	struct quiclb_cipher cipher;

	quiclb_native_prepare(&cipher, record);
	return quiclb_native_decode_server(&cipher, cid, (quiclb_u32)cid_len,
					   id);
}

QUICLB_NATIVE static int encode_native(const struct quiclb_record *record,
				       const struct quiclb_words *plain,
				       uint8_t first, struct quiclb_words *cid)
{
	struct quiclb_cipher cipher;

	quiclb_native_prepare(&cipher, record);
	return quiclb_native_encode(&cipher, plain, first, cid);
}
#endif

/* What is wrong, or NULL. */
static const char *check_way(const struct row *row,
			     const struct quiclb_record *record, decode_fn *de,
			     encode_fn *en)
{
	struct quiclb_words plain, cid;
	struct quiclb_block id;
	uint8_t body[32];

	if (de(record, row->cid.at, row->cid.len, &id) ||
	    !same(id.w, row->server_id.at, row->server_id.len))
		return "decodes to another server ID";
	if (de(record, row->cid.at, record->min_cid_len - 1u, &id) !=
	    QUICLB_ERR_SHORT)
		return "a short CID decodes";
	memcpy(body, row->server_id.at, row->server_id.len);
	memcpy(body + row->server_id.len, row->nonce.at, row->nonce.len);
	plain = quiclb_h_window(body, record->body_len);
	if (en(record, &plain, row->first.at[0], &cid) ||
	    !same(cid.w, row->cid.at, record->min_cid_len))
		return "encodes to another CID";
	return NULL;
}

static const char *check_row(const struct row *row)
{
	struct quiclb_record record;
	const char *wrong;

	if (quiclb_config_compile(&row->config, &record))
		return "config is refused";
	wrong = check_way(row, &record, decode, encode);
#if QUICLB_HAVE_NATIVE
	if (!wrong && quiclb_cpu() & QUICLB_CPU_AES)
		wrong = check_way(row, &record, decode_native, encode_native);
#endif
	return wrong;
}

static int check_line(char *line, int *n)
{
	char *columns[N_COLUMNS], *word;
	const char *wrong;
	struct row row;
	int i = 0;

	for (word = strtok(line, " \t\n"); word; word = strtok(NULL, " \t\n"))
		if (i < N_COLUMNS)
			columns[i++] = word;
	if (i == 0 || columns[0][0] == '#')
		return 0;
	++*n;
	if (i != N_COLUMNS || !parse_row(columns, &row)) {
		printf("not ok %d - %s\n# not a row\n", *n, columns[0]);
		return 1;
	}
	wrong = check_row(&row);
	printf("%sok %d - %s\n", wrong ? "not " : "", *n, row.name);
	if (wrong)
		printf("# %s\n", wrong);
	return wrong != NULL;
}

int main(int argc, char **argv)
{
	int n = 0, n_bad = 0, i;
	char line[1024];
	FILE *file;

	for (i = 1; i < argc; i++) {
		file = fopen(argv[i], "r");
		if (!file) {
			perror(argv[i]);
			return 2;
		}
		while (fgets(line, sizeof(line), file))
			n_bad += check_line(line, &n);
		fclose(file);
	}
	printf("# AES instructions: %s\n",
	       quiclb_cpu() & QUICLB_CPU_AES ? "yes" : "no");
	printf("1..%d\n", n);
	return n_bad != 0 || n == 0;
}
