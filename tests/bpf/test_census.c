/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `peer add` and `peer del` know of the other servers without looking at
 * them: counts of pools, next hops that are free, who an address is in tunnels.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>

#include "deploy.h"
#include "live.h"
#include "netns.h"
#include "unit.h"

#define ID_LEN 3

/* Servers of the first pool; the second has as many, their IDs backwards. */
static const char *const addresses[] = { "192.0.2.1", LIVE_FIRST_ADDRESS,
					 LIVE_SECOND_ADDRESS, "192.0.2.4" };
#define N_SERVERS G_N_ELEMENTS(addresses)
#define POOLS 2
#define TUNNEL_ADDRESS "192.0.2.200" /* not of a server */
#define BALANCER "192.0.2.201"
#define FAR "198.18.0.10" /* by a router */
#define FAR6 "2001:db8:9::10"

static struct quicsteer_error error;	 /* of the last change */
static struct quicsteer_server new_host; /* of the last add */
static struct quiclb_config configs[POOLS];

static void id_bytes(size_t pool, unsigned int id, uint8_t bytes[ID_LEN])
{
	bytes[0] = (uint8_t)pool;
	bytes[1] = (uint8_t)(id >> 8);
	bytes[2] = (uint8_t)id;
}

/* Pool 0 tunnels by GUE, pool 1 by IP in IP. */
static struct quiclb_deployment *deployment(void)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_REAL_SERVER);
	uint8_t bytes[ID_LEN];
	int index;
	size_t i, p;

	for (p = 0; p < POOLS; p++) {
		const size_t pool = deploy_pool(d, N_SERVERS);

		unit_config(&configs[p], QUICLB_CODEC_FOUR_PASS, ID_LEN, 6);
		index = deploy_config(d, pool, &configs[p]);
		d->pools[pool].encapsulation = p ? QUICLB_ENCAPSULATION_IPIP
						 : QUICLB_ENCAPSULATION_GUE;
		for (i = 0; i < N_SERVERS; i++) {
			id_bytes(p, (unsigned int)i, bytes);
			deploy_server(d, pool, bytes, ID_LEN, addresses[i], !i);
		}
		deploy_vip(d, p ? "203.0.113.2" : "203.0.113.1", LIVE_PORT,
			   &index, 1);
	}
	d->tunnel_balancers[0].address.family = 4;
	d->tunnel_balancers[0].len = 32;
	g_assert_cmpint(quiclb_prefix_parse(BALANCER, &d->tunnel_balancers[0]),
			==, 0);
	d->n_tunnel_balancers = 1;
	g_assert_cmpint(
		quiclb_address_parse(TUNNEL_ADDRESS, &d->tunnel_addresses[0]),
		==, 0);
	d->n_tunnel_addresses = 1;
	return d;
}

static void start(void)
{
	struct quiclb_deployment *const d = deployment();

	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
}

static int apply(struct quiclb_change *change, size_t pool, unsigned int id)
{
	struct quicsteer_options options;
	struct quicsteer_delta *delta;
	int result;

	change->pool = (int)pool;
	change->server.server_id_len = ID_LEN;
	id_bytes(pool, id, change->server.server_id);
	live_options(&options, 0);
	result = quicsteer_delta_open(&options, &delta, &error);
	if (result)
		return result;
	result = quicsteer_delta_apply(delta, change, &new_host, &error);
	quicsteer_delta_close(delta);
	return result;
}

static int add(size_t pool, unsigned int id, const char *address)
{
	struct quiclb_change change = { .kind = QUICLB_CHANGE_ADD };

	g_assert_cmpint(quiclb_address_parse(address, &change.server.address),
			==, 0);
	return apply(&change, pool, id);
}

static int del(size_t pool, unsigned int id)
{
	struct quiclb_change change = { .kind = QUICLB_CHANGE_DEL };

	return apply(&change, pool, id);
}

#define DONE(call) g_assert_cmpint(call, ==, QUICSTEER_DONE)
#define REFUSED(call, line)                                                    \
	do {                                                                   \
		g_assert_cmpint(call, ==, QUICSTEER_NO);                       \
		g_assert_cmpstr(error.text, ==, line);                         \
	} while (0)

/* ---- the maps ----------------------------------------------------------- */

