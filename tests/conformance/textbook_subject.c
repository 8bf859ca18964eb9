/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers quiclb-conformance 1 with the textbook, so that the kit always has
 * one program that must pass all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "textbook.h"

#define N_WORDS 10
#define CID_MAX_BYTES 20

/*
 * Functions below that return a string return the answer to give; NULL means
 * that all is well, or that they gave it.
 */
static const char malformed[] = "refused malformed request";

/* Bytes of a hex word, "-" being none; -1: malformed, or more than cap. */
static int parse_hex(const char *word, uint8_t *bytes, size_t cap)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;
	size_t i;

	if (!strcmp(word, "-"))
		return 0;
	if (!*word || strlen(word) % 2 || strlen(word) / 2 > cap)
		return -1;
	for (i = 0; word[2 * i]; i++) {
		high = strchr(digits, word[2 * i]);
		low = strchr(digits, word[2 * i + 1]);
		if (!high || !low)
			return -1;
		bytes[i] = (uint8_t)((high - digits) * 16 + (low - digits));
	}
	return (int)i;
}

/* -1: not a decimal number below 1000. */
static int parse_number(const char *word)
{
	if (!*word || strlen(word) > 3 ||
	    strspn(word, "0123456789") != strlen(word))
		return -1;
	return atoi(word);
}

static int needs_key(enum textbook_codec codec)
{
	switch (codec) {
	case TEXTBOOK_PLAIN:
	case TEXTBOOK_PLAIN_07:
	case TEXTBOOK_MSQUIC:
	case TEXTBOOK_MVFST_1:
	case TEXTBOOK_MVFST_2:
	case TEXTBOOK_MVFST_3:
		return 0;
	default:
		return 1;
	}
}

/* CODEC BITS ROTATION LENGTH are words 1 to 4 of both requests. */
static const char *parse_config(char *const words[], const char *key,
				struct textbook_config *config)
{
	const int codec = textbook_codec_by_name(words[1]);
	const int bits = parse_number(words[2]);
	const int rotation = parse_number(words[3]);
	const int self_length = strcmp(words[4], "-") != 0;
	const int uncounted = self_length ? parse_number(words[4]) : 0;
	const int key_len = parse_hex(key, config->key, 16);

	if (codec < 0)
		return "unsupported";
	if (bits < 0 || rotation < 0 || uncounted < 0 || key_len < 0)
		return malformed;
	config->codec = (enum textbook_codec)codec;
	config->rotation_bits = (unsigned int)bits;
	config->rotation = (unsigned int)rotation;
	config->self_length = (unsigned int)self_length;
	config->uncounted_len = (size_t)uncounted;
	if (key_len != (needs_key(config->codec) ? 16 : 0))
		return "refused key length";
	return NULL;
}

static void answer_ok(const uint8_t *bytes, size_t len)
{
	size_t i;

	printf("ok ");
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static const char *reason(enum textbook_result result)
{
	switch (result) {
	case TEXTBOOK_TOO_SHORT:
		return "unroutable too short";
	case TEXTBOOK_RESERVED:
		return "unroutable reserved codepoint";
	case TEXTBOOK_BAD_LENGTHS:
		return "refused lengths";
	case TEXTBOOK_BAD_ROTATION:
		return "refused config rotation";
	default:
		return "refused";
	}
}

/* encode CODEC BITS ROTATION LENGTH FIRST KEY SERVER-ID NONCE SERVER-USE */
static const char *encode(char *const words[])
{
	struct textbook_config config = { 0 };
	uint8_t bytes[3][64], first[1] = { 0 }, cid[CID_MAX_BYTES];
	const uint8_t *const fields[3] = { bytes[0], bytes[1], bytes[2] };
	const char *const problem = parse_config(words, words[6], &config);
	enum textbook_result result;
	size_t cid_len;
	int lens[3], i;

	if (problem)
		return problem;
	if (parse_hex(words[5], first, 1) < 0)
		return malformed;
	for (i = 0; i < 3; i++) {
		lens[i] = parse_hex(words[7 + i], bytes[i], 64);
		if (lens[i] < 0)
			return malformed;
	}
	config.server_id_len = (size_t)lens[0];
	config.nonce_len = (size_t)lens[1];
	config.server_use_len = (size_t)lens[2];
	result = textbook_encode(&config, fields, first[0], cid, &cid_len);
	if (result != TEXTBOOK_OK)
		return reason(result);
	answer_ok(cid, cid_len);
	return NULL;
}

/*
 * decode CODEC BITS ROTATION LENGTH KEY SERVER-ID-LEN NONCE-LEN SERVER-USE-LEN
 * CID
 */
static const char *decode(char *const words[])
{
	struct textbook_config config = { 0 };
	uint8_t cid[64], server_id[16];
	const char *const problem = parse_config(words, words[5], &config);
	const int cid_len = parse_hex(words[9], cid, sizeof(cid));
	enum textbook_result result;
	int lens[3], i;

	if (problem)
		return problem;
	for (i = 0; i < 3; i++) {
		lens[i] = parse_number(words[6 + i]);
		if (lens[i] < 0)
			return malformed;
	}
	if (cid_len < 0)
		return malformed;
	config.server_id_len = (size_t)lens[0];
	config.nonce_len = (size_t)lens[1];
	config.server_use_len = (size_t)lens[2];
	result = textbook_decode(&config, cid, (size_t)cid_len, server_id);
	if (result != TEXTBOOK_OK)
		return reason(result);
	answer_ok(server_id, config.server_id_len);
	return NULL;
}

static const char *answer(char *line)
{
	char *words[N_WORDS + 1];
	size_t n = 0;
	char *word;

	if (!strcmp(line, "quiclb-conformance 1"))
		return "quiclb-conformance 1 textbook";
	for (word = strtok(line, " "); word && n <= N_WORDS;
	     word = strtok(NULL, " "))
		words[n++] = word;
	if (n == N_WORDS && !strcmp(words[0], "encode"))
		return encode(words);
	if (n == N_WORDS && !strcmp(words[0], "decode"))
		return decode(words);
	return malformed;
}

int main(void)
{
	char line[1024];
	const char *text;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		text = answer(line);
		if (text)
			puts(text);
		fflush(stdout);
	}
	return 0;
}
