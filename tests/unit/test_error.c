/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of errors and codecs, and what the lists they come from promise.
 */
#include "unit.h"

static void every_error_has_its_text(void)
{
#define QUICLB_ROW(name, number, text)                                         \
	g_assert_cmpint(QUICLB_ERR_##name, ==, number);                        \
	g_assert_cmpstr(quiclb_strerror(number), ==, text);
	QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
}

static void texts_are_one_line_without_full_stop(void)
{
#define QUICLB_ROW(name, number, text)                                         \
	g_assert_null(strchr(text, '\n'));                                     \
	g_assert_false(g_str_has_suffix(text, "."));                           \
	g_assert_cmpuint(strlen(text), >, 0);
	QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
}

static void other_numbers_have_a_text(void)
{
	g_assert_cmpstr(quiclb_strerror(0), ==, "success");
	g_assert_cmpstr(quiclb_strerror(20), ==, "success");
	g_assert_cmpstr(quiclb_strerror(-1), ==, "unknown error");
	g_assert_cmpstr(quiclb_strerror(G_MININT), ==, "unknown error");
}

static void unroutable_is_the_packet_group(void)
{
	int err;

	for (err = -600; err <= 20; err++)
		g_assert_cmpint(quiclb_is_unroutable(err), ==, err / 100 == -4);
	g_assert_true(quiclb_is_unroutable(QUICLB_ERR_SHORT));
	g_assert_true(quiclb_is_unroutable(QUICLB_ERR_UNKNOWN_SERVER));
	g_assert_false(quiclb_is_unroutable(QUICLB_ERR_CRYPTO));
}

static void codecs_have_names_both_ways(void)
{
#define QUICLB_ROW(upper, lower, number, text, keyed)                          \
	g_assert_cmpstr(quiclb_codec_name(number), ==, text);                  \
	g_assert_cmpint(quiclb_codec_by_name(text), ==, number);               \
	g_assert_cmpint(quiclb_codec_is_keyed(number), ==, keyed);
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
}

static void unknown_codecs_are_refused(void)
{
	static const char *const names[] = { NULL,	  "",
					     "Plain",	  "plain ",
					     "four_pass", "four-pass-12" };
	static const int numbers[] = { 0, 4, -1, 255, 256 + 1 };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_cmpint(quiclb_codec_by_name(names[i]), ==,
				QUICLB_ERR_CODEC);
	for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_assert_null(quiclb_codec_name(numbers[i]));
		g_assert_cmpint(quiclb_codec_is_keyed(numbers[i]), ==,
				QUICLB_ERR_CODEC);
	}
}

/* Numbers stand in maps and in the languages of the bindings. */
static void frozen_numbers_stay(void)
{
	g_assert_cmpint(QUICLB_CODEC_PLAIN, ==, 1);
	g_assert_cmpint(QUICLB_CODEC_SINGLE_PASS, ==, 2);
	g_assert_cmpint(QUICLB_CODEC_FOUR_PASS, ==, 3);
	g_assert_cmpint(QUICLB_ERR_ARG, ==, -101);
	g_assert_cmpint(QUICLB_ERR_VERSION, ==, -201);
	g_assert_cmpint(QUICLB_ERR_NOMEM, ==, -301);
	g_assert_cmpint(QUICLB_ERR_SHORT, ==, -401);
	g_assert_cmpuint(offsetof(struct quiclb_record, server_id_mask), ==,
			 16);
	g_assert_cmpuint(offsetof(struct quiclb_record, left_mask), ==, 32);
	g_assert_cmpuint(offsetof(struct quiclb_record, right_mask), ==, 48);
	g_assert_cmpuint(offsetof(struct quiclb_record, round_keys), ==, 64);
	g_assert_cmpuint(sizeof(struct quiclb_record), ==, 256);
}

static void version_is_the_headers(void)
{
	g_autofree char *want =
		g_strdup_printf("%d.%d.%d", QUICLB_VERSION_MAJOR,
				QUICLB_VERSION_MINOR, QUICLB_VERSION_PATCH);

	g_assert_cmpstr(quiclb_version(), ==, want);
}

static const struct unit_case cases[] = {
	{ "every_error_has_its_text", every_error_has_its_text },
	{ "texts_are_one_line_without_full_stop",
	  texts_are_one_line_without_full_stop },
	{ "other_numbers_have_a_text", other_numbers_have_a_text },
	{ "unroutable_is_the_packet_group", unroutable_is_the_packet_group },
	{ "codecs_have_names_both_ways", codecs_have_names_both_ways },
	{ "unknown_codecs_are_refused", unknown_codecs_are_refused },
	{ "frozen_numbers_stay", frozen_numbers_stay },
	{ "version_is_the_headers", version_is_the_headers },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("error", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
