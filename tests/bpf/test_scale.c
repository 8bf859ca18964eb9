/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A large site: 65,536 servers with an address each, most of them behind a
 * router, 1,024 VIPs, and 7 configs that share the servers; every VIP has all
 * of them.  It steers right, and what operators wait for is printed.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <config/change.h>

#include "deploy.h"
#include "frame.h"
#include "live.h"
#include "netns.h"
#include "unit.h"

#define N_SERVERS QUICLB_CAP_SERVERS
#define N_VIPS QUICLB_CAP_VIPS
#define NEAR_STEP 1021 /* every so many servers are on the same L2 */
#define GUE_BYTES 28   /* IPv4 and UDP, before the inner packet */
#define FILE_PATH "/run/scale.json" /* on the test's own tmpfs */

static struct quiclb_config configs[QUICLB_N_ROTATIONS];

/* ---- the deployment --------------------------------------------------- */

/* One in clear: two would find the same server ID in each other's CIDs. */
static void make_configs(void)
{
	static const struct {
		uint8_t codec, nonce_len;
	} rows[QUICLB_N_ROTATIONS] = {
		{ QUICLB_CODEC_FOUR_PASS, 5 },
		{ QUICLB_CODEC_FOUR_PASS, 6 },
		{ QUICLB_CODEC_SINGLE_PASS, 14 },
		{ QUICLB_CODEC_PLAIN, 17 },
		{ QUICLB_CODEC_FOUR_PASS, 9 },
		{ QUICLB_CODEC_FOUR_PASS, 16 },
		{ QUICLB_CODEC_SINGLE_PASS, 14 },
	};
	uint8_t i;

	for (i = 0; i < QUICLB_N_ROTATIONS; i++) {
		unit_config(&configs[i], rows[i].codec, 2, rows[i].nonce_len);
		configs[i].config_rotation = i;
	}
}

static void id_of(size_t n, uint8_t id[2])
{
	id[0] = (uint8_t)(n >> 8);
	id[1] = (uint8_t)n;
}

static int is_near(size_t n)
{
	return n % NEAR_STEP == 0;
}

/* Those on the same L2 are in 198.19.0.0/16, the others in 10.0.0.0/16. */
static void server_address(size_t n, char text[32])
{
	const char *const net = is_near(n) ? "198.19" : "10.0";

	g_snprintf(text, 32, "%s.%zu.%zu", net, n >> 8, n & 255);
}

static void vip_address(size_t n, char text[32])
{
	g_snprintf(text, 32, "203.0.%zu.%zu", 100 + n / 256, n % 256);
}

static void mac_of(size_t n, uint8_t mac[6])
{
	memcpy(mac, "\x06\0\0\0", 4);
	id_of(n, mac + 4);
}

static const uint8_t router_mac[6] = { 0x02, 0, 0, 0, 0xfe, 0xfe };

static void make_network(void)
{
	char address[32];
	uint8_t mac[6];
	size_t i;

	netns_ip("route add 198.19.0.0/16 dev left");
	netns_ip("route add 10.0.0.0/16 via 192.0.2.254");
	netns_neighbour("left", "192.0.2.254", router_mac);
	for (i = 0; i < N_SERVERS; i += NEAR_STEP) {
		server_address(i, address);
		mac_of(i, mac);
		netns_neighbour("left", address, mac);
	}
}

static void add_servers(struct quiclb_deployment *d)
{
	const size_t pool = deploy_pool(d, N_SERVERS);
	char address[32];
	uint8_t id[2];
	size_t i;

	d->pools[pool].encapsulation = QUICLB_ENCAPSULATION_GUE;
	for (i = 0; i < N_SERVERS; i++) {
		id_of(i, id);
		server_address(i, address);
		deploy_server(d, pool, id, 2, address, 0);
	}
}

static struct quiclb_deployment *large_site(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	int indices[QUICLB_N_ROTATIONS];
	char address[32];
	size_t i;

	d->memo_entries = 1024;
	g_assert_cmpint(
		quiclb_address_parse("192.0.2.1", &d->tunnel_addresses[0]), ==,
		0);
	d->n_tunnel_addresses = 1;
	add_servers(d);
	for (i = 0; i < QUICLB_N_ROTATIONS; i++)
		indices[i] = deploy_config(d, 0, &configs[i]);
	for (i = 0; i < N_VIPS; i++) {
		vip_address(i, address);
		deploy_vip(d, address, LIVE_PORT, indices, QUICLB_N_ROTATIONS);
	}
	return d;
}

