/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files: one that says everything there is to say, and one for
 * each rule that breaks it, with the exact line the operator reads.
 *
 * Files are looked up in deployment/ beside G_TEST_SRCDIR.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "config/deployment.h"

#define KEY "8f95f09245765f80256934e50c66207f"
#define KEY_COLONS "8f:95:f0:92:45:76:5f:80:25:69:34:e5:0c:66:20:7f"
#define A "/quic-lb/cid-configs[name='a']"
#define P "/quic-lb/server-pool[name='p']"
#define V "/quic-lb/vip[address='192.0.2.1'][port='443']"

/* What a row does not say is taken from here. */
#define TOP ""
#define POOLS "{\"name\":\"p\",\"server-id-mappings\":[" MAPPING "]}"
#define MAPPING "{\"server-id\":\"01\",\"server-address\":\"192.0.2.2\"}"
#define HEAD(name, rotation)                                                   \
	"\"name\":\"" name "\",\"config-rotation-bits\":" rotation
#define LENGTHS ",\"server-id-length\":1,\"nonce-length\":8"
#define CONFIG(name, rotation, more) "{" HEAD(name, rotation) LENGTHS more "}"
#define SIZED(server_id, nonce, more)                                          \
	"{" HEAD("a", "0") ",\"server-id-length\":" server_id                  \
			   ",\"nonce-length\":" nonce more "}"
#define CONFIGS CONFIG("a", "0", "")
#define VIP(more) "{\"address\":\"192.0.2.1\",\"port\":443" more "}"
#define WITH_KEY ",\"cid-key\":\"" KEY "\""
#define POOL(name, id)                                                         \
	"{\"name\":\"" name "\",\"server-id-mappings\":[{\"server-id\":\"" id  \
	"\",\"server-address\":\"192.0.2.2\"}]}"
#define MAPPINGS(a, b)                                                         \
	"{\"name\":\"p\",\"server-id-mappings\":[{\"server-id\":\"" a          \
	"\",\"server-address\":\"192.0.2.2\"},{\"server-id\":\"" b             \
	"\",\"server-address\":\"192.0.2.3\"}]}"

struct row {
	const char *name;
	const char *whole; /* the text, instead of what follows */
	const char *top;
	const char *pools;
	const char *configs;
	const char *vips;
	int err;	  /* 0: QUICLB_ERR_ARG */
	const char *text; /* after "FILE: "; ... for libyang's own words */
};

