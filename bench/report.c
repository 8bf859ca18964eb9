/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <quiclb/quiclb.h>

#define TEXT_CAP 256

struct report_ratio {
	char name[REPORT_TEXT_CAP];
	char goal[REPORT_TEXT_CAP];
	const struct report_row *numerator, *denominator;
	double ratio; /* or difference */
	int is_difference;
};

struct report {
	char program[REPORT_TEXT_CAP], counter[REPORT_TEXT_CAP];
	int cpu;
	struct report_row **rows;
	size_t n_rows;
	struct report_ratio *ratios;
	size_t n_ratios;
	char (*notes)[TEXT_CAP];
	size_t n_notes;
};

static void *must(void *p)
{
	if (p)
		return p;
	fprintf(stderr, "out of memory\n");
	exit(1);
}

/* Room for one more of size bytes behind n of them. */
static void *grown(void *array, size_t n, size_t size)
{
	return must(realloc(array, (n + 1) * size));
}

static void copy(char to[REPORT_TEXT_CAP], const char *from)
{
	snprintf(to, REPORT_TEXT_CAP, "%s", from);
}

struct report *report_new(const char *program, int cpu, const char *counter)
{
	struct report *const r = must(calloc(1, sizeof(*r)));

	copy(r->program, program);
	copy(r->counter, counter);
	r->cpu = cpu;
	return r;
}

void report_free(struct report *r)
{
	size_t i;

	for (i = 0; i < r->n_rows; i++)
		free(r->rows[i]);
	free(r->rows);
	free(r->ratios);
	free(r->notes);
	free(r);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Part 0..1 of the way through sorted samples. */
static double at(const double *sorted, size_t n, double part)
{
	const double place = part * (double)(n - 1);
	const size_t i = (size_t)place;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (place - (double)i) * (sorted[i + 1] - sorted[i]);
}

struct report_row *report_add(struct report *r, const char *group,
			      const char *name, const char *unit,
			      double *samples, double *cycles, size_t n)
{
	struct report_row *const row = must(calloc(1, sizeof(*row)));

	r->rows = grown(r->rows, r->n_rows, sizeof(struct report_row *));
	r->rows[r->n_rows++] = row;
	copy(row->group, group);
	copy(row->name, name);
	copy(row->unit, unit);
	row->cycles = -1;
	row->n = n;
	if (!n)
		return row;
	qsort(samples, n, sizeof(*samples), by_value);
	row->min = samples[0];
	row->median = at(samples, n, 0.5);
	row->first_quartile = at(samples, n, 0.25);
	row->third_quartile = at(samples, n, 0.75);
	if (cycles) {
		qsort(cycles, n, sizeof(*cycles), by_value);
		row->cycles = at(cycles, n, 0.5);
	}
	return row;
}

void report_param(struct report_row *row, const char *key, const char *format,
		  ...)
{
	struct report_param *p;
	va_list args;

	if (!row || row->n_params == REPORT_PARAMS_CAP)
		return;
	p = &row->params[row->n_params++];
	copy(p->key, key);
	va_start(args, format);
	vsnprintf(p->value, sizeof(p->value), format, args);
	va_end(args);
}

static struct report_ratio *new_ratio(struct report *r, const char *name,
				      const struct report_row *numerator,
				      const struct report_row *denominator,
				      const char *goal)
{
	struct report_ratio *ratio;

	r->ratios = grown(r->ratios, r->n_ratios, sizeof(*ratio));
	ratio = &r->ratios[r->n_ratios++];
	copy(ratio->name, name);
	copy(ratio->goal, goal);
	ratio->numerator = numerator;
	ratio->denominator = denominator;
	ratio->is_difference = 0;
	return ratio;
}

void report_ratio(struct report *r, const char *name,
		  const struct report_row *numerator,
		  const struct report_row *denominator, const char *goal)
{
	if (!numerator || !denominator || !(denominator->median > 0))
		return;
	new_ratio(r, name, numerator, denominator, goal)->ratio =
		numerator->median / denominator->median;
}

void report_difference(struct report *r, const char *name,
		       const struct report_row *from,
		       const struct report_row *less, const char *goal)
{
	struct report_ratio *difference;

	if (!from || !less)
		return;
	difference = new_ratio(r, name, from, less, goal);
	difference->ratio = from->median - less->median;
	difference->is_difference = 1;
}

void report_note(struct report *r, const char *format, ...)
{
	va_list args;

	r->notes = grown(r->notes, r->n_notes, sizeof(*r->notes));
	va_start(args, format);
	vsnprintf(r->notes[r->n_notes++], TEXT_CAP, format, args);
	va_end(args);
}

/* 1: met, 0: not; -1: there is no goal. */
static int is_met(const struct report_ratio *ratio)
{
	const size_t n = strspn(ratio->goal, "<>=");
	const double limit = strtod(ratio->goal + n, NULL);

	if (!n)
		return -1;
	if (ratio->goal[0] == '>')
		return ratio->ratio >= limit;
	return n > 1 ? ratio->ratio <= limit : ratio->ratio < limit;
}

/* ---- the machine ------------------------------------------------------ */

static void cpu_model(char text[TEXT_CAP])
{
	FILE *const f = fopen("/proc/cpuinfo", "r");
	char line[TEXT_CAP];

	snprintf(text, TEXT_CAP, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "model name", 10) || !strchr(line, ':'))
			continue;
		line[strcspn(line, "\n")] = '\0';
		memcpy(text, strchr(line, ':') + 2,
		       strlen(strchr(line, ':') + 2) + 1);
		break;
	}
	if (f)
		fclose(f);
}

