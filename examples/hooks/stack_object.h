/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack that takes an object which makes CIDs, and in some reads them, too.
 * In our own words; the real ones, and the rule of each:
 *
 *   quinn    ConnectionIdGenerator: generate_cid, cid_len, cid_lifetime.  One
 *            object per endpoint, made by a closure; it cannot fail.
 *   quic-go  ConnectionIDGenerator: GenerateConnectionID, ConnectionIDLen.  A
 *            constant length, and never the same ID twice; it may fail.
 *   s2n-quic connection_id::Format: generate, lifetime, and validate, which
 *            finds the length of a CID in a buffer that goes on behind it.
 *   mvfst    ConnectionIdAlgo: encodeConnectionId, parseConnectionId, canParse,
 *            asked for every packet: nothing in them may block.
 *
 * An object of one thread has a part of an encoder.  Where goroutines or tasks
 * share the object, put a lock around the encoder; the reader is per thread.
 */
#ifndef STACK_OBJECT_H
#define STACK_OBJECT_H

#include <stddef.h>
#include <stdint.h>

struct stack_cid {
	uint8_t len;
	uint8_t bytes[20];
};

struct stack_cids {
	/* 0, or -1: none to be had */
	int (*generate)(struct stack_cids *self, struct stack_cid *cid);
	size_t (*len)(const struct stack_cids *self);
	/* seconds after which the stack retires a CID; 0: never */
	unsigned int (*lifetime)(const struct stack_cids *self);
	/* length of the CID that buffer begins with, or 0: none of ours */
	size_t (*validate)(struct stack_cids *self, const uint8_t *buffer,
			   size_t len);
};

#endif /* STACK_OBJECT_H */
