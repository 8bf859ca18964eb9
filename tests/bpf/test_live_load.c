/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reload and upgrade under load: while hundreds of thousands of packets a
 * second go through real devices, none is lost, none goes astray, and each is
 * counted once.
 *
 * QUICLB_LIVE_RELOADS=N in the environment asks for another number of reloads;
 * there is an upgrade for every ten.
 */
#include <stdlib.h>
#include <string.h>

#include "deploy.h"
#include "live.h"
#include "load.h"
#include "netns.h"
#include "unit.h"

#define RELOADS 200 /* the whole campaign: 1000, a minute */
#define RELOADS_PER_UPGRADE 10

/* VIPs that the load goes to. */
static const char *const vips[] = { "203.0.113.1", "2001:db8:ff::1" };
static const char *const ends[] = { "left-end", "right-end" };

/* Servers of the load: these stay as they are.  Way: 2 * server + way in. */
static const struct {
	uint8_t id;
	const char *address, *device, *end;
} servers[] = {
	{ 0x10, "192.0.2.100", "left", "left-end" },
	{ 0x20, "2001:db8:1::100", "left", "left-end" },
	{ 0x30, "198.51.100.100", "right", "right-end" },
	{ 0x40, "2001:db8:2::100", "right", "right-end" },
};

/* Those that come and go have addresses before, so that indices move. */
#define N_OTHERS 16
#define OTHERS_AT_ONCE 6

static void id_of(uint8_t byte, uint8_t id[3])
{
	memcpy(id, "\xab\xcd", 2);
	id[2] = byte;
}

static void mac_of(uint8_t byte, uint8_t mac[6])
{
	memcpy(mac, "\x02\0\0\0\xbb", 5);
	mac[5] = byte;
}

static void other_address(unsigned int i, char address[32])
{
	g_snprintf(address, 32, "192.0.2.%u", 10 + i % N_OTHERS);
}

/* What answers on the network does not change. */
static void make_network(void)
{
	char address[32];
	uint8_t mac[6];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(servers); i++) {
		mac_of(servers[i].id, mac);
		netns_neighbour(servers[i].device, servers[i].address, mac);
		load_end_at(2 * i, servers[i].end, mac);
		load_end_at(2 * i + 1, servers[i].end, mac);
	}
	for (i = 0; i < N_OTHERS; i++) {
		mac_of((uint8_t)(0x80 + i), mac);
		other_address(i, address);
		netns_neighbour("left", address, mac);
	}
}

/* ---- configurations, one after the other ------------------------------ */

/* Connections of rotation 0 are as old as the load, in clear. */
static void lasting_config(struct quiclb_config *config)
{
	unit_config(config, QUICLB_CODEC_PLAIN, 3, 8);
}

/* The n-th key, with what has been changed together with it. */
static void config_of(unsigned int n, struct quiclb_config *config)
{
	if (n & 1)
		unit_config(config, QUICLB_CODEC_SINGLE_PASS, 3, 13);
	else
		unit_config(config, QUICLB_CODEC_FOUR_PASS, 3, 6);
	config->config_rotation = (uint8_t)(1 + n % (QUICLB_N_ROTATIONS - 1));
	memset(config->key, 0x77, sizeof(config->key));
	memcpy(config->key, &n, sizeof(n));
}

static void add_pool(struct quiclb_deployment *d, unsigned int n)
{
	const size_t pool =
		deploy_pool(d, G_N_ELEMENTS(servers) + OTHERS_AT_ONCE + 1);
	char address[32];
	uint8_t id[3];
	unsigned int i;

	id_of(1, id);
	deploy_server(d, pool, id, 3, "192.0.2.1", 1);
	for (i = 0; i < n % (OTHERS_AT_ONCE + 1); i++) {
		id_of((uint8_t)(0x80 + (n + i) % N_OTHERS), id);
		other_address(n + i, address);
		deploy_server(d, pool, id, 3, address, 0);
	}
	for (i = 0; i < G_N_ELEMENTS(servers); i++) {
		id_of(servers[i].id, id);
		deploy_server(d, pool, id, 3, servers[i].address, 0);
	}
}

