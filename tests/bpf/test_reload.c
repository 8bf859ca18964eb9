/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reload against a kernel: what goes on, what starts anew, and that no packet
 * falls between two generations.
 */
#include <linux/bpf.h>

#include "live.h"
#include "netns.h"
#include "unit.h"

#define KEY 0x11
#define OTHER_KEY 0x22

static void counters_of_kept_vip_go_on(void)
{
	int i;

	live_start("12", KEY);
	for (i = 0; i < 5; i++)
		live_steers(1, KEY, LIVE_FIRST);
	live_steers(2, KEY, LIVE_FIRST);
	for (i = 0; i < 4; i++) {
		live_change(i & 1 ? "12" : "321", KEY);
		g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==,
				 5 + (uint64_t)i);
		live_steers(1, KEY, LIVE_SECOND);
	}
	g_assert_cmpuint(live_count(2, QUICLB_REASON_STEERED), ==, 1);
	live_stop();
}

static void counters_of_new_vip_start_at_zero(void)
{
	live_start("12", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_steers(2, KEY, LIVE_FIRST);
	live_is_unknown(2, OTHER_KEY, LIVE_FIRST);
	live_change("1", KEY);
	live_change("123", KEY); /* one of them takes the row that was left */
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 1);
	g_assert_cmpuint(live_count(2, QUICLB_REASON_STEERED), ==, 0);
	g_assert_cmpuint(live_count(2, QUICLB_REASON_UNKNOWN_SERVER), ==, 0);
	g_assert_cmpuint(live_count(3, QUICLB_REASON_STEERED), ==, 0);
	live_steers(2, KEY, LIVE_FIRST);
	live_stop();
}

static void new_key_takes_over(void)
{
	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_is_unknown(1, OTHER_KEY, LIVE_FIRST);
	live_change("1", OTHER_KEY);
	live_steers(1, OTHER_KEY, LIVE_FIRST);
	live_is_unknown(1, KEY, LIVE_FIRST);
	live_change("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_is_unknown(1, OTHER_KEY, LIVE_FIRST);
	live_stop();
}

static void vip_that_went_is_not_vip(void)
{
	struct quicsteer_status *status;

	live_start("12", KEY);
	live_change("1", KEY);
	g_assert_cmpuint(live_send(2, KEY, LIVE_FIRST, NULL), ==, XDP_PASS);
	status = live_status();
	g_assert_cmpuint(status->n_vips, ==, 1);
	quicsteer_status_free(status);
	live_stop();
}

static void generations_count(void)
{
	uint32_t i;

	live_start("12", KEY);
	for (i = 2; i < 10; i++) {
		live_change("12", i & 1 ? KEY : OTHER_KEY);
		g_assert_cmpuint(live_generation(), ==, i);
		g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 2);
		g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, 3);
		g_assert_cmpuint(live_entries(QUICSTEER_PEERS), ==, 2);
	}
	live_stop();
}

/* Too much of something, or a config that cannot be: d to free. */
static struct quiclb_deployment *bad_deployment(int kind)
{
	struct quiclb_deployment *const d = live_deployment("45", OTHER_KEY);

	switch (kind) {
	case 0:
		d->cid_configs[0].config.has_key = 0;
		break;
	case 1:
		d->n_vips = QUICLB_CAP_VIPS + 1;
		break;
	case 2:
		d->n_cid_configs = QUICLB_CAP_RECORDS + 1;
		break;
	default:
		d->pools[0].n_servers = QUICLB_CAP_SERVERS + 1;
		break;
	}
	return d;
}

static void bad_deployment_changes_nothing(void)
{
	int kind;

	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	for (kind = 0; kind < 4; kind++) {
		struct quiclb_deployment *const d = bad_deployment(kind);

		live_reload(d, QUICSTEER_USAGE);
		if (kind == 3) /* what is freed is what was allocated */
			d->pools[0].n_servers = 0;
		quiclb_deployment_free(d);
		g_assert_cmpuint(live_generation(), ==, 1);
		g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 1);
		g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, 3);
		live_steers(1, KEY, LIVE_FIRST);
		g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==,
				 2 + (uint64_t)kind);
	}
	live_stop();
}

static void bad_deployment_does_not_come_up(void)
{
	int kind;

	for (kind = 0; kind < 4; kind++) {
		struct quiclb_deployment *const d = bad_deployment(kind);

		live_up(d, QUICSTEER_USAGE);
		if (kind == 3)
			d->pools[0].n_servers = 0;
		quiclb_deployment_free(d);
		live_nothing_is_left();
	}
}

/* The one config's record is there, and no key schedule of the last one. */
static void retired_key_leaves_the_kernel(void)
{
	live_start("1", KEY);
	g_assert_cmpuint(live_records(), ==, 1);
	live_change("1", OTHER_KEY);
	g_assert_cmpuint(live_records(), ==, 1);
	live_change("1", KEY);
	g_assert_cmpuint(live_records(), ==, 1);
	live_stop();
}

