/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the memo holds, entry by entry, for every codec under a key, tenants,
 * states of servers; and a program that has none.  A memo of one set: each
 * entry is compared with each CID.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define VIP "203.0.113.1"
#define PORT 443
#define ID_LEN 8 /* of servers: random CIDs name none of them */
#define CPUS_CAP 1024

static struct rig one_set, no_memo;
static struct rig *rig = &one_set;

/* Tenant i has config i and the servers ids[i] and i. */
static struct quiclb_config configs[QUICLB_N_TENANTS];
static uint8_t ids[QUICLB_N_TENANTS][QUICLB_SERVER_ID_CAP_BYTES];

static void address_of(unsigned int server, char text[32])
{
	g_snprintf(text, 32, "192.0.2.%u", 10 + server);
}

static void mac_of(unsigned int server, uint8_t mac[6])
{
	memcpy(mac, "\x02\x00\x00\x00\xaa", 5);
	mac[5] = (uint8_t)server;
}

static void make(unsigned int i, uint8_t codec, uint8_t id_len,
		 uint8_t nonce_len)
{
	unit_config(&configs[i], codec, id_len, nonce_len);
	unit_random(ids[i], sizeof(ids[i]));
}

/* Server `shift` places on has the ID of each tenant. */
static struct quiclb_deployment *deployment(unsigned int n, unsigned int shift)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	int indices[QUICLB_N_TENANTS];
	char address[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		const size_t pool = deploy_pool(d, 1);

		address_of(i + shift, address);
		deploy_server(d, pool, ids[i], configs[i].server_id_len,
			      address, 0);
		indices[i] = deploy_config(d, pool, &configs[i]);
	}
	deploy_vip(d, VIP, PORT, indices, n);
	return d;
}

static void start(struct quiclb_deployment *d)
{
	rig_switch(rig, d);
	quiclb_deployment_free(d);
}

static struct frame frame_to(const uint8_t *cid, size_t len)
{
	struct frame_spec spec;
	struct frame frame;
	struct quic quic;

	quic_short(&quic, cid, len);
	frame_spec_init(&spec, VIP, PORT);
	frame_build(&frame, &spec, &quic);
	return frame;
}

static void assert_reaches(const uint8_t *cid, size_t len, unsigned int server)
{
	const struct frame in = frame_to(cid, len);
	struct frame out = in;
	uint8_t mac[6];

	mac_of(server, mac);
	frame_forward(&out, mac, netns_left_mac);
	rig_steers(rig, &in, &out, XDP_TX, 0);
}

static void assert_passes(const uint8_t *cid, size_t len, unsigned int reason)
{
	const struct frame in = frame_to(cid, len);

	rig_passes(rig, &in, reason, 0);
}

/* Hits and misses since the last call; -1 misses: any number. */
static void assert_memo(uint64_t hits, int misses)
{
	static uint64_t old_hits, old_misses;
	const struct quiclb_counters *const c = &rig->counted[rig_row(rig, 0)];

	g_assert_cmpuint(c->memo_hits - old_hits, ==, hits);
	if (misses >= 0)
		g_assert_cmpuint(c->memo_misses - old_misses, ==, misses);
	old_hits = c->memo_hits;
	old_misses = c->memo_misses;
}

/* Entries that count now, the last of them in *entry. */
static unsigned int entries(struct quiclb_memo_entry *entry)
{
	static struct quiclb_memo_set per_cpu[CPUS_CAP];
	const uint32_t zero = 0;
	unsigned int n = 0;
	int cpu, i;

	g_assert_cmpint(rig->n_cpus, <=, CPUS_CAP);
	g_assert_cmpint(bpf_map_lookup_elem(rig->maps.fd[QUICSTEER_MEMO], &zero,
					    per_cpu),
			==, 0);
	for (cpu = 0; cpu < rig->n_cpus; cpu++)
		for (i = 0; i < QUICLB_MEMO_WAYS; i++) {
			const struct quiclb_memo_entry *const e =
				&per_cpu[cpu].entries[i];

			if (e->generation != rig->control.generation ||
			    e->epoch != rig->control.epoch)
				continue;
			*entry = *e;
			n++;
		}
	return n;
}