static void open_maps(struct quicsteer_maps *maps)
{
	if (quicsteer_maps_open(maps, NETNS_PIN_DIR, &error))
		g_error("%s", error.text);
}

static struct quiclb_settings settings(void)
{
	const uint32_t index = live_generation() & 1;
	struct quiclb_settings s;
	struct quicsteer_maps maps;

	open_maps(&maps);
	DONE(bpf_map_lookup_elem(maps.fd[QUICSTEER_SETTINGS], &index, &s));
	quicsteer_maps_close(&maps);
	return s;
}

static void set_settings(const struct quiclb_settings *s)
{
	const uint32_t index = live_generation() & 1;
	struct quicsteer_maps maps;

	open_maps(&maps);
	DONE(bpf_map_update_elem(maps.fd[QUICSTEER_SETTINGS], &index, s,
				 BPF_ANY));
	quicsteer_maps_close(&maps);
}

static gboolean server_is(size_t pool, unsigned int id,
			  struct quiclb_server_value *value)
{
	struct quiclb_server_key key = { .pool = (uint32_t)pool };
	uint8_t bytes[8] = { 0 };
	struct quicsteer_maps maps;
	gboolean found;

	id_bytes(pool, id, bytes);
	key.server_id[0] = quiclb_h_load64(bytes);
	key.generation = live_generation();
	open_maps(&maps);
	found = !bpf_map_lookup_elem(maps.fd[QUICSTEER_SERVERS], &key, value);
	quicsteer_maps_close(&maps);
	return found;
}

static uint32_t index_of(size_t pool, unsigned int id)
{
	struct quiclb_server_value value;

	g_assert_true(server_is(pool, id, &value));
	return value.index;
}

static uint8_t local_of(size_t pool, unsigned int id)
{
	struct quiclb_server_value value;

	g_assert_true(server_is(pool, id, &value));
	return value.local;
}

static gboolean endpoint_is(const char *text,
			    struct quiclb_endpoint_value *value)
{
	struct quiclb_endpoint_key key = { .generation = live_generation() };
	struct quiclb_address address;
	struct quicsteer_maps maps;
	gboolean found;

	g_assert_cmpint(quiclb_address_parse(text, &address), ==, 0);
	key.family = address.family;
	memcpy(key.address, address.bytes, sizeof(key.address));
	open_maps(&maps);
	found = !bpf_map_lookup_elem(maps.fd[QUICSTEER_ENDPOINTS], &key, value);
	quicsteer_maps_close(&maps);
	return found;
}

static void assert_endpoint(const char *text, uint32_t flags, uint32_t n_ids)
{
	struct quiclb_endpoint_value value;

	g_assert_true(endpoint_is(text, &value));
	g_assert_cmphex(value.flags, ==, flags);
	g_assert_cmpuint(value.n_ids, ==, n_ids);
}

static uint32_t n_slots(void)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	struct quicsteer_maps maps;

	open_maps(&maps);
	DONE(bpf_obj_get_info_by_fd(maps.fd[QUICSTEER_HOPS], &info, &len));
	quicsteer_maps_close(&maps);
	return info.max_entries;
}

static void reaches(size_t pool, unsigned int id, uint32_t action, int mac)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], bytes[ID_LEN], got[6];
	size_t len;

	id_bytes(pool, id, bytes);
	len = deploy_cid(&configs[pool], bytes, cid);
	g_assert_cmpuint(live_send_cid((int)pool + 1, cid, len, got), ==,
			 action);
	if (action == XDP_TX)
		g_assert_cmpmem(got, 6, live_mac(mac), 6);
}

/* ---- counts ------------------------------------------------------------- */

static void assert_counts(uint32_t first, uint32_t second, uint32_t local)
{
	const struct quiclb_settings s = settings();

	g_assert_cmpuint(s.census.pools[0].n_servers, ==, first);
	g_assert_cmpuint(s.census.pools[1].n_servers, ==, second);
	g_assert_cmpuint(s.census.n_servers, ==, first + second);
	g_assert_cmpuint(s.census.n_local, ==, local);
}

