/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See deployment.h.
 */
#include "deployment.h"

static const char *or_else(const char *text, const char *other)
{
	return text ? text : other;
}

char *row_text(const struct row *row)
{
	if (row->whole)
		return g_strdup(row->whole);
	return g_strdup_printf(
		"{\"quiclb:quic-lb\":{%s\"server-pool\":[%s],"
		"\"cid-configs\":[%s],\"vip\":[%s]}}",
		or_else(row->top, TOP), or_else(row->pools, POOLS),
		or_else(row->configs, CONFIGS), or_else(row->vips, VIP("")));
}

void assert_no_key(const char *text)
{
	size_t i;

	for (i = 0; i + 6 <= strlen(KEY); i++) {
		char *piece = g_strndup(&KEY[i], 6);

		g_assert_null(strstr(text, piece));
		g_free(piece);
	}
	for (i = 0; i + 8 <= strlen(KEY_COLONS); i++) {
		char *piece = g_strndup(&KEY_COLONS[i], 8);

		g_assert_null(strstr(text, piece));
		g_free(piece);
	}
}

void assert_line(const char *line, const char *want)
{
	if (g_str_has_suffix(want, "..."))
		g_assert_cmpmem(line, MIN(strlen(line), strlen(want) - 3), want,
				strlen(want) - 3);
	else
		g_assert_cmpstr(line, ==, want);
	g_assert_null(strchr(line, '\n'));
	assert_no_key(line);
}

void test_row(gconstpointer data)
{
	const struct row *row = data;
	const int want = row->err ? row->err : QUICLB_ERR_ARG;
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };
	char *line = g_strdup_printf("/etc/f.json: %s", row->text);
	char *text = row_text(row);

	g_assert_cmpint(quiclb_deployment_parse("/etc/f.json", text,
						&deployment, &error),
			==, want);
	assert_line(error.text, line);
	g_assert_null(deployment);
	/* Without room for a text the result is the same. */
	g_assert_cmpint(
		quiclb_deployment_parse("/etc/f.json", text, &deployment, NULL),
		==, want);
	g_free(text);
	g_free(line);
}

const char *file(const char *name)
{
	return g_test_get_filename(G_TEST_DIST, "deployment", name, NULL);
}

struct quiclb_deployment *parse(const struct row *row)
{
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };
	char *text = row_text(row);

	quiclb_deployment_parse(file("memory.json"), text, &deployment, &error);
	g_assert_cmpstr(error.text, ==, "");
	g_assert_nonnull(deployment);
	g_free(text);
	return deployment;
}

void assert_refused(const char *path, const char *rule)
{
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };
	char *line = g_strdup_printf("%s: %s", path, rule);

	g_assert_cmpint(quiclb_deployment_load(path, &deployment, &error), ==,
			QUICLB_ERR_ARG);
	assert_line(error.text, line);
	g_assert_null(deployment);
	g_free(line);
}

struct quiclb_deployment *load_valid(void)
{
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };

	quiclb_deployment_load(file("valid.json"), &deployment, &error);
	g_assert_cmpstr(error.text, ==, "");
	g_assert_nonnull(deployment);
	return deployment;
}

void deployment_add_cases(const struct deployment_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		g_test_add_func(cases[i].path, cases[i].run);
}

void deployment_add_rows(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char *path = g_strdup_printf("/deployment/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_row);
		g_free(path);
	}
}
