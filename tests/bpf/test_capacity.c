/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much as fits: 65,536 servers, 1,024 VIPs, 64 configs; twice over during
 * a reload.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "deploy.h"
#include "live.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define KNOWN_STEP 1021 /* every so many servers have a neighbour entry */

static struct quiclb_config configs[QUICLB_CAP_RECORDS];

static void id_of(size_t n, uint8_t id[2])
{
	id[0] = (uint8_t)(n >> 8);
	id[1] = (uint8_t)n;
}

static void make_configs(struct quiclb_deployment *d, size_t pool)
{
	size_t i;

	for (i = 0; i < QUICLB_CAP_RECORDS; i++) {
		unit_config(&configs[i],
			    i & 1 ? QUICLB_CODEC_PLAIN : QUICLB_CODEC_FOUR_PASS,
			    2, 8);
		configs[i].config_rotation = (uint8_t)(i % QUICLB_N_ROTATIONS);
		deploy_config(d, pool, &configs[i]);
	}
}

/* VIP i is at 203.0.(100 + i / 256).(i % 256) and has config i % 64 alone. */
static void make_vips(struct quiclb_deployment *d, size_t n)
{
	char address[32];
	size_t i;

	for (i = 0; i < n; i++) {
		const int index = (int)(i % QUICLB_CAP_RECORDS);

		g_snprintf(address, sizeof(address), "203.0.%zu.%zu",
			   100 + i / 256, i % 256);
		deploy_vip(d, address, LIVE_PORT, &index, 1);
	}
}

static void make_frame(struct frame *f, size_t vip, size_t server)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[2];
	struct frame_spec spec;
	struct quic quic;
	char address[32];

	id_of(server, id);
	quic_short(&quic, cid,
		   deploy_cid(&configs[vip % QUICLB_CAP_RECORDS], id, cid));
	g_snprintf(address, sizeof(address), "203.0.%zu.%zu", 100 + vip / 256,
		   vip % 256);
	frame_spec_init(&spec, address, LIVE_PORT);
	frame_build(f, &spec, &quic);
}

/* ---- every server ID there is, on two hosts --------------------------- */

static struct quiclb_deployment *many_ids(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	const size_t pool = deploy_pool(d, QUICLB_CAP_SERVERS);
	uint8_t id[2];
	size_t i;

	for (i = 0; i < QUICLB_CAP_SERVERS; i++) {
		id_of(i, id);
		deploy_server(d, pool, id, 2,
			      i & 1 ? LIVE_FIRST_ADDRESS : LIVE_SECOND_ADDRESS,
			      0);
	}
	make_configs(d, pool);
	make_vips(d, QUICLB_CAP_VIPS);
	return d;
}

static void steer_some(int program)
{
	struct xdp_md ctx = { .ingress_ifindex = netns_ifindex("left") };
	uint8_t out[4096];
	unsigned int i;

	for (i = 0; i < unit_rounds(5000); i++) {
		const size_t server = (size_t)g_test_rand_int() & 0xffff;
		struct frame f;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f.bytes,
			    .data_out = out, .data_size_out = sizeof(out),
			    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
			    .repeat = 1);

		make_frame(&f, i % QUICLB_CAP_VIPS, server);
		ctx.data_end = (uint32_t)f.len;
		opts.data_size_in = (uint32_t)f.len;
		g_assert_cmpint(bpf_prog_test_run_opts(program, &opts), ==, 0);
		g_assert_cmpuint(opts.retval, ==, XDP_TX);
		g_assert_cmpmem(out, 6,
				live_mac(server & 1 ? LIVE_FIRST : LIVE_SECOND),
				6);
	}
}

static void all_counted(uint64_t n)
{
	struct quicsteer_status *const status = live_status();
	uint64_t sum = 0;
	size_t i;

	g_assert_cmpuint(status->n_vips, ==, QUICLB_CAP_VIPS);
	g_assert_cmpuint(status->n_servers, ==, 2);
	g_assert_cmpuint(status->servers[0].n_ids, ==, QUICLB_CAP_SERVERS / 2);
	for (i = 0; i < status->n_vips; i++)
		sum += status->vips[i].counters.packets[QUICLB_REASON_STEERED];
	g_assert_cmpuint(sum, ==, n);
	quicsteer_status_free(status);
}

