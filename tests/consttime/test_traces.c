/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What calls that read a key leave on the stack: no copy of it, and none of
 * what is made of it.  Each runs in a thread whose stack is ours to look at
 * when it has ended.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>

#include "unit.h"

#define STACK_BYTES (256 * 1024)
#define SECRETS_CAP 4
#define SECRET_BYTES 16

/* Not on the stack that is looked through. */
static struct {
	struct quiclb_config config;
	uint8_t nonce_secret[QUICLB_NONCE_SECRET_BYTES];
	uint8_t reset_key[32];
	uint8_t server_id[3];
	uint8_t bytes[SECRETS_CAP][SECRET_BYTES]; /* what is looked for */
	size_t n;
} secrets;

static void look_for(const void *bytes)
{
	g_assert_cmpuint(secrets.n, <, SECRETS_CAP);
	memcpy(secrets.bytes[secrets.n++], bytes, SECRET_BYTES);
}

static void *config_check(void *unused)
{
	(void)unused;
	g_assert_cmpint(quiclb_config_check(&secrets.config), ==, 0);
	return NULL;
}

static int store(void *arg, uint64_t mark)
{
	(void)arg;
	(void)mark;
	return 0;
}

static void *encoder_new(void *unused)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;

	(void)unused;
	quiclb_encoder_options_init(&options);
	options.server_id = secrets.server_id;
	options.server_id_len = sizeof(secrets.server_id);
	options.nonce_secret = secrets.nonce_secret;
	options.mark_store = store;
	g_assert_cmpint(quiclb_encoder_new(&secrets.config, &options, &encoder),
			==, 0);
	quiclb_encoder_free(encoder);
	return NULL;
}

static void *decoder_add(void *unused)
{
	struct quiclb_decoder *decoder;

	(void)unused;
	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, &secrets.config), ==, 0);
	quiclb_decoder_free(decoder);
	return NULL;
}

static void *reset_token(void *unused)
{
	static const uint8_t cid[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static uint8_t token[QUICLB_RESET_TOKEN_BYTES];

	(void)unused;
	g_assert_cmpint(
		quiclb_reset_token(secrets.reset_key, sizeof(secrets.reset_key),
				   secrets.server_id, sizeof(secrets.server_id),
				   cid, sizeof(cid), token),
		==, 0);
	return NULL;
}

/* That the test can see what is there: a function that wipes nothing. */
static __attribute__((noinline)) void *careless(void *unused)
{
	/* its lowest bytes: below the frame of the function that looks */
	volatile uint8_t copy[1024];
	size_t i;

	for (i = 0; i < SECRET_BYTES; i++)
		copy[i] = secrets.config.key[i];
	return copy[0] == copy[1] ? unused : NULL;
}

struct job {
	void *(*call)(void *);
	uint8_t *stack;
	unsigned int n; /* secrets that were found */
};

/* Whether the stack below has the secret at `at`. */
static __attribute__((noinline)) unsigned int count(const struct job *job)
{
	const volatile uint8_t *at = job->stack;
	volatile uint8_t here = 0;
	const uintptr_t end = (uintptr_t)&here - 64 - SECRET_BYTES;
	unsigned int n = 0;
	size_t j, k;

	/* up to this frame, which has none */
	for (; (uintptr_t)at < end; at++)
		for (k = 0; k < secrets.n; k++) {
			for (j = 0; j < SECRET_BYTES; j++)
				if (at[j] != secrets.bytes[k][j])
					break;
			n += j == SECRET_BYTES;
		}
	return n;
}

static void *run(void *data)
{
	struct job *const job = data;

	job->call(NULL);
	job->n = count(job);
	return NULL;
}

/* How many of the secrets a call leaves. */
static unsigned int traces(void *(*call)(void *))
{
	struct job job = { .call = call };
	pthread_attr_t attr;
	pthread_t thread;

	job.stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	g_assert_true(job.stack != MAP_FAILED);
	g_assert_cmpint(pthread_attr_init(&attr), ==, 0);
	g_assert_cmpint(pthread_attr_setstack(&attr, job.stack, STACK_BYTES),
			==, 0);
	g_assert_cmpint(pthread_create(&thread, &attr, run, &job), ==, 0);
	g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
	pthread_attr_destroy(&attr);
	munmap(job.stack, STACK_BYTES);
	return job.n;
}

static void make_secrets(uint8_t codec)
{
	struct quiclb_record record;

	memset(&secrets, 0, sizeof(secrets));
	unit_config(&secrets.config, codec, sizeof(secrets.server_id), 13);
	unit_random(secrets.nonce_secret, sizeof(secrets.nonce_secret));
	unit_random(secrets.reset_key, sizeof(secrets.reset_key));
	look_for(secrets.config.key);
	look_for(secrets.nonce_secret);
	look_for(secrets.reset_key);
	/* the first round key is the key again, in another order of bits */
	g_assert_cmpint(quiclb_config_compile(&secrets.config, &record), ==, 0);
	look_for(record.round_keys);
	quiclb_wipe(&record, sizeof(record));
}

static void a_copy_is_seen(void)
{
	make_secrets(QUICLB_CODEC_SINGLE_PASS);
	g_assert_cmpuint(traces(careless), ==, 1);
}

static void calls_leave_nothing(void)
{
	make_secrets(QUICLB_CODEC_SINGLE_PASS);
	g_assert_cmpuint(traces(config_check), ==, 0);
	g_assert_cmpuint(traces(encoder_new), ==, 0);
	g_assert_cmpuint(traces(decoder_add), ==, 0);
	g_assert_cmpuint(traces(reset_token), ==, 0);
}

static const struct unit_case cases[] = {
	{ "a_copy_is_seen", a_copy_is_seen },
	{ "calls_leave_nothing", calls_leave_nothing },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("traces", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
