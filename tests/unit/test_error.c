/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names and numbers of errors, codecs and reasons: what is frozen, and what
 * the lists they come from promise.
 */
#include "unit.h"

/* Numbers stand in maps, statistics and the languages of the bindings. */
static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "ARG", -101 },
	{ "SPACE", -102 },
	{ "VERSION", -201 },
	{ "CODEC", -202 },
	{ "ROTATION", -203 },
	{ "SERVER_ID_LEN", -204 },
	{ "NONCE_LEN", -205 },
	{ "SUM_LEN", -206 },
	{ "CID_LEN", -207 },
	{ "KEY_MISSING", -208 },
	{ "KEY_UNEXPECTED", -209 },
	{ "SINGLE_PASS_LEN", -210 },
	{ "FOUR_PASS_LEN", -211 },
	{ "NONCE_RESTART", -212 },
	{ "ROTATION_IN_USE", -213 },
	{ "ROTATION_BITS", -214 },
	{ "LAYOUT_LEN", -215 },
	{ "LAYOUT_ROTATION", -216 },
	{ "ENCODE_LENGTH", -217 },
	{ "AMBIGUOUS", -218 },
	{ "TENANTS", -219 },
	{ "WORKER_LEN", -220 },
	{ "UNCOUNTED_LEN", -221 },
	{ "NOMEM", -301 },
	{ "EXHAUSTED", -302 },
	{ "RANDOM", -303 },
	{ "FORKED", -304 },
	{ "CRYPTO", -305 },
	{ "SPLIT", -306 },
	{ "PART_TAKEN", -307 },
	{ "MARK", -308 },
	{ "SHORT", -401 },
	{ "RESERVED", -402 },
	{ "NO_CONFIG", -403 },
	{ "UNKNOWN_SERVER", -404 },
};

/* Codec numbers stand in maps. */
static const struct {
	const char *name;
	int number;
	int keyed;
	int rotation_bits;
} codecs[] = {
	{ "plain", 1, 0, 3 },	     { "single-pass", 2, 1, 3 },
	{ "four-pass", 3, 1, 3 },    { "four-pass-12", 4, 1, 2 },
	{ "four-pass-14", 5, 1, 2 }, { "four-pass-15", 6, 1, 2 },
	{ "plain-07", 7, 0, 2 },     { "stream-07", 8, 1, 2 },
	{ "block-07", 9, 1, 2 },     { "msquic", 10, 0, 0 },
	{ "mvfst-1", 11, 0, 2 },     { "mvfst-2", 12, 0, 2 },
	{ "mvfst-3", 13, 0, 2 },     { "quicly", 14, 1, 0 },
};

