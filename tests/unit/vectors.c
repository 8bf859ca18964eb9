/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "vectors.h"

enum {
	NAME,
	CODEC,
	ROTATION,
	LENGTH,
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

	if (digits % 2 || digits / 2 < min || digits / 2 > cap)
		return FALSE;
	for (i = 0; i < digits; i += 2) {
		const int high = g_ascii_xdigit_value(text[i]);
		const int low = g_ascii_xdigit_value(text[i + 1]);

		if (high < 0 || low < 0)
			return FALSE;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*len = (uint8_t)(digits / 2);
	return TRUE;
}

static gboolean digit(const char *text, int max, uint8_t *out)
{
	if (text[0] < '0' || text[0] > '0' + max || text[1])
		return FALSE;
	*out = (uint8_t)(text[0] - '0');
	return TRUE;
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

/* What is wrong with the fields, or NULL. */
static const char *take(char *const fields[N_FIELDS], struct vector *v)
{
	uint8_t key_len;

	if (!name_fits(fields[NAME], fields[CODEC]))
		return "name is not <codec>/<source>/<n>";
	if (g_strlcpy(v->name, fields[NAME], sizeof(v->name)) >=
		    sizeof(v->name) ||
	    g_strlcpy(v->codec, fields[CODEC], sizeof(v->codec)) >=
		    sizeof(v->codec))
		return "name too long";
	if (!digit(fields[ROTATION], 6, &v->rotation))
		return "rotation is not 0..6";
	if (!digit(fields[LENGTH], 1, &v->encode_length))
		return "length is not 0 or 1";
	if (!hex(fields[KEY], v->key, 0, 16, &key_len) || key_len % 16)
		return "key is not '-' or 16 bytes of hex";
	v->has_key = key_len == 16;
	if (!hex(fields[SERVER_ID], v->server_id, 1, 15, &v->server_id_len))
		return "server-id is not 1..15 bytes of hex";
	if (!hex(fields[NONCE], v->nonce, 4, 18, &v->nonce_len))
		return "nonce is not 4..18 bytes of hex";
	if (!hex(fields[SERVER_USE], v->server_use, 0, 14, &v->server_use_len))
		return "server-use is not '-' or up to 14 bytes of hex";
	if (!hex(fields[CID], v->cid, 6, 20, &v->cid_len))
		return "cid is not 6..20 bytes of hex";
	if (v->cid_len !=
	    1 + v->server_id_len + v->nonce_len + v->server_use_len)
		return "cid is not as long as its parts";
	return NULL;
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
	for (i = 0; !why && lines[i]; i++)
		why = read_line(lines[i], rows);
	if (!why && rows->len == before)
		why = "no rows";
	if (why)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s:%d: %s", path, i, why);
	return !why;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the .txt files, in order; to g_ptr_array_unref(). */
static GPtrArray *list(const char *directory, GError **error)
{
	GDir *const dir = g_dir_open(directory, 0, error);
	GPtrArray *paths;
	const char *name;

	if (!dir)
		return NULL;
	paths = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".txt"))
			g_ptr_array_add(
				paths, g_build_filename(directory, name, NULL));
	g_dir_close(dir);
	g_ptr_array_sort(paths, by_name);
	return paths;
}

GArray *vectors_read_all(GError **error)
{
	const char *const directory = g_getenv("QUICLB_VECTORS");
	g_autoptr(GPtrArray) paths = NULL;
	g_autoptr(GArray) rows = NULL;
	guint i;

	paths = list(directory ? directory : ".", error);
	if (!paths)
		return NULL;
	rows = g_array_new(FALSE, FALSE, sizeof(struct vector));
	for (i = 0; i < paths->len; i++)
		if (!vectors_read(g_ptr_array_index(paths, i), rows, error))
			return NULL;
	if (!rows->len) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
			    "%s: no vector files (QUICLB_VECTORS)",
			    directory ? directory : ".");
		return NULL;
	}
	return g_steal_pointer(&rows);
}