struct fact {
	const char *key;
	char value[TEXT_CAP];
};

enum {
	PROGRAM,
	CPU,
	PINNED,
	COUNTER,
	KERNEL,
	COMPILER,
	LIBRARY,
	DATE,
	N_FACTS
};

static void facts_of(const struct report *r, struct fact facts[N_FACTS])
{
	static const char *const keys[N_FACTS] = {
		"program", "cpu",      "pinned_cpu", "cycle_counter",
		"kernel",  "compiler", "library",    "date",
	};
	const time_t now = time(NULL);
	struct utsname u;
	int i;

	for (i = 0; i < N_FACTS; i++)
		facts[i].key = keys[i];
	uname(&u);
	cpu_model(facts[CPU].value);
	snprintf(facts[PROGRAM].value, TEXT_CAP, "%s", r->program);
	snprintf(facts[PINNED].value, TEXT_CAP, "%d", r->cpu);
	snprintf(facts[COUNTER].value, TEXT_CAP, "%s", r->counter);
	snprintf(facts[KERNEL].value, TEXT_CAP, "%s %s", u.release, u.machine);
#ifdef __clang__
	snprintf(facts[COMPILER].value, TEXT_CAP, "%s", __VERSION__);
#else
	snprintf(facts[COMPILER].value, TEXT_CAP, "gcc %s", __VERSION__);
#endif
	snprintf(facts[LIBRARY].value, TEXT_CAP, "%s", quiclb_version());
	strftime(facts[DATE].value, TEXT_CAP, "%Y-%m-%dT%H:%M:%SZ",
		 gmtime(&now));
}

/* ---- the table -------------------------------------------------------- */

static void params_text(const struct report_row *row, char text[TEXT_CAP])
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < row->n_params && used < TEXT_CAP; i++)
		used += (size_t)snprintf(
			text + used, TEXT_CAP - used, "%s%s %s", i ? ", " : "",
			row->params[i].key, row->params[i].value);
}

static void print_row(const struct report_row *row, int with_cycles)
{
	char params[TEXT_CAP];

	params_text(row, params);
	printf("  %-34s %9.2f %-5s %9.2f .. %-9.2f %9.2f", row->name,
	       row->median, row->unit, row->first_quartile, row->third_quartile,
	       row->min);
	if (with_cycles && row->cycles >= 0)
		printf(" %9.1f", row->cycles);
	else if (with_cycles)
		printf(" %9s", "-");
	printf("  %s\n", params);
}

static void print_rows(const struct report *r)
{
	const char *group = "";
	int with_cycles = 0;
	size_t i;

	for (i = 0; i < r->n_rows; i++)
		with_cycles |= r->rows[i]->cycles >= 0;
	for (i = 0; i < r->n_rows; i++) {
		if (strcmp(group, r->rows[i]->group)) {
			group = r->rows[i]->group;
			printf("\n%-36s %9s %-5s %9s .. %-9s %9s%s\n", group,
			       "median", "", "1st", "3rd quart", "min",
			       with_cycles ? "    cycles" : "");
		}
		print_row(r->rows[i], with_cycles);
	}
}

