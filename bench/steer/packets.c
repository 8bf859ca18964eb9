/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One packet again and again, of each kind, beside programs that do nothing
 * and one that only parses.  A VIP for each codec; two copies of the real
 * program, with a memo and without.
 */
#include "groups.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "network.h"
#include "programs.h"
#include "site.h"
#include "steering.h"
#include "trial.h"

#define GROUP "packets"
#define CAP 64
#define DRIVEN 5000 /* packets of a sample behind the driver */

#define N_CODECS 256
enum { LOCAL, REMOTE, N_SERVERS };

/* VIPs that are no codec's number: behind a router, and nobody's. */
enum { VIP_FAR = N_CODECS, VIP_NONE };

struct bed {
	struct programs programs;
	struct steering memo, cold, flowless;
	struct driver driver, driver_gue, driver_grow, driver_none;
	struct quiclb_config configs[N_CODECS];
	struct measure_candidate candidates[CAP];
	struct trial trials[CAP];
	char names[CAP][REPORT_TEXT_CAP];
	size_t n;
};

static struct quiclb_deployment *deployment(struct bed *bed)
{
	struct quiclb_deployment *const d = site_new();
	struct quiclb_address vip;
	size_t pool;
	int codec, index;

	for (codec = 0; (codec = quiclb_codec_next(codec)) > 0;) {
		struct quiclb_config *const c = &bed->configs[codec];

		site_config(c, codec);
		pool = site_pool(d, N_SERVERS, c->server_id_len, 0);
		index = site_add_config(d, pool, c);
		vip = site_vip_address((size_t)codec, 4);
		site_vip(d, &vip, &index, 1);
		vip = site_vip_address((size_t)codec, 6);
		site_vip(d, &vip, &index, 1);
	}
	pool = site_pool(d, N_SERVERS, 3, 1);
	index = site_add_config(d, pool, &bed->configs[QUICLB_CODEC_PLAIN]);
	vip = site_vip_address(VIP_FAR, 4);
	site_vip(d, &vip, &index, 1);
	return d;
}

/* A CID of one of the codec's servers. */
static size_t cid_of(const struct bed *bed, int codec, size_t server,
		     uint8_t cid[QUICLB_CID_MAX_BYTES])
{
	const struct quiclb_config *const c = &bed->configs[codec];
	struct quiclb_record record;

	site_cids(c, server, 1, (uint8_t(*)[QUICLB_CID_MAX_BYTES])cid);
	network_must(!quiclb_config_compile(c, &record), "config");
	return record.min_cid_len;
}

static struct trial *add(struct bed *bed, const char *name)
{
	struct trial *const t = &bed->trials[bed->n];
	struct measure_candidate *const c = &bed->candidates[bed->n];

	network_must(bed->n < CAP, "room for candidates");
	snprintf(bed->names[bed->n], REPORT_TEXT_CAP, "%s", name);
	*c = (struct measure_candidate){ GROUP, bed->names[bed->n],
					 "ns",	trial_take,
					 t,	NULL };
	bed->n++;
	return t;
}

/* A packet to the VIP of a codec with a CID of a server. */
static void add_packet(struct bed *bed, const char *name,
		       const struct steering *steering, int codec,
		       uint8_t family, size_t server)
{
	const struct quiclb_address vip =
		site_vip_address((size_t)codec, family);
	struct trial *const t = add(bed, name);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const size_t len = cid_of(bed, codec, server, cid);

	trial_init(t, steering->program.fd, server == LOCAL ? XDP_PASS : XDP_TX,
		   steering,
		   server == LOCAL ? QUICLB_REASON_LOCAL
				   : QUICLB_REASON_STEERED);
	trial_frame(&t->frame, &vip, cid, len);
	if (quiclb_codec_is_keyed(codec))
		t->check = steering == &bed->cold ? trial_misses : trial_hits;
}

static void add_codec(struct bed *bed, int codec)
{
	const char *const codec_name = quiclb_codec_name(codec);
	char name[REPORT_TEXT_CAP];

	if (!quiclb_codec_is_keyed(codec)) {
		snprintf(name, sizeof(name), "%s", codec_name);
		add_packet(bed, name, &bed->memo, codec, 4, REMOTE);
		return;
	}
	snprintf(name, sizeof(name), "%s, memoised", codec_name);
	add_packet(bed, name, &bed->memo, codec, 4, REMOTE);
	snprintf(name, sizeof(name), "%s, cold", codec_name);
	add_packet(bed, name, &bed->cold, codec, 4, REMOTE);
}

/* Of a program of programs.bpf.c. */
static struct trial *add_bare(struct bed *bed, const char *name, int program,
			      uint32_t action)
{
	const struct quiclb_address vip =
		site_vip_address(QUICLB_CODEC_PLAIN, 4);
	struct trial *const t = add(bed, name);
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const size_t len = cid_of(bed, QUICLB_CODEC_PLAIN, REMOTE, cid);

	trial_init(t, program, action, NULL, 0);
	trial_frame(&t->frame, &vip, cid, len);
	return t;
}

/* As many in one call as behind the driver: what a call costs is spread. */
static void long_calls(struct trial *t)
{
	t->repeat = DRIVEN;
	t->calls = 1;
}

static void add_no_vip(struct bed *bed)
{
	const struct quiclb_address vip = site_vip_address(VIP_NONE, 4);
	struct trial *const t = add(bed, "not for a VIP");
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const size_t len = cid_of(bed, QUICLB_CODEC_PLAIN, REMOTE, cid);

	trial_init(t, bed->memo.program.fd, XDP_PASS, &bed->memo,
		   QUICLB_REASON_NOT_VIP);
	trial_frame(&t->frame, &vip, cid, len);
}

