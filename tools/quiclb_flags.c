/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A config from command line flags.  Whether it is a good one is for the
 * library to say.
 */
#include "config/key_file.h"
#include "tools/quiclb_tool.h"

static int take_codec(struct flags *flags, const char *name)
{
	const int codec = quiclb_codec_by_name(name);

	if (codec < 0)
		return cli_error("--codec: '%.64s': %s; see quiclb codecs",
				 name, quiclb_strerror(codec));
	flags->config.codec = (uint8_t)codec;
	return 0;
}

/* A number that fits a byte of the config. */
static int take_byte(const char *what, const char *value, unsigned int min,
		     unsigned int max, uint8_t *byte)
{
	uint64_t number;

	if (cli_number(what, value, min, max, &number))
		return CLI_USAGE;
	*byte = (uint8_t)number;
	return 0;
}

/* The key is not quoted in the error, nor left for ps to see. */
static int take_key(struct flags *flags, char *value)
{
	const int err = quiclb_key_parse(value, flags->config.key);

	quiclb_wipe(value, strlen(value));
	if (err)
		return cli_error("--key: must be %d bytes, %d hex digits",
				 QUICLB_KEY_BYTES, 2 * QUICLB_KEY_BYTES);
	flags->config.has_key = 1;
	return 0;
}

static int take_key_file(struct flags *flags, const char *path)
{
	char why[QUICLB_KEY_FILE_WHY_CAP];

	/* so the error below never quotes a key */
	if (!quiclb_key_parse(path, flags->config.key))
		return cli_error("--key-file: takes the name of a file, not "
				 "the key itself");
	if (quiclb_key_file_read(path, flags->config.key, why))
		return cli_error("--key-file: '%.200s' %s", path, why);
	flags->config.has_key = 1;
	return 0;
}

int flags_take(struct flags *flags, int option, char *value)
{
	struct quiclb_config *const c = &flags->config;

	flags->given |= OPT_BIT(option);
	switch (option) {
	case OPT_CODEC:
		return take_codec(flags, value);
	case OPT_CONFIG_ROTATION:
		return take_byte("--config-rotation", value, 0,
				 QUICLB_N_ROTATIONS - 1, &c->config_rotation);
	case OPT_SERVER_ID_LEN:
		return take_byte("--server-id-len", value,
				 QUICLB_SERVER_ID_MIN_BYTES,
				 QUICLB_SERVER_ID_MAX_BYTES, &c->server_id_len);
	case OPT_NONCE_LEN:
		return take_byte("--nonce-len", value, QUICLB_NONCE_MIN_BYTES,
				 QUICLB_NONCE_MAX_BYTES, &c->nonce_len);
	case OPT_ENCODE_LENGTH:
		c->encode_length = 1;
		return 0;
	case OPT_KEY:
		return take_key(flags, value);
	case OPT_KEY_FILE:
		return take_key_file(flags, value);
	default:
		return 0;
	}
}

int flags_need(const struct flags *flags, unsigned int needed,
	       const struct option *options)
{
	for (; options->name; options++) {
		if (OPT_BIT(options->val) & needed & ~flags->given)
			return cli_error("--%s is missing", options->name);
	}
	return 0;
}

int flags_refuse(const struct flags *flags, unsigned int unwanted,
		 const struct option *options, const char *why)
{
	for (; options->name; options++) {
		if (OPT_BIT(options->val) & unwanted & flags->given)
			return cli_error("--%s: %s", options->name, why);
	}
	return 0;
}

int flags_check(const struct flags *flags)
{
	const struct quiclb_config *const c = &flags->config;
	const unsigned int keys = OPT_BIT(OPT_KEY) | OPT_BIT(OPT_KEY_FILE);
	int err;

	if ((flags->given & keys) == keys)
		return cli_error("--key and --key-file: only one of them");
	err = quiclb_config_check(c);
	if (!err)
		return 0;
	return cli_error("codec %s, server ID %d, nonce %d, server-use %d "
			 "bytes: %s",
			 quiclb_codec_name(c->codec), c->server_id_len,
			 c->nonce_len, c->server_use_len, quiclb_strerror(err));
}