static void print_ratios(const struct report *r)
{
	static const char *const words[] = { "", "NOT MET", "met" };
	size_t i;

	if (r->n_ratios)
		printf("\n%-52s %7s   %s\n", "ratio", "", "goal");
	for (i = 0; i < r->n_ratios; i++)
		printf("  %-50s %7.3f%-2s %-8s %s\n", r->ratios[i].name,
		       r->ratios[i].ratio,
		       r->ratios[i].is_difference ? r->ratios[i].numerator->unit
						  : "",
		       r->ratios[i].goal, words[1 + is_met(&r->ratios[i])]);
}

void report_print(const struct report *r)
{
	struct fact facts[N_FACTS];
	size_t i;

	facts_of(r, facts);
	for (i = 0; i < N_FACTS; i++)
		printf("%-14s %s\n", facts[i].key, facts[i].value);
	print_rows(r);
	print_ratios(r);
	if (r->n_notes)
		printf("\n");
	for (i = 0; i < r->n_notes; i++)
		printf("%s\n", r->notes[i]);
	fflush(stdout);
}

/* ---- JSON ------------------------------------------------------------- */

static void put_string(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', f);
		if ((unsigned char)*text >= ' ')
			fputc(*text, f);
	}
	fputc('"', f);
}

static void put_pair(FILE *f, const char *before, const char *key,
		     const char *value)
{
	fprintf(f, "%s", before);
	put_string(f, key);
	fprintf(f, ": ");
	put_string(f, value);
}

static void put_row(FILE *f, const struct report_row *row)
{
	size_t i;

	put_pair(f, "    {", "group", row->group);
	put_pair(f, ", ", "name", row->name);
	fprintf(f, ", \"parameters\": {");
	for (i = 0; i < row->n_params; i++)
		put_pair(f, i ? ", " : "", row->params[i].key,
			 row->params[i].value);
	put_pair(f, "}, ", "unit", row->unit);
	fprintf(f,
		", \"n\": %zu, \"median\": %.6g, \"first_quartile\": %.6g, "
		"\"third_quartile\": %.6g, \"min\": %.6g, \"cycles\": ",
		row->n, row->median, row->first_quartile, row->third_quartile,
		row->min);
	if (row->cycles >= 0)
		fprintf(f, "%.6g}", row->cycles);
	else
		fprintf(f, "null}");
}

static size_t index_of(const struct report *r, const struct report_row *row)
{
	size_t i = 0;

	while (r->rows[i] != row)
		i++;
	return i;
}

static void put_ratio(FILE *f, const struct report *r,
		      const struct report_ratio *ratio)
{
	static const char *const words[] = { "null", "false", "true" };

	put_pair(f, "    {", "name", ratio->name);
	fprintf(f, ", \"numerator_row\": %zu, \"denominator_row\": %zu",
		index_of(r, ratio->numerator), index_of(r, ratio->denominator));
	fprintf(f, ", \"%s\": %.6g",
		ratio->is_difference ? "difference" : "ratio", ratio->ratio);
	put_pair(f, ", ", "goal", ratio->goal);
	fprintf(f, ", \"met\": %s}", words[1 + is_met(ratio)]);
}

static void put_all(FILE *f, const struct report *r)
{
	struct fact facts[N_FACTS];
	size_t i;

	facts_of(r, facts);
	fprintf(f, "{\n  \"machine\": {\n");
	for (i = 0; i < N_FACTS; i++)
		put_pair(f, i ? ",\n    " : "    ", facts[i].key,
			 facts[i].value);
	fprintf(f, "\n  },\n  \"rows\": [\n");
	for (i = 0; i < r->n_rows; i++) {
		put_row(f, r->rows[i]);
		fprintf(f, "%s\n", i + 1 < r->n_rows ? "," : "");
	}
	fprintf(f, "  ],\n  \"ratios\": [\n");
	for (i = 0; i < r->n_ratios; i++) {
		put_ratio(f, r, &r->ratios[i]);
		fprintf(f, "%s\n", i + 1 < r->n_ratios ? "," : "");
	}
	fprintf(f, "  ],\n  \"notes\": [");
	for (i = 0; i < r->n_notes; i++) {
		fprintf(f, "%s\n    ", i ? "," : "");
		put_string(f, r->notes[i]);
	}
	fprintf(f, "\n  ]\n}\n");
}

int report_write_json(const struct report *r, const char *path)
{
	FILE *const f = fopen(path, "w");
	int failed;

	if (!f)
		return -1;
	put_all(f, r);
	failed = ferror(f);
	return fclose(f) || failed ? -1 : 0;
}