/* ---- where packets go ------------------------------------------------- */

static void make_frame(struct frame *f, size_t vip,
		       const struct quiclb_config *config, size_t server)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[2];
	struct frame_spec spec;
	struct quic quic;
	char address[32];

	id_of(server, id);
	quic_short(&quic, cid, deploy_cid(config, id, cid));
	vip_address(vip, address);
	frame_spec_init(&spec, address, LIVE_PORT);
	frame_build(f, &spec, &quic);
}

/* Through the pinned program: the action, and the frame as it left. */
static uint32_t run_pinned(const struct frame *in, uint8_t out[4096],
			   size_t *len)
{
	const int program = bpf_obj_get(NETNS_PIN_DIR "/prog_left");
	struct xdp_md ctx = { .data_end = (uint32_t)in->len,
			      .ingress_ifindex = netns_ifindex("left") };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->bytes,
		    .data_size_in = (uint32_t)in->len, .data_out = out,
		    .data_size_out = 4096, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	g_assert_cmpint(program, >=, 0);
	g_assert_cmpint(bpf_prog_test_run_opts(program, &opts), ==, 0);
	close(program);
	*len = opts.data_size_out;
	return opts.retval;
}

static void came_by_ethernet(const struct frame *in, const uint8_t *out,
			     size_t len, size_t server)
{
	struct frame want = *in;
	uint8_t mac[6];

	mac_of(server, mac);
	frame_forward(&want, mac, netns_left_mac);
	g_assert_cmpmem(out, len, want.bytes, want.len);
}

/* What the outside looks like otherwise is test_tunnel.c's. */
static void came_by_tunnel(const struct frame *in, const uint8_t *out,
			   size_t len, size_t server)
{
	struct quiclb_address address;
	struct frame want = *in;
	char text[32];

	server_address(server, text);
	g_assert_cmpint(quiclb_address_parse(text, &address), ==, 0);
	g_assert_cmpuint(len, ==, in->len + GUE_BYTES);
	g_assert_cmpmem(out, 6, router_mac, 6);
	g_assert_cmpmem(out + in->l3 + 16, 4, address.bytes, 4);
	frame_forward(&want, router_mac, netns_left_mac);
	g_assert_cmpmem(out + in->l3 + GUE_BYTES, len - in->l3 - GUE_BYTES,
			want.bytes + want.l3, want.len - want.l3);
}

static void reaches(size_t vip, const struct quiclb_config *config,
		    size_t server)
{
	uint8_t out[4096];
	struct frame in;
	size_t len;

	make_frame(&in, vip, config, server);
	g_assert_cmpuint(run_pinned(&in, out, &len), ==, XDP_TX);
	if (is_near(server))
		came_by_ethernet(&in, out, len, server);
	else
		came_by_tunnel(&in, out, len, server);
}

static void passes(size_t vip, const struct quiclb_config *config,
		   size_t server)
{
	uint8_t out[4096];
	struct frame in;
	size_t len;

	make_frame(&in, vip, config, server);
	g_assert_cmpuint(run_pinned(&in, out, &len), ==, XDP_PASS);
	g_assert_cmpmem(out, len, in.bytes, in.len);
}

/* Some of all servers under every config, at all VIPs in turn. */
static void steers_right(void)
{
	const unsigned int n = unit_rounds(400);
	unsigned int i;
	size_t r;

	for (i = 0; i < n; i++)
		for (r = 0; r < QUICLB_N_ROTATIONS; r++) {
			const size_t vip =
				(i * QUICLB_N_ROTATIONS + r) % N_VIPS;

			/* every fourth is near: those are few */
			reaches(vip, &configs[r],
				(i & 3 ? i * 40503u
				       : i / 4 * (size_t)NEAR_STEP) %
					N_SERVERS);
		}
	reaches(0, &configs[0], 0);
	reaches(N_VIPS - 1, &configs[QUICLB_N_ROTATIONS - 1], N_SERVERS - 1);
}

/* ---- up and reload ---------------------------------------------------- */

