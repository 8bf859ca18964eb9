/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet takes where there is more of everything: servers, VIPs,
 * configs, connections.  Packets take turns over all connections.
 */
#include "groups.h"

#include <string.h>

#include "fleet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t samples(int quick)
{
	return quick ? 2 : 31;
}

/* The small ones alone, where it is only to be seen that it works. */
static size_t sizes_of(size_t n, int quick)
{
	return quick ? 2 : n;
}

/* The driver alone, for as many connections. */
static struct fleet_case bare(const struct fleet_case *of)
{
	struct fleet_case c = *of;

	c.name = "driver alone";
	c.bare = 1;
	c.random = 0;
	return c;
}

void bench_servers(struct report *report, int quick)
{
	static const size_t sizes[] = { 2, 64, 1024, 16384, 65536 };
	const size_t n = sizes_of(COUNT(sizes), quick);
	struct fleet_case c[2 * COUNT(sizes) + 1];
	size_t i;

	for (i = 0; i < n; i++) {
		c[2 * i] = fleet_plain("servers", "plain");
		c[2 * i].n_servers = sizes[i];
		c[2 * i + 1] = c[2 * i];
		c[2 * i + 1].name = "plain, steered-flows 0";
		c[2 * i + 1].n_flows = 0;
	}
	c[2 * n] = bare(&c[0]);
	fleet_measure(report, c, 2 * n + 1, samples(quick));
	if (quick)
		return;
	report_ratio(report, "1,024 servers / 2 servers (plain)", c[4].row,
		     c[0].row, "< 1.5");
	report_ratio(report, "1,024 / 2, steered-flows 0", c[5].row, c[1].row,
		     "< 1.5");
	report_ratio(report, "65,536 servers / 2 servers (plain)", c[8].row,
		     c[0].row, "< 1.5");
	report_ratio(report, "65,536 / 2, steered-flows 0", c[9].row, c[1].row,
		     "");
}

void bench_vips(struct report *report, int quick)
{
	static const size_t sizes[] = { 1, 32, 1024 };
	const size_t n = sizes_of(COUNT(sizes), quick);
	struct fleet_case c[COUNT(sizes) + 1];
	size_t i;

	for (i = 0; i < n; i++) {
		c[i] = fleet_plain("vips", "plain");
		c[i].n_vips = sizes[i];
	}
	c[n] = bare(&c[0]);
	fleet_measure(report, c, n + 1, samples(quick));
	if (!quick)
		report_ratio(report, "1,024 VIPs / 1 VIP (plain)", c[2].row,
			     c[0].row, "");
}

void bench_configs(struct report *report, int quick)
{
	const size_t n = sizes_of(QUICLB_N_ROTATIONS, quick);
	struct fleet_case c[2 * QUICLB_N_ROTATIONS + 1];
	size_t i;

	for (i = 0; i < n; i++) {
		c[2 * i] = fleet_plain("configs", "plain");
		c[2 * i].n_configs = i + 1;
		c[2 * i].n_cids = 10000;
		c[2 * i + 1] = c[2 * i];
		c[2 * i + 1].name = "four-pass, memoised";
		c[2 * i + 1].codec = QUICLB_CODEC_FOUR_PASS;
	}
	c[2 * n] = bare(&c[0]);
	fleet_measure(report, c, 2 * n + 1, samples(quick));
	if (!quick)
		report_ratio(report, "7 configs / 1 config (four-pass)",
			     c[13].row, c[1].row, "");
}

/* One after the other: all of them at once would need gigabytes. */
void bench_cids(struct report *report, int quick)
{
	static const size_t sizes[] = { 10, 1000, 10000, 100000, 1000000 };
	const size_t n = quick ? 1 : COUNT(sizes);
	size_t i;

	for (i = 0; i < n; i++) {
		struct fleet_case c[5];

		c[0] = fleet_plain("cids", "plain");
		c[0].n_cids = sizes[i];
		c[1] = c[0];
		c[1].name = "plain, steered-flows 0";
		c[1].n_flows = 0;
		c[2] = c[0];
		c[2].name = "four-pass";
		c[2].codec = QUICLB_CODEC_FOUR_PASS;
		c[3] = c[2];
		c[3].name = "four-pass, steered-flows 0";
		c[3].n_flows = 0;
		c[4] = bare(&c[0]);
		fleet_measure(report, c, COUNT(c), samples(quick));
	}
	report_note(report, "cids: packets take turns over all connections, "
			    "the worst order for whatever keeps the last few");
}
