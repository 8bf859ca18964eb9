/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

void unit_add(const char *group, const struct unit_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		g_autofree char *path =
			g_strdup_printf("/%s/%s", group, cases[i].name);

		g_test_add_func(path, cases[i].fn);
	}
}

unsigned int unit_rounds(unsigned int n)
{
	const char *const text = g_getenv("QUICLB_TEST_SCALE");
	const guint64 scale = text ? g_ascii_strtoull(text, NULL, 10) : 1;

	if (scale <= 1)
		return n;
	return scale >= n ? 1 : n / (unsigned int)scale;
}

void unit_random(uint8_t *out, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)g_test_rand_int();
}

uint8_t unit_random_up_to(unsigned int max)
{
	return (uint8_t)g_test_rand_int_range(0, (gint32)max + 1);
}

uint8_t *unit_copy(const void *bytes, size_t len)
{
	uint8_t *const copy = malloc(len);

	g_assert_true(copy || !len);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

gboolean unit_all(const void *bytes, size_t len, uint8_t value)
{
	const uint8_t *const p = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != value)
			return FALSE;
	return TRUE;
}

/* A row of codec/list.h, for programs that bring no error.c. */
struct codec {
	int number;
	const char *name;
	int keyed;
};

static const struct codec *find_codec(uint8_t number)
{
	static const struct codec codecs[] = {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	{ (number), name, (keyed) },
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	};
	size_t i;

	for (i = 0; codecs[i].number != number; i++)
		g_assert_cmpuint(i + 1, <, G_N_ELEMENTS(codecs));
	return &codecs[i];
}

/* A layout's version is its only config rotation. */
static uint8_t first_rotation(uint8_t codec)
{
	switch (codec) {
	case QUICLB_CODEC_MVFST_1:
		return 1;
	case QUICLB_CODEC_MVFST_2:
		return 2;
	case QUICLB_CODEC_MVFST_3:
		return 3;
	default:
		return 0;
	}
}

void unit_config(struct quiclb_config *config, uint8_t codec,
		 uint8_t server_id_len, uint8_t nonce_len)
{
	quiclb_config_init(config);
	config->codec = codec;
	config->config_rotation = first_rotation(codec);
	config->server_id_len = server_id_len;
	config->nonce_len = nonce_len;
	config->has_key = (uint8_t)find_codec(codec)->keyed;
	if (config->has_key)
		unit_random(config->key, sizeof(config->key));
}

uint8_t unit_keyed_codec(unsigned int server_id_len, unsigned int nonce_len)
{
	return server_id_len + nonce_len == 16 ? QUICLB_CODEC_SINGLE_PASS
					       : QUICLB_CODEC_FOUR_PASS;
}

static unsigned int rotation_bits(const struct quiclb_config *config)
{
	if (config->rotation_bits)
		return config->rotation_bits;
	switch (config->codec) {
#define QUICLB_ROW(upper, lower, number, name, keyed, family)                  \
	case number:                                                           \
		return quiclb_h_family_bits(QUICLB_FAMILY_##family);
		QUICLB_CODEC_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		g_error("no codec %d", config->codec);
	}
}

struct textbook_config unit_textbook(const struct quiclb_config *config)
{
	const char *const name = find_codec(config->codec)->name;
	const int codec = textbook_codec_by_name(name);
	struct textbook_config t;

	if (codec < 0)
		g_error("the textbook lacks %s", name);
	t.codec = (enum textbook_codec)codec;
	t.rotation_bits = rotation_bits(config);
	t.rotation = config->config_rotation;
	t.self_length = config->encode_length;
	t.uncounted_len = config->uncounted_len;
	t.server_id_len = config->server_id_len;
	t.nonce_len = config->nonce_len;
	t.server_use_len = config->server_use_len;
	memcpy(t.key, config->key, sizeof(t.key));
	return t;
}

int unit_in_child(int (*fn)(void *), void *data)
{
	const pid_t child = fork();
	int status = -1;

	g_assert_cmpint(child, >=, 0);
	if (!child)
		_exit(fn(data));
	while (waitpid(child, &status, 0) < 0)
		g_assert_cmpint(errno, ==, EINTR);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

gboolean unit_any_twice(uint64_t *numbers, size_t n)
{
	size_t i;

	qsort(numbers, n, sizeof(*numbers), by_value);
	for (i = 1; i < n; i++)
		if (numbers[i] == numbers[i - 1])
			return TRUE;
	return FALSE;
}
