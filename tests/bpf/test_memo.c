/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memo of decoded CIDs, in the real program: what it remembers, what it
 * must not, and what an attack does to it.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define VIP_A "203.0.113.1"
#define VIP_B "203.0.113.2"
#define PORT 443
#define ID_LEN 8 /* of servers: random CIDs name none of them */
#define MEMO_ENTRIES 65536

enum { A, B, N_VIPS };
enum { KEYED, PLAIN, N_CONFIGS };

static struct rig rig;
static struct quiclb_config configs[N_VIPS][N_CONFIGS];
static uint8_t id[ID_LEN]; /* of both servers */
static const char *const addresses[N_VIPS] = { "192.0.2.11", "192.0.2.12" };
static const uint8_t macs[N_VIPS][6] = { { 2, 0, 0, 0, 0xaa, 11 },
					 { 2, 0, 0, 0, 0xaa, 12 } };

static uint64_t seen_hits, seen_misses; /* of both VIPs */

static void see_memo(void)
{
	int vip;

	seen_hits = seen_misses = 0;
	for (vip = 0; vip < N_VIPS; vip++) {
		const struct quiclb_counters *const c =
			&rig.counted[rig_row(&rig, vip)];

		seen_hits += c->memo_hits;
		seen_misses += c->memo_misses;
	}
}

/*
 * Two VIPs of the same rotations, lengths and server ID, other keys, servers,
 * pools.  Other keys each time, but the server ID stays: what the memo took
 * for another VIP's or generation's would be steered.
 */
static void start(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	int i, indices[N_CONFIGS];

	for (i = 0; i < N_VIPS; i++) {
		const size_t pool = deploy_pool(d, 1);

		unit_config(&configs[i][KEYED], QUICLB_CODEC_FOUR_PASS, ID_LEN,
			    7);
		configs[i][KEYED].server_use_len = 3;
		unit_config(&configs[i][PLAIN], QUICLB_CODEC_PLAIN, ID_LEN, 8);
		configs[i][PLAIN].config_rotation = 1;
		deploy_server(d, pool, id, ID_LEN, addresses[i], 0);
		netns_neighbour("left", addresses[i], macs[i]);
		indices[KEYED] = deploy_config(d, pool, &configs[i][KEYED]);
		indices[PLAIN] = deploy_config(d, pool, &configs[i][PLAIN]);
		deploy_vip(d, i ? VIP_B : VIP_A, PORT, indices, N_CONFIGS);
	}
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
	see_memo();
}

static struct frame frame_with(int vip, const struct quic *quic)
{
	struct frame_spec spec;
	struct frame frame;

	frame_spec_init(&spec, vip ? VIP_B : VIP_A, PORT);
	frame_build(&frame, &spec, quic);
	return frame;
}

static struct frame frame_to(int vip, const uint8_t *cid, size_t len)
{
	struct quic quic;

	quic_short(&quic, cid, len);
	return frame_with(vip, &quic);
}

static void assert_reaches(int vip, const uint8_t *cid, size_t len)
{
	const struct frame in = frame_to(vip, cid, len);
	struct frame out = in;

	frame_forward(&out, macs[vip], netns_left_mac);
	rig_steers(&rig, &in, &out, XDP_TX, vip);
}

static void assert_unknown(int vip, const uint8_t *cid, size_t len)
{
	const struct frame in = frame_to(vip, cid, len);

	rig_passes(&rig, &in, QUICLB_REASON_UNKNOWN_SERVER, vip);
}

/* Hits and misses of both VIPs since start() or the last call. */
static void assert_memo(uint64_t hits, uint64_t misses)
{
	const uint64_t old_hits = seen_hits, old_misses = seen_misses;

	see_memo();
	g_assert_cmpuint(seen_hits - old_hits, ==, hits);
	g_assert_cmpuint(seen_misses - old_misses, ==, misses);
}

static uint64_t hits_of(int vip)
{
	return rig.counted[rig_row(&rig, vip)].memo_hits;
}

static size_t make_cid(int vip, int config, uint8_t *cid)
{
	return deploy_cid(&configs[vip][config], id, cid);
}

static void second_packet_is_a_hit(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len;
	int i;

	start();
	len = make_cid(A, KEYED, cid);
	assert_reaches(A, cid, len);
	assert_memo(0, 1);
	for (i = 0; i < 10; i++)
		assert_reaches(A, cid, len);
	assert_memo(10, 0);
}

static void codec_without_key_needs_none(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len;

	start();
	len = make_cid(A, PLAIN, cid);
	assert_reaches(A, cid, len);
	assert_reaches(A, cid, len);
	assert_memo(0, 0);
}

