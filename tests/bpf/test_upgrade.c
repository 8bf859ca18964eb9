/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upgrade, on links and maps that are in use.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "live.h"
#include "netns.h"
#include "unit.h"

#define KEY 0x11

static const char *upgrade(int result)
{
	static struct quicsteer_error error;
	struct quicsteer_options options;

	live_options(&options, 0);
	g_assert_cmpint(quicsteer_upgrade(&options, &error), ==, result);
	return error.text;
}

/* Programs by interface, as status has them; and how many. */
static size_t programs(uint32_t ids[2])
{
	struct quicsteer_status *const s = live_status();
	const size_t n = s->n_interfaces;
	size_t i;

	g_assert_cmpuint(n, <=, 2);
	for (i = 0; i < n; i++) {
		g_assert_true(s->interfaces[i].attached);
		ids[i] = s->interfaces[i].program_id;
	}
	quicsteer_status_free(s);
	return n;
}

static void everything_but_the_program_stays(void)
{
	uint32_t before[2], after[2];
	uint32_t generation;

	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	programs(before);
	generation = live_generation();
	upgrade(QUICSTEER_DONE);
	g_assert_cmpuint(programs(after), ==, 1);
	g_assert_cmpuint(before[0], !=, after[0]);
	g_assert_cmpuint(live_generation(), ==, generation);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 1);
	live_steers(1, KEY, LIVE_FIRST);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 2);
	/* and what comes after works on the new program */
	live_change("1", KEY + 1);
	live_steers(1, KEY + 1, LIVE_SECOND);
	live_is_unknown(1, KEY, LIVE_FIRST);
	live_stop();
}

static void every_interface_goes_over(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;
	struct quicsteer_error error;
	uint32_t before[2], after[2];

	live_options(&options, 1);
	g_assert_cmpint(quicsteer_up(d, &options, &error), ==, QUICSTEER_DONE);
	g_assert_cmpuint(programs(before), ==, 2);
	upgrade(QUICSTEER_DONE);
	g_assert_cmpuint(programs(after), ==, 2);
	g_assert_cmpuint(before[0], !=, after[0]);
	g_assert_cmpuint(before[1], !=, after[1]);
	quiclb_deployment_free(d);
	live_stop();
}

static void many_in_a_row_leave_one_program(void)
{
	uint32_t id[2];
	int i;

	live_start("1", KEY);
	for (i = 0; i < 20; i++) {
		upgrade(QUICSTEER_DONE);
		live_steers(1, KEY, LIVE_FIRST);
	}
	g_assert_cmpuint(programs(id), ==, 1);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 20);
	live_stop();
}

static void nothing_there_is_not_attached(void)
{
	live_nothing_is_left();
	upgrade(QUICSTEER_NOT_ATTACHED);
	live_nothing_is_left();
}

static void maps_of_another_abi_are_refused(void)
{
	live_start("1", KEY);
	live_set_control(QUICLB_MAP_ABI + 1, live_generation());
	g_assert_nonnull(strstr(upgrade(QUICSTEER_NO), "maps of ABI"));
	g_assert_true(live_attached("left"));
	live_down(QUICSTEER_DONE);
	live_nothing_is_left();
}

static const struct unit_case cases[] = {
	{ "everything_but_the_program_stays",
	  everything_but_the_program_stays },
	{ "every_interface_goes_over", every_interface_goes_over },
	{ "many_in_a_row_leave_one_program", many_in_a_row_leave_one_program },
	{ "nothing_there_is_not_attached", nothing_there_is_not_attached },
	{ "maps_of_another_abi_are_refused", maps_of_another_abi_are_refused },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	unit_add("upgrade", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
