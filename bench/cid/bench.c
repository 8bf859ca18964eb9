/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rows there are, how one sample of one is taken, and the report.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../measure.h"
#include "cid.h"

#define WARM_UPS 2
#define SAMPLES 31
#define SAMPLES_QUICK 3
#define SAMPLE_NS 200000 /* about, of one sample */
#define SAMPLE_NS_QUICK 20000
#define CASES_CAP 64
#define AES_MIN_NS 1.0 /* nothing with AES in it takes less */

struct row {
	char group[CID_NAME_CAP], name[CID_NAME_CAP];
	struct cid_case *c;
	const struct cid_op *op;
	unsigned int mask; /* of quiclb_set_cpu_mask() */
	int wanted;
	uint64_t n; /* operations of a sample */
	uint64_t expected;
	struct report_row *result;
};

struct bench {
	const struct cid_bench_options *options;
	struct cid_case *cases[CASES_CAP];
	size_t n_cases;
	struct cid_case *keyed; /* that references have their keys from */
	struct row *rows;
	size_t n_rows;
	int lost; /* 1: a goal is about rows that there are not */
	struct report *report;
};

static void *must(void *p)
{
	if (p)
		return p;
	fprintf(stderr, "quiclb: bench: out of memory\n");
	exit(1);
}

/* ---- rows ------------------------------------------------------------- */

static const struct path {
	const char *name;
	unsigned int mask;
} paths[] = {
	{ "portable", 0 },
	{ "aes", QUICLB_CPU_AES },
	{ "vaes", QUICLB_CPU_AES | QUICLB_CPU_VAES },
};
#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

static void add_row(struct bench *b, struct cid_case *c, const char *group,
		    const struct cid_op *op, const struct path *path)
{
	struct row *row;

	b->rows = must(realloc(b->rows, (b->n_rows + 1) * sizeof(*b->rows)));
	row = &b->rows[b->n_rows++];
	memset(row, 0, sizeof(*row));
	snprintf(row->group, sizeof(row->group), "%s", group);
	snprintf(row->name, sizeof(row->name), "%s%s%s", op->name,
		 path ? ", " : "", path ? path->name : "");
	row->c = c;
	row->op = op;
	row->mask = path ? path->mask : ~0u;
	row->expected = cid_expected(c, op->sum, CID_N);
}

static int is_for(const struct cid_op *op, const struct cid_case *c)
{
	const struct quiclb_record *const rec = &c->cipher.record;

	if (op->flags & CID_FOR_KEYED && !rec->keyed)
		return 0;
	if (op->flags & CID_FOR_BOOK && !c->has_book)
		return 0;
	if (op->flags & CID_FOR_3_PASS &&
	    (c->book.algorithm != TEXTBOOK_FOUR || rec->first_pass))
		return 0;
	return 1;
}

/* A row for each AES path that the CPU has, or for the one there is. */
static void add_op(struct bench *b, struct cid_case *c, const char *group,
		   const struct cid_op *op)
{
	const int keyed = c->cipher.record.keyed;
	const unsigned int cpu = quiclb_cpu();
	size_t i;

	if (!is_for(op, c))
		return;
	if (op->flags & CID_NEEDS_AES) {
		if (cpu & QUICLB_CPU_AES)
			add_row(b, c, group, op, &paths[1]);
	} else if (op->flags & CID_PORTABLE) {
		add_row(b, c, group, op, keyed ? &paths[0] : NULL);
	} else if (op->flags & CID_ON_EACH ||
		   (op->flags & CID_ON_KEYED && keyed)) {
		for (i = 0; i < N_PATHS; i++)
			if ((paths[i].mask & cpu) == paths[i].mask)
				add_row(b, c, group, op, &paths[i]);
	} else {
		add_row(b, c, group, op, NULL);
	}
}

static void add_ops(struct bench *b, struct cid_case *c, const char *group,
		    const struct cid_op *ops)
{
	for (; ops->name; ops++)
		add_op(b, c, group, ops);
}

static void add_case(struct bench *b, struct cid_case *c)
{
	add_ops(b, c, c->name, cid_ops_inline);
	add_ops(b, c, c->name, cid_ops_native);
	add_ops(b, c, c->name, cid_ops_exported);
	add_ops(b, c, c->name, cid_ops_textbook);
}

