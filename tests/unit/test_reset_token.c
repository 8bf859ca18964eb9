/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stateless reset tokens: HKDF-SHA-256 (RFC 5869) once more, step by step on
 * HMAC, and what must make one token differ from another.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "unit.h"

/* All that goes into a token, at its longest. */
struct input {
	uint8_t key[256];
	size_t key_len;
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES + 1];
	size_t server_id_len;
	uint8_t cid[QUICLB_CID_MAX_BYTES + 1];
	size_t cid_len;
};

static void random_input(struct input *in)
{
	in->key_len = 16 + unit_random_up_to(239);
	in->server_id_len = 1 + (size_t)unit_random_up_to(15);
	in->cid_len = 1 + (size_t)unit_random_up_to(19);
	unit_random(in->key, sizeof(in->key));
	unit_random(in->server_id, sizeof(in->server_id));
	unit_random(in->cid, sizeof(in->cid));
}

/* From exactly as many bytes as are needed. */
static int make(const struct input *in, uint8_t token[16])
{
	g_autofree uint8_t *key = unit_copy(in->key, in->key_len);
	g_autofree uint8_t *id = unit_copy(in->server_id, in->server_id_len);
	g_autofree uint8_t *cid = unit_copy(in->cid, in->cid_len);
	const uint8_t none = 0;

	return quiclb_reset_token(key ? key : &none, in->key_len,
				  id ? id : &none, in->server_id_len,
				  cid ? cid : &none, in->cid_len, token);
}

/* info = 24 | label | length | server ID | length | CID; salt is empty. */
static void expected(const struct input *in, uint8_t token[16])
{
	static const char label[] = "quiclb stateless reset 1";
	static const uint8_t salt[32]; /* RFC 5869 2.2: HashLen zeros */
	g_autoptr(GByteArray) info = g_byte_array_new();
	const uint8_t label_len = 24;
	const uint8_t id_len = (uint8_t)in->server_id_len;
	const uint8_t cid_len = (uint8_t)in->cid_len, counter = 1;
	uint8_t prk[32], okm[32];

	g_byte_array_append(info, &label_len, 1);
	g_byte_array_append(info, (const uint8_t *)label, 24);
	g_byte_array_append(info, &id_len, 1);
	g_byte_array_append(info, in->server_id, id_len);
	g_byte_array_append(info, &cid_len, 1);
	g_byte_array_append(info, in->cid, cid_len);
	g_byte_array_append(info, &counter, 1);
	HMAC(EVP_sha256(), salt, sizeof(salt), in->key, in->key_len, prk, NULL);
	HMAC(EVP_sha256(), prk, sizeof(prk), info->data, info->len, okm, NULL);
	memcpy(token, okm, 16);
}

static void token_is_hkdf_of_its_fields(void)
{
	uint8_t got[16], want[16];
	struct input in;
	unsigned int i;

	for (i = 0; i < unit_rounds(2000); i++) {
		random_input(&in);
		g_assert_cmpint(make(&in, got), ==, 0);
		expected(&in, want);
		g_assert_cmpmem(got, 16, want, 16);
	}
}

/*
 * A number in print, made with: openssl kdf -keylen 16 -kdfopt digest:SHA256
 * -kdfopt hexkey:000102..0f -kdfopt hexinfo:18..11 HKDF
 */
static void token_of_the_example(void)
{
	static const uint8_t want[16] = { 0xcb, 0xec, 0x87, 0x0c, 0x28, 0xbe,
					  0x2d, 0xa6, 0xa2, 0xb1, 0xb4, 0x17,
					  0xf7, 0x4d, 0xbd, 0xb6 };
	struct input in = { .key_len = 16, .server_id_len = 3, .cid_len = 8 };
	uint8_t got[16];
	size_t i;

	for (i = 0; i < 16; i++)
		in.key[i] = (uint8_t)i;
	memcpy(in.server_id, "\xaa\xbb\xcc", 3);
	memcpy(in.cid, "\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11", 8);
	g_assert_cmpint(make(&in, got), ==, 0);
	g_assert_cmpmem(got, 16, want, 16);
}

static void same_input_is_the_same_token(void)
{
	uint8_t a[16], b[16];
	struct input in;

	random_input(&in);
	g_assert_cmpint(make(&in, a), ==, 0);
	g_assert_cmpint(make(&in, b), ==, 0);
	g_assert_cmpmem(a, 16, b, 16);
}