/* All of them, in this order, and no other. */
static void error_numbers_are_frozen(void)
{
	size_t n = 0;

#define QUICLB_ROW(upper, value, text)                                         \
	g_assert_cmpuint(n, <, G_N_ELEMENTS(errors));                          \
	g_assert_cmpstr(errors[n].name, ==, #upper);                           \
	g_assert_cmpint(errors[n++].number, ==, QUICLB_ERR_##upper);
	QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(errors));
}

static void every_error_has_its_text(void)
{
#define QUICLB_ROW(name, number, text)                                         \
	g_assert_cmpstr(quiclb_strerror(QUICLB_ERR_##name), ==, text);
	QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
}

static void numbers_and_texts_are_unique(void)
{
	size_t i, j;

	for (i = 0; i < G_N_ELEMENTS(errors); i++)
		for (j = 0; j < i; j++) {
			g_assert_cmpint(errors[i].number, !=, errors[j].number);
			g_assert_cmpstr(quiclb_strerror(errors[i].number), !=,
					quiclb_strerror(errors[j].number));
		}
}

/* What is no error has the text of none. */
static void texts_belong_to_errors(void)
{
	size_t i, n = 0;
	int err;

	for (err = -1000; err < 0; err++) {
		gboolean known = FALSE;

		for (i = 0; i < G_N_ELEMENTS(errors); i++)
			known |= errors[i].number == err;
		n += known ? 1 : 0;
		g_assert_cmpint(!strcmp(quiclb_strerror(err), "unknown error"),
				==, !known);
	}
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(errors));
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

static void codecs_are_frozen(void)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(codecs); i++) {
		const int number = codecs[i].number;

		g_assert_cmpstr(quiclb_codec_name(number), ==, codecs[i].name);
		g_assert_cmpint(quiclb_codec_by_name(codecs[i].name), ==,
				number);
		g_assert_cmpint(quiclb_codec_is_keyed(number), ==,
				codecs[i].keyed);
		g_assert_cmpint(quiclb_codec_rotation_bits(number), ==,
				codecs[i].rotation_bits);
	}
}

/* Every codec once, in the order of their numbers; ours first. */
static void next_goes_through_all(void)
{
	int codec = 0;
	size_t n = 0, rows = 0;

#define QUICLB_ROW(upper, lower, number, text, keyed, family) rows++;
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	for (;;) {
		const int next = quiclb_codec_next(codec);

		if (!next)
			break;
		g_assert_cmpint(next, >, codec);
		g_assert_nonnull(quiclb_codec_name(next));
		if (n < G_N_ELEMENTS(codecs))
			g_assert_cmpint(next, ==, codecs[n].number);
		else
			g_assert_cmpint(next, >=, 128);
		codec = next;
		n++;
	}
	g_assert_cmpuint(n, ==, rows);
	g_assert_cmpuint(n, >=, G_N_ELEMENTS(codecs));
	g_assert_cmpint(quiclb_codec_next(codec), ==, 0);
	g_assert_cmpint(quiclb_codec_next(255), ==, 0);
	g_assert_cmpint(quiclb_codec_next(G_MAXINT), ==, 0);
	g_assert_cmpint(quiclb_codec_next(-1), ==, codecs[0].number);
}

static void unknown_codecs_are_refused(void)
{
	static const char *const names[] = { NULL,	  "",
					     "Plain",	  "plain ",
					     "four_pass", "four-pass-13" };
	static const int numbers[] = { 0, 15, 127, -1, 256, 256 + 1 };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_cmpint(quiclb_codec_by_name(names[i]), ==,
				QUICLB_ERR_CODEC);
	for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_assert_null(quiclb_codec_name(numbers[i]));
		g_assert_cmpint(quiclb_codec_is_keyed(numbers[i]), ==,
				QUICLB_ERR_CODEC);
		g_assert_cmpint(quiclb_codec_rotation_bits(numbers[i]), ==,
				QUICLB_ERR_CODEC);
	}
}

/* Reasons index the counters of a map. */
static const char *const reasons[] = {
	"not_vip",	"local",      "steered",      "from_peer",
	"reserved",	"no_config",  "short_cid",    "unknown_server",
	"truncated",	"fragment",   "ext_headers",  "no_neighbour",
	"ttl",		"other_host", "server_down",  "initial_passed",
	"not_quic",	"overload",   "decapsulated", "too_big",
	"icmp_steered",
};

static void reasons_are_frozen(void)
{
	int n = 0;

#define QUICLB_ROW(upper, lower, number, text)                                 \
	g_assert_cmpint(n, <, (int)G_N_ELEMENTS(reasons));                     \
	g_assert_cmpint(QUICLB_REASON_##upper, ==, n);                         \
	g_assert_cmpstr(#lower, ==, reasons[n++]);
	QUICLB_REASON_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	g_assert_cmpint(n, ==, G_N_ELEMENTS(reasons));
	g_assert_cmpint(n, ==, QUICLB_N_REASONS);
	g_assert_cmpint(n, <=, QUICLB_REASONS_CAP);
}

static void version_is_the_headers(void)
{
	g_autofree char *want =
		g_strdup_printf("%d.%d.%d", QUICLB_VERSION_MAJOR,
				QUICLB_VERSION_MINOR, QUICLB_VERSION_PATCH);

	g_assert_cmpstr(quiclb_version(), ==, want);
}

static const struct unit_case cases[] = {
	{ "error_numbers_are_frozen", error_numbers_are_frozen },
	{ "every_error_has_its_text", every_error_has_its_text },
	{ "numbers_and_texts_are_unique", numbers_and_texts_are_unique },
	{ "texts_belong_to_errors", texts_belong_to_errors },
	{ "texts_are_one_line_without_full_stop",
	  texts_are_one_line_without_full_stop },
	{ "other_numbers_have_a_text", other_numbers_have_a_text },
	{ "unroutable_is_the_packet_group", unroutable_is_the_packet_group },
	{ "codecs_are_frozen", codecs_are_frozen },
	{ "next_goes_through_all", next_goes_through_all },
	{ "unknown_codecs_are_refused", unknown_codecs_are_refused },
	{ "reasons_are_frozen", reasons_are_frozen },
	{ "version_is_the_headers", version_is_the_headers },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("error", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