static const struct row rows[] = {
	/* The text. */
	{ .name = "empty_text_is_refused",
	  .whole = "",
	  .text = "/quic-lb: there is no object \"quiclb:quic-lb\"" },
	{ .name = "empty_object_is_refused",
	  .whole = "{}",
	  .text = "/quic-lb: there is no object \"quiclb:quic-lb\"" },
	{ .name = "array_is_refused", .whole = "[]", .text = "line 1: /: ..." },
	{ .name = "bad_json_names_the_line",
	  .whole = "{\n\"quiclb:quic-lb\": {\n\"role\" \"balancer\"}}",
	  .text = "line 3: not valid JSON: ..." },
	{ .name = "cut_json_is_refused",
	  .whole = "{\"quiclb:quic-lb\":{\"role\":",
	  .text = "line 1: not valid JSON: ..." },
	{ .name = "text_behind_the_object_is_refused",
	  .whole = "{\"quiclb:quic-lb\":{}}\nx",
	  .text = "line 2: not valid JSON: text behind the last brace" },
	{ .name = "deep_nesting_is_refused",
	  .whole = "{\"quiclb:quic-lb\":\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	  .text = "line 2: nested too deep" },
	{ .name = "name_without_module_is_refused",
	  .whole = "{\"quic-lb\":{}}",
	  .text = "line 1: the top-level object must be named "
		  "\"quiclb:quic-lb\"" },
	{ .name = "other_module_is_refused",
	  .whole = "{\"ietf-interfaces:interfaces\":{}}",
	  .text = "line 1: /ietf-interfaces: unknown name" },
	{ .name = "two_deployments_are_refused",
	  .whole = "{\"quiclb:quic-lb\":{},\"quiclb:quic-lb\":{}}",
	  .text = "/quic-lb: is there twice" },
	/* Names, and values of the wrong kind. */
	{ .name = "unknown_leaf_is_refused",
	  .configs = CONFIG("a", "0", ",\"nonce-len\":8"),
	  .text = "line 1: " A "/nonce-len: unknown name" },
	{ .name = "leaf_twice_is_refused",
	  .configs = CONFIG("a", "0", ",\"nonce-length\":8"),
	  .text = A "/nonce-length: is there twice" },
	{ .name = "missing_name_is_refused",
	  .configs = "{\"config-rotation-bits\":0" LENGTHS "}",
	  .text = "line 1: /quic-lb/cid-configs/name: is missing" },
	{ .name = "missing_nonce_length_is_refused",
	  .configs = CONFIGS ",{" HEAD("b", "1") ",\"server-id-length\":1}",
	  .text = "/quic-lb/cid-configs[name='b']/nonce-length: is missing" },
	{ .name = "missing_server_address_is_refused",
	  .pools = "{\"name\":\"p\",\"server-id-mappings\":[" MAPPING
		   ",{\"server-id\":\"02\"}]}",
	  .text = P "/server-id-mappings[server-id='02']/server-address: is "
		    "missing" },
	{ .name = "number_in_quotes_is_refused",
	  .configs = SIZED("1", "\"8\"", ""),
	  .text = A "/nonce-length: must be a JSON number" },
	{ .name = "string_without_quotes_is_refused",
	  .configs = CONFIG("a", "0", ",\"codec\":4"),
	  .text = A "/codec: must be a JSON string" },
	{ .name = "flag_in_quotes_is_refused",
	  .configs = CONFIG("a", "0",
			    ",\"first-octet-encodes-cid-length\":\"true\""),
	  .text = A "/first-octet-encodes-cid-length: must be true or false" },
	{ .name = "array_for_leaf_is_refused",
	  .configs = CONFIG("a", "0", ",\"codec\":[\"plain\"]"),
	  .text = "line 1: " A "/codec: must be a JSON string" },
	{ .name = "object_for_list_is_refused",
	  .whole = "{\"quiclb:quic-lb\":{\"server-pool\":{}}}",
	  .text = "line 1: /quic-lb/server-pool: must be a JSON array of "
		  "objects" },
	{ .name = "unknown_role_is_refused",
	  .top = "\"role\":\"server\",",
	  .text = "/quic-lb/role: must be real-server or balancer (got "
		  "server)" },
	{ .name = "bad_name_is_refused",
	  .configs = CONFIG("a b", "0", ""),
	  .text = "/quic-lb/cid-configs/name: name must be of letters, digits, "
		  "dots, hyphens, underscores (got a b)" },
	{ .name = "empty_name_is_refused",
	  .configs = CONFIG("", "0", ""),
	  .text = "/quic-lb/cid-configs/name: name must have 1..63 "
		  "characters" },
	{ .name = "control_character_is_not_repeated",
	  .configs = CONFIG("a\\nb", "0", ""),
	  .text = "/quic-lb/cid-configs/name: name must be of letters, digits, "
		  "dots, hyphens, underscores (got a?b)" },
	/* Ranges. */
	{ .name = "rotation_7_is_refused",
	  .configs = CONFIG("a", "7", ""),
	  .text = A "/config-rotation-bits: config rotation must be 0..6 (got "
		    "7)" },
	{ .name = "server_id_length_0_is_refused",
	  .configs = SIZED("0", "8", ""),
	  .text = A "/server-id-length: server ID length must be 1..15 bytes "
		    "(got 0)" },
	{ .name = "server_id_length_16_is_refused",
	  .configs = SIZED("16", "8", ""),
	  .text = A "/server-id-length: server ID length must be 1..15 bytes "
		    "(got 16)" },
	{ .name = "nonce_length_3_is_refused",
	  .configs = SIZED("1", "3", ""),
	  .text = A "/nonce-length: nonce length must be 4..18 bytes (got "
		    "3)" },
	{ .name = "nonce_length_19_is_refused",
	  .configs = SIZED("1", "19", ""),
	  .text = A "/nonce-length: nonce length must be 4..18 bytes (got "
		    "19)" },
	{ .name = "nonce_length_264_is_refused",
	  .configs = SIZED("1", "264", ""),
	  .text = A "/nonce-length: nonce length must be 4..18 bytes (got "
		    "264)" },
	{ .name = "negative_length_is_refused",
	  .configs = SIZED("1", "-8", ""),
	  .text = A "/nonce-length: nonce length must be 4..18 bytes (got "
		    "-8)" },
	{ .name = "server_use_length_15_is_refused",
	  .configs = CONFIG("a", "0", ",\"server-use-length\":15"),
	  .text = A "/server-use-length: server-use length must be 0..14 bytes "
		    "(got 15)" },
	{ .name = "port_0_is_refused",
	  .vips = "{\"address\":\"192.0.2.1\",\"port\":0}",
	  .text = "/quic-lb/vip[address='192.0.2.1']/port: port must be "
		  "1..65535 (got 0)" },
	{ .name = "port_65536_is_refused",
	  .vips = "{\"address\":\"192.0.2.1\",\"port\":65536}",
	  .text = "/quic-lb/vip[address='192.0.2.1']/port: port must be "
		  "1..65535 (got 65536)" },
	/* Lengths and codecs together. */
	{ .name = "sum_of_20_is_refused",
	  .configs = SIZED("10", "10", ""),
	  .err = QUICLB_ERR_SUM_LEN,
	  .text = A "/nonce-length: server ID and nonce must not exceed 19 "
		    "bytes (got 10 + 10)" },
	{ .name = "cid_of_21_is_refused",
	  .configs = CONFIG("a", "0", ",\"server-use-length\":11"),
	  .err = QUICLB_ERR_CID_LEN,
	  .text = A "/server-use-length: CID with server-use bytes must not "
		    "exceed 20 bytes (got 1 + 1 + 8 + 11)" },
	{ .name = "unknown_codec_is_refused",
	  .configs = CONFIG("a", "0", ",\"codec\":\"rot13\""),
	  .err = QUICLB_ERR_CODEC,
	  .text = A "/codec: unknown codec (got rot13)" },
	{ .name = "single_pass_of_12_is_refused",
	  .configs = SIZED("4", "8", ",\"codec\":\"single-pass\"" WITH_KEY),
	  .err = QUICLB_ERR_SINGLE_PASS_LEN,
	  .text = A "/codec: single-pass needs server ID and nonce to total 16 "
		    "bytes (got 4 + 8)" },
	{ .name = "four_pass_of_16_is_refused",
	  .configs = SIZED("8", "8", ",\"codec\":\"four-pass\"" WITH_KEY),
	  .err = QUICLB_ERR_FOUR_PASS_LEN,
	  .text = A "/codec: server ID and nonce of 16 bytes need single-pass, "
		    "not four-pass (got 8 + 8)" },
	{ .name = "four_pass_without_key_is_refused",
	  .configs = CONFIG("a", "0", ",\"codec\":\"four-pass\""),
	  .err = QUICLB_ERR_KEY_MISSING,
	  .text = A "/codec: this codec needs a key (got four-pass)" },
	{ .name = "plain_with_key_is_refused",
	  .configs = CONFIG("a", "0", ",\"codec\":\"plain\"" WITH_KEY),
	  .err = QUICLB_ERR_KEY_UNEXPECTED,
	  .text = A "/codec: this codec takes no key (got plain)" },
	/* Keys.  The runner looks for pieces of them in every text. */
	{ .name = "short_key_is_refused_untold",
	  .configs = CONFIG("a", "0",
			    ",\"cid-key\":\"8f95f09245765f80256934e50c6620\""),
	  .text = A "/cid-key: key must be 16 bytes: 32 hex digits, with or "
		    "without colons between bytes" },
	{ .name = "odd_key_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"cid-key\":\"" KEY "0\""),
	  .text = A "/cid-key: key must be 16 bytes: 32 hex digits, with or "
		    "without colons between bytes" },
	{ .name = "key_with_some_colons_is_refused_untold",
	  .configs = CONFIG("a", "0",
			    ",\"cid-key\":"
			    "\"8f95:f09245765f80256934e50c66207f\""),
	  .text = A "/cid-key: key must be 16 bytes: 32 hex digits, with or "
		    "without colons between bytes" },
	{ .name = "key_without_quotes_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"cid-key\":" KEY),
	  .text = "line 1: not valid JSON: ..." },
	{ .name = "key_in_half_quotes_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"cid-key\":\"" KEY "\n\""),
	  .text = "line 1: not valid JSON: ..." },
	{ .name = "key_as_array_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"cid-key\":[\"" KEY "\"]"),
	  .text = "line 1: " A "/cid-key: must be a JSON string" },
	{ .name = "key_as_codec_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"codec\":\"" KEY "\""),
	  .err = QUICLB_ERR_CODEC,
	  .text = A "/codec: unknown codec (got "
		    "********************************)" },
	{ .name = "key_as_name_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"" KEY "\":1"),
	  .text = "line 1: " A "/********************************: unknown "
		  "name" },
	{ .name = "key_as_pool_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"server-pool\":\"" KEY "\""),
	  .text = A "/server-pool: no server-pool has this name (got "
		    "********************************)" },
	{ .name = "key_as_server_id_is_refused_untold",
	  .pools = POOL("p", KEY_COLONS),
	  .text = P "/server-id-mappings/server-id: server ID must be 1..15 "
		    "bytes: pairs of hex digits, with or without colons "
		    "between them (got ***************************************"
		    "********)" },
	{ .name = "key_and_key_file_are_refused",
	  .configs = CONFIG("a", "0",
			    WITH_KEY ",\"cid-key-file\":\"next-year.key\""),
	  .text = A ": cid-key and cid-key-file exclude each other" },
	/* Server pools. */
	{ .name = "no_pool_is_refused",
	  .pools = "",
	  .text = "/quic-lb/server-pool: at least one is needed" },
	{ .name = "empty_pool_is_refused",
	  .pools = "{\"name\":\"p\"}",
	  .text = P "/server-id-mappings: at least one is needed" },
	{ .name = "odd_server_id_is_refused",
	  .pools = POOL("p", "012"),
	  .text = P "/server-id-mappings/server-id: server ID must be 1..15 "
		    "bytes: pairs of hex digits, with or without colons "
		    "between them (got 012)" },
	{ .name = "server_id_that_is_no_hex_is_refused",
	  .pools = POOL("p", "0g"),
	  .text = P "/server-id-mappings/server-id: server ID must be 1..15 "
		    "bytes: pairs of hex digits, with or without colons "
		    "between them (got 0g)" },
	{ .name = "bad_server_address_is_refused",
	  .pools = "{\"name\":\"p\",\"server-id-mappings\":[{\"server-id\":"
		   "\"01\",\"server-address\":\"192.0.2.256\"}]}",
	  .text = P "/server-id-mappings[server-id='01']/server-address: must "
		    "be an IPv4 or IPv6 address (got 192.0.2.256)" },
	{ .name = "address_with_zone_is_refused",
	  .pools = "{\"name\":\"p\",\"server-id-mappings\":[{\"server-id\":"
		   "\"01\",\"server-address\":\"fe80::1%eth0\"}]}",
	  .text = P "/server-id-mappings[server-id='01']/server-address: must "
		    "be an IPv4 or IPv6 address (got fe80::1%eth0)" },
	{ .name = "multicast_server_is_refused",
	  .pools = "{\"name\":\"p\",\"server-id-mappings\":[{\"server-id\":"
		   "\"01\",\"server-address\":\"224.0.0.1\"}]}",
	  .text = P "/server-id-mappings[server-id='01']/server-address: must "
		    "be a unicast address (got 224.0.0.1)" },
	{ .name = "duplicate_server_id_is_refused",
	  .pools = MAPPINGS("0a", "0a"),
	  .text = P "/server-id-mappings[server-id='0a']: is there twice" },
	{ .name = "duplicate_server_id_in_other_case_is_refused",
	  .pools = MAPPINGS("0a", "0A"),
	  .text = P "/server-id-mappings[server-id='0a']: is there twice, as "
		    "entries 1 and 2" },
	{ .name = "duplicate_server_id_with_colons_is_refused",
	  .pools = MAPPINGS("0a:0b", "0a0b"),
	  .configs = SIZED("2", "8", ""),
	  .text = P "/server-id-mappings[server-id='0a0b']: is there twice, as "
		    "entries 1 and 2" },
	{ .name = "server_id_of_other_length_is_refused",
	  .pools = MAPPINGS("01", "0203"),
	  .text = P "/server-id-mappings[server-id='0203']: server ID must be "
		    "1 bytes, the server-id-length of cid-configs 'a' (got "
		    "2)" },
	/* CID configs. */
	{ .name = "no_cid_config_is_refused",
	  .configs = "",
	  .text = "/quic-lb/cid-configs: at least one is needed" },
	{ .name = "cid_config_twice_is_refused",
	  .configs = CONFIGS "," CONFIGS,
	  .text = A ": is there twice" },
	{ .name = "unknown_pool_is_refused",
	  .configs = CONFIG("a", "0", ",\"server-pool\":\"q\""),
	  .text = A "/server-pool: no server-pool has this name (got q)" },
	{ .name = "one_of_two_pools_must_be_named",
	  .pools = POOL("p", "01") "," POOL("q", "01"),
	  .text = A "/server-pool: is missing, and there is more than one "
		    "pool" },
	{ .name = "pool_of_keyed_and_plain_is_refused",
	  .configs = CONFIGS "," CONFIG("b", "1", WITH_KEY),
	  .text = "/quic-lb/cid-configs[name='b']/server-pool: configs with "
		  "and without a key must not share a pool (got p, as "
		  "cid-configs 'a')" },
	/* VIPs. */
	{ .name = "no_vip_is_refused",
	  .vips = "",
	  .text = "/quic-lb/vip: at least one is needed" },
	{ .name = "vip_twice_is_refused",
	  .vips = "{\"address\":\"2001:db8:0::1\",\"port\":443},"
		  "{\"address\":\"2001:DB8::1\",\"port\":443}",
	  .text = "/quic-lb/vip[address='2001:db8::1'][port='443']: is there "
		  "twice" },
	{ .name = "multicast_vip_is_refused",
	  .vips = "{\"address\":\"ff02::1\",\"port\":443}",
	  .text = "/quic-lb/vip[address='ff02::1'][port='443']/address: must "
		  "be a unicast address (got ff02::1)" },
	{ .name = "multicast_vip_of_ipv4_is_refused",
	  .vips = "{\"address\":\"239.255.255.255\",\"port\":443}",
	  .text = "/quic-lb/vip[address='239.255.255.255'][port='443']/"
		  "address: must be a unicast address (got "
		  "239.255.255.255)" },
	{ .name = "unspecified_vip_is_refused",
	  .vips = "{\"address\":\"::\",\"port\":443}",
	  .text = "/quic-lb/vip[address='::'][port='443']/address: must be a "
		  "unicast address (got ::)" },
	{ .name = "unspecified_vip_of_ipv4_is_refused",
	  .vips = "{\"address\":\"0.0.0.0\",\"port\":443}",
	  .text = "/quic-lb/vip[address='0.0.0.0'][port='443']/address: must "
		  "be a unicast address (got 0.0.0.0)" },
	{ .name = "unknown_cid_config_in_vip_is_refused",
	  .vips = VIP(",\"cid-configs\":[\"a\",\"b\"]"),
	  .text = V "/cid-configs[.='b']: no cid-configs has this name (got "
		    "b)" },
	{ .name = "cid_config_twice_in_vip_is_refused",
	  .vips = VIP(",\"cid-configs\":[\"a\",\"a\"]"),
	  .text = V "/cid-configs[.='a']: is there twice" },
	{ .name = "rotation_twice_in_vip_is_refused",
	  .configs = CONFIGS "," CONFIG("b", "0", ""),
	  .vips = VIP(",\"cid-configs\":[\"b\",\"a\"]"),
	  .text = V "/cid-configs: at most one of each config rotation (got a "
		    "and b, both of 0)" },
	{ .name = "rotation_twice_in_vip_of_all_is_refused",
	  .configs = CONFIGS "," CONFIG("b", "0", ""),
	  .text = V "/cid-configs: at most one of each config rotation (got a "
		    "and b, both of 0)" },
	/* This host. */
	{ .name = "balancer_with_local_address_is_refused",
	  .top = "\"role\":\"balancer\",\"local-server-address\":"
		 "[\"192.0.2.2\"],",
	  .text = "/quic-lb/local-server-address[.='192.0.2.2']: a balancer "
		  "has no server addresses of its own" },
	{ .name = "local_address_in_no_pool_is_refused",
	  .top = "\"local-server-address\":[\"192.0.2.2\",\"192.0.2.9\"],",
	  .text = "/quic-lb/local-server-address: must be the server-address "
		  "of a server in some pool (got 192.0.2.9)" },
};

