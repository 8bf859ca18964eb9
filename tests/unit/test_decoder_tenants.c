/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several configs of one rotation: who is asked, who wins, what they share.
 */
#include "box.h"
#include "cids.h"
#include "box_macros.h"
#include "libquiclb/decoder.c"

#define N QUICLB_N_TENANTS
#define FIRST_TENANT 100 /* their numbers: 100, 101, .. */
#define ID_LEN 8

/* The servers there are, one of each tenant, and who was asked. */
struct town {
	struct quiclb_decoder *decoder;
	struct quiclb_config configs[N];
	uint8_t ids[N][QUICLB_SERVER_ID_CAP_BYTES];
	gboolean open[N]; /* whether the tenant knows its server */
	uint32_t asked[N + 1];
	unsigned int n_asked;
};

static int known(void *arg, uint32_t tenant, const uint8_t *server_id,
		 size_t server_id_len)
{
	struct town *const town = arg;
	const uint32_t i = tenant - FIRST_TENANT;

	g_assert_cmpuint(town->n_asked, <, G_N_ELEMENTS(town->asked));
	g_assert_cmpuint(i, <, N);
	g_assert_cmpuint(server_id_len, ==, town->configs[i].server_id_len);
	town->asked[town->n_asked++] = tenant;
	return town->open[i] && !memcmp(server_id, town->ids[i], server_id_len);
}

static int town_add(struct town *town, unsigned int i)
{
	return quiclb_decoder_add_tenant(town->decoder, &town->configs[i],
					 FIRST_TENANT + i);
}

/* Four tenants of one codec, each with its key and its server. */
static void town_init(struct town *town, uint8_t codec, uint8_t server_id_len,
		      uint8_t nonce_len)
{
	unsigned int i;

	box_reset();
	memset(town, 0, sizeof(*town));
	g_assert_cmpint(quiclb_decoder_new(&town->decoder), ==, 0);
	quiclb_decoder_set_known(town->decoder, known, town);
	for (i = 0; i < N; i++) {
		unit_config(&town->configs[i], codec, server_id_len, nonce_len);
		unit_random(town->ids[i], sizeof(town->ids[i]));
		town->open[i] = TRUE;
	}
}

static void town_fill(struct town *town)
{
	unsigned int i;

	for (i = 0; i < N; i++)
		g_assert_cmpint(town_add(town, i), ==, 0);
}

/* Reads a CID of a tenant's server, but for its last cut bytes. */
static int read_cut(struct town *town, unsigned int tenant, size_t cut,
		    struct quiclb_decoded *out)
{
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_CAP_BYTES];
	const size_t len =
		cids_of(&town->configs[tenant], town->ids[tenant], cid) - cut;
	g_autofree uint8_t *exact = unit_copy(cid, len);
	struct quiclb_decoded before;
	int result, err;

	memset(out, UNIT_UNTOUCHED, sizeof(*out));
	out->size = sizeof(*out);
	before = *out;
	town->n_asked = 0;
	err = quiclb_decoder_read(town->decoder, exact, len, out);
	if (err)
		g_assert_cmpmem(out, sizeof(*out), &before, sizeof(before));
	town->n_asked = 0;
	memset(id, UNIT_UNTOUCHED, sizeof(id));
	result = quiclb_decoder_decode(town->decoder, exact, len, id,
				       sizeof(id));
	g_assert_cmpint(result, ==, err ? err : out->server_id_len);
	if (err)
		g_assert_true(unit_all(id, sizeof(id), UNIT_UNTOUCHED));
	else
		g_assert_cmpmem(id, (size_t)result, out->server_id,
				out->server_id_len);
	return err;
}

/* A CID of a tenant's server is found to be winner's. */
static void assert_goes_to(struct town *town, unsigned int tenant,
			   unsigned int winner)
{
	struct quiclb_decoded out;
	const struct quiclb_config *const c = &town->configs[winner];

	g_assert_cmpint(read_cut(town, tenant, 0, &out), ==, 0);
	g_assert_cmpuint(out.tenant, ==, FIRST_TENANT + winner);
	g_assert_cmpint(out.config_rotation, ==, c->config_rotation);
	g_assert_cmpmem(out.server_id, out.server_id_len, town->ids[winner],
			c->server_id_len);
}

static const struct {
	uint8_t codec;
	uint8_t nonce_len;
	uint8_t server_id_len;
} kinds[] = {
	{ QUICLB_CODEC_FOUR_PASS, 9, ID_LEN }, /* three rotation bits */
	{ QUICLB_CODEC_STREAM_07, 9, ID_LEN }, /* two */
	{ QUICLB_CODEC_MVFST_2, 9, 3 },	       /* a version */
	{ QUICLB_CODEC_MSQUIC, 9, 4 },	       /* none */
	{ QUICLB_CODEC_QUICLY, 8, ID_LEN },    /* no first octet either */
};

