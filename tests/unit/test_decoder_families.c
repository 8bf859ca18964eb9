/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families of first octets in one decoder.  Here a config is the set of the
 * first octets it has, each by itself; the codepoints of the library, in which
 * it groups them, do not appear.
 */
#include "cids.h"

enum kind {
	BITS_3,	 /* three rotation bits; 111 is for unroutable CIDs */
	BITS_2,	 /* two; 11 is for unroutable CIDs */
	VERSION, /* two, all of them versions of a layout */
	ANY,	 /* none: every first octet */
};

/* Each of another length, so that the length tells the config. */
static const struct member {
	enum kind kind;
	uint8_t codec;
	uint8_t rotation;
	uint8_t server_id_len;
	uint8_t nonce_len;
	uint8_t server_use_len;
	uint8_t cid_len;
} members[] = {
	{ BITS_3, QUICLB_CODEC_PLAIN, 0, 1, 4, 0, 6 },
	{ BITS_3, QUICLB_CODEC_SINGLE_PASS, 1, 8, 8, 0, 17 },
	{ BITS_3, QUICLB_CODEC_FOUR_PASS, 2, 3, 4, 0, 8 },
	{ BITS_3, QUICLB_CODEC_FOUR_PASS, 3, 15, 4, 0, 20 },
	{ BITS_3, QUICLB_CODEC_PLAIN, 4, 5, 4, 0, 10 },
	{ BITS_3, QUICLB_CODEC_FOUR_PASS_15, 5, 9, 6, 0, 16 },
	{ BITS_3, QUICLB_CODEC_FOUR_PASS, 6, 1, 17, 0, 19 },
	{ BITS_2, QUICLB_CODEC_PLAIN_07, 0, 1, 2, 0, 4 },
	{ BITS_2, QUICLB_CODEC_STREAM_07, 1, 2, 9, 0, 12 },
	{ BITS_2, QUICLB_CODEC_FOUR_PASS_12, 2, 3, 6, 1, 11 },
	{ VERSION, QUICLB_CODEC_MVFST_1, 1, 2, 6, 0, 9 },
	{ VERSION, QUICLB_CODEC_MVFST_2, 2, 3, 9, 0, 13 },
	{ VERSION, QUICLB_CODEC_MVFST_3, 3, 4, 9, 1, 15 },
	{ ANY, QUICLB_CODEC_MSQUIC, 0, 4, 9, 0, 14 },
	{ ANY, QUICLB_CODEC_QUICLY, 0, 8, 8, 2, 18 },
};

#define N G_N_ELEMENTS(members)

/* ---------------------------------------------------------------- octets -- */

static gboolean has_octet(const struct member *m, unsigned int octet)
{
	switch (m->kind) {
	case BITS_3:
		return octet / 32 == m->rotation;
	case BITS_2:
	case VERSION:
		return octet / 64 == m->rotation;
	default:
		return TRUE;
	}
}

/* Whether its servers issue unroutable CIDs that begin with it. */
static gboolean keeps_octet(const struct member *m, unsigned int octet)
{
	switch (m->kind) {
	case BITS_3:
		return octet / 32 == 7;
	case BITS_2:
		return octet / 64 == 3;
	default:
		return FALSE;
	}
}

/* What adding one beside the other must give. */
static int verdict(const struct member *a, const struct member *b)
{
	unsigned int octet, n_same = 0, n_clash = 0;

	for (octet = 0; octet < 256; octet++) {
		const gboolean in_a = has_octet(a, octet);
		const gboolean in_b = has_octet(b, octet);

		n_same += in_a == in_b;
		n_clash += (in_a && in_b) || (in_a && keeps_octet(b, octet)) ||
			   (in_b && keeps_octet(a, octet));
	}
	if (!n_clash)
		return 0;
	return n_same == 256 ? QUICLB_ERR_ROTATION_IN_USE
			     : QUICLB_ERR_AMBIGUOUS;
}

/* --------------------------------------------------------------- decoder -- */

/* A decoder, and which members it should have. */
struct set {
	struct quiclb_decoder *decoder;
	struct quiclb_config configs[N];
	gboolean has[N];
};

