/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pin directory: what keeps program, maps and links alive when no process
 * is there, and the lock that keeps two commands apart.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "steer/private.h"

static int lock(struct quicsteer_pins *pins, struct quicsteer_error *error)
{
	struct statfs fs;

	pins->fd = open(pins->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pins->fd < 0)
		return quicsteer_fail_errno(error, errno, "opening %s",
					    pins->dir);
	if (fstatfs(pins->fd, &fs) || fs.f_type != BPF_FS_MAGIC)
		return quicsteer_fail(
			error, QUICSTEER_NO,
			"%s is not on a bpffs: mount -t bpf bpf /sys/fs/bpf",
			pins->dir);
	if (flock(pins->fd, LOCK_EX | LOCK_NB))
		return quicsteer_fail(error, QUICSTEER_NO,
				      "%s: another quic-steer is at work",
				      pins->dir);
	return QUICSTEER_DONE;
}

int quicsteer_pins_open(struct quicsteer_pins *pins, const char *dir, int make,
			struct quicsteer_error *error)
{
	struct statfs fs;
	int result;

	pins->fd = -1;
	if (strlen(dir) >= sizeof(pins->dir))
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "%s: path too long", dir);
	strcpy(pins->dir, dir);
	pins->made = 0;
	if (statfs(dir, &fs) && errno == ENOENT) {
		if (!make)
			return quicsteer_fail(error, QUICSTEER_NOT_ATTACHED,
					      "%s: nothing attached", dir);
		if (mkdir(dir, 0700))
			return quicsteer_fail_errno(
				error, errno, "making pin directory %s", dir);
		pins->made = 1;
	}
	result = lock(pins, error);
	if (result) {
		quicsteer_pins_close(pins);
		if (pins->made)
			rmdir(dir);
	}
	return result;
}

void quicsteer_pins_close(struct quicsteer_pins *pins)
{
	if (pins->fd >= 0)
		close(pins->fd);
	pins->fd = -1;
}

void quicsteer_pins_path(const struct quicsteer_pins *pins, const char *prefix,
			 const char *name, char path[320])
{
	snprintf(path, 320, "%s/%s%s", pins->dir, prefix, name);
}

static DIR *listing(const struct quicsteer_pins *pins)
{
	return opendir(pins->dir);
}

static int is_dot(const struct dirent *entry)
{
	return !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
}

int quicsteer_pins_empty(const struct quicsteer_pins *pins)
{
	DIR *const d = listing(pins);
	const struct dirent *entry;
	int empty = 1;

	if (!d)
		return 0;
	while ((entry = readdir(d)))
		if (!is_dot(entry))
			empty = 0;
	closedir(d);
	return empty;
}

/* Detaching first: a link that is only unpinned detaches some time later. */
static void detach(const char *path)
{
	const int fd = bpf_obj_get(path);

	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

static int has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* Whether a name is one that `up` makes. */
static int is_ours(const char *name)
{
	size_t i;

	for (i = 0; i < QUICSTEER_N_MAPS; i++)
		if (!strcmp(name, quicsteer_map_names[i]))
			return 1;
	return has_prefix(name, QUICSTEER_LINK_PREFIX) ||
	       has_prefix(name, QUICSTEER_PROGRAM_PREFIX);
}

/* A directory with anything else in it is somebody else's. */
static int check_ours(const struct quicsteer_pins *pins,
		      struct quicsteer_error *error)
{
	DIR *const d = listing(pins);
	const struct dirent *entry;
	int result = QUICSTEER_DONE;

	if (!d)
		return quicsteer_fail_errno(error, errno, "reading %s",
					    pins->dir);
	while ((entry = readdir(d)) && !result)
		if (!is_dot(entry) && !is_ours(entry->d_name))
			result = quicsteer_fail(
				error, QUICSTEER_NOT_ATTACHED,
				"%s: not a pin directory of quic-steer (it "
				"holds %s): nothing removed",
				pins->dir, entry->d_name);
	closedir(d);
	return result;
}

int quicsteer_pins_remove(struct quicsteer_pins *pins,
			  struct quicsteer_error *error)
{
	const struct dirent *entry;
	char path[320];
	DIR *d;
	const int result = check_ours(pins, error);

	if (result)
		return result;
	d = listing(pins);
	while (d && (entry = readdir(d))) {
		if (is_dot(entry))
			continue;
		quicsteer_pins_path(pins, "", entry->d_name, path);
		if (has_prefix(entry->d_name, QUICSTEER_LINK_PREFIX))
			detach(path);
		unlink(path);
	}
	if (d)
		closedir(d);
	if (rmdir(pins->dir))
		return quicsteer_fail_errno(error, errno, "removing %s",
					    pins->dir);
	return QUICSTEER_DONE;
}
