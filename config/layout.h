/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codecs and presets by name: what they say of a config, for those who write
 * one.  Whether a config is a good one is for the library to say.  Needs no
 * libyang.
 */
#ifndef QUICLB_LAYOUT_H
#define QUICLB_LAYOUT_H

#include <quiclb/quiclb.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fields of a config; they make sets. */
#define QUICLB_FIELD_ROTATION 0x01u
#define QUICLB_FIELD_SERVER_ID_LEN 0x02u
#define QUICLB_FIELD_NONCE_LEN 0x04u
#define QUICLB_FIELD_SERVER_USE_LEN 0x08u
#define QUICLB_FIELD_UNCOUNTED_LEN 0x10u
#define QUICLB_FIELD_ENCODE_LENGTH 0x20u
#define QUICLB_FIELDS_END 0x40u

struct quiclb_layout {
	struct quiclb_config usual; /* codec, and the fields in known */
	unsigned int known;	    /* set: fields that may be left out */
	unsigned int fixed;	    /* set: of those, that must be so */
	uint8_t any_codec;	    /* 1: the codec is the draft's choice */
};

/**
 * quiclb_layout_find() - a codec or preset
 * @param name         "four-pass", "aws-nlb"
 * @param[out] layout  written only on success
 * @return 0 or QUICLB_ERR_CODEC
 * Threads: safe.  Since: 0.2.0.
 */
int quiclb_layout_find(const char *name, struct quiclb_layout *layout);

/**
 * quiclb_layout_apply() - puts what a layout says into a config
 * @param layout  from quiclb_layout_find()
 * @param config  codec and the fields in known but not in given are set
 * @param given   set of fields of config that are someone's wish
 * @return the lowest field that contradicts the layout, or 0
 * Threads: safe.  Since: 0.2.0.
 */
unsigned int quiclb_layout_apply(const struct quiclb_layout *layout,
				 struct quiclb_config *config,
				 unsigned int given);

/**
 * quiclb_layout_field() - one of those fields
 * @param field  one of QUICLB_FIELD_*
 */
uint8_t *quiclb_layout_field(struct quiclb_config *config, unsigned int field);

/**
 * quiclb_layout_draft_codec() - the codec the draft has for key and lengths
 * @return QUICLB_CODEC_PLAIN, QUICLB_CODEC_SINGLE_PASS or
 *   QUICLB_CODEC_FOUR_PASS
 */
uint8_t quiclb_layout_draft_codec(const struct quiclb_config *config);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_LAYOUT_H */