static void set_init(struct set *set)
{
	size_t i;

	memset(set, 0, sizeof(*set));
	g_assert_cmpint(quiclb_decoder_new(&set->decoder), ==, 0);
	for (i = 0; i < N; i++) {
		const struct member *const m = &members[i];
		struct quiclb_config *const c = &set->configs[i];

		unit_config(c, m->codec, m->server_id_len, m->nonce_len);
		c->config_rotation = m->rotation;
		c->server_use_len = m->server_use_len;
		if (m->kind == BITS_3)
			c->rotation_bits = 3;
	}
}

/* The member that has a first octet, N if none has; never two. */
static size_t owner(const struct set *set, unsigned int octet)
{
	size_t i, found = N;

	for (i = 0; i < N; i++)
		if (set->has[i] && has_octet(&members[i], octet)) {
			g_assert_cmpuint(found, ==, N);
			found = i;
		}
	return found;
}

static int why_none(const struct set *set, unsigned int octet)
{
	gboolean any = FALSE;
	size_t i;

	for (i = 0; i < N; i++) {
		if (set->has[i] && keeps_octet(&members[i], octet))
			return QUICLB_ERR_RESERVED;
		any |= set->has[i];
	}
	/* an empty decoder is of the draft's present family */
	return !any && octet / 32 == 7 ? QUICLB_ERR_RESERVED
				       : QUICLB_ERR_NO_CONFIG;
}

/* Random bytes behind the octet, read as the CID that they may be. */
static void assert_octet(const struct set *set, unsigned int octet)
{
	const size_t i = owner(set, octet);
	uint8_t cid[QUICLB_CID_MAX_BYTES], id[QUICLB_SERVER_ID_CAP_BYTES];
	struct textbook_config book;
	struct quiclb_decoded out;

	unit_random(cid, sizeof(cid));
	cid[0] = (uint8_t)octet;
	quiclb_decoded_init(&out);
	if (i == N) {
		const int why = why_none(set, octet);

		g_assert_cmpint(quiclb_decoder_cid_len(set->decoder, cid[0]),
				==, why);
		g_assert_cmpint(quiclb_decoder_read(set->decoder, cid,
						    sizeof(cid), &out),
				==, why);
		return;
	}
	g_assert_cmpint(quiclb_decoder_cid_len(set->decoder, cid[0]), ==,
			members[i].cid_len);
	g_assert_cmpint(
		quiclb_decoder_read(set->decoder, cid, sizeof(cid), &out), ==,
		0);
	g_assert_cmpint(out.config_rotation, ==, members[i].rotation);
	g_assert_cmpint(out.cid_len, ==, members[i].cid_len);
	book = unit_textbook(&set->configs[i]);
	g_assert_cmpint(textbook_decode(&book, cid, sizeof(cid), id), ==,
			TEXTBOOK_OK);
	g_assert_cmpmem(out.server_id, out.server_id_len, id,
			members[i].server_id_len);
}

static void assert_octets(const struct set *set)
{
	unsigned int octet;

	for (octet = 0; octet < 256; octet++)
		assert_octet(set, octet);
}

/* Adds a member, or is refused for the reason one of the others gives. */
static gboolean add(struct set *set, size_t member)
{
	const int err = quiclb_decoder_add(set->decoder, &set->configs[member]);
	gboolean expected = FALSE, clash = FALSE;
	size_t i;

	for (i = 0; i < N; i++) {
		const int v = verdict(&members[member], &members[i]);

		if (!set->has[i] || !v)
			continue;
		clash = TRUE;
		expected |= v == err;
	}
	if (!clash)
		g_assert_cmpint(err, ==, 0);
	else
		g_assert_true(expected);
	set->has[member] |= !err;
	return !err;
}

/* ----------------------------------------------------------------- cases -- */

static void empty_decoder_keeps_the_top_codepoint(void)
{
	struct set set;

	set_init(&set);
	assert_octets(&set);
	quiclb_decoder_free(set.decoder);
}

static void lengths_tell_configs_apart(void)
{
	size_t i, j;

	for (i = 0; i < N; i++)
		for (j = 0; j < i; j++)
			g_assert_cmpint(members[i].cid_len, !=,
					members[j].cid_len);
}

