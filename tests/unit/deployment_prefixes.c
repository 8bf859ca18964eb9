/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes of tunnels, and what is done with packets that are too long: what is
 * taken, and the exact line for what is not.
 */
#include "deployment.h"

#define REFUSED(leaf, name_, list, line)                                       \
	{                                                                      \
		.name = name_ "_in_" leaf "_is_refused",                       \
		.top = "\"" leaf "\":[" list "],",                             \
		.text = "/quic-lb/" leaf line,                                 \
	}

/* Wherever a prefix may stand. */
#define UNICAST ": must be a unicast address (got "
#define ROWS(leaf, rule)                                                       \
	REFUSED(leaf, "33_bits", "\"10.0.0.0/33\"", rule "(got 10.0.0.0/33)"), \
		REFUSED(leaf, "129_bits", "\"2001:db8::/129\"",                \
			rule "(got 2001:db8::/129)"),                          \
		REFUSED(leaf, "no_bits", "\"10.0.0.0/\"",                      \
			rule "(got 10.0.0.0/)"),                               \
		REFUSED(leaf, "minus_bits", "\"10.0.0.0/-1\"",                 \
			rule "(got 10.0.0.0/-1)"),                             \
		REFUSED(leaf, "two_slashes", "\"10.0.0.0/8/8\"",               \
			rule "(got 10.0.0.0/8/8)"),                            \
		REFUSED(leaf, "name", "\"lb.example/8\"",                      \
			rule "(got lb.example/8)"),                            \
		REFUSED(leaf, "zone", "\"fe80::%eth0/64\"",                    \
			rule "(got fe80::%eth0/64)"),                          \
		REFUSED(leaf, "everything", "\"0.0.0.0/0\"",                   \
			UNICAST "0.0.0.0/0)"),                                 \
		REFUSED(leaf, "all_of_ipv6", "\"::/0\"", UNICAST "::/0)"),     \
		REFUSED(leaf, "this_network", "\"0.0.0.0/8\"",                 \
			UNICAST "0.0.0.0/8)"),                                 \
		REFUSED(leaf, "3_bits", "\"192.0.0.0/3\"",                     \
			UNICAST "192.0.0.0/3)"),                               \
		REFUSED(leaf, "7_bits_of_ipv6", "\"2000::/7\"",                \
			UNICAST "2000::/7)"),                                  \
		REFUSED(leaf, "multicast", "\"239.0.0.0/8\"",                  \
			UNICAST "239.0.0.0/8)"),                               \
		REFUSED(leaf, "multicast_of_ipv6", "\"ff05::/16\"",            \
			UNICAST "ff05::/16)"),                                 \
		REFUSED(leaf, "a_prefix_twice",                                \
			"\"10.0.0.0/8\",\"10.7.7.7/8\"",                       \
			"[.='10.0.0.0/8']: is there twice")

#define BOTH ": must be an IPv4 or IPv6 address or prefix "
#define PREFIX ": must be an IPv4 or IPv6 prefix "
#define ADDRESS ": must be an IPv4 or IPv6 address "
#define ONE_EACH ": at most one of each family is allowed "

static const struct row rows[] = {
	ROWS("tunnel-peer", BOTH),
	ROWS("tunnel-balancer", BOTH),
	ROWS("ipip-source", PREFIX),
	REFUSED("ipip-source", "an_address", "\"192.0.2.1\"",
		PREFIX "(got 192.0.2.1)"),
	REFUSED("ipip-source", "two_of_ipv4", "\"10.0.0.0/8\",\"11.0.0.0/8\"",
		ONE_EACH "(got 2)"),
	REFUSED("ipip-source", "two_of_ipv6",
		"\"2001:db8::/32\",\"10.0.0.0/8\",\"2001:db9::/32\"",
		ONE_EACH "(got 3)"),
	REFUSED("ipip-source", "a_third",
		"\"10.0.0.0/8\",\"2001:db8::/32\",\"2001:db9::/32\"",
		ONE_EACH "(got 3)"),
	REFUSED("tunnel-address", "a_prefix", "\"192.0.2.1/32\"",
		ADDRESS "(got 192.0.2.1/32)"),
	{ .name = "prefix_without_array_is_refused",
	  .top = "\"ipip-source\":\"10.0.0.0/8\",",
	  .text = "line 1: /quic-lb/ipip-source: must be a JSON array of "
		  "values" },
	{ .name = "too_big_drop_is_refused",
	  .vips = VIP(",\"too-big\":\"drop\""),
	  .text = V "/too-big: must be pass or answer (got drop)" },
	{ .name = "too_big_in_capitals_is_refused",
	  .vips = VIP(",\"too-big\":\"Answer\""),
	  .text = V "/too-big: must be pass or answer (got Answer)" },
	{ .name = "too_big_true_is_refused",
	  .vips = VIP(",\"too-big\":true"),
	  .text = V "/too-big: must be a JSON string" },
};

/* ---- what is taken ------------------------------------------------------ */

static void assert_prefix(const struct quiclb_prefix *prefix, const char *want,
			  unsigned int len)
{
	char text[46];

	quiclb_address_format(&prefix->address, text, sizeof(text));
	g_assert_cmpstr(text, ==, want);
	g_assert_cmpuint(prefix->len, ==, len);
}