static uint8_t byte_of(const uint64_t *words, unsigned int i)
{
	return (uint8_t)(words[i / 8] >> 8 * (i % 8));
}

/* ---- every codec -------------------------------------------------------- */

/* Ciphertext and server ID, zeros around them. */
static void assert_entry_is(const uint8_t *cid, const struct quiclb_record *rec)
{
	struct quiclb_memo_entry e = { 0 };
	unsigned int i;

	g_assert_cmpuint(entries(&e), ==, 1);
	for (i = 0; i < 24; i++) {
		const int in = i >= rec->head_len && i < rec->min_cid_len;

		g_assert_cmpuint(byte_of(e.body, i), ==, in ? cid[i] : 0);
	}
	for (i = 0; i < 16; i++)
		g_assert_cmpuint(byte_of(e.server_id, i), ==,
				 i < configs[0].server_id_len ? ids[0][i] : 0);
}

static void assert_bit_counts(uint8_t *cid, size_t len, size_t bit)
{
	cid[bit / 8] ^= (uint8_t)(1u << bit % 8);
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
	cid[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/*
 * One layout: the server is the same from the memo as by decoding, for all
 * that differs in bytes that are not ciphertext, and for nothing else.
 */
static void assert_layout(const struct quiclb_record *rec)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const size_t len = deploy_cid(&configs[0], ids[0], cid);
	const size_t first = 8u * rec->head_len, last = 8u * rec->min_cid_len;
	struct quiclb_memo_entry e;
	unsigned int i;

	assert_reaches(cid, len, 0);
	assert_memo(0, 1);
	assert_entry_is(cid, rec);
	for (i = 0; i < 4; i++) {
		if (rec->head_len)
			cid[0] ^= unit_random_up_to(0x1f);
		unit_random(cid + rec->min_cid_len, len - rec->min_cid_len);
		assert_reaches(cid, len, 0);
	}
	assert_memo(4, 0);
	assert_bit_counts(cid, len, first + unit_random_up_to(7));
	assert_bit_counts(cid, len, last - 1 - unit_random_up_to(7));
	for (i = 0; i < 2; i++)
		assert_bit_counts(cid, len,
				  first + (uint32_t)g_test_rand_int() %
						  (last - first));
	assert_memo(0, 4);
	g_assert_cmpuint(entries(&e), ==, 1);
}

/* With as many server-use bytes as fit, up to 3. */
static int layout_of(int codec, uint8_t id_len, uint8_t nonce_len,
		     struct quiclb_record *rec)
{
	int use;

	make(0, (uint8_t)codec, id_len, nonce_len);
	for (use = 3; use >= 0; use--) {
		configs[0].server_use_len = (uint8_t)use;
		if (!quiclb_config_compile(&configs[0], rec))
			return 1;
	}
	return 0;
}

static void every_codec_gives_the_same_server(void)
{
	struct quiclb_record rec;
	unsigned int n, n_codecs = 0;
	uint8_t id_len, nonce_len;
	int codec;

	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec)) {
		if (!quiclb_codec_is_keyed(codec))
			continue;
		n = 0;
		for (id_len = 4; id_len <= 16; id_len++)
			for (nonce_len = 0; nonce_len <= 16; nonce_len++) {
				if (!layout_of(codec, id_len, nonce_len, &rec))
					continue;
				start(deployment(1, 0));
				assert_layout(&rec);
				n++;
			}
		g_test_message("%s: %u pairs of lengths",
			       quiclb_codec_name(codec), n);
		g_assert_cmpuint(n, >, 0);
		n_codecs++;
	}
	g_assert_cmpuint(n_codecs, >=, 8);
}