static void every_pair_is_judged(void)
{
	unsigned int n[3] = { 0, 0, 0 };
	size_t i, j;

	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++) {
			const int v = verdict(&members[i], &members[j]);
			struct set set;

			set_init(&set);
			g_assert_true(add(&set, i));
			g_assert_cmpint(add(&set, j), ==, !v);
			assert_octets(&set);
			quiclb_decoder_free(set.decoder);
			n[v ? v == QUICLB_ERR_AMBIGUOUS ? 1 : 2 : 0]++;
		}
	g_test_message("%u taken, %u ambiguous, %u in use", n[0], n[1], n[2]);
	/* worked out by hand, so that verdict() can be wrong */
	g_assert_cmpuint(n[0], ==, 106);
	g_assert_cmpuint(n[1], ==, 98);
	g_assert_cmpuint(n[2], ==, 21);
}

static void shuffle(size_t order[N])
{
	size_t i;

	for (i = 0; i < N; i++) {
		const size_t j = unit_random_up_to((unsigned int)i);

		order[i] = order[j];
		order[j] = i;
	}
}

/* By any of its first octets. */
static void remove_one(struct set *set)
{
	size_t i;
	uint8_t octet;

	do
		octet = unit_random_up_to(255);
	while (owner(set, octet) == N);
	i = owner(set, octet);
	g_assert_cmpint(quiclb_decoder_remove(set->decoder, octet), ==, 0);
	g_assert_cmpint(quiclb_decoder_remove(set->decoder, octet), ==,
			QUICLB_ERR_NO_CONFIG);
	set->has[i] = FALSE;
}

static void any_mixture_holds(void)
{
	unsigned int round;
	size_t order[N], i;

	for (round = 0; round < unit_rounds(300); round++) {
		struct set set;
		int n = 0;

		set_init(&set);
		shuffle(order);
		for (i = 0; i < N; i++)
			n += add(&set, order[i]);
		assert_octets(&set);
		for (; n > 0; n--) {
			remove_one(&set);
			assert_octets(&set);
		}
		quiclb_decoder_free(set.decoder);
	}
}

static int known(void *arg, uint32_t tenant, const uint8_t *server_id,
		 size_t server_id_len)
{
	(void)arg;
	(void)tenant;
	(void)server_id;
	(void)server_id_len;
	return 1;
}

/*
 * A version of mvfst and a rotation of the older drafts may be the same first
 * octets, of two tenants.  The draft keeps 0b11 then, whoever came first.
 */
static void tenants_of_two_families_keep_their_octets(void)
{
	struct quiclb_config pair[2], other;
	struct quiclb_decoder *decoder;
	int first, i;

	unit_config(&pair[0], QUICLB_CODEC_MVFST_1, 2, 9);
	unit_config(&pair[1], QUICLB_CODEC_STREAM_07, 3, 8);
	pair[1].config_rotation = 1;
	unit_config(&other, QUICLB_CODEC_MVFST_3, 4, 9);
	for (first = 0; first < 2; first++) {
		g_assert_cmpint(quiclb_decoder_new(&decoder), ==, 0);
		quiclb_decoder_set_known(decoder, known, NULL);
		for (i = 0; i < 2; i++)
			g_assert_cmpint(quiclb_decoder_add_tenant(
						decoder, &pair[first ^ i], 1),
					==, 0);
		g_assert_cmpint(quiclb_decoder_cid_len(decoder, 0x40), ==, 12);
		g_assert_cmpint(quiclb_decoder_cid_len(decoder, 0xc0), ==,
				QUICLB_ERR_RESERVED);
		g_assert_cmpint(quiclb_decoder_add(decoder, &other), ==,
				QUICLB_ERR_AMBIGUOUS);
		quiclb_decoder_free(decoder);
	}
}

static const struct unit_case cases[] = {
	{ "empty_decoder_keeps_the_top_codepoint",
	  empty_decoder_keeps_the_top_codepoint },
	{ "lengths_tell_configs_apart", lengths_tell_configs_apart },
	{ "every_pair_is_judged", every_pair_is_judged },
	{ "any_mixture_holds", any_mixture_holds },
	{ "tenants_of_two_families_keep_their_octets",
	  tenants_of_two_families_keep_their_octets },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("decoder_families", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
