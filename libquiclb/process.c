/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells a forked child from its parent at the price of one load: a number in
 * a page that the kernel zeroes in the child (MADV_WIPEONFORK, Linux 4.14),
 * or, where there is no such page, that a fork handler zeroes.
 */
#define _DEFAULT_SOURCE
#include <stdatomic.h>

#include "private.h"

/*
 * Numbers are handed out by a counter that the child inherits, so a child
 * never gets a number any of its ancestors had.
 */
static _Atomic uint64_t last_number;

static uint64_t number_of(_Atomic uint64_t *slot)
{
	uint64_t mine = atomic_load_explicit(slot, memory_order_relaxed);
	uint64_t fresh;

	if (mine)
		return mine;
	fresh = atomic_fetch_add(&last_number, 1) + 1;
	if (atomic_compare_exchange_strong(slot, &mine, fresh))
		return fresh;
	return mine; /* another thread was first */
}

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t fallback_slot;
static _Atomic uint64_t *slot = &fallback_slot;

static void zero_in_child(void)
{
	atomic_store(&fallback_slot, 0);
}

static void choose_slot(void)
{
#ifdef MADV_WIPEONFORK
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *const p = mmap(NULL, page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED) {
		/* who takes an advice that there is not, as QEMU's user mode
		   does, does not follow this one either */
		if (madvise(p, page, -1) &&
		    !madvise(p, page, MADV_WIPEONFORK)) {
			slot = p; /* lives as long as the process */
			return;
		}
		munmap(p, page);
	}
#endif
	pthread_atfork(NULL, NULL, zero_in_child);
}

uint64_t quiclb_priv_process(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static _Atomic int chosen; /* asked first: a call less for each CID */

	if (!atomic_load_explicit(&chosen, memory_order_acquire)) {
		pthread_once(&once, choose_slot);
		atomic_store_explicit(&chosen, 1, memory_order_release);
	}
	return number_of(slot);
}
#else
uint64_t quiclb_priv_process(void)
{
	static _Atomic uint64_t only_slot; /* no fork here */

	return number_of(&only_slot);
}
#endif
