/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of every codec, with every pair of lengths, form of the first octet and
 * number of server-use bytes: library and textbook allow the same ones.
 */
#include "pairs.h"

static void compare_rules(const struct pair *pair, unsigned int n[2])
{
	struct quiclb_config config;
	int form, use, bits;

	for (form = 0; form < PAIRS_N_FORMS; form++)
		for (use = 0; use <= QUICLB_CID_MAX_BYTES; use++) {
			pairs_config(&config, pair, &pairs_forms[form]);
			config.server_use_len = (uint8_t)use;
			g_assert_cmpint(quiclb_config_check(&config) == 0, ==,
					pairs_is_legal(&config));
			n[pairs_is_legal(&config)]++;
		}
	for (bits = 1; bits < 256; bits += bits == 1 ? 3 : 1) {
		pairs_config(&config, pair, &pairs_forms[0]);
		config.rotation_bits = (uint8_t)bits;
		g_assert_cmpint(quiclb_config_check(&config), ==,
				QUICLB_ERR_ROTATION_BITS);
		n[0]++;
	}
}

/* data: the number of a codec */
static void allows_what_the_textbook_allows(gconstpointer data)
{
	struct pair pair = { (uint8_t)GPOINTER_TO_UINT(data), 0, 0 };
	unsigned int n[2] = { 0, 0 };

	for (; pair.server_id_len < PAIRS_SERVER_ID_END; pair.server_id_len++)
		for (pair.nonce_len = 0; pair.nonce_len < PAIRS_NONCE_END;
		     pair.nonce_len++)
			compare_rules(&pair, n);
	g_assert_cmpuint(n[1], >, 0);
	g_test_message("%u configs refused, %u taken", n[0], n[1]);
}

int main(int argc, char **argv)
{
	int codec;

	g_test_init(&argc, &argv, NULL);
	for (codec = quiclb_codec_next(0); codec;
	     codec = quiclb_codec_next(codec)) {
		g_autofree char *path =
			g_strdup_printf("/%s/allows_what_the_textbook_allows",
					quiclb_codec_name(codec));

		g_test_add_data_func(path, GUINT_TO_POINTER((guint)codec),
				     allows_what_the_textbook_allows);
	}
	return g_test_run();
}
