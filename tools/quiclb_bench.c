/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb bench: what making and reading a CID costs on this machine.
 */
#include <errno.h>

#include "bench/cid/bench.h"
#include "tools/quiclb_tool.h"

#define REPETITIONS_MAX 100000

const char bench_help[] =
	"usage: quiclb bench [--only TEXT] [--quick] [--repetitions N]\n"
	"                    [--json FILE]\n"
	"Measures what it costs on one CPU of this machine to make and to read "
	"a CID:\n"
	"every codec, inlined and by the library's calls, with each AES that "
	"the CPU\n"
	"has, one after the other, side by side and in batches; and OpenSSL "
	"and the\n"
	"bare instructions beside it.  Everything is checked before it is "
	"timed.\n"
	"Prints times of one operation, and ratios with their goals.\n"
	"\n"
	"  --only TEXT       rows that have it in \"GROUP: NAME\", and goals "
	"in\n"
	"                    \"goal: NAME\", with their rows; \"goal\": all "
	"goals\n"
	"  --quick           few and short samples: whether it works\n"
	"  --repetitions N   samples for each row\n"
	"  --json FILE       writes all figures there\n";

static int take_option(int option, struct cid_bench_options *o)
{
	uint64_t n;

	switch (option) {
	case OPT_ONLY:
		o->only = optarg;
		return 0;
	case OPT_QUICK:
		o->quick = 1;
		return 0;
	case OPT_JSON:
		o->json = optarg;
		return 0;
	default:
		if (cli_number("--repetitions", optarg, 1, REPETITIONS_MAX, &n))
			return CLI_USAGE;
		o->repetitions = (size_t)n;
		return 0;
	}
}

int cmd_bench(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", required_argument, NULL, OPT_JSON },
		{ "only", required_argument, NULL, OPT_ONLY },
		{ "quick", no_argument, NULL, OPT_QUICK },
		{ "repetitions", required_argument, NULL, OPT_REPETITIONS },
		{ NULL, 0, NULL, 0 },
	};
	struct cid_bench_options o = { NULL, NULL, 0, 0 };
	int option;

	while ((option = cli_option(argc, argv, options)) != -1)
		if (option == '?' || take_option(option, &o))
			return CLI_USAGE;
	if (optind < argc)
		return cli_error("unexpected argument '%.64s'", argv[optind]);
	switch (cid_bench(&o)) {
	case CID_BENCH_NOTHING:
		return cli_error("nothing is named '%.64s'", o.only);
	case CID_BENCH_WRONG:
		return CLI_NO;
	case CID_BENCH_NO_FILE:
		return cli_error("cannot write '%.256s': %s", o.json,
				 strerror(errno));
	default:
		return CLI_DONE;
	}
}