static void add_all(struct bench *b)
{
	size_t i;

	add_ops(b, b->keyed, CID_REFERENCES, cid_references);
	add_ops(b, b->keyed, CID_REFERENCES, cid_native_references);
	for (i = 0; i < b->n_cases; i++)
		add_case(b, b->cases[i]);
}

static struct row *find_row(const struct bench *b, const char *group,
			    const char *name)
{
	size_t i;

	for (i = 0; i < b->n_rows; i++)
		if (!strcmp(b->rows[i].group, group) &&
		    !strcmp(b->rows[i].name, name))
			return &b->rows[i];
	return NULL;
}

/* ---- what is wanted --------------------------------------------------- */

static int matches(const struct bench *b, const char *before, const char *name)
{
	char all[2 * CID_NAME_CAP + 2];

	if (!b->options->only)
		return 1;
	snprintf(all, sizeof(all), "%s: %s", before, name);
	return strstr(all, b->options->only) != NULL;
}

/*
 * A goal that is asked for by its name brings its rows with it.  They are
 * missing only where the CPU lacks something.
 */
static void want_goal(void *arg, const struct cid_goal *goal)
{
	struct bench *const b = arg;
	struct row *const over = find_row(b, goal->over_group, goal->over);
	struct row *const under = find_row(b, goal->under_group, goal->under);

	if ((!over || !under) && quiclb_cpu() & QUICLB_CPU_VAES) {
		fprintf(stderr, "quiclb: bench: goal %s: no such row\n",
			goal->name);
		b->lost = 1;
	}
	if (!over || !under || !matches(b, "goal", goal->name))
		return;
	over->wanted = under->wanted = 1;
}

static size_t choose(struct bench *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->n_rows; i++)
		b->rows[i].wanted =
			matches(b, b->rows[i].group, b->rows[i].name);
	cid_each_goal(want_goal, b);
	for (i = 0; i < b->n_rows; i++)
		n += b->rows[i].wanted != 0;
	return n;
}

/* ---- samples ---------------------------------------------------------- */

/*
 * Each sample has its stack elsewhere: where a spilled word and a CID happen to
 * share the low bits of their addresses, every sample would be slower.
 */
static int take(void *arg, struct measure_sample *sample)
{
	static size_t turn;
	volatile char *const shift = __builtin_alloca(16 * (turn++ % 256) + 1);
	const struct row *const row = arg;
	struct measure_watch watch;

	*shift = 0;
	quiclb_set_cpu_mask(row->mask);
	/* it also brings code and data back into the caches */
	if (row->op->run(row->c, CID_N) != row->expected &&
	    row->op->sum != CID_SUM_NONE) {
		fprintf(stderr, "quiclb: bench: %s, %s: wrong result\n",
			row->group, row->name);
		return -1;
	}
	measure_start(&watch);
	row->op->run(row->c, row->n);
	measure_stop(&watch, row->n, sample);
	return 0;
}

/* As many operations as fill a sample. */
static int calibrate(struct row *row, double sample_ns)
{
	struct measure_sample sample = { 0, 0 };

	for (row->n = CID_N;; row->n *= 2) {
		if (take(row, &sample))
			return -1;
		if (sample.value * (double)row->n >= sample_ns / 4)
			break;
	}
	row->n = (uint64_t)(sample_ns / sample.value) / CID_N * CID_N + CID_N;
	return 0;
}

static int measure_rows(struct bench *b, size_t n_wanted)
{
	const int quick = b->options->quick;
	const size_t usual = quick ? SAMPLES_QUICK : SAMPLES;
	struct measure_candidate *const candidates =
		must(calloc(n_wanted, sizeof(*candidates)));
	size_t i, n = 0;

	for (i = 0; i < b->n_rows; i++) {
		struct row *const row = &b->rows[i];

		if (!row->wanted)
			continue;
		if (calibrate(row, quick ? SAMPLE_NS_QUICK : SAMPLE_NS))
			return -1;
		candidates[n++] = (struct measure_candidate){
			.group = row->group,
			.name = row->name,
			.unit = "ns",
			.take = take,
			.arg = row,
		};
	}
	measure_all(b->report, candidates, n, quick ? 0 : WARM_UPS,
		    b->options->repetitions ? b->options->repetitions : usual);
	for (i = 0; i < n; i++)
		((struct row *)candidates[i].arg)->result = candidates[i].row;
	free(candidates);
	quiclb_set_cpu_mask(~0u);
	return 0;
}

