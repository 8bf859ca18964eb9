/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes of tunnels: many addresses that IP in IP may begin at here, and many
 * that tunnels may come from.
 */
#include <bpf/bpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <string.h>

#include "deploy.h"
#include "farm.h"
#include "netns.h"
#include "unit.h"

enum { SELF4, SELF6, FAR4, FAR6, NEAR, N_SERVERS };
static const char *const addresses[N_SERVERS] = {
	[SELF4] = "192.0.2.1",	[SELF6] = "2001:db8:1::1",
	[FAR4] = "198.18.0.10", [FAR6] = "2001:db8:9::10",
	[NEAR] = "192.0.2.20",
};

static const uint8_t router_mac[6] = { 2, 0, 0, 0, 0xfe, 0xfe };
static const uint8_t near_mac[6] = { 2, 0, 0, 0, 0xaa, 0x20 };

static struct quiclb_deployment *deployment(uint8_t encapsulation)
{
	return farm_new(addresses, N_SERVERS, 2, encapsulation);
}

/* ---- where IP in IP begins ---------------------------------------------- */

static void start_sources(uint8_t encapsulation, const char *v4, const char *v6)
{
	struct quiclb_deployment *const d = deployment(encapsulation);

	if (v4)
		d->ipip_sources[d->n_ipip_sources++] = farm_prefix(v4);
	if (v6)
		d->ipip_sources[d->n_ipip_sources++] = farm_prefix(v6);
	farm_use(d);
}

/* Runs it; the outer source that it left with. */
static void run(const struct frame *in, uint8_t family, uint8_t source[16])
{
	struct rig_result result;

	rig_run(&farm_rig, in->bytes, in->len, &result);
	g_assert_cmpstr(quicsteer_reason_name(result.reason), ==, "steered");
	memset(source, 0, 16);
	memcpy(source, result.frame + 14 + (family == 4 ? 12 : 8),
	       family == 4 ? 4 : 16);
}

static struct frame flow(int vip, int server, unsigned int port)
{
	struct frame in = farm_frame(vip, server);

	frame_put16(&in, in.l4, port);
	return in;
}

static int in_prefix(const uint8_t *address, const struct quiclb_prefix *p)
{
	unsigned int i;

	for (i = 0; i < p->len; i++)
		if ((address[i / 8] ^ p->address.bytes[i / 8]) & 0x80 >> i % 8)
			return 0;
	return 1;
}

#define FLOWS 600

/* How many different sources there are; each flow keeps its own. */
static size_t count_sources(int vip, int server, const char *prefix)
{
	const struct quiclb_prefix p = farm_prefix(prefix);
	const uint8_t family = p.address.family;
	GHashTable *const seen =
		g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
				      (GDestroyNotify)g_bytes_unref, NULL);
	uint8_t source[16], again[16];
	unsigned int i;
	size_t n;

	for (i = 0; i < FLOWS; i++) {
		const struct frame in = flow(vip, server, 1024 + 13 * i);
		const struct frame next = flow(vip, server, 1024 + 13 * i);

		run(&in, family, source);
		run(&next, family, again);
		g_assert_cmpmem(source, 16, again, 16);
		g_assert_true(in_prefix(source, &p));
		g_hash_table_add(seen, g_bytes_new(source, sizeof(source)));
	}
	n = g_hash_table_size(seen);
	g_hash_table_unref(seen);
	return n;
}

/* Of 2^bits addresses: FLOWS by chance find nearly that many, or all. */
static void spreads(int vip, int server, const char *prefix, size_t at_least,
		    size_t at_most)
{
	const size_t n = count_sources(vip, server, prefix);

	g_test_message("%s: %zu addresses for %d flows", prefix, n, FLOWS);
	g_assert_cmpuint(n, >=, at_least);
	g_assert_cmpuint(n, <=, at_most);
}

static void flows_spread_over_ipv4(void)
{
	static const struct {
		const char *prefix;
		size_t at_least, at_most;
	} rows[] = {
		{ "100.64.3.7/32", 1, 1 },
		{ "100.64.3.6/31", 2, 2 },
		{ "100.64.3.0/28", 16, 16 },
		{ "100.64.3.128/25", 100, 128 },
		{ "100.64.3.0/24", 180, 256 },
		{ "100.64.0.0/16", 400, FLOWS },
		{ "100.64.0.0/10", 500, FLOWS },
		{ "64.0.0.0/4", 500, FLOWS },
	};
	size_t i;
	int vip;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		start_sources(QUICLB_ENCAPSULATION_IPIP, rows[i].prefix, NULL);
		for (vip = 0; vip < FARM_N_VIPS; vip++)
			spreads(vip, FAR4, rows[i].prefix, rows[i].at_least,
				rows[i].at_most);
	}
}

