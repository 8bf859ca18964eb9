/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for picoquic.
 */
#include <quiclb/quiclb.h>

#include "picoquic.h"
#include "pool.h"

/* [adapter] */
struct cids {
	struct quiclb_encoder *encoder; /* of this context; NULL: no config */
	uint64_t n_unroutable;		/* for your metrics */
};

/* For picoquic_create(), with a struct cids as its data. */
static void new_cid(picoquic_quic_t *quic, picoquic_connection_id_t local,
		    picoquic_connection_id_t remote, void *data,
		    picoquic_connection_id_t *wanted)
{
	struct cids *const c = data;

	(void)quic;
	(void)local;
	(void)remote;
	if (!quiclb_encoder_fill(c->encoder, wanted->id, wanted->id_len))
		c->n_unroutable++;
}

/* Right after picoquic_create(): with connections there it is too late. */
static int set_cid_len(picoquic_quic_t *quic, const struct cids *c)
{
	return picoquic_set_default_connection_id_length(
		quic, (uint8_t)quiclb_encoder_cid_len(c->encoder));
}
/* [end] */

/* What the test has of a context. */
struct st_picoquic_quic_t {
	uint8_t cid_len;
	int n_connections;
	picoquic_connection_id_cb_fn new_cid;
	void *data;
};

int picoquic_set_default_connection_id_length(picoquic_quic_t *quic,
					      uint8_t len)
{
	if (len > 20 || quic->n_connections)
		return -1;
	quic->cid_len = len;
	return 0;
}

static void ask(void *stack, uint8_t *cid, size_t len)
{
	picoquic_quic_t *const quic = stack;
	picoquic_connection_id_t wanted = { { 0 }, quic->cid_len }, remote;

	memset(wanted.id, 0x11, len);
	memset(&remote, 0x22, sizeof(remote));
	quic->new_cid(quic, wanted, remote, quic->data, &wanted);
	CHECK(wanted.id_len == len);
	/* the stack compares and hashes the whole array */
	for (size_t i = len; i < sizeof(wanted.id); i++)
		CHECK(!wanted.id[i]);
	memcpy(cid, wanted.id, len);
}

int main(void)
{
	struct cids cids = { NULL, 0 };
	picoquic_quic_t quic = { 8, 0, new_cid, &cids };
	const struct pool_hook hook = { ask, &quic, &cids.encoder,
					&cids.n_unroutable };
	struct quiclb_config config;

	pool_config(&config, 0, 3, 8, 0);
	cids.encoder = pool_encoder(&config, 9);
	CHECK(!set_cid_len(&quic, &cids) && quic.cid_len == 12);
	quic.n_connections = 1;
	CHECK(set_cid_len(&quic, &cids) != 0);
	quiclb_encoder_free(cids.encoder);
	pool_check_hook(&hook, &config);
	/* a context whose length was left at picoquic's default */
	cids.encoder = pool_encoder(&config, 9);
	quic.cid_len = 8;
	ask(&quic, (uint8_t[20]){ 0 }, 8);
	CHECK(quiclb_encoder_remaining(cids.encoder) == 9);
	quiclb_encoder_free(cids.encoder);
	return 0;
}