/* A packet that the driver puts right for the next run, to any target. */
static void add_driven(struct bed *bed, const char *name, struct driver *driver,
		       int target, const struct steering *steering, size_t vip)
{
	const struct quiclb_address address = site_vip_address(vip, 4);
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	cid_of(bed, QUICLB_CODEC_PLAIN, REMOTE, cid);
	driver_open(driver, 1, target);
	driver_put(driver, 0, &address, cid);
	driver_trial(add(bed, name), driver, XDP_TX, steering,
		     QUICLB_REASON_STEERED, DRIVEN);
}

static void add_all(struct bed *bed)
{
	int codec = 0;

	add_bare(bed, "null, pass", bed->programs.pass, XDP_PASS);
	add_bare(bed, "null, XDP_TX", bed->programs.tx, XDP_TX);
	long_calls(add_bare(bed, "null, XDP_TX, 5,000 a call", bed->programs.tx,
			    XDP_TX));
	add_bare(bed, "parse only", bed->programs.parse, XDP_TX);
	add_no_vip(bed);
	add_packet(bed, "plain, local", &bed->memo, QUICLB_CODEC_PLAIN, 4,
		   LOCAL);
	add_packet(bed, "four-pass, local, memoised", &bed->memo,
		   QUICLB_CODEC_FOUR_PASS, 4, LOCAL);
	add_packet(bed, "four-pass, local, cold", &bed->cold,
		   QUICLB_CODEC_FOUR_PASS, 4, LOCAL);
	while ((codec = quiclb_codec_next(codec)) > 0)
		add_codec(bed, codec);
	add_packet(bed, "plain, steered-flows 0", &bed->flowless,
		   QUICLB_CODEC_PLAIN, 4, REMOTE);
	add_packet(bed, "plain, IPv6", &bed->memo, QUICLB_CODEC_PLAIN, 6,
		   REMOTE);
	add_packet(bed, "four-pass, IPv6, memoised", &bed->memo,
		   QUICLB_CODEC_FOUR_PASS, 6, REMOTE);
	add_driven(bed, "driver alone, XDP_TX", &bed->driver_none,
		   bed->programs.tx, NULL, VIP_FAR);
	add_driven(bed, "driver + plain", &bed->driver, bed->memo.program.fd,
		   &bed->memo, QUICLB_CODEC_PLAIN);
	add_driven(bed, "driver alone, 28 bytes in front", &bed->driver_grow,
		   bed->programs.grow, NULL, VIP_FAR);
	add_driven(bed, "driver + plain, GUE", &bed->driver_gue,
		   bed->memo.program.fd, &bed->memo, VIP_FAR);
}

static const struct report_row *row(const struct bed *bed, const char *name)
{
	size_t i;

	for (i = 0; i < bed->n; i++)
		if (!strcmp(bed->names[i], name))
			return bed->candidates[i].row;
	return NULL;
}

static void ratios(const struct bed *bed, struct report *report)
{
	report_ratio(report, "memo hit (four-pass) / plain",
		     row(bed, "four-pass, memoised"), row(bed, "plain"),
		     "<= 1.15");
	report_ratio(report, "plain, steered / parse only", row(bed, "plain"),
		     row(bed, "parse only"), "<= 3.5");
	report_ratio(report, "four-pass, cold / plain",
		     row(bed, "four-pass, cold"), row(bed, "plain"), "<= 6");
}

static void lengths(struct bed *bed)
{
	int codec = 0;
	size_t i;

	while ((codec = quiclb_codec_next(codec)) > 0)
		for (i = 0; i < bed->n; i++) {
			const size_t n = strlen(quiclb_codec_name(codec));

			if (strncmp(bed->names[i], quiclb_codec_name(codec),
				    n) ||
			    !strchr(",", bed->names[i][n]))
				continue;
			report_param(bed->candidates[i].row, "server_id_len",
				     "%u", bed->configs[codec].server_id_len);
			report_param(bed->candidates[i].row, "nonce_len", "%u",
				     bed->configs[codec].nonce_len);
		}
}

void bench_packets(struct report *report, int quick)
{
	static struct bed bed;
	struct quiclb_deployment *d;

	network_neighbours(N_SERVERS);
	programs_open(&bed.programs);
	d = deployment(&bed);
	steering_open(&bed.memo, d, "twin");
	d->memo_entries = 0;
	steering_open(&bed.cold, d, "twin");
	d->memo_entries = SITE_MEMO_ENTRIES;
	d->n_flows = 0;
	steering_open(&bed.flowless, d, "twin");
	network_park(bed.memo.program.fd);
	network_park(bed.cold.program.fd);
	network_park(bed.flowless.program.fd);
	quiclb_deployment_free(d);
	add_all(&bed);
	measure_all(report, bed.candidates, bed.n, 2, quick ? 5 : 101);
	lengths(&bed);
	ratios(&bed, report);
	report_note(report,
		    GROUP ": BPF_PROG_TEST_RUN, %d packets a call, 20 calls a "
			  "sample; every packet verified by the counters",
		    TRIAL_REPEAT);
	driver_close(&bed.driver);
	driver_close(&bed.driver_gue);
	driver_close(&bed.driver_grow);
	driver_close(&bed.driver_none);
	steering_close(&bed.memo);
	steering_close(&bed.cold);
	steering_close(&bed.flowless);
	programs_close(&bed.programs);
}