/* A reload that died: after it had filled all, and before its switch. */
static void leftovers_are_swept(void)
{
	struct quiclb_deployment *const half = live_deployment("2345", KEY);

	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_fill(half, 1, 2);
	live_fill(half, 1, 7); /* of any number */
	quiclb_deployment_free(half);
	g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 9);
	live_steers(1, KEY, LIVE_FIRST);
	live_change("13", OTHER_KEY);
	g_assert_cmpuint(live_generation(), ==, 2);
	g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 2);
	g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, 3);
	g_assert_cmpuint(live_entries(QUICSTEER_PEERS), ==, 2);
	live_steers(1, OTHER_KEY, LIVE_FIRST);
	live_steers(3, OTHER_KEY, LIVE_SECOND);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 3);
	live_stop();
}

/* The same after its switch: the old generation is what is left over. */
static void leftovers_behind_the_switch_are_swept(void)
{
	struct quiclb_deployment *const d = live_deployment("12", OTHER_KEY);

	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_fill(d, 1, 2);
	quiclb_deployment_free(d);
	live_set_control(QUICLB_MAP_ABI, 2);
	live_steers(1, OTHER_KEY, LIVE_FIRST);
	g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 3);
	live_change("12", KEY);
	g_assert_cmpuint(live_generation(), ==, 3);
	g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 2);
	g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, 3);
	live_steers(1, KEY, LIVE_FIRST);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 3);
	live_stop();
}

/* 0 means none, and records alternate between two halves by parity. */
static void generation_number_wraps(void)
{
	struct quiclb_deployment *const d = live_deployment("12", OTHER_KEY);

	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_change("1", KEY); /* even: the last number is odd */
	live_fill(d, 2, UINT32_MAX);
	quiclb_deployment_free(d);
	live_set_control(QUICLB_MAP_ABI, UINT32_MAX);
	live_steers(1, OTHER_KEY, LIVE_FIRST);
	live_change("12", KEY);
	g_assert_cmpuint(live_generation(), ==, 2);
	live_steers(1, KEY, LIVE_FIRST);
	live_is_unknown(1, OTHER_KEY, LIVE_FIRST);
	g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, 2);
	live_change("12", OTHER_KEY);
	g_assert_cmpuint(live_generation(), ==, 3);
	live_steers(1, OTHER_KEY, LIVE_FIRST);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 4);
	live_stop();
}

/* ---- while packets flow ----------------------------------------------- */

struct flow {
	gint stop;
	uint64_t n[2];
	uint64_t wrong;
};

/*
 * Both deployments name the same server ID, but its address is another: so
 * each packet goes to the one or to the other, and never fails.
 */
static gpointer send_all_the_time(gpointer data)
{
	struct flow *const flow = data;
	uint8_t mac[6];

	while (!g_atomic_int_get(&flow->stop)) {
		if (live_send(1, KEY, LIVE_FIRST, mac) != XDP_TX)
			flow->wrong++;
		else if (mac[5] == LIVE_FIRST)
			flow->n[0]++;
		else if (mac[5] == LIVE_SECOND)
			flow->n[1]++;
		else
			flow->wrong++;
	}
	return NULL;
}

static void packets_see_old_or_new(void)
{
	struct quiclb_deployment *const one = live_deployment("1", KEY);
	struct quiclb_deployment *const two = live_deployment("12", KEY);
	struct flow flow = { .stop = 0 };
	GThread *thread;
	unsigned int i;

	two->pools[0].servers[1].address = one->pools[0].servers[2].address;
	live_up(one, QUICSTEER_DONE);
	thread = g_thread_new("flow", send_all_the_time, &flow);
	for (i = 0; i < unit_rounds(60); i++)
		live_reload(i & 1 ? one : two, QUICSTEER_DONE);
	g_atomic_int_set(&flow.stop, 1);
	g_thread_join(thread);
	g_test_message("%" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT
		       " packets during the reloads",
		       flow.n[0], flow.n[1]);
	g_assert_cmpuint(flow.wrong, ==, 0);
	g_assert_cmpuint(flow.n[0], >, 0);
	g_assert_cmpuint(flow.n[1], >, 0);
	quiclb_deployment_free(one);
	quiclb_deployment_free(two);
	live_stop();
}

static const struct unit_case cases[] = {
	{ "counters_of_kept_vip_go_on", counters_of_kept_vip_go_on },
	{ "counters_of_new_vip_start_at_zero",
	  counters_of_new_vip_start_at_zero },
	{ "new_key_takes_over", new_key_takes_over },
	{ "vip_that_went_is_not_vip", vip_that_went_is_not_vip },
	{ "generations_count", generations_count },
	{ "bad_deployment_changes_nothing", bad_deployment_changes_nothing },
	{ "bad_deployment_does_not_come_up", bad_deployment_does_not_come_up },
	{ "retired_key_leaves_the_kernel", retired_key_leaves_the_kernel },
	{ "leftovers_are_swept", leftovers_are_swept },
	{ "leftovers_behind_the_switch_are_swept",
	  leftovers_behind_the_switch_are_swept },
	{ "generation_number_wraps", generation_number_wraps },
	{ "packets_see_old_or_new", packets_see_old_or_new },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	unit_add("reload", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
