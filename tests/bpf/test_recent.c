/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a CPU keeps of the maps' last answers, bpf/recent.h, is taken for what
 * it is of and for nothing else: keys that share a slot and differ in one part.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "deploy.h"
#include "netns.h"
#include "rig.h"
#include "unit.h"

#define PORT 443
#define ID_LEN 15      /* both words of it */
#define N_NEAR 31      /* addresses of servers, with a MAC each */
#define N_SERVERS 2048 /* two for each slot */
#define N_AT_ONCE 8    /* VIPs a rig can have */

static struct rig rig;
static struct quiclb_config config;
static int cpus[2]; /* all packets by the first, but for one case's */

static void mac_of(unsigned int near, uint8_t mac[6])
{
	memcpy(mac, "\x02\x00\x00\x00\xaa", 5);
	/* frames come from ..:c1: none near shares its slot of senders */
	mac[5] = (uint8_t)(8 * near);
}

static void address_of(unsigned int near, char text[32])
{
	g_snprintf(text, 32, "192.0.2.%u", 10 + near);
}

static void add_neighbour(unsigned int near)
{
	char address[32];
	uint8_t mac[6];

	address_of(near, address);
	mac_of(near, mac);
	netns_neighbour("left", address, mac);
}

static struct frame frame_of(const char *vip, uint16_t port,
			     const uint8_t id[ID_LEN])
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const size_t len = deploy_cid(&config, id, cid);
	struct frame_spec spec;
	struct frame frame;
	struct quic quic;

	quic_long(&quic, QUIC_V1, cid, len);
	frame_spec_init(&spec, vip, port);
	frame_build(&frame, &spec, &quic);
	return frame;
}

static void assert_reaches(const struct frame *in, unsigned int near, int vip)
{
	struct frame out = *in;
	uint8_t mac[6];

	mac_of(near, mac);
	frame_forward(&out, mac, netns_left_mac);
	rig_steers(&rig, in, &out, XDP_TX, vip);
}

static void use(struct quiclb_deployment *d)
{
	rig_switch(&rig, d);
	quiclb_deployment_free(d);
}

/* ---- servers ------------------------------------------------------------ */

static void add_server(struct quiclb_deployment *d, size_t pool,
		       const uint8_t id[ID_LEN], unsigned int near)
{
	char address[32];

	address_of(near, address);
	deploy_server(d, pool, id, ID_LEN, address, 0);
}

/* Each ID's server, though another one's was kept in the slot meanwhile. */
static void assert_own_servers(uint8_t (*ids)[ID_LEN])
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, N_SERVERS);
	const int index = deploy_config(d, pool, &config);
	struct frame frame;
	unsigned int i;

	for (i = 0; i < N_SERVERS; i++)
		add_server(d, pool, ids[i], i % N_NEAR);
	deploy_vip(d, "203.0.113.1", PORT, &index, 1);
	use(d);
	for (i = 0; i < 2 * N_SERVERS; i++) {
		frame = frame_of("203.0.113.1", PORT, ids[i % N_SERVERS]);
		assert_reaches(&frame, i % N_SERVERS % N_NEAR, 0);
	}
}

/* IDs that have the bytes from..to - 1 in common. */
static void servers_with_common_bytes(size_t from, size_t to)
{
	uint8_t(*const ids)[ID_LEN] = g_malloc0_n(N_SERVERS, ID_LEN);
	unsigned int i;

	for (i = 0; i < N_SERVERS; i++) {
		unit_random(ids[i], ID_LEN);
		memset(ids[i] + from, 0x5a, to - from);
	}
	assert_own_servers(ids);
	g_free(ids);
}

static void servers_differ_in_the_first_bytes(void)
{
	servers_with_common_bytes(8, ID_LEN);
}

static void servers_differ_in_the_last_bytes(void)
{
	servers_with_common_bytes(0, 8);
}

/* A VIP with a pool of its own, that has one server. */
static void add_site(struct quiclb_deployment *d, const char *vip,
		     const uint8_t id[ID_LEN], unsigned int near)
{
	const size_t pool = deploy_pool(d, 1);
	const int index = deploy_config(d, pool, &config);

	add_server(d, pool, id, near);
	deploy_vip(d, vip, PORT, &index, 1);
}

