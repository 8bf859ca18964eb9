/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb codecs: the codecs of the library with their rules.  These are found
 * by asking the library about every pair of lengths, so that none stands here
 * a second time.
 */
#include "tools/quiclb_tool.h"

const char codecs_help[] =
	"usage: quiclb codecs [--json]\n"
	"Lists the codecs: name, number, whether it takes a key, how many bits "
	"of\n"
	"the first octet are the config rotation, and the allowed lengths of\n"
	"server ID and nonce in bytes.  Then the presets: names for a codec "
	"with\n"
	"certain lengths.\n"
	"\n"
	"  --json   one JSON array\n";

static const char *const presets[] = {
#define QUICLB_PRESET(text, upper, id, nonce, use, encode, uncounted) text,
	QUICLB_PRESET_LIST(QUICLB_PRESET)
#undef QUICLB_PRESET
};
#define N_PRESETS (sizeof(presets) / sizeof(presets[0]))

struct range {
	int some; /* 0: nothing is in it */
	int min;
	int max;
};

/* What there is a config for. */
struct rules {
	struct range rotation;
	struct range server_id;
	struct range nonce;
	uint32_t sums;	      /* bit n: server ID and nonce may total n bytes */
	unsigned int bits[2]; /* rotation bits, the usual ones first */
	int n_bits;
};

static void widen(struct range *range, int n)
{
	if (!range->some || n < range->min)
		range->min = n;
	if (!range->some || n > range->max)
		range->max = n;
	range->some = 1;
}

/* ---------------------------------------------------------------- rules -- */

static void probe_lengths(struct quiclb_config *c, struct rules *rules)
{
	int server_id, nonce;

	for (server_id = 1; server_id < QUICLB_CID_MAX_BYTES; server_id++) {
		for (nonce = 0; nonce < QUICLB_CID_MAX_BYTES; nonce++) {
			c->server_id_len = (uint8_t)server_id;
			c->nonce_len = (uint8_t)nonce;
			if (quiclb_config_check(c))
				continue;
			widen(&rules->rotation, c->config_rotation);
			widen(&rules->server_id, server_id);
			widen(&rules->nonce, nonce);
			rules->sums |= 1u << (server_id + nonce);
		}
	}
}

/* Some lengths that go together. */
static void any_lengths(struct quiclb_config *c, const struct rules *rules)
{
	for (c->server_id_len = (uint8_t)rules->server_id.min;
	     c->server_id_len <= rules->server_id.max; c->server_id_len++)
		for (c->nonce_len = (uint8_t)rules->nonce.min;
		     c->nonce_len <= rules->nonce.max; c->nonce_len++)
			if (!quiclb_config_check(c))
				return;
}

static void probe_bits(struct quiclb_config *c, struct rules *rules)
{
	const int usual = quiclb_codec_rotation_bits(c->codec);

	rules->bits[0] = (unsigned int)usual;
	rules->n_bits = 1;
	for (c->rotation_bits = 2; c->rotation_bits <= 3; c->rotation_bits++) {
		if (c->rotation_bits != usual && !quiclb_config_check(c))
			rules->bits[rules->n_bits++] = c->rotation_bits;
	}
}

static void probe(int codec, struct rules *rules)
{
	struct quiclb_config c;
	uint8_t rotation;

	memset(rules, 0, sizeof(*rules));
	quiclb_config_init(&c);
	c.codec = (uint8_t)codec;
	c.has_key = (uint8_t)quiclb_codec_is_keyed(codec);
	for (rotation = 0; rotation < QUICLB_N_ROTATIONS; rotation++) {
		c.config_rotation = rotation;
		/* lengths do not depend on it: once is enough */
		if (rules->server_id.some) {
			if (!quiclb_config_check(&c))
				widen(&rules->rotation, rotation);
			continue;
		}
		probe_lengths(&c, rules);
		if (rules->server_id.some)
			any_lengths(&c, rules);
	}
	c.config_rotation = (uint8_t)rules->rotation.min;
	probe_bits(&c, rules);
}

/* ----------------------------------------------------------------- text -- */

