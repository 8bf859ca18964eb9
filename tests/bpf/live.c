/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "deploy.h"
#include "frame.h"
#include "live.h"
#include "netns.h"
#include "unit.h"

static struct quicsteer_error error; /* of the last call */

const uint8_t *live_mac(int id)
{
	static uint8_t mac[6] = { 0x02, 0, 0, 0, 0xaa };

	mac[5] = (uint8_t)id;
	return mac;
}

void live_neighbours(void)
{
	netns_neighbour("left", LIVE_FIRST_ADDRESS, live_mac(LIVE_FIRST));
	netns_neighbour("left", LIVE_SECOND_ADDRESS, live_mac(LIVE_SECOND));
}

static void config_of(uint8_t key, struct quiclb_config *config)
{
	unit_config(config, QUICLB_CODEC_FOUR_PASS, 3, 6);
	memset(config->key, key, sizeof(config->key));
}

static void id_bytes(int id, uint8_t bytes[3])
{
	memcpy(bytes, "\x0a\x0b", 2);
	bytes[2] = (uint8_t)id;
}

static const char *vip_address(int vip)
{
	static char text[32];

	g_snprintf(text, sizeof(text), "203.0.113.%d", vip);
	return text;
}

struct quiclb_deployment *live_deployment(const char *vips, uint8_t key)
{
	static const char *const addresses[LIVE_N_IDS] = {
		[LIVE_LOCAL] = "192.0.2.1",
		[LIVE_FIRST] = LIVE_FIRST_ADDRESS,
		[LIVE_SECOND] = LIVE_SECOND_ADDRESS,
	};
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	const size_t pool = deploy_pool(d, LIVE_N_IDS);
	struct quiclb_config config;
	uint8_t bytes[3];
	int id, index;

	for (id = LIVE_LOCAL; id < LIVE_N_IDS; id++) {
		id_bytes(id, bytes);
		deploy_server(d, pool, bytes, 3, addresses[id],
			      id == LIVE_LOCAL);
	}
	config_of(key, &config);
	index = deploy_config(d, pool, &config);
	for (; *vips; vips++)
		deploy_vip(d, vip_address(*vips - '0'), LIVE_PORT, &index, 1);
	return d;
}

void live_options(struct quicsteer_options *options, int right)
{
	static const char *const names[] = { "left", "right" };

	quicsteer_options_init(options);
	options->pin_dir = NETNS_PIN_DIR;
	options->interfaces = names;
	options->n_interfaces = right ? 2 : 1;
}

static const char *expect(int result, int expected)
{
	if (result && result != expected)
		g_printerr("# %s\n", error.text);
	g_assert_cmpint(result, ==, expected);
	return error.text;
}

const char *live_up(struct quiclb_deployment *d, int result)
{
	struct quicsteer_options options;

	live_options(&options, 0);
	return expect(quicsteer_up(d, &options, &error), result);
}

const char *live_reload(struct quiclb_deployment *d, int result)
{
	struct quicsteer_options options;

	live_options(&options, 0);
	return expect(quicsteer_reload(d, &options, &error), result);
}

const char *live_down(int result)
{
	struct quicsteer_options options;

	live_options(&options, 0);
	return expect(quicsteer_down(&options, &error), result);
}

struct quicsteer_status *live_status(void)
{
	struct quicsteer_options options;
	struct quicsteer_status *status = NULL;

	live_options(&options, 0);
	expect(quicsteer_status(&options, &status, &error), QUICSTEER_DONE);
	return status;
}

uint64_t live_count(int vip, enum quiclb_reason reason)
{
	struct quicsteer_status *const status = live_status();
	struct quiclb_address address;
	uint64_t packets = UINT64_MAX;
	size_t i;

	g_assert_cmpint(quiclb_address_parse(vip_address(vip), &address), ==,
			0);
	for (i = 0; i < status->n_vips; i++)
		if (!memcmp(&status->vips[i].address, &address,
			    sizeof(address)))
			packets = status->vips[i].counters.packets[reason];
	quicsteer_status_free(status);
	g_assert_cmpuint(packets, !=, UINT64_MAX);
	return packets;
}

static void make_frame(struct frame *f, int vip, const uint8_t *cid,
		       size_t cid_len)
{
	struct frame_spec spec;
	struct quic quic;

	quic_short(&quic, cid, cid_len);
	frame_spec_init(&spec, vip_address(vip), LIVE_PORT);
	frame_build(f, &spec, &quic);
}

uint32_t live_send_cid(int vip, const uint8_t *cid, size_t cid_len,
		       uint8_t *mac)
{
	const int program = bpf_obj_get(NETNS_PIN_DIR "/prog_left");
	struct xdp_md ctx = { .ingress_ifindex = netns_ifindex("left") };
	uint8_t out[4096];
	struct frame f;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	g_assert_cmpint(program, >=, 0);
	make_frame(&f, vip, cid, cid_len);
	ctx.data_end = (uint32_t)f.len;
	opts.data_in = f.bytes;
	opts.data_size_in = (uint32_t)f.len;
	g_assert_cmpint(bpf_prog_test_run_opts(program, &opts), ==, 0);
	close(program);
	if (mac)
		memcpy(mac, out, 6);
	return opts.retval;
}