/* Asked in the order they were added, up to the one that knows. */
static void each_tenant_is_found_in_turn(void)
{
	size_t kind;
	unsigned int i, j;

	for (kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
		struct town town;

		town_init(&town, kinds[kind].codec, kinds[kind].server_id_len,
			  kinds[kind].nonce_len);
		town_fill(&town);
		for (i = 0; i < N; i++) {
			assert_goes_to(&town, i, i);
			g_assert_cmpuint(town.n_asked, ==, i + 1);
			for (j = 0; j <= i; j++)
				g_assert_cmpuint(town.asked[j], ==,
						 FIRST_TENANT + j);
		}
		quiclb_decoder_free(town.decoder);
		g_assert_cmpuint(box.n_freed_dirty, ==, 0);
		g_assert_cmpuint(box_n_blocks(), ==, 0);
	}
}

/* All have the same CIDs: only the order decides. */
static void first_that_knows_wins(void)
{
	struct town town;
	unsigned int i, first;

	town_init(&town, QUICLB_CODEC_PLAIN, ID_LEN, 4);
	town_fill(&town);
	for (i = 1; i < N; i++)
		memcpy(town.ids[i], town.ids[0], sizeof(town.ids[0]));
	for (first = 0; first < N; first++) {
		assert_goes_to(&town, N - 1, first);
		town.open[first] = FALSE;
	}
	quiclb_decoder_free(town.decoder);
}

static void unknown_everywhere_is_unknown(void)
{
	struct quiclb_decoded out;
	struct town town;

	town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 9);
	town_fill(&town);
	memset(town.open, 0, sizeof(town.open));
	g_assert_cmpint(read_cut(&town, 2, 0, &out), ==,
			QUICLB_ERR_UNKNOWN_SERVER);
	g_assert_cmpuint(town.n_asked, ==, N);
	quiclb_decoder_free(town.decoder);
}

static void fifth_tenant_is_refused(void)
{
	struct town town;
	unsigned int i;

	town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 9);
	town_fill(&town);
	g_assert_cmpint(town_add(&town, 0), ==, QUICLB_ERR_TENANTS);
	for (i = 0; i < N; i++)
		assert_goes_to(&town, i, i);
	/* another rotation has room of its own */
	town.configs[0].config_rotation = 1;
	g_assert_cmpint(town_add(&town, 0), ==, 0);
	assert_goes_to(&town, 0, 0);
	g_assert_cmpuint(town.n_asked, ==, 1);
	quiclb_decoder_free(town.decoder);
}

static void without_known_no_one_shares(void)
{
	struct town town;

	town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 9);
	quiclb_decoder_set_known(town.decoder, NULL, NULL);
	g_assert_cmpint(town_add(&town, 0), ==, 0);
	g_assert_cmpint(town_add(&town, 1), ==, QUICLB_ERR_ROTATION_IN_USE);
	assert_goes_to(&town, 0, 0);
	g_assert_cmpuint(town.n_asked, ==, 0);
	quiclb_decoder_set_known(town.decoder, known, &town);
	g_assert_cmpint(town_add(&town, 1), ==, 0);
	/* who does not say that it is a tenant wants the rotation alone */
	g_assert_cmpint(quiclb_decoder_add(town.decoder, &town.configs[2]), ==,
			QUICLB_ERR_ROTATION_IN_USE);
	assert_goes_to(&town, 1, 1);
	quiclb_decoder_free(town.decoder);
}

/* Nobody is asked any more: the first one takes all. */
static void known_can_be_taken_away(void)
{
	struct quiclb_decoded out;
	struct town town;

	town_init(&town, QUICLB_CODEC_PLAIN, ID_LEN, 4);
	town_fill(&town);
	quiclb_decoder_set_known(NULL, known, &town);
	quiclb_decoder_set_known(town.decoder, NULL, &town);
	g_assert_cmpint(read_cut(&town, 3, 0, &out), ==, 0);
	g_assert_cmpuint(out.tenant, ==, FIRST_TENANT);
	g_assert_cmpmem(out.server_id, ID_LEN, town.ids[3], ID_LEN);
	g_assert_cmpuint(town.n_asked, ==, 0);
	quiclb_decoder_free(town.decoder);
}

static int known_to_none(void *arg, uint32_t tenant, const uint8_t *server_id,
			 size_t server_id_len)
{
	(void)server_id;
	(void)server_id_len;
	*(uint32_t *)arg = tenant;
	return 0;
}

static void single_config_is_tenant_0(void)
{
	struct quiclb_decoded out;
	struct town town;
	uint32_t asked = 1;

	town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 9);
	quiclb_decoder_set_known(town.decoder, known_to_none, &asked);
	g_assert_cmpint(quiclb_decoder_add(town.decoder, &town.configs[0]), ==,
			0);
	g_assert_cmpint(read_cut(&town, 0, 0, &out), ==,
			QUICLB_ERR_UNKNOWN_SERVER);
	g_assert_cmpuint(asked, ==, 0);
	quiclb_decoder_set_known(town.decoder, NULL, NULL);
	g_assert_cmpint(read_cut(&town, 0, 0, &out), ==, 0);
	g_assert_cmpuint(out.tenant, ==, 0);
	quiclb_decoder_free(town.decoder);
}

