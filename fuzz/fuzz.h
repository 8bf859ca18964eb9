/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share: taking a config and bytes from an input, exact
 * blocks that let a sanitizer see reads past them, and saying what must hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <quiclb/decode.h>
#include <quiclb/quiclb.h>
#include <stdlib.h>

/* The entry of every target; replay.c, libFuzzer or AFL++ calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is asserted in every build: a finding is an abort with this line. */
#define FUZZ_MUST(condition)                                                   \
	((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/* What is left of an input.  It never ends: zeros follow. */
struct fuzz_input {
	const uint8_t *bytes;
	size_t len;
};

uint8_t fuzz_byte(struct fuzz_input *in);
void fuzz_bytes(struct fuzz_input *in, uint8_t *out, size_t len);

/* len bytes, exactly, on the heap; to free().  src may be NULL if len is 0. */
void *fuzz_copy(const void *src, size_t len);
/* The same with a final zero. */
char *fuzz_text(const void *src, size_t len);

/*
 * A config of 24 bytes of input: any codec, lengths just past the limits, a
 * key missing or too many at times.  seeds.py writes the same form.
 */
void fuzz_config(struct fuzz_input *in, struct quiclb_config *config);

#define FUZZ_ID "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20"
#define FUZZ_WORKER                                                            \
	"\361\362\363\364\365\366\367\370\371\372\373\374\375\376\377\360\361" \
	"\362"

/* An encoder of server ID 1 2 3 .., worker 0xf1 0xf2 ..; or an error. */
int fuzz_encoder(const struct quiclb_config *config,
		 struct quiclb_encoder **encoder);

/*
 * Server ID, nonce and zeros, 24 bytes, of a CID that is long enough: by the
 * shared decoder with the portable block.
 */
void fuzz_plain(const struct quiclb_config *config, const uint8_t *cid,
		size_t cid_len, uint8_t *plain);

/*
 * The steps of a codec as BPF programs run them: next chooses the codec anew
 * in each.
 */
void fuzz_steps(const struct quiclb_record *rec, struct quiclb_work *work,
		quiclb_step_fn *next);

/* That the CID has the server ID and worker of fuzz_encoder(). */
void fuzz_must_be_ours(const struct quiclb_config *config, const uint8_t *cid,
		       size_t cid_len);

/*
 * A key that seeds have, and whether text gives part of it away although the
 * input, of len bytes and maybe zeros, has it once only.
 */
#define FUZZ_KEY "5ec2e7c0ffee4bad5ec2e7deadbeef42"
int fuzz_leaks(const char *text, const char *input, size_t len);

/*
 * random.c stands in for the random numbers of libcrypto, so that an input
 * does the same every time.  1 in 16 calls fails from now on, or none.
 */
void fuzz_random_start(int may_fail);

#endif /* FUZZ_H */
