/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes generations into the maps and reads them back.  The order of writes
 * is what makes a reload one step: all of the new generation first, then one
 * store to control, then a grace period, then the old one goes.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "steer/private.h"

const char *const quicsteer_map_names[QUICSTEER_N_MAPS] = {
	[QUICSTEER_CONTROL] = "quiclb_control",
	[QUICSTEER_VIPS] = "quiclb_vips",
	[QUICSTEER_RECORDS] = "quiclb_records",
	[QUICSTEER_SERVERS] = "quiclb_servers",
	[QUICSTEER_HOPS] = "quiclb_hops",
	[QUICSTEER_MEMO] = "quiclb_memo",
	[QUICSTEER_BUDGETS] = "quiclb_budgets",
	[QUICSTEER_SETTINGS] = "quiclb_settings",
	[QUICSTEER_ENDPOINTS] = "quiclb_endpoints",
	[QUICSTEER_PREFIXES] = "quiclb_prefixes",
	[QUICSTEER_LINKS] = "quiclb_links",
	[QUICSTEER_FLOWS] = "quiclb_flows",
	[QUICSTEER_PEERS] = "quiclb_peers",
	[QUICSTEER_STATS] = "quiclb_stats",
};

/* Maps whose keys carry a generation, and where in the key it is. */
static const struct {
	enum quicsteer_map map;
	size_t key_size, value_size, generation_offset, capacity;
} generational[] = {
	{ QUICSTEER_VIPS, sizeof(struct quiclb_vip_key),
	  sizeof(struct quiclb_vip_value),
	  offsetof(struct quiclb_vip_key, generation), 2 * QUICLB_CAP_VIPS },
	{ QUICSTEER_SERVERS, sizeof(struct quiclb_server_key),
	  sizeof(struct quiclb_server_value),
	  offsetof(struct quiclb_server_key, generation),
	  2 * QUICLB_CAP_SERVERS },
	{ QUICSTEER_PEERS, sizeof(struct quiclb_peer_key), sizeof(uint32_t),
	  offsetof(struct quiclb_peer_key, generation),
	  2 * QUICLB_CAP_SERVERS },
	{ QUICSTEER_ENDPOINTS, sizeof(struct quiclb_endpoint_key),
	  sizeof(struct quiclb_endpoint_value),
	  offsetof(struct quiclb_endpoint_key, generation),
	  2 * QUICLB_CAP_ENDPOINTS },
	{ QUICSTEER_PREFIXES, sizeof(struct quiclb_prefix_key),
	  sizeof(uint32_t), offsetof(struct quiclb_prefix_key, generation),
	  2 * QUICLB_CAP_PREFIXES },
};
#define N_GENERATIONAL (sizeof(generational) / sizeof(generational[0]))

void quicsteer_maps_init(struct quicsteer_maps *maps)
{
	size_t i;

	for (i = 0; i < QUICSTEER_N_MAPS; i++)
		maps->fd[i] = -1;
}

void quicsteer_maps_close(struct quicsteer_maps *maps)
{
	size_t i;

	for (i = 0; i < QUICSTEER_N_MAPS; i++)
		if (maps->fd[i] >= 0)
			close(maps->fd[i]);
	quicsteer_maps_init(maps);
}

int quicsteer_maps_open(struct quicsteer_maps *maps, const char *pin_dir,
			struct quicsteer_error *error)
{
	struct quiclb_control control;
	char path[320];
	size_t i;
	int result;

	quicsteer_maps_init(maps);
	for (i = 0; i < QUICSTEER_N_MAPS; i++) {
		snprintf(path, sizeof(path), "%s/%s", pin_dir,
			 quicsteer_map_names[i]);
		maps->fd[i] = bpf_obj_get(path);
		if (maps->fd[i] < 0) {
			const int err = errno;

			quicsteer_maps_close(maps);
			if (err == ENOENT)
				return quicsteer_fail(
					error, QUICSTEER_NOT_ATTACHED,
					"%s: nothing attached", pin_dir);
			return quicsteer_fail_errno(error, err, "%s", path);
		}
	}
	result = quicsteer_control_read(maps, &control, error);
	if (!result && control.map_abi != QUICLB_MAP_ABI)
		result = quicsteer_fail(
			error, QUICSTEER_NO,
			"%s: maps of ABI %u, this program has %u: `down` with "
			"the release that did `up`",
			pin_dir, control.map_abi, QUICLB_MAP_ABI);
	if (result)
		quicsteer_maps_close(maps);
	return result;
}

