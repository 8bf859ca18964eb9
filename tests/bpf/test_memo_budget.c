/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The budget of cold decodes, in the real program: what a flood costs at most,
 * and who does not wait.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define VIP "203.0.113.1"
#define PORT 443
#define ID_LEN 8	   /* of servers: random CIDs name none of them */
#define SECOND 1000000000u /* in ns */

enum { KEYED, PLAIN, N_CONFIGS };

static struct rig rig;
static struct quiclb_config configs[N_CONFIGS];
static uint8_t id[ID_LEN];
static const uint8_t mac[6] = { 2, 0, 0, 0, 0xaa, 11 };

static void start(uint32_t cold_decode_rate)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, 1);
	int indices[N_CONFIGS];

	unit_config(&configs[KEYED], QUICLB_CODEC_FOUR_PASS, ID_LEN, 7);
	unit_config(&configs[PLAIN], QUICLB_CODEC_PLAIN, ID_LEN, 8);
	configs[PLAIN].config_rotation = 1;
	deploy_server(d, pool, id, ID_LEN, "192.0.2.11", 0);
	indices[KEYED] = deploy_config(d, pool, &configs[KEYED]);
	indices[PLAIN] = deploy_config(d, pool, &configs[PLAIN]);
	deploy_vip(d, VIP, PORT, indices, N_CONFIGS);
	d->cold_decode_rate = cold_decode_rate;
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

static struct frame frame_with(const struct quic *quic)
{
	struct frame_spec spec;
	struct frame frame;

	frame_spec_init(&spec, VIP, PORT);
	frame_build(&frame, &spec, quic);
	return frame;
}

static struct frame frame_to(const uint8_t *cid, size_t len)
{
	struct quic quic;

	quic_short(&quic, cid, len);
	return frame_with(&quic);
}

static void assert_reaches(const uint8_t *cid, size_t len)
{
	const struct frame in = frame_to(cid, len);
	struct frame out = in;

	frame_forward(&out, mac, netns_left_mac);
	rig_steers(&rig, &in, &out, XDP_TX, 0);
}

static void assert_passes(const uint8_t *cid, size_t len, unsigned int reason)
{
	const struct frame in = frame_to(cid, len);

	rig_passes(&rig, &in, reason, 0);
}

static size_t make_cid(int config, uint8_t *cid)
{
	return deploy_cid(&configs[config], id, cid);
}

/*
 * Of n random CIDs, with this credit as of `ago` ns: how many were decoded, and
 * within which time.
 */
static uint64_t decoded_of(unsigned int n, uint64_t credit, uint64_t ago,
			   double *seconds)
{
	const gint64 from = g_get_monotonic_time();
	const struct quiclb_counters *const now =
		&rig.counted[rig_row(&rig, 0)];
	const struct quiclb_counters before = *now;
	uint8_t out[2048], cid[QUICLB_CID_MAX_BYTES];
	uint64_t decoded;
	unsigned int i;

	rig_set_credit(&rig, credit, ago);
	for (i = 0; i < n; i++) {
		struct frame frame;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_out = out,
			    .data_size_out = sizeof(out), .repeat = 1);

		unit_random(cid, sizeof(cid));
		cid[0] &= 0x1f;
		frame = frame_to(cid, sizeof(cid));
		opts.data_in = frame.bytes;
		opts.data_size_in = (uint32_t)frame.len;
		/* the counters are read once: it takes longer */
		g_assert_cmpint(bpf_prog_test_run_opts(rig.program.fd, &opts),
				==, 0);
	}
	*seconds = (double)(g_get_monotonic_time() - from) / 1e6;
	rig_sync(&rig);
	decoded = now->packets[QUICLB_REASON_UNKNOWN_SERVER] -
		  before.packets[QUICLB_REASON_UNKNOWN_SERVER];
	g_assert_cmpuint(decoded + now->packets[QUICLB_REASON_OVERLOAD] -
				 before.packets[QUICLB_REASON_OVERLOAD],
			 ==, n);
	return decoded;
}

/*
 * One decode a second.  However long the machine takes: no more are done than
 * seconds went by.
 */
static void flood_is_bounded_and_established_go_on(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	double seconds;
	size_t len;

	start(1);
	rig_set_credit(&rig, SECOND, 0);
	len = make_cid(KEYED, cid);
	assert_reaches(cid, len);
	g_assert_cmpfloat((double)decoded_of(1000, 0, 0, &seconds), <=,
			  seconds);
	/* what is in the memo, and what needs no key, does not wait */
	rig_set_credit(&rig, 0, 0);
	assert_reaches(cid, len);
	assert_reaches(cid, make_cid(PLAIN, cid));
}

