/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "vectors.h"

#define HEAD "# quiclb vectors, format 2"

enum {
	NAME,
	CODEC,
	BITS,
	ROTATION,
	LENGTH,
	FIRST,
	KEY,
	SERVER_ID,
	NONCE,
	SERVER_USE,
	CID,
	N_FIELDS,
};

#define BLANKS " \t\r"

/* Cuts the line into its fields; their number, N_FIELDS + 1 for too many. */
static int cut(char *line, char *fields[N_FIELDS])
{
	int n = 0;

	for (line += strspn(line, BLANKS); *line;
	     line += strspn(line, BLANKS)) {
		if (n == N_FIELDS)
			return N_FIELDS + 1;
		fields[n++] = line;
		line += strcspn(line, BLANKS);
		if (*line)
			*line++ = '\0';
	}
	return n;
}

/* Bytes of a hex field; FALSE if it is none or min..cap bytes do not fit. */
static gboolean hex(const char *text, uint8_t *out, size_t min, size_t cap,
		    uint8_t *len)
{
	const size_t digits = strcmp(text, "-") ? strlen(text) : 0;
	size_t i;

	if (digits % 2 || digits / 2 < min || digits / 2 > cap ||
	    (digits && strspn(text, "0123456789abcdef") != digits))
		return FALSE;
	for (i = 0; i < digits; i += 2)
		out[i / 2] = (uint8_t)(g_ascii_xdigit_value(text[i]) << 4 |
				       g_ascii_xdigit_value(text[i + 1]));
	*len = (uint8_t)(digits / 2);
	return TRUE;
}

/* 0..max without zeros in front; max has two digits at most. */
static gboolean decimal(const char *text, unsigned int max, uint8_t *out)
{
	const size_t digits = strlen(text);
	guint64 value;

	if (!digits || digits > 2 || strspn(text, "0123456789") != digits ||
	    (digits == 2 && text[0] == '0'))
		return FALSE;
	value = g_ascii_strtoull(text, NULL, 10);
	*out = (uint8_t)value;
	return value <= max;
}

/* <codec>/<source>/<n>, the codec as a C name */
static gboolean name_fits(const char *name, const char *codec)
{
	g_auto(GStrv) parts = g_strsplit(name, "/", -1);
	g_autofree char *symbol = g_strdelimit(g_strdup(codec), "-", '_');

	return g_strv_length(parts) == 3 && !strcmp(parts[0], symbol) &&
	       parts[1][0] && parts[2][0] &&
	       strspn(parts[2], "0123456789") == strlen(parts[2]);
}

/* The columns in front of the key; what is wrong with them, or NULL. */
static const char *take_head(char *const fields[N_FIELDS], struct vector *v)
{
	/* of two bits 3 is a version of mvfst, of three 7 is no config */
	static const unsigned int max_rotation[] = { 0, 0, 3, 6 };

	if (!name_fits(fields[NAME], fields[CODEC]))
		return "name is not <codec>/<source>/<n>";
	if (g_strlcpy(v->name, fields[NAME], sizeof(v->name)) >=
		    sizeof(v->name) ||
	    g_strlcpy(v->codec, fields[CODEC], sizeof(v->codec)) >=
		    sizeof(v->codec))
		return "name too long";
	if (!decimal(fields[BITS], 3, &v->rotation_bits) ||
	    v->rotation_bits == 1)
		return "bits is not 3, 2 or 0";
	if (!decimal(fields[ROTATION], max_rotation[v->rotation_bits],
		     &v->rotation))
		return "rotation is not of its bits";
	v->encode_length = strcmp(fields[LENGTH], "-") != 0;
	if (v->encode_length && !decimal(fields[LENGTH], 18, &v->uncounted_len))
		return "length is not '-' or 0..18";
	if (!hex(fields[FIRST], &v->first, 0, 1, &v->has_first))
		return "first is not '-' or 1 byte of hex";
	return NULL;
}

/* The key and what follows; what is wrong with it, or NULL. */
static const char *take_bytes(char *const fields[N_FIELDS], struct vector *v)
{
	uint8_t key_len;

	if (!hex(fields[KEY], v->key, 0, 16, &key_len) || key_len % 16)
		return "key is not '-' or 16 bytes of hex";
	v->has_key = key_len == 16;
	if (!hex(fields[SERVER_ID], v->server_id, 1, 16, &v->server_id_len))
		return "server-id is not 1..16 bytes of hex";
	if (!hex(fields[NONCE], v->nonce, 0, 18, &v->nonce_len))
		return "nonce is not '-' or up to 18 bytes of hex";
	if (!hex(fields[SERVER_USE], v->server_use, 0, 18, &v->server_use_len))
		return "server-use is not '-' or up to 18 bytes of hex";
	if (!hex(fields[CID], v->cid, 2, 20, &v->cid_len))
		return "cid is not 2..20 bytes of hex";
	return NULL;
}

