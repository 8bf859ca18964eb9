/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for HAProxy, which has a hook for all but the first of a
 * connection: that one is what quic_derive_cid() is patched to return.
 */
#include <pthread.h>
#include <quiclb/quiclb.h>

#include "haproxy.h"
#include "pool.h"

/* [adapter] */
/* First byte of the nonce: the two kinds of CIDs never meet. */
#define ISSUED 0
#define DERIVED 1

static struct cids {
	struct quiclb_encoder *encoder; /* of this thread; NULL: no config */
	uint64_t n_unroutable;		/* for your metrics */
} cids[MAX_THREADS];

/* quic_newcid_from_hash64, and in quic_send_retry() instead of RAND_bytes() */
static void new_cid(unsigned char *cid, int size, uint64_t hash,
		    const unsigned char *secret, size_t secretlen)
{
	(void)hash;
	(void)secret;
	(void)secretlen;
	if (!quiclb_encoder_fill(cids[tid].encoder, cid, (size_t)size))
		cids[tid].n_unroutable++;
}

static void put_hash(uint64_t hash, uint8_t *out)
{
	int i;

	for (i = 8; i--; hash >>= 8)
		out[i] = (uint8_t)hash;
}

/*
 * At the end of quic_derive_cid(), of its hash.  HAProxy calls it again with
 * the client's next packets: the same hash is the same CID, on each thread.
 */
static struct quic_cid derived_cid(uint64_t hash)
{
	struct quiclb_encoder *const encoder = cids[tid].encoder;
	uint8_t nonce[QUICLB_NONCE_MAX_BYTES] = { DERIVED };
	struct quic_cid cid = { { 0 }, QUIC_HAP_CID_LEN };
	struct quiclb_parts parts;

	put_hash(hash, nonce + 1);
	quiclb_parts_init(&parts);
	parts.nonce = nonce;
	parts.has_low_bits = 1;
	parts.low_bits = hash & 0x1f; /* first octets choose 1 of 256 trees */
	if (quiclb_encoder_cid_len(encoder) == QUIC_HAP_CID_LEN &&
	    quiclb_encoder_encode(encoder, &parts, cid.data, QUIC_HAP_CID_LEN) >
		    0)
		return cid;
	cids[tid].n_unroutable++;
	cid.data[0] = 0xe0 | (QUIC_HAP_CID_LEN - 1);
	put_hash(hash, cid.data + 1);
	return cid;
}

/* For REGISTER_PER_THREAD_INIT(), so after the forks.  1: done. */
static int thread_init(const struct quiclb_config *config,
		       const struct quiclb_encoder_options *options,
		       uint32_t n_threads)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct quiclb_encoder *whole;
	static const uint8_t worker[1] = { ISSUED };
	struct quiclb_encoder_options opts = *options;
	int err = 0;

	if (config->worker_len != sizeof(worker) || config->nonce_len != 9 ||
	    config->server_use_len)
		return 0;
	opts.worker = worker;
	pthread_mutex_lock(&lock);
	if (!whole) {
		err = quiclb_encoder_new(config, &opts, &whole);
		quic_newcid_from_hash64 = new_cid;
	}
	if (!err)
		err = quiclb_encoder_split(whole, tid, n_threads,
					   &cids[tid].encoder);
	pthread_mutex_unlock(&lock);
	return !err &&
	       quiclb_encoder_cid_len(cids[tid].encoder) == QUIC_HAP_CID_LEN;
}
/* [end] */

_Thread_local unsigned int tid;
void (*quic_newcid_from_hash64)(unsigned char *, int, uint64_t,
				const unsigned char *, size_t);

static void ask(void *stack, uint8_t *cid, size_t len)
{
	(void)stack;
	new_cid(cid, (int)len, 0, NULL, 0);
}

#define N_THREADS 3
#define N_CIDS 500 /* per thread */

static struct quiclb_config config;
static uint8_t issued[N_THREADS * N_CIDS][QUIC_HAP_CID_LEN];
static struct quic_cid derived[N_THREADS];