static void servers_differ_in_the_pool(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const uint8_t id[ID_LEN] = { 1, 2, 3 };
	struct frame frame;
	unsigned int i;

	add_site(d, "203.0.113.1", id, 1);
	add_site(d, "203.0.113.2", id, 2);
	use(d);
	for (i = 0; i < 4; i++) {
		frame = frame_of(i % 2 ? "203.0.113.2" : "203.0.113.1", PORT,
				 id);
		assert_reaches(&frame, 1 + i % 2, (int)(i % 2));
	}
}

static void servers_differ_in_the_generation(void)
{
	const uint8_t id[ID_LEN] = { 1, 2, 3 };
	const struct frame frame = frame_of("203.0.113.1", PORT, id);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct quiclb_deployment *const d =
			deploy_new(QUICLB_ROLE_BALANCER);

		add_site(d, "203.0.113.1", id, i);
		use(d);
		assert_reaches(&frame, i, 0);
		assert_reaches(&frame, i, 0);
	}
}

/* ---- VIPs --------------------------------------------------------------- */

static int recent_vips(void)
{
	uint32_t ids[64], i;
	struct bpf_prog_info prog = { .map_ids = (uintptr_t)ids,
				      .nr_map_ids = G_N_ELEMENTS(ids) };
	uint32_t len = sizeof(prog);

	g_assert_cmpint(bpf_obj_get_info_by_fd(rig.program.fd, &prog, &len), ==,
			0);
	for (i = 0; i < prog.nr_map_ids; i++) {
		const int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info map = { 0 };

		len = sizeof(map);
		g_assert_cmpint(bpf_obj_get_info_by_fd(fd, &map, &len), ==, 0);
		if (g_str_has_prefix("quiclb_recent_vips", map.name) &&
		    g_str_has_suffix(map.name, "_v"))
			return fd;
		close(fd);
	}
	g_assert_not_reached();
}

/* The slot that has VIP i of the rig. */
static uint32_t slot_of(int fd, size_t i)
{
	/* per CPU: this one's is among them, and no other has any */
	static uint8_t values[1024][128];
	const struct quiclb_vip_key *const want = &rig.records->vip_keys[i];
	struct bpf_map_info map = { 0 };
	uint32_t len = sizeof(map), slot;
	int cpu;

	g_assert_cmpint(bpf_obj_get_info_by_fd(fd, &map, &len), ==, 0);
	g_assert_cmpuint(map.value_size % 8, ==, 0);
	g_assert_cmpuint(map.value_size, <=, sizeof(values[0]));
	for (slot = 0; slot < map.max_entries; slot++) {
		g_assert_cmpint(bpf_map_lookup_elem(fd, &slot, values), ==, 0);
		for (cpu = 0; cpu < rig.n_cpus; cpu++)
			if (!memcmp((uint8_t *)values +
					    (size_t)cpu * map.value_size,
				    want, sizeof(*want)))
				return slot;
	}
	g_assert_not_reached();
}

struct vip {
	char address[64];
	uint16_t port;
};

typedef struct vip vip_fn(unsigned int n);

static const uint8_t some_id[ID_LEN] = { 7 };

static void use_vips(const struct vip *vips, size_t n)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, 1);
	const int index = deploy_config(d, pool, &config);
	size_t i;

	add_server(d, pool, some_id, 1);
	for (i = 0; i < n; i++)
		deploy_vip(d, vips[i].address, vips[i].port, &index, 1);
	use(d);
}

/* Its packets are counted as its own, whatever the slot has. */
static void assert_own_counters(const struct vip *vips, size_t n)
{
	struct frame frame;
	size_t i;

	use_vips(vips, n);
	for (i = 0; i < 3 * n; i++) {
		const struct vip *const vip = &vips[i % n];

		frame = frame_of(vip->address, vip->port, some_id);
		assert_reaches(&frame, 1, (int)(i % n));
	}
}

