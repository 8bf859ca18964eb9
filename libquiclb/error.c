/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: of errors, of codecs, of the library itself.
 */
#include "private.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *quiclb_version(void)
{
	return TEXT(QUICLB_VERSION_MAJOR) "." TEXT(
		QUICLB_VERSION_MINOR) "." TEXT(QUICLB_VERSION_PATCH);
}

const char *quiclb_strerror(int err)
{
	if (err >= 0)
		return "success";
	switch (err) {
#define QUICLB_ROW(name, number, text)                                         \
	case number:                                                           \
		return text;
		QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return "unknown error";
	}
}

int quiclb_is_unroutable(int err)
{
	return err <= -400 && err > -500;
}

int quiclb_codec_by_name(const char *name)
{
	if (!name)
		return QUICLB_ERR_CODEC;
#define QUICLB_ROW(upper, lower, number, text, keyed, family)                  \
	if (!strcmp(name, text))                                               \
		return number;
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	return QUICLB_ERR_CODEC;
}

const char *quiclb_codec_name(int codec)
{
	switch (codec) {
#define QUICLB_ROW(upper, lower, number, text, keyed, family)                  \
	case number:                                                           \
		return text;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return NULL;
	}
}

int quiclb_codec_is_keyed(int codec)
{
	switch (codec) {
#define QUICLB_ROW(upper, lower, number, text, keyed, family)                  \
	case number:                                                           \
		return keyed;
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}

int quiclb_codec_next(int codec)
{
	int next = 0;

	/* the rows need not stand in the order of their numbers */
#define QUICLB_ROW(upper, lower, number, text, keyed, family)                  \
	if ((number) > codec && (!next || (number) < next))                    \
		next = (number);
	QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	return next;
}

int quiclb_codec_rotation_bits(int codec)
{
	switch (codec) {
#define QUICLB_ROW(upper, lower, number, text, keyed, family)                  \
	case number:                                                           \
		return quiclb_h_family_bits(QUICLB_FAMILY_##family);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return QUICLB_ERR_CODEC;
	}
}