static void changes_are_counted_by_pool(void)
{
	struct quiclb_settings before, after;

	start();
	before = settings();
	assert_counts(4, 4, 2);
	DONE(add(0, 9, "192.0.2.9"));
	assert_counts(5, 4, 2);
	DONE(add(1, 9, "192.0.2.1"));
	assert_counts(5, 5, 3);
	g_assert_cmpuint(local_of(1, 9), ==, 1);
	DONE(del(1, 9));
	DONE(del(0, 9));
	assert_counts(4, 4, 2);
	DONE(del(0, 0));
	assert_counts(3, 4, 1);
	/* what packets look at stays as it is */
	after = settings();
	memset(&before.census, 0, sizeof(before.census));
	memset(&after.census, 0, sizeof(after.census));
	g_assert_cmpmem(&before, sizeof(before), &after, sizeof(after));
	live_stop();
}

static void refusals_count_nothing(void)
{
	start();
	g_assert_cmpint(add(0, 1, "192.0.2.9"), ==, QUICSTEER_NO);
	g_assert_cmpint(del(0, 9), ==, QUICSTEER_NO);
	assert_counts(4, 4, 2);
	live_stop();
}

static void last_one_of_each_pool_stays(void)
{
	start();
	DONE(del(1, 0));
	DONE(del(1, 1));
	DONE(del(1, 3));
	REFUSED(del(1, 2), "server ID 010002: is the last one of its pool");
	DONE(add(0, 9, "192.0.2.9"));
	REFUSED(del(1, 2), "server ID 010002: is the last one of its pool");
	DONE(add(1, 9, "192.0.2.9"));
	DONE(del(1, 2));
	REFUSED(del(1, 9), "server ID 010009: is the last one of its pool");
	assert_counts(5, 1, 1);
	live_stop();
}

static void capacity_is_for_all_pools(void)
{
	struct quiclb_settings s;

	start();
	s = settings();
	s.census.n_servers = QUICLB_CAP_SERVERS;
	set_settings(&s);
	REFUSED(add(1, 9, "192.0.2.9"), "65537 servers: at most 65536 fit");
	DONE(del(0, 1));
	DONE(add(1, 9, "192.0.2.9"));
	REFUSED(add(0, 1, "192.0.2.9"), "65537 servers: at most 65536 fit");
	live_stop();
}

static void reload_counts_anew(void)
{
	struct quiclb_deployment *const d = deployment();

	start();
	DONE(add(0, 9, "192.0.2.9"));
	DONE(del(1, 1));
	assert_counts(5, 3, 2);
	live_reload(d, QUICSTEER_DONE);
	assert_counts(4, 4, 2);
	g_assert_cmpuint(settings().census.n_free, ==, 0);
	g_assert_cmpuint(settings().census.next_slot, ==, N_SERVERS);
	DONE(del(1, 1));
	assert_counts(4, 3, 2);
	quiclb_deployment_free(d);
	live_stop();
}

/* Without a server of its own a host is no real server. */
static void host_without_servers_takes_none(void)
{
	start();
	DONE(del(0, 0));
	DONE(del(1, 0));
	assert_counts(3, 3, 0);
	DONE(add(0, 9, "198.51.100.1"));
	g_assert_cmpuint(local_of(0, 9), ==, 0);
	live_stop();
}

/* ---- next hops ---------------------------------------------------------- */

static void one_address_has_one_index(void)
{
	uint32_t first;

	start();
	g_assert_cmpuint(index_of(0, 1), ==, index_of(1, 1));
	DONE(add(0, 9, LIVE_FIRST_ADDRESS));
	g_assert_cmpuint(index_of(0, 9), ==, index_of(0, 1));
	g_assert_cmpuint(settings().census.next_slot, ==, N_SERVERS);
	DONE(add(0, 10, "192.0.2.9"));
	DONE(add(1, 10, "192.0.2.9"));
	first = index_of(0, 10);
	g_assert_cmpuint(first % n_slots(), ==, N_SERVERS);
	g_assert_cmpuint(first, >, n_slots());
	g_assert_cmpuint(index_of(1, 10), ==, first);
	assert_endpoint("192.0.2.9", QUICLB_ENDPOINT_PEER, 2);
	DONE(del(0, 10));
	g_assert_cmpuint(settings().census.n_free, ==, 0);
	g_assert_cmpuint(index_of(1, 10), ==, first);
	DONE(del(1, 10));
	g_assert_cmpuint(settings().census.n_free, ==, 1);
	live_stop();
}