/* What is not known today may be known tomorrow; and a flood writes nothing. */
static void unknown_server_is_not_kept(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], other[ID_LEN] = { 0 };
	size_t len;

	start();
	len = deploy_cid(&configs[A][KEYED], other, cid);
	assert_unknown(A, cid, len);
	assert_unknown(A, cid, len);
	assert_memo(0, 2);
}

/* Low bits of the first octet and server-use bytes are not authenticated. */
static void aliases_share_one_entry(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	unsigned int i;
	size_t len;

	start();
	len = make_cid(A, KEYED, cid);
	assert_reaches(A, cid, len);
	assert_memo(0, 1);
	for (i = 0; i < 256; i++) {
		cid[0] = (uint8_t)(cid[0] ^ (i & 0x1f));
		unit_random(cid + len - 3, 3);
		assert_reaches(A, cid, len);
	}
	assert_memo(256, 0);
}

/* Nor is anything but the whole ciphertext enough. */
static void every_bit_of_the_ciphertext_counts(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame frame;
	struct quic quic;
	size_t len, bit;

	start();
	len = make_cid(A, KEYED, cid);
	assert_reaches(A, cid, len);
	for (bit = 8; bit < 8 * (len - 3); bit++) {
		cid[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_unknown(A, cid, len);
		cid[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_memo(0, 1 + 8 * 15);
	/* too short for its config: the memo is not asked */
	quic_long(&quic, QUIC_V1, cid, len - 4);
	frame = frame_with(A, &quic);
	rig_passes(&rig, &frame, QUICLB_REASON_SHORT_CID, A);
	assert_memo(0, 0);
}

static void same_cid_at_two_vips_does_not_cross(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len;

	start();
	len = make_cid(A, KEYED, cid);
	assert_reaches(A, cid, len);
	assert_unknown(B, cid, len);
	assert_reaches(A, cid, len);
	assert_unknown(B, cid, len);
	assert_memo(1, 3);
}

static void each_vip_counts_its_own(void)
{
	uint64_t hits[N_VIPS];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len;
	int vip;

	start();
	for (vip = 0; vip < N_VIPS; vip++) {
		hits[A] = hits_of(A);
		hits[B] = hits_of(B);
		len = make_cid(vip, KEYED, cid);
		assert_reaches(vip, cid, len);
		assert_reaches(vip, cid, len);
		g_assert_cmpuint(hits_of(vip), ==, hits[vip] + 1);
		g_assert_cmpuint(hits_of(!vip), ==, hits[!vip]);
	}
	assert_memo(2, 2);
}

/* A reload may give rotation and bytes another meaning. */
static void next_generation_forgets(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len;

	start();
	len = make_cid(A, KEYED, cid);
	assert_reaches(A, cid, len);
	assert_memo(0, 1);
	start(); /* with other keys */
	assert_unknown(A, cid, len);
	assert_memo(0, 1);
}

/* So does a change within a generation, by its epoch. */
static void next_epoch_forgets(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quicsteer_error error;
	size_t len;

	start();
	len = make_cid(A, KEYED, cid);
	assert_reaches(A, cid, len);
	rig.control.epoch++;
	g_assert_cmpint(
		quicsteer_control_write(&rig.maps, &rig.control, &error), ==,
		0);
	assert_reaches(A, cid, len);
	assert_memo(0, 2);
}

/* ---- under attack ------------------------------------------------------- */

#define N_LIVE 10000
#define N_FLOOD 200000

static struct frame live[N_LIVE];

/* Without reading the counters, which takes longer than the program. */
static void run(const struct frame *frame)
{
	uint8_t out[2048];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->len, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = 1);

	g_assert_cmpint(bpf_prog_test_run_opts(rig.program.fd, &opts), ==, 0);
}

static void make_live(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t i;

	for (i = 0; i < N_LIVE; i++) {
		const size_t len = make_cid(A, KEYED, cid);

		live[i] = frame_to(A, cid, len);
	}
}

/* One frame of an attack, to the other VIP: they share the memo. */
typedef struct frame attack_fn(unsigned int i);

static struct frame random_cid(unsigned int i)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	(void)i;
	unit_random(cid, sizeof(cid));
	cid[0] &= 0x1f;
	return frame_to(B, cid, sizeof(cid));
}

static struct frame alias_of_one_cid(unsigned int i)
{
	static uint8_t cid[QUICLB_CID_MAX_BYTES];
	static size_t len;

	if (!i)
		len = make_cid(B, KEYED, cid);
	cid[0] = (uint8_t)(i & 0x1f);
	unit_random(cid + len - 3, 3);
	return frame_to(B, cid, len);
}

/* What a client can come by: a few for each connection. */
static struct frame another_valid_cid(unsigned int i)
{
	static struct frame theirs[5000];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame *const f = &theirs[i % G_N_ELEMENTS(theirs)];

	if (i < G_N_ELEMENTS(theirs))
		*f = frame_to(B, cid, make_cid(B, KEYED, cid));
	return *f;
}

/*
 * Live frames and those of an attack by turns: at least so many percent of the
 * live ones are hits.  From run to run it moves by 0.1 or 0.2.
 */
static void assert_live_stays(const char *name, attack_fn *attack, double least)
{
	const unsigned int n = unit_rounds(N_FLOOD);
	struct quiclb_counters before, after;
	struct frame frame;
	unsigned int i;
	double hits;

	rig_read(&rig, rig_row(&rig, A), &before);
	for (i = 0; i < n; i++) {
		if (attack) {
			frame = attack(i);
			run(&frame);
		}
		run(&live[i % N_LIVE]);
	}
	rig_read(&rig, rig_row(&rig, A), &after);
	g_assert_cmpuint(after.memo_hits + after.memo_misses -
				 before.memo_hits - before.memo_misses,
			 ==, n);
	hits = 100.0 * (double)(after.memo_hits - before.memo_hits) / n;
	g_test_message("%s: %.2f %% of %u packets of %d live CIDs are hits",
		       name, hits, n, N_LIVE);
	g_assert_cmpfloat(hits, >=, least);
}

static void established_cids_stay(void)
{
	size_t i;

	start();
	make_live();
	for (i = 0; i < N_LIVE; i++)
		run(&live[i]);
	assert_live_stays("no attack", NULL, 99.5);
	assert_live_stays("random CIDs", random_cid, 99.5);
	assert_live_stays("aliases of one CID", alias_of_one_cid, 99.5);
	assert_live_stays("valid CIDs of other clients", another_valid_cid,
			  98.5);
	rig_sync(&rig);
}

/* ---- the hash ----------------------------------------------------------- */

/* Every CID names a server: whatever an attacker makes up is kept. */
static void start_dense(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, 256);
	unsigned int i;
	int index;

	for (i = 0; i < 256; i++) {
		const uint8_t one = (uint8_t)i;

		deploy_server(d, pool, &one, 1, addresses[A], 0);
	}
	unit_config(&configs[A][KEYED], QUICLB_CODEC_FOUR_PASS, 1, 18);
	index = deploy_config(d, pool, &configs[A][KEYED]);
	deploy_vip(d, VIP_A, PORT, &index, 1);
	deploy_vip(d, VIP_B, PORT, &index, 1);
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
	see_memo();
}

