/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lengths of CIDs behind short headers: of the present config, of former ones,
 * and of those that belong to none.
 */
#include "box_encoder.h"
#include "rows.h"

/* For each value of the first octet. */
static void old_cids_keep_their_length(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);
	int octet;

	row_rotate(encoder, &three_2);
	row_rotate(encoder, &three_6);
	for (octet = 0; octet < 256; octet++) {
		const int got =
			quiclb_encoder_cid_length(encoder, (uint8_t)octet);

		switch (octet >> 5) {
		case 0:
			g_assert_cmpint(got, ==, row_cid_len(&three_0));
			break;
		case 2:
			g_assert_cmpint(got, ==, row_cid_len(&three_2));
			break;
		case 6:
			g_assert_cmpint(got, ==, row_cid_len(&three_6));
			break;
		case 7:
			break; /* unroutable_cids_have_the_length_they_say() */
		default:
			g_assert_cmpint(got, ==, QUICLB_ERR_NO_CONFIG);
		}
	}
	quiclb_encoder_free(encoder);
}

/* 8 to 20 bytes, as the draft has them; others are nobody's. */
static void assert_unroutable_lengths(struct quiclb_encoder *encoder,
				      uint8_t top)
{
	int len;

	for (len = 1; len <= 32; len++)
		g_assert_cmpint(
			quiclb_encoder_cid_length(encoder,
						  (uint8_t)(top | (len - 1))),
			==, len < 8 || len > 20 ? QUICLB_ERR_RESERVED : len);
}

static void unroutable_cids_have_the_length_they_say(void)
{
	struct quiclb_encoder *encoder = row_encoder(&three_0);

	assert_unroutable_lengths(encoder, 0xe0);
	g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0xc0 | 11), ==,
			QUICLB_ERR_NO_CONFIG);
	quiclb_encoder_free(encoder);
	/* of two bits 0b11, and what was issued before there was a config */
	encoder = row_encoder(&two_0);
	assert_unroutable_lengths(encoder, 0xc0);
	assert_unroutable_lengths(encoder, 0xe0);
	/* former configs' unroutable CIDs stay as well */
	row_rotate(encoder, &three_2);
	assert_unroutable_lengths(encoder, 0xc0);
	assert_unroutable_lengths(encoder, 0xe0);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0), ==, 0);
	assert_unroutable_lengths(encoder, 0xe0);
	g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0xc0 | 11), ==,
			QUICLB_ERR_NO_CONFIG);
	quiclb_encoder_free(encoder);
}

/* What fill() makes instead of a CID parses by its first octet, too. */
static void filled_cids_have_their_length(void)
{
	static const struct row *const rows[] = { &three_0, &two_0, &two_1 };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	size_t i, len;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct quiclb_encoder *const encoder = row_encoder(rows[i]);

		box_encoder_leave(encoder, 0);
		for (len = 8; len <= QUICLB_CID_MAX_BYTES; len++) {
			quiclb_encoder_fill(encoder, cid, len);
			g_assert_cmpint(
				quiclb_encoder_cid_length(encoder, cid[0]), ==,
				(int)len);
		}
		quiclb_encoder_free(encoder);
	}
}

/* A config of two bits stands at two values of three: retired from either. */
static void two_bits_are_retired_whole(void)
{
	static const uint8_t octets[] = { 0x00, 0x20 };
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(octets); i++) {
		struct quiclb_encoder *const encoder = row_encoder(&two_0);

		row_rotate(encoder, &two_1);
		g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0x00), ==,
				row_cid_len(&two_0));
		g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0x20), ==,
				row_cid_len(&two_0));
		g_assert_cmpint(quiclb_encoder_retire(encoder, octets[i]), ==,
				0);
		g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0x00), ==,
				QUICLB_ERR_NO_CONFIG);
		g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0x20), ==,
				QUICLB_ERR_NO_CONFIG);
		row_rotate(encoder, &two_2);
		quiclb_encoder_free(encoder);
	}
}

static const struct unit_case cases[] = {
	{ "old_cids_keep_their_length", old_cids_keep_their_length },
	{ "unroutable_cids_have_the_length_they_say",
	  unroutable_cids_have_the_length_they_say },
	{ "filled_cids_have_their_length", filled_cids_have_their_length },
	{ "two_bits_are_retired_whole", two_bits_are_retired_whole },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("cid_length", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