static const char *or_else(const char *text, const char *other)
{
	return text ? text : other;
}

/* The text of a row; to g_free(). */
static char *row_text(const struct row *row)
{
	if (row->whole)
		return g_strdup(row->whole);
	return g_strdup_printf(
		"{\"quiclb:quic-lb\":{%s\"server-pool\":[%s],"
		"\"cid-configs\":[%s],\"vip\":[%s]}}",
		or_else(row->top, TOP), or_else(row->pools, POOLS),
		or_else(row->configs, CONFIGS), or_else(row->vips, VIP("")));
}

/* No six digits of the key in a row, in either form. */
static void assert_no_key(const char *text)
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

static void assert_line(const char *line, const char *want)
{
	if (g_str_has_suffix(want, "..."))
		g_assert_cmpmem(line, MIN(strlen(line), strlen(want) - 3), want,
				strlen(want) - 3);
	else
		g_assert_cmpstr(line, ==, want);
	g_assert_null(strchr(line, '\n'));
	assert_no_key(line);
}

static void test_row(gconstpointer data)
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

/* ------------------------------------------------------------- helpers -- */

static const char *file(const char *name)
{
	return g_test_get_filename(G_TEST_DIST, "deployment", name, NULL);
}

/* A row that must be taken. */
static struct quiclb_deployment *parse(const struct row *row)
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

