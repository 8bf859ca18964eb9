/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every row of tests/vectors inside BPF: the shared headers encode and decode
 * it, and the real program finds its server in real packets.
 */
#include <linux/bpf.h>

#include "codec.h"
#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"
#include "vectors.h"

#define VIP "203.0.113.1"
#define VIP6 "2001:db8:ff::1"
#define PORT 443

static const uint8_t server_mac[6] = { 0x02, 0, 0, 0, 0xaa, 0x02 };
static struct rig rig;

static void bpf_encodes(const struct vector *v,
			const struct quiclb_record *record)
{
	const size_t n = record->min_cid_len;
	uint8_t plain[QUICLB_BODY_MAX_BYTES], cid[QUICLB_CID_MAX_BYTES];

	memcpy(plain, v->server_id, v->server_id_len);
	memcpy(plain + v->server_id_len, v->nonce, v->nonce_len);
	g_assert_cmpint(codec_encode(record, plain, v->first, cid), ==, 0);
	g_assert_cmpmem(cid, n, v->cid, n);
	g_assert_cmpmem(v->server_use, v->server_use_len, v->cid + n,
			v->cid_len - n);
}

static void bpf_decodes(const struct vector *v)
{
	uint8_t id[16];

	g_assert_cmpint(codec_decode(v->cid, v->cid_len, id), ==, 0);
	g_assert_cmpmem(id, v->server_id_len, v->server_id, v->server_id_len);
	g_assert_true(unit_all(id + v->server_id_len,
			       sizeof(id) - v->server_id_len, 0));
}

/* kind: local, steered, or an unknown server that differs in one bit. */
static void deploy(const struct vector *v, enum quiclb_reason kind)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	const size_t pool = deploy_pool(d, 1);
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	struct quiclb_config config;
	int index;

	memcpy(id, v->server_id, sizeof(id));
	if (kind == QUICLB_REASON_UNKNOWN_SERVER)
		id[v->server_id_len - 1] ^= 1;
	deploy_server(d, pool, id, v->server_id_len, "192.0.2.2",
		      kind == QUICLB_REASON_LOCAL);
	vector_config(v, &config);
	index = deploy_config(d, pool, &config);
	deploy_vip(d, VIP, PORT, &index, 1);
	deploy_vip(d, VIP6, PORT, &index, 1);
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

static void steer(const struct quic *quic, int vip, enum quiclb_reason kind)
{
	struct frame_spec spec;
	struct frame in, out;

	frame_spec_init(&spec, vip ? VIP6 : VIP, PORT);
	frame_build(&in, &spec, quic);
	if (kind != QUICLB_REASON_STEERED) {
		rig_passes(&rig, &in, kind, vip);
		return;
	}
	out = in;
	frame_forward(&out, server_mac, netns_left_mac);
	rig_steers(&rig, &in, &out, XDP_TX, vip);
}

static void program_steers(const struct vector *v)
{
	static const enum quiclb_reason kinds[] = {
		QUICLB_REASON_LOCAL, QUICLB_REASON_STEERED,
		QUICLB_REASON_UNKNOWN_SERVER
	};
	struct quic quic;
	size_t i;
	int vip;

	for (i = 0; i < G_N_ELEMENTS(kinds); i++) {
		deploy(v, kinds[i]);
		for (vip = 0; vip < 2; vip++) {
			quic_short(&quic, v->cid, v->cid_len);
			steer(&quic, vip, kinds[i]);
			quic_long(&quic, QUIC_V1, v->cid, v->cid_len);
			steer(&quic, vip, kinds[i]);
		}
	}
}

static void row_holds(gconstpointer data)
{
	const struct vector *const v = data;
	struct quiclb_config config;
	struct quiclb_record record;

	vector_config(v, &config);
	g_assert_cmpint(quiclb_config_compile(&config, &record), ==, 0);
	codec_set(0xff, NULL);
	codec_set(quiclb_h_claims(record.rotation_bits, record.rotation),
		  &record);
	bpf_encodes(v, &record);
	bpf_decodes(v);
	program_steers(v);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) rows = NULL;
	guint i;
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	netns_neighbour("left", "192.0.2.2", server_mac);
	rows = vectors_read_all(&error);
	if (!rows) {
		g_print("Bail out! %s\n", error->message);
		return 1;
	}
	for (i = 0; i < rows->len; i++) {
		struct vector *const v = &g_array_index(rows, struct vector, i);
		g_autofree char *path = g_strconcat("/", v->name, NULL);

		g_test_add_data_func(path, v, row_holds);
	}
	codec_open();
	rig_open(&rig, "left", 1, 64, 0);
	result = g_test_run();
	rig_close(&rig);
	codec_close();
	return result;
}
