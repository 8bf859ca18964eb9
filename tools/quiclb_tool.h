/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of quiclb share: a config from flags, and the way from a
 * CID to its server, by flags or by a configuration file.
 */
#ifndef QUICLB_TOOL_H
#define QUICLB_TOOL_H

#include <quiclb/quiclb.h>

#include "config/deployment.h"
#include "config/layout.h"
#include "tools/cli.h"

int cmd_bench(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_codecs(int argc, char **argv);
int cmd_conform(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_keygen(int argc, char **argv);

extern const char bench_help[];
extern const char check_help[];
extern const char codecs_help[];
extern const char conform_help[];
extern const char decode_help[];
extern const char encode_help[];
extern const char inspect_help[];
extern const char keygen_help[];

/* Every option of every command. */
enum tool_option {
	OPT_ALL = CLI_OPTION,
	OPT_CODEC,
	OPT_CONFIG,
	OPT_CONFIG_ROTATION,
	OPT_COUNT,
	OPT_ENCODE_LENGTH,
	OPT_FIRST_OCTET,
	OPT_JSON,
	OPT_KEY,
	OPT_KEY_FILE,
	OPT_NONCE,
	OPT_NONCE_LEN,
	OPT_ONLY,
	OPT_QUICK,
	OPT_REPETITIONS,
	OPT_ROTATION_BITS,
	OPT_SERVER_ID,
	OPT_SERVER_ID_LEN,
	OPT_SERVER_USE,
	OPT_UNCOUNTED,
	OPT_VIP,
	OPT_WORKER,
	OPT_WORKER_LEN,
};
#define OPT_BIT(option) (1u << ((option)-CLI_OPTION))

/* ------------------------------------------------- a config from flags -- */

struct flags {
	struct quiclb_config config;
	struct quiclb_layout layout; /* of --codec */
	const char *codec;	     /* the word of --codec */
	unsigned int given;	     /* OPT_BIT() of every option seen so far */
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

/*
 * Adds what the codec knows of lengths and rotation and asks the library.
 * 0 if it accepts the config, else CLI_USAGE.
 */
int flags_complete(struct flags *flags);

/* ----------------------------------------------- from a CID to a server -- */

struct lookup {
	struct quiclb_decoder *decoder;
	struct quiclb_deployment *deployment; /* NULL: config from flags */
	/* as in struct quiclb_vip */
	int cid_configs[QUICLB_N_CODEPOINTS][QUICLB_N_TENANTS];
};

struct finding {
	struct quiclb_decoded cid;
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
int lookup_cid(const struct lookup *lookup, const uint8_t *cid, size_t cid_len,
	       struct finding *found);

/*
 * Config rotation in a first octet, as the config there has it; if there is
 * none, as all others have it, or else as the draft has it.
 */
int lookup_rotation(const struct lookup *lookup, uint8_t first_octet);

/*
 * config, tenant, server_id, worker, server_address: null where there is none,
 * or flags do not tell.
 */
void finding_json(const struct finding *found, struct cli_json *json);

/* ------------------------------------------------ a configuration file -- */

/* 0, or CLI_USAGE after an error; then *deployment is NULL. */
int deployment_open(const char *path, struct quiclb_deployment **deployment);

/*
 * Puts each pool in the order of server_find(): a stream of CIDs may meet 65536
 * servers.
 */
void deployment_sort(struct quiclb_deployment *deployment);
/* The server of an ID, or NULL. */
const struct quiclb_server *server_find(const struct quiclb_pool *pool,
					const uint8_t *server_id,
					size_t server_id_len);

#define ADDRESS_TEXT_CAP 46 /* bytes with the final zero */

/* Address and port of a VIP, the rest untouched; 0, or -1 in silence. */
int vip_parse(const char *text, struct quiclb_vip *vip);

/* "192.0.2.1:443" or "[2001:db8::1]:443" */
#define VIP_TEXT_CAP 64
void vip_format(const struct quiclb_vip *vip, char *text, size_t text_cap);

/* ------------------------------------- what is allowed but unwise, in it -- */

#define WARNING_CAP 320 /* bytes */

/* Probability that a random DCID decodes to a server. */
double random_dcid(const struct quiclb_deployment *deployment,
		   const struct quiclb_vip *vip);

/*
 * Probability that a CID of this config is taken for another tenant's, tried
 * before it at this VIP; 0 if the VIP does not have it.  The pools are sorted.
 */
double wrong_hit(const struct quiclb_deployment *deployment,
		 const struct quiclb_vip *vip, size_t cid_config);

typedef void warn_fn(void *context, const char *text);
void each_warning(const struct quiclb_deployment *deployment, warn_fn *warn,
		  void *context);

#endif /* QUICLB_TOOL_H */
