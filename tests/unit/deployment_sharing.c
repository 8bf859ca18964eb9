/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CID configs at one VIP: whose a first octet is, what is reserved, and which
 * tenants may share.
 */
#include "deployment.h"

#define ROW(name, rotation, pool, more)                                        \
	CONFIG(name, rotation, ",\"server-pool\":\"" pool "\"" more)
#define TENANT(name, rotation, pool, tenant)                                   \
	ROW(name, rotation, pool, ",\"tenant\":\"" tenant "\"")
#define LAYOUT(name, codec, pool)                                              \
	"{\"name\":\"" name "\",\"codec\":\"" codec                            \
	"\",\"server-pool\":\"" pool "\"}"
#define TWO_BITS ",\"rotation-bits\":2"
#define POOLS2 POOL("p", "01") "," POOL("q", "01")
#define POOLS5                                                                 \
	POOLS2 "," POOL("r", "01") "," POOL("s", "01") "," POOL("t", "01")
#define MVFST3 POOL("p", "01") "," POOL("q", "01020304")
#define MSQUIC2 POOL("p", "01020304") "," POOL("q", "01020304")

static const struct row rows[] = {
	{ .name = "rotation_twice_in_vip_is_refused",
	  .configs = CONFIGS "," CONFIG("b", "0", ""),
	  .vips = VIP(",\"cid-configs\":[\"b\",\"a\"]"),
	  .err = QUICLB_ERR_ROTATION_IN_USE,
	  .text = V "/cid-configs: config rotation 0 is in use by a, and only "
		    "tenants share one (got b)" },
	{ .name = "rotation_twice_in_vip_of_all_is_refused",
	  .configs = CONFIGS "," CONFIG("b", "0", ""),
	  .err = QUICLB_ERR_ROTATION_IN_USE,
	  .text = V "/cid-configs: config rotation 0 is in use by a, and only "
		    "tenants share one (got b)" },
	{ .name = "rotation_of_tenant_and_none_is_refused",
	  .pools = POOLS2,
	  .configs = TENANT("a", "4", "p", "x") "," ROW("b", "4", "q", ""),
	  .err = QUICLB_ERR_ROTATION_IN_USE,
	  .text = V "/cid-configs: config rotation 4 is in use by a, and only "
		    "tenants share one (got b)" },
	{ .name = "rotation_twice_of_one_tenant_is_refused",
	  .configs = TENANT("a", "4", "p", "x") "," TENANT("b", "4", "p", "x"),
	  .err = QUICLB_ERR_ROTATION_IN_USE,
	  .text = V "/cid-configs: config rotation 4 is in use by a, and only "
		    "tenants share one (got b)" },
	{ .name = "two_layouts_without_rotation_are_refused",
	  .pools = MSQUIC2,
	  .configs = LAYOUT("a", "msquic", "p") "," LAYOUT("b", "msquic", "q"),
	  .err = QUICLB_ERR_ROTATION_IN_USE,
	  .text = V "/cid-configs: every first octet is in use by a, and only "
		    "tenants share them (got b)" },
	{ .name = "five_tenants_are_refused",
	  .pools = POOLS5,
	  .configs = TENANT("a", "0", "p", "v") "," TENANT(
		  "b", "0", "q",
		  "w") "," TENANT("c", "0", "r",
				  "x") "," TENANT("d", "0", "s",
						  "y") "," TENANT("e", "0", "t",
								  "z"),
	  .err = QUICLB_ERR_TENANTS,
	  .text = V "/cid-configs: at most 4 configs can share a config "
		    "rotation (got e after a, b, c, d)" },
	{ .name = "tenants_of_one_pool_are_refused",
	  .configs = TENANT("a", "0", "p", "x") "," TENANT("b", "1", "p", "y"),
	  .text = "/quic-lb/cid-configs[name='b']/server-pool: configs of "
		  "different tenants must not share a pool (got p, as "
		  "cid-configs 'a')" },
	{ .name = "tenants_of_keyed_and_plain_need_two_pools",
	  .configs = TENANT("a", "0", "p", "x") "," ROW(
		  "b", "1", "p", ",\"tenant\":\"y\"" WITH_KEY),
	  .text = "/quic-lb/cid-configs[name='b']/server-pool: configs with "
		  "and without a key must not share a pool (got p, as "
		  "cid-configs 'a')" },
	{ .name = "bad_tenant_is_refused",
	  .configs = CONFIG("a", "0", ",\"tenant\":\"x y\""),
	  .text = A "/tenant: name must be of letters, digits, dots, hyphens, "
		    "underscores (got x y)" },
	{ .name = "key_as_tenant_is_refused_untold",
	  .configs = CONFIG("a", "0", ",\"tenant\":\"" KEY "/\""),
	  .text = A "/tenant: name must be of letters, digits, dots, hyphens, "
		    "underscores (got ********************************/)" },
	/* Families side by side. */
	{ .name = "two_bits_over_three_are_refused",
	  .configs = CONFIGS "," CONFIG("b", "0", TWO_BITS),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0x00..0x1f would belong to two "
		    "configs (got a and b)" },
	{ .name = "three_bits_over_two_are_refused",
	  .configs = CONFIG("a", "1", TWO_BITS) "," CONFIG("b", "3", ""),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0x60..0x7f would belong to two "
		    "configs (got a and b)" },
	{ .name = "tenants_of_unlike_bits_are_refused",
	  .pools = POOLS2,
	  .configs = TENANT("a", "0", "p", "x") "," ROW(
		  "b", "0", "q", ",\"tenant\":\"y\"" TWO_BITS),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0x00..0x1f would belong to two "
		    "configs (got a and b)" },
	{ .name = "config_in_reserved_octets_is_refused",
	  .configs = CONFIG("a", "1", TWO_BITS) "," CONFIG("b", "6", ""),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0xc0..0xdf of b would be those "
		    "of unroutable CIDs beside a" },
	{ .name = "config_before_its_reserved_octets_is_refused",
	  .configs = CONFIG("a", "6", "") "," CONFIG("b", "1", TWO_BITS),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0xc0..0xdf of a would be those "
		    "of unroutable CIDs beside b" },
	{ .name = "layout_in_reserved_octets_is_refused",
	  .pools = MVFST3,
	  .configs = ROW("a", "0", "p", "") "," LAYOUT("b", "mvfst-3", "q"),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0xe0..0xff of b would be those "
		    "of unroutable CIDs beside a" },
	{ .name = "layout_of_all_octets_beside_another_is_refused",
	  .pools = MVFST3,
	  .configs = ROW("a", "2", "p", "") "," LAYOUT("b", "msquic", "q"),
	  .err = QUICLB_ERR_AMBIGUOUS,
	  .text = V "/cid-configs: first octets 0x40..0x5f would belong to two "
		    "configs (got a and b)" },
};