/* Not 8 bytes of the two tokens are the same. */
static void assert_differs(const struct input *in, const uint8_t token[16])
{
	uint8_t other[16];
	size_t i, same = 0;

	g_assert_cmpint(make(in, other), ==, 0);
	for (i = 0; i < 16; i++)
		same += token[i] == other[i];
	g_assert_cmpuint(same, <, 8);
}

/* One bit of any field: another server, another CID, another key. */
static void every_bit_makes_another_token(void)
{
	struct input in;
	uint8_t token[16];
	size_t bit;

	random_input(&in);
	in.key_len = 32;
	g_assert_cmpint(make(&in, token), ==, 0);
	for (bit = 0; bit < 8 * in.server_id_len; bit++) {
		in.server_id[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_differs(&in, token);
		in.server_id[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (bit = 0; bit < 8 * in.cid_len; bit++) {
		in.cid[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_differs(&in, token);
		in.cid[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (bit = 0; bit < 8 * in.key_len; bit++) {
		in.key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_differs(&in, token);
		in.key[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* Server ID 01 with CID 02 03 is not 01 02 with 03. */
static void bytes_do_not_move_between_fields(void)
{
	struct input in;
	uint8_t token[16];

	random_input(&in);
	in.server_id_len = 1;
	in.cid_len = 2;
	memcpy(in.server_id, "\1\2", 2);
	memcpy(in.cid, "\2\3", 2);
	g_assert_cmpint(make(&in, token), ==, 0);
	in.server_id_len = 2;
	in.cid_len = 1;
	in.cid[0] = 3;
	assert_differs(&in, token);
}

static void assert_refused(const struct input *in, size_t key_len,
			   size_t server_id_len, size_t cid_len)
{
	struct input wrong = *in;
	uint8_t token[16];

	memset(token, UNIT_UNTOUCHED, sizeof(token));
	wrong.key_len = key_len;
	wrong.server_id_len = server_id_len;
	wrong.cid_len = cid_len;
	g_assert_cmpint(make(&wrong, token), ==, QUICLB_ERR_ARG);
	g_assert_true(unit_all(token, sizeof(token), UNIT_UNTOUCHED));
}

static void lengths_have_limits(void)
{
	static const size_t good[][3] = { { 16, 1, 1 },
					  { 255, 16, 20 },
					  { 32, 8, 8 } };
	struct input in;
	uint8_t token[16];
	size_t i;

	random_input(&in);
	for (i = 0; i < G_N_ELEMENTS(good); i++) {
		in.key_len = good[i][0];
		in.server_id_len = good[i][1];
		in.cid_len = good[i][2];
		g_assert_cmpint(make(&in, token), ==, 0);
	}
	assert_refused(&in, 15, 8, 8);
	assert_refused(&in, 0, 8, 8);
	assert_refused(&in, 256, 8, 8);
	assert_refused(&in, 32, 0, 8);
	assert_refused(&in, 32, 17, 8);
	assert_refused(&in, 32, 8, 0);
	assert_refused(&in, 32, 8, 21);
}

static void null_is_refused(void)
{
	const uint8_t b[16] = { 0 };
	uint8_t token[16];

	g_assert_cmpint(quiclb_reset_token(NULL, 16, b, 1, b, 8, token), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_reset_token(b, 16, NULL, 1, b, 8, token), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_reset_token(b, 16, b, 1, NULL, 8, token), ==,
			QUICLB_ERR_ARG);
	g_assert_cmpint(quiclb_reset_token(b, 16, b, 1, b, 8, NULL), ==,
			QUICLB_ERR_ARG);
}

static const struct unit_case cases[] = {
	{ "token_is_hkdf_of_its_fields", token_is_hkdf_of_its_fields },
	{ "token_of_the_example", token_of_the_example },
	{ "same_input_is_the_same_token", same_input_is_the_same_token },
	{ "every_bit_makes_another_token", every_bit_makes_another_token },
	{ "bytes_do_not_move_between_fields",
	  bytes_do_not_move_between_fields },
	{ "lengths_have_limits", lengths_have_limits },
	{ "null_is_refused", null_is_refused },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	unit_add("reset_token", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
