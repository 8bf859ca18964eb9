/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this benchmark share: a case (a codec with its lengths),
 * the operations on it that are timed, and the goals.
 *
 * A chain is CIDs that wait for one another: the address of the next one, or
 * the nonce for it, depends on the result of the last, by a zero that only the
 * run tells.  In a loop they do not wait, and the CPU works on several.
 */
#ifndef CID_H
#define CID_H

#include <quiclb/native.h>
#include <quiclb/quiclb.h>

#include "textbook.h"

#define CID_N 64      /* CIDs of a case, and of a batch; a power of two */
#define CID_STRIDE 32 /* bytes from one to the next */
#define CID_NAME_CAP 64

struct cid_case {
	char name[CID_NAME_CAP]; /* "four-pass 3+4" */
	struct quiclb_config config;
	struct quiclb_cipher cipher; /* prepared where QUICLB_HAVE_NATIVE */
	struct quiclb_decoder *decoder;
	struct quiclb_encoder *encoder; /* of server_id */
	struct textbook book;		/* where has_book is 1; of server_id */
	int has_book;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t first;	/* first octet of what is encoded */
	size_t cid_len; /* bytes */

	/*
	 * The byte of a server ID and of a CID that is known last: the result
	 * that a chain hands on.
	 */
	size_t id_last, cid_last;

	/* to be decoded: CIDs of many servers */
	_Alignas(64) uint8_t cids[CID_N * CID_STRIDE];
	uint8_t ids[CID_N][QUICLB_SERVER_ID_CAP_BYTES];
	struct quiclb_cid_ref refs[CID_N];
	/* to be encoded: nonces, the same behind the server ID, and the CIDs */
	_Alignas(64) uint8_t nonces[CID_N * CID_STRIDE];
	struct quiclb_words plains[CID_N];
	uint8_t encoded[CID_N][CID_STRIDE];
};

/* Ends the process where the library refuses something; to cid_case_free(). */
struct cid_case *cid_case_new(int codec, int server_id_len, int nonce_len);
void cid_case_free(struct cid_case *c);

/* The lengths to measure of a codec: up to CID_LENGTHS; returns how many. */
#define CID_LENGTHS 3
struct cid_lengths {
	int server_id, nonce; /* bytes */
};
size_t cid_lengths_of(int codec, struct cid_lengths *lengths);

/*
 * 0 if all ways to encode and decode give the same, on every AES path; else
 * -1, and says so on standard error.
 */
int cid_check(struct cid_case *c);
/* The same of the references: as many blocks as their names say. */
int cid_check_references(struct cid_case *c);

/* What an operation hands back of each CID, added up. */
enum cid_sum {
	CID_SUM_NONE,
	CID_SUM_ID_WORD, /* the word of the server ID with byte id_last */
	CID_SUM_ID_BYTE,
	CID_SUM_CID_WORD, /* likewise of the CID, cid_last */
	CID_SUM_CID_BYTE,
};
/* Over the first n results of a case, n up to CID_N. */
uint64_t cid_expected(const struct cid_case *c, enum cid_sum sum, size_t n);

/* Does n of it, a multiple of CID_N; returns the sum (batch: of the last). */
typedef uint64_t cid_op_fn(struct cid_case *c, uint64_t n);

/* Which CIDs, and CPUs, an operation is for. */
#define CID_FOR_KEYED 0x1u
#define CID_FOR_BOOK 0x2u   /* that OpenSSL is asked for */
#define CID_FOR_3_PASS 0x4u /* four-pass that need not undo pass 1 */
#define CID_NEEDS_AES 0x8u  /* AES instructions */
#define CID_ON_EACH 0x10u   /* AES path of the library, one row each */
#define CID_ON_KEYED 0x20u  /* the same, but one row without a key */
#define CID_PORTABLE 0x40u  /* the portable block, where there is a key */

struct cid_op {
	const char *name; /* with a key the AES path stands behind it */
	cid_op_fn *run;
	enum cid_sum sum;
	unsigned int flags;
};

/* Ended by a row without name.  References take no more of a case than keys. */
extern const struct cid_op cid_ops_inline[], cid_ops_native[];
extern const struct cid_op cid_ops_exported[], cid_ops_textbook[];
extern const struct cid_op cid_references[], cid_native_references[];

/* The keys of a case as instructions want them; only with QUICLB_CPU_AES. */
void cid_native_prepare(struct cid_case *c);

#define CID_REFERENCES "references" /* the group of their rows */

/* What one row should be in relation to another. */
struct cid_goal {
	char name[CID_NAME_CAP];
	char over_group[CID_NAME_CAP], under_group[CID_NAME_CAP];
	const char *over, *under; /* names of rows */
	const char *goal;	  /* as report.h has it */
	int is_difference;	  /* 1: over - under in ns, 0: over / under */
};
typedef void cid_goal_fn(void *arg, const struct cid_goal *goal);
void cid_each_goal(cid_goal_fn *each, void *arg);

/* Zero; the compiler cannot know. */
extern volatile uint64_t cid_zero;

#endif /* CID_H */
