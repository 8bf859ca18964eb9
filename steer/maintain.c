/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts right what the network has undone since `up`: neighbour entries that a
 * lost carrier or a flush took away, MAC addresses of peers that changed, the
 * sysctl of lo.  Configuration and counters are not touched.
 */
#include <stdlib.h>
#include <string.h>

#include "steer/private.h"

/* The addresses of a generation, by server index; as records.c made them. */
static int addresses_of(const struct quicsteer_maps *maps, uint32_t generation,
			struct quicsteer_records *records,
			struct quicsteer_error *error)
{
	const struct quiclb_server_value *value;
	const struct quiclb_server_key *key;
	void *keys, *values;
	size_t i, n;
	int result = quicsteer_maps_dump(maps, QUICSTEER_SERVERS, &keys,
					 &values, &n, error);

	if (result)
		return result;
	records->addresses = calloc(n + 1, sizeof(*records->addresses));
	for (i = 0, key = keys, value = values; records->addresses && i < n;
	     i++) {
		/* indexes are dense, so none is as large as the number of IDs
		 */
		if (key[i].generation != generation || value[i].index >= n)
			continue;
		records->addresses[value[i].index].family = value[i].family;
		memcpy(records->addresses[value[i].index].bytes,
		       value[i].address, 16);
		if (records->n_addresses <= value[i].index)
			records->n_addresses = value[i].index + 1;
	}
	free(keys);
	free(values);
	if (!records->addresses)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	return QUICSTEER_DONE;
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