uint32_t quicsteer_control_restore(const char *pin_dir)
{
	const uint32_t zero = 0;
	struct bpf_map_info info = { 0 };
	struct quiclb_control control = { 0 };
	uint32_t len = sizeof(info);
	char path[320];
	void *value;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pin_dir,
		 quicsteer_map_names[QUICSTEER_CONTROL]);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) &&
	    info.value_size >= offsetof(struct quiclb_control, interfaces)) {
		value = calloc(1, info.value_size);
		if (value && !bpf_map_lookup_elem(fd, &zero, value))
			memcpy(&control, value,
			       offsetof(struct quiclb_control, interfaces));
		free(value);
	}
	close(fd);
	return control.restore;
}

int quicsteer_control_read(const struct quicsteer_maps *maps,
			   struct quiclb_control *control,
			   struct quicsteer_error *error)
{
	const uint32_t zero = 0;

	if (bpf_map_lookup_elem(maps->fd[QUICSTEER_CONTROL], &zero, control))
		return quicsteer_fail_errno(error, errno, "reading %s",
					    "quiclb_control");
	return QUICSTEER_DONE;
}

int quicsteer_control_write(const struct quicsteer_maps *maps,
			    const struct quiclb_control *control,
			    struct quicsteer_error *error)
{
	const uint32_t zero = 0;

	if (bpf_map_update_elem(maps->fd[QUICSTEER_CONTROL], &zero, control,
				BPF_ANY))
		return quicsteer_fail_errno(error, errno, "writing %s",
					    "quiclb_control");
	return QUICSTEER_DONE;
}

/* The control map in memory, to munmap() a page; NULL with errno. */
static struct quiclb_control *map_control(const struct quicsteer_maps *maps,
					  size_t *page)
{
	void *control;

	*page = (size_t)sysconf(_SC_PAGESIZE);
	control = mmap(NULL, *page, PROT_READ | PROT_WRITE, MAP_SHARED,
		       maps->fd[QUICSTEER_CONTROL], 0);
	return control == MAP_FAILED ? NULL : control;
}

int quicsteer_control_switch(const struct quicsteer_maps *maps,
			     uint32_t generation, struct quicsteer_error *error)
{
	size_t page;
	struct quiclb_control *const control = map_control(maps, &page);

	if (!control)
		return quicsteer_fail_errno(error, errno, "mapping %s",
					    "quiclb_control");
	__atomic_store_n(&control->generation, generation, __ATOMIC_RELEASE);
	munmap(control, page);
	return QUICSTEER_DONE;
}

int quicsteer_control_revise(const struct quicsteer_maps *maps, int memo_too,
			     struct quicsteer_error *error)
{
	size_t page;
	struct quiclb_control *const control = map_control(maps, &page);

	if (!control)
		return quicsteer_fail_errno(error, errno, "mapping %s",
					    "quiclb_control");
	__atomic_fetch_add(&control->revision, 1, __ATOMIC_RELEASE);
	if (memo_too)
		__atomic_fetch_add(&control->epoch, 1, __ATOMIC_RELEASE);
	munmap(control, page);
	return QUICSTEER_DONE;
}

/* One by one: tries have no batches before Linux 5.14. */
static int put_prefixes(const struct quicsteer_maps *maps,
			const struct quicsteer_records *r,
			struct quicsteer_error *error)
{
	size_t i;

	for (i = 0; i < r->n_prefixes; i++)
		if (bpf_map_update_elem(maps->fd[QUICSTEER_PREFIXES],
					&r->prefix_keys[i], &r->prefixes[i],
					BPF_ANY))
			return quicsteer_fail_errno(error, errno, "filling %s",
						    "quiclb_prefixes");
	return QUICSTEER_DONE;
}

static int put_all(const struct quicsteer_maps *maps, enum quicsteer_map which,
		   const void *keys, const void *values, size_t n,
		   struct quicsteer_error *error)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint32_t count = (uint32_t)n;

	if (n &&
	    bpf_map_update_batch(maps->fd[which], keys, values, &count, &opts))
		return quicsteer_fail_errno(error, errno, "filling %s",
					    quicsteer_map_names[which]);
	return QUICSTEER_DONE;
}

/* The counters of a row begin at zero for a VIP that was not there before. */
static int clear_row(const struct quicsteer_maps *maps, uint32_t row,
		     struct quicsteer_error *error)
{
	const int n_cpus = libbpf_num_possible_cpus();
	struct quiclb_counters *zeros;
	int result = QUICSTEER_DONE;

	if (n_cpus < 0)
		return quicsteer_fail_errno(error, n_cpus, "counting CPUs");
	zeros = calloc((size_t)n_cpus, sizeof(*zeros));
	if (!zeros || bpf_map_update_elem(maps->fd[QUICSTEER_STATS], &row,
					  zeros, BPF_ANY))
		result = quicsteer_fail_errno(error, errno, "writing %s",
					      "quiclb_stats");
	free(zeros);
	return result;
}