/* Asks a few at a time for their slots, until two have the same. */
static void find_two(vip_fn *make, struct vip found[2])
{
	struct vip owners[128] = { 0 }, vips[N_AT_ONCE];
	const int fd = recent_vips();
	unsigned int i, n;

	for (n = 0;; n += N_AT_ONCE) {
		g_assert_cmpuint(n, <, 1024); /* 15 are enough, mostly */
		for (i = 0; i < N_AT_ONCE; i++)
			vips[i] = make(n + i);
		use_vips(vips, N_AT_ONCE);
		for (i = 0; i < N_AT_ONCE; i++) {
			const struct frame frame = frame_of(
				vips[i].address, vips[i].port, some_id);
			uint32_t slot;

			assert_reaches(&frame, 1, (int)i);
			slot = slot_of(fd, i);
			g_assert_cmpuint(slot, <, G_N_ELEMENTS(owners));
			found[0] = owners[slot];
			found[1] = owners[slot] = vips[i];
			if (found[0].port) {
				close(fd);
				return;
			}
		}
	}
}

static void vips_that(vip_fn *make)
{
	struct vip two[2];

	find_two(make, two);
	g_test_message("%s port %u and %s port %u", two[0].address, two[0].port,
		       two[1].address, two[1].port);
	assert_own_counters(two, 2);
}

static struct vip by_port(unsigned int n)
{
	return (struct vip){ "203.0.113.1", (uint16_t)(1000 + n) };
}

static struct vip by_first_half(unsigned int n)
{
	struct vip vip = { .port = PORT };

	g_snprintf(vip.address, sizeof(vip.address), "2001:db8:%x::1", n);
	return vip;
}

static struct vip by_last_half(unsigned int n)
{
	struct vip vip = { .port = PORT };

	g_snprintf(vip.address, sizeof(vip.address), "2001:db8::%x", n + 1);
	return vip;
}

static void vips_differ_in_the_port(void)
{
	vips_that(by_port);
}

static void vips_differ_in_the_first_half(void)
{
	vips_that(by_first_half);
}

static void vips_differ_in_the_last_half(void)
{
	vips_that(by_last_half);
}

/* The same bytes in the key: 203.0.113.1 and what begins with it. */
static void vips_differ_in_the_family(void)
{
	static const struct vip two[] = { { "203.0.113.1", PORT },
					  { "cb00:7101::", PORT } };

	assert_own_counters(two, 2);
	g_assert_cmpmem(rig.records->vip_keys[0].address, 16,
			rig.records->vip_keys[1].address, 16);
}

static void vips_differ_in_the_generation(void)
{
	const uint8_t id[ID_LEN] = { 1, 2, 3 };
	const struct frame frame = frame_of("203.0.113.1", PORT, id);
	struct quiclb_deployment *d;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		d = deploy_new(QUICLB_ROLE_BALANCER);
		add_site(d, "203.0.113.1", id, 1);
		use(d);
		assert_reaches(&frame, 1, 0);
		d = deploy_new(QUICLB_ROLE_BALANCER);
		deploy_vip(d, "203.0.113.1", PORT, NULL, 0);
		use(d);
		rig_passes(&rig, &frame, QUICLB_REASON_NO_CONFIG, 0);
	}
}

/* ---- senders ------------------------------------------------------------ */

/* Who is no peer is kept; a peer's MAC differs from it in one bit. */
static void senders_differ_in_one_byte(void)
{
	static const uint8_t bits[6] = { 0x04, 1, 1, 1, 1, 0x80 };
	const struct vip vip = { "203.0.113.1", PORT };
	struct frame frame = frame_of(vip.address, vip.port, some_id);
	unsigned int i;

	use_vips(&vip, 1);
	/* from here on the server's MAC is known as a peer's */
	assert_reaches(&frame, 1, 0);
	for (i = 0; i < 6; i++) {
		mac_of(1, frame.bytes + 6);
		frame.bytes[6 + i] ^= bits[i];
		assert_reaches(&frame, 1, 0);
		assert_reaches(&frame, 1, 0);
		frame.bytes[6 + i] ^= bits[i];
		rig_passes(&rig, &frame, QUICLB_REASON_FROM_PEER, 0);
	}
}

static void senders_differ_in_the_generation(void)
{
	const struct vip vip = { "203.0.113.1", PORT };
	const uint8_t id[ID_LEN] = { 9 };
	struct frame frame = frame_of(vip.address, vip.port, id);
	struct quiclb_deployment *d;

	/* server 1 is nobody yet: its MAC may send */
	d = deploy_new(QUICLB_ROLE_BALANCER);
	add_site(d, vip.address, id, 2);
	use(d);
	mac_of(1, frame.bytes + 6);
	assert_reaches(&frame, 2, 0);
	use_vips(&vip, 1);
	frame = frame_of(vip.address, vip.port, some_id);
	assert_reaches(&frame, 1, 0);
	mac_of(1, frame.bytes + 6);
	rig_passes(&rig, &frame, QUICLB_REASON_FROM_PEER, 0);
}

