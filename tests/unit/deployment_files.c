/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that cannot be read, key files, and limits on the number of rows.
 */
#include <glib/gstdio.h>

#include "deployment.h"

/* --------------------------------------------------------------- files -- */

static void test_missing_file(void)
{
	assert_refused("/nonexistent/f.json",
		       "cannot open: No such file or directory");
}

static void test_directory(void)
{
	assert_refused(file(""), "is neither a regular file nor a pipe");
}

static void test_malformed(void)
{
	assert_refused(file("malformed.json"), "line 3: not valid JSON: ...");
}

/* Writes a file that lives as long as the test; to g_free(). */
static char *write_file(const char *dir, const char *name, const char *bytes,
			gssize len)
{
	char *path = g_build_filename(dir, name, NULL);

	g_assert_true(g_file_set_contents(path, bytes, len, NULL));
	return path;
}

static void remove_file(char *path)
{
	g_assert_cmpint(g_remove(path), ==, 0);
	g_free(path);
}

static void test_zero_byte(void)
{
	char *dir = g_dir_make_tmp("quiclb-XXXXXX", NULL);
	char *path = write_file(dir, "f.json", "{}\0{}", 5);

	assert_refused(path, "not valid JSON: there is a zero byte");
	remove_file(path);
	remove_file(dir);
}

static void test_long_name(void)
{
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };
	char *path = g_strnfill(1000, 'x');

	g_assert_cmpint(quiclb_deployment_load(path, &deployment, &error), ==,
			QUICLB_ERR_ARG);
	g_assert_true(g_str_has_suffix(error.text,
				       "x: cannot open: File name too long"));
	g_free(path);
}

static void test_nulls(void)
{
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };

	g_assert_cmpint(quiclb_deployment_load(NULL, &deployment, &error), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_deployment_parse("f", NULL, &deployment, &error),
			==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_deployment_parse("f", "{}", NULL, &error), ==,
			QUICLB_ERR_ARG);
	quiclb_deployment_free(NULL);
}

/* A key file that is refused. */
static void assert_key_file(const char *name, const char *why)
{
	struct row row = { .top = "" };
	char *path = g_strdup(file(name));
	char *want = g_strdup_printf("%s: " A "/cid-key-file: %s (got %s)",
				     file("f.json"), why, path);
	char *configs = g_strdup_printf(
		"{" HEAD("a", "0") LENGTHS ",\"cid-key-file\":\"%s\"}", name);
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };
	char *text;

	row.configs = configs;
	text = row_text(&row);
	g_assert_cmpint(quiclb_deployment_parse(file("f.json"), text,
						&deployment, &error),
			==, QUICLB_ERR_ARG);
	g_assert_cmpstr(error.text, ==, want);
	assert_no_key(error.text);
	g_free(text);
	g_free(configs);
	g_free(want);
	g_free(path);
}

static void test_key_file_missing(void)
{
	assert_key_file("none.key", "cannot open: No such file or directory");
}

static void test_key_file_short(void)
{
	assert_key_file("short.key",
			"must hold a key of 16 bytes: 32 hex digits, with or "
			"without colons between bytes");
}

static void test_key_file_other(void)
{
	assert_key_file("malformed.json",
			"must hold a key of 16 bytes: 32 hex digits, with or "
			"without colons between bytes");
}

/* The key where the name of its file belongs. */
static void test_key_as_file(void)
{
	static const struct row row = {
		.configs = CONFIG("a", "0", ",\"cid-key-file\":\"" KEY "\"")
	};
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };
	char *text = row_text(&row);

	g_assert_cmpint(quiclb_deployment_parse("f", text, &deployment, &error),
			==, QUICLB_ERR_ARG);
	g_assert_cmpstr(error.text, ==,
			"f: " A "/cid-key-file: cannot open: No such file or "
			"directory (got ********************************)");
	g_free(text);
}

