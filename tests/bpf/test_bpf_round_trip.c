/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every legal pair of lengths, with and without a key: what the library
 * encodes, the shared headers inside BPF, the real program, the library and
 * the textbook decode alike; and where there is nothing to decode, all give
 * the same reason.
 */
#include <linux/bpf.h>

#include "codec.h"
#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define VIP "203.0.113.1"
#define PORT 443
#define N_CONFIGS 6	   /* all config rotations but one */
#define CIDS_PER_CONFIG 35 /* 210 for each pair */

struct pair {
	uint8_t server_id_len;
	uint8_t nonce_len;
	uint8_t codec;
	uint8_t missing; /* config rotation without config */
};

struct trip {
	const struct pair *pair;
	struct quiclb_config configs[N_CONFIGS];
	struct textbook_config books[N_CONFIGS];
	struct quiclb_decoder *decoder;
	uint8_t ids[N_CONFIGS * CIDS_PER_CONFIG][QUICLB_SERVER_ID_MAX_BYTES];
};

static struct rig rig;

/* ---- servers: which one it is stands in the ID ------------------------ */

enum owner { LOCAL, FIRST_REMOTE, LAST_REMOTE = 6, UNKNOWN = 7 };

static enum owner owner_of(const uint8_t *id, size_t len)
{
	uint8_t x = 0;
	size_t i;

	for (i = 0; i < len; i++)
		x ^= (uint8_t)(id[i] ^ id[i] >> 3);
	return (enum owner)(x & 7);
}

static void mac_of(enum owner owner, uint8_t mac[6])
{
	memcpy(mac, "\x02\x00\x00\x00\xaa", 5);
	mac[5] = (uint8_t)owner;
}

static void address_of(enum owner owner, char text[32])
{
	g_snprintf(text, 32, "192.0.2.%d", owner == LOCAL ? 1 : 10 + owner);
}

/* ---- one pair, six configs -------------------------------------------- */

static void make_config(struct trip *t, unsigned int i)
{
	struct quiclb_config *const c = &t->configs[i];
	const unsigned int sum = t->pair->server_id_len + t->pair->nonce_len;
	struct quiclb_record record;

	unit_config(c, t->pair->codec, t->pair->server_id_len,
		    t->pair->nonce_len);
	c->config_rotation = (uint8_t)(i < t->pair->missing ? i : i + 1);
	c->encode_length = i & 1;
	c->server_use_len = unit_random_up_to(QUICLB_BODY_MAX_BYTES - sum);
	t->books[i] = unit_textbook(c);
	g_assert_cmpint(quiclb_config_compile(c, &record), ==, 0);
	codec_set(c->config_rotation, &record);
	g_assert_cmpint(quiclb_decoder_add(t->decoder, c), ==, 0);
}

/* IDs that are drawn twice are no fault: the same ID has the same server. */
static void add_servers(struct quiclb_deployment *d, struct trip *t)
{
	const size_t len = t->pair->server_id_len;
	const size_t pool = deploy_pool(d, G_N_ELEMENTS(t->ids));
	char address[32];
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(t->ids); i++) {
		const enum owner owner = owner_of(t->ids[i], len);

		if (owner == UNKNOWN)
			continue;
		address_of(owner, address);
		deploy_server(d, pool, t->ids[i], len, address, owner == LOCAL);
	}
}

static void start(struct trip *t, const struct pair *pair)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	int indices[N_CONFIGS];
	unsigned int i;

	t->pair = pair;
	g_assert_cmpint(quiclb_decoder_new(&t->decoder), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(t->ids); i++)
		unit_random(t->ids[i], sizeof(t->ids[i]));
	add_servers(d, t);
	codec_set(pair->missing, NULL);
	for (i = 0; i < N_CONFIGS; i++) {
		make_config(t, i);
		indices[i] = deploy_config(d, 0, &t->configs[i]);
	}
	deploy_vip(d, VIP, PORT, indices, N_CONFIGS);
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

/* ---- the four decoders ------------------------------------------------ */

static unsigned int reason_of(int err)
{
	switch (err) {
	case QUICLB_ERR_SHORT:
		return QUICLB_REASON_SHORT_CID;
	case QUICLB_ERR_RESERVED:
		return QUICLB_REASON_RESERVED;
	case QUICLB_ERR_NO_CONFIG:
		return QUICLB_REASON_NO_CONFIG;
	case QUICLB_ERR_UNKNOWN_SERVER:
		return QUICLB_REASON_UNKNOWN_SERVER;
	default:
		g_error("%s has no reason", quiclb_strerror(err));
	}
}

/* owner: what the program must find, if err is 0. */
static void program_agrees(const struct quic *quic, int err, enum owner owner)
{
	struct frame_spec spec;
	struct frame in, out;
	uint8_t mac[6];

	frame_spec_init(&spec, VIP, PORT);
	frame_build(&in, &spec, quic);
	if (err || owner == LOCAL) {
		rig_passes(&rig, &in,
			   err ? reason_of(err) : QUICLB_REASON_LOCAL, 0);
		return;
	}
	out = in;
	mac_of(owner, mac);
	frame_forward(&out, mac, netns_left_mac);
	rig_steers(&rig, &in, &out, XDP_TX, 0);
}

/* Both header forms; nothing lies behind the CID of the short one. */
static void both_forms_agree(const uint8_t *cid, size_t len, int err,
			     enum owner owner)
{
	struct quic quic;