/* Everything but the servers of the load moves, the VIPs' places too. */
static void add_vips(struct quiclb_deployment *d, unsigned int n,
		     const int indices[3])
{
	char address[32];
	unsigned int i;

	for (i = 0; i < n % 4; i++) {
		g_snprintf(address, sizeof(address), "203.0.113.%u",
			   100 + (n + i) % 100);
		deploy_vip(d, address, LIVE_PORT, indices, 3);
	}
	for (i = 0; i < G_N_ELEMENTS(vips); i++)
		deploy_vip(d, vips[(n + i) % G_N_ELEMENTS(vips)], LIVE_PORT,
			   indices, 3);
}

/* The n-th configuration has the n-th key and the one before. */
static struct quiclb_deployment *nth_deployment(unsigned int n)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	struct quiclb_config config;
	int indices[3];

	d->memo_entries = 1024;
	d->n_flows = 1024;
	add_pool(d, n);
	config_of(n - 1, &config);
	indices[0] = deploy_config(d, 0, &config);
	config_of(n, &config);
	indices[1] = deploy_config(d, 0, &config);
	lasting_config(&config);
	indices[2] = deploy_config(d, 0, &config);
	add_vips(d, n, indices);
	return d;
}

/* ---- their packets ---------------------------------------------------- */

static void make_frame(struct frame *f, unsigned int i, const char *vip,
		       const struct quiclb_config *config, uint8_t server)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[3];
	struct frame_spec spec;
	struct quic quic;

	id_of(server, id);
	quic_short(&quic, cid, deploy_cid(config, id, cid));
	frame_spec_init(&spec, vip, LIVE_PORT);
	if (i & 1)
		memcpy(spec.destination, netns_right_mac, 6);
	frame_build(f, &spec, &quic);
	frame_put16(f, f->l4, 20000 + i); /* a client of its own */
}

/* By either way in, to either VIP, to each server, old and newest key. */
static void make_set(unsigned int n)
{
	struct quiclb_config configs[2];
	struct frame f;
	unsigned int i;

	config_of(n, &configs[0]);
	lasting_config(&configs[1]);
	for (i = 0; i < LOAD_N_FRAMES; i++) {
		const unsigned int in = i & 1, server = i >> 1 & 3;

		make_frame(&f, i, vips[i >> 3 & 1], &configs[i >> 4 & 1],
			   servers[server].id);
		load_put(n & 1, i, ends[in], 2 * server + in, &f);
	}
}

/* ---- the campaign ----------------------------------------------------- */

static unsigned int n_reloads(void)
{
	const char *const text = g_getenv("QUICLB_LIVE_RELOADS");

	return text ? (unsigned int)atoi(text) : unit_rounds(RELOADS);
}

/* What was done to the load. */
struct tally {
	unsigned int reloads, upgrades;
	double reloading, upgrading; /* seconds, altogether */
};

