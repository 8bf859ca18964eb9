/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Issues CIDs side by side; they are those that encoder.c would issue one
 * after the other.
 */
#include <limits.h>

#include "encoder.h"
#include "private.h"

/* What a lane's CID has in clear. */
struct clear {
	uint8_t first;
	uint8_t use[QUICLB_CID_MAX_BYTES];
};

/*
 * How many of n at once: the last is the one at which few nonces are left, as
 * the caller is told between that one and the next.
 */
static uint64_t until_told(const struct quiclb_encoder *e, uint64_t n)
{
	const uint64_t left = quiclb_priv_nonces_left(&e->nonces);

	if (!e->threshold_reached)
		return n;
	if (left <= e->threshold)
		return 1;
	return left - e->threshold < n ? left - e->threshold : n;
}

/* Draws for each lane, and drops those for which there is nothing left. */
static int draw_all(struct quiclb_encoder *e, struct quiclb_lanes *lanes,
		    struct clear *clear)
{
	static const struct quiclb_parts all_open;
	size_t i;
	int err = 0;

	for (i = 0; i < lanes->n; i++) {
		err = quiclb_priv_encoder_open(e, &all_open, &clear[i].first,
					       clear[i].use);
		if (err)
			break;
	}
	lanes->n = i;
	return i ? 0 : err;
}

/* Nonces to CIDs. */
static void encode_all(const struct quiclb_encoder *e,
		       struct quiclb_lanes *lanes, const struct clear *clear)
{
	const size_t n = lanes->n;
	size_t i;

	lanes->n = 0;
	for (i = 0; i < n; i++) {
		const struct quiclb_words plain =
			quiclb_priv_encoder_plain(e, &lanes->work[i].body);

		quiclb_priv_lanes_add(lanes, &e->cipher, &plain)->first =
			clear[i].first;
	}
	quiclb_priv_lanes_encode(lanes);
}

static void write_cid(const struct quiclb_record *rec,
		      const struct quiclb_work *work, const uint8_t *use,
		      uint8_t *cid)
{
	quiclb_priv_store(cid, &work->body, rec->min_cid_len);
	memcpy(cid + rec->min_cid_len, use,
	       (size_t)(rec->cid_len - rec->min_cid_len));
}

/* Up to n CIDs; how many, or the error of the first. */
static int issue(struct quiclb_encoder *e, struct quiclb_lanes *lanes,
		 uint8_t *cids, size_t stride, uint64_t n)
{
	struct clear clear[QUICLB_N_LANES];
	size_t i;
	int err;

	if (e->process != quiclb_priv_process())
		return QUICLB_ERR_FORKED;
	err = quiclb_priv_nonces_peek_many(&e->nonces, lanes, n);
	if (err == QUICLB_ERR_EXHAUSTED)
		quiclb_priv_encoder_watch(e);
	if (!err)
		err = draw_all(e, lanes, clear);
	if (err)
		return err;
	encode_all(e, lanes, clear);
	for (i = 0; i < lanes->n; i++) {
		write_cid(&e->cipher.record, &lanes->work[i], clear[i].use,
			  cids + i * stride);
		quiclb_priv_nonces_spend(&e->nonces);
	}
	e->issued = 1;
	quiclb_priv_encoder_watch(e);
	return (int)lanes->n;
}

int quiclb_encoder_next_batch(struct quiclb_encoder *encoder, uint8_t *cids,
			      size_t stride, size_t n)
{
	struct quiclb_lanes lanes;
	size_t i = 0;
	int result = quiclb_priv_encoder_usable(encoder, cids, stride);

	if (result)
		return result;
	if (n > INT_MAX)
		n = INT_MAX;
	while (result >= 0 && i < n) {
		const size_t most =
			n - i < QUICLB_N_LANES ? n - i : QUICLB_N_LANES;

		result = issue(encoder, &lanes, cids + i * stride, stride,
			       until_told(encoder, most));
		if (result > 0)
			i += (size_t)result;
	}
	/* no more lanes than that were ever used */
	quiclb_wipe(lanes.work,
		    sizeof(lanes.work[0]) *
			    (n < QUICLB_N_LANES ? n : QUICLB_N_LANES));
	return i ? (int)i : result;
}
