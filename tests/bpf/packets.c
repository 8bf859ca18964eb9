/* SPDX-License-Identifier: BSD-2-Clause */
#include <glib.h>
#include <linux/bpf.h>
#include <string.h>

#include "deploy.h"
#include "netns.h"
#include "packets.h"
#include "unit.h"

struct rig packets_rig;
const int packets_vips[N_FAMILIES] = { VIP4, VIP6 };
const uint8_t packets_router_mac[6] = { 0x02, 0, 0, 0, 0xfe, 0xfe };

static const struct {
	const char *address;
	const char *device; /* of its permanent neighbour entry, or NULL */
} servers[N_IDS] = {
	[ID_LOCAL] = { "192.0.2.1", NULL },
	[ID_LEFT4] = { "192.0.2.2", "left" },
	[ID_LEFT6] = { "2001:db8:1::3", "left" },
	[ID_RIGHT4] = { "198.51.100.4", "right" },
	[ID_RIGHT6] = { "2001:db8:2::5", "right" },
	[ID_STALE] = { "192.0.2.6", "left" },
	[ID_SILENT4] = { "192.0.2.7", NULL },
	[ID_SILENT6] = { "2001:db8:1::8", NULL },
	[ID_FAILED] = { "192.0.2.9", NULL },
	[ID_ROUTED4] = { "198.18.0.10", NULL },
	[ID_ROUTED6_0] = { "2001:db9:1::fe", NULL },
	[ID_ROUTED6_1] = { "2001:db8:9::fe", NULL },
	[ID_ROUTED6_2] = { "2001:db8:1:0:9::fe", NULL },
	[ID_ROUTED6_3] = { "2001:db8:1::9:fe", NULL },
	[ID_NO_ROUTE4] = { "100.64.0.12", NULL },
	[ID_NO_ROUTE6] = { "2001:db8:a::13", NULL },
	[ID_BLACKHOLE] = { "198.18.1.14", NULL },
	[ID_SELF4] = { "198.51.100.1", NULL },
	[ID_SELF6] = { "2001:db8:2::1", NULL },
	[ID_LATE] = { "192.0.2.17", NULL },
};

static struct quiclb_config configs[2][N_ROTATIONS]; /* by kind of VIP */

const uint8_t *packets_mac(int id)
{
	static uint8_t mac[6] = { 0x02, 0, 0, 0, 0xaa };

	mac[5] = (uint8_t)id;
	return mac;
}

static void make_network(void)
{
	int id;

	for (id = ID_LOCAL; id < N_IDS; id++)
		if (servers[id].device)
			netns_neighbour(servers[id].device, servers[id].address,
					packets_mac(id));
	netns_ip("neigh replace %s dev left nud stale lladdr 02:00:00:00:aa:06",
		 servers[ID_STALE].address);
	netns_ip("neigh replace %s dev left nud failed",
		 servers[ID_FAILED].address);
	netns_neighbour("left", "192.0.2.254", packets_router_mac);
	netns_neighbour("left", "2001:db8:1::fe", packets_router_mac);
	netns_ip("route replace 198.18.0.0/24 via 192.0.2.254");
	for (id = ID_ROUTED6_0; id <= ID_ROUTED6_3; id++)
		netns_ip("route replace %s via 2001:db8:1::fe",
			 servers[id].address);
	netns_ip("route replace blackhole 198.18.1.0/24");
}

static void make_configs(struct quiclb_config c[N_ROTATIONS])
{
	unsigned int i;

	unit_config(&c[ROTATION_PLAIN], QUICLB_CODEC_PLAIN, 1, 4);
	unit_config(&c[ROTATION_PLAIN_LONG], QUICLB_CODEC_PLAIN, 1, 18);
	unit_config(&c[ROTATION_FOUR_PASS], QUICLB_CODEC_FOUR_PASS, 1, 4);
	c[ROTATION_FOUR_PASS].server_use_len = 2;
	unit_config(&c[ROTATION_SINGLE_PASS], QUICLB_CODEC_SINGLE_PASS, 1, 15);
	for (i = 0; i < N_ROTATIONS; i++) {
		c[i].config_rotation = (uint8_t)i;
		c[i].encode_length = i & 1;
	}
}

/* The pool of the other port names the servers backwards. */
static int id_in_pool(size_t pool, int id)
{
	return pool ? N_IDS - id : id;
}