uint32_t live_send(int vip, uint8_t key, int id, uint8_t *mac)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], bytes[3];
	struct quiclb_config config;

	config_of(key, &config);
	id_bytes(id, bytes);
	return live_send_cid(vip, cid, deploy_cid(&config, bytes, cid), mac);
}

int live_attached(const char *device)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	g_assert_cmpint(bpf_xdp_query((int)netns_ifindex(device), 0, &query),
			==, 0);
	return query.attach_mode != XDP_ATTACHED_NONE;
}

int live_no_pins(void)
{
	return access(NETNS_PIN_DIR, F_OK) != 0;
}

static const char *sysctl(int family)
{
	return family == 4 ? "/proc/sys/net/ipv4/conf/lo/forwarding"
			   : "/proc/sys/net/ipv6/conf/lo/forwarding";
}

char live_forwarding(int family)
{
	const int fd = open(sysctl(family), O_RDONLY);
	char value;

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(read(fd, &value, 1), ==, 1);
	close(fd);
	return value;
}

void live_set_forwarding(int family, char value)
{
	const int fd = open(sysctl(family), O_WRONLY);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, &value, 1), ==, 1);
	close(fd);
}

/* Each case begins and ends with nothing attached. */
void live_nothing_is_left(void)
{
	g_assert_true(live_no_pins());
	g_assert_false(live_attached("left"));
	g_assert_false(live_attached("right"));
	g_assert_cmpint(live_forwarding(4), ==, '0');
	g_assert_cmpint(live_forwarding(6), ==, '0');
}

void live_start(const char *vips, uint8_t key)
{
	struct quiclb_deployment *const d = live_deployment(vips, key);

	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
}

void live_change(const char *vips, uint8_t key)
{
	struct quiclb_deployment *const d = live_deployment(vips, key);

	live_reload(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
}

void live_stop(void)
{
	live_down(QUICSTEER_DONE);
	live_nothing_is_left();
}

void live_steers(int vip, uint8_t key, int id)
{
	const uint64_t before = live_count(vip, QUICLB_REASON_STEERED);
	uint8_t mac[6];

	g_assert_cmpuint(live_send(vip, key, id, mac), ==, XDP_TX);
	g_assert_cmpmem(mac, 6, live_mac(id), 6);
	g_assert_cmpuint(live_count(vip, QUICLB_REASON_STEERED), ==,
			 before + 1);
}

void live_is_unknown(int vip, uint8_t key, int id)
{
	const uint64_t before = live_count(vip, QUICLB_REASON_UNKNOWN_SERVER);

	g_assert_cmpuint(live_send(vip, key, id, NULL), ==, XDP_PASS);
	g_assert_cmpuint(live_count(vip, QUICLB_REASON_UNKNOWN_SERVER), ==,
			 before + 1);
}

uint32_t live_generation(void)
{
	struct quicsteer_status *const status = live_status();
	const uint32_t g = status->generation;

	quicsteer_status_free(status);
	return g;
}

/* ---- the maps behind the pins ----------------------------------------- */

static void open_maps(struct quicsteer_maps *maps)
{

	if (quicsteer_maps_open(maps, NETNS_PIN_DIR, &error))
		g_error("%s", error.text);
}

size_t live_entries(enum quicsteer_map which)
{
	struct quicsteer_maps maps;
	void *keys, *values;
	size_t n;

	open_maps(&maps);
	g_assert_cmpint(
		quicsteer_maps_dump(&maps, which, &keys, &values, &n, &error),
		==, 0);
	free(keys);
	free(values);
	quicsteer_maps_close(&maps);
	return n;
}

/* Fills a generation by hand; returns nothing: a failure ends the test. */
void live_fill(const struct quiclb_deployment *d, uint32_t active,
	       uint32_t next)
{
	struct quicsteer_records *records;
	struct quicsteer_maps maps;

	open_maps(&maps);
	g_assert_cmpint(quicsteer_records_make(d, next, &records, &error), ==,
			0);
	g_assert_cmpint(
		quicsteer_maps_fill(&maps, records, active, next, &error), ==,
		0);
	g_assert_cmpint(quicsteer_peers_fill(&maps, records, next, 0, &error),
			==, 0);
	quicsteer_records_free(records);
	quicsteer_maps_close(&maps);
}

void live_set_control(uint32_t map_abi, uint32_t next)
{
	struct quiclb_control control;
	struct quicsteer_maps maps;

	open_maps(&maps);
	g_assert_cmpint(quicsteer_control_read(&maps, &control, &error), ==, 0);
	control.map_abi = map_abi;
	control.generation = next;
	g_assert_cmpint(quicsteer_control_write(&maps, &control, &error), ==,
			0);
	quicsteer_maps_close(&maps);
}

size_t live_records(void)
{
	static const struct quiclb_record zero;
	struct quiclb_record record;
	struct quicsteer_maps maps;
	size_t n = 0;
	uint32_t i;

	open_maps(&maps);
	for (i = 0; i < 2 * QUICLB_CAP_RECORDS; i++) {
		g_assert_cmpint(bpf_map_lookup_elem(maps.fd[QUICSTEER_RECORDS],
						    &i, &record),
				==, 0);
		n += memcmp(&record, &zero, sizeof(zero)) != 0;
	}
	quicsteer_maps_close(&maps);
	return n;
}