/* Of a long prefix the last 32 bits are used: the others stay zero. */
static void flows_spread_over_ipv6(void)
{
	static const struct {
		const char *prefix, *within;
		size_t at_least, at_most;
	} rows[] = {
		{ "2001:db8:a::7/128", "2001:db8:a::7/128", 1, 1 },
		{ "2001:db8:a::/126", "2001:db8:a::/126", 4, 4 },
		{ "2001:db8:a::ff00/120", "2001:db8:a::ff00/120", 180, 256 },
		{ "2001:db8:a::/96", "2001:db8:a::/96", 500, FLOWS },
		{ "2001:db8:a::/64", "2001:db8:a::/96", 500, FLOWS },
		{ "2000::/8", "2000::/96", 500, FLOWS },
	};
	size_t i;
	int vip;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		start_sources(QUICLB_ENCAPSULATION_IPIP, NULL, rows[i].prefix);
		for (vip = 0; vip < FARM_N_VIPS; vip++)
			spreads(vip, FAR6, rows[i].within, rows[i].at_least,
				rows[i].at_most);
	}
}

/* The rest of the outer packet is what it is without: sums included. */
static void all_else_stays(void)
{
	struct farm_wrap w;
	struct frame in, out;
	struct rig_result result;
	char source[46];
	struct quiclb_address address = { .family = 4 };
	unsigned int i;

	start_sources(QUICLB_ENCAPSULATION_IPIP, "100.64.0.0/16", NULL);
	for (i = 0; i < 200; i++) {
		in = flow(FARM_VIP4, FAR4, 1 + 300 * i);
		rig_run(&farm_rig, in.bytes, in.len, &result);
		memcpy(address.bytes, result.frame + 26, 4);
		quiclb_address_format(&address, source, sizeof(source));
		w = farm_wrap_of(source, addresses[FAR4], FARM_IPIP);
		out = in;
		frame_forward(&out, router_mac, netns_left_mac);
		out = farm_wrapped(&out, &w);
		g_assert_cmpmem(result.frame, result.len, out.bytes, out.len);
	}
}

static void gue_begins_where_it_did(void)
{
	uint8_t source[16];
	struct frame in;

	start_sources(QUICLB_ENCAPSULATION_GUE, "100.64.0.0/16",
		      "2001:db8:a::/64");
	in = flow(FARM_VIP4, FAR4, 4711);
	run(&in, 4, source);
	g_assert_cmpmem(source, 16, farm_address(addresses[SELF4]).bytes, 16);
	in = flow(FARM_VIP4, FAR6, 4711);
	run(&in, 6, source);
	g_assert_cmpmem(source, 16, farm_address(addresses[SELF6]).bytes, 16);
}

/* The family that has no prefix begins where it did. */
static void other_family_begins_where_it_did(void)
{
	uint8_t source[16];
	struct frame in;

	start_sources(QUICLB_ENCAPSULATION_IPIP, "100.64.0.0/16", NULL);
	in = flow(FARM_VIP4, FAR6, 4711);
	run(&in, 6, source);
	g_assert_cmpmem(source, 16, farm_address(addresses[SELF6]).bytes, 16);
	start_sources(QUICLB_ENCAPSULATION_IPIP, NULL, "2001:db8:a::/64");
	in = flow(FARM_VIP4, FAR4, 4711);
	run(&in, 4, source);
	g_assert_cmpmem(source, 16, farm_address(addresses[SELF4]).bytes, 16);
}

/* A balancer's packets, that another server gets, spread as well. */
static void retargeted_flows_spread(void)
{
	const struct quiclb_prefix p = farm_prefix("100.64.0.0/16");
	struct quiclb_deployment *const d =
		deployment(QUICLB_ENCAPSULATION_GUE);
	uint8_t source[16], first[16];
	unsigned int i, n_other = 0;

	d->ipip_sources[d->n_ipip_sources++] = p;
	d->tunnel_balancers[d->n_tunnel_balancers++] =
		farm_prefix("172.16.0.0/16");
	farm_use(d);
	for (i = 0; i < 100; i++) {
		const struct frame in = flow(FARM_VIP4, FAR4, 1 + 600 * i);
		const struct farm_wrap w =
			farm_wrap_of("172.16.7.9", addresses[SELF4], FARM_IPIP);
		const struct frame t = farm_wrapped(&in, &w);

		run(&t, 4, source);
		g_assert_true(in_prefix(source, &p));
		if (!i)
			memcpy(first, source, 16);
		n_other += memcmp(first, source, 16) != 0;
	}
	g_assert_cmpuint(n_other, >, 90);
}