/* No first octet: its 16 bytes are ciphertext, from the first bit on. */
static void all_of_quicly_counts(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len, bit;

	make(0, QUICLB_CODEC_QUICLY, 8, 8);
	start(deployment(1, 0));
	len = deploy_cid(&configs[0], ids[0], cid);
	g_assert_cmpuint(len, ==, 16);
	assert_reaches(cid, len, 0);
	for (bit = 0; bit < 8 * len; bit++)
		assert_bit_counts(cid, len, bit);
	assert_memo(0, 1 + 8 * 16);
	assert_reaches(cid, len, 0);
	assert_memo(1, 0);
}

/* An entry that nobody wrote has zeros too. */
static void zeros_are_no_entry(void)
{
	uint8_t zeros[QUICLB_CID_MAX_BYTES] = { 0 };
	struct quiclb_memo_entry e;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 8 - 1);
	memset(ids[0], 0, sizeof(ids[0]));
	start(deployment(1, 0));
	assert_passes(zeros, sizeof(zeros), QUICLB_REASON_UNKNOWN_SERVER);
	assert_passes(zeros, sizeof(zeros), QUICLB_REASON_UNKNOWN_SERVER);
	assert_memo(0, 2);
	g_assert_cmpuint(entries(&e), ==, 0);
}

/* ---- tenants ------------------------------------------------------------ */

/* The same ID in each pool: an entry of another's would be steered wrongly. */
static void tenants_do_not_share_entries(void)
{
	uint8_t cid[QUICLB_N_TENANTS][QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	size_t len[QUICLB_N_TENANTS];
	unsigned int i, round;

	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		make(i, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
		memcpy(ids[i], ids[0], ID_LEN);
	}
	start(deployment(QUICLB_N_TENANTS, 0));
	for (round = 0; round < 4; round++)
		for (i = 0; i < QUICLB_N_TENANTS; i++) {
			if (!round)
				len[i] =
					deploy_cid(&configs[i], ids[i], cid[i]);
			assert_reaches(cid[i], len[i], i);
			g_assert_cmpuint(entries(&e), ==, round ? 4 : i + 1);
		}
	assert_memo(12, 4);
}

/* A CID that two tenants read alike is the first one's, cold or not. */
static void first_tenant_wins(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	unsigned int i;
	size_t len;

	for (i = 0; i < QUICLB_N_TENANTS; i++) {
		make(i, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
		if (i < 2)
			continue;
		memcpy(configs[i].key, configs[1].key, QUICLB_KEY_BYTES);
		memcpy(ids[i], ids[1], ID_LEN);
	}
	start(deployment(QUICLB_N_TENANTS, 0));
	len = deploy_cid(&configs[3], ids[3], cid);
	for (i = 0; i < 4; i++)
		assert_reaches(cid, len, 1);
	assert_memo(3, 1);
	g_assert_cmpuint(entries(&e), ==, 1);
	g_assert_cmpuint(e.candidate, ==,
			 QUICLB_CANDIDATE(rig_row(rig, 0), 0, 1));
}

/* Lengths differ: bytes behind the shorter CID are the longer one's. */
static void shorter_tenant_is_found_by_its_own_bytes(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len;
	int i;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 11);
	make(1, QUICLB_CODEC_FOUR_PASS, ID_LEN, 4);
	start(deployment(2, 0));
	len = deploy_cid(&configs[1], ids[1], cid);
	for (i = 0; i < 4; i++) {
		unit_random(cid + len, sizeof(cid) - len);
		assert_reaches(cid, sizeof(cid), 1);
	}
	assert_memo(3, 1);
	len = deploy_cid(&configs[0], ids[0], cid);
	assert_reaches(cid, len, 0);
	assert_reaches(cid, len, 0);
	assert_memo(1, 1);
}

/* A DCID is as long as the long header says, whatever lies behind it. */
static void cut_dcid_is_not_completed_from_behind(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame_spec spec;
	struct frame frame;
	struct quic quic;
	size_t len;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 11);
	make(1, QUICLB_CODEC_FOUR_PASS, ID_LEN, 4);
	start(deployment(2, 0));
	len = deploy_cid(&configs[0], ids[0], cid);
	assert_reaches(cid, len, 0);
	quic_long(&quic, QUIC_V1, cid, len);
	quic.bytes[5] = (uint8_t)(len - 1);
	frame_spec_init(&spec, VIP, PORT);
	frame_build(&frame, &spec, &quic);
	rig_passes(rig, &frame, QUICLB_REASON_UNKNOWN_SERVER, 0);
	assert_memo(0, 2);
}

