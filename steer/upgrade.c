/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upgrade: another program on the same links and maps.  Each interface goes
 * over in one step of the kernel; configuration, counters, memo and flows stay.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steer/private.h"

/* One interface: its link, the program on it, and the one to come. */
struct place {
	char name[QUICSTEER_NAME_CAP]; /* as the pins have it */
	int link, old;		       /* descriptors, or -1 */
	struct quicsteer_program next;
	int updated;
};

struct upgrade {
	struct quicsteer_pins pins;
	struct quicsteer_maps maps;
	struct quiclb_control control;
	struct place places[QUICLB_CAP_INTERFACES];
	size_t n;
};

static int open_pin(const struct upgrade *u, const char *prefix,
		    const char *name, int *fd, struct quicsteer_error *error)
{
	char path[320];

	quicsteer_pins_path(&u->pins, prefix, name, path);
	*fd = bpf_obj_get(path);
	if (*fd < 0)
		return quicsteer_fail_errno(error, errno, "%s", path);
	return QUICSTEER_DONE;
}

/* The row of a link's interface; -1 if the interface is gone. */
static int row_of(const struct upgrade *u, int link)
{
	struct bpf_link_info info = { 0 };
	uint32_t i, len = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &len) || !info.xdp.ifindex)
		return -1;
	for (i = 0; i < QUICLB_CAP_INTERFACES; i++)
		if (u->control.interfaces[i] == info.xdp.ifindex)
			return (int)i;
	return -1;
}

static int load_next(struct upgrade *u, struct place *place,
		     struct quicsteer_error *error)
{
	const int row = row_of(u, place->link);
	struct quicsteer_setup setup = { 0 };
	int result;

	if (row < 0)
		return quicsteer_fail(error, QUICSTEER_NO,
				      "interface %s is gone: `down`, then `up` "
				      "with those there are",
				      place->name);
	result = quicsteer_program_setup(&u->maps, &setup, error);
	if (result)
		return result;
	setup.row = (uint32_t)row;
	setup.ifindex = u->control.interfaces[row];
	return quicsteer_program_load(&place->next, &u->maps, &setup, error);
}

static int add_place(struct upgrade *u, const char *name,
		     struct quicsteer_error *error)
{
	struct place *const place = &u->places[u->n];
	int result;

	if (u->n == QUICLB_CAP_INTERFACES)
		return quicsteer_fail(error, QUICSTEER_NO, "too many links");
	memset(place, 0, sizeof(*place));
	strncpy(place->name, name, sizeof(place->name) - 1);
	place->old = place->link = place->next.fd = -1;
	u->n++;
	result = open_pin(u, QUICSTEER_LINK_PREFIX, name, &place->link, error);
	if (!result)
		result = open_pin(u, QUICSTEER_PROGRAM_PREFIX, name,
				  &place->old, error);
	if (!result)
		result = load_next(u, place, error);
	return result;
}

/* Loads all programs before the first takes over. */
static int prepare(struct upgrade *u, struct quicsteer_error *error)
{
	const size_t skip = strlen(QUICSTEER_LINK_PREFIX);
	DIR *const dir = opendir(u->pins.dir);
	const struct dirent *entry;
	int result = QUICSTEER_DONE;

	if (!dir)
		return quicsteer_fail_errno(error, errno, "reading %s",
					    u->pins.dir);
	while (!result && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, QUICSTEER_LINK_PREFIX, skip))
			result = add_place(u, entry->d_name + skip, error);
	closedir(dir);
	return result;
}

/* The pinned program is what status and tests look at: it follows. */
static int repin(const struct upgrade *u, const struct place *place,
		 struct quicsteer_error *error)
{
	char path[320];

	quicsteer_pins_path(&u->pins, QUICSTEER_PROGRAM_PREFIX, place->name,
			    path);
	if (unlink(path) || bpf_obj_pin(place->next.fd, path))
		return quicsteer_fail_errno(error, errno, "pinning %s", path);
	return QUICSTEER_DONE;
}

static int take_over(struct upgrade *u, struct quicsteer_error *error)
{
	size_t i;
	int result = QUICSTEER_DONE;

	for (i = 0; i < u->n && !result; i++) {
		struct place *const place = &u->places[i];

		if (bpf_link_update(place->link, place->next.fd, NULL))
			result = quicsteer_fail_errno(
				error, errno, "interface %s", place->name);
		else
			place->updated = 1;
	}
	for (i = 0; i < u->n && !result; i++)
		result = repin(u, &u->places[i], error);
	/* all or none */
	for (i = 0; i < u->n && result; i++)
		if (u->places[i].updated)
			bpf_link_update(u->places[i].link, u->places[i].old,
					NULL);
	return result;
}

static void close_all(struct upgrade *u)
{
	size_t i;

	for (i = 0; i < u->n; i++) {
		if (u->places[i].link >= 0)
			close(u->places[i].link);
		if (u->places[i].old >= 0)
			close(u->places[i].old);
		quicsteer_program_free(&u->places[i].next);
	}
	quicsteer_maps_close(&u->maps);
	quicsteer_pins_close(&u->pins);
}

int quicsteer_upgrade(const struct quicsteer_options *options,
		      struct quicsteer_error *error)
{
	struct upgrade *const u = calloc(1, sizeof(*u));
	int result;

	if (!u)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	result = quicsteer_pins_open(&u->pins, options->pin_dir, 0, error);
	if (result) {
		free(u);
		return result;
	}
	result = quicsteer_maps_open(&u->maps, u->pins.dir, error);
	if (!result)
		result = quicsteer_control_read(&u->maps, &u->control, error);
	if (!result)
		result = prepare(u, error);
	if (!result)
		result = take_over(u, error);
	close_all(u);
	free(u);
	return result;
}
