/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How benchmarks measure: on one CPU, candidates taking turns, so that noise
 * hits all of them alike.  And the options that all of them have.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "report.h"

struct measure_options {
	int quick;	  /* 1: few repetitions, to see that it works */
	int list;	  /* 1: print the groups and end */
	int cpu;	  /* to run on; -1: the last one allowed */
	const char *json; /* file, or NULL */
	const char *only; /* the one group wanted, or NULL: all */
};

/* Ends the process if it cannot read them. */
void measure_options(struct measure_options *options, int argc, char **argv);

/* 1 if the group is wanted; where groups are listed it prints it and says 0. */
int measure_wants(const struct measure_options *options, const char *group);

/* Stays on this CPU, or on the last allowed one for -1.  Returns which. */
int measure_pin(int cpu);

/* What measure_stop() counts, such as "tsc"; "none": nothing. */
const char *measure_counter(void);

struct measure_sample {
	double value;  /* of one operation, in the candidate's unit */
	double cycles; /* of one operation; below 0: not counted */
};

struct measure_watch {
	uint64_t ns, cycles;
};

void measure_start(struct measure_watch *watch);
/* Writes ns and cycles of one of n operations since then. */
void measure_stop(const struct measure_watch *watch, uint64_t n,
		  struct measure_sample *sample);

struct measure_candidate {
	const char *group, *name, *unit;
	/* takes one sample; 0, or -1 when it said on stderr what is wrong */
	int (*take)(void *arg, struct measure_sample *sample);
	void *arg;
	struct report_row *row; /* written by measure_all() */
};

/*
 * Lets n candidates take turns, warm_ups times for nothing, then for as many
 * samples each, there and back, and adds their rows to the report.  Ends the
 * process if a sample fails.
 */
void measure_all(struct report *report, struct measure_candidate *candidates,
		 size_t n, size_t warm_ups, size_t samples);

#endif /* MEASURE_H */
