/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file for each rule on lengths, pools, VIPs and this host, with the exact
 * line the operator reads.
 */
#include "deployment.h"

static const struct row rows[] = {
	/* Ranges. */
	{ .name = "rotation_7_is_refused",
	  .configs = CONFIG("a", "7", ""),
	  .text = A "/config-rotation-bits: config rotation must be 0..6 (got "
		    "7)" },
	{ .name = "server_id_length_0_is_refused",
	  .configs = SIZED("0", "8", ""),
	  .text = A "/server-id-length: server ID length must be 1..16 bytes "
		    "(got 0)" },
	{ .name = "server_id_length_17_is_refused",
	  .configs = SIZED("17", "8", ""),
	  .text = A "/server-id-length: server ID length must be 1..16 bytes "
		    "(got 17)" },
	{ .name = "server_id_length_16_of_plain_is_refused",
	  .configs = SIZED("16", "8", ""),
	  .err = QUICLB_ERR_SERVER_ID_LEN,
	  .text = A "/server-id-length: server ID length must be 1..15 bytes "
		    "(got 16)" },
	{ .name = "nonce_length_3_of_plain_is_refused",
	  .configs = SIZED("1", "3", ""),
	  .err = QUICLB_ERR_NONCE_LEN,
	  .text = A "/nonce-length: nonce length must be 4..18 bytes (got "
		    "3)" },
	{ .name = "nonce_length_19_is_refused",
	  .configs = SIZED("1", "19", ""),
	  .text = A "/nonce-length: nonce length must be 0..18 bytes (got "
		    "19)" },
	{ .name = "nonce_length_264_is_refused",
	  .configs = SIZED("1", "264", ""),
	  .text = A "/nonce-length: nonce length must be 0..18 bytes (got "
		    "264)" },
	{ .name = "nonce_length_negative_is_refused",
	  .configs = SIZED("1", "-8", ""),
	  .text = A "/nonce-length: nonce length must be 0..18 bytes (got "
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
	{ .name = "memo_entries_1_is_refused",
	  .top = "\"memo-entries\":1,",
	  .text = "/quic-lb/memo-entries: memo entries must be 0 or "
		  "64..1048576 (got 1)" },
	{ .name = "memo_entries_63_is_refused",
	  .top = "\"memo-entries\":63,",
	  .text = "/quic-lb/memo-entries: memo entries must be 0 or "
		  "64..1048576 (got 63)" },
	{ .name = "memo_entries_1048577_is_refused",
	  .top = "\"memo-entries\":1048577,",
	  .text = "/quic-lb/memo-entries: memo entries must be 0 or "
		  "64..1048576 (got 1048577)" },
	{ .name = "memo_entries_4294967296_is_refused",
	  .top = "\"memo-entries\":4294967296,",
	  .text = "/quic-lb/memo-entries: memo entries must be 0 or "
		  "64..1048576 (got 4294967296)" },
	{ .name = "memo_entries_negative_is_refused",
	  .top = "\"memo-entries\":-1,",
	  .text = "/quic-lb/memo-entries: memo entries must be 0 or "
		  "64..1048576 (got -1)" },
	{ .name = "memo_entries_fraction_is_refused",
	  .top = "\"memo-entries\":64.5,",
	  .text = "/quic-lb/memo-entries: memo entries must be 0 or "
		  "64..1048576 (got 64.5)" },
	{ .name = "cold_decode_rate_0_is_refused",
	  .top = "\"cold-decode-rate\":0,",
	  .text = "/quic-lb/cold-decode-rate: cold decode rate must be "
		  "1..1000000000 (got 0)" },
	{ .name = "cold_decode_rate_1000000001_is_refused",
	  .top = "\"cold-decode-rate\":1000000001,",
	  .text = "/quic-lb/cold-decode-rate: cold decode rate must be "
		  "1..1000000000 (got 1000000001)" },
	{ .name = "cold_decode_rate_negative_is_refused",
	  .top = "\"cold-decode-rate\":-7,",
	  .text = "/quic-lb/cold-decode-rate: cold decode rate must be "
		  "1..1000000000 (got -7)" },
	{ .name = "cold_decode_rate_4294967297_is_refused",
	  .top = "\"cold-decode-rate\":4294967297,",
	  .text = "/quic-lb/cold-decode-rate: cold decode rate must be "
		  "1..1000000000 (got 4294967297)" },
	{ .name = "steered_flows_1_is_refused",
	  .top = "\"steered-flows\":1,",
	  .text = "/quic-lb/steered-flows: steered flows must be 0 or "
		  "64..16777216 (got 1)" },
	{ .name = "steered_flows_63_is_refused",
	  .top = "\"steered-flows\":63,",
	  .text = "/quic-lb/steered-flows: steered flows must be 0 or "
		  "64..16777216 (got 63)" },
	{ .name = "steered_flows_16777217_is_refused",
	  .top = "\"steered-flows\":16777217,",
	  .text = "/quic-lb/steered-flows: steered flows must be 0 or "
		  "64..16777216 (got 16777217)" },
	{ .name = "steered_flows_4294967296_is_refused",
	  .top = "\"steered-flows\":4294967296,",
	  .text = "/quic-lb/steered-flows: steered flows must be 0 or "
		  "64..16777216 (got 4294967296)" },
	{ .name = "steered_flows_minus_1_is_refused",
	  .top = "\"steered-flows\":-1,",
	  .text = "/quic-lb/steered-flows: steered flows must be 0 or "
		  "64..16777216 (got -1)" },
	{ .name = "icmp_rate_1000000001_is_refused",
	  .top = "\"icmp-rate\":1000000001,",
	  .text = "/quic-lb/icmp-rate: ICMP rate must be 0..1000000000 (got "
		  "1000000001)" },
	{ .name = "icmp_rate_minus_1_is_refused",
	  .top = "\"icmp-rate\":-1,",
	  .text = "/quic-lb/icmp-rate: ICMP rate must be 0..1000000000 (got "
		  "-1)" },
	{ .name = "icmp_rate_4294967297_is_refused",
	  .top = "\"icmp-rate\":4294967297,",
	  .text = "/quic-lb/icmp-rate: ICMP rate must be 0..1000000000 (got "
		  "4294967297)" },
	{ .name = "gue_port_0_is_refused",
	  .top = "\"gue-port\":0,",
	  .text = "/quic-lb/gue-port: port must be 1..65535 (got 0)" },
	{ .name = "gue_port_65536_is_refused",
	  .top = "\"gue-port\":65536,",
	  .text = "/quic-lb/gue-port: port must be 1..65535 (got 65536)" },
	{ .name = "gue_port_minus_6080_is_refused",
	  .top = "\"gue-port\":-6080,",
	  .text = "/quic-lb/gue-port: port must be 1..65535 (got -6080)" },
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
	/* Server pools. */
	{ .name = "no_pool_is_refused",
	  .pools = "",
	  .text = "/quic-lb/server-pool: at least one is needed" },
	{ .name = "empty_pool_is_refused",
	  .pools = "{\"name\":\"p\"}",
	  .text = P "/server-id-mappings: at least one is needed" },
	{ .name = "odd_server_id_is_refused",
	  .pools = POOL("p", "012"),
	  .text = P "/server-id-mappings/server-id: server ID must be 1..16 "
		    "bytes: pairs of hex digits, with or without colons "
		    "between them (got 012)" },
	{ .name = "server_id_that_is_no_hex_is_refused",
	  .pools = POOL("p", "0g"),
	  .text = P "/server-id-mappings/server-id: server ID must be 1..16 "
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
	/* Tunnels. */
	{ .name = "multicast_tunnel_address_is_refused",
	  .top = "\"tunnel-address\":[\"192.0.2.7\",\"224.0.0.1\"],",
	  .text = "/quic-lb/tunnel-address: must be a unicast address (got "
		  "224.0.0.1)" },
	{ .name = "multicast_v6_tunnel_address_is_refused",
	  .top = "\"tunnel-address\":[\"192.0.2.7\",\"ff02::1\"],",
	  .text = "/quic-lb/tunnel-address: must be a unicast address (got "
		  "ff02::1)" },
	{ .name = "unspecified_tunnel_address_is_refused",
	  .top = "\"tunnel-address\":[\"192.0.2.7\",\"0.0.0.0\"],",
	  .text = "/quic-lb/tunnel-address: must be a unicast address (got "
		  "0.0.0.0)" },
	{ .name = "unspecified_v6_tunnel_address_is_refused",
	  .top = "\"tunnel-address\":[\"192.0.2.7\",\"::\"],",
	  .text = "/quic-lb/tunnel-address: must be a unicast address (got "
		  "::)" },
	{ .name = "tunnel_address_name_is_refused",
	  .top = "\"tunnel-address\":[\"lb.example\"],",
	  .text = "/quic-lb/tunnel-address: must be an IPv4 or IPv6 address "
		  "(got lb.example)" },
	{ .name = "tunnel_address_twice_is_refused",
	  .top = "\"tunnel-address\":[\"192.0.2.7\",\"192.0.2.7\"],",
	  .text = "/quic-lb/tunnel-address[.='192.0.2.7']: is there twice" },
	{ .name = "multicast_tunnel_peer_is_refused",
	  .top = "\"tunnel-peer\":[\"192.0.2.7\",\"224.0.0.1\"],",
	  .text = "/quic-lb/tunnel-peer: must be a unicast address (got "
		  "224.0.0.1)" },
	{ .name = "multicast_v6_tunnel_peer_is_refused",
	  .top = "\"tunnel-peer\":[\"192.0.2.7\",\"ff02::1\"],",
	  .text = "/quic-lb/tunnel-peer: must be a unicast address (got "
		  "ff02::1)" },
	{ .name = "unspecified_tunnel_peer_is_refused",
	  .top = "\"tunnel-peer\":[\"192.0.2.7\",\"0.0.0.0\"],",
	  .text = "/quic-lb/tunnel-peer: must be a unicast address (got "
		  "0.0.0.0)" },
	{ .name = "unspecified_v6_tunnel_peer_is_refused",
	  .top = "\"tunnel-peer\":[\"192.0.2.7\",\"::\"],",
	  .text = "/quic-lb/tunnel-peer: must be a unicast address (got ::)" },
	{ .name = "tunnel_peer_name_is_refused",
	  .top = "\"tunnel-peer\":[\"lb.example\"],",
	  .text = "/quic-lb/tunnel-peer: must be an IPv4 or IPv6 address or "
		  "prefix (got "
		  "lb.example)" },
	{ .name = "tunnel_peer_twice_is_refused",
	  .top = "\"tunnel-peer\":[\"192.0.2.7\",\"192.0.2.7\"],",
	  .text = "/quic-lb/tunnel-peer[.='192.0.2.7']: is there twice" },
	{ .name = "multicast_tunnel_balancer_is_refused",
	  .top = "\"tunnel-balancer\":[\"192.0.2.7\",\"224.0.0.1\"],",
	  .text = "/quic-lb/tunnel-balancer: must be a unicast address (got "
		  "224.0.0.1)" },
	{ .name = "multicast_v6_tunnel_balancer_is_refused",
	  .top = "\"tunnel-balancer\":[\"192.0.2.7\",\"ff02::1\"],",
	  .text = "/quic-lb/tunnel-balancer: must be a unicast address (got "
		  "ff02::1)" },
	{ .name = "unspecified_tunnel_balancer_is_refused",
	  .top = "\"tunnel-balancer\":[\"192.0.2.7\",\"0.0.0.0\"],",
	  .text = "/quic-lb/tunnel-balancer: must be a unicast address (got "
		  "0.0.0.0)" },
	{ .name = "unspecified_v6_tunnel_balancer_is_refused",
	  .top = "\"tunnel-balancer\":[\"192.0.2.7\",\"::\"],",
	  .text = "/quic-lb/tunnel-balancer: must be a unicast address (got "
		  "::)" },
	{ .name = "tunnel_balancer_name_is_refused",
	  .top = "\"tunnel-balancer\":[\"lb.example\"],",
	  .text = "/quic-lb/tunnel-balancer: must be an IPv4 or IPv6 address "
		  "or prefix "
		  "(got lb.example)" },
	{ .name = "tunnel_balancer_twice_is_refused",
	  .top = "\"tunnel-balancer\":[\"192.0.2.7\",\"192.0.2.7\"],",
	  .text = "/quic-lb/tunnel-balancer[.='192.0.2.7']: is there twice" },
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

void deployment_add_rules(void)
{
	deployment_add_rows(rows, G_N_ELEMENTS(rows));
}
