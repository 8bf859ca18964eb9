/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 and IPv6 addresses and prefixes from text, addresses back.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/deployment.h"

int quiclb_address_parse(const char *text, struct quiclb_address *address)
{
	struct quiclb_address parsed;

	if (!text || !address)
		return QUICLB_ERR_ARG;
	memset(&parsed, 0, sizeof(parsed));
	if (inet_pton(AF_INET, text, parsed.bytes) == 1) {
		parsed.family = 4;
	} else {
		if (inet_pton(AF_INET6, text, parsed.bytes) != 1)
			return QUICLB_ERR_ARG;
		parsed.family = 6;
	}
	*address = parsed;
	return 0;
}

static size_t bits_of(const struct quiclb_address *address)
{
	return address->family == 4 ? 32 : 128;
}

/* *len: the number behind the slash; all bits without one. */
static int parse_len(const char *slash, const struct quiclb_address *address,
		     uint8_t *len)
{
	unsigned long n = bits_of(address);
	char *end;

	if (slash) {
		if (!isdigit((unsigned char)slash[1]))
			return QUICLB_ERR_ARG;
		n = strtoul(slash + 1, &end, 10);
		if (*end || n > bits_of(address))
			return QUICLB_ERR_ARG;
	}
	*len = (uint8_t)n;
	return 0;
}

int quiclb_prefix_parse(const char *text, struct quiclb_prefix *prefix)
{
	const char *const slash = text ? strchr(text, '/') : NULL;
	struct quiclb_prefix parsed;
	char address[INET6_ADDRSTRLEN];
	size_t i, len;

	if (!text || !prefix)
		return QUICLB_ERR_ARG;
	len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof(address))
		return QUICLB_ERR_ARG;
	memcpy(address, text, len);
	address[len] = '\0';
	if (quiclb_address_parse(address, &parsed.address) ||
	    parse_len(slash, &parsed.address, &parsed.len))
		return QUICLB_ERR_ARG;
	for (i = parsed.len; i < bits_of(&parsed.address); i++)
		parsed.address.bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	*prefix = parsed;
	return 0;
}

void quiclb_address_format(const struct quiclb_address *address, char *text,
			   size_t text_cap)
{
	const int family = address->family == 4 ? AF_INET : AF_INET6;

	if (text_cap == 0)
		return;
	if (!inet_ntop(family, address->bytes, text, (socklen_t)text_cap))
		text[0] = '\0';
}
