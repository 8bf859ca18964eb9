/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What making and reading a CID costs in user space: every codec, inlined and
 * by the library, on each AES path, beside OpenSSL and the bare instructions.
 */
#ifndef CID_BENCH_H
#define CID_BENCH_H

#include <stddef.h>

struct cid_bench_options {
	const char *json;   /* file, or NULL */
	const char *only;   /* part of a row's or goal's name, or NULL: all */
	size_t repetitions; /* samples a row; 0: as many as usual */
	int quick;	    /* 1: short ones, to see that it works */
};

enum cid_bench_result {
	CID_BENCH_DONE,
	CID_BENCH_NOTHING, /* no row has such a name */
	CID_BENCH_WRONG,   /* a result was wrong: see standard error */
	CID_BENCH_NO_FILE, /* the JSON was not written: see errno */
};

/* Measures, on one CPU, and prints the table. */
enum cid_bench_result cid_bench(const struct cid_bench_options *options);

#endif /* CID_BENCH_H */