static void assert_refused(const char *path, const char *rule)
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

static void assert_address(const struct quiclb_address *address,
			   const char *want)
{
	char text[46];

	quiclb_address_format(address, text, sizeof(text));
	g_assert_cmpstr(text, ==, want);
}

static struct quiclb_address address_of(const char *text)
{
	struct quiclb_address address;

	g_assert_cmpint(quiclb_address_parse(text, &address), ==, 0);
	return address;
}

/* --------------------------------------------------------- a good file -- */

static struct quiclb_deployment *load_valid(void)
{
	struct quiclb_deployment *deployment = NULL;
	struct quiclb_deployment_error error = { "" };

	quiclb_deployment_load(file("valid.json"), &deployment, &error);
	g_assert_cmpstr(error.text, ==, "");
	g_assert_nonnull(deployment);
	return deployment;
}

static void test_pools(void)
{
	static const uint8_t second[] = { 0x0a, 0x0b, 0x02 };
	struct quiclb_deployment *deployment = load_valid();
	const struct quiclb_server *servers = deployment->pools[0].servers;

	g_assert_cmpint(deployment->role, ==, QUICLB_ROLE_REAL_SERVER);
	g_assert_cmpuint(deployment->has_local, ==, 1);
	g_assert_cmpuint(deployment->n_pools, ==, 2);
	g_assert_cmpstr(deployment->pools[0].name, ==, "web");
	g_assert_cmpuint(deployment->pools[0].n_servers, ==, 3);
	g_assert_cmpmem(servers[1].server_id, servers[1].server_id_len, second,
			sizeof(second));
	assert_address(&servers[0].address, "192.0.2.11");
	assert_address(&servers[1].address, "2001:db8::11");
	g_assert_cmpuint(servers[0].local, ==, 0);
	g_assert_cmpuint(servers[1].local, ==, 1);
	g_assert_cmpuint(servers[2].local, ==, 0);
	g_assert_cmpstr(deployment->pools[1].name, ==, "lab");
	g_assert_cmpuint(deployment->pools[1].n_servers, ==, 1);
	quiclb_deployment_free(deployment);
}