/* ---- where tunnels come from -------------------------------------------- */

/* What the program makes of a tunnel from there, for a server that is near. */
static void from(const char *source, enum quiclb_reason reason)
{
	const struct quiclb_address address = farm_address(source);
	const char *const self = addresses[address.family == 4 ? SELF4 : SELF6];
	const struct frame in = farm_frame(FARM_VIP4, NEAR);
	struct rig_result result;
	int kind;

	for (kind = 0; kind < FARM_N_KINDS; kind++) {
		const struct farm_wrap w = farm_wrap_of(source, self, kind);
		const struct frame t = farm_wrapped(&in, &w);

		rig_run(&farm_rig, t.bytes, t.len, &result);
		g_test_message("%s: %s", source,
			       quicsteer_reason_name(result.reason));
		g_assert_cmpstr(quicsteer_reason_name(result.reason), ==,
				quicsteer_reason_name(reason));
	}
}

/* A balancer's goes on; its family is the server's, so it can. */
#define BALANCERS QUICLB_REASON_STEERED
#define PEERS QUICLB_REASON_DECAPSULATED
#define NOBODYS QUICLB_REASON_NOT_VIP

static void add(struct quiclb_prefix *prefixes, size_t *n, const char *text)
{
	g_assert_cmpuint(*n, <, QUICLB_MAX_TUNNELS);
	prefixes[(*n)++] = farm_prefix(text);
}

static void start_origins(const char *const *balancers,
			  const char *const *peers)
{
	struct quiclb_deployment *const d =
		deployment(QUICLB_ENCAPSULATION_GUE);

	for (; *balancers; balancers++)
		add(d->tunnel_balancers, &d->n_tunnel_balancers, *balancers);
	for (; *peers; peers++)
		add(d->tunnel_peers, &d->n_tunnel_peers, *peers);
	farm_use(d);
}

static const char *const nobody[] = { NULL };

static void all_of_a_prefix_count(void)
{
	static const char *const balancers[] = { "172.16.0.0/16", NULL };
	static const char *const peers[] = { "100.64.0.0/10",
					     "2001:db8:aa::/48", NULL };

	start_origins(balancers, peers);
	from("172.16.0.0", BALANCERS);
	from("172.16.0.1", BALANCERS);
	from("172.16.255.255", BALANCERS);
	from("172.15.255.255", NOBODYS);
	from("172.17.0.0", NOBODYS);
	from("100.64.0.1", PEERS);
	from("100.127.255.255", PEERS);
	from("100.63.255.255", NOBODYS);
	from("100.128.0.0", NOBODYS);
	from("2001:db8:aa::1", PEERS);
	from("2001:db8:aa:ffff:ffff:ffff:ffff:ffff", PEERS);
	from("2001:db8:ab::", NOBODYS);
	from("2001:db8:a9:ffff::", NOBODYS);
}

static void longest_wins(void)
{
	static const char *const balancers[] = { "10.0.0.0/8", "10.1.2.0/24",
						 "10.9.9.9", NULL };
	static const char *const peers[] = { "10.1.0.0/16", "10.1.2.128/25",
					     "10.1.2.5", NULL };

	start_origins(balancers, peers);
	from("10.2.0.1", BALANCERS);
	from("10.1.0.1", PEERS);
	from("10.1.2.1", BALANCERS);
	from("10.1.2.129", PEERS);
	from("10.1.2.5", PEERS);
	from("10.1.2.6", BALANCERS);
	from("10.9.9.9", BALANCERS);
}

/* A server's address, and this host's own, are what they are. */
static void an_address_beats_prefixes(void)
{
	static const char *const balancers[] = { "198.18.0.0/24",
						 "192.0.2.0/24", NULL };

	start_origins(balancers, nobody);
	from("198.18.0.9", BALANCERS);
	from("198.18.0.10", PEERS);
	from("192.0.2.1", NOBODYS);
	from("192.0.2.20", PEERS);
}

/* The first 4 bytes of an IPv6 address are no IPv4 address. */
static void families_are_apart(void)
{
	static const char *const v4[] = { "32.1.13.184/30", NULL };
	static const char *const v6[] = { "2001:db8::/30", NULL };

	start_origins(nobody, v4);
	from("32.1.13.184", PEERS);
	from("2001:db8:77::1", NOBODYS);
	start_origins(nobody, v6);
	from("2001:db8:77::1", PEERS);
	from("32.1.13.184", NOBODYS);
}

static size_t n_prefixes(void)
{
	struct quicsteer_error error;
	void *keys, *values;
	size_t n;

	g_assert_cmpint(quicsteer_maps_dump(&farm_rig.maps, QUICSTEER_PREFIXES,
					    &keys, &values, &n, &error),
			==, 0);
	g_free(keys);
	g_free(values);
	return n;
}

