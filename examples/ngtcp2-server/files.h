/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files below --root.
 */
#ifndef NGTCP2_SERVER_FILES_H
#define NGTCP2_SERVER_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A mapped file; data is NULL if it is empty. */
struct file {
	const char *type; /* of its content */
	uint8_t *data;
	size_t len; /* bytes */
};

/* Returns a file descriptor of the directory, or -1 (errno). */
int files_root(const char *directory);

/*
 * The file that an HTTP request's :path names.  Returns 0, or -1 if there is
 * no regular file of that name below root.
 */
int files_open(int root, const char *path, struct file *file);
void files_close(struct file *file);

#endif /* NGTCP2_SERVER_FILES_H */
