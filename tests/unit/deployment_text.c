/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that is no configuration: JSON, names, kinds of values, and keys where
 * no key belongs, each with the exact line the operator reads.
 */
#include "deployment.h"

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
	{ .name = "unknown_state_is_refused",
	  .pools = WITH_STATE("\"dead\""),
	  .text = P "/server-id-mappings[server-id='01']/state: must be up, "
		    "draining or down (got dead)" },
	{ .name = "state_in_capitals_is_refused",
	  .pools = WITH_STATE("\"Up\""),
	  .text = P "/server-id-mappings[server-id='01']/state: must be up, "
		    "draining or down (got Up)" },
	{ .name = "empty_state_is_refused",
	  .pools = WITH_STATE("\"\""),
	  .text = P "/server-id-mappings[server-id='01']/state: must be up, "
		    "draining or down" },
	{ .name = "state_as_number_is_refused",
	  .pools = WITH_STATE("2"),
	  .text = P "/server-id-mappings[server-id='01']/state: must be a JSON "
		    "string" },
	{ .name = "key_as_state_is_refused_untold",
	  .pools = WITH_STATE("\"" KEY "\""),
	  .text = P "/server-id-mappings[server-id='01']/state: must be up, "
		    "draining or down (got "
		    "********************************)" },
	{ .name = "unknown_initial_is_refused",
	  .vips = VIP(",\"initial\":\"drop\""),
	  .text = V "/initial: must be decode or pass (got drop)" },
	{ .name = "initial_as_flag_is_refused",
	  .vips = VIP(",\"initial\":true"),
	  .text = V "/initial: must be a JSON string" },
	{ .name = "unknown_server_down_is_refused",
	  .vips = VIP(",\"server-down\":\"pass\""),
	  .text = V "/server-down: must be local, steer or drop (got pass)" },
	{ .name = "server_down_as_array_is_refused",
	  .vips = VIP(",\"server-down\":[\"drop\"]"),
	  .text = "line 1: " V "/server-down: must be a JSON string" },
	{ .name = "server_down_of_a_server_is_refused",
	  .pools = "{\"name\":\"p\",\"server-id-mappings\":[{" MAPPED
		   ",\"server-down\":\"drop\"}]}",
	  .text = "line 1: " P "/server-id-mappings[server-id='01']/"
		  "server-down: unknown name" },
	{ .name = "demultiplex_in_quotes_is_refused",
	  .vips = VIP(",\"demultiplex\":\"true\""),
	  .text = V "/demultiplex: must be true or false" },
	{ .name = "demultiplex_as_number_is_refused",
	  .vips = VIP(",\"demultiplex\":1"),
	  .text = V "/demultiplex: must be true or false" },
	{ .name = "policy_twice_is_refused",
	  .vips = VIP(",\"initial\":\"pass\",\"initial\":\"pass\""),
	  .text = V "/initial: is there twice" },
	{ .name = "memo_entries_in_quotes_is_refused",
	  .top = "\"memo-entries\":\"4096\",",
	  .text = "/quic-lb/memo-entries: must be a JSON number" },
	{ .name = "cold_decode_rate_in_quotes_is_refused",
	  .top = "\"cold-decode-rate\":\"9\",",
	  .text = "/quic-lb/cold-decode-rate: must be a JSON number" },
	{ .name = "cold_decode_rate_as_flag_is_refused",
	  .top = "\"cold-decode-rate\":false,",
	  .text = "/quic-lb/cold-decode-rate: must be a JSON number" },
	{ .name = "memo_entries_twice_is_refused",
	  .top = "\"memo-entries\":64,\"memo-entries\":64,",
	  .text = "/quic-lb/memo-entries: is there twice" },
	{ .name = "memo_entries_as_array_is_refused",
	  .top = "\"memo-entries\":[64],",
	  .text = "line 1: /quic-lb/memo-entries: must be a JSON number" },
	{ .name = "memo_entries_of_a_vip_are_refused",
	  .vips = VIP(",\"memo-entries\":64"),
	  .text = "line 1: " V "/memo-entries: unknown name" },
	{ .name = "gue_port_in_quotes_is_refused",
	  .top = "\"gue-port\":\"6080\",",
	  .text = "/quic-lb/gue-port: must be a JSON number" },
	{ .name = "steered_flows_in_quotes_is_refused",
	  .top = "\"steered-flows\":\"64\",",
	  .text = "/quic-lb/steered-flows: must be a JSON number" },
	{ .name = "icmp_rate_as_flag_is_refused",
	  .top = "\"icmp-rate\":false,",
	  .text = "/quic-lb/icmp-rate: must be a JSON number" },
	{ .name = "tunnel_address_without_array_is_refused",
	  .top = "\"tunnel-address\":\"192.0.2.7\",",
	  .text = "line 1: /quic-lb/tunnel-address: must be a JSON array "
		  "of values" },
	{ .name = "unknown_encapsulation_is_refused",
	  .pools = "{\"name\":\"p\",\"encapsulation\":\"gre\","
		   "\"server-id-mappings\":[" MAPPING "]}",
	  .text = P "/encapsulation: must be gue, ipip or none (got gre)" },
	{ .name = "encapsulation_of_a_server_is_refused",
	  .pools = "{\"name\":\"p\",\"server-id-mappings\":[{" MAPPED
		   ",\"encapsulation\":\"ipip\"}]}",
	  .text = "line 1: " P "/server-id-mappings[server-id='01']/"
		  "encapsulation: unknown name" },
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
	/* An ID of 16 bytes may be one: it is withheld all the same. */
	{ .name = "key_as_server_id_is_refused_untold",
	  .pools = POOL("p", KEY_COLONS),
	  .text = P "/server-id-mappings[server-id='*************************"
		    "*******']: server ID must be 1 bytes, the "
		    "server-id-length of cid-configs 'a' (got 16)" },
	{ .name = "key_and_key_file_are_refused",
	  .configs = CONFIG("a", "0",
			    WITH_KEY ",\"cid-key-file\":\"next-year.key\""),
	  .text = A ": cid-key and cid-key-file exclude each other" },
};

void deployment_add_text(void)
{
	deployment_add_rows(rows, G_N_ELEMENTS(rows));
}
