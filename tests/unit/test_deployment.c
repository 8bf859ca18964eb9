/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files: one that says everything there is to say, and in the
 * other files of this program one for each rule that breaks it.
 */
#include "deployment.h"

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

/* The only config that a first octet selects, or -1. */
static int selected(const struct quiclb_vip *vip, size_t codepoint)
{
	size_t i;

	for (i = 1; i < QUICLB_N_TENANTS; i++)
		g_assert_cmpint(vip->cid_configs[codepoint][i], ==, -1);
	return vip->cid_configs[codepoint][0];
}

static void test_vips(void)
{
	static const int want[2][QUICLB_N_CODEPOINTS] = {
		{ 0, 1, -1, -1, -1, -1, -1, -1 },
		{ -1, 2, -1, -1, -1, -1, -1, -1 },
	};
	struct quiclb_deployment *deployment = load_valid();
	size_t i, c;

	g_assert_cmpuint(deployment->n_vips, ==, 2);
	assert_address(&deployment->vips[0].address, "203.0.113.1");
	g_assert_cmpuint(deployment->vips[0].port, ==, 443);
	assert_address(&deployment->vips[1].address, "2001:db8:1::1");
	g_assert_cmpuint(deployment->vips[1].port, ==, 8443);
	for (i = 0; i < 2; i++) {
		g_assert_cmpuint(deployment->vips[i].reserved, ==, 0x80);
		for (c = 0; c < QUICLB_N_CODEPOINTS; c++)
			g_assert_cmpint(selected(&deployment->vips[i], c), ==,
					want[i][c]);
	}
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
	g_assert_cmpstr(deployment->cid_configs[1].tenant, ==, "");
	g_assert_cmpint(selected(&deployment->vips[0], 0), ==, 0);
	g_assert_cmpint(selected(&deployment->vips[0], 5), ==, -1);
	g_assert_cmpint(selected(&deployment->vips[0], 6), ==, 1);
	g_assert_cmpuint(deployment->pools[0].servers[0].state, ==,
			 QUICLB_SERVER_UP);
	g_assert_cmpuint(deployment->vips[0].server_down, ==,
			 QUICLB_DOWN_LOCAL);
	g_assert_cmpuint(deployment->vips[0].pass_initial, ==, 0);
	g_assert_cmpuint(deployment->vips[0].demultiplex, ==, 0);
	g_assert_cmpuint(deployment->memo_entries, ==, 65536);
	g_assert_cmpuint(deployment->cold_decode_rate, ==, 0);
	g_assert_cmpuint(deployment->n_flows, ==, 65536);
	g_assert_cmpuint(deployment->icmp_rate, ==, 1000);
	g_assert_cmpuint(deployment->gue_port, ==, 6080);
	g_assert_cmpuint(deployment->n_tunnel_addresses, ==, 0);
	g_assert_cmpuint(deployment->n_tunnel_peers, ==, 0);
	g_assert_cmpuint(deployment->n_tunnel_balancers, ==, 0);
	g_assert_cmpuint(deployment->pools[0].encapsulation, ==,
			 QUICLB_ENCAPSULATION_GUE);
	quiclb_deployment_free(deployment);
}

/* A power of two, never fewer than the file says; and no leaf reads another's.
 */
