/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb conform: answers the conformance kit, one line for one line, as
 * tests/conformance/README.md says.  Encoder and decoder are made anew for
 * every request, so that none depends on another.
 */
#include <stdlib.h>

#include <quiclb/decode.h>

#include "config/hex.h"
#include "tools/quiclb_tool.h"

#define HELLO "quiclb-conformance 1"
#define N_WORDS 10    /* of a request */
#define FIELD_CAP 255 /* bytes: too many is for the library to say */

const char conform_help[] =
	"usage: quiclb conform\n"
	"Answers requests of the protocol `quiclb-conformance 1`: one line on\n"
	"standard input, one on standard output, until the end of the input.\n"
	"tests/conformance/README.md has the protocol.\n";

/* Bytes of a word; none for "-". */
struct field {
	uint8_t bytes[FIELD_CAP];
	size_t len;
};

/* One request. */
struct request {
	char *words[N_WORDS];
	struct quiclb_config config;
	int refused; /* error of the library that no config can express, or 0 */
	struct field server_id, nonce, server_use, first, key, cid;
};

/* -------------------------------------------------------------- answers -- */

static void answer_bytes(const uint8_t *bytes, size_t len)
{
	printf("ok ");
	cli_hex_print(bytes, len);
	putchar('\n');
}

static void answer_error(int err)
{
	printf("%s %s\n", quiclb_is_unroutable(err) ? "unroutable" : "refused",
	       quiclb_strerror(err));
}

/* Each returns NULL, or what is malformed. */

static const char *take_field(const char *word, struct field *field)
{
	int len = 0;

	field->len = 0;
	if (strcmp(word, "-") != 0) {
		/* hex.h takes colons; the protocol does not */
		if (strchr(word, ':'))
			return "not hex digits";
		len = quiclb_hex_parse(word, field->bytes, FIELD_CAP, NULL);
	}
	if (len < 0)
		return len == QUICLB_ERR_SPACE ? "too many hex digits"
					       : "not hex digits";
	field->len = (size_t)len;
	return NULL;
}

static const char *take_number(const char *word, uint8_t *number)
{
	const size_t len = strlen(word);
	const unsigned long value = strtoul(word, NULL, 10);

	if (!len || len > 3 || strspn(word, "0123456789") != len ||
	    value > UINT8_MAX)
		return "not a number from 0 to 255";
	*number = (uint8_t)value;
	return NULL;
}

/* ------------------------------------------------------------- requests -- */

/* CODEC BITS ROTATION LENGTH; the codec is known. */
static const char *take_config(struct request *r, const char *key)
{
	struct quiclb_config *const c = &r->config;
	const char *wrong = take_number(r->words[2], &c->rotation_bits);

	if (!wrong)
		wrong = take_number(r->words[3], &c->config_rotation);
	if (!wrong && strcmp(r->words[4], "-") != 0) {
		c->encode_length = 1;
		wrong = take_number(r->words[4], &c->uncounted_len);
	}
	if (!wrong)
		wrong = take_field(key, &r->key);
	if (wrong)
		return wrong;
	/* to the library 0 is a wish for what is usual */
	if (!c->rotation_bits && quiclb_codec_rotation_bits(c->codec) != 0)
		r->refused = QUICLB_ERR_ROTATION_BITS;
	c->has_key = r->key.len > 0;
	if (r->key.len == QUICLB_KEY_BYTES)
		memcpy(c->key, r->key.bytes, QUICLB_KEY_BYTES);
	else if (r->key.len)
		r->refused = QUICLB_ERR_KEY_MISSING;
	return NULL;
}

static int make(struct request *r, uint8_t *cid)
{
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder = NULL;
	struct quiclb_parts parts;
	int result;

	quiclb_encoder_options_init(&options);
	options.server_id = r->server_id.bytes;
	options.server_id_len = r->server_id.len;
	/* the nonce is the request's */
	options.flags = QUICLB_F_SHORT_NONCE;
	result = quiclb_encoder_new(&r->config, &options, &encoder);
	if (result)
		return result;
	quiclb_parts_init(&parts);
	parts.nonce = r->nonce.bytes;
	parts.server_use = r->server_use.bytes;
	parts.has_low_bits = r->first.len > 0;
	parts.low_bits = r->first.bytes[0];
	result = quiclb_encoder_encode(encoder, &parts, cid,
				       QUICLB_CID_MAX_BYTES);
	quiclb_encoder_free(encoder);
	return result;
}

