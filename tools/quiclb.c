/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb: makes, decodes and checks QUIC-LB connection IDs, packets and
 * configurations.  Portable: no socket, no kernel, no privilege.
 */
#include "tools/quiclb_tool.h"

static const struct cli_command commands[] = {
	{ "keygen", "make a key", keygen_help, cmd_keygen },
	{ "codecs", "list the codecs", codecs_help, cmd_codecs },
	{ "encode", "make connection IDs", encode_help, cmd_encode },
	{ "decode", "print the server IDs in connection IDs", decode_help,
	  cmd_decode },
	{ "inspect", "show the parts of a QUIC packet", inspect_help,
	  cmd_inspect },
	{ "check", "check a configuration file", check_help, cmd_check },
	{ "bench", "measure what CIDs cost on this machine", bench_help,
	  cmd_bench },
	{ "conform", "answer the conformance kit", conform_help, cmd_conform },
};

int main(int argc, char **argv)
{
	const struct cli_program program = {
		.name = "quiclb",
		.summary = "QUIC-LB connection IDs (CIDs) that carry a server "
			   "ID, offline.",
		.version = quiclb_version(),
		.commands = commands,
		.n_commands = sizeof(commands) / sizeof(commands[0]),
	};

	return cli_main(&program, argc, argv);
}
