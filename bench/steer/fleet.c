/* SPDX-License-Identifier: BSD-2-Clause */
#include "fleet.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_driver.skel.h"
#include "network.h"
#include "programs.h"
#include "steering.h"

#define PACKETS_MIN 10000
#define PACKETS_MAX 100000
/* Where a table is larger, caches cannot hold what belongs to it anyway. */
#define WARM_MAX 40000
/* So many CIDs find room in the usual memo. */
#define HITS_MAX 10000

/* A random CID may name a known server, and a good one be forgotten. */
#define STRAY_PER_MILLION 20
#define LOST_PER_CENT 1

struct member {
	struct fleet_case *c;
	struct steering steering;
	struct driver driver;
	struct trial trial;
	struct quiclb_config configs[QUICLB_N_ROTATIONS];
	uint64_t good, random; /* sent so far, as the driver has it */
	uint64_t all_good;     /* of samples */
};

struct fleet_case fleet_plain(const char *group, const char *name)
{
	return (struct fleet_case){ .group = group,
				    .name = name,
				    .n_servers = 64,
				    .n_vips = 1,
				    .n_configs = 1,
				    .n_cids = 32768,
				    .codec = QUICLB_CODEC_PLAIN,
				    .memo_entries = SITE_MEMO_ENTRIES,
				    .n_flows = SITE_FLOWS };
}

static struct quiclb_deployment *deployment(struct member *m)
{
	struct quiclb_deployment *const d = site_new();
	const struct fleet_case *const c = m->c;
	int indices[QUICLB_N_ROTATIONS];
	size_t i;

	d->memo_entries = c->memo_entries;
	d->n_flows = c->n_flows;
	d->cold_decode_rate = c->cold_decode_rate;
	for (i = 0; i < c->n_configs; i++) {
		site_config(&m->configs[i], c->codec);
		m->configs[i].config_rotation = (uint8_t)i;
		m->configs[i].key[0] = (uint8_t)i;
		if (!i)
			site_pool(d, c->n_servers, m->configs[i].server_id_len,
				  0);
		indices[i] = site_add_config(d, 0, &m->configs[i]);
	}
	for (i = 0; i < c->n_vips; i++) {
		const struct quiclb_address vip = site_vip_address(i, 4);

		site_vip(d, &vip, indices, c->n_configs);
	}
	return d;
}

/* CID i of a server; VIPs and configs take turns, whatever the server. */
static void fill(struct member *m)
{
	const struct fleet_case *const c = m->c;
	const size_t n_remote = c->n_servers - 1;
	const size_t each = (c->n_cids + n_remote - 1) / n_remote;
	uint8_t(*const cids)[QUICLB_CID_MAX_BYTES] =
		calloc(each, sizeof(*cids));
	size_t server = 1, done = 0, i, n;

	network_must(cids != NULL, "memory");
	for (; done < c->n_cids; done += n, server++) {
		n = c->n_cids - done < each ? c->n_cids - done : each;
		site_cids(&m->configs[done % c->n_configs], server, n, cids);
		for (i = 0; i < n; i++) {
			const struct quiclb_address vip =
				site_vip_address((done + i) % c->n_vips, 4);

			driver_put(&m->driver, done + i, &vip, cids[i]);
		}
	}
	free(cids);
	driver_shuffle(&m->driver, c->n_cids);
	driver_use(&m->driver, c->n_cids, c->random);
}

/* Whether as many were random as wanted, and some of them not decoded. */
static int is_flood(const struct fleet_case *c, uint64_t good, uint64_t random,
		    const struct quiclb_counters *counted)
{
	const uint64_t wanted = (good + random) * c->random / 256;

	return random <= wanted + 256 && random + 256 >= wanted &&
	       !c->cold_decode_rate ==
		       !counted->packets[QUICLB_REASON_OVERLOAD];
}

/* Good packets are steered, but for those the memo has lost; others not. */
static int check_flood(void *arg, const struct quiclb_counters *counted)
{
	struct member *const m = arg;
	const uint64_t good = m->driver.skel->bss->driver_n_good - m->good;
	const uint64_t random =
		m->driver.skel->bss->driver_n_random - m->random;
	const uint64_t steered = counted->packets[QUICLB_REASON_STEERED];

	m->good += good;
	m->random += random;
	m->all_good += good;
	if (is_flood(m->c, good, random, counted) &&
	    steered * 100 >= good * (100 - LOST_PER_CENT) &&
	    steered <= good + random * STRAY_PER_MILLION / 1000000 + 5)
		return 0;
	fprintf(stderr, "%llu steered, of %llu good and %llu random\n",
		(unsigned long long)steered, (unsigned long long)good,
		(unsigned long long)random);
	return -1;
}