static void all_are_there(void)
{
	g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, N_SERVERS);
	g_assert_cmpuint(live_entries(QUICSTEER_VIPS), ==, N_VIPS);
	/* tunnel-address, too */
	g_assert_cmpuint(live_entries(QUICSTEER_ENDPOINTS), ==, N_SERVERS + 1);
}

static void comes_up(const struct quiclb_deployment *d)
{
	struct quicsteer_options options;
	struct quicsteer_error error;

	live_options(&options, 0);
	g_test_timer_start();
	g_assert_cmpint(quicsteer_up(d, &options, &error), ==, QUICSTEER_DONE);
	g_test_message("up: %.3f s", g_test_timer_elapsed());
	all_are_there();
}

static void comes_up_and_reloads(void)
{
	struct quiclb_deployment *const d = large_site();
	unsigned int i;

	comes_up(d);
	steers_right();
	for (i = 0; i < 3; i++) {
		/* another key, and the same keys in other places */
		unit_random(configs[1].key, sizeof(configs[1].key));
		d->cid_configs[1].config = configs[1];
		g_test_timer_start();
		live_reload(d, QUICSTEER_DONE);
		g_test_message("reload: %.3f s", g_test_timer_elapsed());
		all_are_there();
		steers_right();
	}
	quiclb_deployment_free(d);
	live_stop();
}

/* ---- one server of them ----------------------------------------------- */

/* Opens the pins, changes the server and closes them: what a command does. */
static double change(enum quiclb_change_kind kind, size_t n, uint8_t state)
{
	struct quiclb_change c = { .kind = kind,
				   .pool = QUICLB_CHANGE_ONLY_POOL };
	struct quicsteer_options options;
	struct quicsteer_delta *delta;
	struct quicsteer_server host;
	struct quicsteer_error error;
	char address[32];

	id_of(n, c.server.server_id);
	c.server.server_id_len = 2;
	c.server.state = state;
	server_address(n, address);
	if (kind == QUICLB_CHANGE_ADD)
		quiclb_address_parse(address, &c.server.address);
	live_options(&options, 0);
	g_test_timer_start();
	g_assert_cmpint(quicsteer_delta_open(&options, &delta, &error), ==,
			QUICSTEER_DONE);
	g_assert_cmpint(quicsteer_delta_apply(delta, &c, &host, &error), ==,
			QUICSTEER_DONE);
	quicsteer_delta_close(delta);
	return g_test_timer_elapsed();
}

enum { DRAIN, DOWN, UP, DEL, ADD, N_CHANGES };

static void print_worst(const double worst[N_CHANGES])
{
	static const char *const names[N_CHANGES] = { "drain", "down", "up",
						      "del", "add" };
	int i;

	for (i = 0; i < N_CHANGES; i++)
		g_test_message("%s: %.2f ms at most", names[i], 1e3 * worst[i]);
}

static void note(double *worst, double seconds)
{
	*worst = MAX(*worst, seconds);
}

/* All there is to do with a server, and what its packets do meanwhile. */
static void change_one(size_t vip, size_t server, double worst[N_CHANGES])
{
	const struct quiclb_config *const c =
		&configs[server % QUICLB_N_ROTATIONS];

	note(&worst[DRAIN],
	     change(QUICLB_CHANGE_STATE, server, QUICLB_SERVER_DRAINING));
	reaches(vip, c, server);
	note(&worst[DOWN],
	     change(QUICLB_CHANGE_STATE, server, QUICLB_SERVER_DOWN));
	passes(vip, c, server);
	note(&worst[UP], change(QUICLB_CHANGE_STATE, server, QUICLB_SERVER_UP));
	reaches(vip, c, server);
	note(&worst[DEL], change(QUICLB_CHANGE_DEL, server, 0));
	passes(vip, c, server);
	note(&worst[ADD], change(QUICLB_CHANGE_ADD, server, 0));
	reaches(vip, c, server);
	reaches(vip, c, server ^ 1);
}

static void one_server_changes(void)
{
	struct quiclb_deployment *const d = large_site();
	double worst[N_CHANGES] = { 0 };
	size_t i;

	for (i = 0; i < N_VIPS; i++)
		d->vips[i].server_down = QUICLB_DOWN_LOCAL;
	comes_up(d);
	for (i = 0; i < 21; i++) /* near and far */
		change_one(i * 50 % N_VIPS, (i & 1 ? 3001 : NEAR_STEP) * i,
			   worst);
	print_worst(worst);
	all_are_there();
	steers_right();
	live_reload(d, QUICSTEER_DONE);
	steers_right();
	quiclb_deployment_free(d);
	live_stop();
}

