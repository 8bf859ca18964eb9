/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * up, status and down against a kernel: what is refused, and that nothing stays
 * behind.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "deploy.h"
#include "live.h"
#include "netns.h"
#include "unit.h"

#define KEY 0x11
#define OTHER_KEY 0x22

static void up_steers_and_status_tells(void)
{
	struct quicsteer_status *status;

	live_nothing_is_left();
	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_steers(1, KEY, LIVE_SECOND);
	g_assert_cmpuint(live_send(1, KEY, LIVE_LOCAL, NULL), ==, XDP_PASS);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_LOCAL), ==, 1);
	status = live_status();
	g_assert_cmpuint(status->generation, ==, 1);
	g_assert_cmpuint(status->n_interfaces, ==, 1);
	g_assert_cmpstr(status->interfaces[0].name, ==, "left");
	g_assert_true(status->interfaces[0].attached);
	g_assert_true(status->interfaces[0].native);
	g_assert_cmpuint(status->n_vips, ==, 1);
	g_assert_cmpuint(status->vips[0].port, ==, LIVE_PORT);
	g_assert_cmpuint(status->n_servers, ==, 3);
	g_assert_cmpint(status->servers[0].reach, ==, QUICSTEER_REACH_LOCAL);
	g_assert_cmpint(status->servers[1].reach, ==, QUICSTEER_REACH_OK);
	g_assert_cmpmem(status->servers[1].mac, 6, live_mac(LIVE_FIRST), 6);
	quicsteer_status_free(status);
	live_stop();
}

static void up_twice_is_refused(void)
{
	struct quiclb_deployment *const d = live_deployment("2", OTHER_KEY);

	live_start("1", KEY);
	g_assert_nonnull(strstr(live_up(d, QUICSTEER_NO), "already up"));
	live_steers(1, KEY, LIVE_FIRST);
	g_assert_cmpuint(live_generation(), ==, 1);
	quiclb_deployment_free(d);
	live_stop();
}

static void without_up_is_not_attached(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;
	struct quicsteer_status *status;
	struct quicsteer_error error;

	live_reload(d, QUICSTEER_NOT_ATTACHED);
	live_down(QUICSTEER_NOT_ATTACHED);
	live_options(&options, 0);
	g_assert_cmpint(quicsteer_status(&options, &status, &error), ==,
			QUICSTEER_NOT_ATTACHED);
	quiclb_deployment_free(d);
	live_nothing_is_left();
}

static void refused(struct quicsteer_options *options, int result)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_error error;

	g_assert_cmpint(quicsteer_up(d, options, &error), ==, result);
	quiclb_deployment_free(d);
}

static void bad_interfaces_are_refused(void)
{
	const char *names[QUICSTEER_CAP_INTERFACES + 1];
	struct quicsteer_options options;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(names); i++)
		names[i] = "left";
	live_options(&options, 0);
	options.interfaces = names;
	options.n_interfaces = 0;
	refused(&options, QUICSTEER_USAGE);
	options.n_interfaces = G_N_ELEMENTS(names);
	refused(&options, QUICSTEER_USAGE);
	options.n_interfaces = 2; /* named twice */
	refused(&options, QUICSTEER_USAGE);
	names[1] = "no-such-device";
	refused(&options, QUICSTEER_USAGE);
	live_nothing_is_left();
}

static void bad_options_are_refused(void)
{
	struct quicsteer_options options;
	char longer[300];

	live_options(&options, 0);
	options.size--;
	refused(&options, QUICSTEER_USAGE);
	live_options(&options, 0);
	options.flags = 1u << 31;
	refused(&options, QUICSTEER_USAGE);
	live_options(&options, 0);
	options.reserved = 1;
	refused(&options, QUICSTEER_USAGE);
	live_options(&options, 0);
	options.pin_dir = "/run/not-a-bpffs";
	refused(&options, QUICSTEER_NO);
	g_assert_cmpint(access("/run/not-a-bpffs", F_OK), !=, 0);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	options.pin_dir = longer;
	refused(&options, QUICSTEER_USAGE);
	live_nothing_is_left();
}

/* lo cannot run XDP natively: by then left is attached, and must come off. */
static void up_that_fails_half_way_leaves_nothing(void)
{
	static const char *const names[] = { "left", "lo" };
	struct quicsteer_options options;

	live_options(&options, 0);
	options.interfaces = names;
	options.n_interfaces = 2;
	refused(&options, QUICSTEER_NO);
	live_nothing_is_left();
}

static void generic_mode_is_told(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;
	struct quicsteer_status *status;
	struct quicsteer_error error;

	live_options(&options, 0);
	options.flags = QUICSTEER_F_SKB;
	g_assert_cmpint(quicsteer_up(d, &options, &error), ==, QUICSTEER_DONE);
	status = live_status();
	g_assert_true(status->interfaces[0].attached);
	g_assert_false(status->interfaces[0].native);
	quicsteer_status_free(status);
	quiclb_deployment_free(d);
	live_stop();
}