static void full_deployment_comes_up_and_reloads(void)
{
	struct quiclb_deployment *const d = many_ids();
	const uint64_t rounds = unit_rounds(5000);
	int program;
	uint64_t i;

	live_up(d, QUICSTEER_DONE);
	program = bpf_obj_get(NETNS_PIN_DIR "/prog_left");
	g_assert_cmpint(program, >=, 0);
	steer_some(program);
	all_counted(rounds);
	for (i = 2; i < 5; i++) {
		g_test_timer_start();
		live_reload(d, QUICSTEER_DONE);
		g_test_message("full reload: %.3f s", g_test_timer_elapsed());
		steer_some(program);
		all_counted(i * rounds);
	}
	close(program);
	quiclb_deployment_free(d);
	live_down(QUICSTEER_DONE);
	g_assert_true(live_no_pins());
}

/* None of the VIPs is kept: every row of counters is in use. */
static void all_vips_are_replaced(void)
{
	struct quiclb_deployment *const d = live_deployment("", 1);
	struct quicsteer_status *status;
	size_t i;

	deploy_config(d, 0, &configs[0]);
	make_vips(d, QUICLB_CAP_VIPS);
	live_up(d, QUICSTEER_DONE);
	for (i = 0; i < d->n_vips; i++)
		d->vips[i].port++;
	live_reload(d, QUICSTEER_DONE);
	for (i = 0; i < d->n_vips; i++)
		d->vips[i].port++;
	live_reload(d, QUICSTEER_DONE);
	status = live_status();
	g_assert_cmpuint(status->n_vips, ==, QUICLB_CAP_VIPS);
	g_assert_cmpuint(status->vips[0].port, ==, LIVE_PORT + 2);
	quicsteer_status_free(status);
	quiclb_deployment_free(d);
	live_down(QUICSTEER_DONE);
}

/* ---- one server of as many as fit ------------------------------------- */

static int change_one(enum quiclb_change_kind kind, size_t n, uint8_t state,
		      const char *address)
{
	struct quiclb_change change = { .kind = kind,
					.pool = QUICLB_CHANGE_ONLY_POOL };
	struct quicsteer_options options;
	struct quicsteer_delta *delta;
	struct quicsteer_server host;
	struct quicsteer_error error;
	int result;

	id_of(n, change.server.server_id);
	change.server.server_id_len = 2;
	change.server.state = state;
	if (address)
		g_assert_cmpint(
			quiclb_address_parse(address, &change.server.address),
			==, 0);
	live_options(&options, 0);
	g_assert_cmpint(quicsteer_delta_open(&options, &delta, &error), ==,
			QUICSTEER_DONE);
	result = quicsteer_delta_apply(delta, &change, &host, &error);
	quicsteer_delta_close(delta);
	return result;
}

#define N_CHANGES 21

static void timed(const char *what, enum quiclb_change_kind kind, uint8_t state,
		  const char *address)
{
	double ms[N_CHANGES], swap;
	size_t i, j;

	for (i = 0; i < N_CHANGES; i++) {
		g_test_timer_start();
		g_assert_cmpint(change_one(kind, 100 * i, state, address), ==,
				QUICSTEER_DONE);
		ms[i] = 1000 * g_test_timer_elapsed();
		for (j = i; j && ms[j] < ms[j - 1]; j--) {
			swap = ms[j];
			ms[j] = ms[j - 1];
			ms[j - 1] = swap;
		}
	}
	g_test_message("%s: %.2f ms (%.2f .. %.2f)", what, ms[N_CHANGES / 2],
		       ms[0], ms[N_CHANGES - 1]);
}