static void test_cid_configs(void)
{
	static const uint8_t key[] = { 0x8f, 0x95, 0xf0, 0x92, 0x45, 0x76,
				       0x5f, 0x80, 0x25, 0x69, 0x34, 0xe5,
				       0x0c, 0x66, 0x20, 0x7f };
	struct quiclb_deployment *deployment = load_valid();
	const struct quiclb_cid_config *rows_of = deployment->cid_configs;

	g_assert_cmpuint(deployment->n_cid_configs, ==, 3);
	g_assert_cmpstr(rows_of[0].name, ==, "this-year");
	g_assert_cmpuint(rows_of[0].config.codec, ==, QUICLB_CODEC_SINGLE_PASS);
	g_assert_cmpuint(rows_of[0].config.config_rotation, ==, 0);
	g_assert_cmpuint(rows_of[0].config.server_id_len, ==, 3);
	g_assert_cmpuint(rows_of[0].config.nonce_len, ==, 13);
	g_assert_cmpuint(rows_of[0].config.server_use_len, ==, 2);
	g_assert_cmpuint(rows_of[0].config.encode_length, ==, 1);
	g_assert_cmpmem(rows_of[0].config.key, QUICLB_KEY_BYTES, key,
			sizeof(key));
	g_assert_cmpuint(rows_of[0].pool, ==, 0);
	g_assert_cmpuint(rows_of[2].config.codec, ==, QUICLB_CODEC_PLAIN);
	g_assert_cmpuint(rows_of[2].config.has_key, ==, 0);
	g_assert_cmpuint(rows_of[2].config.encode_length, ==, 0);
	g_assert_cmpuint(rows_of[2].config.server_use_len, ==, 0);
	g_assert_cmpuint(rows_of[2].pool, ==, 1);
	quiclb_deployment_free(deployment);
}

