/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader of the vector files: what is no row of format 2 it refuses, and
 * says where.
 */
#include <glib/gstdio.h>

#include "unit.h"
#include "vectors.h"

/* Whether a file of this text is read; then the number of its rows. */
static int read_text(const char *text, GError **error)
{
	g_autoptr(GArray) rows =
		g_array_new(FALSE, FALSE, sizeof(struct vector));
	g_autofree char *path = NULL;
	gboolean read;
	int fd;

	fd = g_file_open_tmp("vectors-XXXXXX", &path, NULL);
	g_assert_cmpint(fd, >=, 0);
	g_assert_true(g_close(fd, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	read = vectors_read(path, rows, error);
	g_unlink(path);
	return read ? (int)rows->len : -1;
}

#define HEAD "# quiclb vectors, format 2\n"
#define PLAIN "plain/x/1 plain "
#define PLAIN_ROW PLAIN "3 0 0 07 - c4605e 4504cc4f - 07c4605e4504cc4f\n"
#define BARE "quicly/x/1 quicly "

/* What follows the head, and what is wrong with it. */
static const char *const malformed[][2] = {
	{ "", "no rows" },
	{ "# only a comment\n\n", "no rows" },
	{ PLAIN "3 0 0 07 - c4605e 4504cc4f -\n", "too few fields" },
	{ PLAIN "3 0 0 07 - c4 4504cc4f - 00 00\n", "too many fields" },
	{ "plain/1 plain 3 0 0 07 - c4 4504cc4f - 00\n", "name is not" },
	{ "four_pass/x/1 plain 3 0 0 07 - c4 4504 - 00\n", "name is not" },
	{ "plain/x/a plain 3 0 0 07 - c4 4504cc4f - 00\n", "name is not" },
	{ "plain//1 plain 3 0 0 07 - c4 4504cc4f - 00\n", "name is not" },
	{ PLAIN "1 0 0 07 - c4605e 4504cc4f - 00\n", "bits is not" },
	{ PLAIN "4 0 0 07 - c4605e 4504cc4f - 00\n", "bits is not" },
	{ PLAIN "- 0 0 07 - c4605e 4504cc4f - 00\n", "bits is not" },
	{ PLAIN "3 7 0 07 - c4605e 4504cc4f - 00\n", "rotation is not" },
	{ PLAIN "3 00 0 07 - c4605e 4504cc4f - 00\n", "rotation is not" },
	{ PLAIN "2 4 0 07 - c4605e 4504cc4f - 00\n", "rotation is not" },
	{ PLAIN "0 1 0 07 - c4605e 4504cc4f - 00\n", "rotation is not" },
	{ PLAIN "3 0 19 07 - c4605e 4504cc4f - 00\n", "length is not" },
	{ PLAIN "3 0 x 07 - c4605e 4504cc4f - 00\n", "length is not" },
	{ PLAIN "3 0 01 07 - c4605e 4504cc4f - 00\n", "length is not" },
	{ PLAIN "3 0 0 7 - c4605e 4504cc4f - 00\n", "first is not" },
	{ PLAIN "3 0 0 0707 - c4605e 4504cc4f - 00\n", "first is not" },
	{ PLAIN "3 0 0 07 00 c4605e 4504cc4f - 00\n", "key" },
	{ PLAIN "3 0 0 07 - - 4504cc4f - 00\n", "server-id" },
	{ PLAIN "3 0 0 07 - c4605 4504cc4f - 00\n", "server-id" },
	{ PLAIN "3 0 0 07 - c4605g 4504cc4f - 00\n", "server-id" },
	{ PLAIN "3 0 0 07 - C4605E 4504cc4f - 00\n", "server-id" },
	{ PLAIN "3 0 0 07 - 0102030405060708090a0b0c0d0e0f1011 00 - 00\n",
	  "server-id" },
	{ PLAIN "3 0 0 07 - c4605e 4504cc4 - 00\n", "nonce" },
	{ PLAIN "3 0 0 07 - c4605e 4504cc4f zz 00\n", "server-use" },
	{ PLAIN "3 0 0 07 - c4605e 4504cc4f - 00\n", "cid is not 2" },
	{ PLAIN "3 0 0 07 - c4605e 4504cc4f - 07c4605e4504cc\n",
	  "cid is not as long" },
	{ PLAIN "3 0 0 - - c4605e 4504cc4f - c4605e4504cc4f\n",
	  "no first for" },
	{ BARE "0 0 0 - - c4605e 4504cc4f - c4605e4504cc4f\n", "no first for" },
	{ PLAIN "3 1 0 07 - c4605e 4504cc4f - 07c4605e4504cc4f\n",
	  "another rotation" },
	{ PLAIN "3 0 1 06 - c4605e 4504cc4f - 06c4605e4504cc4f\n",
	  "leaves out more" },
	{ PLAIN "3 0 0 06 - c4605e 4504cc4f - 06c4605e4504cc4f\n",
	  "another length" },
	{ PLAIN "3 0 1 08 - c4605e 4504cc4f 00 08c4605e4504cc4f00\n",
	  "another length" },
	{ PLAIN_ROW PLAIN_ROW, "name is taken" },
};

static const char *const well_formed[] = {
	PLAIN_ROW,
	PLAIN "3 6 - df - c4605e - - dfc4605e\n",
	PLAIN "3 0 1 07 - c4605e 4504cc4f 00 07c4605e4504cc4f00\n",
	PLAIN "2 1 - 7f - c4 - - 7fc4\n",
	PLAIN "0 0 - ff - c4 - 00 ffc400\n",
	BARE "0 0 - - - c4605e 4504cc4f - c4605e4504cc4f\n",
	BARE "0 0 - - - 0102030405060708090a0b0c0d0e0f10 00 - "
	     "0102030405060708090a0b0c0d0e0f1000\n",
};

static void malformed_file_is_refused(void)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(malformed); i++) {
		g_autofree char *text =
			g_strconcat(HEAD, malformed[i][0], NULL);
		GError *error = NULL;

		g_assert_cmpint(read_text(text, &error), ==, -1);
		if (!strstr(error->message, malformed[i][1]))
			g_error("%s: %s", malformed[i][0], error->message);
		g_error_free(error);
	}
}

static void well_formed_file_is_read(void)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(well_formed); i++) {
		g_autofree char *text = g_strconcat(HEAD, well_formed[i], NULL);
		GError *error = NULL;
		const int n = read_text(text, &error);

		g_assert_no_error(error);
		g_assert_cmpint(n, ==, 1);
	}
}

static void malformed_line_is_named(void)
{
	GError *error = NULL;

	g_assert_cmpint(read_text(HEAD "\n" PLAIN_ROW "oops\n", &error), ==,
			-1);
	g_assert_nonnull(strstr(error->message, ":4: too few fields"));
	g_error_free(error);
}

static void other_format_is_refused(void)
{
	GError *error = NULL;

	g_assert_cmpint(
		read_text("# quiclb vectors, format 1\n" PLAIN_ROW, &error), ==,
		-1);
	g_assert_nonnull(strstr(error->message, ":1: first line is not"));
	g_error_free(error);
}

static const struct unit_case cases[] = {
	{ "malformed_file_is_refused", malformed_file_is_refused },
	{ "malformed_line_is_named", malformed_line_is_named },
	{ "well_formed_file_is_read", well_formed_file_is_read },
	{ "other_format_is_refused", other_format_is_refused },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("vector_files", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
