/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of quiclb share: a config from flags, and the way from a
 * CID to its server, by flags or by a configuration file.
 */
#ifndef QUICLB_TOOL_H
#define QUICLB_TOOL_H

#include <quiclb/quiclb.h>

#include "config/deployment.h"
#include "tools/cli.h"

int cmd_check(int argc, char **argv);
int cmd_codecs(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_keygen(int argc, char **argv);

extern const char check_help[];
extern const char codecs_help[];
extern const char decode_help[];
extern const char encode_help[];
extern const char inspect_help[];
extern const char keygen_help[];

/* Every option of every command. */
enum tool_option {
	OPT_CODEC = CLI_OPTION,
	OPT_CONFIG,
	OPT_CONFIG_ROTATION,
	OPT_COUNT,
	OPT_ENCODE_LENGTH,
	OPT_JSON,
	OPT_KEY,
	OPT_KEY_FILE,
	OPT_NONCE,
	OPT_NONCE_LEN,
	OPT_SERVER_ID,
	OPT_SERVER_ID_LEN,
	OPT_SERVER_USE,
	OPT_VIP,
};
#define OPT_BIT(option) (1u << ((option)-CLI_OPTION))

/* ------------------------------------------------- a config from flags -- */

struct flags {
	struct quiclb_config config;
	unsigned int given; /* OPT_BIT() of every option seen so far */
};

/*
 * Takes one option and its value; options that say nothing of a config are
 * only noted.  A key is wiped from the arguments.  Returns 0 or CLI_USAGE.
 */
int flags_take(struct flags *flags, int option, char *value);

/*
 * 0 if all options in needed (of OPT_BIT()) were given, else CLI_USAGE.
 * options: the command's.
 */
int flags_need(const struct flags *flags, unsigned int needed,
	       const struct option *options);
/* The other way round: 0 if none of unwanted was given; why ends the error. */
int flags_refuse(const struct flags *flags, unsigned int unwanted,
		 const struct option *options, const char *why);

/* 0 if the library accepts the config, else CLI_USAGE. */
int flags_check(const struct flags *flags);

/* ----------------------------------------------- from a CID to a server -- */

struct lookup {
	struct quiclb_decoder *decoder;
	struct quiclb_deployment *deployment; /* NULL: config from flags */
	/* index of the CID config for each config rotation, or -1 */
	int cid_configs[QUICLB_N_ROTATIONS];
};

struct finding {
	int rotation; /* 0..6 */
	int server_id_len;
	uint8_t server_id[QUICLB_SERVER_ID_MAX_BYTES];
	const struct quiclb_cid_config *cid_config; /* NULL: from flags */
	const struct quiclb_server *server;	    /* NULL: from flags */
};

/* Both return 0 or, after an error, CLI_USAGE; then lookup_close(). */
int lookup_open_flags(struct lookup *lookup, const struct flags *flags);
/* vip: "ADDRESS:PORT", or NULL if the file needs no choice. */
int lookup_open_file(struct lookup *lookup, const char *path, const char *vip);
/* Wipes keys; a lookup of zeroes is allowed. */
void lookup_close(struct lookup *lookup);

/* 0, or an error of the library; found is written only on success. */
int lookup_cid(struct lookup *lookup, const uint8_t *cid, size_t cid_len,
	       struct finding *found);

/* config, server_id, server_address: null where flags do not tell. */
void finding_json(const struct finding *found, struct cli_json *json);

/* ------------------------------------------------ a configuration file -- */

/* 0, or CLI_USAGE after an error; then *deployment is NULL. */
int deployment_open(const char *path, struct quiclb_deployment **deployment);

#define ADDRESS_TEXT_CAP 46 /* bytes with the final zero */

/* Address and port of a VIP, the rest untouched; 0, or -1 in silence. */
int vip_parse(const char *text, struct quiclb_vip *vip);

/* "192.0.2.1:443" or "[2001:db8::1]:443" */
#define VIP_TEXT_CAP 64
void vip_format(const struct quiclb_vip *vip, char *text, size_t text_cap);

#endif /* QUICLB_TOOL_H */