static void test_limits(void)
{
	static const struct {
		const char *top;
		uint32_t memo_entries, cold_decode_rate;
	} rows[] = {
		{ "\"memo-entries\":0,", 0, 0 },
		{ "\"memo-entries\":64,", 64, 0 },
		{ "\"memo-entries\":65,", 128, 0 },
		{ "\"memo-entries\":127,", 128, 0 },
		{ "\"memo-entries\":128,", 128, 0 },
		{ "\"memo-entries\":65535,", 65536, 0 },
		{ "\"memo-entries\":65536,", 65536, 0 },
		{ "\"memo-entries\":65537,", 131072, 0 },
		{ "\"memo-entries\":524289,", 1048576, 0 },
		{ "\"memo-entries\":1048576,", 1048576, 0 },
		{ "\"cold-decode-rate\":1,", 65536, 1 },
		{ "\"cold-decode-rate\":70000,", 65536, 70000 },
		{ "\"cold-decode-rate\":1000000000,", 65536, 1000000000 },
		{ "\"memo-entries\":0,\"cold-decode-rate\":1,", 0, 1 },
		{ "\"cold-decode-rate\":64,\"memo-entries\":100,", 128, 64 },
	};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct row row = { .top = rows[i].top };
		struct quiclb_deployment *deployment = parse(&row);

		g_assert_cmpuint(deployment->memo_entries, ==,
				 rows[i].memo_entries);
		g_assert_cmpuint(deployment->cold_decode_rate, ==,
				 rows[i].cold_decode_rate);
		quiclb_deployment_free(deployment);
	}
}

/* The same for tunnels and flows. */
static void test_flow_limits(void)
{
	static const struct {
		const char *top;
		uint32_t n_flows, icmp_rate;
		uint16_t gue_port;
	} rows[] = {
		{ "\"steered-flows\":0,", 0, 1000, 6080 },
		{ "\"steered-flows\":64,", 64, 1000, 6080 },
		{ "\"steered-flows\":65,", 65, 1000, 6080 },
		{ "\"steered-flows\":16777216,", 16777216, 1000, 6080 },
		{ "\"icmp-rate\":0,", 65536, 0, 6080 },
		{ "\"icmp-rate\":1,", 65536, 1, 6080 },
		{ "\"icmp-rate\":1000000000,", 65536, 1000000000, 6080 },
		{ "\"gue-port\":1,", 65536, 1000, 1 },
		{ "\"gue-port\":65535,", 65536, 1000, 65535 },
		{ "\"gue-port\":7,\"icmp-rate\":8,\"steered-flows\":90,", 90, 8,
		  7 },
	};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct row row = { .top = rows[i].top };
		struct quiclb_deployment *deployment = parse(&row);

		g_assert_cmpuint(deployment->n_flows, ==, rows[i].n_flows);
		g_assert_cmpuint(deployment->icmp_rate, ==, rows[i].icmp_rate);
		g_assert_cmpuint(deployment->gue_port, ==, rows[i].gue_port);
		quiclb_deployment_free(deployment);
	}
}

/* In the file's order: tunnels begin at the first of each family. */
static void test_tunnels(void)
{
	static const struct row row = {
		.top = "\"tunnel-address\":[\"192.0.2.8\",\"2001:db8::8\","
		       "\"192.0.2.7\"],\"tunnel-peer\":[\"192.0.2.9\"],"
		       "\"tunnel-balancer\":[\"2001:db8::9\",\"192.0.2.5\"],"
	};
	struct quiclb_deployment *d = parse(&row);

	g_assert_cmpuint(d->n_tunnel_addresses, ==, 3);
	assert_address(&d->tunnel_addresses[0], "192.0.2.8");
	assert_address(&d->tunnel_addresses[1], "2001:db8::8");
	assert_address(&d->tunnel_addresses[2], "192.0.2.7");
	g_assert_cmpuint(d->n_tunnel_peers, ==, 1);
	assert_address(&d->tunnel_peers[0].address, "192.0.2.9");
	g_assert_cmpuint(d->n_tunnel_balancers, ==, 2);
	assert_address(&d->tunnel_balancers[0].address, "2001:db8::9");
	assert_address(&d->tunnel_balancers[1].address, "192.0.2.5");
	quiclb_deployment_free(d);
}