static void start(void)
{
	struct quiclb_deployment *const d = nth_deployment(1);
	struct quicsteer_options options;
	struct quicsteer_error error;

	live_options(&options, 1);
	g_assert_cmpint(quicsteer_up(d, &options, &error), ==, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	make_set(1);
	load_start(1);
}

static void reload(unsigned int n, struct tally *tally)
{
	struct quiclb_deployment *const d = nth_deployment(n);

	g_test_timer_start();
	live_reload(d, QUICSTEER_DONE);
	tally->reloading += g_test_timer_elapsed();
	tally->reloads++;
	quiclb_deployment_free(d);
}

static void upgrade(struct tally *tally)
{
	struct quicsteer_options options;
	struct quicsteer_error error;

	live_options(&options, 1);
	g_test_timer_start();
	g_assert_cmpint(quicsteer_upgrade(&options, &error), ==,
			QUICSTEER_DONE);
	tally->upgrading += g_test_timer_elapsed();
	tally->upgrades++;
}

/*
 * During a reload the packets have the key that both configurations know; the
 * new one comes into use behind it.
 */
static void reload_many(unsigned int n, struct tally *tally)
{
	unsigned int i;

	for (i = 2; i < n + 2 && !load_is_short(); i++) {
		reload(i, tally);
		make_set(i);
		load_use(i & 1);
		if (i % RELOADS_PER_UPGRADE == 0)
			upgrade(tally);
	}
}

static const struct quicsteer_vip *find_vip(const struct quicsteer_status *s,
					    const char *text)
{
	struct quiclb_address address;
	size_t i;

	g_assert_cmpint(quiclb_address_parse(text, &address), ==, 0);
	for (i = 0; i < s->n_vips; i++)
		if (!memcmp(&s->vips[i].address, &address, sizeof(address)))
			return &s->vips[i];
	g_assert_not_reached();
}

/* All counters of the load's VIPs, the programs before included. */
static void check_counters(uint64_t sent)
{
	struct quicsteer_status *const status = live_status();
	uint64_t steered = 0;
	size_t i, reason;

	for (i = 0; i < G_N_ELEMENTS(vips); i++) {
		const uint64_t *const packets =
			find_vip(status, vips[i])->counters.packets;

		steered += packets[QUICLB_REASON_STEERED];
		for (reason = 0; reason < QUICLB_N_REASONS; reason++)
			if (reason != QUICLB_REASON_STEERED && packets[reason])
				g_error("%s: %" G_GUINT64_FORMAT " %s", vips[i],
					packets[reason],
					quicsteer_reason_name(
						(unsigned int)reason));
	}
	g_assert_cmpuint(steered, ==, sent);
	quicsteer_status_free(status);
}

static void print(const struct load_sum *sum, const struct tally *tally)
{
	g_test_message("%u reloads of %.0f ms and %u upgrades of %.0f ms, in "
		       "%.1f s of load",
		       tally->reloads, 1e3 * tally->reloading / tally->reloads,
		       tally->upgrades,
		       1e3 * tally->upgrading / MAX(tally->upgrades, 1),
		       sum->seconds);
	g_test_message("%" G_GUINT64_FORMAT " packets sent, %.0f a second",
		       sum->n_sent, (double)sum->n_sent / sum->seconds);
	g_test_message("%" G_GUINT64_FORMAT
		       " came to their server, %" G_GUINT64_FORMAT
		       " to another, %" G_GUINT64_FORMAT
		       " up the stack, %" G_GINT64_FORMAT " nowhere",
		       sum->n_right, sum->n_wrong, sum->n_passed,
		       (gint64)(sum->n_sent - sum->n_right - sum->n_wrong -
				sum->n_passed));
}

static void no_packet_is_lost_or_astray(void)
{
	const unsigned int n = n_reloads();
	struct tally tally = { .reloads = 0 };
	struct load_sum sum;
	unsigned int i;

	if (load_open()) {
		g_test_skip("no live frames");
		return;
	}
	make_network();
	start();
	reload_many(n, &tally);
	load_stop(&sum);
	print(&sum, &tally);
	g_assert_cmpuint(sum.n_wrong, ==, 0);
	g_assert_cmpuint(sum.n_passed, ==, 0);
	g_assert_cmpuint(sum.n_right, ==, sum.n_sent);
	g_assert_cmpuint(tally.reloads, ==, n);
	for (i = 0; i < LOAD_N_WAYS; i++) {
		g_assert_cmpuint(sum.sent[i], >, 0);
		g_assert_cmpuint(sum.right[i], ==, sum.sent[i]);
	}
	check_counters(sum.n_sent);
	live_stop();
	load_close();
}

static const struct unit_case cases[] = {
	{ "no_packet_is_lost_or_astray", no_packet_is_lost_or_astray },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	unit_add("live_load", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
