/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a benchmark found: rows of figures and ratios of two of them, as a
 * table for people and as JSON for bench/plot.  It measures nothing itself;
 * measure.h does.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

#define REPORT_TEXT_CAP 64
#define REPORT_PARAMS_CAP 8

struct report_param {
	char key[REPORT_TEXT_CAP];
	char value[REPORT_TEXT_CAP];
};

struct report_row {
	char group[REPORT_TEXT_CAP];
	char name[REPORT_TEXT_CAP];
	char unit[REPORT_TEXT_CAP]; /* of one operation: "ns"; or "Mpps" */
	struct report_param params[REPORT_PARAMS_CAP];
	size_t n_params;
	size_t n; /* samples */
	double median, first_quartile, third_quartile, min;
	double cycles; /* per operation, median; below 0: not counted */
};

struct report;

/* program: its name; counter: what cycles are, or "none".  Ends on ENOMEM. */
struct report *report_new(const char *program, int cpu, const char *counter);
void report_free(struct report *report);

/*
 * A row of n samples, which are sorted by this; cycles: as many, sorted too,
 * or NULL.  The row is the report's and stays where it is.
 */
struct report_row *report_add(struct report *report, const char *group,
			      const char *name, const char *unit,
			      double *samples, double *cycles, size_t n);

/* Tells rows of one name apart. */
__attribute__((format(printf, 3, 4))) void
report_param(struct report_row *row, const char *key, const char *format, ...);

/*
 * Ratio of two medians.  goal: "<= 1.15", "< 1.5" or ">= 0.85", or "" for
 * none.  Nothing if one of the rows is NULL.
 */
void report_ratio(struct report *report, const char *name,
		  const struct report_row *numerator,
		  const struct report_row *denominator, const char *goal);

/* The same of the first median less the second, in their unit. */
void report_difference(struct report *report, const char *name,
		       const struct report_row *from,
		       const struct report_row *less, const char *goal);

/* A line below the table: what the figures do not say. */
__attribute__((format(printf, 2, 3))) void report_note(struct report *report,
						       const char *format, ...);

void report_print(const struct report *report);

/* Returns 0, or -1 with errno set. */
int report_write_json(const struct report *report, const char *path);

#endif /* REPORT_H */
