/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interface's features, as ethtool -k shows them.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "steer/nic.h"

static const struct {
	const char *name;
	uint32_t bit;
} watched[] = {
	{ "rx-vlan-hw-parse", QUICSTEER_NIC_RX_VLAN },
	{ "rx-vlan-stag-hw-parse", QUICSTEER_NIC_RX_STAG },
	{ "tx-vlan-hw-insert", QUICSTEER_NIC_TX_VLAN },
	{ "tx-vlan-stag-hw-insert", QUICSTEER_NIC_TX_STAG },
	{ "rx-fcs", QUICSTEER_NIC_RX_FCS },
	{ "rx-all", QUICSTEER_NIC_RX_ALL },
	{ "rx-lro", QUICSTEER_NIC_LRO },
	{ "rx-gro-hw", QUICSTEER_NIC_RX_GRO_HW },
};

static int ethtool(int fd, const char *name, void *command)
{
	struct ifreq request = { .ifr_data = command };

	memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	return ioctl(fd, SIOCETHTOOL, &request);
}

/* How many features this kernel knows; 0: it does not say. */
static uint32_t n_features(int fd, const char *name)
{
	struct ethtool_sset_info *const info =
		calloc(1, sizeof(*info) + sizeof(uint32_t));
	uint32_t n = 0;

	if (!info)
		return 0;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ull << ETH_SS_FEATURES;
	if (!ethtool(fd, name, info) && info->sset_mask)
		memcpy(&n, info + 1, sizeof(n));
	free(info);
	return n;
}

static void sort_out(const struct ethtool_gstrings *names,
		     const struct ethtool_gfeatures *values,
		     struct quicsteer_nic_features *features)
{
	size_t i, w;

	for (i = 0; i < names->len; i++) {
		const struct ethtool_get_features_block *const block =
			&values->features[i / 32];
		const uint32_t bit = 1u << i % 32;

		for (w = 0; w < sizeof(watched) / sizeof(watched[0]); w++) {
			if (strncmp((const char *)names->data +
					    i * ETH_GSTRING_LEN,
				    watched[w].name, ETH_GSTRING_LEN))
				continue;
			if (block->active & bit)
				features->on |= watched[w].bit;
			if (!(block->available & bit) ||
			    block->never_changed & bit)
				features->fixed |= watched[w].bit;
		}
	}
}

void quicsteer_nic_features(int fd, const char *name,
			    struct quicsteer_nic_features *features)
{
	const uint32_t n = n_features(fd, name), n_blocks = (n + 31) / 32;
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *values;

	names = calloc(1, sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	values = calloc(1, sizeof(*values) +
				   n_blocks * sizeof(values->features[0]));
	if (n && names && values) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_FEATURES;
		names->len = n;
		values->cmd = ETHTOOL_GFEATURES;
		values->size = n_blocks;
		if (!ethtool(fd, name, names) && !ethtool(fd, name, values) &&
		    names->len <= n)
			sort_out(names, values, features);
	}
	free(names);
	free(values);
}
