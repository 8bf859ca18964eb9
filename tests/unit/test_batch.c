/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many CIDs at once: what each gives is what it gives alone, by every way that
 * there is to encrypt.
 */
#include "box_cpu.h"
#include "cids.h"

#define MAX_N 140 /* more than two of the library's groups */

/* What was asked of known(): how often, and a sum over what. */
static struct {
	unsigned int n;
	uint64_t sum;
} asked;

/* Half of the servers are known; which half depends on the tenant. */
static int known(void *arg, uint32_t tenant, const uint8_t *server_id,
		 size_t server_id_len)
{
	uint64_t hash = 0x9e3779b97f4a7c15ULL * (tenant + 1);
	size_t i;

	(void)arg;
	for (i = 0; i < server_id_len; i++)
		hash = (hash ^ server_id[i]) * 0x100000001b3ULL;
	asked.n++;
	asked.sum += hash;
	return hash >> 40 & 1;
}

/* What one CID gives alone, and the rest of an answer that it leaves. */
static int alone(const struct quiclb_decoder *decoder,
		 const struct quiclb_cid_ref *cid, struct quiclb_server_id *id)
{
	id->len = quiclb_decoder_decode(decoder, cid->cid, cid->cid_len,
					id->bytes, sizeof(id->bytes));
	if (id->len >= 0)
		memset(id->bytes + id->len, 0,
		       sizeof(id->bytes) - (size_t)id->len);
	return id->len >= 0;
}

/* The batch gives, and asks, what each CID does alone. */
static void assert_batch(const struct quiclb_decoder *decoder,
			 const struct quiclb_cid_ref *cids, size_t n)
{
	struct quiclb_server_id got[MAX_N + 1], want[MAX_N + 1];
	size_t i, n_found = 0;
	unsigned int n_asked;
	uint64_t sum;

	memset(got, UNIT_UNTOUCHED, sizeof(got));
	memset(want, UNIT_UNTOUCHED, sizeof(want));
	memset(&asked, 0, sizeof(asked));
	for (i = 0; i < n; i++)
		n_found += (size_t)alone(decoder, &cids[i], &want[i]);
	n_asked = asked.n;
	sum = asked.sum;
	memset(&asked, 0, sizeof(asked));
	g_assert_cmpuint(quiclb_decoder_decode_batch(decoder, cids, got, n), ==,
			 n_found);
	g_assert_cmpmem(got, sizeof(got), want, sizeof(want));
	g_assert_cmpuint(asked.n, ==, n_asked);
	g_assert_cmpuint(asked.sum, ==, sum);
}

/* Random bytes, as many as len, on the heap. */
static void random_cid(struct quiclb_cid_ref *cid, size_t len)
{
	uint8_t bytes[32];

	unit_random(bytes, sizeof(bytes));
	cid->cid = unit_copy(bytes, len);
	cid->cid_len = len;
}

static void free_cids(struct quiclb_cid_ref *cids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		g_free((void *)(uintptr_t)cids[i].cid);
}

/*
 * A decoder of one config decodes random CIDs of its length and longer; among
 * them one that is too short, and one of any codepoint.
 */
static void check_config(const struct quiclb_config *config)
{
	struct quiclb_cid_ref cids[20];
	struct quiclb_decoder *decoder;
	struct quiclb_record record;
	size_t i;

	g_assert_cmpint(quiclb_config_compile(config, &record), ==, 0);
	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	g_assert_cmpint(quiclb_decoder_add(decoder, config), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(cids); i++) {
		const int low = 8 - record.rotation_bits;
		uint8_t *first;

		random_cid(&cids[i], record.min_cid_len + (i % 4 == 3) -
					     (size_t)(i == 9));
		if (i == 14)
			continue;
		first = (uint8_t *)(uintptr_t)cids[i].cid;
		if (record.rotation_bits)
			*first = (uint8_t)(record.rotation << low |
					   (*first & ((1 << low) - 1)));
	}
	assert_batch(decoder, cids, G_N_ELEMENTS(cids));
	/* who is asked for each server takes another way through the library */
	quiclb_decoder_set_known(decoder, known, NULL);
	assert_batch(decoder, cids, G_N_ELEMENTS(cids));
	free_cids(cids, G_N_ELEMENTS(cids));
	quiclb_decoder_free(decoder);
}

static void check_codecs(void)
{
	struct quiclb_config config;
	unsigned int id, nonce, n = 0;
	int codec;

	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec))
		for (id = 0; id <= QUICLB_SERVER_ID_CAP_BYTES; id++)
			for (nonce = 0; nonce <= 19; nonce++) {
				unit_config(&config, (uint8_t)codec,
					    (uint8_t)id, (uint8_t)nonce);
				if (quiclb_config_check(&config))
					continue;
				check_config(&config);
				n++;
			}
	g_assert_cmpuint(n, >, 500);
}

static void every_config_decodes_as_alone(void)
{
	box_each_way(check_codecs);
}

static void add(struct quiclb_decoder *decoder, uint8_t rotation, uint8_t codec,
		uint8_t server_id_len, uint8_t nonce_len)
{
	static uint32_t tenant;
	struct quiclb_config config;

	unit_config(&config, codec, server_id_len, nonce_len);
	config.config_rotation = rotation;
	g_assert_cmpint(quiclb_decoder_add_tenant(decoder, &config, ++tenant),
			==, 0);
}