/* The slot comes back; the index does not: a CPU may know it. */
static void slots_are_used_again(void)
{
	uint32_t first, again;

	start();
	DONE(add(0, 9, "192.0.2.9"));
	first = index_of(0, 9);
	DONE(del(0, 9));
	DONE(add(0, 9, "192.0.2.9"));
	again = index_of(0, 9);
	g_assert_cmpuint(again % n_slots(), ==, first % n_slots());
	g_assert_cmpuint(again, !=, first);
	DONE(add(0, 10, "192.0.2.10"));
	g_assert_cmpuint(index_of(0, 10) % n_slots(), ==, N_SERVERS + 1);
	/* one of the file's */
	DONE(del(0, 1));
	DONE(del(1, 1));
	DONE(add(0, 11, "192.0.2.11"));
	g_assert_cmpuint(index_of(0, 11) % n_slots(), ==, 1);
	reaches(0, 9, XDP_TX, 9);
	reaches(0, 10, XDP_TX, 10);
	reaches(0, 11, XDP_TX, 11);
	live_stop();
}

#define MANY 40 /* more than the list of free slots holds */

static void add_many(void)
{
	unsigned int i;

	for (i = 100; i < 100 + MANY; i++) {
		g_autofree char *address = g_strdup_printf("192.0.2.%u", i);

		DONE(add(0, i, address));
	}
}

static void no_two_have_a_slot(void)
{
	const uint32_t n = n_slots();
	uint8_t *const taken = g_new0(uint8_t, n);
	unsigned int i;

	for (i = 1; i < N_SERVERS; i++)
		g_assert_cmpuint(taken[index_of(0, i) % n]++, ==, 0);
	for (i = 100; i < 100 + MANY; i++) {
		g_assert_cmpuint(taken[index_of(0, i) % n]++, ==, 0);
		reaches(0, i, XDP_TX, (int)i);
	}
	g_free(taken);
}

static void more_than_the_list_holds_may_go(void)
{
	unsigned int i, round;

	start();
	for (round = 0; round < 3; round++) {
		add_many();
		no_two_have_a_slot();
		for (i = 100; i < 100 + MANY; i++)
			DONE(del(0, i));
		g_assert_cmpuint(settings().census.n_free, ==,
				 QUICLB_CAP_FREE_SLOTS);
	}
	assert_counts(4, 4, 2);
	live_stop();
}

/* Then servers share one: it costs, but goes where it should. */
static void without_a_slot_it_still_goes_right(void)
{
	struct quiclb_settings s;
	unsigned int i;

	start();
	s = settings();
	s.census.next_slot = n_slots();
	set_settings(&s);
	for (i = 100; i < 110; i++) {
		g_autofree char *address = g_strdup_printf("192.0.2.%u", i);

		DONE(add(0, i, address));
		reaches(0, i, XDP_TX, (int)i);
		reaches(0, 1, XDP_TX, LIVE_FIRST);
	}
	g_assert_cmpuint(settings().census.next_slot, ==, n_slots());
	live_stop();
}

/* ---- tunnels ------------------------------------------------------------ */

static void added_server_is_a_peer_in_tunnels(void)
{
	struct quiclb_endpoint_value value;
	struct quiclb_deployment *const d = deployment();

	start();
	g_assert_false(endpoint_is("192.0.2.9", &value));
	DONE(add(0, 9, "192.0.2.9"));
	assert_endpoint("192.0.2.9", QUICLB_ENDPOINT_PEER, 1);
	DONE(del(0, 9));
	assert_endpoint("192.0.2.9", QUICLB_ENDPOINT_PEER, 0);
	DONE(add(0, 9, "192.0.2.9"));
	assert_endpoint("192.0.2.9", QUICLB_ENDPOINT_PEER, 1);
	assert_endpoint("192.0.2.1", QUICLB_ENDPOINT_LOCAL, 2);
	live_reload(d, QUICSTEER_DONE);
	g_assert_false(endpoint_is("192.0.2.9", &value));
	quiclb_deployment_free(d);
	live_stop();
}

