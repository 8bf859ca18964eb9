/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captured frames, and what a program that shares nothing with this project
 * read in them: captures/NAME.pcap with captures/NAME.txt.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "frame.h"

#define CAPTURE_WORD_CAP 32

struct captured {
	struct frame frame;	     /* bytes, len, l3, family */
	char what[CAPTURE_WORD_CAP]; /* "quic", "icmp", or a kind of tunnel */
	char form[CAPTURE_WORD_CAP]; /* "initial", ..., "short" */
	uint32_t version;	     /* of a long header */
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t cid_len; /* 0: none could be told */
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t server_id_len; /* 0: the CID is no server's */
};

struct capture {
	struct captured *frames;
	size_t n;
};

/* Reads both; to capture_free().  Anything odd in them ends the test. */
struct capture capture_read(const char *name);
void capture_free(struct capture *capture);

/* Path of a file in captures/; g_free() it. */
char *capture_path(const char *name, const char *suffix);

#endif /* CAPTURE_H */