/* Rotation 5 has no config; 3 and 4 have tenants of different lengths. */
static struct quiclb_decoder *mixed(quiclb_known_fn *fn)
{
	struct quiclb_decoder *decoder;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	quiclb_decoder_set_known(decoder, fn, NULL);
	add(decoder, 0, QUICLB_CODEC_FOUR_PASS, 3, 4);
	add(decoder, 1, QUICLB_CODEC_SINGLE_PASS, 8, 8);
	add(decoder, 2, QUICLB_CODEC_PLAIN, 4, 5);
	add(decoder, 3, QUICLB_CODEC_FOUR_PASS, 10, 4);
	add(decoder, 4, QUICLB_CODEC_PLAIN, 15, 4);
	add(decoder, 6, QUICLB_CODEC_FOUR_PASS, 1, 18);
	if (!fn)
		return decoder;
	add(decoder, 3, QUICLB_CODEC_SINGLE_PASS, 2, 14);
	add(decoder, 3, QUICLB_CODEC_FOUR_PASS, 3, 5);
	add(decoder, 3, QUICLB_CODEC_PLAIN, 5, 9);
	add(decoder, 4, QUICLB_CODEC_FOUR_PASS, 1, 4);
	return decoder;
}

/* All kinds of CIDs: of every length, of none, none at all. */
static void check_mixed(quiclb_known_fn *fn)
{
	struct quiclb_decoder *const decoder = mixed(fn);
	const unsigned int rounds = unit_rounds(20);
	struct quiclb_cid_ref cids[MAX_N];
	unsigned int round;
	size_t i, n;

	for (round = 0; round < rounds; round++)
		for (n = round % 4; n <= MAX_N; n += 4) {
			for (i = 0; i < n; i++) {
				random_cid(&cids[i], unit_random_up_to(22));
				if (!unit_random_up_to(30)) {
					free_cids(&cids[i], 1);
					cids[i].cid = NULL;
				}
			}
			assert_batch(decoder, cids, n);
			free_cids(cids, n);
		}
	quiclb_decoder_free(decoder);
}

static void check_without_known(void)
{
	check_mixed(NULL);
}

static void check_with_known(void)
{
	check_mixed(known);
}

static void mixed_cids_decode_as_alone(void)
{
	box_each_way(check_without_known);
}

static void tenants_are_asked_as_alone(void)
{
	box_each_way(check_with_known);
}

static void without_configs_nothing_decodes(void)
{
	struct quiclb_decoder *decoder;
	struct quiclb_cid_ref cids[MAX_N];
	size_t i;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	for (i = 0; i < MAX_N; i++)
		random_cid(&cids[i], i % 21);
	assert_batch(decoder, cids, MAX_N);
	free_cids(cids, MAX_N);
	quiclb_decoder_free(decoder);
}

static void null_is_an_argument_error(void)
{
	const uint8_t byte = 0;
	const struct quiclb_cid_ref cids[2] = { { &byte, 1 }, { &byte, 1 } };
	struct quiclb_decoder *const decoder = mixed(NULL);
	struct quiclb_server_id ids[2];
	int i;

	for (i = 0; i < 2; i++) {
		memset(ids, UNIT_UNTOUCHED, sizeof(ids));
		g_assert_cmpuint(quiclb_decoder_decode_batch(i ? decoder : NULL,
							     i ? NULL : cids,
							     ids, 2),
				 ==, 0);
		g_assert_cmpint(ids[0].len, ==, QUICLB_ERR_ARG);
		g_assert_cmpint(ids[1].len, ==, QUICLB_ERR_ARG);
		g_assert_true(unit_all(ids[1].bytes, sizeof(ids[1].bytes),
				       UNIT_UNTOUCHED));
	}
	g_assert_cmpuint(quiclb_decoder_decode_batch(decoder, cids, NULL, 2),
			 ==, 0);
	quiclb_decoder_free(decoder);
}

/* Among CIDs of the only config, one that is not there. */
static void one_without_bytes_is_an_argument_error(void)
{
	const uint8_t bytes[8] = { 7, 1, 2, 3, 4, 5, 6, 7 };
	const struct quiclb_cid_ref cids[3] = { { bytes, 8 },
						{ NULL, 8 },
						{ bytes, 8 } };
	struct quiclb_decoder *decoder;

	g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
	add(decoder, 0, QUICLB_CODEC_FOUR_PASS, 3, 4);
	assert_batch(decoder, cids, 3);
	quiclb_decoder_free(decoder);
}

static const struct unit_case cases[] = {
	{ "every_config_decodes_as_alone", every_config_decodes_as_alone },
	{ "mixed_cids_decode_as_alone", mixed_cids_decode_as_alone },
	{ "tenants_are_asked_as_alone", tenants_are_asked_as_alone },
	{ "without_configs_nothing_decodes", without_configs_nothing_decodes },
	{ "null_is_an_argument_error", null_is_an_argument_error },
	{ "one_without_bytes_is_an_argument_error",
	  one_without_bytes_is_an_argument_error },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("batch", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