/* CIDs that differ in two bytes alone: they must not meet in a few sets. */
static void alike_cids_spread(void)
{
	static struct frame frames[256];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	unsigned int byte, i, round;
	uint64_t hits;

	start_dense();
	for (byte = 1; byte + 1 < sizeof(cid); byte++) {
		unit_random(cid, sizeof(cid));
		cid[0] = 0;
		for (i = 0; i < G_N_ELEMENTS(frames); i++) {
			cid[byte] = (uint8_t)i;
			cid[byte + 1] = unit_random_up_to(255);
			frames[i] = frame_to(A, cid, sizeof(cid));
		}
		for (round = 0; round < 2; round++) {
			rig_sync(&rig);
			hits = hits_of(A);
			for (i = 0; i < G_N_ELEMENTS(frames); i++)
				run(&frames[i]);
		}
		rig_sync(&rig);
		hits = hits_of(A) - hits;
		g_test_message("bytes %u and %u: %u of 256 stay", byte,
			       byte + 1, (unsigned int)hits);
		g_assert_cmpuint(hits, >=, 240);
	}
	see_memo();
}

static const struct unit_case cases[] = {
	{ "second_packet_is_a_hit", second_packet_is_a_hit },
	{ "codec_without_key_needs_none", codec_without_key_needs_none },
	{ "unknown_server_is_not_kept", unknown_server_is_not_kept },
	{ "aliases_share_one_entry", aliases_share_one_entry },
	{ "every_bit_of_the_ciphertext_counts",
	  every_bit_of_the_ciphertext_counts },
	{ "same_cid_at_two_vips_does_not_cross",
	  same_cid_at_two_vips_does_not_cross },
	{ "each_vip_counts_its_own", each_vip_counts_its_own },
	{ "next_generation_forgets", next_generation_forgets },
	{ "next_epoch_forgets", next_epoch_forgets },
	{ "established_cids_stay", established_cids_stay },
	{ "alike_cids_spread", alike_cids_spread },
};

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	rig_stay_on_this_cpu();
	unit_random(id, sizeof(id));
	netns_enter();
	rig_open(&rig, "left", N_VIPS, MEMO_ENTRIES, 0);
	unit_add("memo", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&rig);
	return result;
}