static uint32_t packets_of(const struct fleet_case *c)
{
	if (c->packets)
		return c->packets;
	if (c->n_cids < PACKETS_MIN)
		return PACKETS_MIN;
	return c->n_cids > PACKETS_MAX ? PACKETS_MAX : (uint32_t)c->n_cids;
}

/* Every CID once or more, so that memo, flows and next hops are as they stay.
 */
static void prime(struct member *m)
{
	struct trial t = m->trial;
	struct measure_sample sample;

	driver_use(&m->driver, m->c->n_cids, 0);
	t.repeat = (uint32_t)m->c->n_cids;
	t.calls = 2;
	t.before = NULL;
	t.check = NULL;
	errno = 0;
	network_must(!trial_take(&t, &sample), "the first packets");
	driver_use(&m->driver, m->c->n_cids, m->c->random);
	m->good = m->driver.skel->bss->driver_n_good;
	m->random = m->driver.skel->bss->driver_n_random;
}

static void set_trial(struct member *m)
{
	const struct fleet_case *const c = m->c;
	struct trial *const t = &m->trial;

	driver_trial(t, &m->driver, c->random ? TRIAL_ANY : XDP_TX,
		     c->bare ? NULL : &m->steering, QUICLB_REASON_STEERED,
		     packets_of(c));
	t->warm = c->n_cids <= WARM_MAX;
	if (c->bare)
		return;
	if (!c->random) {
		if (quiclb_codec_is_keyed(c->codec) && c->n_cids <= HITS_MAX)
			t->check = trial_hits;
		return;
	}
	t->check = check_flood;
	t->check_arg = m;
	t->reasons |= 1ull << QUICLB_REASON_UNKNOWN_SERVER;
	if (!c->cold_decode_rate)
		return;
	t->reasons |= 1ull << QUICLB_REASON_OVERLOAD;
	t->before = steering_spend_budget;
}

static void open_member(struct member *m, struct fleet_case *c,
			const struct programs *programs)
{
	struct quiclb_deployment *const d = (m->c = c, deployment(m));

	if (!c->bare)
		steering_open(&m->steering, d, "left");
	quiclb_deployment_free(d);
	driver_open(&m->driver, c->n_cids,
		    c->bare ? programs->tx : m->steering.program.fd);
	fill(m);
	set_trial(m);
	prime(m);
	memset(&m->trial.counted, 0, sizeof(m->trial.counted));
}

static void close_member(struct member *m)
{
	driver_close(&m->driver);
	if (!m->c->bare)
		steering_close(&m->steering);
}

static double per_cent(uint64_t part, uint64_t other)
{
	return part + other ? 100.0 * (double)part / (double)(part + other) : 0;
}

static void put_params(struct report_row *row, const struct member *m)
{
	const struct quiclb_counters *const n = &m->trial.counted;
	const uint64_t steered = n->packets[QUICLB_REASON_STEERED];
	const struct fleet_case *const c = m->c;

	report_param(row, "servers", "%zu", c->n_servers);
	report_param(row, "vips", "%zu", c->n_vips);
	report_param(row, "configs", "%zu", c->n_configs);
	report_param(row, "cids", "%zu", c->n_cids);
	if (c->bare)
		return;
	report_param(row, "steered_flows", "%u", c->n_flows);
	if (quiclb_codec_is_keyed(c->codec) && !c->random)
		report_param(row, "memo_hits", "%.2f %%",
			     per_cent(n->memo_hits, n->memo_misses));
	if (!c->random)
		return;
	report_param(row, "cold_decode_rate", "%u", c->cold_decode_rate);
	/* a few random ones may have been steered, too */
	report_param(row, "good_lost", "%llu of %llu",
		     (unsigned long long)(m->all_good > steered
						  ? m->all_good - steered
						  : 0),
		     (unsigned long long)m->all_good);
	report_param(row, "overload", "%.1f %%",
		     per_cent(n->packets[QUICLB_REASON_OVERLOAD],
			      n->packets[QUICLB_REASON_UNKNOWN_SERVER]));
}

void fleet_measure(struct report *report, struct fleet_case *cases, size_t n,
		   size_t samples)
{
	static struct member members[FLEET_CAP];
	struct measure_candidate candidates[FLEET_CAP];
	struct programs programs;
	size_t i;

	network_must(n <= FLEET_CAP, "room for cases");
	programs_open(&programs);
	for (i = 0; i < n; i++) {
		memset(&members[i], 0, sizeof(members[i]));
		network_neighbours(cases[i].n_servers);
		open_member(&members[i], &cases[i], &programs);
		candidates[i] = (struct measure_candidate){
			cases[i].group, cases[i].name,	   "ns",
			trial_take,	&members[i].trial, NULL,
		};
	}
	measure_all(report, candidates, n, 1, samples);
	for (i = 0; i < n; i++) {
		cases[i].row = candidates[i].row;
		put_params(cases[i].row, &members[i]);
		close_member(&members[i]);
	}
	programs_close(&programs);
	network_unpark();
}
