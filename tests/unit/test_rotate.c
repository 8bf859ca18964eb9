/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From one config to the next: new CIDs only, and old ones still have their
 * length.
 */
#include "box_encoder.h"
#include "rows.h"

/* Its CIDs are of this config. */
static void assert_issues(struct quiclb_encoder *encoder, const struct row *row)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	int i;

	for (i = 0; i < 50; i++) {
		g_assert_cmpint(quiclb_encoder_next(encoder, cid, sizeof(cid)),
				==, row_cid_len(row));
		g_assert_cmpint(quiclb_encoder_cid_length(encoder, cid[0]), ==,
				row_cid_len(row));
	}
	g_assert_cmpuint(quiclb_encoder_cid_len(encoder), ==, row_cid_len(row));
}

/* row_rotate() must fail thus and leave both encoders as they were. */
static void assert_refused(struct quiclb_encoder *encoder,
			   const struct row *from, const struct row *to,
			   int want)
{
	struct quiclb_encoder *const next = row_encoder(to);

	g_assert_cmpint(quiclb_encoder_rotate(encoder, next), ==, want);
	assert_issues(encoder, from);
	assert_issues(next, to);
	quiclb_encoder_free(next);
}

static void only_new_cids_are_issued(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);

	assert_issues(encoder, &three_0);
	row_rotate(encoder, &three_1);
	assert_issues(encoder, &three_1);
	row_rotate(encoder, &three_6);
	assert_issues(encoder, &three_6);
	quiclb_encoder_free(encoder);
	/* next is gone as well */
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static void rotation_in_use_is_refused_until_retired(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);

	assert_refused(encoder, &three_0, &three_0, QUICLB_ERR_ROTATION_IN_USE);
	row_rotate(encoder, &three_1);
	assert_refused(encoder, &three_1, &three_1, QUICLB_ERR_ROTATION_IN_USE);
	assert_refused(encoder, &three_1, &three_0, QUICLB_ERR_ROTATION_IN_USE);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0x00), ==, 0);
	g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0x00), ==,
			QUICLB_ERR_NO_CONFIG);
	row_rotate(encoder, &three_0);
	assert_issues(encoder, &three_0);
	g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0x20), ==,
			row_cid_len(&three_1));
	quiclb_encoder_free(encoder);
}

static void all_rotations_can_be_held_at_once(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);
	struct row row = three_0;

	for (row.rotation = 1; row.rotation < QUICLB_N_ROTATIONS;
	     row.rotation++) {
		row.nonce_len++;
		if (row.server_id_len + row.nonce_len == 16)
			row.nonce_len++;
		row.codec = QUICLB_CODEC_PLAIN;
		row_rotate(encoder, &row);
		assert_issues(encoder, &row);
	}
	g_assert_cmpint(quiclb_encoder_cid_length(encoder, 0), ==,
			row_cid_len(&three_0));
	quiclb_encoder_free(encoder);
}

static void only_former_configs_can_be_retired(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);

	g_assert_cmpint(quiclb_encoder_retire(NULL, 0), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0x1f), ==,
			QUICLB_ERR_ROTATION_IN_USE);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0x20), ==,
			QUICLB_ERR_NO_CONFIG);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0xff), ==,
			QUICLB_ERR_NO_CONFIG);
	row_rotate(encoder, &three_1);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0x1f), ==, 0);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0x1f), ==,
			QUICLB_ERR_NO_CONFIG);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0x3f), ==,
			QUICLB_ERR_ROTATION_IN_USE);
	assert_issues(encoder, &three_1);
	quiclb_encoder_free(encoder);
}

/* Pairs that cannot be held at once, and pairs that can: 0. */
static void first_octets_must_mean_one_thing(void)
{
	static const struct {
		const struct row *from, *to;
		int want;
	} pairs[] = {
		/* 0b000 and 0b001 are 0b00 as well, 0b010 is 0b01 */
		{ &three_0, &two_0, QUICLB_ERR_AMBIGUOUS },
		{ &three_1, &two_0, QUICLB_ERR_AMBIGUOUS },
		{ &three_2, &two_1, QUICLB_ERR_AMBIGUOUS },
		{ &three_2, &two_0, 0 },
		{ &three_0, &two_1, 0 },
		/* 0b110 is of those that two bits keep for unroutable CIDs */
		{ &three_6, &two_0, QUICLB_ERR_AMBIGUOUS },
		{ &two_0, &two_1, 0 },
		{ &two_2, &two_2, QUICLB_ERR_ROTATION_IN_USE },
		/* layouts of versions reserve nothing, and claim two of eight
		 */
		{ &three_0, &mvfst_1, 0 },
		{ &three_2, &mvfst_1, QUICLB_ERR_AMBIGUOUS },
		{ &three_0, &mvfst_2, 0 },
		{ &three_0, &mvfst_3, QUICLB_ERR_AMBIGUOUS },
		{ &two_0, &mvfst_3, QUICLB_ERR_AMBIGUOUS },
		{ &two_1, &mvfst_1, QUICLB_ERR_ROTATION_IN_USE },
		{ &mvfst_1, &mvfst_2, 0 },
		{ &mvfst_2, &mvfst_3, 0 },
		/* these claim every first octet */
		{ &three_0, &msquic, QUICLB_ERR_AMBIGUOUS },
		{ &two_0, &msquic, QUICLB_ERR_AMBIGUOUS },
		{ &mvfst_1, &msquic, QUICLB_ERR_AMBIGUOUS },
		{ &three_0, &quicly, QUICLB_ERR_AMBIGUOUS },
		{ &msquic, &msquic, QUICLB_ERR_ROTATION_IN_USE },
		{ &msquic, &quicly, QUICLB_ERR_ROTATION_IN_USE },
	};
	size_t i, way;

	for (i = 0; i < G_N_ELEMENTS(pairs); i++)
		for (way = 0; way < 2; way++) {
			const struct row *const from =
				way ? pairs[i].to : pairs[i].from;
			const struct row *const to =
				way ? pairs[i].from : pairs[i].to;
			struct quiclb_encoder *const encoder =
				row_encoder(from);

			if (pairs[i].want) {
				assert_refused(encoder, from, to,
					       pairs[i].want);
			} else {
				row_rotate(encoder, to);
				assert_issues(encoder, to);
			}
			quiclb_encoder_free(encoder);
		}
}