	quic_long(&quic, QUIC_V1, cid, len);
	program_agrees(&quic, err, owner);
	quic_short(&quic, cid, len);
	quic.len -= QUIC_REST_BYTES;
	program_agrees(&quic, err, owner);
}

static void all_decode(struct trip *t, unsigned int config, const uint8_t *sent,
		       const uint8_t *cid, size_t cid_len)
{
	const size_t n = t->pair->server_id_len;
	const enum owner owner = owner_of(sent, n);
	uint8_t id[16];

	g_assert_cmpint(codec_decode(cid, cid_len, id), ==, 0);
	g_assert_cmpmem(id, n, sent, n);
	g_assert_true(unit_all(id + n, sizeof(id) - n, 0));
	memset(id, 0, sizeof(id));
	g_assert_cmpint(quiclb_decoder_decode(t->decoder, cid, cid_len, id, n),
			==, (int)n);
	g_assert_cmpmem(id, n, sent, n);
	memset(id, 0, sizeof(id));
	g_assert_cmpint(textbook_decode(&t->books[config], cid, cid_len, id),
			==, TEXTBOOK_OK);
	g_assert_cmpmem(id, n, sent, n);
	both_forms_agree(cid, cid_len,
			 owner == UNKNOWN ? QUICLB_ERR_UNKNOWN_SERVER : 0,
			 owner);
}

static void all_refuse(struct trip *t, const uint8_t *cid, size_t cid_len,
		       int err)
{
	uint8_t id[16];

	g_assert_cmpint(codec_decode(cid, cid_len, id), ==, err);
	g_assert_cmpint(
		quiclb_decoder_decode(t->decoder, cid, cid_len, id, sizeof(id)),
		==, err);
	both_forms_agree(cid, cid_len, err, UNKNOWN);
}

static void change_rotation(uint8_t *cid, unsigned int rotation)
{
	cid[0] = (uint8_t)(rotation << QUICLB_ROTATION_SHIFT |
			   (cid[0] & QUICLB_LENGTH_MASK));
}

static void refusals_agree(struct trip *t, unsigned int config,
			   const uint8_t *cid, size_t cid_len)
{
	const size_t body_len = t->pair->server_id_len + t->pair->nonce_len;
	const struct textbook_config *const book = &t->books[config];
	uint8_t other[QUICLB_CID_MAX_BYTES], id[16];

	all_refuse(t, cid, body_len, QUICLB_ERR_SHORT);
	g_assert_cmpint(textbook_decode(book, cid, body_len, id), ==,
			TEXTBOOK_TOO_SHORT);
	all_refuse(t, cid, 1 + (g_test_rand_int() & 0xff) % body_len,
		   QUICLB_ERR_SHORT);
	memcpy(other, cid, cid_len);
	change_rotation(other, QUICLB_ROTATION_UNROUTABLE);
	all_refuse(t, other, cid_len, QUICLB_ERR_RESERVED);
	g_assert_cmpint(textbook_decode(book, other, cid_len, id), ==,
			TEXTBOOK_RESERVED);
	change_rotation(other, t->pair->missing);
	all_refuse(t, other, cid_len, QUICLB_ERR_NO_CONFIG);
}

static void pair_round_trips(gconstpointer data)
{
	const unsigned int n = unit_rounds(CIDS_PER_CONFIG);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	unsigned int i, config;
	struct trip t;

	start(&t, data);
	for (i = 0; i < n * N_CONFIGS; i++) {
		size_t len;

		config = i % N_CONFIGS;
		len = deploy_cid(&t.configs[config], t.ids[i], cid);
		all_decode(&t, config, t.ids[i], cid, len);
		if (i < 3 * N_CONFIGS)
			refusals_agree(&t, config, cid, len);
	}
	quiclb_decoder_free(t.decoder);
}

static void add_pair(uint8_t codec, uint8_t server_id_len, uint8_t nonce_len)
{
	static unsigned int n_pairs;
	struct pair *const pair = g_new(struct pair, 1);
	g_autofree char *path = g_strdup_printf("/%s/%d_and_%d_round_trip",
						quiclb_codec_name(codec),
						server_id_len, nonce_len);

	pair->codec = codec;
	pair->server_id_len = server_id_len;
	pair->nonce_len = nonce_len;
	pair->missing = (uint8_t)(n_pairs++ % QUICLB_N_ROTATIONS);
	g_test_add_data_func_full(path, pair, pair_round_trips, g_free);
}

static void add_pairs(void)
{
	unsigned int server_id, nonce, n = 0;

	for (server_id = 1; server_id <= 15; server_id++)
		for (nonce = 4; server_id + nonce <= 19; nonce++) {
			add_pair(QUICLB_CODEC_PLAIN, (uint8_t)server_id,
				 (uint8_t)nonce);
			add_pair(unit_keyed_codec(server_id, nonce),
				 (uint8_t)server_id, (uint8_t)nonce);
			n++;
		}
	g_assert_cmpuint(n, ==, 120);
}

int main(int argc, char **argv)
{
	enum owner owner;
	char address[32];
	uint8_t mac[6];
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	for (owner = FIRST_REMOTE; owner <= LAST_REMOTE; owner++) {
		address_of(owner, address);
		mac_of(owner, mac);
		netns_neighbour("left", address, mac);
	}
	add_pairs();
	codec_open();
	rig_open(&rig, "left", UNKNOWN);
	result = g_test_run();
	rig_close(&rig);
	codec_close();
	return result;
}
