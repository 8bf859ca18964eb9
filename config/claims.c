/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which first octets a CID config has, and which its family keeps for
 * unroutable CIDs.  Needs no libyang.
 */
#include <quiclb/decode.h>

#include "config/deployment.h"

static unsigned int rotation_bits(const struct quiclb_config *config)
{
	const int usual = quiclb_codec_rotation_bits(config->codec);

	return config->rotation_bits ? config->rotation_bits
				     : (unsigned int)(usual > 0 ? usual : 0);
}

unsigned int
quiclb_cid_config_claims(const struct quiclb_cid_config *cid_config)
{
	const struct quiclb_config *config = &cid_config->config;

	return quiclb_h_claims((quiclb_u8)rotation_bits(config),
			       config->config_rotation);
}

unsigned int
quiclb_cid_config_reserved(const struct quiclb_cid_config *cid_config)
{
	const struct quiclb_config *config = &cid_config->config;
	const int family = quiclb_h_family(config->codec);

	return quiclb_h_reserved((enum quiclb_family)family,
				 (quiclb_u8)rotation_bits(config));
}