/* Of each pool its own; their numbers stand in maps. */
static void test_encapsulations(void)
{
	static const struct row row = {
		.pools = "{\"name\":\"p\",\"encapsulation\":\"none\","
			 "\"server-id-mappings\":[" MAPPING "]},"
			 "{\"name\":\"q\",\"encapsulation\":\"ipip\","
			 "\"server-id-mappings\":[" MAPPING "]},"
			 "{\"name\":\"r\",\"encapsulation\":\"gue\","
			 "\"server-id-mappings\":[" MAPPING "]}",
		.configs = CONFIG("a", "0", ",\"server-pool\":\"p\""),
	};
	struct quiclb_deployment *d = parse(&row);

	g_assert_cmpuint(d->n_pools, ==, 3);
	g_assert_cmpuint(d->pools[0].encapsulation, ==, 2);
	g_assert_cmpuint(d->pools[1].encapsulation, ==, 1);
	g_assert_cmpuint(d->pools[2].encapsulation, ==, 0);
	quiclb_deployment_free(d);
}

/* Their numbers are frozen: they stand in maps. */
static void test_states(void)
{
	static const char *const states[] = { "up", "draining", "down" };
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autofree char *pools =
			g_strdup_printf(WITH_STATE("\"%s\""), states[i]);
		const struct row row = { .pools = pools };
		struct quiclb_deployment *deployment = parse(&row);

		g_assert_cmpuint(deployment->pools[0].servers[0].state, ==, i);
		quiclb_deployment_free(deployment);
	}
}

/* All combinations: no leaf reads another's. */
static void test_policies(void)
{
	static const char *const downs[] = { "local", "steer", "drop" };
	static const char *const initials[] = { "decode", "pass" };
	static const char *const flags[] = { "false", "true" };
	unsigned int i;

	for (i = 0; i < 12; i++) {
		const unsigned int down = i % 3, initial = i / 3 % 2;
		g_autofree char *vips = g_strdup_printf(
			VIP(",\"server-down\":\"%s\",\"initial\":\"%s\","
			    "\"demultiplex\":%s") ","
						  "{\"address\":\"192.0.2.3\","
						  "\"port\":443}",
			downs[down], initials[initial], flags[i / 6]);
		const struct row row = { .vips = vips };
		struct quiclb_deployment *deployment = parse(&row);
		const struct quiclb_vip *const vip = deployment->vips;

		g_assert_cmpuint(vip->server_down, ==, down);
		g_assert_cmpuint(vip->pass_initial, ==, initial);
		g_assert_cmpuint(vip->demultiplex, ==, i / 6);
		g_assert_cmpuint(vip[1].server_down, ==, 0);
		g_assert_cmpuint(vip[1].pass_initial, ==, 0);
		g_assert_cmpuint(vip[1].demultiplex, ==, 0);
		quiclb_deployment_free(deployment);
	}
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

static const struct deployment_case cases[] = {
	{ "/deployment/valid_file_gives_pools", test_pools },
	{ "/deployment/valid_file_gives_cid_configs", test_cid_configs },
	{ "/deployment/valid_file_gives_key_of_key_file", test_key_file },
	{ "/deployment/valid_file_gives_vips", test_vips },
	{ "/deployment/absent_leaves_take_defaults", test_defaults },
	{ "/deployment/every_state_is_taken", test_states },
	{ "/deployment/every_policy_is_taken", test_policies },
	{ "/deployment/every_limit_is_taken", test_limits },
	{ "/deployment/every_limit_of_flows_is_taken", test_flow_limits },
	{ "/deployment/tunnel_ends_are_taken_in_order", test_tunnels },
	{ "/deployment/every_encapsulation_is_taken", test_encapsulations },
	{ "/deployment/balancer_is_taken", test_balancer },
	{ "/deployment/space_behind_the_object_is_taken", test_space_behind },
	{ "/deployment/set_local_replaces_the_marks", test_set_local },
	{ "/deployment/addresses_survive_a_round_trip", test_addresses },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	deployment_add_cases(cases, G_N_ELEMENTS(cases));
	deployment_add_text();
	deployment_add_rules();
	deployment_add_layouts();
	deployment_add_prefixes();
	deployment_add_sharing();
	deployment_add_files();
	return g_test_run();
}
