/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See layout.h.  What a codec allows is asked of the library.
 */
#include <quiclb/decode.h>

#include "config/layout.h"

#define LENGTHS (QUICLB_FIELD_SERVER_ID_LEN | QUICLB_FIELD_NONCE_LEN)

/* What each preset is strict about, and what else than lengths it knows. */
static const struct {
	const char *name;
	unsigned int known;
	unsigned int fixed;
} presets[] = {
	{ "aws-nlb", LENGTHS | QUICLB_FIELD_ROTATION,
	  QUICLB_FIELD_SERVER_ID_LEN | QUICLB_FIELD_ROTATION },
	{ "nghttpx", LENGTHS, LENGTHS },
	{ "envoy",
	  LENGTHS | QUICLB_FIELD_SERVER_USE_LEN | QUICLB_FIELD_UNCOUNTED_LEN |
		  QUICLB_FIELD_ENCODE_LENGTH,
	  QUICLB_FIELD_SERVER_USE_LEN | QUICLB_FIELD_UNCOUNTED_LEN |
		  QUICLB_FIELD_ENCODE_LENGTH },
};

static void find_preset(const char *name, struct quiclb_layout *layout)
{
	size_t i;

	/* a preset this table does not have is lengths, strictly */
	layout->known = LENGTHS;
	layout->fixed = LENGTHS;
	for (i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
		if (strcmp(presets[i].name, name))
			continue;
		layout->known = presets[i].known;
		layout->fixed = presets[i].fixed;
	}
	/* a frame around what the operator has, whatever that is */
	layout->any_codec = layout->usual.uncounted_len > 0;
}

/* The least that a layout of another system allows, if it allows anything. */
static void find_least(struct quiclb_layout *layout)
{
	struct quiclb_config *const c = &layout->usual;
	uint8_t id, nonce, rotation;

	for (rotation = 0; rotation < QUICLB_N_ROTATIONS; rotation++)
		for (id = 1; id <= QUICLB_SERVER_ID_CAP_BYTES; id++)
			for (nonce = 0; nonce <= QUICLB_NONCE_MAX_BYTES;
			     nonce++) {
				c->config_rotation = rotation;
				c->server_id_len = id;
				c->nonce_len = nonce;
				if (quiclb_config_check(c))
					continue;
				layout->known = LENGTHS | QUICLB_FIELD_ROTATION;
				return;
			}
}

static void find_codec(int codec, struct quiclb_layout *layout)
{
	quiclb_config_init(&layout->usual);
	layout->usual.codec = (uint8_t)codec;
	/* the families of the draft leave everything to the operator */
	if (quiclb_h_family((uint8_t)codec) <= QUICLB_FAMILY_DRAFT2)
		return;
	layout->usual.has_key = quiclb_codec_is_keyed(codec) == 1;
	find_least(layout);
	layout->usual.has_key = 0;
}

int quiclb_layout_find(const char *name, struct quiclb_layout *layout)
{
	struct quiclb_layout found;
	const int codec = quiclb_codec_by_name(name);

	memset(&found, 0, sizeof(found));
	if (codec > 0)
		find_codec(codec, &found);
	else if (!quiclb_config_preset(&found.usual, name))
		find_preset(name, &found);
	else
		return QUICLB_ERR_CODEC;
	*layout = found;
	return 0;
}

uint8_t *quiclb_layout_field(struct quiclb_config *config, unsigned int field)
{
	switch (field) {
	case QUICLB_FIELD_ROTATION:
		return &config->config_rotation;
	case QUICLB_FIELD_SERVER_ID_LEN:
		return &config->server_id_len;
	case QUICLB_FIELD_NONCE_LEN:
		return &config->nonce_len;
	case QUICLB_FIELD_SERVER_USE_LEN:
		return &config->server_use_len;
	case QUICLB_FIELD_UNCOUNTED_LEN:
		return &config->uncounted_len;
	default:
		return &config->encode_length;
	}
}

unsigned int quiclb_layout_apply(const struct quiclb_layout *layout,
				 struct quiclb_config *config,
				 unsigned int given)
{
	struct quiclb_config usual = layout->usual;
	unsigned int field, wrong = 0;

	for (field = 1; field < QUICLB_FIELDS_END; field <<= 1) {
		const uint8_t value = *quiclb_layout_field(&usual, field);
		uint8_t *const ours = quiclb_layout_field(config, field);

		if (!(given & field) && layout->known & field)
			*ours = value;
		if (!wrong && layout->fixed & field && *ours != value)
			wrong = field;
	}
	config->codec = layout->any_codec ? quiclb_layout_draft_codec(config)
					  : usual.codec;
	return wrong;
}

uint8_t quiclb_layout_draft_codec(const struct quiclb_config *config)
{
	if (!config->has_key)
		return QUICLB_CODEC_PLAIN;
	if (config->server_id_len + config->nonce_len == QUICLB_BLOCK_BYTES)
		return QUICLB_CODEC_SINGLE_PASS;
	return QUICLB_CODEC_FOUR_PASS;
}
