/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces that do not repeat across restarts: a high-water mark in a file.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <quiclb/quiclb.h>
#include <unistd.h>

#include "check.h"

/* [mark] */
struct mark_file {
	int dir;	  /* open directory; nobody else writes there */
	const char *name; /* one file for each config and server ID */
	const char *name_new;
};

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		const ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* A quiclb_mark_fn: on stable storage when it returns 0. */
static int mark_store(void *arg, uint64_t mark)
{
	const struct mark_file *const f = arg;
	char text[32];
	const int len = snprintf(text, sizeof(text), "%" PRIu64 "\n", mark);
	const int fd = openat(f->dir, f->name_new,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int bad;

	if (fd < 0)
		return -1;
	bad = write_all(fd, text, (size_t)len) || fsync(fd);
	bad |= close(fd);
	if (bad || renameat(f->dir, f->name_new, f->dir, f->name))
		return -1;
	return fsync(f->dir);
}

/* The mark of the last life; 0 in the first; -1: do not issue CIDs. */
static int mark_load(const struct mark_file *f, uint64_t *mark)
{
	char text[32] = "", *end;
	const int fd = openat(f->dir, f->name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	*mark = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	*mark = strtoull(text, &end, 10);
	return end > text && *end == '\n' ? 0 : -1;
}
/* [end] */

/* One life of a server, with a nonce so short that it needs the mark. */
static void live(struct mark_file *file, uint8_t (*cids)[6], int n_cids)
{
	static const uint8_t secret[QUICLB_NONCE_SECRET_BYTES] = "in truth: "
								 "random bytes";
	const uint8_t server_id[] = { 7 };
	/* [life] */
	struct quiclb_encoder_options options;
	struct quiclb_encoder *encoder;
	struct quiclb_config config;
	uint64_t mark;

	CHECK(!mark_load(file, &mark));
	quiclb_config_init(&config);
	config.codec = QUICLB_CODEC_PLAIN;
	config.server_id_len = 1;
	config.nonce_len = 4;
	quiclb_encoder_options_init(&options);
	options.server_id = server_id;
	options.server_id_len = 1;
	options.nonce_secret = secret; /* stored beside the key, 32 bytes */
	options.mark = mark;
	options.mark_store = mark_store;
	options.mark_arg = file;
	CHECK(!quiclb_encoder_new(&config, &options, &encoder));
	/* [end] */
	while (n_cids--)
		CHECK(quiclb_encoder_next(encoder, *cids++, 6) == 6);
	quiclb_encoder_free(encoder);
}

static int compare(const void *a, const void *b)
{
	return memcmp((const uint8_t *)a + 1, (const uint8_t *)b + 1, 5);
}

int main(void)
{
	enum { N_LIVES = 4, N_CIDS = 20000 };
	static uint8_t cids[N_LIVES * N_CIDS][6];
	char path[] = "/tmp/quiclb-mark-XXXXXX";
	struct mark_file file = { -1, "mark", "mark.new" };
	uint64_t mark;
	int i;

	CHECK(mkdtemp(path));
	file.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(file.dir >= 0);
	for (i = 0; i < N_LIVES; i++)
		live(&file, cids + i * N_CIDS, N_CIDS);
	CHECK(!mark_load(&file, &mark));
	CHECK(mark == (uint64_t)N_LIVES * QUICLB_MARK_STEP);
	/* with random nonces of 4 bytes, some would be there twice */
	qsort(cids, N_LIVES * N_CIDS, sizeof(*cids), compare);
	for (i = 1; i < N_LIVES * N_CIDS; i++)
		CHECK(compare(cids[i - 1], cids[i]) != 0);
	CHECK(!unlinkat(file.dir, file.name, 0) && !rmdir(path));
	CHECK(mark_store(&file, 1) != 0); /* the directory is gone */
	close(file.dir);
	return 0;
}