/* encode CODEC BITS ROTATION LENGTH FIRST KEY SERVER-ID NONCE SERVER-USE */
static const char *encode(struct request *r)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	const char *wrong = take_config(r, r->words[6]);
	int len;

	if (!wrong)
		wrong = take_field(r->words[5], &r->first);
	if (!wrong && r->first.len > 1)
		wrong = "more than one first octet";
	if (!wrong)
		wrong = take_field(r->words[7], &r->server_id);
	if (!wrong)
		wrong = take_field(r->words[8], &r->nonce);
	if (!wrong)
		wrong = take_field(r->words[9], &r->server_use);
	if (wrong)
		return wrong;
	r->config.server_id_len = (uint8_t)r->server_id.len;
	r->config.nonce_len = (uint8_t)r->nonce.len;
	r->config.server_use_len = (uint8_t)r->server_use.len;
	len = r->refused ? r->refused : make(r, cid);
	if (len < 0)
		answer_error(len);
	else
		answer_bytes(cid, (size_t)len);
	return NULL;
}

/*
 * The protocol has it that the CID belongs to the config, whatever its first
 * octet says, unless it says unroutable.
 */
static void make_ours(struct request *r)
{
	const struct quiclb_config *const c = &r->config;
	const int family = quiclb_h_family(c->codec);
	uint8_t *const first = r->cid.bytes;
	const uint8_t low_bits = 0xff >> c->rotation_bits;

	if (r->cid.len &&
	    !(quiclb_h_reserved((enum quiclb_family)family, c->rotation_bits) &
	      1u << quiclb_h_codepoint(*first)))
		*first = (uint8_t)((*first & low_bits) |
				   (c->config_rotation * (low_bits + 1u)));
}

static int read_cid(struct request *r, uint8_t *server_id)
{
	struct quiclb_decoder *decoder = NULL;
	int result = quiclb_decoder_new(&decoder);

	if (!result)
		result = quiclb_decoder_add(decoder, &r->config);
	if (!result) {
		/* the rotation bits are good ones from here on */
		make_ours(r);
		result = quiclb_decoder_decode(decoder, r->cid.bytes,
					       r->cid.len, server_id,
					       QUICLB_SERVER_ID_CAP_BYTES);
	}
	quiclb_decoder_free(decoder);
	return result;
}

/*
 * decode CODEC BITS ROTATION LENGTH KEY SERVER-ID-LEN NONCE-LEN SERVER-USE-LEN
 * CID
 */
static const char *decode(struct request *r)
{
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	struct quiclb_config *const c = &r->config;
	const char *wrong = take_config(r, r->words[5]);
	int len;

	if (!wrong)
		wrong = take_number(r->words[6], &c->server_id_len);
	if (!wrong)
		wrong = take_number(r->words[7], &c->nonce_len);
	if (!wrong)
		wrong = take_number(r->words[8], &c->server_use_len);
	if (!wrong)
		wrong = take_field(r->words[9], &r->cid);
	if (wrong)
		return wrong;
	len = r->refused ? r->refused : read_cid(r, server_id);
	if (len < 0)
		answer_error(len);
	else
		answer_bytes(server_id, (size_t)len);
	return NULL;
}

/* --------------------------------------------------------------- stream -- */

/* The words of a line; the count is N_WORDS + 1 if there are more. */
static int split(char *line, char **words)
{
	int n = 0;

	while (*line) {
		if (n == N_WORDS)
			return N_WORDS + 1;
		words[n++] = line;
		line += strcspn(line, " ");
		if (*line)
			*line++ = '\0';
	}
	return n;
}

/* Returns NULL, or what is malformed. */
static const char *answer(struct request *r, char *line)
{
	int n, codec;

	if (!strcmp(line, HELLO)) {
		printf(HELLO " quiclb %s\n", quiclb_version());
		return NULL;
	}
	quiclb_config_init(&r->config);
	n = split(line, r->words);
	if (n == 0 ||
	    (strcmp(r->words[0], "encode") && strcmp(r->words[0], "decode")))
		return "unknown request";
	if (n != N_WORDS)
		return "must have 10 words";
	codec = quiclb_codec_by_name(r->words[1]);
	if (codec < 0) {
		puts("unsupported");
		return NULL;
	}
	r->config.codec = (uint8_t)codec;
	return !strcmp(r->words[0], "encode") ? encode(r) : decode(r);
}

static int serve(void)
{
	struct cli_line line = { 0 };
	struct request request;

	while (cli_line(&line, CLI_LINE_CAP)) {
		const char *wrong = "too long";

		memset(&request, 0, sizeof(request));
		if (!line.cut)
			wrong = answer(&request, line.text);
		if (wrong)
			printf("error %s\n", wrong);
		quiclb_wipe(&request, sizeof(request));
		if (!cli_output_flush())
			break;
	}
	quiclb_wipe(&line, sizeof(line));
	return CLI_DONE;
}

int cmd_conform(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };

	if (cli_option(argc, argv, options) != -1)
		return CLI_USAGE;
	if (optind < argc)
		return cli_error("unexpected argument '%.64s'", argv[optind]);
	return serve();
}
