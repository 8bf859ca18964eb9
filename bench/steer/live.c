/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live frames: into a veth device, through the program there and back by
 * XDP_TX, all on one CPU.  What a program adds to a way that costs something
 * itself; beside it one that only exchanges the MAC addresses.
 */
#include "groups.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live_frame.h"

#include "bench_live.skel.h"
#include "network.h"
#include "site.h"
#include "steering.h"
#include "trial.h"

#define PACKETS 20000
#define PACKETS_QUICK 10000
#define WARM 1000
#define MIN_STEPS 5
#define PATIENCE 500 /* times 10 ms: then a frame is lost */

enum { BOUNCE, PLAIN, MEMO, COLD, N };

struct way {
	struct bench_live *skel;
	const struct steering *steering; /* NULL: bounce */
	int program;
	uint32_t packets;
	int (*check)(void *unused, const struct quiclb_counters *counted);
	struct live_frame frames[LIVE_N_FRAMES];
};

static void start(const struct way *way)
{
	memcpy(way->skel->bss->live_frames, way->frames, sizeof(way->frames));
	way->skel->bss->live_n_sent = way->skel->bss->live_n_back = 0;
}

static int is_under_way(const struct way *way)
{
	return way->skel->bss->live_n_sent !=
	       __atomic_load_n(&way->skel->bss->live_n_back, __ATOMIC_ACQUIRE);
}