/* Bits behind the length do not count. */
static void test_taken(void)
{
	static const struct row row = {
		.top = "\"ipip-source\":[\"2001:db8:a::1/64\","
		       "\"100.64.3.77/24\"],"
		       "\"tunnel-peer\":[\"192.0.2.9\",\"10.255.0.0/9\"],"
		       "\"tunnel-balancer\":[\"172.16.0.0/16\",\"100::/64\","
		       "\"192.0.2.5/32\",\"2001:db8::9/128\",\"16.0.0.0/4\","
		       "\"20ff::/8\"],"
	};
	struct quiclb_deployment *const d = parse(&row);

	g_assert_cmpuint(d->n_ipip_sources, ==, 2);
	assert_prefix(&d->ipip_sources[0], "2001:db8:a::", 64);
	assert_prefix(&d->ipip_sources[1], "100.64.3.0", 24);
	g_assert_cmpuint(d->n_tunnel_peers, ==, 2);
	assert_prefix(&d->tunnel_peers[0], "192.0.2.9", 32);
	assert_prefix(&d->tunnel_peers[1], "10.128.0.0", 9);
	g_assert_cmpuint(d->n_tunnel_balancers, ==, 6);
	assert_prefix(&d->tunnel_balancers[0], "172.16.0.0", 16);
	assert_prefix(&d->tunnel_balancers[1], "100::", 64);
	assert_prefix(&d->tunnel_balancers[2], "192.0.2.5", 32);
	assert_prefix(&d->tunnel_balancers[3], "2001:db8::9", 128);
	assert_prefix(&d->tunnel_balancers[4], "16.0.0.0", 4);
	assert_prefix(&d->tunnel_balancers[5], "2000::", 8);
	quiclb_deployment_free(d);
}

static void test_none(void)
{
	static const struct row row = { .name = "none" };
	struct quiclb_deployment *const d = parse(&row);

	g_assert_cmpuint(d->n_ipip_sources, ==, 0);
	g_assert_cmpuint(d->vips[0].answer_too_big, ==, 0);
	quiclb_deployment_free(d);
}

static void test_too_big(void)
{
	static const char *const words[] = { "pass", "answer" };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		g_autofree char *vip =
			g_strdup_printf(VIP(",\"too-big\":\"%s\""), words[i]);
		const struct row row = { .vips = vip };
		struct quiclb_deployment *const d = parse(&row);

		g_assert_cmpuint(d->vips[0].answer_too_big, ==, i);
		quiclb_deployment_free(d);
	}
}

/* ---- quiclb_prefix_parse() ---------------------------------------------- */

/* Every length, of all bits set: so many of them stay. */
static void assert_lengths(const char *ones, unsigned int bits)
{
	struct quiclb_prefix prefix;
	unsigned int len, i;

	for (len = 0; len <= bits; len++) {
		g_autofree char *text = g_strdup_printf("%s/%u", ones, len);

		g_assert_cmpint(quiclb_prefix_parse(text, &prefix), ==, 0);
		g_assert_cmpuint(prefix.len, ==, len);
		g_assert_cmpuint(prefix.address.family, ==, bits == 32 ? 4 : 6);
		for (i = 0; i < 128; i++)
			g_assert_cmpuint(
				prefix.address.bytes[i / 8] >> (7 - i % 8) & 1,
				==, i < len);
	}
}

static void test_parse(void)
{
	static const char *const bad[] = {
		"",
		"/",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/x",
		"10.0.0.0/8x",
		"10.0.0.0/ 8",
		"10.0.0.0/+8",
		"10.0.0.0/-0",
		"10.0.0.0/33",
		"::/129",
		"10.0.0.0/8/8",
		"10.0.0/8",
		"10.0.0.0 /8",
		"10.0.0.0/18446744073709551624",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8",
	};
	struct quiclb_prefix prefix = { .len = 99 };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(quiclb_prefix_parse(bad[i], &prefix), ==,
				QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_prefix_parse(NULL, &prefix), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_prefix_parse("10.0.0.0/8", NULL), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpuint(prefix.len, ==, 99);
	assert_lengths("255.255.255.255", 32);
	assert_lengths("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128);
	g_assert_cmpint(quiclb_prefix_parse("192.0.2.1", &prefix), ==, 0);
	assert_prefix(&prefix, "192.0.2.1", 32);
	g_assert_cmpint(quiclb_prefix_parse("2001:db8::1", &prefix), ==, 0);
	assert_prefix(&prefix, "2001:db8::1", 128);
}

static const struct deployment_case cases[] = {
	{ "/deployment/prefixes_are_taken", test_taken },
	{ "/deployment/without_prefixes_there_are_none", test_none },
	{ "/deployment/too_big_is_taken", test_too_big },
	{ "/deployment/prefix_is_parsed", test_parse },
};

void deployment_add_prefixes(void)
{
	deployment_add_rows(rows, G_N_ELEMENTS(rows));
	deployment_add_cases(cases, G_N_ELEMENTS(cases));
}
