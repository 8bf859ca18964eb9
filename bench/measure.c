/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/syscall.h>
#endif

#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE2__))
#include <x86intrin.h>
#define HAVE_TSC 1
#endif

/* ---- options ---------------------------------------------------------- */

static void usage(FILE *f, const char *program)
{
	fprintf(f,
		"usage: %s [--quick] [--json FILE] [--only GROUP] [--cpu N] "
		"[--list]\n",
		program);
}

void measure_options(struct measure_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "json", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "cpu", required_argument, NULL, 'c' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct measure_options){ .cpu = -1 };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'q')
			o->quick = 1;
		else if (c == 'j')
			o->json = optarg;
		else if (c == 'o')
			o->only = optarg;
		else if (c == 'c')
			o->cpu = atoi(optarg);
		else if (c == 'l')
			o->list = 1;
		else
			break;
	}
	if (c == -1 && optind == argc)
		return;
	usage(c == 'h' ? stdout : stderr, argv[0]);
	exit(c == 'h' ? 0 : 2);
}

int measure_wants(const struct measure_options *o, const char *group)
{
	if (o->list) {
		printf("%s\n", group);
		return 0;
	}
	return !o->only || !strcmp(o->only, group);
}

/* ---- the CPU ---------------------------------------------------------- */

#if defined(__linux__)
int measure_pin(int cpu)
{
	cpu_set_t set;
	int i;

	if (sched_getaffinity(0, sizeof(set), &set))
		CPU_ZERO(&set);
	for (i = 0; cpu < 0 && i < CPU_SETSIZE; i++)
		if (CPU_ISSET(CPU_SETSIZE - 1 - i, &set))
			cpu = CPU_SETSIZE - 1 - i;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return cpu;
	perror("sched_setaffinity");
	exit(1);
}
#else
int measure_pin(int cpu)
{
	return cpu;
}
#endif

/* ---- time and cycles -------------------------------------------------- */

/* Cycles of the core itself, if the machine lets us count them; else -1. */
static int perf_fd(void)
{
#if defined(__linux__)
	static int fd = -2;
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_HW_CPU_CYCLES,
					.exclude_hv = 1 };

	if (fd == -2)
		fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	return fd;
#else
	return -1;
#endif
}

const char *measure_counter(void)
{
	if (perf_fd() >= 0)
		return "perf: cycles of the core";
#ifdef HAVE_TSC
	return "tsc: cycles at its constant rate";
#else
	return "none";
#endif
}

static uint64_t cycles_now(void)
{
	uint64_t n = 0;

	if (perf_fd() >= 0)
		return read(perf_fd(), &n, sizeof(n)) == sizeof(n) ? n : 0;
#ifdef HAVE_TSC
	/* what came before is done, what follows has not begun */
	_mm_lfence();
	n = __rdtsc();
	_mm_lfence();
#endif
	return n;
}

static uint64_t ns_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void measure_start(struct measure_watch *watch)
{
	watch->ns = ns_now();
	watch->cycles = cycles_now();
}

void measure_stop(const struct measure_watch *watch, uint64_t n,
		  struct measure_sample *sample)
{
	const uint64_t cycles = cycles_now() - watch->cycles;
	const uint64_t ns = ns_now() - watch->ns;

	sample->value = (double)ns / (double)n;
	sample->cycles = -1;
	if (strcmp(measure_counter(), "none"))
		sample->cycles = (double)cycles / (double)n;
}

/* ---- turns ------------------------------------------------------------ */

struct samples {
	double *values, *cycles;
	int has_cycles;
};

static double *room_for(size_t n)
{
	double *const room = calloc(n + 1, sizeof(*room));

	if (room)
		return room;
	fprintf(stderr, "out of memory\n");
	exit(1);
}

static void take_one(const struct measure_candidate *c, struct samples *to,
		     size_t place)
{
	struct measure_sample sample = { 0, -1 };

	if (c->take(c->arg, &sample)) {
		fprintf(stderr, "%s, %s: no sample\n", c->group, c->name);
		exit(1);
	}
	to->values[place] = sample.value;
	to->cycles[place] = sample.cycles;
	to->has_cycles &= sample.cycles >= 0;
}

void measure_all(struct report *report, struct measure_candidate *candidates,
		 size_t n, size_t warm_ups, size_t samples)
{
	struct samples *const all = calloc(n + 1, sizeof(*all));
	size_t round, i;

	for (i = 0; i < n; i++) {
		all[i].values = room_for(samples);
		all[i].cycles = room_for(samples);
		all[i].has_cycles = 1;
	}
	for (round = 0; round < warm_ups + samples; round++)
		for (i = 0; i < n; i++) {
			const size_t turn = round & 1 ? n - 1 - i : i;

			take_one(&candidates[turn], &all[turn],
				 round < warm_ups ? 0 : round - warm_ups);
		}
	for (i = 0; i < n; i++) {
		const struct measure_candidate *const c = &candidates[i];

		candidates[i].row = report_add(
			report, c->group, c->name, c->unit, all[i].values,
			all[i].has_cycles ? all[i].cycles : NULL, samples);
		free(all[i].values);
		free(all[i].cycles);
	}
	free(all);
}
