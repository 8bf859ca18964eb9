/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A config from command line flags.  Whether it is a good one is for the
 * library to say.
 */
#include "config/key_file.h"
#include "tools/quiclb_tool.h"

static int take_codec(struct flags *flags, const char *name)
{
	const int err = quiclb_layout_find(name, &flags->layout);

	if (err)
		return cli_error("--codec: '%.64s': %s; see quiclb codecs",
				 name, quiclb_strerror(err));
	flags->codec = name;
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
				 QUICLB_SERVER_ID_CAP_BYTES, &c->server_id_len);
	case OPT_NONCE_LEN:
		return take_byte("--nonce-len", value, 0,
				 QUICLB_NONCE_MAX_BYTES, &c->nonce_len);
	case OPT_ROTATION_BITS:
		return take_byte("--rotation-bits", value, 2, 3,
				 &c->rotation_bits);
	case OPT_UNCOUNTED:
		return take_byte("--uncounted", value, 0, QUICLB_BODY_MAX_BYTES,
				 &c->uncounted_len);
	case OPT_WORKER_LEN:
		return take_byte("--worker-len", value, 0,
				 QUICLB_NONCE_MAX_BYTES, &c->worker_len);
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

/* The options that set a field which a codec may know. */
static const struct {
	unsigned int field;
	unsigned int options; /* OPT_BIT() */
	const char *name;     /* of the first */
	int needed;	      /* 1: unless the codec knows it */
} fields[] = {
	{ QUICLB_FIELD_ROTATION, OPT_BIT(OPT_CONFIG_ROTATION),
	  "--config-rotation", 0 },
	{ QUICLB_FIELD_SERVER_ID_LEN,
	  OPT_BIT(OPT_SERVER_ID_LEN) | OPT_BIT(OPT_SERVER_ID),
	  "--server-id-len", 1 },
	{ QUICLB_FIELD_NONCE_LEN, OPT_BIT(OPT_NONCE_LEN) | OPT_BIT(OPT_NONCE),
	  "--nonce-len", 1 },
	{ QUICLB_FIELD_SERVER_USE_LEN, OPT_BIT(OPT_SERVER_USE), "--server-use",
	  0 },
	{ QUICLB_FIELD_UNCOUNTED_LEN, OPT_BIT(OPT_UNCOUNTED), "--uncounted",
	  0 },
	{ QUICLB_FIELD_ENCODE_LENGTH, OPT_BIT(OPT_ENCODE_LENGTH),
	  "--encode-length", 0 },
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* What the codec knows of the fields that were left out. */
static int apply_layout(struct flags *flags)
{
	unsigned int given = 0, wrong;
	size_t i;

	for (i = 0; i < N_FIELDS; i++)
		if (fields[i].options & flags->given)
			given |= fields[i].field;
	wrong = quiclb_layout_apply(&flags->layout, &flags->config, given);
	for (i = 0; i < N_FIELDS; i++) {
		if (fields[i].field == wrong)
			return cli_error(
				"%s: must be %u%s with codec %s",
				fields[i].name,
				*quiclb_layout_field(&flags->layout.usual,
						     wrong),
				wrong == QUICLB_FIELD_ROTATION ? "" : " bytes",
				flags->codec);
		if (fields[i].needed &&
		    !(fields[i].field & (given | flags->layout.known)))
			return cli_error("%s is missing", fields[i].name);
	}
	return 0;
}

int flags_complete(struct flags *flags)
{
	const struct quiclb_config *const c = &flags->config;
	const unsigned int keys = OPT_BIT(OPT_KEY) | OPT_BIT(OPT_KEY_FILE);
	int err;

	if ((flags->given & keys) == keys)
		return cli_error("--key and --key-file: only one of them");
	if (apply_layout(flags))
		return CLI_USAGE;
	err = quiclb_config_check(c);
	if (!err)
		return 0;
	return cli_error("codec %s, server ID %d, nonce %d, server-use %d "
			 "bytes: %s",
			 quiclb_codec_name(c->codec), c->server_id_len,
			 c->nonce_len, c->server_use_len, quiclb_strerror(err));
}