static void *serve(void *arg)
{
	struct quiclb_encoder_options options;
	int i;

	tid = (unsigned int)*(const int *)arg;
	pool_options(&options, &config, N_THREADS * N_CIDS);
	CHECK(thread_init(&config, &options, N_THREADS));
	for (i = 0; i < N_CIDS; i++)
		quic_newcid_from_hash64(issued[tid * N_CIDS + (unsigned)i],
					QUIC_HAP_CID_LEN, 1, NULL, 0);
	CHECK(!cids[tid].n_unroutable);
	derived[tid] = derived_cid(0x1122334455667788);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, QUIC_HAP_CID_LEN);
}

static void check_threads(void)
{
	static const int numbers[N_THREADS] = { 0, 1, 2 };
	pthread_t threads[N_THREADS];
	int i;

	for (i = 0; i < N_THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, serve,
				      (void *)&numbers[i]));
	for (i = 0; i < N_THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	qsort(issued, N_THREADS * N_CIDS, sizeof(*issued), compare);
	for (i = 1; i < N_THREADS * N_CIDS; i++)
		CHECK(compare(issued[i - 1], issued[i]) != 0);
	/* whichever thread asks, it is the same CID */
	for (i = 1; i < N_THREADS; i++)
		CHECK(!memcmp(&derived[0], &derived[i], sizeof(derived[0])));
}

/* Both kinds lead here, and differ in what is under the cipher. */
static void check_kinds(const struct quiclb_decoder *decoder)
{
	struct quiclb_decoded plain;
	struct quic_cid cid;
	uint64_t hash;

	quiclb_decoded_init(&plain);
	CHECK(!quiclb_decoder_read(decoder, issued[0], QUIC_HAP_CID_LEN,
				   &plain));
	CHECK(plain.nonce[0] == ISSUED && plain.worker_len == 1);
	for (hash = 1; hash; hash <<= 1) {
		cid = derived_cid(hash);
		CHECK(cid.len == QUIC_HAP_CID_LEN);
		CHECK(pool_is_ours(decoder, cid.data, cid.len));
		CHECK(!quiclb_decoder_read(decoder, cid.data, cid.len, &plain));
		CHECK(plain.nonce[0] != ISSUED);
		CHECK(compare(cid.data, derived_cid(hash << 1).data) != 0);
	}
	quiclb_encoder_free(cids[0].encoder);
}

/* Of another length, or not there: unroutable, and still a function of hash. */
static void check_fallback(const struct quiclb_decoder *decoder,
			   struct quiclb_encoder *encoder)
{
	struct quic_cid cid;

	cids[0].encoder = encoder;
	cids[0].n_unroutable = 0;
	cid = derived_cid(7);
	CHECK(cid.len == QUIC_HAP_CID_LEN && cids[0].n_unroutable == 1);
	CHECK(!pool_is_ours(decoder, cid.data, cid.len));
	CHECK(!compare(cid.data, derived_cid(7).data));
	CHECK(compare(cid.data, derived_cid(8).data) != 0);
	quiclb_encoder_free(encoder);
}

int main(void)
{
	const struct pool_hook hook = { ask, NULL, &cids[0].encoder,
					&cids[0].n_unroutable };
	struct quiclb_encoder_options options;
	struct quiclb_decoder *decoder;
	struct quiclb_config plain;

	pool_config(&config, 0, 3, 9, 0);
	plain = config; /* as for stacks without workers */
	pool_options(&options, &plain, 9);
	CHECK(!thread_init(&plain, &options, 1));
	pool_check_hook(&hook, &plain);
	cids[0].n_unroutable = 0;
	config.worker_len = 1;
	decoder = pool_decoder(&config, 1);
	check_threads();
	check_kinds(decoder);
	check_fallback(decoder, NULL);
	plain.nonce_len = 8;
	check_fallback(decoder, pool_encoder(&plain, 9));
	quiclb_decoder_free(decoder);
	for (tid = 1; tid < N_THREADS; tid++)
		quiclb_encoder_free(cids[tid].encoder);
	return 0;
}
