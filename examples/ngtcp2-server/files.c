/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files below --root, mapped: a big one costs no memory per request.  A
 * file that shrinks while it is sent kills the server (SIGBUS); replace files
 * by rename.
 */
#include "files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>

int files_root(const char *directory)
{
	return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The kernel refuses to leave root, by "..", link or race. */
static int open_beneath(int root, const char *name)
{
	struct open_how how = {
		/* O_NONBLOCK: opening a FIFO must not hold the server up. */
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, name, &how, sizeof(how));
}

static int map(int fd, struct file *file)
{
	struct stat st;
	void *data;

	file->data = NULL;
	file->len = 0;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	if (!st.st_size)
		return 0;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -1;
	file->data = data;
	file->len = (size_t)st.st_size;
	return 0;
}

/* Content type by the end of the name. */
static const char *content_type(const char *name)
{
	static const struct {
		const char *end;
		const char *type;
	} types[] = {
		{ ".html", "text/html" }, { ".js", "text/javascript" },
		{ ".css", "text/css" },	  { ".json", "application/json" },
		{ ".txt", "text/plain" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (g_str_has_suffix(name, types[i].end))
			return types[i].type;
	return "application/octet-stream";
}

int files_open(int root, const char *path, struct file *file)
{
	g_autofree char *decoded = NULL;
	const char *name;
	int result;
	int fd;

	if (path[0] != '/')
		return -1;
	decoded = g_uri_unescape_segment(path + 1, path + strcspn(path, "?#"),
					 NULL);
	if (!decoded)
		return -1;
	name = *decoded ? decoded : "index.html";
	fd = open_beneath(root, name);
	if (fd < 0)
		return -1;
	file->type = content_type(name);
	result = map(fd, file);
	close(fd);
	return result;
}

void files_close(struct file *file)
{
	if (file->data)
		munmap(file->data, file->len);
	file->data = NULL;
	file->len = 0;
}