static void reload_takes_them_away(void)
{
	static const char *const one[] = { "10.0.0.0/8", "10.1.0.0/16", NULL };
	static const char *const two[] = { "10.1.0.0/16", NULL };

	start_origins(one, nobody);
	from("10.1.0.1", BALANCERS);
	g_assert_cmpuint(n_prefixes(), ==, 2);
	start_origins(nobody, two);
	from("10.1.0.1", PEERS);
	from("10.2.0.1", NOBODYS);
	g_assert_cmpuint(n_prefixes(), ==, 1);
	start_origins(nobody, nobody);
	from("10.1.0.1", NOBODYS);
	g_assert_cmpuint(n_prefixes(), ==, 0);
}

/* A generation that is written, but not in force. */
static void other_generations_are_not_seen(void)
{
	struct quiclb_prefix_key key = { .prefix_len = QUICLB_PREFIX_BITS(16),
					 .family = 4,
					 .address = { 10, 1 } };
	static const char *const one[] = { "10.2.0.0/16", NULL };
	const uint32_t peer = QUICLB_ENDPOINT_PEER;
	int i;

	start_origins(one, nobody);
	key.generation = farm_rig.control.generation + 1;
	g_assert_cmpint(
		bpf_map_update_elem(farm_rig.maps.fd[QUICSTEER_PREFIXES], &key,
				    &peer, BPF_ANY),
		==, 0);
	key.generation = farm_rig.control.generation - 1;
	g_assert_cmpint(
		bpf_map_update_elem(farm_rig.maps.fd[QUICSTEER_PREFIXES], &key,
				    &peer, BPF_ANY),
		==, 0);
	from("10.1.0.1", NOBODYS);
	from("10.2.0.1", BALANCERS);
	for (i = 0; i < 2; i++) /* both are swept */
		start_origins(nobody, nobody);
	g_assert_cmpuint(n_prefixes(), ==, 0);
}

/* As many as a file may have, twice: two generations. */
static void all_that_a_file_has_fit(void)
{
	struct quiclb_deployment *d;
	char text[32];
	unsigned int i, round;

	for (round = 0; round < 2; round++) {
		d = deployment(QUICLB_ENCAPSULATION_GUE);
		for (i = 0; i < QUICLB_MAX_TUNNELS; i++) {
			g_snprintf(text, sizeof(text), "10.%u.0.0/16", i);
			add(d->tunnel_balancers, &d->n_tunnel_balancers, text);
			g_snprintf(text, sizeof(text), "11.%u.0.0/17", i);
			add(d->tunnel_peers, &d->n_tunnel_peers, text);
		}
		farm_use(d);
	}
	g_assert_cmpuint(n_prefixes(), ==, 2 * QUICLB_MAX_TUNNELS);
	for (i = 0; i < QUICLB_MAX_TUNNELS; i++) {
		g_snprintf(text, sizeof(text), "10.%u.255.1", i);
		from(text, BALANCERS);
		g_snprintf(text, sizeof(text), "11.%u.127.1", i);
		from(text, PEERS);
		g_snprintf(text, sizeof(text), "11.%u.128.1", i);
		from(text, NOBODYS);
	}
}

static const struct unit_case cases[] = {
	{ "flows_spread_over_ipv4", flows_spread_over_ipv4 },
	{ "flows_spread_over_ipv6", flows_spread_over_ipv6 },
	{ "all_else_stays", all_else_stays },
	{ "gue_begins_where_it_did", gue_begins_where_it_did },
	{ "other_family_begins_where_it_did",
	  other_family_begins_where_it_did },
	{ "retargeted_flows_spread", retargeted_flows_spread },
	{ "all_of_a_prefix_count", all_of_a_prefix_count },
	{ "longest_wins", longest_wins },
	{ "an_address_beats_prefixes", an_address_beats_prefixes },
	{ "families_are_apart", families_are_apart },
	{ "reload_takes_them_away", reload_takes_them_away },
	{ "other_generations_are_not_seen", other_generations_are_not_seen },
	{ "all_that_a_file_has_fit", all_that_a_file_has_fit },
};

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	netns_neighbour("left", "192.0.2.254", router_mac);
	netns_neighbour("left", "2001:db8:1::fe", router_mac);
	netns_neighbour("left", addresses[NEAR], near_mac);
	netns_ip("route add 198.18.0.0/24 via 192.0.2.254");
	netns_ip("route add 2001:db8:9::/64 via 2001:db8:1::fe");
	farm_open(N_SERVERS);
	unit_add("prefixes", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&farm_rig);
	return result;
}
