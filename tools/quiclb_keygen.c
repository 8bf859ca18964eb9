/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb keygen: the one command that prints a key.
 */
#include <openssl/rand.h>

#include "tools/quiclb_tool.h"

const char keygen_help[] = "usage: quiclb keygen\n"
			   "Prints a new random AES-128 key: 32 hex digits.\n"
			   "\n"
			   "To keep it from other users:\n"
			   "  (umask 077; quiclb keygen > cid.key)\n";

int cmd_keygen(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	uint8_t key[QUICLB_KEY_BYTES];

	if (cli_option(argc, argv, options) != -1)
		return CLI_USAGE;
	if (optind < argc)
		return cli_error("unexpected argument");
	if (RAND_priv_bytes(key, sizeof(key)) != 1)
		return cli_error("%s", quiclb_strerror(QUICLB_ERR_RANDOM));
	cli_hex_print(key, sizeof(key));
	putchar('\n');
	quiclb_wipe(key, sizeof(key));
	return CLI_DONE;
}
