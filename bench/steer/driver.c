/* SPDX-License-Identifier: BSD-2-Clause */
#include "driver.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench_driver.skel.h"
#include "network.h"
#include "programs.h"

/* A map is mapped in whole pages. */
static size_t bytes_of(const struct driver *driver)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t n = driver->cap * sizeof(*driver->entries);

	return (n + page - 1) / page * page;
}

static void set_macs(struct bench_driver *skel)
{
	static const uint8_t client[6] = { 0x02, 0, 0, 0, 0xcc, 0x01 };
	uint8_t *const macs = (uint8_t *)(uintptr_t)skel->rodata->driver_macs;

	memcpy(macs, network_mac, 6);
	memcpy(macs + 6, client, 6);
}

void driver_open(struct driver *driver, size_t cap, int target)
{
	struct bench_driver *const skel = bench_driver__open();
	const uint32_t zero = 0;
	void *map;

	network_must(skel != NULL, "opening driver.bpf.o");
	programs_allow_frags(skel->obj);
	set_macs(skel);
	bpf_map__set_max_entries(skel->maps.driver_entries, (uint32_t)cap);
	network_must(!bench_driver__load(skel), "loading driver.bpf.o");
	driver->skel = skel;
	driver->cap = cap;
	map = mmap(NULL, bytes_of(driver), PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(skel->maps.driver_entries), 0);
	network_must(map != MAP_FAILED, "mapping a map");
	driver->entries = map;
	network_must(
		!bpf_map_update_elem(bpf_map__fd(skel->maps.driver_targets),
				     &zero, &target, BPF_ANY),
		"target of the driver");
	driver->program = bpf_program__fd(skel->progs.driver_run);
	network_park(driver->program);
	driver_use(driver, 1, 0);
}

void driver_close(struct driver *driver)
{
	munmap(driver->entries, bytes_of(driver));
	bench_driver__destroy(driver->skel);
}

void driver_use(struct driver *driver, size_t n, unsigned int random)
{
	driver->skel->bss->driver_n = (uint32_t)n;
	driver->skel->bss->driver_next = 0;
	driver->skel->bss->driver_random = random;
	driver->skel->bss->driver_state = 0x9e3779b97f4a7c15u;
}

void driver_put(struct driver *driver, size_t i,
		const struct quiclb_address *vip, const uint8_t *cid)
{
	struct driver_entry *const e = &driver->entries[i];
	const uint8_t client[4] = { 100, (uint8_t)(64 + (i >> 22)),
				    (uint8_t)(i >> 14), (uint8_t)(i >> 6) };
	const uint8_t port[2] = { (uint8_t)(0x80 | (i & 63)), 1 };

	memcpy(e->cid, cid, 16);
	memcpy(&e->cid_end, cid + 16, 4);
	memcpy(&e->source, client, 4);
	memcpy(&e->destination, vip->bytes, 4);
	memcpy(&e->source_port, port, 2);
}

void driver_copy(struct driver *to, const struct driver *from)
{
	memcpy(to->entries, from->entries, from->cap * sizeof(*from->entries));
}

void driver_shuffle(struct driver *driver, size_t n)
{
	uint64_t x = 0x2545f4914f6cdd1du;
	size_t i;

	for (i = n; i > 1; i--) {
		struct driver_entry *const a = &driver->entries[i - 1], *b,
					   e = *a;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		b = &driver->entries[x % i];
		*a = *b;
		*b = e;
	}
}

void driver_trial(struct trial *trial, const struct driver *driver,
		  uint32_t action, const struct steering *steering,
		  unsigned int reason, uint32_t repeat)
{
	static const uint8_t zeros[QUICLB_CID_MAX_BYTES];
	const struct quiclb_address nobody = { .family = 4 };

	trial_init(trial, driver->program, action, steering, reason);
	trial_frame(&trial->frame, &nobody, zeros, sizeof(zeros));
	trial->repeat = repeat;
	trial->calls = 1;
}
