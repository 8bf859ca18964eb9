/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_config_compile() on the bytes of a struct of any size: what is too
 * old or asks for something newer is refused, and an accepted record says the
 * same as its config.  Input: the struct.
 */
#include "fuzz.h"

#define FIRST_SIZE offsetof(struct quiclb_config, worker_len)

static int bits(const quiclb_u64 mask[2])
{
	return __builtin_popcountll(mask[0]) + __builtin_popcountll(mask[1]);
}

static void must_agree(const struct quiclb_config *c,
		       const struct quiclb_record *r)
{
	const int n = c->server_id_len + c->nonce_len;

	FUZZ_MUST(quiclb_h_known(r) && !quiclb_h_valid(r));
	FUZZ_MUST(r->codec == c->codec && r->rotation == c->config_rotation);
	FUZZ_MUST(r->body_len == n && n <= QUICLB_BODY_MAX_BYTES);
	FUZZ_MUST(r->min_cid_len == r->head_len + n && r->head_len <= 1);
	FUZZ_MUST(r->cid_len == r->min_cid_len + c->server_use_len);
	FUZZ_MUST(r->cid_len >= 2 && r->cid_len <= QUICLB_CID_MAX_BYTES);
	FUZZ_MUST(r->half_len + r->right_offset == n);
	FUZZ_MUST(bits(r->server_id_mask) == 8 * c->server_id_len);
	FUZZ_MUST(bits(r->left_mask) == 4 * n && bits(r->right_mask) == 4 * n);
	FUZZ_MUST(!r->tag && r->keyed == c->has_key && !r->pad1 && !r->pad2);
	FUZZ_MUST(c->has_key == quiclb_codec_is_keyed(c->codec));
	FUZZ_MUST(!c->worker_len || c->worker_len + 4 <= c->nonce_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* whoever passes a struct has at least its size in it */
	const size_t block_len = size < sizeof(size_t) ? sizeof(size_t) : size;
	uint8_t *const block = calloc(1, block_len);
	struct quiclb_config known;
	struct quiclb_record rec;
	int err, too_new = 0;
	size_t i;

	if (size)
		memcpy(block, data, size);
	memcpy(block, &size, sizeof(size));
	err = quiclb_config_compile((const void *)block, &rec);
	FUZZ_MUST(err == quiclb_config_check((const void *)block));
	for (i = sizeof(known); i < size; i++)
		too_new |= block[i];
	FUZZ_MUST((err == QUICLB_ERR_VERSION) ==
		  (size < FIRST_SIZE || too_new));
	memset(&known, 0, sizeof(known));
	memcpy(&known, block, size < sizeof(known) ? size : sizeof(known));
	if (!err)
		must_agree(&known, &rec);
	free(block);
	return 0;
}
