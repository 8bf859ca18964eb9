/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for the lines on standard output.
 */
#include "text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

const char *text_address(const struct sockaddr *address, char *text,
			 size_t text_cap)
{
	const struct sockaddr_in6 *in6 = (const void *)address;
	const struct sockaddr_in *in4 = (const void *)address;
	char host[INET6_ADDRSTRLEN];

	if (address->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, text_cap, "[%s]:%u", host,
			 ntohs(in6->sin6_port));
	} else {
		inet_ntop(AF_INET, &in4->sin_addr, host, sizeof(host));
		snprintf(text, text_cap, "%s:%u", host, ntohs(in4->sin_port));
	}
	return text;
}

const char *text_hex(const uint8_t *data, size_t len, char *text,
		     size_t text_cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < len && n + 2 < text_cap; i++) {
		text[n++] = digits[data[i] >> 4];
		text[n++] = digits[data[i] & 15];
	}
	text[n] = '\0';
	return text;
}