/* The file's key is in capitals, with a newline, and ends in 7E. */
static void test_key_file(void)
{
	struct quiclb_deployment *deployment = load_valid();
	const struct quiclb_config *config = &deployment->cid_configs[1].config;

	g_assert_cmpuint(config->codec, ==, QUICLB_CODEC_FOUR_PASS);
	g_assert_cmpuint(config->has_key, ==, 1);
	g_assert_cmpuint(config->key[0], ==, 0x8f);
	g_assert_cmpuint(config->key[15], ==, 0x7e);
	quiclb_deployment_free(deployment);
}

static void test_vips(void)
{
	static const int first[] = { 0, 1, -1, -1, -1, -1, -1 };
	static const int second[] = { -1, 2, -1, -1, -1, -1, -1 };
	struct quiclb_deployment *deployment = load_valid();

	g_assert_cmpuint(deployment->n_vips, ==, 2);
	assert_address(&deployment->vips[0].address, "203.0.113.1");
	g_assert_cmpuint(deployment->vips[0].port, ==, 443);
	g_assert_cmpmem(deployment->vips[0].cid_configs,
			sizeof(deployment->vips[0].cid_configs), first,
			sizeof(first));
	assert_address(&deployment->vips[1].address, "2001:db8:1::1");
	g_assert_cmpuint(deployment->vips[1].port, ==, 8443);
	g_assert_cmpmem(deployment->vips[1].cid_configs,
			sizeof(deployment->vips[1].cid_configs), second,
			sizeof(second));
	quiclb_deployment_free(deployment);
}

