/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb codecs: the codecs of the library with their length rules.  The
 * rules are found by asking the library about every pair of lengths, so that
 * none stands here a second time.
 */
#include "tools/quiclb_tool.h"

const char codecs_help[] =
	"usage: quiclb codecs [--json]\n"
	"Lists the codecs: name, number, whether it takes a key, and the\n"
	"allowed lengths of server ID and nonce in bytes.\n"
	"\n"
	"  --json   one JSON array\n";

struct range {
	int min;
	int max;
};

/* The lengths of a codec for which there is a config. */
struct lengths {
	struct range server_id;
	struct range nonce;
	uint32_t sums; /* bit n: server ID and nonce may total n bytes */
};

static void widen(struct range *range, int n)
{
	if (!range->max || n < range->min)
		range->min = n;
	if (n > range->max)
		range->max = n;
}

static void probe(int codec, struct lengths *lengths)
{
	struct quiclb_config c;
	int server_id, nonce;

	memset(lengths, 0, sizeof(*lengths));
	quiclb_config_init(&c);
	c.codec = (uint8_t)codec;
	c.has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	for (server_id = 1; server_id < QUICLB_CID_MAX_BYTES; server_id++) {
		for (nonce = 1; nonce < QUICLB_CID_MAX_BYTES; nonce++) {
			c.server_id_len = (uint8_t)server_id;
			c.nonce_len = (uint8_t)nonce;
			if (quiclb_config_check(&c))
				continue;
			widen(&lengths->server_id, server_id);
			widen(&lengths->nonce, nonce);
			lengths->sums |= 1u << (server_id + nonce);
		}
	}
}

/* "5..15 or 17..19" */
static void print_sums(uint32_t sums)
{
	const char *before = "";
	int n = 0, end;

	for (; sums >> n; n = end) {
		end = n + 1;
		if (!(sums >> n & 1))
			continue;
		while (sums >> end & 1)
			end++;
		printf("%s%d", before, n);
		if (end - 1 > n)
			printf("..%d", end - 1);
		before = " or ";
	}
}

static void print_text(int codec)
{
	struct lengths l;

	probe(codec, &l);
	printf("%-12s %3d  %-7s  server ID %d..%d, nonce %d..%d, together ",
	       quiclb_codec_name(codec), codec,
	       quiclb_codec_is_keyed(codec) ? "key" : "no key", l.server_id.min,
	       l.server_id.max, l.nonce.min, l.nonce.max);
	print_sums(l.sums);
	puts(" bytes");
}

static void print_json_range(struct cli_json *json, const char *name,
			     const struct range *range)
{
	cli_json_open(json, name, '{');
	cli_json_number(json, "min", (uint64_t)range->min);
	cli_json_number(json, "max", (uint64_t)range->max);
	cli_json_close(json, '}');
}

static void print_json(struct cli_json *json, int codec)
{
	struct lengths l;
	uint64_t n;

	probe(codec, &l);
	cli_json_open(json, NULL, '{');
	cli_json_text(json, "name", quiclb_codec_name(codec));
	cli_json_number(json, "number", (uint64_t)codec);
	cli_json_bool(json, "keyed", quiclb_codec_is_keyed(codec));
	print_json_range(json, "server_id_len", &l.server_id);
	print_json_range(json, "nonce_len", &l.nonce);
	cli_json_open(json, "sum_len", '[');
	for (n = 0; l.sums >> n; n++) {
		if (l.sums >> n & 1)
			cli_json_number(json, NULL, n);
	}
	cli_json_close(json, ']');
	cli_json_close(json, '}');
}

int cmd_codecs(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct cli_json json = { 0, 0 };
	int as_json = 0;
	int option, codec;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		as_json = 1;
	}
	if (optind < argc)
		return cli_error("unexpected argument '%.64s'", argv[optind]);
	if (as_json)
		cli_json_open(&json, NULL, '[');
	for (codec = 0; codec <= UINT8_MAX; codec++) {
		if (!quiclb_codec_name(codec))
			continue;
		if (as_json)
			print_json(&json, codec);
		else
			print_text(codec);
	}
	if (as_json)
		cli_json_close(&json, ']');
	return CLI_DONE;
}