/* Not only the present config counts, but each former one. */
static void former_configs_make_ambiguous_too(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);

	row_rotate(encoder, &three_2);
	assert_refused(encoder, &three_2, &two_0, QUICLB_ERR_AMBIGUOUS);
	assert_refused(encoder, &three_2, &msquic, QUICLB_ERR_AMBIGUOUS);
	g_assert_cmpint(quiclb_encoder_retire(encoder, 0), ==, 0);
	row_rotate(encoder, &two_0);
	assert_issues(encoder, &two_0);
	quiclb_encoder_free(encoder);
}

static void wrong_arguments_are_refused(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);
	struct quiclb_encoder *const next = row_encoder(&three_1);
	uint8_t cid[QUICLB_CID_MAX_BYTES];

	g_assert_cmpint(quiclb_encoder_rotate(NULL, next), ==, QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_rotate(encoder, NULL), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_rotate(encoder, encoder), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_encoder_cid_length(NULL, 0), ==, QUICLB_ERR_ARG);
	quiclb_encoder_next(next, cid, sizeof(cid));
	g_assert_cmpint(quiclb_encoder_rotate(encoder, next), ==,
			QUICLB_ERR_ARG);
	assert_issues(encoder, &three_0);
	quiclb_encoder_free(next);
	quiclb_encoder_free(encoder);
}

static void rotated_encoder_cannot_be_next(void)
{
	struct quiclb_encoder *const encoder = row_encoder(&three_0);
	struct quiclb_encoder *const next = row_encoder(&three_1);

	row_rotate(next, &three_2);
	g_assert_cmpint(quiclb_encoder_rotate(encoder, next), ==,
			QUICLB_ERR_ARG);
	assert_issues(encoder, &three_0);
	assert_issues(next, &three_2);
	quiclb_encoder_free(next);
	quiclb_encoder_free(encoder);
}

static void split_encoders_are_refused(void)
{
	struct quiclb_encoder *const whole = row_encoder(&three_0);
	struct quiclb_encoder *const other = row_encoder(&three_1);
	struct quiclb_encoder *const part = box_encoder_part(whole, 0, 2);

	g_assert_cmpint(quiclb_encoder_rotate(whole, other), ==,
			QUICLB_ERR_SPLIT);
	g_assert_cmpint(quiclb_encoder_rotate(other, whole), ==,
			QUICLB_ERR_SPLIT);
	assert_issues(part, &three_0);
	assert_issues(other, &three_1);
	quiclb_encoder_free(part);
	quiclb_encoder_free(other);
	quiclb_encoder_free(whole);
}

/* As on a server of threads: each moves its own part, at its own time. */
static void parts_rotate_to_parts(void)
{
	struct quiclb_encoder *const whole[2] = { row_encoder(&three_0),
						  row_encoder(&three_1) };
	struct quiclb_encoder *parts[3];
	uint32_t i;

	for (i = 0; i < 3; i++) {
		parts[i] = box_encoder_part(whole[0], i, 3);
		assert_issues(parts[i], &three_0);
	}
	for (i = 0; i < 3; i++) {
		g_assert_cmpint(
			quiclb_encoder_rotate(parts[i],
					      box_encoder_part(whole[1], i, 3)),
			==, 0);
		assert_issues(parts[i], &three_1);
		g_assert_cmpint(quiclb_encoder_cid_length(parts[i], 0), ==,
				row_cid_len(&three_0));
	}
	assert_issues(parts[2], &three_1);
	for (i = 0; i < 3; i++)
		quiclb_encoder_free(parts[i]);
	quiclb_encoder_free(whole[0]);
	quiclb_encoder_free(whole[1]);
	g_assert_cmpuint(box_n_blocks(), ==, 0);
}

static const struct unit_case cases[] = {
	{ "only_new_cids_are_issued", only_new_cids_are_issued },
	{ "rotation_in_use_is_refused_until_retired",
	  rotation_in_use_is_refused_until_retired },
	{ "all_rotations_can_be_held_at_once",
	  all_rotations_can_be_held_at_once },
	{ "only_former_configs_can_be_retired",
	  only_former_configs_can_be_retired },
	{ "first_octets_must_mean_one_thing",
	  first_octets_must_mean_one_thing },
	{ "former_configs_make_ambiguous_too",
	  former_configs_make_ambiguous_too },
	{ "wrong_arguments_are_refused", wrong_arguments_are_refused },
	{ "rotated_encoder_cannot_be_next", rotated_encoder_cannot_be_next },
	{ "split_encoders_are_refused", split_encoders_are_refused },
	{ "parts_rotate_to_parts", parts_rotate_to_parts },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("rotate", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