/* The same bytes behind another first octet are another CID. */
static void rotations_do_not_share_entries(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	unsigned int i;
	size_t len;

	for (i = 0; i < 3; i++) {
		make(i, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
		configs[i].config_rotation = (uint8_t)i;
		memcpy(ids[i], ids[0], ID_LEN);
	}
	start(deployment(3, 0));
	len = deploy_cid(&configs[1], ids[1], cid);
	assert_reaches(cid, len, 1);
	g_assert_cmpuint(entries(&e), ==, 1);
	g_assert_cmpuint(e.candidate, ==,
			 QUICLB_CANDIDATE(rig_row(rig, 0), 1, 0));
	cid[0] ^= 0x20; /* rotation 0 */
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
	cid[0] ^= 0x40; /* 2 */
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
	cid[0] ^= 0x60; /* 1 */
	assert_reaches(cid, len, 1);
	assert_memo(1, 3);
}

/* In clear and under a key beside each other: in clear is never kept. */
static void tenant_in_clear_is_not_kept(void)
{
	uint8_t plain[QUICLB_CID_MAX_BYTES], keyed[QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	size_t plain_len, keyed_len;
	unsigned int first, i;

	for (first = 0; first < 2; first++) {
		make(first, QUICLB_CODEC_PLAIN, ID_LEN, 8);
		make(!first, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
		start(deployment(2, 0));
		plain_len = deploy_cid(&configs[first], ids[first], plain);
		keyed_len = deploy_cid(&configs[!first], ids[!first], keyed);
		for (i = 0; i < 3; i++)
			assert_reaches(plain, plain_len, first);
		assert_memo(0, -1);
		g_assert_cmpuint(entries(&e), ==, 0);
		for (i = 0; i < 3; i++)
			assert_reaches(keyed, keyed_len, !first);
		assert_memo(2, 1);
		g_assert_cmpuint(entries(&e), ==, 1);
		g_assert_cmpuint(e.candidate, ==,
				 QUICLB_CANDIDATE(rig_row(rig, 0), 0, !first));
	}
}

/* ---- servers come and go ------------------------------------------------ */

static void unknown_servers_leave_no_entry(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	int i;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	start(deployment(1, 0));
	for (i = 0; i < 100; i++) {
		unit_random(cid, sizeof(cid));
		cid[0] &= 0x1f;
		assert_passes(cid, sizeof(cid), QUICLB_REASON_UNKNOWN_SERVER);
	}
	assert_memo(0, 100);
	g_assert_cmpuint(entries(&e), ==, 0);
}

/* Same key and CID: each generation has servers of its own. */
static void server_removed_and_moved_by_reload(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[ID_LEN];
	size_t len;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	memcpy(id, ids[0], sizeof(id));
	start(deployment(1, 0));
	len = deploy_cid(&configs[0], id, cid);
	assert_reaches(cid, len, 0);
	assert_reaches(cid, len, 0);
	assert_memo(1, 1);
	ids[0][0] ^= 1; /* another server instead */
	start(deployment(1, 0));
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
	assert_memo(0, 2);
	memcpy(ids[0], id, sizeof(id)); /* back, elsewhere */
	start(deployment(1, 1));
	assert_reaches(cid, len, 1);
	assert_reaches(cid, len, 1);
	assert_memo(1, 1);
}

/* Servers have changed: that much is to be known. */
static void revise(void)
{
	struct quicsteer_error error;

	g_assert_cmpint(quicsteer_control_revise(&rig->maps, 0, &error), ==, 0);
}

/* Within a generation: the memo has the ID, the table of servers the rest. */
static void server_removed_in_place_is_unknown(void)
{
	const int fd = rig->maps.fd[QUICSTEER_SERVERS];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_server_key key;
	struct quiclb_server_value value;
	size_t len;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	start(deployment(1, 0));
	len = deploy_cid(&configs[0], ids[0], cid);
	assert_reaches(cid, len, 0);
	g_assert_cmpint(bpf_map_get_next_key(fd, NULL, &key), ==, 0);
	g_assert_cmpint(bpf_map_lookup_elem(fd, &key, &value), ==, 0);
	g_assert_cmpint(bpf_map_delete_elem(fd, &key), ==, 0);
	revise();
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
	assert_memo(0, 2);
	g_assert_cmpint(bpf_map_update_elem(fd, &key, &value, BPF_ANY), ==, 0);
	revise();
	assert_reaches(cid, len, 0);
	assert_memo(1, 0);
}

/* State and locality are the server's, not the memo's. */
static void states_hold_for_hits(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_deployment *d;
	struct rig_result result;
	struct frame frame;
	size_t len;
	int i;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	len = deploy_cid(&configs[0], ids[0], cid);
	d = deployment(1, 0);
	d->pools[0].servers[0].local = 1;
	start(d);
	assert_passes(cid, len, QUICLB_REASON_LOCAL);
	assert_passes(cid, len, QUICLB_REASON_LOCAL);
	assert_memo(1, 1);
	d = deployment(1, 0);
	d->pools[0].servers[0].state = QUICLB_SERVER_DOWN;
	d->vips[0].server_down = QUICLB_DOWN_DROP;
	start(d);
	frame = frame_to(cid, len);
	for (i = 0; i < 2; i++) {
		rig_run(rig, frame.bytes, frame.len, &result);
		g_assert_cmpuint(result.action, ==, XDP_DROP);
		g_assert_cmpuint(result.reason, ==, QUICLB_REASON_SERVER_DOWN);
	}
	assert_memo(1, 1);
}

/* ---- room --------------------------------------------------------------- */

/* Four live CIDs fill the set; a fifth takes one place, whichever. */
static void fifth_takes_one_place(void)
{
	uint8_t cids[QUICLB_MEMO_WAYS + 1][QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	uint64_t hits;
	size_t len = 0;
	unsigned int i;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	start(deployment(1, 0));
	for (i = 0; i <= QUICLB_MEMO_WAYS; i++) {
		len = deploy_cid(&configs[0], ids[0], cids[i]);
		assert_reaches(cids[i], len, 0);
		g_assert_cmpuint(entries(&e), ==, MIN(i + 1, QUICLB_MEMO_WAYS));
	}
	assert_memo(0, QUICLB_MEMO_WAYS + 1);
	assert_reaches(cids[QUICLB_MEMO_WAYS], len, 0);
	assert_memo(1, 0);
	hits = rig->counted[rig_row(rig, 0)].memo_hits;
	for (i = 0; i <= QUICLB_MEMO_WAYS; i++)
		assert_reaches(cids[i], len, 0);
	/* five do not fit */
	hits = rig->counted[rig_row(rig, 0)].memo_hits - hits;
	g_assert_cmpuint(hits, <=, QUICLB_MEMO_WAYS);
	assert_memo(hits, (int)(QUICLB_MEMO_WAYS + 1 - hits));
	/* those of another epoch are the first to go */
	rig->control.epoch++;
	g_assert_cmpint(quicsteer_control_write(&rig->maps, &rig->control,
						&(struct quicsteer_error){ 0 }),
			==, 0);
	for (i = 0; i < QUICLB_MEMO_WAYS; i++)
		assert_reaches(cids[i], len, 0);
	for (i = 0; i < QUICLB_MEMO_WAYS; i++)
		assert_reaches(cids[i], len, 0);
	assert_memo(QUICLB_MEMO_WAYS, QUICLB_MEMO_WAYS);
}

/* No place is safe from newer ones, or a few CIDs would keep theirs for good.
 */
static void every_place_is_taken_again(void)
{
	uint8_t first[QUICLB_MEMO_WAYS][QUICLB_CID_MAX_BYTES];
	uint8_t other[QUICLB_CID_MAX_BYTES];
	size_t len = 0;
	int i;

	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	start(deployment(1, 0));
	for (i = 0; i < QUICLB_MEMO_WAYS; i++) {
		len = deploy_cid(&configs[0], ids[0], first[i]);
		assert_reaches(first[i], len, 0);
	}
	for (i = 0; i < 200; i++) /* one stays in 10^24 */
		assert_reaches(other, deploy_cid(&configs[0], ids[0], other),
			       0);
	for (i = 0; i < QUICLB_MEMO_WAYS; i++)
		assert_reaches(first[i], len, 0);
	assert_memo(0, 2 * QUICLB_MEMO_WAYS + 200);
}

/* Everything is a miss, and nothing else changes. */
static void without_memo_all_are_misses(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_memo_entry e;
	size_t len;
	int i;

	rig = &no_memo;
	make(0, QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	start(deployment(1, 0));
	len = deploy_cid(&configs[0], ids[0], cid);
	for (i = 0; i < 5; i++)
		assert_reaches(cid, len, 0);
	g_assert_cmpuint(rig->counted[rig_row(rig, 0)].memo_hits, ==, 0);
	g_assert_cmpuint(rig->counted[rig_row(rig, 0)].memo_misses, ==, 5);
	g_assert_cmpuint(entries(&e), ==, 0);
	rig = &one_set;
}

static const struct unit_case cases[] = {
	{ "every_codec_gives_the_same_server",
	  every_codec_gives_the_same_server },
	{ "all_of_quicly_counts", all_of_quicly_counts },
	{ "zeros_are_no_entry", zeros_are_no_entry },
	{ "tenants_do_not_share_entries", tenants_do_not_share_entries },
	{ "first_tenant_wins", first_tenant_wins },
	{ "shorter_tenant_is_found_by_its_own_bytes",
	  shorter_tenant_is_found_by_its_own_bytes },
	{ "cut_dcid_is_not_completed_from_behind",
	  cut_dcid_is_not_completed_from_behind },
	{ "rotations_do_not_share_entries", rotations_do_not_share_entries },
	{ "tenant_in_clear_is_not_kept", tenant_in_clear_is_not_kept },
	{ "unknown_servers_leave_no_entry", unknown_servers_leave_no_entry },
	{ "server_removed_and_moved_by_reload",
	  server_removed_and_moved_by_reload },
	{ "server_removed_in_place_is_unknown",
	  server_removed_in_place_is_unknown },
	{ "states_hold_for_hits", states_hold_for_hits },
	{ "fifth_takes_one_place", fifth_takes_one_place },
	{ "every_place_is_taken_again", every_place_is_taken_again },
	{ "without_memo_all_are_misses", without_memo_all_are_misses },
};

int main(int argc, char **argv)
{
	char address[32];
	uint8_t mac[6];
	unsigned int i;
	int result;

	g_test_init(&argc, &argv, NULL);
	rig_stay_on_this_cpu();
	netns_enter();
	for (i = 0; i <= QUICLB_N_TENANTS; i++) {
		address_of(i, address);
		mac_of(i, mac);
		netns_neighbour("left", address, mac);
	}
	unit_add("memo_entries", cases, G_N_ELEMENTS(cases));
	rig_open(&one_set, "left", QUICLB_N_TENANTS + 1, QUICLB_MEMO_WAYS, 0);
	rig_open(&no_memo, "left", QUICLB_N_TENANTS + 1, 0, 0);
	result = g_test_run();
	rig_close(&no_memo);
	rig_close(&one_set);
	return result;
}