/* ---- the report ------------------------------------------------------- */

static void report_goal(void *arg, const struct cid_goal *goal)
{
	const struct bench *const b = arg;
	const struct row *const over =
		find_row(b, goal->over_group, goal->over);
	const struct row *const under =
		find_row(b, goal->under_group, goal->under);

	if (!over || !under)
		return;
	if (goal->is_difference)
		report_difference(b->report, goal->name, over->result,
				  under->result, goal->goal);
	else
		report_ratio(b->report, goal->name, over->result, under->result,
			     goal->goal);
}

/*
 * The least that a chain with AES in it takes: of what is faster, nothing
 * waited, for the compiler has seen through it.  Short samples and one block
 * that was disturbed must not say so by mistake.
 */
static double least_chain(const struct bench *b)
{
	const struct row *const block =
		find_row(b, CID_REFERENCES, "encrypt 1 block, chain, aes");

	if (b->options->quick || !block || !block->result)
		return AES_MIN_NS;
	return block->result->min / 2;
}

static int check_chains(const struct bench *b)
{
	const double least = least_chain(b);
	size_t i;

	for (i = 0; i < b->n_rows; i++) {
		const struct row *const row = &b->rows[i];

		if (!row->result || !row->c->cipher.record.keyed ||
		    row->op->run == cid_references[0].run ||
		    !strstr(row->name, ", chain") || row->result->min >= least)
			continue;
		fprintf(stderr, "quiclb: bench: %s, %s: %.2f ns is no AES\n",
			row->group, row->name, row->result->min);
		return -1;
	}
	return 0;
}

static enum cid_bench_result measure_and_report(struct bench *b)
{
	const size_t n = choose(b);

	if (b->lost)
		return CID_BENCH_WRONG;
	if (!n)
		return CID_BENCH_NOTHING;
	if (measure_rows(b, n))
		return CID_BENCH_WRONG;
	cid_each_goal(report_goal, b);
	report_note(b->report,
		    "chain: each waits for the last; loop: none does; batch: "
		    "%d a call; next: with a nonce of its own",
		    CID_N);
	report_print(b->report);
	if (check_chains(b))
		return CID_BENCH_WRONG;
	if (b->options->json && report_write_json(b->report, b->options->json))
		return CID_BENCH_NO_FILE;
	return CID_BENCH_DONE;
}

/* ---- cases ------------------------------------------------------------ */

/* Returns -1 if a result is wrong. */
static int make_cases(struct bench *b)
{
	struct cid_lengths lengths[CID_LENGTHS];
	int codec = 0;
	size_t i, n;

	while ((codec = quiclb_codec_next(codec)) > 0) {
		n = cid_lengths_of(codec, lengths);
		for (i = 0; i < n && b->n_cases < CASES_CAP; i++)
			b->cases[b->n_cases++] = cid_case_new(
				codec, lengths[i].server_id, lengths[i].nonce);
	}
	for (i = 0; i < b->n_cases; i++) {
		if (cid_check(b->cases[i]))
			return -1;
		if (b->cases[i]->config.codec == QUICLB_CODEC_FOUR_PASS &&
		    !b->keyed)
			b->keyed = b->cases[i];
	}
	return cid_check_references(b->keyed);
}

enum cid_bench_result cid_bench(const struct cid_bench_options *options)
{
	struct bench b = { .options = options };
	enum cid_bench_result result = CID_BENCH_WRONG;
	size_t i;

	b.report = report_new("bench_cid", measure_pin(-1), measure_counter());
	if (!make_cases(&b)) {
		quiclb_set_cpu_mask(~0u);
		add_all(&b);
		result = measure_and_report(&b);
	}
	for (i = 0; i < b.n_cases; i++)
		cid_case_free(b.cases[i]);
	free(b.rows);
	report_free(b.report);
	return result;
}