/*
 * A MAC of which each CPU has just found that it is no peer's.  The first
 * packet that goes there makes it one, on all of them and at once.
 */
static void senders_become_peers(void)
{
	static const uint8_t late_id[ID_LEN] = { 8 };
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, 2);
	const int index = deploy_config(d, pool, &config);
	struct frame from_late, to_late;
	uint8_t mac[6];

	add_server(d, pool, some_id, 1);
	add_server(d, pool, late_id, N_NEAR);
	deploy_vip(d, "203.0.113.1", PORT, &index, 1);
	use(d);
	mac_of(N_NEAR, mac);
	from_late = frame_of("203.0.113.1", PORT, some_id);
	memcpy(from_late.bytes + 6, mac, sizeof(mac));
	to_late = frame_of("203.0.113.1", PORT, late_id);

	rig_passes(&rig, &to_late, QUICLB_REASON_NO_NEIGHBOUR, 0);
	rig_go_to_cpu(cpus[1]);
	assert_reaches(&from_late, 1, 0);
	rig_go_to_cpu(cpus[0]);
	assert_reaches(&from_late, 1, 0);
	add_neighbour(N_NEAR);
	assert_reaches(&to_late, N_NEAR, 0);
	rig_passes(&rig, &from_late, QUICLB_REASON_FROM_PEER, 0);
	rig_go_to_cpu(cpus[1]);
	rig_passes(&rig, &from_late, QUICLB_REASON_FROM_PEER, 0);
	rig_go_to_cpu(cpus[0]);
}

/* ---- flows -------------------------------------------------------------- */

/* A packet of a flow, and one of the same flow with a CID that tells nothing.
 */
struct flow {
	struct frame steered, stray;
};

static struct flow flow_of(const char *vip, const struct quiclb_config *of,
			   const uint8_t id[ID_LEN])
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t len = deploy_cid(of, id, cid);
	struct frame_spec spec;
	struct flow flow;
	struct quic quic;

	frame_spec_init(&spec, vip, PORT);
	quic_short(&quic, cid, len);
	frame_build(&flow.steered, &spec, &quic);
	unit_random(cid, sizeof(cid));
	cid[0] &= 0x1f;
	quic_short(&quic, cid, sizeof(cid));
	frame_build(&flow.stray, &spec, &quic);
	return flow;
}

/* One bit of a byte of the IP packet, in both. */
static void flip(struct flow *flow, size_t offset)
{
	const size_t at = flow->steered.l3 + offset;

	flow->steered.bytes[at] ^= 1;
	flow->stray.bytes[at] ^= 1;
	frame_checksum(&flow->steered);
	frame_checksum(&flow->stray);
}

static void assert_is_kept(const struct flow *flow, unsigned int near, int vip)
{
	assert_reaches(&flow->steered, near, vip);
	assert_reaches(&flow->steered, near, vip);
	assert_reaches(&flow->stray, near, vip);
}

/* Two flows to one server: that one was kept does not keep the other. */
static void flows_that_differ_at(const char *address, size_t offset)
{
	struct flow flow = flow_of(address, &config, some_id);
	struct vip vip = { .port = PORT };

	g_strlcpy(vip.address, address, sizeof(vip.address));
	use_vips(&vip, 1);
	assert_is_kept(&flow, 1, 0);
	flip(&flow, offset);
	assert_is_kept(&flow, 1, 0);
}

static void flows_differ_in_the_client(void)
{
	flows_that_differ_at("203.0.113.1", 12 + 3);
	flows_that_differ_at("2001:db8:ff::1", 8 + 7);
	flows_that_differ_at("2001:db8:ff::1", 8 + 15);
}

static void flows_differ_in_the_port(void)
{
	flows_that_differ_at("203.0.113.1", 20);
	flows_that_differ_at("203.0.113.1", 20 + 1);
}

static void flows_differ_in_the_vip(void)
{
	static const struct vip two[] = { { "203.0.113.1", PORT },
					  { "203.0.113.2", PORT } };
	struct flow flow;
	int i;

	use_vips(two, 2);
	for (i = 0; i < 2; i++) {
		flow = flow_of(two[i].address, &config, some_id);
		assert_is_kept(&flow, 1, i);
	}
}

