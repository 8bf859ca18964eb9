/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One server changed without a reload: what packets see at once, what is
 * refused, and what stays as it was.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "deploy.h"
#include "frame.h"
#include "live.h"
#include "netns.h"
#include "unit.h"

#define KEY 0x11
#define OTHER_KEY 0x22

/* A server that live_deployment() does not have. */
#define NEW 9
#define NEW_ADDRESS "192.0.2.9"

static struct quicsteer_error error;	 /* of the last change */
static struct quicsteer_server new_host; /* of the last add */

static int apply(const struct quiclb_change *change)
{
	struct quicsteer_options options;
	struct quicsteer_delta *delta;
	int result;

	live_options(&options, 0);
	result = quicsteer_delta_open(&options, &delta, &error);
	if (result)
		return result;
	result = quicsteer_delta_apply(delta, change, &new_host, &error);
	quicsteer_delta_close(delta);
	return result;
}

static void make(struct quiclb_change *change, enum quiclb_change_kind kind,
		 int id)
{
	const uint8_t bytes[3] = { 0x0a, 0x0b, (uint8_t)id };

	memset(change, 0, sizeof(*change));
	change->kind = kind;
	change->pool = QUICLB_CHANGE_ONLY_POOL;
	memcpy(change->server.server_id, bytes, 3);
	change->server.server_id_len = 3;
}

static int set(int id, enum quiclb_server_state state)
{
	struct quiclb_change change;

	make(&change, QUICLB_CHANGE_STATE, id);
	change.server.state = (uint8_t)state;
	return apply(&change);
}

static int add(int id, const char *address)
{
	struct quiclb_change change;

	make(&change, QUICLB_CHANGE_ADD, id);
	g_assert_cmpint(quiclb_address_parse(address, &change.server.address),
			==, 0);
	return apply(&change);
}

static int del(int id)
{
	struct quiclb_change change;

	make(&change, QUICLB_CHANGE_DEL, id);
	return apply(&change);
}

#define DONE(call) g_assert_cmpint(call, ==, QUICSTEER_DONE)

/* Refused with this line; the map is as it was. */
#define REFUSED(call, result, line)                                            \
	do {                                                                   \
		const size_t n = live_entries(QUICSTEER_SERVERS);              \
                                                                               \
		g_assert_cmpint(call, ==, result);                             \
		g_assert_cmpstr(error.text, ==, line);                         \
		g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, n);      \
	} while (0)

static gboolean neighbour_is(const char *address, const char *what)
{
	g_autofree char *arguments = g_strdup_printf("neigh show %s", address);
	g_autofree char *output = netns_ip_output(arguments);

	return strstr(output, what) != NULL;
}

/* Counted as this reason, and that action. */
static void sent(int vip, int id, uint32_t action, enum quiclb_reason reason)
{
	const uint64_t before = live_count(vip, reason);

	g_assert_cmpuint(live_send(vip, KEY, id, NULL), ==, action);
	g_assert_cmpuint(live_count(vip, reason), ==, before + 1);
}

/* ---- states ----------------------------------------------------------- */

/* VIPs 1, 2, 3: the three policies. */
static void start_policies(void)
{
	struct quiclb_deployment *const d = live_deployment("123", KEY);

	d->vips[1].server_down = QUICLB_DOWN_STEER;
	d->vips[2].server_down = QUICLB_DOWN_DROP;
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
}

static void draining_server_gets_packets(void)
{
	live_start("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	DONE(set(LIVE_FIRST, QUICLB_SERVER_DRAINING));
	live_steers(1, KEY, LIVE_FIRST);
	live_steers(1, KEY, LIVE_SECOND);
	g_assert_cmpuint(live_generation(), ==, 1);
	live_stop();
}

static void down_follows_policy_and_up_restores(void)
{
	int vip;

	start_policies();
	for (vip = 1; vip <= 3; vip++)
		live_steers(vip, KEY, LIVE_FIRST);
	DONE(set(LIVE_FIRST, QUICLB_SERVER_DOWN));
	sent(1, LIVE_FIRST, XDP_PASS, QUICLB_REASON_SERVER_DOWN);
	live_steers(2, KEY, LIVE_FIRST);
	sent(3, LIVE_FIRST, XDP_DROP, QUICLB_REASON_SERVER_DOWN);
	for (vip = 1; vip <= 3; vip++)
		live_steers(vip, KEY, LIVE_SECOND);
	DONE(set(LIVE_FIRST, QUICLB_SERVER_UP));
	for (vip = 1; vip <= 3; vip++)
		live_steers(vip, KEY, LIVE_FIRST);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 3);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_SERVER_DOWN), ==, 1);
	live_stop();
}