/* ---- the file --------------------------------------------------------- */

static void put_key(FILE *file, const struct quiclb_config *config)
{
	size_t i;

	fputs(", \"cid-key\": \"", file);
	for (i = 0; i < sizeof(config->key); i++)
		fprintf(file, "%02x", config->key[i]);
	fputs("\"", file);
}

/* Keyed ones only: a file must not mix them with configs in clear. */
static void put_configs(FILE *file)
{
	size_t i;

	fputs("\"cid-configs\": [", file);
	for (i = 0; i < QUICLB_N_ROTATIONS; i++) {
		fprintf(file,
			"%s{\"name\": \"c%zu\", \"config-rotation-bits\": %zu, "
			"\"server-id-length\": 2, \"nonce-length\": %u",
			i ? "," : "", i, i, configs[i].nonce_len);
		put_key(file, &configs[i]);
		fputs("}", file);
	}
	fputs("],", file);
}

static void put_servers(FILE *file)
{
	char address[32];
	size_t i;

	fputs("\"server-pool\": [{\"name\": \"all\", "
	      "\"server-id-mappings\": [",
	      file);
	for (i = 0; i < N_SERVERS; i++) {
		server_address(i, address);
		fprintf(file,
			"%s\n{\"server-id\": \"%04zx\", "
			"\"server-address\": \"%s\"}",
			i ? "," : "", i, address);
	}
	fputs("]}],", file);
}

static void put_vips(FILE *file)
{
	char address[32];
	size_t i;

	fputs("\"vip\": [", file);
	for (i = 0; i < N_VIPS; i++) {
		vip_address(i, address);
		fprintf(file, "%s\n{\"address\": \"%s\", \"port\": %d}",
			i ? "," : "", address, LIVE_PORT);
	}
	fputs("]", file);
}

static void write_file(void)
{
	FILE *const file = fopen(FILE_PATH, "w");

	g_assert_nonnull(file);
	fputs("{\"quiclb:quic-lb\": {\"role\": \"balancer\", "
	      "\"tunnel-address\": [\"192.0.2.1\"], \"memo-entries\": 1024,",
	      file);
	put_servers(file);
	put_configs(file);
	put_vips(file);
	fputs("}}\n", file);
	g_assert_cmpint(fclose(file), ==, 0);
}

static struct quiclb_deployment *read_file(void)
{
	struct quiclb_deployment_error why = { "" };
	struct quiclb_deployment *d = NULL;

	g_test_timer_start();
	quiclb_deployment_load(FILE_PATH, &d, &why);
	g_assert_cmpstr(why.text, ==, "");
	g_test_message("reading the file: %.3f s", g_test_timer_elapsed());
	return d;
}

/* From the file to the kernel: what `quic-steer reload` does. */
static void file_of_that_size_comes_up_and_reloads(void)
{
	struct quiclb_deployment *d;
	size_t i;

	for (i = 0; i < QUICLB_N_ROTATIONS; i++) {
		unit_config(&configs[i],
			    i == 2 ? QUICLB_CODEC_SINGLE_PASS
				   : QUICLB_CODEC_FOUR_PASS,
			    2, (uint8_t)(i == 2 ? 14 : 5 + i));
		configs[i].config_rotation = (uint8_t)i;
		memset(configs[i].key, 0, sizeof(configs[i].key));
		configs[i].key[15] = (uint8_t)(i + 1);
	}
	write_file();
	d = read_file();
	comes_up(d);
	quiclb_deployment_free(d);
	steers_right();
	d = read_file();
	g_test_timer_start();
	live_reload(d, QUICSTEER_DONE);
	g_test_message("reload: %.3f s", g_test_timer_elapsed());
	quiclb_deployment_free(d);
	steers_right();
	live_stop();
}

static const struct unit_case cases[] = {
	{ "comes_up_and_reloads", comes_up_and_reloads },
	{ "one_server_changes", one_server_changes },
	{ "file_of_that_size_comes_up_and_reloads",
	  file_of_that_size_comes_up_and_reloads },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	make_network();
	make_configs();
	unit_add("scale", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
