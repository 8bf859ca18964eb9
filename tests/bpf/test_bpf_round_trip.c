/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every codec with every legal pair of lengths: what the library encodes, the
 * shared headers inside BPF encode alike; and they, the real program, the
 * library and the textbook decode it alike.  Where there is nothing to decode,
 * all give the same reason.
 */
#include <linux/bpf.h>

#include "codec.h"
#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#include <quiclb/decode.h>

#define VIP "203.0.113.1"
#define PORT 443
#define MAX_CONFIGS 6 /* all config rotations but one */
/* CIDs of a pair, and how many of them also go through the real program */
#define CIDS_PER_PAIR 126
#define FRAMES_PER_PAIR 42

struct pair {
	uint8_t server_id_len;
	uint8_t nonce_len;
	uint8_t codec;
	uint8_t turn; /* number of the pair */
};

struct trip {
	const struct pair *pair;
	unsigned int n_configs;
	struct quiclb_config configs[MAX_CONFIGS];
	struct quiclb_record records[MAX_CONFIGS];
	gboolean in_textbook; /* a codec from elsewhere is not */
	struct textbook_config books[MAX_CONFIGS];
	struct quiclb_decoder *decoder;
	unsigned int claims; /* codepoints of all configs */
	uint8_t ids[CIDS_PER_PAIR][QUICLB_SERVER_ID_CAP_BYTES];
};

static struct rig rig;
static unsigned int n_cids;

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

/* ---- one pair, several configs ---------------------------------------- */

static gboolean is_legal(const struct quiclb_config *c)
{
	return quiclb_config_check(c) == 0;
}

/* Takes what the codec allows of a wish. */
static void decorate(struct quiclb_config *c, unsigned int i)
{
	const unsigned int sum = 1u + c->server_id_len + c->nonce_len;

	c->encode_length = i & 1;
	if (!is_legal(c))
		c->encode_length = 0;
	if (sum <= QUICLB_CID_MAX_BYTES)
		c->server_use_len =
			unit_random_up_to(QUICLB_CID_MAX_BYTES - sum);
	if (!is_legal(c))
		c->server_use_len = 0;
	g_assert_true(is_legal(c));
}

static void add_config(struct trip *t, const struct quiclb_config *config)
{
	const unsigned int i = t->n_configs++;
	struct quiclb_config *const c = &t->configs[i];
	struct quiclb_record *const rec = &t->records[i];
	unsigned int claims;

	g_assert_cmpuint(i, <, MAX_CONFIGS);
	*c = *config;
	decorate(c, i);
	if (t->in_textbook)
		t->books[i] = unit_textbook(c);
	g_assert_cmpint(quiclb_config_compile(c, rec), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(t->decoder, c), ==, 0);
	claims = quiclb_h_claims(rec->rotation_bits, rec->rotation);
	codec_set(claims, rec);
	t->claims |= claims;
}

/* A config for each rotation; of several, one is left out. */
static void add_configs(struct trip *t)
{
	uint8_t rotations[QUICLB_N_ROTATIONS];
	struct quiclb_config c;
	unsigned int r, n = 0;

	unit_config(&c, t->pair->codec, t->pair->server_id_len,
		    t->pair->nonce_len);
	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		c.config_rotation = (uint8_t)r;
		if (is_legal(&c))
			rotations[n++] = (uint8_t)r;
	}
	g_assert_cmpuint(n, >, 0);
	for (r = 0; r < n; r++) {
		if (n > 1 && r == t->pair->turn % n)
			continue;
		c.config_rotation = rotations[r];
		if (c.has_key)
			unit_random(c.key, sizeof(c.key));
		add_config(t, &c);
	}
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
	int indices[MAX_CONFIGS];
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->pair = pair;
	t->in_textbook =
		textbook_codec_by_name(quiclb_codec_name(pair->codec)) >= 0;
	g_assert_cmpint(quiclb_decoder_new(&t->decoder), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(t->ids); i++)
		unit_random(t->ids[i], sizeof(t->ids[i]));
	add_servers(d, t);
	codec_set(0xff, NULL);
	add_configs(t);
	for (i = 0; i < t->n_configs; i++)
		indices[i] = deploy_config(d, 0, &t->configs[i]);
	deploy_vip(d, VIP, PORT, indices, t->n_configs);
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

/* Back to the plaintext, and from there to the same CID. */
static void bpf_encodes(struct trip *t, unsigned int config, const uint8_t *cid,
			size_t cid_len)
{
	const struct quiclb_record *const rec = &t->records[config];
	const struct textbook_config *const book = &t->books[config];
	uint8_t plain[QUICLB_CID_MAX_BYTES], again[QUICLB_CID_MAX_BYTES];
	uint8_t first = cid[0];

	if (!t->in_textbook)
		return;
	g_assert_cmpint(textbook_decode_all(book, cid, cid_len, plain,
					    plain + rec->server_id_len),
			==, TEXTBOOK_OK);
	/* there the random bits lie behind the server ID */
	if (rec->codec == QUICLB_CODEC_MVFST_1)
		first = (uint8_t)((cid[0] & 0xc0) | (cid[2] & 0x3f));
	g_assert_cmpint(codec_encode(rec, plain, first, again), ==, 0);
	g_assert_cmpmem(again, rec->min_cid_len, cid, rec->min_cid_len);
}

/* Where the textbook has the codec, it agrees. */
static void textbook_says(const struct trip *t, unsigned int config,
			  const uint8_t *cid, size_t cid_len,
			  enum textbook_result result, uint8_t *id)
{
	if (t->in_textbook)
		g_assert_cmpint(
			textbook_decode(&t->books[config], cid, cid_len, id),
			==, result);
}