/* ---------------------------------------------------------------- lengths --
 */

/* A CID too short for the long one is none of its business. */
static void short_for_one_is_left_to_the_other(void)
{
	unsigned int is_second;

	for (is_second = 0; is_second < 2; is_second++) {
		const unsigned int is_first = !is_second;
		struct quiclb_decoded out;
		struct town town;

		town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 4);
		town.configs[is_second].nonce_len = 11;
		g_assert_cmpint(town_add(&town, 0), ==, 0);
		g_assert_cmpint(town_add(&town, 1), ==, 0);
		assert_goes_to(&town, is_first, is_first);
		g_assert_cmpuint(town.n_asked, ==, 1);
		g_assert_cmpuint(town.asked[0], ==, FIRST_TENANT + is_first);
		assert_goes_to(&town, is_second, is_second);
		town.open[is_first] = FALSE;
		g_assert_cmpint(read_cut(&town, is_first, 0, &out), ==,
				QUICLB_ERR_UNKNOWN_SERVER);
		g_assert_cmpint(read_cut(&town, is_first, 1, &out), ==,
				QUICLB_ERR_SHORT);
		g_assert_cmpuint(town.n_asked, ==, 0);
		quiclb_decoder_free(town.decoder);
	}
}

static void different_lengths_are_ambiguous(void)
{
	struct town town;

	town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 4);
	town.configs[2].server_use_len = 1;
	g_assert_cmpint(town_add(&town, 0), ==, 0);
	g_assert_cmpint(town_add(&town, 1), ==, 0);
	g_assert_cmpint(quiclb_decoder_cid_len(town.decoder, 0x1f), ==, 13);
	g_assert_cmpint(town_add(&town, 2), ==, 0);
	g_assert_cmpint(quiclb_decoder_cid_len(town.decoder, 0x1f), ==,
			QUICLB_ERR_AMBIGUOUS);
	g_assert_cmpint(quiclb_decoder_cid_len(town.decoder, 0x20), ==,
			QUICLB_ERR_NO_CONFIG);
	assert_goes_to(&town, 2, 2);
	quiclb_decoder_free(town.decoder);
}

/* --------------------------------------------------------------- removing --
 */

static void remove_takes_all_tenants(void)
{
	size_t kind;

	for (kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
		uint8_t cid[QUICLB_CID_MAX_BYTES];
		struct quiclb_decoded out;
		struct town town;

		town_init(&town, kinds[kind].codec, kinds[kind].server_id_len,
			  kinds[kind].nonce_len);
		town_fill(&town);
		cids_of(&town.configs[0], town.ids[0], cid);
		g_assert_cmpint(quiclb_decoder_remove(town.decoder, cid[0]), ==,
				0);
		g_assert_cmpuint(box.n_freed, ==, N);
		g_assert_cmpuint(box.n_freed_dirty, ==, 0);
		g_assert_cmpuint(box_n_blocks(), ==, 1);
		/* of no family now: of the draft's */
		cid[0] = 0;
		quiclb_decoded_init(&out);
		g_assert_cmpint(
			quiclb_decoder_read(town.decoder, cid, 20, &out), ==,
			QUICLB_ERR_NO_CONFIG);
		town_fill(&town);
		assert_goes_to(&town, 3, 3);
		quiclb_decoder_free(town.decoder);
	}
}

static void without_memory_add_tenant_fails(void)
{
	struct town town;

	town_init(&town, QUICLB_CODEC_FOUR_PASS, ID_LEN, 9);
	g_assert_cmpint(town_add(&town, 0), ==, 0);
	box.memory = 0;
	g_assert_cmpint(town_add(&town, 1), ==, QUICLB_ERR_NOMEM);
	box_reset();
	assert_goes_to(&town, 0, 0);
	g_assert_cmpuint(town.n_asked, ==, 1);
	g_assert_cmpint(town_add(&town, 1), ==, 0);
	assert_goes_to(&town, 1, 1);
	quiclb_decoder_free(town.decoder);
}

static const struct unit_case cases[] = {
	{ "each_tenant_is_found_in_turn", each_tenant_is_found_in_turn },
	{ "first_that_knows_wins", first_that_knows_wins },
	{ "unknown_everywhere_is_unknown", unknown_everywhere_is_unknown },
	{ "fifth_tenant_is_refused", fifth_tenant_is_refused },
	{ "without_known_no_one_shares", without_known_no_one_shares },
	{ "known_can_be_taken_away", known_can_be_taken_away },
	{ "single_config_is_tenant_0", single_config_is_tenant_0 },
	{ "short_for_one_is_left_to_the_other",
	  short_for_one_is_left_to_the_other },
	{ "different_lengths_are_ambiguous", different_lengths_are_ambiguous },
	{ "remove_takes_all_tenants", remove_takes_all_tenants },
	{ "without_memory_add_tenant_fails", without_memory_add_tenant_fails },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("decoder_tenants", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
