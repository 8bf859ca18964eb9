/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many connections: deployments of any size under the real program, with the
 * driver in front of it.  Cases are measured in turns, as measure.h does.
 */
#ifndef FLEET_H
#define FLEET_H

#include "driver.h"
#include "site.h"

struct fleet_case {
	const char *group, *name;
	size_t n_servers; /* of them one is this host, and gets no packets */
	size_t n_vips;
	size_t n_configs; /* of each VIP, all of the same servers */
	size_t n_cids;	  /* as many connections */
	int codec;
	uint32_t memo_entries, n_flows, cold_decode_rate;
	unsigned int random; /* of 256 packets, have a random CID instead */
	int bare; /* 1: the driver alone, with a target that does nothing */
	uint32_t packets;	/* of a sample; 0: n_cids, within limits */
	struct report_row *row; /* written by fleet_measure() */
};

#define FLEET_CAP 32 /* cases at once */

/* A case of one VIP and config, with the usual memo and flows. */
struct fleet_case fleet_plain(const char *group, const char *name);

void fleet_measure(struct report *report, struct fleet_case *cases, size_t n,
		   size_t samples);

#endif /* FLEET_H */