/* Counts a miss, and writes nothing. */
static void overload_passes(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct quiclb_counters before, now;
	size_t len;
	int i;

	start(1);
	before = rig.counted[rig_row(&rig, 0)];
	len = make_cid(KEYED, cid);
	for (i = 0; i < 3; i++) {
		rig_set_credit(&rig, 0, 0);
		assert_passes(cid, len, QUICLB_REASON_OVERLOAD);
	}
	now = rig.counted[rig_row(&rig, 0)];
	g_assert_cmpuint(now.memo_misses, ==, before.memo_misses + 3);
	g_assert_cmpuint(now.memo_hits, ==, before.memo_hits);
	rig_set_credit(&rig, SECOND, 0);
	assert_reaches(cid, len);
	now = rig.counted[rig_row(&rig, 0)];
	g_assert_cmpuint(now.memo_misses, ==, before.memo_misses + 4);
	g_assert_cmpuint(now.memo_hits, ==, before.memo_hits);
}

/* What is told without a decode. */
static void other_reasons_take_no_budget(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame frame;
	struct quic quic;
	size_t len;

	start(1);
	rig_set_credit(&rig, 0, 0);
	len = make_cid(KEYED, cid);
	quic_long(&quic, QUIC_V1, cid, len - 1);
	frame = frame_with(&quic);
	rig_passes(&rig, &frame, QUICLB_REASON_SHORT_CID, 0);
	cid[0] = 0xe0;
	assert_passes(cid, len, QUICLB_REASON_RESERVED);
	cid[0] = 0x40;
	assert_passes(cid, len, QUICLB_REASON_NO_CONFIG);
	len = make_cid(PLAIN, cid);
	assert_reaches(cid, len);
	cid[1] ^= 1;
	assert_passes(cid, len, QUICLB_REASON_UNKNOWN_SERVER);
}

/* All of what was saved, and not one more than time brings. */
static void budget_is_the_rate(void)
{
	static const uint32_t rates[] = { 1, 3, 10, 100 };
	double seconds;
	uint64_t got;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rates); i++) {
		start(rates[i]);
		got = decoded_of(2 * rates[i], SECOND, 0, &seconds);
		g_assert_cmpuint(got, >=, rates[i]);
		g_assert_cmpfloat((double)got, <=, rates[i] * (1 + seconds));
	}
}

/* However long nothing came, and however much was there. */
static void burst_is_a_seconds_at_most(void)
{
	static const struct {
		uint64_t credit, ago;
	} rows[] = {
		{ 0, 100ull * SECOND },
		{ SECOND, 100ull * SECOND },
		{ 100ull * SECOND, 0 },
		{ 0, SECOND },
	};
	double seconds;
	uint64_t got;
	size_t i;

	start(10);
	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		got = decoded_of(30, rows[i].credit, rows[i].ago, &seconds);
		g_assert_cmpuint(got, >=, 10);
		g_assert_cmpfloat((double)got, <=, 10 * (1 + seconds));
	}
}

static void budget_comes_back_with_time(void)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	double seconds;
	size_t len;

	start(2);
	g_assert_cmpfloat((double)decoded_of(1, 0, 0, &seconds), <=,
			  2 * seconds);
	rig_set_credit(&rig, 0, SECOND / 2);
	len = make_cid(KEYED, cid);
	assert_reaches(cid, len);
	/* and by waiting, in real time */
	start(20);
	rig_set_credit(&rig, 0, 0);
	g_usleep(G_USEC_PER_SEC / 20);
	len = make_cid(KEYED, cid);
	assert_reaches(cid, len);
	/* a generation without a bound has none */
	start(0);
	rig_set_credit(&rig, 0, 0);
	len = make_cid(KEYED, cid);
	assert_reaches(cid, len);
}

static const struct unit_case cases[] = {
	{ "flood_is_bounded_and_established_go_on",
	  flood_is_bounded_and_established_go_on },
	{ "overload_passes", overload_passes },
	{ "other_reasons_take_no_budget", other_reasons_take_no_budget },
	{ "budget_is_the_rate", budget_is_the_rate },
	{ "burst_is_a_seconds_at_most", burst_is_a_seconds_at_most },
	{ "budget_comes_back_with_time", budget_comes_back_with_time },
};

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	rig_stay_on_this_cpu();
	unit_random(id, sizeof(id));
	netns_enter();
	netns_neighbour("left", "192.0.2.11", mac);
	rig_open(&rig, "left", 1, 1024, 0);
	unit_add("memo_budget", cases, G_N_ELEMENTS(cases));
	result = g_test_run();
	rig_close(&rig);
	return result;
}