static void test_defaults(void)
{
	static const struct row row = { .configs = CONFIGS
					"," CONFIG("b", "6", "") };
	struct quiclb_deployment *deployment = parse(&row);

	g_assert_cmpint(deployment->role, ==, QUICLB_ROLE_REAL_SERVER);
	g_assert_cmpuint(deployment->has_local, ==, 0);
	g_assert_cmpuint(deployment->pools[0].servers[0].local, ==, 0);
	g_assert_cmpuint(deployment->cid_configs[1].config.codec, ==,
			 QUICLB_CODEC_PLAIN);
	g_assert_cmpuint(deployment->cid_configs[1].pool, ==, 0);
	g_assert_cmpint(deployment->vips[0].cid_configs[0], ==, 0);
	g_assert_cmpint(deployment->vips[0].cid_configs[5], ==, -1);
	g_assert_cmpint(deployment->vips[0].cid_configs[6], ==, 1);
	quiclb_deployment_free(deployment);
}

static void test_balancer(void)
{
	static const struct row row = { .top = "\"role\":\"balancer\"," };
	struct quiclb_deployment *deployment = parse(&row);

	g_assert_cmpint(deployment->role, ==, QUICLB_ROLE_BALANCER);
	quiclb_deployment_free(deployment);
}

static void test_space_behind(void)
{
	static const struct row row = { .top = "" };
	struct quiclb_deployment *deployment = NULL;
	char *text = row_text(&row);
	char *longer = g_strconcat(text, " \r\n\t\n", NULL);

	g_assert_cmpint(quiclb_deployment_parse("f", longer, &deployment, NULL),
			==, 0);
	quiclb_deployment_free(deployment);
	g_free(longer);
	g_free(text);
}

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