static void all_decode(struct trip *t, unsigned int config, const uint8_t *sent,
		       const uint8_t *cid, size_t cid_len)
{
	const size_t n = t->pair->server_id_len;
	uint8_t id[16];

	g_assert_cmpint(codec_decode(cid, cid_len, id), ==, 0);
	g_assert_cmpmem(id, n, sent, n);
	g_assert_true(unit_all(id + n, sizeof(id) - n, 0));
	memset(id, 0, sizeof(id));
	g_assert_cmpint(quiclb_decoder_decode(t->decoder, cid, cid_len, id, n),
			==, (int)n);
	g_assert_cmpmem(id, n, sent, n);
	textbook_says(t, config, cid, cid_len, TEXTBOOK_OK, id);
	g_assert_cmpmem(id, n, sent, n);
	n_cids++;
}

static void program_decodes(const struct trip *t, const uint8_t *sent,
			    const uint8_t *cid, size_t cid_len)
{
	const enum owner owner = owner_of(sent, t->pair->server_id_len);

	both_forms_agree(cid, cid_len,
			 owner == UNKNOWN ? QUICLB_ERR_UNKNOWN_SERVER : 0,
			 owner);
}

static void all_refuse(struct trip *t, const uint8_t *cid, size_t cid_len,
		       int err)
{
	uint8_t id[16];

	/* what is reserved stands in the table, not in the shared header */
	g_assert_cmpint(codec_decode(cid, cid_len, id), ==,
			err == QUICLB_ERR_RESERVED ? QUICLB_ERR_NO_CONFIG
						   : err);
	g_assert_cmpint(
		quiclb_decoder_decode(t->decoder, cid, cid_len, id, sizeof(id)),
		==, err);
	both_forms_agree(cid, cid_len, err, UNKNOWN);
}

/* Every codepoint that no config has. */
static void foreign_codepoints_are_refused(struct trip *t, const uint8_t *cid,
					   size_t cid_len)
{
	const struct quiclb_record *const rec = &t->records[0];
	const unsigned int reserved = quiclb_h_reserved(
		(enum quiclb_family)quiclb_h_family(rec->codec),
		rec->rotation_bits);
	uint8_t other[QUICLB_CID_MAX_BYTES];
	unsigned int c;

	memcpy(other, cid, cid_len);
	for (c = 0; c < QUICLB_N_CODEPOINTS; c++) {
		if (t->claims & 1u << c)
			continue;
		other[0] = (uint8_t)(c << QUICLB_ROTATION_SHIFT |
				     (cid[0] & QUICLB_LENGTH_MASK));
		all_refuse(t, other, cid_len,
			   reserved & 1u << c ? QUICLB_ERR_RESERVED
					      : QUICLB_ERR_NO_CONFIG);
	}
}

static void refusals_agree(struct trip *t, unsigned int config,
			   const uint8_t *cid, size_t cid_len)
{
	const size_t too_short = t->records[config].min_cid_len - 1u;
	uint8_t id[16];

	all_refuse(t, cid, too_short, QUICLB_ERR_SHORT);
	textbook_says(t, config, cid, too_short, TEXTBOOK_TOO_SHORT, id);
	all_refuse(t, cid, 1 + (g_test_rand_int() & 0xff) % too_short,
		   QUICLB_ERR_SHORT);
	foreign_codepoints_are_refused(t, cid, cid_len);
}

static void pair_round_trips(gconstpointer data)
{
	const unsigned int n = unit_rounds(CIDS_PER_PAIR);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct trip t;
	unsigned int i;

	start(&t, data);
	for (i = 0; i < n; i++) {
		const unsigned int config = i % t.n_configs;
		const size_t len =
			deploy_cid(&t.configs[config], t.ids[i], cid);

		bpf_encodes(&t, config, cid, len);
		all_decode(&t, config, t.ids[i], cid, len);
		if (i < FRAMES_PER_PAIR)
			program_decodes(&t, t.ids[i], cid, len);
		if (i < t.n_configs)
			refusals_agree(&t, config, cid, len);
	}
	quiclb_decoder_free(t.decoder);
}

/* ---- all pairs --------------------------------------------------------- */

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
	pair->turn = (uint8_t)n_pairs++;
	g_test_add_data_func_full(path, pair, pair_round_trips, g_free);
}

/* Whether any rotation is legal with these lengths. */
static gboolean has_pair(uint8_t codec, unsigned int server_id,
			 unsigned int nonce)
{
	struct quiclb_config c;
	uint8_t r;

	unit_config(&c, codec, (uint8_t)server_id, (uint8_t)nonce);
	for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
		c.config_rotation = r;
		if (is_legal(&c))
			return TRUE;
	}
	return FALSE;
}

static void add_pairs(void)
{
	unsigned int server_id, nonce;
	int codec = 0;

	while ((codec = quiclb_codec_next(codec)))
		for (server_id = 1; server_id <= 19; server_id++)
			for (nonce = 0; nonce <= 19; nonce++)
				if (has_pair((uint8_t)codec, server_id, nonce))
					add_pair((uint8_t)codec,
						 (uint8_t)server_id,
						 (uint8_t)nonce);
}

/* The last case: how much all of the others were. */
static void enough_were_tried(void)
{
	g_test_message("%u CIDs encoded and decoded in BPF", n_cids);
	/* QUICLB_TEST_SCALE asks for fewer */
	if (unit_rounds(CIDS_PER_PAIR) == CIDS_PER_PAIR)
		g_assert_cmpuint(n_cids, >=, 100000);
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
	g_test_add_func("/total/100000_cids_were_tried", enough_were_tried);
	codec_open();
	rig_open(&rig, "left", UNKNOWN, 0, 0);
	result = g_test_run();
	rig_close(&rig);
	codec_close();
	return result;
}