/* What is printed is from opening the pins to closing them. */
static void one_of_them_changes(void)
{
	struct quiclb_deployment *const d = many_ids();

	live_up(d, QUICSTEER_DONE);
	timed("drain", QUICLB_CHANGE_STATE, QUICLB_SERVER_DRAINING, NULL);
	timed("up", QUICLB_CHANGE_STATE, QUICLB_SERVER_UP, NULL);
	timed("del", QUICLB_CHANGE_DEL, 0, NULL);
	timed("add", QUICLB_CHANGE_ADD, 0, LIVE_FIRST_ADDRESS);
	g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==,
			 QUICLB_CAP_SERVERS);
	quiclb_deployment_free(d);
	live_down(QUICSTEER_DONE);
}

/* The full pool has every ID of two bytes: another pool takes one more. */
static void no_more_than_fit_are_added(void)
{
	struct quiclb_deployment *const d = many_ids();
	struct quiclb_change change = { .kind = QUICLB_CHANGE_ADD, .pool = 1 };
	struct quicsteer_options options;
	struct quicsteer_delta *delta;
	struct quicsteer_server host;
	struct quicsteer_error error;

	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	live_options(&options, 0);
	change.server.server_id_len = 2;
	g_assert_cmpint(quiclb_address_parse(LIVE_FIRST_ADDRESS,
					     &change.server.address),
			==, 0);
	g_assert_cmpint(quicsteer_delta_open(&options, &delta, &error), ==,
			QUICSTEER_DONE);
	g_assert_cmpint(quicsteer_delta_apply(delta, &change, &host, &error),
			==, QUICSTEER_NO);
	quicsteer_delta_close(delta);
	g_assert_cmpstr(error.text, ==, "65537 servers: at most 65536 fit");
	live_down(QUICSTEER_DONE);
}

/* ---- as many hosts ---------------------------------------------------- */

static void host_address(size_t n, char text[32])
{
	g_snprintf(text, 32, "10.%zu.%zu.%zu", 16 + (n >> 16), n >> 8 & 255,
		   n & 255);
}

static void host_mac(size_t n, uint8_t mac[6])
{
	const uint8_t bytes[6] = {
		0x06, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n
	};

	memcpy(mac, bytes, 6);
}

static struct quiclb_deployment *many_hosts(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, QUICLB_CAP_SERVERS);
	char address[32];
	uint8_t id[2], mac[6];
	size_t i;

	netns_ip("route add 10.16.0.0/15 dev left");
	for (i = 0; i < QUICLB_CAP_SERVERS; i++) {
		id_of(i, id);
		host_address(i, address);
		deploy_server(d, pool, id, 2, address, 0);
		if (i % KNOWN_STEP)
			continue;
		host_mac(i, mac);
		netns_neighbour("left", address, mac);
	}
	make_configs(d, pool);
	make_vips(d, 8);
	return d;
}

static void each_host_has_its_next_hop(void)
{
	struct quiclb_deployment *const d = many_hosts();
	static struct rig rig;
	struct frame in, out;
	uint8_t mac[6];
	size_t i;

	rig_open(&rig, "left", QUICLB_CAP_SERVERS, 0, 0);
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
	for (i = 0; i < 4 * QUICLB_CAP_SERVERS; i += KNOWN_STEP / 3) {
		const size_t server = i % QUICLB_CAP_SERVERS;
		const size_t vip = i % 8;

		make_frame(&in, vip, server);
		if (server % KNOWN_STEP) {
			rig_passes(&rig, &in, QUICLB_REASON_NO_NEIGHBOUR,
				   (int)vip);
			continue;
		}
		out = in;
		host_mac(server, mac);
		frame_forward(&out, mac, netns_left_mac);
		rig_steers(&rig, &in, &out, XDP_TX, (int)vip);
	}
	rig_close(&rig);
}

static const struct unit_case cases[] = {
	{ "full_deployment_comes_up_and_reloads",
	  full_deployment_comes_up_and_reloads },
	{ "all_vips_are_replaced", all_vips_are_replaced },
	{ "one_of_them_changes", one_of_them_changes },
	{ "no_more_than_fit_are_added", no_more_than_fit_are_added },
	{ "each_host_has_its_next_hop", each_host_has_its_next_hop },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	unit_add("capacity", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
