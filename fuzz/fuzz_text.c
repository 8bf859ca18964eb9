/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hex digits, keys, addresses, prefixes and VIPs from text: what is accepted is
 * within its bounds and means the same when it is written and read again.
 * Input: room for bytes, then the text.
 */
#include "config/hex.h"
#include "config/key_file.h"
#include "fuzz.h"
#include "tools/quiclb_tool.h"

static void hex(const char *text, size_t cap)
{
	uint8_t *const out = malloc(cap ? cap : 1);
	uint8_t key[QUICLB_KEY_BYTES], again[256];
	char digits[2 * sizeof(again) + 1] = "";
	const char *why = NULL;
	int i, len, is_key;

	FUZZ_MUST(out);
	len = quiclb_hex_parse(text, out, cap, &why);
	FUZZ_MUST(len == QUICLB_ERR_SPACE || (len == QUICLB_ERR_ARG) == !!why);
	FUZZ_MUST(len < 0 || (len >= 1 && len <= (int)cap));
	for (i = 0; i < len; i++)
		snprintf(digits + 2 * i, 3, "%02X", out[i]);
	if (len > 0)
		FUZZ_MUST(quiclb_hex_parse(digits, again, sizeof(again),
					   NULL) == len &&
			  !memcmp(out, again, (size_t)len));
	is_key = !quiclb_key_parse(text, key);
	if (len > 0)
		FUZZ_MUST(!is_key || !memcmp(key, out, sizeof(key)));
	free(out);
}

static int same_prefix(const struct quiclb_prefix *a,
		       const struct quiclb_prefix *b)
{
	return a->len == b->len && a->address.family == b->address.family &&
	       !memcmp(a->address.bytes, b->address.bytes,
		       sizeof(a->address.bytes));
}

/* No bit is set behind a prefix, and an address is a prefix of all its bits. */
static void prefix(const char *text)
{
	char address[VIP_TEXT_CAP], line[VIP_TEXT_CAP + 8];
	struct quiclb_prefix parsed, same;
	struct quiclb_address alone;
	unsigned int i, n_bits;

	memset(&parsed, 0, sizeof(parsed));
	if (quiclb_prefix_parse(text, &parsed)) {
		FUZZ_MUST(quiclb_address_parse(text, &alone));
		return;
	}
	n_bits = parsed.address.family == 4 ? 32 : 128;
	FUZZ_MUST(parsed.len <= n_bits);
	for (i = parsed.len; i < n_bits; i++)
		FUZZ_MUST(!(parsed.address.bytes[i / 8] & 0x80 >> i % 8));
	if (!quiclb_address_parse(text, &alone))
		FUZZ_MUST(parsed.len == n_bits &&
			  !memcmp(alone.bytes, parsed.address.bytes,
				  sizeof(alone.bytes)));
	quiclb_address_format(&parsed.address, address, sizeof(address));
	snprintf(line, sizeof(line), "%s/%u", address, parsed.len);
	FUZZ_MUST(!quiclb_prefix_parse(line, &same) &&
		  same_prefix(&parsed, &same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const uint8_t cap = fuzz_byte(&in);
	char *const text = fuzz_text(in.bytes, in.len);
	struct quiclb_vip vip, same;
	char line[VIP_TEXT_CAP];

	memset(&vip, 0, sizeof(vip));
	memset(&same, 0, sizeof(same));
	hex(text, cap);
	prefix(text);
	if (!quiclb_address_parse(text, &vip.address)) {
		quiclb_address_format(&vip.address, line, sizeof(line));
		FUZZ_MUST(!quiclb_address_parse(line, &same.address));
		FUZZ_MUST(!memcmp(&vip, &same, sizeof(vip)));
	}
	if (!vip_parse(text, &vip)) {
		FUZZ_MUST(vip.port);
		vip_format(&vip, line, sizeof(line));
		FUZZ_MUST(!vip_parse(line, &same));
		FUZZ_MUST(!memcmp(&vip, &same, sizeof(vip)));
	}
	free(text);
	return 0;
}