static void print_range(const char *what, const struct range *range)
{
	printf("%s %d", what, range->min);
	if (range->max > range->min)
		printf("..%d", range->max);
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
	struct rules r;
	int i;

	probe(codec, &r);
	printf("%-12s %3d  %-7s  rotation bits %u", quiclb_codec_name(codec),
	       codec, quiclb_codec_is_keyed(codec) ? "key" : "no key",
	       r.bits[0]);
	for (i = 1; i < r.n_bits; i++)
		printf(" or %u", r.bits[i]);
	print_range(", rotation", &r.rotation);
	print_range(", server ID", &r.server_id);
	print_range(", nonce", &r.nonce);
	printf(", together ");
	print_sums(r.sums);
	puts(" bytes");
}

static void print_preset(const char *name)
{
	struct quiclb_layout l;

	if (quiclb_layout_find(name, &l))
		return;
	printf("%-12s preset: %s, server ID %d, nonce %d", name,
	       l.any_codec ? "the draft's codecs"
			   : quiclb_codec_name(l.usual.codec),
	       l.usual.server_id_len, l.usual.nonce_len);
	if (l.fixed & QUICLB_FIELD_ROTATION)
		printf(", rotation %d", l.usual.config_rotation);
	if (l.usual.server_use_len)
		printf(", server-use %d, uncounted %d", l.usual.server_use_len,
		       l.usual.uncounted_len);
	puts(l.usual.encode_length ? ", length encoded" : "");
}

/* ----------------------------------------------------------------- JSON -- */

static void json_range(struct cli_json *json, const char *name,
		       const struct range *range)
{
	cli_json_open(json, name, '{');
	cli_json_number(json, "min", (uint64_t)range->min);
	cli_json_number(json, "max", (uint64_t)range->max);
	cli_json_close(json, '}');
}

static void json_codec(struct cli_json *json, int codec)
{
	struct rules r;
	uint64_t n;
	int i;

	probe(codec, &r);
	cli_json_open(json, NULL, '{');
	cli_json_text(json, "name", quiclb_codec_name(codec));
	cli_json_number(json, "number", (uint64_t)codec);
	cli_json_bool(json, "keyed", quiclb_codec_is_keyed(codec));
	cli_json_open(json, "rotation_bits", '[');
	for (i = 0; i < r.n_bits; i++)
		cli_json_number(json, NULL, r.bits[i]);
	cli_json_close(json, ']');
	json_range(json, "rotation", &r.rotation);
	json_range(json, "server_id_len", &r.server_id);
	json_range(json, "nonce_len", &r.nonce);
	cli_json_open(json, "sum_len", '[');
	for (n = 0; r.sums >> n; n++) {
		if (r.sums >> n & 1)
			cli_json_number(json, NULL, n);
	}
	cli_json_close(json, ']');
	cli_json_close(json, '}');
}

static void json_preset(struct cli_json *json, const char *name)
{
	struct quiclb_layout l;

	if (quiclb_layout_find(name, &l))
		return;
	cli_json_open(json, NULL, '{');
	cli_json_text(json, "preset", name);
	cli_json_text(json, "codec",
		      l.any_codec ? NULL : quiclb_codec_name(l.usual.codec));
	if (l.fixed & QUICLB_FIELD_ROTATION)
		cli_json_number(json, "rotation", l.usual.config_rotation);
	else
		cli_json_text(json, "rotation", NULL);
	cli_json_number(json, "server_id_len", l.usual.server_id_len);
	cli_json_number(json, "nonce_len", l.usual.nonce_len);
	cli_json_number(json, "server_use_len", l.usual.server_use_len);
	cli_json_number(json, "uncounted_len", l.usual.uncounted_len);
	cli_json_bool(json, "encode_length", l.usual.encode_length);
	cli_json_close(json, '}');
}

/* -------------------------------------------------------------- command -- */

static void list_json(void)
{
	struct cli_json json = { 0, 0 };
	int codec = 0;
	size_t i;

	cli_json_open(&json, NULL, '[');
	while ((codec = quiclb_codec_next(codec)) > 0)
		json_codec(&json, codec);
	for (i = 0; i < N_PRESETS; i++)
		json_preset(&json, presets[i]);
	cli_json_close(&json, ']');
}

static void list_text(void)
{
	int codec = 0;
	size_t i;

	while ((codec = quiclb_codec_next(codec)) > 0)
		print_text(codec);
	for (i = 0; i < N_PRESETS; i++)
		print_preset(presets[i]);
}

int cmd_codecs(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	int as_json = 0;
	int option;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		as_json = 1;
	}
	if (optind < argc)
		return cli_error("unexpected argument '%.64s'", argv[optind]);
	if (as_json)
		list_json();
	else
		list_text();
	return CLI_DONE;
}