void vector_config(const struct vector *v, struct quiclb_config *config)
{
	const int codec = quiclb_codec_by_name(v->codec);

	g_assert_cmpint(codec, >, 0);
	quiclb_config_init(config);
	config->codec = (uint8_t)codec;
	config->rotation_bits = v->rotation_bits;
	config->config_rotation = v->rotation;
	config->server_id_len = v->server_id_len;
	config->nonce_len = v->nonce_len;
	config->server_use_len = v->server_use_len;
	config->encode_length = v->encode_length;
	config->uncounted_len = v->uncounted_len;
	config->has_key = v->has_key;
	memcpy(config->key, v->key, sizeof(config->key));
	g_assert_cmpint(quiclb_config_check(config), ==, 0);
}

uint8_t vector_low_bits(const struct vector *v)
{
	return v->first & (0xff >> v->rotation_bits);
}

/* What the columns say of one another that is not so, or NULL. */
static const char *agree(const struct vector *v)
{
	if (v->cid_len !=
	    v->has_first + v->server_id_len + v->nonce_len + v->server_use_len)
		return "cid is not as long as its parts";
	if (!v->has_first && (v->rotation_bits || v->encode_length))
		return "no first for bits or length to stand in";
	if (v->first >> (8 - v->rotation_bits) != v->rotation)
		return "first has another rotation";
	if (v->uncounted_len > v->server_use_len)
		return "length leaves out more than server-use";
	if (v->encode_length &&
	    vector_low_bits(v) != v->cid_len - 1 - v->uncounted_len)
		return "first has another length";
	return NULL;
}

static const char *take(char *const fields[N_FIELDS], struct vector *v)
{
	const char *why = take_head(fields, v);

	if (!why)
		why = take_bytes(fields, v);
	return why ? why : agree(v);
}

static gboolean name_is_taken(const GArray *rows, const char *name)
{
	guint i;

	for (i = 0; i < rows->len; i++)
		if (!strcmp(g_array_index(rows, struct vector, i).name, name))
			return TRUE;
	return FALSE;
}

/* What is wrong with the line, or NULL; empty lines and comments give none. */
static const char *read_line(char *line, GArray *rows)
{
	char *fields[N_FIELDS];
	struct vector v;
	const char *why;
	int n;

	if (line[0] == '#')
		return NULL;
	n = cut(line, fields);
	if (!n)
		return NULL;
	if (n != N_FIELDS)
		return n < N_FIELDS ? "too few fields" : "too many fields";
	memset(&v, 0, sizeof(v));
	why = take(fields, &v);
	if (!why && name_is_taken(rows, v.name))
		why = "name is taken";
	if (!why)
		g_array_append_val(rows, v);
	return why;
}

gboolean vectors_read(const char *path, GArray *rows, GError **error)
{
	const guint before = rows->len;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	const char *why = NULL;
	gsize len;
	int i;

	if (!g_file_get_contents(path, &text, &len, error))
		return FALSE;
	lines = g_strsplit(text, "\n", -1);
	if (strlen(text) != len)
		why = "a zero byte";
	else if (!lines[0] || strcmp(lines[0], HEAD))
		why = "first line is not " HEAD;
	for (i = 0; !why && lines[i]; i++)
		why = read_line(lines[i], rows);
	if (!why && rows->len == before)
		why = "no rows";
	if (why)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s:%d: %s", path, MAX(i, 1), why);
	return !why;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the paths of the .txt files of a directory, in order. */
static gboolean list(const char *directory, GPtrArray *paths, GError **error)
{
	GDir *const dir = g_dir_open(directory, 0, error);
	g_autoptr(GPtrArray) own = g_ptr_array_new();
	const char *name;

	if (!dir)
		return FALSE;
	while ((name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".txt"))
			g_ptr_array_add(
				own, g_build_filename(directory, name, NULL));
	g_dir_close(dir);
	g_ptr_array_sort(own, by_name);
	g_ptr_array_extend_and_steal(paths, g_steal_pointer(&own));
	return TRUE;
}

GPtrArray *vectors_paths(GError **error)
{
	const char *const all = g_getenv("QUICLB_VECTORS");
	g_auto(GStrv) directories =
		g_strsplit(all ? all : ".", G_SEARCHPATH_SEPARATOR_S, -1);
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	int i;

	for (i = 0; directories[i]; i++)
		if (!list(directories[i], paths, error))
			return NULL;
	if (paths->len)
		return g_steal_pointer(&paths);
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
		    "%s: no vector files (QUICLB_VECTORS)", all ? all : ".");
	return NULL;
}

GArray *vectors_read_all(GError **error)
{
	g_autoptr(GPtrArray) paths = vectors_paths(error);
	g_autoptr(GArray) rows = NULL;
	guint i;

	if (!paths)
		return NULL;
	rows = g_array_new(FALSE, FALSE, sizeof(struct vector));
	for (i = 0; i < paths->len; i++)
		if (!vectors_read(g_ptr_array_index(paths, i), rows, error))
			return NULL;
	return g_steal_pointer(&rows);
}