/* ---------------------------------------------------------- what is taken --
 */

static void assert_slots(const struct quiclb_vip *vip,
			 const int want[QUICLB_N_CODEPOINTS], uint8_t reserved)
{
	size_t c;

	g_assert_cmphex(vip->reserved, ==, reserved);
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		g_assert_cmpint(vip->cid_configs[c][0], ==, want[c]);
		g_assert_cmpint(vip->cid_configs[c][1], ==, -1);
	}
}

static void test_two_bits(void)
{
	static const struct row row = {
		.configs = CONFIG("a", "1", TWO_BITS) "," CONFIG("b", "2",
								 TWO_BITS)
	};
	static const int want[] = { -1, -1, 0, 0, 1, 1, -1, -1 };
	struct quiclb_deployment *deployment = parse(&row);
	const struct quiclb_cid_config *c = deployment->cid_configs;

	assert_slots(&deployment->vips[0], want, 0xc0);
	g_assert_cmphex(quiclb_cid_config_claims(&c[0]), ==, 0x0c);
	g_assert_cmphex(quiclb_cid_config_reserved(&c[0]), ==, 0xc0);
	quiclb_deployment_free(deployment);
}

static void test_mixture(void)
{
	static const struct row row = {
		.pools = MVFST3,
		.configs =
			ROW("a", "0", "p", "") "," ROW("b", "1", "p", TWO_BITS),
	};
	static const int want[] = { 0, -1, 1, 1, -1, -1, -1, -1 };
	struct quiclb_deployment *deployment = parse(&row);

	assert_slots(&deployment->vips[0], want, 0xc0);
	quiclb_deployment_free(deployment);
}

static void test_mvfst(void)
{
	static const struct row row = {
		.pools = MVFST3 "," POOL("r", "0102"),
		.configs = LAYOUT("a", "mvfst-3",
				  "q") "," LAYOUT("b", "mvfst-1", "r"),
	};
	static const int want[] = { -1, -1, 1, 1, -1, -1, 0, 0 };
	struct quiclb_deployment *deployment = parse(&row);

	assert_slots(&deployment->vips[0], want, 0);
	quiclb_deployment_free(deployment);
}