static void same_state_again_is_done(void)
{
	live_start("1", KEY);
	DONE(set(LIVE_FIRST, QUICLB_SERVER_UP));
	DONE(set(LIVE_FIRST, QUICLB_SERVER_DOWN));
	DONE(set(LIVE_FIRST, QUICLB_SERVER_DOWN));
	sent(1, LIVE_FIRST, XDP_PASS, QUICLB_REASON_SERVER_DOWN);
	live_stop();
}

static const struct quicsteer_server *row_of(const struct quicsteer_status *s,
					     const char *address)
{
	struct quiclb_address want;
	size_t i;

	g_assert_cmpint(quiclb_address_parse(address, &want), ==, 0);
	for (i = 0; i < s->n_servers; i++)
		if (!memcmp(&s->servers[i].address, &want, sizeof(want)))
			return &s->servers[i];
	return NULL;
}

/* Three IDs of one address, each in another state: the worst is told. */
static void status_tells_states(void)
{
	struct quicsteer_status *s;
	const struct quicsteer_server *row;

	live_start("1", KEY);
	DONE(add(NEW, LIVE_FIRST_ADDRESS));
	DONE(add(NEW + 1, LIVE_FIRST_ADDRESS));
	DONE(set(NEW, QUICLB_SERVER_DRAINING));
	s = live_status();
	row = row_of(s, LIVE_FIRST_ADDRESS);
	g_assert_cmpuint(row->state, ==, QUICLB_SERVER_DRAINING);
	g_assert_cmpuint(row->n_ids, ==, 3);
	quicsteer_status_free(s);
	DONE(set(NEW + 1, QUICLB_SERVER_DOWN));
	s = live_status();
	row = row_of(s, LIVE_FIRST_ADDRESS);
	g_assert_cmpuint(row->state, ==, QUICLB_SERVER_DOWN);
	g_assert_cmpuint(row->n_in_state[QUICLB_SERVER_UP], ==, 1);
	g_assert_cmpuint(row->n_in_state[QUICLB_SERVER_DRAINING], ==, 1);
	g_assert_cmpuint(row->n_in_state[QUICLB_SERVER_DOWN], ==, 1);
	g_assert_cmpuint(row_of(s, LIVE_SECOND_ADDRESS)->state, ==,
			 QUICLB_SERVER_UP);
	g_assert_cmpuint(s->n_servers, ==, 3);
	quicsteer_status_free(s);
	live_stop();
}

/* ---- servers come and go ---------------------------------------------- */

static void added_server_gets_packets_at_once(void)
{
	live_start("1", KEY);
	live_is_unknown(1, KEY, NEW);
	DONE(add(NEW, NEW_ADDRESS));
	g_assert_cmpint(new_host.reach, ==, QUICSTEER_REACH_OK);
	live_steers(1, KEY, NEW);
	live_steers(1, KEY, LIVE_FIRST);
	g_assert_cmpuint(live_entries(QUICSTEER_PEERS), ==, 3);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 2);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_UNKNOWN_SERVER), ==, 1);
	live_stop();
}

static void removed_server_is_unknown_at_once(void)
{
	live_start("1", KEY);
	live_steers(1, KEY, LIVE_SECOND);
	DONE(del(LIVE_SECOND));
	live_is_unknown(1, KEY, LIVE_SECOND);
	live_steers(1, KEY, LIVE_FIRST);
	DONE(add(LIVE_SECOND, LIVE_SECOND_ADDRESS));
	live_steers(1, KEY, LIVE_SECOND);
	live_stop();
}

/* Every CPU may still have the next hop of the server that went. */
static void next_hop_of_removed_server_is_not_used_again(void)
{
	int i;

	live_start("1", KEY);
	for (i = 0; i < 20; i++) {
		live_steers(1, KEY, LIVE_SECOND);
		DONE(del(LIVE_SECOND));
		DONE(add(NEW, NEW_ADDRESS));
		live_steers(1, KEY, NEW);
		DONE(del(NEW));
		DONE(add(LIVE_SECOND, LIVE_SECOND_ADDRESS));
	}
	live_stop();
}

