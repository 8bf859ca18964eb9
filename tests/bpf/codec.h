/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared headers as the kernel runs them: codec.bpf.c by
 * BPF_PROG_TEST_RUN.  Needs privilege; see netns.h.
 */
#ifndef CODEC_H
#define CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <quiclb/wire.h>

/* Loads the program; ends the test program if that fails. */
void codec_open(void);
void codec_close(void);
int codec_program(void); /* file descriptor */

/* The config of the codepoints in a set; NULL: none. */
void codec_set(unsigned int codepoints, const struct quiclb_record *record);

/*
 * record: one that was set.  plain: server ID and nonce.  first: the first
 * octet.  cid: all but the server-use bytes.  0 or the error of the shared
 * header.
 */
int codec_encode(const struct quiclb_record *record, const uint8_t *plain,
		 uint8_t first, uint8_t *cid);

/*
 * cid: 1..24 bytes.  server_id: 16 bytes, zero behind its end; written only
 * on success.  0 or QUICLB_ERR_*.
 */
int codec_decode(const uint8_t *cid, size_t cid_len, uint8_t server_id[16]);

#endif /* CODEC_H */
