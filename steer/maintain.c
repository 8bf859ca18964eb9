/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts right what the network has undone since `up`: neighbour entries that a
 * lost carrier or a flush took away, MAC addresses of peers that changed, VLAN
 * devices, the sysctl of lo.  Configuration and counters are not touched.
 */
#include <stdlib.h>

#include "steer/private.h"

/* The distinct addresses of a generation. */
static int addresses_of(const struct quicsteer_maps *maps, uint32_t generation,
			struct quicsteer_records *records,
			struct quicsteer_error *error)
{
	struct quicsteer_server *servers;
	size_t i, n;
	int result =
		quicsteer_peers_read(maps, generation, &servers, &n, error);

	if (result)
		return result;
	n = quicsteer_peers_unite(servers, n);
	records->addresses = calloc(n + 1, sizeof(*records->addresses));
	if (!records->addresses)
		result = quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	for (i = 0; !result && i < n; i++)
		records->addresses[i] = servers[i].address;
	records->n_addresses = n;
	free(servers);
	return result;
}

static int maintain(const struct quicsteer_maps *maps,
		    struct quicsteer_error *error)
{
	struct quicsteer_records records = { 0 };
	struct quiclb_control control;
	int result = quicsteer_control_read(maps, &control, error);

	if (!result)
		result = quicsteer_sysctl_allow(maps, &control, error);
	if (!result)
		result = quicsteer_links_fill(maps, error);
	if (!result)
		result =
			addresses_of(maps, control.generation, &records, error);
	if (!result)
		result = quicsteer_peers_fill(maps, &records,
					      control.generation, 1, error);
	free(records.addresses);
	return result;
}

int quicsteer_maintain(const struct quicsteer_options *options,
		       struct quicsteer_error *error)
{
	struct quicsteer_maps maps;
	struct quicsteer_pins pins;
	int result = quicsteer_pins_open(&pins, options->pin_dir, 0, error);

	if (result)
		return result;
	result = quicsteer_maps_open(&maps, pins.dir, error);
	if (!result) {
		result = maintain(&maps, error);
		quicsteer_maps_close(&maps);
	}
	quicsteer_pins_close(&pins);
	return result;
}