static void flows_differ_in_the_generation(void)
{
	static const struct vip vip = { "203.0.113.1", PORT };
	const struct flow flow = flow_of(vip.address, &config, some_id);
	int i;

	for (i = 0; i < 3; i++) {
		use_vips(&vip, 1);
		assert_is_kept(&flow, 1, 0);
	}
}

/* A connection that begins in its place ends a flow; it may come back. */
static void flows_end_and_come_back(void)
{
	static const struct vip vip = { "203.0.113.1", PORT };
	const struct flow flow = flow_of(vip.address, &config, some_id);
	const uint8_t unknown[ID_LEN] = { 8 };
	const struct frame other = frame_of(vip.address, PORT, unknown);
	int i;

	use_vips(&vip, 1);
	for (i = 0; i < 3; i++) {
		assert_is_kept(&flow, 1, 0);
		rig_passes(&rig, &other, QUICLB_REASON_UNKNOWN_SERVER, 0);
		rig_passes(&rig, &flow.stray, QUICLB_REASON_UNKNOWN_SERVER, 0);
	}
}

/* The last word on a flow is what counts: other servers, other pools. */
static void flows_move(void)
{
	static const uint8_t ids[3][ID_LEN] = { { 1 },
						{ 2 },
						{ 1, [ID_LEN - 1] = 1 } };
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	struct quiclb_config other = config;
	struct flow flow;
	unsigned int i;
	int indices[2];

	other.config_rotation = 1;
	deploy_pool(d, 3);
	deploy_pool(d, 1);
	for (i = 0; i < 3; i++)
		add_server(d, 0, ids[i], i);
	add_server(d, 1, ids[0], 3);
	indices[0] = deploy_config(d, 0, &config);
	indices[1] = deploy_config(d, 1, &other);
	deploy_vip(d, "203.0.113.1", PORT, indices, 2);
	use(d);
	for (i = 0; i < 12; i++) {
		/* there and back again: 0 1 0 2 0 3 */
		const unsigned int to = i % 2 ? 1 + i / 2 % 3 : 0;

		flow = flow_of("203.0.113.1", to == 3 ? &other : &config,
			       ids[to % 3]);
		assert_is_kept(&flow, to, 0);
	}
}

static const struct unit_case cases[] = {
	{ "servers_differ_in_the_first_bytes",
	  servers_differ_in_the_first_bytes },
	{ "servers_differ_in_the_last_bytes",
	  servers_differ_in_the_last_bytes },
	{ "servers_differ_in_the_pool", servers_differ_in_the_pool },
	{ "servers_differ_in_the_generation",
	  servers_differ_in_the_generation },
	{ "vips_differ_in_the_port", vips_differ_in_the_port },
	{ "vips_differ_in_the_first_half", vips_differ_in_the_first_half },
	{ "vips_differ_in_the_last_half", vips_differ_in_the_last_half },
	{ "vips_differ_in_the_family", vips_differ_in_the_family },
	{ "vips_differ_in_the_generation", vips_differ_in_the_generation },
	{ "senders_differ_in_one_byte", senders_differ_in_one_byte },
	{ "senders_differ_in_the_generation",
	  senders_differ_in_the_generation },
	{ "senders_become_peers", senders_become_peers },
	{ "flows_differ_in_the_client", flows_differ_in_the_client },
	{ "flows_differ_in_the_port", flows_differ_in_the_port },
	{ "flows_differ_in_the_vip", flows_differ_in_the_vip },
	{ "flows_differ_in_the_generation", flows_differ_in_the_generation },
	{ "flows_end_and_come_back", flows_end_and_come_back },
	{ "flows_move", flows_move },
};

int main(int argc, char **argv)
{
	unsigned int i;
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	for (i = 0; i < N_NEAR; i++)
		add_neighbour(i);
	unit_config(&config, QUICLB_CODEC_PLAIN, ID_LEN, 4);
	unit_add("recent", cases, G_N_ELEMENTS(cases));
	rig_two_cpus(cpus);
	rig_open(&rig, "left", N_NEAR, 0, 64);
	result = g_test_run();
	rig_close(&rig);
	return result;
}