static void other_program_is_foreign(void)
{
	const int left = (int)netns_ifindex("left");
	struct quicsteer_options options;
	uint32_t id = 0;

	codec_open();
	g_assert_cmpint(
		bpf_xdp_attach(left, codec_program(), XDP_FLAGS_DRV_MODE, NULL),
		==, 0);
	live_options(&options, 0);
	refused(&options, QUICSTEER_FOREIGN);
	live_options(&options, 1);
	refused(&options, QUICSTEER_FOREIGN);
	g_assert_cmpint(bpf_xdp_query_id(left, 0, &id), ==, 0);
	g_assert_cmpuint(id, !=, 0); /* still there */
	g_assert_false(live_attached("right"));
	g_assert_true(live_no_pins());
	g_assert_cmpint(bpf_xdp_detach(left, XDP_FLAGS_DRV_MODE, NULL), ==, 0);
	codec_close();
	live_nothing_is_left();
}

static void two_interfaces_count_apart(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;
	struct quicsteer_status *status;
	struct quicsteer_error error;

	live_options(&options, 1);
	g_assert_cmpint(quicsteer_up(d, &options, &error), ==, QUICSTEER_DONE);
	live_send(9, KEY, LIVE_FIRST, NULL); /* no such VIP */
	live_send(9, KEY, LIVE_FIRST, NULL);
	status = live_status();
	g_assert_cmpuint(status->n_interfaces, ==, 2);
	g_assert_cmpstr(status->interfaces[0].name, ==, "left");
	g_assert_cmpstr(status->interfaces[1].name, ==, "right");
	g_assert_true(status->interfaces[1].attached);
	g_assert_cmpuint(
		status->interfaces[0].counters.packets[QUICLB_REASON_NOT_VIP],
		>=, 2);
	quicsteer_status_free(status);
	quiclb_deployment_free(d);
	live_stop();
}

static void down_keeps_what_forwarded_before(void)
{
	live_set_forwarding(4, '1');
	live_start("1", KEY);
	g_assert_cmpint(live_forwarding(4), ==, '1');
	g_assert_cmpint(live_forwarding(6), ==, '1');
	live_down(QUICSTEER_DONE);
	g_assert_cmpint(live_forwarding(4), ==, '1');
	g_assert_cmpint(live_forwarding(6), ==, '0');
	live_set_forwarding(4, '0');
	live_nothing_is_left();
}

static void device_that_went_is_told(void)
{
	static const char *const names[] = { "gone" };
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;
	struct quicsteer_status *status;
	struct quicsteer_error error;

	netns_ip("link add gone type veth peer name gone-end");
	netns_pass("gone-end", 1);
	live_options(&options, 0);
	options.interfaces = names;
	g_assert_cmpint(quicsteer_up(d, &options, &error), ==, QUICSTEER_DONE);
	netns_ip("link del gone");
	status = live_status();
	g_assert_cmpuint(status->n_interfaces, ==, 1);
	g_assert_false(status->interfaces[0].attached);
	quicsteer_status_free(status);
	live_reload(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	live_stop();
}

static void second_command_is_refused(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	int fd;

	live_start("1", KEY);
	fd = open(NETNS_PIN_DIR, O_RDONLY | O_DIRECTORY);
	g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
	live_up(d, QUICSTEER_NO);
	live_reload(d, QUICSTEER_NO);
	live_down(QUICSTEER_NO);
	close(fd);
	live_steers(1, KEY, LIVE_FIRST);
	quiclb_deployment_free(d);
	live_stop();
}

/* Of another release nothing is read or changed, but it can be removed. */
static void other_abi_is_refused(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	struct quicsteer_options options;
	struct quicsteer_status *status;
	struct quicsteer_error error;

	live_start("1", KEY);
	live_set_control(QUICLB_MAP_ABI + 1, 1);
	live_options(&options, 0);
	g_assert_cmpint(quicsteer_status(&options, &status, &error), ==,
			QUICSTEER_NO);
	live_reload(d, QUICSTEER_NO);
	live_down(QUICSTEER_DONE);
	g_assert_true(live_no_pins());
	g_assert_false(live_attached("left"));
	live_nothing_is_left(); /* the sysctls are put back all the same */
	quiclb_deployment_free(d);
}

static gboolean neighbour_is(const char *address, const char *what)
{
	g_autofree char *arguments = g_strdup_printf("neigh show %s", address);
	g_autofree char *output = netns_ip_output(arguments);

	return strstr(output, what) != NULL;
}

/* Nothing is removed from a directory that `up` did not fill. */
static void down_leaves_what_is_not_its_own(void)
{
	const int map =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, "theirs", 4, 4, 1, NULL);

	g_assert_cmpint(mkdir(NETNS_PIN_DIR, 0700), ==, 0);
	g_assert_cmpint(bpf_obj_pin(map, NETNS_PIN_DIR "/theirs"), ==, 0);
	live_down(QUICSTEER_NOT_ATTACHED);
	g_assert_cmpint(access(NETNS_PIN_DIR "/theirs", F_OK), ==, 0);
	g_assert_cmpint(unlink(NETNS_PIN_DIR "/theirs"), ==, 0);
	g_assert_cmpint(rmdir(NETNS_PIN_DIR), ==, 0);
	close(map);
}