/* A VIP that the active generation has keeps its row. */
static void keep_rows(const struct quicsteer_maps *maps,
		      struct quicsteer_records *r, uint32_t active)
{
	struct quiclb_vip_value old;
	size_t i;

	for (i = 0; i < r->n_vips; i++) {
		struct quiclb_vip_key key = r->vip_keys[i];

		key.generation = active;
		if (!bpf_map_lookup_elem(maps->fd[QUICSTEER_VIPS], &key, &old))
			r->vip_values[i].row = old.row;
	}
}

/* Rows that packets may still count in, also those of VIPs that go. */
static int taken_rows(const struct quicsteer_maps *maps, uint8_t *taken,
		      struct quicsteer_error *error)
{
	void *keys, *values;
	size_t i, n;
	const int result = quicsteer_maps_dump(maps, QUICSTEER_VIPS, &keys,
					       &values, &n, error);

	if (result)
		return result;
	for (i = 0; i < n; i++) {
		const struct quiclb_vip_value *const v = values;

		taken[v[i].row % QUICLB_CAP_ROWS] = 1;
	}
	free(keys);
	free(values);
	return QUICSTEER_DONE;
}

static int assign_rows(const struct quicsteer_maps *maps,
		       struct quicsteer_records *r, uint32_t active,
		       struct quicsteer_error *error)
{
	uint8_t taken[QUICLB_CAP_ROWS] = { 0 };
	uint32_t row = QUICLB_CAP_INTERFACES;
	size_t i;
	int result = taken_rows(maps, taken, error);

	if (result)
		return result;
	keep_rows(maps, r, active);
	for (i = 0; i < r->n_vips; i++) {
		if (r->vip_values[i].row)
			continue;
		while (row < QUICLB_CAP_ROWS && taken[row])
			row++;
		if (row == QUICLB_CAP_ROWS) /* check_capacity() rules it out */
			return quicsteer_fail(error, QUICSTEER_NO,
					      "no row of counters is free");
		r->vip_values[i].row = row;
		taken[row] = 1;
		result = clear_row(maps, row, error);
		if (result)
			return result;
	}
	return QUICSTEER_DONE;
}

/* records: QUICLB_CAP_RECORDS of them. */
static int put_records(const struct quicsteer_maps *maps,
		       const struct quiclb_record *records, uint32_t generation,
		       struct quicsteer_error *error)
{
	uint32_t i, index;

	for (i = 0; i < QUICLB_CAP_RECORDS; i++) {
		index = (generation & 1) * QUICLB_CAP_RECORDS + i;
		if (bpf_map_update_elem(maps->fd[QUICSTEER_RECORDS], &index,
					&records[i], BPF_ANY))
			return quicsteer_fail_errno(error, errno, "filling %s",
						    "quiclb_records");
	}
	return QUICSTEER_DONE;
}

static int put_settings(const struct quicsteer_maps *maps,
			const struct quiclb_settings *settings,
			uint32_t generation, struct quicsteer_error *error)
{
	const uint32_t index = generation & 1;

	if (bpf_map_update_elem(maps->fd[QUICSTEER_SETTINGS], &index, settings,
				BPF_ANY))
		return quicsteer_fail_errno(error, errno, "filling %s",
					    "quiclb_settings");
	return QUICSTEER_DONE;
}

int quicsteer_maps_fill(const struct quicsteer_maps *maps,
			struct quicsteer_records *r, uint32_t active,
			uint32_t generation, struct quicsteer_error *error)
{
	int result = assign_rows(maps, r, active, error);

	if (!result)
		result = put_settings(maps, &r->settings, generation, error);
	if (!result)
		result = put_records(maps, r->records, generation, error);
	if (!result)
		result = put_all(maps, QUICSTEER_SERVERS, r->server_keys,
				 r->server_values, r->n_servers, error);
	if (!result)
		result = put_all(maps, QUICSTEER_ENDPOINTS, r->endpoint_keys,
				 r->endpoints, r->n_endpoints, error);
	if (!result)
		result = put_prefixes(maps, r, error);
	if (!result)
		result = put_all(maps, QUICSTEER_VIPS, r->vip_keys,
				 r->vip_values, r->n_vips, error);
	return result;
}

/* One by one: see put_prefixes(). */
static int walk(int fd, size_t row, uint8_t *keys, uint8_t *values, size_t *n)
{
	const size_t size = generational[row].key_size;
	const size_t capacity = generational[row].capacity;
	const void *last = NULL;

	for (*n = 0; *n < capacity; ++*n) {
		uint8_t *const key = keys + *n * size;

		if (bpf_map_get_next_key(fd, last, key))
			return errno == ENOENT ? 0 : -errno;
		if (bpf_map_lookup_elem(
			    fd, key,
			    values + *n * generational[row].value_size))
			return -errno;
		last = key;
	}
	return 0;
}

