/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces a file in one step: a new one beside it, of the same owner, mode
 * and access list, then rename.  It may hold keys: until then nobody but the
 * owner can read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "steer/private.h"

#define SUFFIX ".XXXXXX"
#define ACCESS_LIST "system.posix_acl_access"
#define ACCESS_LIST_CAP 65536

struct quicsteer_save {
	char path[PATH_MAX];			/* without symbolic links */
	char beside[PATH_MAX + sizeof(SUFFIX)]; /* empty: there is none */
	struct stat was;
};

static int fail(struct quicsteer_error *error, const char *path,
		const char *what)
{
	return quicsteer_fail(error, QUICSTEER_NO, "%.200s: not saved: %s: %s",
			      path, what, strerror(errno));
}

int quicsteer_save_open(const char *path, struct quicsteer_save **save,
			struct quicsteer_error *error)
{
	struct quicsteer_save *const s = calloc(1, sizeof(*s));
	int result = QUICSTEER_DONE;

	if (!s)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	if (!realpath(path, s->path) || stat(s->path, &s->was))
		result = quicsteer_fail(error, QUICSTEER_USAGE,
					"%.200s: cannot open: %s", path,
					strerror(errno));
	else if (!S_ISREG(s->was.st_mode))
		result = quicsteer_fail(error, QUICSTEER_USAGE,
					"%.200s: --save needs a regular file",
					path);
	if (result)
		free(s);
	else
		*save = s;
	return result;
}

/* Without it, the mode would give the group what the list's mask says. */
static int copy_access_list(int from, int to)
{
	char *const list = malloc(ACCESS_LIST_CAP);
	ssize_t len;
	int err = -1;

	if (!list)
		return -1;
	len = fgetxattr(from, ACCESS_LIST, list, ACCESS_LIST_CAP);
	if (len < 0)
		err = errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	else
		err = fsetxattr(to, ACCESS_LIST, list, (size_t)len, 0);
	free(list);
	return err;
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Fills the new file.  Its mode comes last: mkostemp() made it 0600. */
static int fill(const struct quicsteer_save *save, int fd, const char *text,
		size_t len, const char **what)
{
	const int old = open(save->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err;

	*what = "opening it";
	if (old < 0)
		return -1;
	*what = "writing the new file";
	err = write_all(fd, text, len);
	if (!err) {
		*what = "giving the new file its owner and mode";
		err = fchown(fd, save->was.st_uid, save->was.st_gid) ||
		      fchmod(fd, save->was.st_mode & 07777) ||
		      copy_access_list(old, fd);
	}
	if (!err) {
		*what = "writing the new file";
		err = fsync(fd);
	}
	close(old);
	return err;
}

static int is_unchanged(const struct quicsteer_save *save)
{
	struct stat now;

	return !stat(save->path, &now) && now.st_dev == save->was.st_dev &&
	       now.st_ino == save->was.st_ino &&
	       now.st_size == save->was.st_size &&
	       now.st_mtim.tv_sec == save->was.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == save->was.st_mtim.tv_nsec;
}

int quicsteer_save_write(struct quicsteer_save *save, const char *text,
			 size_t len, struct quicsteer_error *error)
{
	const char *what = "making a file beside it";
	int fd, err;

	snprintf(save->beside, sizeof(save->beside), "%s" SUFFIX, save->path);
	fd = mkostemp(save->beside, O_CLOEXEC);
	if (fd < 0) {
		save->beside[0] = '\0';
		return fail(error, save->path, what);
	}
	err = fill(save, fd, text, len, &what);
	if (err)
		fail(error, save->path, what);
	close(fd);
	if (!err && !is_unchanged(save)) {
		quicsteer_fail(error, QUICSTEER_NO,
			       "%.200s: not saved: changed meanwhile",
			       save->path);
		err = -1;
	}
	return err ? QUICSTEER_NO : QUICSTEER_DONE;
}

/* So that the new name outlasts a power failure; best effort. */
static void sync_directory(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash)
		return;
	slash[slash == dir] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int quicsteer_save_commit(struct quicsteer_save *save,
			  struct quicsteer_error *error)
{
	if (!save->beside[0])
		return QUICSTEER_DONE;
	if (rename(save->beside, save->path))
		return fail(error, save->path,
			    "changed in the kernel only: renaming");
	save->beside[0] = '\0';
	sync_directory(save->path);
	return QUICSTEER_DONE;
}

void quicsteer_save_close(struct quicsteer_save *save)
{
	if (!save)
		return;
	if (save->beside[0])
		unlink(save->beside);
	free(save);
}