static void test_silence(void)
{
	if (g_test_subprocess()) {
		struct quiclb_deployment *deployment = NULL;

		quiclb_deployment_load(file("malformed.json"), &deployment,
				       NULL);
		quiclb_deployment_parse("f", "{\"quiclb:x\":1}", &deployment,
					NULL);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("");
}

/* -------------------------------------------------------------- limits -- */

static char *many_mappings(unsigned int n)
{
	GString *text =
		g_string_new("{\"name\":\"p\",\"server-id-mappings\":[");
	unsigned int i;

	for (i = 0; i < n; i++)
		g_string_append_printf(text,
				       "%s{\"server-id\":\"%06x\","
				       "\"server-address\":\"10.%u.%u.%u\"}",
				       i == 0 ? "" : ",", i, i >> 16,
				       i >> 8 & 255, i & 255);
	g_string_append(text, "]}");
	return g_string_free(text, FALSE);
}

static void test_most_servers(void)
{
	char *pools = many_mappings(QUICLB_MAX_SERVERS);
	const struct row row = {
		.top = "\"local-server-address\":[\"10.0.255.255\"],",
		.pools = pools,
		.configs = SIZED("3", "8", ""),
	};
	struct quiclb_deployment *deployment = parse(&row);

	g_assert_cmpuint(deployment->pools[0].n_servers, ==,
			 QUICLB_MAX_SERVERS);
	g_assert_cmpuint(deployment->pools[0].servers[65535].local, ==, 1);
	g_assert_cmpuint(deployment->pools[0].servers[65534].local, ==, 0);
	quiclb_deployment_free(deployment);
	g_free(pools);
}

static void test_too_many_servers(void)
{
	char *pools = many_mappings(QUICLB_MAX_SERVERS + 1);
	const struct row row = {
		.pools = pools,
		.configs = SIZED("3", "8", ""),
		.text = "/quic-lb/server-pool: at most 65536 "
			"server-id-mappings over all pools (got 65537)",
	};

	test_row(&row);
	g_free(pools);
}

/* n copies of a row, each with its number for every #. */
static char *repeat(const char *format, unsigned int n)
{
	GString *text = g_string_new("");
	unsigned int i;

	for (i = 0; i < n; i++) {
		char *number = g_strdup_printf("%u", i + 1);
		char **parts = g_strsplit(format, "#", -1);
		char *row = g_strjoinv(number, parts);

		g_string_append_printf(text, "%s%s", i == 0 ? "" : ",", row);
		g_free(row);
		g_strfreev(parts);
		g_free(number);
	}
	return g_string_free(text, FALSE);
}

/* All 32 are kept, in order; 33 are refused. */
static void test_tunnels(void)
{
	static const char *const leaves[] = { "tunnel-address", "tunnel-peer",
					      "tunnel-balancer" };
	g_autofree char *most = repeat("\"192.0.2.#\"", QUICLB_MAX_TUNNELS);
	g_autofree char *more = repeat("\"192.0.2.#\"", QUICLB_MAX_TUNNELS + 1);
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(leaves); i++) {
		g_autofree char *good =
			g_strdup_printf("\"%s\":[%s],", leaves[i], most);
		g_autofree char *bad =
			g_strdup_printf("\"%s\":[%s],", leaves[i], more);
		g_autofree char *text = g_strdup_printf(
			"/quic-lb/%s: at most 32 are allowed (got 33)",
			leaves[i]);
		const struct row taken = { .top = good };
		const struct row refused = { .top = bad, .text = text };
		struct quiclb_deployment *const d = parse(&taken);

		g_assert_cmpuint(d->n_tunnel_addresses, ==, i == 0 ? 32 : 0);
		g_assert_cmpuint(d->n_tunnel_peers, ==, i == 1 ? 32 : 0);
		g_assert_cmpuint(d->n_tunnel_balancers, ==, i == 2 ? 32 : 0);
		quiclb_deployment_free(d);
		test_row(&refused);
	}
}

static void test_too_many_pools(void)
{
	char *pools = repeat(POOL("p#", "01"), QUICLB_MAX_POOLS + 1);
	const struct row row = {
		.pools = pools,
		.text = "/quic-lb/server-pool: at most 64 are allowed (got 65)",
	};

	test_row(&row);
	g_free(pools);
}

static void test_too_many_cid_configs(void)
{
	char *configs =
		repeat(CONFIG("a#", "0", ""), QUICLB_MAX_CID_CONFIGS + 1);
	const struct row row = {
		.configs = configs,
		.text = "/quic-lb/cid-configs: at most 64 are allowed (got 65)",
	};

	test_row(&row);
	g_free(configs);
}

static void test_too_many_vips(void)
{
	char *vips = repeat("{\"address\":\"192.0.2.1\",\"port\":#}",
			    QUICLB_MAX_VIPS + 1);
	const struct row row = {
		.vips = vips,
		.text = "/quic-lb/vip: at most 1024 are allowed (got 1025)",
	};

	test_row(&row);
	g_free(vips);
}

/* --------------------------------------------------------------- cases -- */

static const struct deployment_case cases[] = {
	{ "/deployment/missing_file_is_refused", test_missing_file },
	{ "/deployment/directory_is_refused", test_directory },
	{ "/deployment/malformed_file_is_refused", test_malformed },
	{ "/deployment/zero_byte_is_refused", test_zero_byte },
	{ "/deployment/long_file_name_keeps_the_reason", test_long_name },
	{ "/deployment/null_is_refused", test_nulls },
	{ "/deployment/key_file_missing_is_refused", test_key_file_missing },
	{ "/deployment/key_file_short_is_refused", test_key_file_short },
	{ "/deployment/key_file_of_another_kind_is_refused",
	  test_key_file_other },
	{ "/deployment/key_as_key_file_is_refused_untold", test_key_as_file },
	{ "/deployment/bad_files_print_nothing", test_silence },
	{ "/deployment/most_servers_are_taken", test_most_servers },
	{ "/deployment/too_many_servers_are_refused", test_too_many_servers },
	{ "/deployment/32_tunnel_ends_are_taken_33_refused", test_tunnels },
	{ "/deployment/too_many_pools_are_refused", test_too_many_pools },
	{ "/deployment/too_many_cid_configs_are_refused",
	  test_too_many_cid_configs },
	{ "/deployment/too_many_vips_are_refused", test_too_many_vips },
};

void deployment_add_files(void)
{
	deployment_add_cases(cases, G_N_ELEMENTS(cases));
}
