/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for the lines on standard output.
 */
#ifndef NGTCP2_SERVER_TEXT_H
#define NGTCP2_SERVER_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* "[", IPv6 address, "]:", port, zero */
#define TEXT_ADDRESS_CAP 64
/* the longest CID, zero */
#define TEXT_HEX_CAP 41

/* "192.0.2.1:443" or "[2001:db8::1]:443"; returns text. */
const char *text_address(const struct sockaddr *address, char *text,
			 size_t text_cap);

/* At most (text_cap - 1) / 2 bytes of data; returns text. */
const char *text_hex(const uint8_t *data, size_t len, char *text,
		     size_t text_cap);

#endif /* NGTCP2_SERVER_TEXT_H */
