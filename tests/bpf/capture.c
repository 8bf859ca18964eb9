/* SPDX-License-Identifier: BSD-2-Clause */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"

#define PCAP_MAGIC 0xa1b2c3d4u /* written little-endian, times in us */
#define PCAP_HEADER_BYTES 24
#define PCAP_RECORD_BYTES 16
#define PCAP_ETHERNET 1u
#define N_WORDS 6

char *capture_path(const char *name, const char *suffix)
{
	g_autofree char *file = g_strconcat(name, suffix, NULL);

	return g_build_filename(CAPTURES_DIR, file, NULL);
}

static char *contents(const char *name, const char *suffix, size_t *len)
{
	g_autofree char *path = capture_path(name, suffix);
	g_autoptr(GError) error = NULL;
	char *bytes;

	if (!g_file_get_contents(path, &bytes, len, &error))
		g_error("%s", error->message);
	return bytes;
}

static uint32_t get32(const char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return GUINT32_FROM_LE(value);
}

static size_t parse_hex(const char *text, uint8_t *out, size_t cap)
{
	const size_t len = strlen(text) / 2;
	size_t i;

	if (!strcmp(text, "-"))
		return 0;
	g_assert_cmpuint(len, <=, cap);
	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
				   g_ascii_xdigit_value(text[2 * i + 1]));
	return len;
}

static void parse_row(struct captured *c, const char *line, size_t number)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	g_assert_cmpuint(g_strv_length(words), ==, N_WORDS);
	g_assert_cmpuint(g_ascii_strtoull(words[0], NULL, 10), ==, number);
	g_assert_cmpuint(g_strlcpy(c->what, words[1], sizeof(c->what)), <,
			 sizeof(c->what));
	g_assert_cmpuint(g_strlcpy(c->form, words[2], sizeof(c->form)), <,
			 sizeof(c->form));
	c->version = (uint32_t)g_ascii_strtoull(words[3], NULL, 16);
	c->cid_len = parse_hex(words[4], c->cid, sizeof(c->cid));
	c->server_id_len =
		parse_hex(words[5], c->server_id, sizeof(c->server_id));
}

static void parse_rows(struct capture *capture, const char *name)
{
	size_t len, i;
	g_autofree char *text = contents(name, ".txt", &len);
	g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);

	/* the first says what the words are */
	capture->n = g_strv_length(lines) - 1;
	capture->frames = g_new0(struct captured, capture->n);
	for (i = 0; i < capture->n; i++)
		parse_row(&capture->frames[i], lines[i + 1], i + 1);
}

static void take_frame(struct frame *frame, const char *bytes, size_t len)
{
	g_assert_cmpuint(len, >, 54);
	g_assert_cmpuint(len, <=, sizeof(frame->bytes));
	memcpy(frame->bytes, bytes, len);
	frame->len = len;
	frame->l3 = 14;
	frame->family = frame->bytes[frame->l3] >> 4;
	g_assert_cmphex(frame_get16(frame, 12), ==,
			frame->family == 4 ? 0x0800 : 0x86dd);
}

struct capture capture_read(const char *name)
{
	struct capture capture;
	size_t len, at = PCAP_HEADER_BYTES, i;
	g_autofree char *bytes = contents(name, ".pcap", &len);

	parse_rows(&capture, name);
	g_assert_cmpuint(len, >, PCAP_HEADER_BYTES);
	g_assert_cmphex(get32(bytes), ==, PCAP_MAGIC);
	g_assert_cmpuint(get32(bytes + 20), ==, PCAP_ETHERNET);
	for (i = 0; i < capture.n; i++) {
		g_assert_cmpuint(at + PCAP_RECORD_BYTES, <=, len);
		const size_t size = get32(bytes + at + 8);

		at += PCAP_RECORD_BYTES;
		g_assert_cmpuint(size, <=, len - at);
		take_frame(&capture.frames[i].frame, bytes + at, size);
		at += size;
	}
	g_assert_cmpuint(at, ==, len);
	return capture;
}

void capture_free(struct capture *capture)
{
	g_free(capture->frames);
}
