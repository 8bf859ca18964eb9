/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hex digits, keys, addresses and VIPs from text: what is accepted is within
 * its bounds and means the same when it is written and read again.  Input: room
 * for bytes, then the text.
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