/* An ID more for this host, and one for an address it does not have. */
static void added_id_of_this_host_is_local(void)
{
	live_start("1", KEY);
	DONE(add(NEW, "192.0.2.1"));
	sent(1, NEW, XDP_PASS, QUICLB_REASON_LOCAL);
	DONE(add(NEW + 1, "198.51.100.1")); /* on another interface */
	sent(1, NEW + 1, XDP_PASS, QUICLB_REASON_LOCAL);
	DONE(add(NEW + 2, "198.51.100.7"));
	sent(1, NEW + 2, XDP_PASS, QUICLB_REASON_NO_NEIGHBOUR);
	live_stop();
}

/* A balancer has no local servers, whatever its addresses. */
static void added_server_of_a_balancer_is_not_local(void)
{
	struct quiclb_deployment *const d = live_deployment("1", KEY);

	d->role = QUICLB_ROLE_BALANCER;
	d->pools[0].servers[0].local = 0;
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	DONE(add(NEW, "198.51.100.1"));
	sent(1, NEW, XDP_PASS, QUICLB_REASON_NO_NEIGHBOUR);
	live_stop();
}

static void neighbours_come_and_go_with_servers(void)
{
	live_start("1", KEY);
	DONE(add(NEW, "192.0.2.43"));
	g_assert_cmpint(new_host.reach, ==, QUICSTEER_REACH_UNRESOLVED);
	g_assert_true(neighbour_is("192.0.2.43", "managed"));
	DONE(add(NEW + 1, "192.0.2.43"));
	DONE(del(NEW));
	g_assert_true(neighbour_is("192.0.2.43", "managed"));
	DONE(del(NEW + 1));
	g_assert_false(neighbour_is("192.0.2.43", "managed"));
	DONE(del(LIVE_SECOND));
	g_assert_true(neighbour_is(LIVE_SECOND_ADDRESS, "PERMANENT"));
	DONE(add(NEW, "192.0.2.44"));
	live_stop();
	g_assert_false(neighbour_is("192.0.2.44", "managed"));
}

/* maintain knows the added ones too. */
static void maintain_keeps_added_servers(void)
{
	struct quicsteer_options options;

	live_start("1", KEY);
	DONE(del(LIVE_FIRST));
	DONE(add(NEW, "192.0.2.45"));
	netns_ip("neigh del 192.0.2.45 dev left");
	live_options(&options, 0);
	DONE(quicsteer_maintain(&options, &error));
	g_assert_true(neighbour_is("192.0.2.45", "managed"));
	live_steers(1, KEY, LIVE_SECOND);
	live_stop();
}

/* What CPUs believe of a MAC address ends with what maintain finds. */
static void maintain_tells_of_peers_at_once(void)
{
	struct quicsteer_options options;
	struct frame_spec spec;

	live_start("1", KEY);
	frame_spec_init(&spec, "203.0.113.1", 443);
	live_steers(1, KEY, LIVE_FIRST);
	netns_neighbour("left", LIVE_SECOND_ADDRESS, spec.source);
	live_options(&options, 0);
	DONE(quicsteer_maintain(&options, &error));
	sent(1, LIVE_FIRST, XDP_PASS, QUICLB_REASON_FROM_PEER);
	live_stop();
	live_neighbours();
}

/* ---- reload ----------------------------------------------------------- */

static void reload_puts_in_force_what_its_file_says(void)
{
	live_start("1", KEY);
	DONE(set(LIVE_FIRST, QUICLB_SERVER_DOWN));
	DONE(add(NEW, NEW_ADDRESS));
	DONE(del(LIVE_SECOND));
	sent(1, LIVE_FIRST, XDP_PASS, QUICLB_REASON_SERVER_DOWN);
	live_steers(1, KEY, NEW);
	live_change("1", KEY);
	live_steers(1, KEY, LIVE_FIRST);
	live_steers(1, KEY, LIVE_SECOND);
	live_is_unknown(1, KEY, NEW);
	g_assert_cmpuint(live_entries(QUICSTEER_SERVERS), ==, 3);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_STEERED), ==, 3);
	DONE(add(NEW, NEW_ADDRESS)); /* in the second generation too */
	live_steers(1, KEY, NEW);
	live_stop();
}

