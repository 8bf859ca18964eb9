/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 and IPv6 addresses from text and back.
 */
#include <arpa/inet.h>
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

void quiclb_address_format(const struct quiclb_address *address, char *text,
			   size_t text_cap)
{
	const int family = address->family == 4 ? AF_INET : AF_INET6;

	if (text_cap == 0)
		return;
	if (!inet_ntop(family, address->bytes, text, (socklen_t)text_cap))
		text[0] = '\0';
}
