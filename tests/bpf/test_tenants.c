/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several configs on one VIP: tenants that share a first octet, and families
 * of first octets side by side, as the real program tells them apart.
 */
#include <linux/bpf.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#include <quiclb/decode.h>

#define VIP "203.0.113.1"
#define PORT 443
#define ID_LEN 4

static struct rig rig;

static void mac_of(unsigned int server, uint8_t mac[6])
{
	memcpy(mac, "\x02\x00\x00\x00\xaa", 5);
	mac[5] = (uint8_t)server;
}

static void address_of(unsigned int server, char text[32])
{
	g_snprintf(text, 32, "192.0.2.%u", 10 + server);
}

static struct frame frame_of(const uint8_t *cid, size_t len)
{
	struct frame_spec spec;
	struct frame frame;
	struct quic quic;

	quic_long(&quic, QUIC_V1, cid, len);
	frame_spec_init(&spec, VIP, PORT);
	frame_build(&frame, &spec, &quic);
	return frame;
}

static void assert_reaches(const uint8_t *cid, size_t len, unsigned int server)
{
	const struct frame in = frame_of(cid, len);
	struct frame out = in;
	uint8_t mac[6];

	mac_of(server, mac);
	frame_forward(&out, mac, netns_left_mac);
	rig_steers(&rig, &in, &out, XDP_TX, 0);
}

static void assert_passes(const uint8_t *cid, size_t len, unsigned int reason)
{
	const struct frame in = frame_of(cid, len);

	rig_passes(&rig, &in, reason, 0);
}

/* ---- tenants ------------------------------------------------------------ */

struct tenants {
	struct quiclb_config configs[QUICLB_N_TENANTS];
	uint8_t ids[QUICLB_N_TENANTS][QUICLB_SERVER_ID_CAP_BYTES];
};

/* Server i of its own pool belongs to tenant i. */
static void start(struct tenants *t, unsigned int n)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	int indices[QUICLB_N_TENANTS];
	char address[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		const size_t pool = deploy_pool(d, 1);

		address_of(i, address);
		deploy_server(d, pool, t->ids[i], t->configs[i].server_id_len,
			      address, 0);
		indices[i] = deploy_config(d, pool, &t->configs[i]);
	}
	deploy_vip(d, VIP, PORT, indices, n);
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

static void make(struct tenants *t, uint8_t codec, uint8_t id_len,
		 uint8_t nonce_len)
{
	unsigned int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		unit_config(&t->configs[i], codec, id_len, nonce_len);
		unit_random(t->ids[i], id_len);
	}
}

static void each_tenant_finds_its_server(void)
{
	static const uint8_t codecs[] = {
		QUICLB_CODEC_FOUR_PASS,	   QUICLB_CODEC_FOUR_PASS_12,
		QUICLB_CODEC_FOUR_PASS_14, QUICLB_CODEC_FOUR_PASS_15,
		QUICLB_CODEC_STREAM_07,
	};
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct tenants t;
	unsigned int i, j, n;

	for (i = 0; i < G_N_ELEMENTS(codecs); i++) {
		make(&t, codecs[i], ID_LEN, 8);
		for (n = 1; n <= QUICLB_N_TENANTS; n++) {
			start(&t, n);
			for (j = 0; j < n; j++)
				assert_reaches(cid,
					       deploy_cid(&t.configs[j],
							  t.ids[j], cid),
					       j);
		}
	}
}

static void server_of_no_tenant_is_unknown(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[ID_LEN];
	struct tenants t;
	unsigned int i;

	make(&t, QUICLB_CODEC_FOUR_PASS, ID_LEN, 8);
	start(&t, QUICLB_N_TENANTS);
	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		memcpy(id, t.ids[i], sizeof(id));
		id[0] ^= 1;
		assert_passes(cid, deploy_cid(&t.configs[i], id, cid),
			      QUICLB_REASON_UNKNOWN_SERVER);
		/* another tenant's server under this tenant's key */
		assert_passes(cid,
			      deploy_cid(&t.configs[i],
					 t.ids[(i + 1) % QUICLB_N_TENANTS],
					 cid),
			      QUICLB_REASON_UNKNOWN_SERVER);
	}
}

/* In clear all tenants read the same ID: the order decides. */
static void first_known_server_wins(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct tenants t;
	unsigned int i;

	make(&t, QUICLB_CODEC_PLAIN, ID_LEN, 8);
	memcpy(t.ids[3], t.ids[1], ID_LEN);
	start(&t, QUICLB_N_TENANTS);
	for (i = 0; i < QUICLB_N_TENANTS; i++)
		assert_reaches(cid, deploy_cid(&t.configs[i], t.ids[i], cid),
			       i == 3 ? 1 : i);
}

/* Lengths differ: a CID too short for one may be long enough for another. */
static void short_for_one_is_tried_with_the_others(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct tenants t;
	size_t len;

	make(&t, QUICLB_CODEC_FOUR_PASS, ID_LEN, 14);
	unit_config(&t.configs[1], QUICLB_CODEC_FOUR_PASS, ID_LEN, 4);
	start(&t, 2);
	len = deploy_cid(&t.configs[1], t.ids[1], cid);
	assert_reaches(cid, len, 1);
	assert_passes(cid, len - 1, QUICLB_REASON_SHORT_CID);
	len = deploy_cid(&t.configs[0], t.ids[0], cid);
	assert_reaches(cid, len, 0);
	/* long enough for the second, whose key finds nobody */
	assert_passes(cid, len - 1, QUICLB_REASON_UNKNOWN_SERVER);
}