static void test_msquic(void)
{
	static const struct row row = { .pools = POOL("p", "01020304"),
					.configs = LAYOUT("a", "msquic", "p") };
	static const int want[] = { 0, 0, 0, 0, 0, 0, 0, 0 };
	struct quiclb_deployment *deployment = parse(&row);

	assert_slots(&deployment->vips[0], want, 0);
	g_assert_cmphex(quiclb_cid_config_claims(deployment->cid_configs), ==,
			0xff);
	quiclb_deployment_free(deployment);
}

/* In the order of cid-configs, whatever the VIP's own. */
static void test_tenants(void)
{
	static const struct row row = {
		.pools = POOLS5,
		.configs = TENANT("a", "0", "p", "v") "," TENANT(
			"b", "0", "q",
			"w") "," TENANT("c", "1", "q",
					"w") "," TENANT("d", "0", "r",
							"x") "," TENANT("e",
									"0",
									"s",
									"y"),
		.vips = VIP(",\"cid-configs\":[\"e\",\"d\",\"c\",\"b\",\"a\"]"),
	};
	static const int first[] = { 0, 1, 3, 4 };
	struct quiclb_deployment *deployment = parse(&row);
	const struct quiclb_vip *vip = &deployment->vips[0];

	g_assert_cmpmem(vip->cid_configs[0], sizeof(vip->cid_configs[0]), first,
			sizeof(first));
	g_assert_cmpint(vip->cid_configs[1][0], ==, 2);
	g_assert_cmpint(vip->cid_configs[1][1], ==, -1);
	g_assert_cmpint(vip->cid_configs[2][0], ==, -1);
	g_assert_cmpstr(deployment->cid_configs[3].tenant, ==, "x");
	quiclb_deployment_free(deployment);
}

/* What two VIPs do does not meet, and one tenant may have many configs. */
static void test_vips_apart(void)
{
	static const struct row row = {
		.configs = CONFIGS "," CONFIG("b", "0", TWO_BITS),
		.vips = VIP(
			",\"cid-configs\":[\"a\"]") ","
						    "{\"address\":\"192.0.2."
						    "9\",\"port\":443,"
						    "\"cid-configs\":[\"b\"]}",
	};
	static const int first[] = { 0, -1, -1, -1, -1, -1, -1, -1 };
	static const int second[] = { 1, 1, -1, -1, -1, -1, -1, -1 };
	struct quiclb_deployment *deployment = parse(&row);

	assert_slots(&deployment->vips[0], first, 0x80);
	assert_slots(&deployment->vips[1], second, 0xc0);
	quiclb_deployment_free(deployment);
}

/* What a VIP is told is what the library's decoder does. */
static void test_decoder_agrees(void)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct quiclb_deployment *deployment;
		struct quiclb_decoder *decoder = NULL;
		struct row apart = rows[i];
		int err;

		if (apart.err != QUICLB_ERR_AMBIGUOUS)
			continue;
		/* the same configs, at a VIP each */
		apart.vips = VIP(
			",\"cid-configs\":[\"a\"]") ","
						    "{\"address\":\"192.0.2."
						    "9\",\"port\":443,"
						    "\"cid-configs\":[\"b\"]}";
		deployment = parse(&apart);
		g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
		err = quiclb_decoder_add(decoder,
					 &deployment->cid_configs[0].config);
		g_assert_cmpint(err, ==, 0);
		err = quiclb_decoder_add(decoder,
					 &deployment->cid_configs[1].config);
		g_assert_cmpint(err, ==, QUICLB_ERR_AMBIGUOUS);
		quiclb_decoder_free(decoder);
		quiclb_deployment_free(deployment);
	}
}

static const struct deployment_case cases[] = {
	{ "/deployment/two_bits_have_two_codepoints", test_two_bits },
	{ "/deployment/two_bits_stand_beside_three", test_mixture },
	{ "/deployment/layout_reserves_nothing", test_mvfst },
	{ "/deployment/layout_without_rotation_has_all", test_msquic },
	{ "/deployment/tenants_stand_in_order", test_tenants },
	{ "/deployment/vips_have_configs_of_their_own", test_vips_apart },
	{ "/deployment/decoder_refuses_the_same", test_decoder_agrees },
};

void deployment_add_sharing(void)
{
	deployment_add_rows(rows, G_N_ELEMENTS(rows));
	deployment_add_cases(cases, G_N_ELEMENTS(cases));
}