/* Sends live frames; returns when all are back.  0, or -1. */
static int run(const struct way *way, uint32_t packets)
{
	static const uint8_t room[LIVE_FRAME_BYTES];
	struct xdp_md ctx = { .data_end = sizeof(room) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = room,
		    .data_size_in = sizeof(room), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	const int sender = bpf_program__fd(way->skel->progs.live_send);
	const struct timespec pause = { 0, 10000000 };
	int i, err;

	start(way);
	err = bpf_prog_test_run_opts(sender, &opts);
	if (err) {
		fprintf(stderr, "live frames: %s\n", strerror(-err));
		return -1;
	}
	for (i = 0; is_under_way(way) && i < PATIENCE; i++)
		nanosleep(&pause, NULL);
	if (!is_under_way(way))
		return 0;
	fprintf(stderr, "%llu frames sent, %llu came back\n",
		(unsigned long long)way->skel->bss->live_n_sent,
		(unsigned long long)way->skel->bss->live_n_back);
	return -1;
}

/* Whether the counters have each frame as steered. */
static int check(const struct way *way, const struct quiclb_counters *before)
{
	struct quiclb_counters after;
	uint64_t n;

	steering_read(way->steering, &after);
	n = after.packets[QUICLB_REASON_STEERED] -
	    before->packets[QUICLB_REASON_STEERED];
	after.memo_hits -= before->memo_hits;
	after.memo_misses -= before->memo_misses;
	if (n == way->skel->bss->live_n_sent)
		return way->check ? way->check(NULL, &after) : 0;
	fprintf(stderr, "%llu frames sent, %llu steered\n",
		(unsigned long long)way->skel->bss->live_n_sent,
		(unsigned long long)n);
	return -1;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Mpps by the median of the steps; 0: there are too few.  While another process
 * has the CPU a step or two are long, and the others are not.
 */
static double rate(const struct way *way)
{
	const __u64 *const times = way->skel->bss->live_times;
	const uint64_t n = (way->skel->bss->live_n_back - 1) / LIVE_STEP;
	uint64_t steps[LIVE_N_TIMES];
	uint64_t i;

	if (!way->skel->bss->live_n_back || n < MIN_STEPS || n >= LIVE_N_TIMES)
		return 0;
	for (i = 0; i < n; i++)
		steps[i] = times[i + 1] - times[i];
	qsort(steps, n, sizeof(*steps), by_value);
	return 1e3 * LIVE_STEP / (double)steps[n / 2];
}

static int take(void *arg, struct measure_sample *sample)
{
	const struct way *const way = arg;
	struct quiclb_counters before;

	network_attach("left", way->program);
	if (run(way, WARM))
		return -1;
	if (way->steering)
		steering_read(way->steering, &before);
	if (run(way, way->packets))
		return -1;
	sample->value = rate(way);
	if (!(sample->value > 0)) {
		fprintf(stderr, "live frames: too few\n");
		return -1;
	}
	return way->steering ? check(way, &before) : 0;
}

/* Linux 5.18.  One frame of zeros, which the sink lets pass. */
static int has_live_frames(const struct bench_live *skel)
{
	static const uint8_t room[LIVE_FRAME_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = room,
		    .data_size_in = sizeof(room), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return !bpf_prog_test_run_opts(bpf_program__fd(skel->progs.live_sink),
				       &opts);
}

static struct quiclb_deployment *deployment(const struct quiclb_config *config)
{
	const struct quiclb_address vip = site_vip_address(0, 4);
	struct quiclb_deployment *const d = site_new();
	int index;

	site_pool(d, LIVE_N_FRAMES + 1, config->server_id_len, 0);
	index = site_add_config(d, 0, config);
	site_vip(d, &vip, &index, 1);
	return d;
}

/* A frame for each server, from a client of its own. */
static void put_frames(struct way *way, const struct quiclb_config *config)
{
	const struct quiclb_address vip = site_vip_address(0, 4);
	uint8_t cid[1][QUICLB_CID_MAX_BYTES];
	struct trial_frame frame;
	size_t i;

	for (i = 0; i < LIVE_N_FRAMES; i++) {
		site_cids(config, i + 1, 1, cid);
		trial_frame(&frame, &vip, cid[0], sizeof(cid[0]));
		frame.bytes[TRIAL_SOURCE_PORT + 1] = (uint8_t)i;
		network_must(frame.len <= LIVE_FRAME_BYTES, "short frames");
		memcpy(way->frames[i].words, frame.bytes, LIVE_FRAME_BYTES);
	}
}

static struct bench_live *open_skel(void)
{
	struct bench_live *const skel = bench_live__open_and_load();

	network_must(skel != NULL, "loading live.bpf.o");
	skel->bss->live_ifindex = network_ifindex("left-end");
	network_attach("left-end", bpf_program__fd(skel->progs.live_sink));
	return skel;
}

static void open_way(struct way *way, struct steering *steering, int codec,
		     uint32_t memo_entries)
{
	struct quiclb_deployment *d;
	struct quiclb_config config;

	site_config(&config, codec);
	put_frames(way, &config);
	if (!steering)
		return;
	d = deployment(&config);
	d->memo_entries = memo_entries;
	steering_open(steering, d, "left");
	quiclb_deployment_free(d);
	way->steering = steering;
	way->program = steering->program.fd;
}

static void ratios(struct report *report, const struct measure_candidate *c)
{
	report_ratio(report, "live, plain steered / bounced", c[PLAIN].row,
		     c[BOUNCE].row, ">= 0.85");
	report_ratio(report, "live, four-pass memoised / bounced", c[MEMO].row,
		     c[BOUNCE].row, "");
	report_note(report, "live: one CPU sends, steers and receives; "
			    "verified: every frame sent came back, and was "
			    "counted as steered");
}

static void measure(struct report *report, struct bench_live *skel, int quick)
{
	static const struct {
		const char *name;
		int codec;
		uint32_t memo_entries;
	} rows[N] = {
		[BOUNCE] = { "bounced", QUICLB_CODEC_PLAIN, 0 },
		[PLAIN] = { "plain", QUICLB_CODEC_PLAIN, SITE_MEMO_ENTRIES },
		[MEMO] = { "four-pass, memoised", QUICLB_CODEC_FOUR_PASS,
			   SITE_MEMO_ENTRIES },
		[COLD] = { "four-pass, cold", QUICLB_CODEC_FOUR_PASS, 0 },
	};
	static struct steering steerings[N];
	static struct way ways[N];
	struct measure_candidate c[N];
	int i;

	for (i = 0; i < N; i++) {
		ways[i].skel = skel;
		ways[i].packets = quick ? PACKETS_QUICK : PACKETS;
		open_way(&ways[i], i == BOUNCE ? NULL : &steerings[i],
			 rows[i].codec, rows[i].memo_entries);
		if (i == MEMO || i == COLD)
			ways[i].check = i == MEMO ? trial_hits : trial_misses;
		c[i] = (struct measure_candidate){ "live", rows[i].name, "Mpps",
						   take,   &ways[i],	 NULL };
	}
	ways[BOUNCE].program = bpf_program__fd(skel->progs.live_bounce);
	measure_all(report, c, N, 1, quick ? 3 : 101);
	ratios(report, c);
	for (i = PLAIN; i < N; i++)
		steering_close(&steerings[i]);
	network_attach("left", -1);
}

void bench_live(struct report *report, int quick)
{
	struct bench_live *const skel = open_skel();

	network_neighbours(LIVE_N_FRAMES + 1);
	if (has_live_frames(skel))
		measure(report, skel, quick);
	else
		report_note(report, "live: not on this kernel");
	network_attach("left-end", -1);
	bench_live__destroy(skel);
}