/* What the file says of an address, beside servers. */
static void what_the_file_names_stays(void)
{
	start();
	assert_endpoint(TUNNEL_ADDRESS, QUICLB_ENDPOINT_LOCAL, 0);
	DONE(add(0, 9, TUNNEL_ADDRESS));
	assert_endpoint(TUNNEL_ADDRESS, QUICLB_ENDPOINT_LOCAL, 1);
	DONE(del(0, 9));
	assert_endpoint(TUNNEL_ADDRESS, QUICLB_ENDPOINT_LOCAL, 0);
	/* a server is a peer, whatever it was: as `reload` has it */
	assert_endpoint(BALANCER, QUICLB_ENDPOINT_BALANCER, 0);
	DONE(add(0, 9, BALANCER));
	assert_endpoint(BALANCER, QUICLB_ENDPOINT_PEER, 1);
	live_stop();
}

static void added_ids_are_local_as_the_first(void)
{
	start();
	DONE(add(0, 9, "192.0.2.1"));
	g_assert_cmpuint(local_of(0, 9), ==, 1);
	DONE(add(0, 10, "198.51.100.1")); /* an address of this host */
	g_assert_cmpuint(local_of(0, 10), ==, 1);
	assert_endpoint("198.51.100.1", QUICLB_ENDPOINT_LOCAL, 1);
	DONE(add(1, 10, "198.51.100.1"));
	g_assert_cmpuint(local_of(1, 10), ==, 1);
	DONE(add(0, 11, LIVE_FIRST_ADDRESS));
	g_assert_cmpuint(local_of(0, 11), ==, 0);
	reaches(0, 9, XDP_PASS, 0);
	reaches(1, 10, XDP_PASS, 0);
	reaches(0, 11, XDP_TX, LIVE_FIRST);
	live_stop();
}

static void add_tells_of_tunnels(void)
{
	start();
	DONE(add(0, 9, FAR));
	g_assert_cmpint(new_host.reach, ==, QUICSTEER_REACH_GUE);
	reaches(0, 9, XDP_TX, 0xfe);
	DONE(del(0, 9));
	DONE(add(1, 9, FAR));
	g_assert_cmpint(new_host.reach, ==, QUICSTEER_REACH_IPIP);
	reaches(1, 9, XDP_TX, 0xfe);
	/* no tunnel of this host begins at an IPv6 address */
	DONE(add(0, 10, FAR6));
	g_assert_cmpint(new_host.reach, ==, QUICSTEER_REACH_ROUTER);
	reaches(0, 10, XDP_PASS, 0);
	live_stop();
}

static const struct unit_case cases[] = {
	{ "changes_are_counted_by_pool", changes_are_counted_by_pool },
	{ "refusals_count_nothing", refusals_count_nothing },
	{ "last_one_of_each_pool_stays", last_one_of_each_pool_stays },
	{ "capacity_is_for_all_pools", capacity_is_for_all_pools },
	{ "reload_counts_anew", reload_counts_anew },
	{ "host_without_servers_takes_none", host_without_servers_takes_none },
	{ "one_address_has_one_index", one_address_has_one_index },
	{ "slots_are_used_again", slots_are_used_again },
	{ "more_than_the_list_holds_may_go", more_than_the_list_holds_may_go },
	{ "without_a_slot_it_still_goes_right",
	  without_a_slot_it_still_goes_right },
	{ "added_server_is_a_peer_in_tunnels",
	  added_server_is_a_peer_in_tunnels },
	{ "what_the_file_names_stays", what_the_file_names_stays },
	{ "added_ids_are_local_as_the_first",
	  added_ids_are_local_as_the_first },
	{ "add_tells_of_tunnels", add_tells_of_tunnels },
};

static void make_neighbours(void)
{
	unsigned int i;

	live_neighbours();
	for (i = 4; i < 100 + MANY; i++) {
		g_autofree char *address = g_strdup_printf("192.0.2.%u", i);

		if (i <= 11 || i >= 100)
			netns_neighbour("left", address, live_mac((int)i));
	}
	netns_neighbour("left", TUNNEL_ADDRESS, live_mac(200));
	netns_neighbour("left", BALANCER, live_mac(201));
	netns_neighbour("left", "192.0.2.254", live_mac(0xfe));
	netns_neighbour("left", "2001:db8:1::fe", live_mac(0xfe));
	netns_ip("route add 198.18.0.0/24 via 192.0.2.254");
	netns_ip("route add 2001:db8:9::/64 via 2001:db8:1::fe");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	make_neighbours();
	unit_add("census", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