/* --------------------------------------------------------------- local -- */

static void test_set_local(void)
{
	struct quiclb_deployment *deployment = load_valid();
	struct quiclb_address addresses[200];
	size_t i;

	/* The two that matter come last, behind more than one chunk. */
	for (i = 0; i < G_N_ELEMENTS(addresses); i++) {
		addresses[i] = address_of("10.0.0.0");
		addresses[i].bytes[3] = (uint8_t)i;
	}
	g_assert_cmpuint(quiclb_deployment_set_local(deployment, addresses,
						     G_N_ELEMENTS(addresses)),
			 ==, 0);
	g_assert_cmpuint(deployment->pools[0].servers[1].local, ==, 0);
	addresses[0] = address_of("198.51.100.1");
	addresses[199] = address_of("192.0.2.11");
	g_assert_cmpuint(quiclb_deployment_set_local(deployment, addresses,
						     G_N_ELEMENTS(addresses)),
			 ==, 3);
	g_assert_cmpuint(deployment->pools[0].servers[0].local, ==, 1);
	g_assert_cmpuint(deployment->pools[0].servers[1].local, ==, 0);
	g_assert_cmpuint(deployment->pools[0].servers[2].local, ==, 1);
	g_assert_cmpuint(deployment->pools[1].servers[0].local, ==, 1);
	g_assert_cmpuint(quiclb_deployment_set_local(deployment, NULL, 0), ==,
			 0);
	quiclb_deployment_free(deployment);
}

static void test_addresses(void)
{
	static const char *const good[] = { "0.0.0.0", "192.0.2.1",
					    "::", "2001:db8::1",
					    "::ffff:1.2.3.4" };
	static const char *const bad[] = {
		"", "192.0.2", "192.0.2.256", "2001:db8::1%eth0", "x", ":::"
	};
	struct quiclb_address address = { 99, { 0 } };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(quiclb_address_parse(bad[i], &address), ==,
				QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_address_parse(NULL, &address), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpuint(address.family, ==, 99);
	for (i = 0; i < G_N_ELEMENTS(good); i++) {
		g_assert_cmpint(quiclb_address_parse(good[i], &address), ==, 0);
		g_assert_cmpuint(address.family, ==,
				 strchr(good[i], ':') ? 6 : 4);
		assert_address(&address, good[i]);
	}
}

/* ---------------------------------------------------------------- main -- */

static const struct {
	const char *path;
	void (*run)(void);
} cases[] = {
	{ "/deployment/valid_file_gives_pools", test_pools },
	{ "/deployment/valid_file_gives_cid_configs", test_cid_configs },
	{ "/deployment/valid_file_gives_key_of_key_file", test_key_file },
	{ "/deployment/valid_file_gives_vips", test_vips },
	{ "/deployment/absent_leaves_take_defaults", test_defaults },
	{ "/deployment/balancer_is_taken", test_balancer },
	{ "/deployment/space_behind_the_object_is_taken", test_space_behind },
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
	{ "/deployment/too_many_pools_are_refused", test_too_many_pools },
	{ "/deployment/too_many_cid_configs_are_refused",
	  test_too_many_cid_configs },
	{ "/deployment/too_many_vips_are_refused", test_too_many_vips },
	{ "/deployment/set_local_replaces_the_marks", test_set_local },
	{ "/deployment/addresses_survive_a_round_trip", test_addresses },
};

int main(int argc, char **argv)
{
	size_t i;

	g_test_init(&argc, &argv, NULL);
	for (i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add_func(cases[i].path, cases[i].run);
	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *path = g_strdup_printf("/deployment/%s", rows[i].name);

		g_test_add_data_func(path, &rows[i], test_row);
		g_free(path);
	}
	return g_test_run();
}
