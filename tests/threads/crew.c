/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE
#include <glib.h>
#include <pthread.h>

#include "crew.h"

#define MAX_THREADS 16

struct member {
	pthread_t thread;
	pthread_barrier_t *start;
	void (*fn)(void *);
	void *data;
};

static void *begin(void *data)
{
	const struct member *const member = data;

	pthread_barrier_wait(member->start);
	member->fn(member->data);
	return NULL;
}

void crew_run(void (*fn)(void *), void *structs, size_t size, unsigned int n)
{
	struct member members[MAX_THREADS];
	pthread_barrier_t start;
	unsigned int i;

	g_assert_cmpuint(n, <=, MAX_THREADS);
	g_assert_cmpint(pthread_barrier_init(&start, NULL, n), ==, 0);
	for (i = 0; i < n; i++) {
		members[i].start = &start;
		members[i].fn = fn;
		members[i].data = (char *)structs + i * size;
		g_assert_cmpint(pthread_create(&members[i].thread, NULL, begin,
					       &members[i]),
				==, 0);
	}
	for (i = 0; i < n; i++)
		g_assert_cmpint(pthread_join(members[i].thread, NULL), ==, 0);
	pthread_barrier_destroy(&start);
}
