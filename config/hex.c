/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See hex.h.
 */
#include <quiclb/quiclb.h>

#include "config/hex.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A pair at text as a byte, or what is wrong with it. */
static const char *pair(const char *text, uint8_t *byte)
{
	const int high = digit(text[0]);
	int low;

	if (high < 0)
		return "not hex digits";
	if (!text[1])
		return "odd number of hex digits";
	low = digit(text[1]);
	if (low < 0)
		return "not hex digits";
	*byte = (uint8_t)(high << 4 | low);
	return NULL;
}

int quiclb_hex_parse(const char *text, uint8_t *out, size_t out_cap,
		     const char **why)
{
	const char *wrong = text[0] ? NULL : "no hex digits";
	size_t len = 0;
	uint8_t byte;

	for (; text[0] && !wrong; text += 2) {
		/* a colon is skipped only between two pairs */
		if (text[0] == ':' && len)
			text++;
		wrong = pair(text, &byte);
		if (wrong)
			break;
		if (len == out_cap)
			return QUICLB_ERR_SPACE;
		out[len++] = byte;
	}
	if (wrong && why)
		*why = wrong;
	return wrong ? QUICLB_ERR_ARG : (int)len;
}
