/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What steering costs a packet, in a network namespace of its own.  Needs the
 * privilege to load BPF programs.  Ends with 1 if a packet was not steered as
 * it should have been.
 */
#include <stdio.h>

#include "groups.h"
#include "network.h"

static const struct {
	const char *name;
	void (*run)(struct report *report, int quick);
} groups[] = {
	{ "packets", bench_packets }, { "live", bench_live },
	{ "servers", bench_servers }, { "vips", bench_vips },
	{ "configs", bench_configs }, { "cids", bench_cids },
	{ "flood", bench_flood },     { "crypto", bench_crypto },
};

int main(int argc, char **argv)
{
	const size_t n = sizeof(groups) / sizeof(groups[0]);
	struct measure_options options;
	struct report *report = NULL;
	int result = 0, ran = 0;
	size_t i;

	measure_options(&options, argc, argv);
	for (i = 0; i < n; i++) {
		if (!measure_wants(&options, groups[i].name))
			continue;
		if (!ran++) {
			/* the kernel itself says how long packets took */
			report = report_new("bench_steer",
					    measure_pin(options.cpu), "none");
			network_enter();
		}
		groups[i].run(report, options.quick);
		network_unpark();
	}
	if (!ran) {
		if (!options.list)
			fprintf(stderr, "bench_steer: no group %s\n",
				options.only);
		return options.list ? 0 : 2;
	}
	report_print(report);
	if (options.json && report_write_json(report, options.json)) {
		perror(options.json);
		result = 1;
	}
	report_free(report);
	return result;
}