/* ---- the memo --------------------------------------------------------- */

static uint64_t memo_hits(void)
{
	struct quicsteer_status *const s = live_status();
	const uint64_t hits = s->vips[0].counters.memo_hits;

	quicsteer_status_free(s);
	return hits;
}

/* A CID of the second tenant, and what the first tenant's key reads in it. */
struct tenants {
	struct quiclb_config configs[2];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t cid_len;
	uint8_t ids[2][4];
};

static void read_as_first(struct tenants *t)
{
	struct quiclb_decoder *decoder;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, &t->configs[0]), ==, 0);
	g_assert_cmpint(quiclb_decoder_decode(decoder, t->cid, t->cid_len,
					      t->ids[0], 4),
			==, 4);
	quiclb_decoder_free(decoder);
}

static void start_tenants(struct tenants *t)
{
	struct quiclb_deployment *const d = deploy_new(QUICLB_ROLE_BALANCER);
	const uint8_t other[4] = { 1, 2, 3, 4 };
	int indices[2];
	size_t i;

	unit_random(t->ids[1], 4);
	for (i = 0; i < 2; i++) {
		const size_t pool = deploy_pool(d, 2);

		unit_config(&t->configs[i], QUICLB_CODEC_FOUR_PASS, 4, 8);
		deploy_server(d, pool, i ? t->ids[1] : other, 4,
			      i ? LIVE_SECOND_ADDRESS : LIVE_FIRST_ADDRESS, 0);
		indices[i] = deploy_config(d, pool, &t->configs[i]);
	}
	deploy_vip(d, "203.0.113.1", LIVE_PORT, indices, 2);
	d->memo_entries = 1024;
	t->cid_len = deploy_cid(&t->configs[1], t->ids[1], t->cid);
	read_as_first(t);
	live_up(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
}

static void reaches(const struct tenants *t, int id)
{
	uint8_t mac[6];

	g_assert_cmpuint(live_send_cid(1, t->cid, t->cid_len, mac), ==, XDP_TX);
	g_assert_cmpmem(mac, 6, live_mac(id), 6);
}

/* The CID becomes another tenant's, and then the first one's again. */
static void memo_forgets_whose_a_cid_was(void)
{
	struct quiclb_change change = { .kind = QUICLB_CHANGE_ADD, .pool = 0 };
	struct tenants t;
	int i;

	start_tenants(&t);
	for (i = 0; i < 50; i++) /* on any CPU */
		reaches(&t, LIVE_SECOND);
	g_assert_cmpuint(memo_hits(), >, 0);
	memcpy(change.server.server_id, t.ids[0], 4);
	change.server.server_id_len = 4;
	g_assert_cmpint(
		quiclb_address_parse(NEW_ADDRESS, &change.server.address), ==,
		0);
	DONE(apply(&change));
	for (i = 0; i < 50; i++)
		reaches(&t, NEW);
	change.kind = QUICLB_CHANGE_DEL;
	DONE(apply(&change));
	for (i = 0; i < 50; i++)
		reaches(&t, LIVE_SECOND);
	live_stop();
}

/* States are looked up, so the memo may stay. */
static void memo_keeps_what_a_state_does_not_change(void)
{
	struct quiclb_change change = { .pool = 1 };
	struct tenants t;

	start_tenants(&t);
	reaches(&t, LIVE_SECOND);
	memcpy(change.server.server_id, t.ids[1], 4);
	change.server.server_id_len = 4;
	change.server.state = QUICLB_SERVER_DOWN;
	DONE(apply(&change));
	g_assert_cmpuint(live_send_cid(1, t.cid, t.cid_len, NULL), ==,
			 XDP_PASS);
	g_assert_cmpuint(live_count(1, QUICLB_REASON_SERVER_DOWN), ==, 1);
	live_stop();
}

/* ---- refusals --------------------------------------------------------- */

static void unknown_server_is_refused(void)
{
	live_start("1", KEY);
	REFUSED(set(NEW, QUICLB_SERVER_DOWN), QUICSTEER_NO,
		"server ID 0a0b09: no server has it");
	REFUSED(del(NEW), QUICSTEER_NO, "server ID 0a0b09: no server has it");
	REFUSED(add(LIVE_FIRST, NEW_ADDRESS), QUICSTEER_NO,
		"server ID 0a0b02: is there already");
	REFUSED(add(NEW, "224.0.0.1"), QUICSTEER_USAGE,
		"address: must be a unicast address (got 224.0.0.1)");
	live_steers(1, KEY, LIVE_FIRST);
	live_stop();
}

static void last_server_is_refused(void)
{
	live_start("1", KEY);
	DONE(del(LIVE_FIRST));
	DONE(del(LIVE_SECOND));
	REFUSED(del(LIVE_LOCAL), QUICSTEER_NO,
		"server ID 0a0b01: is the last one of its pool");
	sent(1, LIVE_LOCAL, XDP_PASS, QUICLB_REASON_LOCAL);
	live_stop();
}

static void wrong_length_is_refused(void)
{
	struct quiclb_change change;

	live_start("1", KEY);
	make(&change, QUICLB_CHANGE_STATE, LIVE_FIRST);
	change.server.server_id_len = 4;
	REFUSED(apply(&change), QUICSTEER_USAGE,
		"server ID of 4 bytes: the pool's are of 3");
	change.server.server_id_len = 2;
	REFUSED(apply(&change), QUICSTEER_USAGE,
		"server ID of 2 bytes: the pool's are of 3");
	live_stop();
}

static void several_pools_must_be_told_apart(void)
{
	struct quiclb_change change = { .pool = QUICLB_CHANGE_ONLY_POOL };
	struct tenants t;

	start_tenants(&t);
	memcpy(change.server.server_id, t.ids[1], 4);
	change.server.server_id_len = 4;
	REFUSED(apply(&change), QUICSTEER_USAGE,
		"there are several pools: --pool and --config say which");
	change.pool = 0;
	g_assert_cmpint(apply(&change), ==, QUICSTEER_NO);
	change.pool = 1;
	DONE(apply(&change));
	live_stop();
}

static void beside_another_command_is_refused(void)
{
	int fd;

	live_start("1", KEY);
	fd = open(NETNS_PIN_DIR, O_RDONLY | O_DIRECTORY);
	g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
	REFUSED(set(LIVE_FIRST, QUICLB_SERVER_DOWN), QUICSTEER_NO,
		NETNS_PIN_DIR ": another quic-steer is at work");
	close(fd);
	live_steers(1, KEY, LIVE_FIRST);
	live_stop();
}

/* While a delta is open, a reload is refused. */
static void reload_beside_it_is_refused(void)
{
	struct quiclb_deployment *const d = live_deployment("1", OTHER_KEY);
	struct quicsteer_options options;
	struct quicsteer_delta *delta;

	live_start("1", KEY);
	live_options(&options, 0);
	DONE(quicsteer_delta_open(&options, &delta, &error));
	live_reload(d, QUICSTEER_NO);
	live_down(QUICSTEER_NO);
	quicsteer_delta_close(delta);
	live_reload(d, QUICSTEER_DONE);
	quiclb_deployment_free(d);
	live_stop();
}

static void without_up_is_not_attached(void)
{
	g_assert_cmpint(del(LIVE_FIRST), ==, QUICSTEER_NOT_ATTACHED);
}

static void other_file_is_told_from_the_one_in_force(void)
{
	struct quiclb_deployment *const same = live_deployment("12", KEY);
	struct quiclb_deployment *const key = live_deployment("12", OTHER_KEY);
	struct quiclb_deployment *const vip = live_deployment("13", KEY);
	struct quiclb_deployment *const more = live_deployment("123", KEY);
	struct quicsteer_options options;
	struct quicsteer_delta *delta;

	live_start("12", KEY);
	live_options(&options, 0);
	DONE(quicsteer_delta_open(&options, &delta, &error));
	DONE(quicsteer_delta_check(delta, same, &error));
	same->pools[0].n_servers--; /* servers may differ */
	DONE(quicsteer_delta_check(delta, same, &error));
	g_assert_cmpint(quicsteer_delta_check(delta, key, &error), ==,
			QUICSTEER_NO);
	g_assert_cmpint(quicsteer_delta_check(delta, vip, &error), ==,
			QUICSTEER_NO);
	g_assert_cmpint(quicsteer_delta_check(delta, more, &error), ==,
			QUICSTEER_NO);
	quicsteer_delta_close(delta);
	quiclb_deployment_free(same);
	quiclb_deployment_free(key);
	quiclb_deployment_free(vip);
	quiclb_deployment_free(more);
	live_stop();
}

/* ---- while packets flow ----------------------------------------------- */

struct flow {
	gint stop;
	uint64_t n, wrong;
};

static gpointer send_all_the_time(gpointer data)
{
	struct flow *const flow = data;
	uint8_t mac[6];

	while (!g_atomic_int_get(&flow->stop)) {
		if (live_send(1, KEY, LIVE_FIRST, mac) != XDP_TX ||
		    memcmp(mac, live_mac(LIVE_FIRST), 6))
			flow->wrong++;
		flow->n++;
	}
	return NULL;
}

/* Whatever becomes of a server, the packets of another one go on. */
static void changes_do_not_touch_other_packets(void)
{
	struct flow flow = { 0 };
	GThread *thread;
	unsigned int i;

	live_start("1", KEY);
	thread = g_thread_new("flow", send_all_the_time, &flow);
	for (i = 0; i < unit_rounds(200); i++) {
		DONE(set(LIVE_FIRST,
			 i & 1 ? QUICLB_SERVER_UP : QUICLB_SERVER_DRAINING));
		DONE(add(NEW, NEW_ADDRESS));
		DONE(set(NEW, QUICLB_SERVER_DOWN));
		DONE(del(NEW));
	}
	g_atomic_int_set(&flow.stop, 1);
	g_thread_join(thread);
	g_test_message("%" G_GUINT64_FORMAT " packets during the changes",
		       flow.n);
	g_assert_cmpuint(flow.wrong, ==, 0);
	g_assert_cmpuint(flow.n, >, 0);
	live_stop();
}

static const struct unit_case cases[] = {
	{ "draining_server_gets_packets", draining_server_gets_packets },
	{ "down_follows_policy_and_up_restores",
	  down_follows_policy_and_up_restores },
	{ "same_state_again_is_done", same_state_again_is_done },
	{ "status_tells_states", status_tells_states },
	{ "added_server_gets_packets_at_once",
	  added_server_gets_packets_at_once },
	{ "removed_server_is_unknown_at_once",
	  removed_server_is_unknown_at_once },
	{ "next_hop_of_removed_server_is_not_used_again",
	  next_hop_of_removed_server_is_not_used_again },
	{ "added_id_of_this_host_is_local", added_id_of_this_host_is_local },
	{ "added_server_of_a_balancer_is_not_local",
	  added_server_of_a_balancer_is_not_local },
	{ "neighbours_come_and_go_with_servers",
	  neighbours_come_and_go_with_servers },
	{ "maintain_keeps_added_servers", maintain_keeps_added_servers },
	{ "maintain_tells_of_peers_at_once", maintain_tells_of_peers_at_once },
	{ "reload_puts_in_force_what_its_file_says",
	  reload_puts_in_force_what_its_file_says },
	{ "memo_forgets_whose_a_cid_was", memo_forgets_whose_a_cid_was },
	{ "memo_keeps_what_a_state_does_not_change",
	  memo_keeps_what_a_state_does_not_change },
	{ "unknown_server_is_refused", unknown_server_is_refused },
	{ "last_server_is_refused", last_server_is_refused },
	{ "wrong_length_is_refused", wrong_length_is_refused },
	{ "several_pools_must_be_told_apart",
	  several_pools_must_be_told_apart },
	{ "beside_another_command_is_refused",
	  beside_another_command_is_refused },
	{ "reload_beside_it_is_refused", reload_beside_it_is_refused },
	{ "without_up_is_not_attached", without_up_is_not_attached },
	{ "other_file_is_told_from_the_one_in_force",
	  other_file_is_told_from_the_one_in_force },
	{ "changes_do_not_touch_other_packets",
	  changes_do_not_touch_other_packets },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	live_neighbours();
	netns_neighbour("left", NEW_ADDRESS, live_mac(NEW));
	unit_add("peer", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
