/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grace period of reload: what a packet began with stays until the packet
 * is done, however long it takes.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>

#include "live.h"
#include "load.h"
#include "netns.h"
#include "unit.h"

#define KEY 0x11
#define TRIES 5
#define SWEEP_US 50000 /* a reload that did not wait would be done by then */

static void open_maps(struct quicsteer_maps *maps)
{
	struct quicsteer_error error;

	g_assert_cmpint(quicsteer_maps_open(maps, NETNS_PIN_DIR, &error), ==,
			QUICSTEER_DONE);
}

static uint32_t active(const struct quicsteer_maps *maps)
{
	struct quiclb_control control;
	struct quicsteer_error error;

	g_assert_cmpint(quicsteer_control_read(maps, &control, &error), ==,
			QUICSTEER_DONE);
	return control.generation;
}

static int has_vip(const struct quicsteer_maps *maps, uint32_t generation)
{
	struct quiclb_vip_key key = { .port = htons(LIVE_PORT),
				      .family = 4,
				      .generation = generation };
	struct quiclb_vip_value value;

	memcpy(key.address, "\xcb\x00\x71\x01", 4); /* 203.0.113.1 */
	return !bpf_map_lookup_elem(maps->fd[QUICSTEER_VIPS], &key, &value);
}

static gpointer reload(gpointer data)
{
	(void)data;
	live_change("1", KEY);
	return NULL;
}

/*
 * A packet that began before the switch is there for longer than a sweep.
 * Returns 1 if it was; other programs may keep the reload waiting for too long.
 */
static int reload_around_packet(struct quicsteer_maps *maps)
{
	const uint32_t before = active(maps);
	GThread *const thread = g_thread_new("reload", reload, NULL);
	int is_there, was_in;

	while (active(maps) == before)
		g_usleep(100);
	g_usleep(SWEEP_US);
	is_there = has_vip(maps, before);
	was_in = load_release();
	g_thread_join(thread);
	g_assert_false(has_vip(maps, before));
	g_assert_true(has_vip(maps, active(maps)));
	if (was_in)
		g_assert_true(is_there);
	return was_in;
}

static void old_generation_outlives_its_packets(void)
{
	struct quicsteer_maps maps;
	int i, done = 0;

	live_start("1", KEY);
	open_maps(&maps);
	for (i = 0; i < TRIES && !done && !load_hold(); i++)
		done = reload_around_packet(&maps);
	quicsteer_maps_close(&maps);
	live_stop();
	if (!done)
		g_test_skip(i ? "the packets were done too soon"
			      : "no bpf_loop");
}

static const struct unit_case cases[] = {
	{ "old_generation_outlives_its_packets",
	  old_generation_outlives_its_packets },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	unit_add("grace", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