static void add_pool(struct quiclb_deployment *d)
{
	const size_t pool = deploy_pool(d, N_IDS);
	const int balancer = d->role == QUICLB_ROLE_BALANCER;
	unsigned int i;
	int id;

	/* tunnels are test_tunnel.c's */
	d->pools[pool].encapsulation = QUICLB_ENCAPSULATION_NONE;
	make_configs(configs[pool]);
	for (i = 0; i < N_ROTATIONS; i++)
		deploy_config(d, pool, &configs[pool][i]);
	for (id = ID_LOCAL; id < N_IDS; id++) {
		const uint8_t byte = (uint8_t)id_in_pool(pool, id);

		deploy_server(d, pool, &byte, 1, servers[id].address,
			      id == ID_LOCAL && !balancer);
	}
}

void packets_start(enum quiclb_role role)
{
	static const int indices[2 * N_ROTATIONS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct quiclb_deployment *const d = deploy_new(role);

	make_network();
	add_pool(d);
	add_pool(d);
	deploy_vip(d, VIP4_ADDRESS, PORT, indices, N_ROTATIONS);
	deploy_vip(d, VIP4_ADDRESS, OTHER_PORT, indices + N_ROTATIONS,
		   N_ROTATIONS);
	deploy_vip(d, VIP6_ADDRESS, PORT, indices, N_ROTATIONS);
	deploy_vip(d, VIP4_ALONE_ADDRESS, PORT, indices, 1);
	rig_switch(&packets_rig, d);
	quiclb_deployment_free(d);
}

size_t packets_cid(int vip, unsigned int rotation, int id,
		   uint8_t cid[QUICLB_CID_MAX_BYTES])
{
	const size_t pool = vip == VIP4_OTHER_PORT;
	const uint8_t byte =
		(uint8_t)(id == ID_UNKNOWN ? id : id_in_pool(pool, id));

	return deploy_cid(&configs[pool][rotation], &byte, cid);
}

void packets_spec(struct frame_spec *spec, int vip)
{
	frame_spec_init(spec,
			vip == VIP6	    ? VIP6_ADDRESS
			: vip == VIP4_ALONE ? VIP4_ALONE_ADDRESS
					    : VIP4_ADDRESS,
			vip == VIP4_OTHER_PORT ? OTHER_PORT : PORT);
}

void packets_frame(struct frame *frame, int vip, int id)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame_spec spec;
	struct quic quic;

	quic_short(&quic, cid, packets_cid(vip, ROTATION_PLAIN, id, cid));
	packets_spec(&spec, vip);
	frame_build(frame, &spec, &quic);
}

void packets_pass(const struct frame *frame, unsigned int reason, int vip)
{
	rig_passes(&packets_rig, frame, reason, vip);
}

void packets_reach(const struct frame *frame, int vip, int id)
{
	const int right = id == ID_RIGHT4 || id == ID_RIGHT6;
	struct frame out = *frame;

	frame_forward(&out, packets_mac(id),
		      right ? netns_right_mac : netns_left_mac);
	rig_steers(&packets_rig, frame, &out, right ? XDP_REDIRECT : XDP_TX,
		   vip);
}

struct frame packets_with(int vip, const struct quic *quic)
{
	struct frame_spec spec;
	struct frame f;

	packets_spec(&spec, vip);
	frame_build(&f, &spec, quic);
	return f;
}

void packets_short(struct quic *quic, int vip, unsigned int rotation, int id)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	quic_short(quic, cid, packets_cid(vip, rotation, id, cid));
}

void packets_tag(struct frame *f, int vip, int id, const uint16_t *tags,
		 size_t n)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame_spec spec;
	struct quic quic;

	packets_spec(&spec, vip);
	memcpy(spec.tags, tags, n * sizeof(*tags));
	spec.n_tags = n;
	quic_short(&quic, cid, packets_cid(vip, ROTATION_FOUR_PASS, id, cid));
	frame_build(f, &spec, &quic);
}

int packets_main(int argc, char **argv, const char *group,
		 const struct unit_case *cases, size_t n)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	netns_enter();
	rig_open(&packets_rig, "left", N_IDS, 1024, 0);
	packets_start(QUICLB_ROLE_REAL_SERVER);
	unit_add(group, cases, n);
	result = g_test_run();
	rig_close(&packets_rig);
	return result;
}
