/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No branch and no address depends on a key, a server ID, a nonce, what orders
 * the nonces, or the bytes of a CID behind its first octet: for every codec,
 * lengths of all kinds, every call that reads or makes CIDs, by each AES.  As
 * long as that is so there is one way through the code whatever the secrets
 * are, and one run over it tells.
 */
#include <string.h>

#include "leaky.h"
#include "operations.h"
#include "paths.h"
#include "secrets.h"
#include "tap.h"

/* What is tried of one codec. */
struct task {
	int codec;
	const struct operation *operation;
	unsigned int n; /* pairs of lengths it was tried on */
};

/*
 * Lengths decide on shifts, and on what is in which word.  An odd step takes
 * them in all mixtures of odd and even, short and long.
 */
static int is_left_out(const struct task *task, int server_id_len,
		       int nonce_len)
{
	const int step = secrets_one_in(task->operation->is_slow);

	return task->n && (server_id_len + 2 * nonce_len) % step;
}

static int try_pair(struct task *task, int server_id_len, int nonce_len)
{
	struct subject secret, clear;

	if (is_left_out(task, server_id_len, nonce_len) ||
	    !subject_init(&clear, task->codec, (uint8_t)server_id_len,
			  (uint8_t)nonce_len) ||
	    (task->operation->wants & OPERATION_WANTS_OTHER &&
	     !clear.other.codec) ||
	    (task->operation->wants & OPERATION_WANTS_NONCES && !nonce_len))
		return 1;
	task->n++;
	secret = clear;
	subject_hide(&secret);
	return task->operation->run(&secret, &clear);
}

static int each_pair(void *arg)
{
	struct task *const task = arg;
	int id, nonce, good = 1;

	for (id = 1; id <= QUICLB_SERVER_ID_CAP_BYTES; id++)
		for (nonce = 0; nonce <= QUICLB_NONCE_MAX_BYTES; nonce++)
			good &= try_pair(task, id, nonce);
	return good && task->n;
}

/* The tools' own words go to standard error. */
static void point_back(const char *name, unsigned int n_reports)
{
	if (n_reports)
		fprintf(stderr, "^ %s: %u reports\n\n", name, n_reports);
}

static void report(struct tap *tap, const char *name, unsigned int n_reports,
		   int good)
{
	point_back(name, n_reports);
	if (n_reports)
		printf("# %s: %u reports\n", name, n_reports);
	else if (!good)
		printf("# %s: not the result it should have\n", name);
	tap_case(tap, good && !n_reports, name, NULL);
}

static void try_operation(struct tap *tap, const struct path *path, int codec,
			  const struct operation *operation)
{
	struct task task = { codec, operation, 0 };
	unsigned int n_reports;
	char name[80];
	int good;

	snprintf(name, sizeof(name), "%s %s %s", quiclb_codec_name(codec),
		 operation->name, path->name);
	n_reports = secrets_reports(each_pair, &task, &good);
	report(tap, name, n_reports, good);
}

/* Whether CIDs of two rotations may be about, by the first legal lengths. */
static int has_other(int codec)
{
	struct subject s;
	uint8_t id, nonce;

	for (id = 1; id <= QUICLB_SERVER_ID_CAP_BYTES; id++)
		for (nonce = 0; nonce <= QUICLB_NONCE_MAX_BYTES; nonce++)
			if (subject_init(&s, codec, id, nonce))
				return s.other.codec != QUICLB_CODEC_NONE;
	return 0;
}

static void try_codec(struct tap *tap, const struct path *path, int codec)
{
	const unsigned int given =
		has_other(codec) ? ~0u : ~OPERATION_WANTS_OTHER;
	const struct operation *operation;

	for (operation = operations; operation->name; operation++)
		if (operation->cpus >> path->cpu & 1 &&
		    !(operation->wants & ~given))
			try_operation(tap, path, codec, operation);
}

static void try_path(struct tap *tap, const struct path *path)
{
	const char *skip = secrets_not_with(path->cpu);
	int codec;

	quiclb_set_cpu_mask(path->cpu);
	if (!skip && quiclb_cpu() != path->cpu)
		skip = "this CPU has no such AES";
	if (skip) {
		tap_case(tap, 1, path->name, skip);
		return;
	}
	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec))
		try_codec(tap, path, codec);
}

/* ------------------------------------------------------------- controls -- */

/* A four-pass CID of secret bytes by an AES that is not in constant time. */
static int decode_by(quiclb_block_fn *encrypt)
{
	struct quiclb_record record;
	struct quiclb_block id;
	struct subject s, clear;

	if (!subject_init(&s, QUICLB_CODEC_FOUR_PASS, 3, 8))
		return 0;
	clear = s;
	subject_hide(&s);
	if (quiclb_config_compile(&s.config, &record) ||
	    quiclb_h_decode_server(&record, s.cid, (quiclb_u32)s.cid_len, &id,
				   encrypt, encrypt))
		return 0;
	secrets_open(&id, sizeof(id));
	return !memcmp(&id, clear.server_id, 3);
}

static int table_aes(void *arg)
{
	(void)arg;
	return decode_by(leaky_table_encrypt);
}

static int branching_aes(void *arg)
{
	(void)arg;
	return decode_by(leaky_branch_encrypt);
}

static int early_exit(void *arg)
{
	uint8_t a[16] = { 1, 2, 3 }, b[16] = { 1, 2, 3 };

	(void)arg;
	secrets_mark(a, sizeof(a));
	return !leaky_differ(a, b, sizeof(a));
}

static int no_leak(void *arg)
{
	(void)arg;
	return decode_by(quiclb_h_encrypt);
}

static const struct control {
	const char *name;
	int (*fn)(void *arg);
	int leaks;
} controls[] = {
	{ "control: no leak is no report", no_leak, 0 },
	{ "control: AES by a table is noticed", table_aes, 1 },
	{ "control: AES with branches is noticed", branching_aes, 1 },
	{ "control: an early exit is noticed", early_exit, 1 },
};

static void try_controls(struct tap *tap)
{
	unsigned int n_reports;
	size_t i;
	int good;

	for (i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		n_reports = secrets_reports(controls[i].fn, NULL, &good);
		point_back(controls[i].name, n_reports);
		tap_case(tap,
			 controls[i].leaks ? n_reports > 0 : good && !n_reports,
			 controls[i].name, NULL);
	}
}

int main(void)
{
	struct tap tap = { 0, 0 };
	size_t i;

	if (secrets_none()) {
		printf("1..0 # SKIP %s\n", secrets_none());
		return 0;
	}
	leaky_init();
	try_controls(&tap);
	for (i = 0; i < PATHS_N; i++)
		try_path(&tap, &paths[i]);
	quiclb_set_cpu_mask(~0u);
	operations_reset_token(&tap);
	report(&tap, "nothing between the cases", secrets_other_reports(), 1);
	return tap_end(&tap);
}