static int dump(int fd, size_t row, void **keys, void **values, size_t *n)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	/* room for every entry, so that one call returns them all */
	uint32_t count = (uint32_t)generational[row].capacity, next;

	*keys = calloc(count, generational[row].key_size);
	*values = calloc(count, generational[row].value_size);
	if (!*keys || !*values)
		return -ENOMEM;
	if (generational[row].map == QUICSTEER_PREFIXES)
		return walk(fd, row, *keys, *values, n);
	if (bpf_map_lookup_batch(fd, NULL, &next, *keys, *values, &count,
				 &opts) &&
	    errno != ENOENT) /* ENOENT: that was the last of them */
		return -errno;
	*n = count;
	return 0;
}

int quicsteer_maps_dump(const struct quicsteer_maps *maps,
			enum quicsteer_map which, void **keys, void **values,
			size_t *n, struct quicsteer_error *error)
{
	size_t i;
	int err = -EINVAL;

	*keys = *values = NULL;
	for (i = 0; i < N_GENERATIONAL; i++)
		if (generational[i].map == which)
			err = dump(maps->fd[which], i, keys, values, n);
	if (err) {
		free(*keys);
		free(*values);
		*keys = *values = NULL;
		return quicsteer_fail_errno(error, err, "reading %s",
					    quicsteer_map_names[which]);
	}
	return QUICSTEER_DONE;
}

/* Moves the keys of other generations to the front; returns their number. */
static uint32_t outdated(uint8_t *keys, size_t n, size_t row, uint32_t keep)
{
	const size_t size = generational[row].key_size;
	uint32_t generation, n_old = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&generation,
		       keys + i * size + generational[row].generation_offset,
		       sizeof(generation));
		if (generation != keep)
			memmove(keys + n_old++ * size, keys + i * size, size);
	}
	return n_old;
}

static int delete_keys(enum quicsteer_map map, int fd, const void *keys,
		       size_t key_size, uint32_t n)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint32_t i;

	if (map != QUICSTEER_PREFIXES)
		return n ? bpf_map_delete_batch(fd, keys, &n, &opts) : 0;
	for (i = 0; i < n; i++)
		if (bpf_map_delete_elem(fd,
					(const uint8_t *)keys + i * key_size))
			return -1;
	return 0;
}

static int sweep_one(const struct quicsteer_maps *maps, size_t row,
		     uint32_t keep, struct quicsteer_error *error)
{
	const enum quicsteer_map map = generational[row].map;
	void *keys, *values;
	uint32_t n_old;
	size_t n;
	int result = quicsteer_maps_dump(maps, map, &keys, &values, &n, error);

	if (result)
		return result;
	n_old = outdated(keys, n, row, keep);
	if (delete_keys(map, maps->fd[map], keys, generational[row].key_size,
			n_old))
		result = quicsteer_fail_errno(error, errno, "emptying %s",
					      quicsteer_map_names[map]);
	free(keys);
	free(values);
	return result;
}

int quicsteer_maps_sweep(const struct quicsteer_maps *maps, uint32_t keep,
			 struct quicsteer_error *error)
{
	static const struct quiclb_record zeros[QUICLB_CAP_RECORDS];
	size_t i;
	int result = QUICSTEER_DONE;

	for (i = 0; i < N_GENERATIONAL && !result; i++)
		result = sweep_one(maps, i, keep, error);
	/* a retired key does not stay in the kernel */
	if (!result)
		result = put_records(maps, zeros, keep + 1, error);
	return result;
}

int quicsteer_maps_only(const struct quicsteer_maps *maps, uint32_t generation,
			int *only, struct quicsteer_error *error)
{
	const struct quiclb_vip_key *key;
	void *keys, *values;
	size_t i, n;
	const int result = quicsteer_maps_dump(maps, QUICSTEER_VIPS, &keys,
					       &values, &n, error);

	if (result)
		return result;
	*only = 1;
	for (i = 0, key = keys; i < n; i++)
		if (key[i].generation != generation)
			*only = 0;
	free(keys);
	free(values);
	return QUICSTEER_DONE;
}

void quicsteer_grace(void)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

	/*
	 * MEMBARRIER_CMD_GLOBAL is synchronize_rcu(), and XDP runs inside an
	 * RCU read section.  Kernels with nohz_full refuse it: there, 100 ms
	 * outlast any packet.
	 */
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&pause, NULL);
}
