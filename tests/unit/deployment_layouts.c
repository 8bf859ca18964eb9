/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a codec or preset knows may be left out of a CID config; what is said
 * must not contradict it.
 */
#include "deployment.h"

#define CODEC(name) "{\"name\":\"a\",\"codec\":\"" name "\""
#define ROTATION(n) ",\"config-rotation-bits\":" n
#define ID(n) ",\"server-id-length\":" n
#define NONCE(n) ",\"nonce-length\":" n
#define BITS(n) ",\"rotation-bits\":" n
#define USE(n) ",\"server-use-length\":" n
#define UNCOUNTED(n) ",\"uncounted-length\":" n
#define WORKER(n) ",\"worker-length\":" n
#define ENCODED(flag) ",\"first-octet-encodes-cid-length\":" flag

static const struct row rows[] = {
	/* What must be said. */
	{ .name = "rotation_of_draft_codec_is_needed",
	  .configs = CODEC("plain") ID("1") NONCE("8") "}",
	  .text = A "/config-rotation-bits: is missing" },
	{ .name = "rotation_without_codec_is_needed",
	  .configs = "{\"name\":\"a\"" ID("1") NONCE("8") "}",
	  .text = A "/config-rotation-bits: is missing" },
	{ .name = "server_id_length_of_draft_codec_is_needed",
	  .configs = CODEC("plain") ROTATION("0") NONCE("8") "}",
	  .text = A "/server-id-length: is missing" },
	{ .name = "nonce_length_of_block_is_needed",
	  .configs = CODEC("block-07") ROTATION("0") ID("1") WITH_KEY "}",
	  .text = A "/nonce-length: is missing" },
	{ .name = "rotation_of_nghttpx_is_needed",
	  .configs = CODEC("nghttpx") WITH_KEY "}",
	  .text = A "/config-rotation-bits: is missing" },
	{ .name = "rotation_of_envoy_is_needed",
	  .configs = CODEC("envoy") "}",
	  .text = A "/config-rotation-bits: is missing" },
	/* Presets. */
	{ .name = "aws_nlb_server_id_of_4_is_refused",
	  .configs = CODEC("aws-nlb") ID("4") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/server-id-length: must be 8 with codec aws-nlb (got "
		    "4)" },
	{ .name = "aws_nlb_rotation_of_1_is_refused",
	  .configs = CODEC("aws-nlb") ROTATION("1") "}",
	  .err = QUICLB_ERR_LAYOUT_ROTATION,
	  .text = A "/config-rotation-bits: must be 0 with codec aws-nlb (got "
		    "1)" },
	{ .name = "aws_nlb_with_key_is_refused",
	  .configs = CODEC("aws-nlb") WITH_KEY "}",
	  .err = QUICLB_ERR_KEY_UNEXPECTED,
	  .text = A "/codec: this codec takes no key (got plain)" },
	{ .name = "nghttpx_server_id_of_7_is_refused",
	  .configs = CODEC("nghttpx") ROTATION("0") ID("7") WITH_KEY "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/server-id-length: must be 8 with codec nghttpx (got "
		    "7)" },
	{ .name = "nghttpx_nonce_of_9_is_refused",
	  .configs = CODEC("nghttpx") ROTATION("0") NONCE("9") WITH_KEY "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/nonce-length: must be 8 with codec nghttpx (got 9)" },
	{ .name = "nghttpx_without_key_is_refused",
	  .configs = CODEC("nghttpx") ROTATION("0") "}",
	  .err = QUICLB_ERR_KEY_MISSING,
	  .text = A "/codec: this codec needs a key (got single-pass)" },
	{ .name = "envoy_of_two_server_use_bytes_is_refused",
	  .configs = CODEC("envoy") ROTATION("0") USE("2") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/server-use-length: must be 1 with codec envoy (got 2)" },
	{ .name = "envoy_that_counts_all_is_refused",
	  .configs = CODEC("envoy") ROTATION("0") UNCOUNTED("0") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/uncounted-length: must be 1 with codec envoy (got 0)" },
	{ .name = "envoy_without_length_is_refused",
	  .configs = CODEC("envoy") ROTATION("0") ENCODED("false") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/first-octet-encodes-cid-length: must be true with codec "
		    "envoy (got false)" },
	/* Layouts of other systems. */
	{ .name = "msquic_server_id_of_5_is_refused",
	  .configs = CODEC("msquic") ID("5") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/server-id-length: this codec's layout has other "
		    "lengths, see quiclb codecs (got 5 + 9 + 0 with "
		    "msquic)" },
	{ .name = "msquic_nonce_of_8_is_refused",
	  .configs = CODEC("msquic") NONCE("8") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/nonce-length: this codec's layout has other lengths, see "
		    "quiclb codecs (got 4 + 8 + 0 with msquic)" },
	{ .name = "msquic_with_server_use_is_refused",
	  .configs = CODEC("msquic") USE("1") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/server-use-length: this codec's layout has other "
		    "lengths, see quiclb codecs (got 4 + 9 + 1 with "
		    "msquic)" },
	{ .name = "msquic_with_length_is_refused",
	  .configs = CODEC("msquic") ENCODED("true") "}",
	  .err = QUICLB_ERR_ENCODE_LENGTH,
	  .text = A "/first-octet-encodes-cid-length: this codec's first octet "
		    "has no room for the CID length (got msquic)" },
	{ .name = "mvfst_of_another_version_is_refused",
	  .configs = CODEC("mvfst-1") ROTATION("2") "}",
	  .err = QUICLB_ERR_LAYOUT_ROTATION,
	  .text = A "/config-rotation-bits: config rotation must be the "
		    "version of this codec's layout (got 2 with mvfst-1)" },
	{ .name = "mvfst_of_7_bytes_is_refused",
	  .configs = CODEC("mvfst-3") NONCE("2") "}",
	  .err = QUICLB_ERR_LAYOUT_LEN,
	  .text = A "/nonce-length: this codec's layout has other lengths, see "
		    "quiclb codecs (got 4 + 2 + 0 with mvfst-3)" },
	{ .name = "quicly_of_22_bytes_is_refused",
	  .configs = CODEC("quicly") USE("6") WITH_KEY "}",
	  .err = QUICLB_ERR_CID_LEN,
	  .text = A "/server-use-length: CID with server-use bytes must not "
		    "exceed 20 bytes (got 0 + 8 + 8 + 6)" },
	/* Rotation bits, workers, uncounted bytes. */
	{ .name = "rotation_bits_of_1_are_refused",
	  .configs = CONFIG("a", "0", BITS("1")),
	  .text = A "/rotation-bits: rotation bits must be 2 or 3 (got 1)" },
	{ .name = "rotation_bits_of_4_are_refused",
	  .configs = CONFIG("a", "0", BITS("4")),
	  .text = A "/rotation-bits: rotation bits must be 2 or 3 (got 4)" },
	{ .name = "two_rotation_bits_of_four_pass_are_refused",
	  .configs = CONFIG("a", "0", BITS("2") WITH_KEY),
	  .err = QUICLB_ERR_ROTATION_BITS,
	  .text = A "/rotation-bits: this codec has other rotation bits (got "
		    "2 with four-pass)" },
	{ .name = "rotation_3_of_two_bits_is_refused",
	  .configs = CONFIG("a", "3", BITS("2")),
	  .err = QUICLB_ERR_ROTATION,
	  .text = A "/config-rotation-bits: config rotation must be 0..6, of "
		    "two rotation bits 0..2 (got 3)" },
	{ .name = "worker_length_15_is_refused",
	  .configs = CONFIG("a", "0", WORKER("15")),
	  .text = A "/worker-length: worker length must be 0..14 bytes (got "
		    "15)" },
	{ .name = "worker_that_leaves_3_bytes_is_refused",
	  .configs = CONFIG("a", "0", WORKER("5")),
	  .err = QUICLB_ERR_WORKER_LEN,
	  .text = A "/worker-length: worker bytes must leave 4 bytes of the "
		    "nonce (got 5 of 8)" },
	{ .name = "uncounted_length_15_is_refused",
	  .configs = CONFIG("a", "0", UNCOUNTED("15")),
	  .text = A "/uncounted-length: uncounted length must be 0..14 bytes "
		    "(got 15)" },
	{ .name = "more_uncounted_than_server_use_is_refused",
	  .configs = CONFIG("a", "0", USE("1") UNCOUNTED("2") ENCODED("true")),
	  .err = QUICLB_ERR_UNCOUNTED_LEN,
	  .text = A "/uncounted-length: uncounted bytes are server-use bytes "
		    "of a CID that encodes its length (got 2 of 1)" },
	{ .name = "uncounted_without_length_is_refused",
	  .configs = CONFIG("a", "0", USE("2") UNCOUNTED("1")),
	  .err = QUICLB_ERR_UNCOUNTED_LEN,
	  .text = A "/uncounted-length: uncounted bytes are server-use bytes "
		    "of a CID that encodes its length (got 1 of 2, length not "
		    "encoded)" },
	{ .name = "server_id_of_17_bytes_is_refused",
	  .pools = POOL("p", "0102030405060708090a0b0c0d0e0f1011"),
	  .text = P "/server-id-mappings/server-id: server ID must be 1..16 "
		    "bytes: pairs of hex digits, with or without colons "
		    "between them (got **********************************)" },
};

/* --------------------------------------------------- what is left out -- */

struct wanted {
	const char *configs;
	const char *server_id; /* of the pool */
	uint8_t codec, rotation, server_id_len, nonce_len;
	uint8_t server_use_len, uncounted_len, encode_length;
};

static const struct wanted wanted[] = {
	{ CODEC("msquic") "}", "c0000202", QUICLB_CODEC_MSQUIC, 0, 4, 9, 0, 0,
	  0 },
	{ CODEC("mvfst-1") "}", "0102", QUICLB_CODEC_MVFST_1, 1, 2, 5, 0, 0,
	  0 },
	{ CODEC("mvfst-1") NONCE("8") USE("2") "}", "0102",
	  QUICLB_CODEC_MVFST_1, 1, 2, 8, 2, 0, 0 },
	{ CODEC("mvfst-2") ROTATION("2") "}", "010203", QUICLB_CODEC_MVFST_2, 2,
	  3, 4, 0, 0, 0 },
	{ CODEC("mvfst-3") "}", "01020304", QUICLB_CODEC_MVFST_3, 3, 4, 3, 0, 0,
	  0 },
	{ CODEC("quicly") WITH_KEY "}", "0000000000000001", QUICLB_CODEC_QUICLY,
	  0, 8, 8, 0, 0, 0 },
	{ CODEC("aws-nlb") "}", "0102030405060708", QUICLB_CODEC_PLAIN, 0, 8, 8,
	  0, 0, 0 },
	{ CODEC("aws-nlb") ROTATION("0") ID("8") NONCE("6") "}",
	  "0102030405060708", QUICLB_CODEC_PLAIN, 0, 8, 6, 0, 0, 0 },
	{ CODEC("nghttpx") ROTATION("3") WITH_KEY "}", "0102030405060708",
	  QUICLB_CODEC_SINGLE_PASS, 3, 8, 8, 0, 0, 0 },
	{ CODEC("envoy") ROTATION("1") "}", "010203", QUICLB_CODEC_PLAIN, 1, 3,
	  8, 1, 1, 1 },
	{ CODEC("envoy") ROTATION("1") WITH_KEY "}", "010203",
	  QUICLB_CODEC_FOUR_PASS, 1, 3, 8, 1, 1, 1 },
	{ CODEC("envoy") ROTATION("1") NONCE("13") WITH_KEY ENCODED("true") "}",
	  "010203", QUICLB_CODEC_SINGLE_PASS, 1, 3, 13, 1, 1, 1 },
	{ CODEC("plain-07") ROTATION("2") ID("16") NONCE("0") "}",
	  "000102030405060708090a0b0c0d0e0f", QUICLB_CODEC_PLAIN_07, 2, 16, 0,
	  0, 0, 0 },
	{ CODEC("block-07") ROTATION("2") ID("15") NONCE("1") USE("3") WITH_KEY
	  "}",
	  "000102030405060708090a0b0c0d0e", QUICLB_CODEC_BLOCK_07, 2, 15, 1, 3,
	  0, 0 },
};

static void test_wanted(gconstpointer data)
{
	const struct wanted *want = data;
	char *pools = g_strdup_printf(
		"{\"name\":\"p\",\"server-id-mappings\":[{\"server-id\":\"%s\","
		"\"server-address\":\"192.0.2.2\"}]}",
		want->server_id);
	const struct row row = { .configs = want->configs, .pools = pools };
	struct quiclb_deployment *deployment = parse(&row);
	const struct quiclb_config *c = &deployment->cid_configs[0].config;

	g_assert_cmpuint(c->codec, ==, want->codec);
	g_assert_cmpuint(c->config_rotation, ==, want->rotation);
	g_assert_cmpuint(c->server_id_len, ==, want->server_id_len);
	g_assert_cmpuint(c->nonce_len, ==, want->nonce_len);
	g_assert_cmpuint(c->server_use_len, ==, want->server_use_len);
	g_assert_cmpuint(c->uncounted_len, ==, want->uncounted_len);
	g_assert_cmpuint(c->encode_length, ==, want->encode_length);
	g_assert_cmpint(quiclb_config_check(c), ==, 0);
	quiclb_deployment_free(deployment);
	g_free(pools);
}

static void test_leaves(void)
{
	static const struct row row = {
		.configs = CONFIG("a", "2",
				  BITS("2") WORKER("4") USE("3") UNCOUNTED("2")
					  ENCODED("true")),
	};
	struct quiclb_deployment *deployment = parse(&row);
	const struct quiclb_config *c = &deployment->cid_configs[0].config;

	g_assert_cmpuint(c->rotation_bits, ==, 2);
	g_assert_cmpuint(c->config_rotation, ==, 2);
	g_assert_cmpuint(c->worker_len, ==, 4);
	g_assert_cmpuint(c->server_use_len, ==, 3);
	g_assert_cmpuint(c->uncounted_len, ==, 2);
	quiclb_deployment_free(deployment);
}

static const struct deployment_case cases[] = {
	{ "/deployment/new_leaves_are_taken", test_leaves },
};

void deployment_add_layouts(void)
{
	size_t i;

	deployment_add_rows(rows, G_N_ELEMENTS(rows));
	deployment_add_cases(cases, G_N_ELEMENTS(cases));
	for (i = 0; i < G_N_ELEMENTS(wanted); i++) {
		char *path = g_strdup_printf(
			"/deployment/layout_%zu_fills_in_what_is_absent", i);

		g_test_add_data_func(path, &wanted[i], test_wanted);
		g_free(path);
	}
}