/* What a lost carrier, a flush and ip_forward going to 0 take away. */
static void maintain_puts_right(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	const uint8_t id[3] = { 9, 9, 9 };
	struct quicsteer_options options;
	struct quicsteer_status *status;
	struct quicsteer_error error;

	deploy_server(d, 0, id, 3, "192.0.2.42", 0);
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	netns_ip("neigh del 192.0.2.42 dev left");
	live_set_forwarding(4, '0');
	status = live_status();
	g_assert_false(status->lo_forwards);
	quicsteer_status_free(status);
	live_options(&options, 0);
	g_assert_cmpint(quicsteer_maintain(&options, &error), ==,
			QUICSTEER_DONE);
	g_assert_true(neighbour_is("192.0.2.42", "managed"));
	status = live_status();
	g_assert_true(status->lo_forwards);
	g_assert_cmpuint(status->generation, ==, 1);
	quicsteer_status_free(status);
	live_stop();
	g_assert_cmpint(quicsteer_maintain(&options, &error), ==,
			QUICSTEER_NOT_ATTACHED);
}

/* ---- neighbours ------------------------------------------------------- */

/* An address with several server IDs stands several times in the map. */
static void down_leaves_permanent_neighbours(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	uint8_t id[3] = { 1, 2, 3 };

	d->pools[0].servers =
		realloc(d->pools[0].servers, 64 * sizeof(*d->pools[0].servers));
	while (d->pools[0].n_servers < 40) {
		struct quiclb_server *const s =
			&d->pools[0].servers[d->pools[0].n_servers];

		memset(s, 0, sizeof(*s));
		id[2]++;
		deploy_server(d, 0, id, 3,
			      id[2] & 1 ? LIVE_FIRST_ADDRESS
					: LIVE_SECOND_ADDRESS,
			      0);
	}
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	live_stop();
	g_assert_true(neighbour_is(LIVE_FIRST_ADDRESS, "PERMANENT"));
	g_assert_true(neighbour_is(LIVE_SECOND_ADDRESS, "PERMANENT"));
}

static void down_releases_managed_neighbours(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	const uint8_t id[3] = { 9, 9, 9 };

	deploy_server(d, 0, id, 3, "192.0.2.40", 0);
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	g_assert_true(neighbour_is("192.0.2.40", "managed"));
	live_stop();
	g_assert_false(neighbour_is("192.0.2.40", "managed"));
}

static void reload_releases_neighbours_of_removed_servers(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);
	const uint8_t id[3] = { 9, 9, 9 };

	deploy_server(d, 0, id, 3, "192.0.2.41", 0);
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	g_assert_true(neighbour_is("192.0.2.41", "managed"));
	live_change("1", KEY);
	g_assert_false(neighbour_is("192.0.2.41", "managed"));
	g_assert_true(neighbour_is(LIVE_FIRST_ADDRESS, "PERMANENT"));
	live_stop();
}

static const struct unit_case cases[] = {
	{ "up_steers_and_status_tells", up_steers_and_status_tells },
	{ "up_twice_is_refused", up_twice_is_refused },
	{ "without_up_is_not_attached", without_up_is_not_attached },
	{ "bad_interfaces_are_refused", bad_interfaces_are_refused },
	{ "bad_options_are_refused", bad_options_are_refused },
	{ "up_that_fails_half_way_leaves_nothing",
	  up_that_fails_half_way_leaves_nothing },
	{ "generic_mode_is_told", generic_mode_is_told },
	{ "other_program_is_foreign", other_program_is_foreign },
	{ "two_interfaces_count_apart", two_interfaces_count_apart },
	{ "down_keeps_what_forwarded_before",
	  down_keeps_what_forwarded_before },
	{ "device_that_went_is_told", device_that_went_is_told },
	{ "second_command_is_refused", second_command_is_refused },
	{ "other_abi_is_refused", other_abi_is_refused },
	{ "down_leaves_what_is_not_its_own", down_leaves_what_is_not_its_own },
	{ "maintain_puts_right", maintain_puts_right },
	{ "down_leaves_permanent_neighbours",
	  down_leaves_permanent_neighbours },
	{ "down_releases_managed_neighbours",
	  down_releases_managed_neighbours },
	{ "reload_releases_neighbours_of_removed_servers",
	  reload_releases_neighbours_of_removed_servers },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	unit_add("up", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
