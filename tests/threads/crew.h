/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that start together.  POSIX threads, not GLib's: a sanitizer sees
 * what these order and what they do not.
 */
#ifndef CREW_H
#define CREW_H

#include <stddef.h>

/*
 * Runs fn in n threads at once, each with one of n structs of size bytes, and
 * waits for all of them.
 */
void crew_run(void (*fn)(void *), void *structs, size_t size, unsigned int n);

#endif /* CREW_H */