static void codecs_share_a_codepoint(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct tenants t;
	unsigned int i;

	make(&t, QUICLB_CODEC_FOUR_PASS, ID_LEN, 8);
	unit_config(&t.configs[1], QUICLB_CODEC_SINGLE_PASS, ID_LEN, 12);
	unit_config(&t.configs[2], QUICLB_CODEC_PLAIN, ID_LEN, 8);
	unit_config(&t.configs[3], QUICLB_CODEC_FOUR_PASS, ID_LEN, 15);
	start(&t, QUICLB_N_TENANTS);
	for (i = 0; i < QUICLB_N_TENANTS; i++)
		assert_reaches(cid, deploy_cid(&t.configs[i], t.ids[i], cid),
			       i);
}

/* ---- families ----------------------------------------------------------- */

/* Sends first octets 0x00, 0x20, ... and says what must become of each. */
static void assert_codepoints(struct tenants *t, unsigned int n,
			      const int owners[QUICLB_N_CODEPOINTS])
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], zeros[QUICLB_CID_MAX_BYTES] = { 0 };
	struct quiclb_record rec;
	unsigned int c, i;

	start(t, n);
	for (i = 0; i < n; i++) {
		const size_t len = deploy_cid(&t->configs[i], t->ids[i], cid);

		assert_reaches(cid, len, i);
		g_assert_cmpint(quiclb_config_compile(&t->configs[i], &rec), ==,
				0);
		assert_passes(cid, rec.min_cid_len - 1u,
			      QUICLB_REASON_SHORT_CID);
	}
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		zeros[0] = (uint8_t)(c << QUICLB_ROTATION_SHIFT);
		assert_passes(zeros, sizeof(zeros),
			      owners[c] >= 0 ? QUICLB_REASON_UNKNOWN_SERVER
			      : owners[c] == -1
				      ? (unsigned int)QUICLB_REASON_NO_CONFIG
				      : (unsigned int)QUICLB_REASON_RESERVED);
	}
}

static void add(struct tenants *t, unsigned int i, uint8_t codec, uint8_t bits,
		uint8_t rotation)
{
	unit_config(&t->configs[i], codec, ID_LEN, 9);
	t->configs[i].rotation_bits = bits;
	t->configs[i].config_rotation = rotation;
	if (codec == QUICLB_CODEC_MVFST_1 || codec == QUICLB_CODEC_MVFST_2)
		t->configs[i].server_id_len =
			codec == QUICLB_CODEC_MVFST_1 ? 2 : 3;
	if (codec == QUICLB_CODEC_QUICLY)
		t->configs[i].server_id_len = t->configs[i].nonce_len = 8;
	memset(t->ids[i], 0x50 + (int)i, sizeof(t->ids[i]));
}

static void families_stand_side_by_side(void)
{
	static const int none = -1, reserved = -2;
	struct tenants t = { 0 };

	/* two rotation bits and three */
	add(&t, 0, QUICLB_CODEC_PLAIN, 2, 0);
	add(&t, 1, QUICLB_CODEC_FOUR_PASS, 3, 2);
	add(&t, 2, QUICLB_CODEC_STREAM_07, 2, 2);
	assert_codepoints(
		&t, 3,
		(const int[]){ 0, 0, 1, none, 2, 2, reserved, reserved });
	/* versions of mvfst beside the draft's */
	add(&t, 0, QUICLB_CODEC_MVFST_1, 0, 1);
	add(&t, 1, QUICLB_CODEC_MVFST_2, 0, 2);
	add(&t, 2, QUICLB_CODEC_FOUR_PASS, 3, 6);
	add(&t, 3, QUICLB_CODEC_PLAIN, 3, 1);
	assert_codepoints(&t, 4,
			  (const int[]){ none, 3, 0, 0, 1, 1, 2, reserved });
	/* and all three versions, where nothing is reserved */
	add(&t, 2, QUICLB_CODEC_MVFST_3, 0, 3);
	assert_codepoints(&t, 3, (const int[]){ none, none, 0, 0, 1, 1, 2, 2 });
	/* a layout without rotation has every first octet */
	add(&t, 0, QUICLB_CODEC_MSQUIC, 0, 0);
	assert_codepoints(&t, 1, (const int[]){ 0, 0, 0, 0, 0, 0, 0, 0 });
	add(&t, 0, QUICLB_CODEC_QUICLY, 0, 0);
	assert_codepoints(&t, 1, (const int[]){ 0, 0, 0, 0, 0, 0, 0, 0 });
}

static const struct unit_case cases[] = {
	{ "each_tenant_finds_its_server", each_tenant_finds_its_server },
	{ "server_of_no_tenant_is_unknown", server_of_no_tenant_is_unknown },
	{ "first_known_server_wins", first_known_server_wins },
	{ "short_for_one_is_tried_with_the_others",
	  short_for_one_is_tried_with_the_others },
	{ "codecs_share_a_codepoint", codecs_share_a_codepoint },
	{ "families_stand_side_by_side", families_stand_side_by_side },
};

int main(int argc, char **argv)
{
	char address[32];
	uint8_t mac[6];
	unsigned int i;
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		address_of(i, address);
		mac_of(i, mac);
		netns_neighbour("left", address, mac);
	}
	unit_add("tenants", cases, G_N_ELEMENTS(cases));
	rig_open(&rig, "left", QUICLB_N_TENANTS, 64, 0);
	result = g_test_run();
	rig_close(&rig);
	return result;
}
