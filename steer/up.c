/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * up, reload and down: the whole way from records to a program that runs, and
 * back.  A failed `up` removes what it made; a failed `reload` leaves the
 * active generation alone.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steer/private.h"

#define FIRST_GENERATION 1

static int options_check(const struct quicsteer_options *options,
			 struct quicsteer_error *error)
{
	if (options->size != sizeof(*options) || !options->pin_dir ||
	    options->flags & ~(QUICSTEER_F_SKB | QUICSTEER_F_ANY_NIC) ||
	    options->reserved)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "invalid options");
	return QUICSTEER_DONE;
}

/* An interface that exists and on which no XDP program runs. */
static int check_interface(const char *name, uint32_t *ifindex,
			   struct quicsteer_error *error)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int err;

	*ifindex = if_nametoindex(name);
	if (!*ifindex)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "interface %s: no such interface", name);
	err = bpf_xdp_query((int)*ifindex, 0, &query);
	if (err)
		return quicsteer_fail_errno(error, err, "interface %s", name);
	if (query.attach_mode != XDP_ATTACHED_NONE)
		return quicsteer_fail(
			error, QUICSTEER_FOREIGN,
			"interface %s: another XDP program is attached (id %u)",
			name,
			query.prog_id	    ? query.prog_id
			: query.drv_prog_id ? query.drv_prog_id
					    : query.skb_prog_id);
	return QUICSTEER_DONE;
}

static int check_interfaces(const struct quicsteer_options *options,
			    struct quiclb_control *control,
			    struct quicsteer_error *error)
{
	size_t i, j;
	int result;

	if (!options->n_interfaces ||
	    options->n_interfaces > QUICLB_CAP_INTERFACES)
		return quicsteer_fail(
			error, QUICSTEER_USAGE, "%zu interfaces: must be 1..%d",
			options->n_interfaces, QUICLB_CAP_INTERFACES);
	for (i = 0; i < options->n_interfaces; i++) {
		result = check_interface(options->interfaces[i],
					 &control->interfaces[i], error);
		if (result)
			return result;
		for (j = 0; j < i; j++)
			if (control->interfaces[i] == control->interfaces[j])
				return quicsteer_fail(error, QUICSTEER_USAGE,
						      "interface %s: named "
						      "twice",
						      options->interfaces[i]);
	}
	return quicsteer_nic_check(options, 0, error);
}

static int pin(const struct quicsteer_pins *pins, int fd, const char *prefix,
	       const char *name, struct quicsteer_error *error)
{
	char path[320];

	quicsteer_pins_path(pins, prefix, name, path);
	if (bpf_obj_pin(fd, path))
		return quicsteer_fail_errno(error, errno, "pinning %s", path);
	return QUICSTEER_DONE;
}

static int attach(const struct quicsteer_pins *pins,
		  const struct quicsteer_program *program, const char *name,
		  const struct quicsteer_options *options,
		  struct quicsteer_error *error)
{
	const int skb = (options->flags & QUICSTEER_F_SKB) != 0;
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = skb ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	const int link = bpf_link_create(program->fd, (int)if_nametoindex(name),
					 BPF_XDP, &opts);
	int result;

	if (link < 0 && (errno == EBUSY || errno == EEXIST))
		return quicsteer_fail(error, QUICSTEER_FOREIGN,
				      "interface %s: another XDP program is "
				      "attached",
				      name);
	if (link < 0 && !skb)
		return quicsteer_nic_refused(name, program->fd, errno, error);
	if (link < 0)
		return quicsteer_fail_errno(error, errno,
					    "attaching to interface %s", name);
	result = pin(pins, link, QUICSTEER_LINK_PREFIX, name, error);
	if (!result)
		result = pin(pins, program->fd, QUICSTEER_PROGRAM_PREFIX, name,
			     error);
	close(link);
	return result;
}

static int pin_maps(const struct quicsteer_pins *pins,
		    const struct quicsteer_maps *maps,
		    struct quicsteer_error *error)
{
	size_t i;
	int result = QUICSTEER_DONE;

	for (i = 0; i < QUICSTEER_N_MAPS && !result; i++)
		result = pin(pins, maps->fd[i], "", quicsteer_map_names[i],
			     error);
	return result;
}

/* Writes the generation, then makes it the active one in one store. */
static int switch_to(const struct quicsteer_maps *maps,
		     struct quicsteer_records *records, uint32_t active,
		     uint32_t generation, struct quicsteer_error *error)
{
	int result =
		quicsteer_maps_fill(maps, records, active, generation, error);

	if (!result)
		result = quicsteer_peers_fill(maps, records, generation, 1,
					      error);
	if (!result)
		result = quicsteer_control_switch(maps, generation, error);
	return result;
}

static int
bring_up(const struct quicsteer_pins *pins, struct quicsteer_maps *maps,
	 struct quicsteer_records *records, struct quiclb_control *control,
	 const struct quicsteer_options *options, struct quicsteer_error *error)
{
	struct quicsteer_program programs[QUICLB_CAP_INTERFACES];
	uint32_t i, n_loaded = 0;
	int result = QUICSTEER_DONE;

	for (i = 0; i < options->n_interfaces && !result; i++) {
		const struct quicsteer_setup setup = {
			.ifindex = control->interfaces[i],
			.row = i,
			.n_addresses = records->n_addresses,
			.memo_entries = records->memo_entries,
			.n_flows = records->n_flows,
		};

		result = quicsteer_program_load(&programs[i], maps, &setup,
						error);
		n_loaded += !result;
	}
	if (!result)
		result = pin_maps(pins, maps, error);
	/* there is no generation yet: what arrives now passes */
	for (i = 0; i < options->n_interfaces && !result; i++)
		result = attach(pins, &programs[i], options->interfaces[i],
				options, error);
	if (!result)
		result = quicsteer_nic_check(options, 1, error);
	/* drivers say what they can once a program is attached */
	if (!result)
		result = quicsteer_nic_frags(options, &control->frags, error);
	if (!result)
		result = quicsteer_sysctl_allow(maps, control, error);
	if (!result)
		result = quicsteer_links_fill(maps, error);
	if (!result)
		result = switch_to(maps, records, 0, FIRST_GENERATION, error);
	for (i = 0; i < n_loaded; i++)
		quicsteer_program_free(&programs[i]);
	return result;
}

static int up_locked(struct quicsteer_pins *pins,
		     struct quicsteer_records *records,
		     const struct quicsteer_options *options,
		     struct quicsteer_error *error)
{
	struct quiclb_control control = { .map_abi = QUICLB_MAP_ABI };
	struct quicsteer_error ignored;
	struct quicsteer_maps maps;
	int result = check_interfaces(options, &control, error);

	if (result) {
		if (pins->made)
			rmdir(pins->dir);
		return result;
	}
	quicsteer_maps_init(&maps);
	result = bring_up(pins, &maps, records, &control, options, error);
	if (result) {
		quicsteer_pins_remove(pins, &ignored);
		if (maps.fd[QUICSTEER_SERVERS] >= 0)
			quicsteer_peers_release(&maps, FIRST_GENERATION, NULL,
						&ignored);
		quicsteer_sysctl_restore(control.restore);
	}
	quicsteer_maps_close(&maps);
	return result;
}

int quicsteer_up(const struct quiclb_deployment *deployment,
		 const struct quicsteer_options *options,
		 struct quicsteer_error *error)
{
	struct quicsteer_records *records;
	struct quicsteer_pins pins;
	int result = options_check(options, error);

	if (!result)
		result = quicsteer_records_make(deployment, FIRST_GENERATION,
						&records, error);
	if (result)
		return result;
	result = quicsteer_pins_open(&pins, options->pin_dir, 1, error);
	if (!result) {
		if (quicsteer_pins_empty(&pins))
			result = up_locked(&pins, records, options, error);
		else
			result = quicsteer_fail(
				error, QUICSTEER_NO,
				"%s: already up (reload changes the "
				"configuration, down removes it)",
				pins.dir);
		quicsteer_pins_close(&pins);
	}
	quicsteer_records_free(records);
	return result;
}

/* Removes what a reload that died half-way has left. */
static int clean(const struct quicsteer_maps *maps, uint32_t active,
		 struct quicsteer_error *error)
{
	int only, result = quicsteer_maps_only(maps, active, &only, error);

	if (result)
		return result;
	/* it may have died between its switch and its grace period */
	if (!only)
		quicsteer_grace();
	return quicsteer_maps_sweep(maps, active, error);
}

static int reload_records(struct quicsteer_records *records,
			  const struct quicsteer_maps *maps, uint32_t active,
			  uint32_t next, struct quicsteer_error *error)
{
	struct quicsteer_error ignored;
	int result = clean(maps, active, error);

	if (result)
		return result;
	result = switch_to(maps, records, active, next, error);
	if (result) {
		quicsteer_maps_sweep(maps, active, &ignored);
		return result;
	}
	/* packets that began before may still look up the old entries */
	quicsteer_grace();
	quicsteer_peers_release(maps, active, records, &ignored);
	return quicsteer_maps_sweep(maps, next, error);
}

static int reload_maps(const struct quiclb_deployment *deployment,
		       const struct quicsteer_maps *maps,
		       struct quicsteer_error *error)
{
	struct quicsteer_records *records;
	struct quiclb_control control;
	uint32_t active, next;
	int result = quicsteer_control_read(maps, &control, error);

	if (result)
		return result;
	active = control.generation;
	/* 0 says that there is none; 2 keeps the parity going when it wraps */
	next = active + 1 ? active + 1 : 2;
	result = quicsteer_records_make(deployment, next, &records, error);
	if (result)
		return result;
	/* it may have been taken away: ip_forward going to 0 does that */
	result = quicsteer_sysctl_allow(maps, &control, error);
	if (!result)
		result = quicsteer_links_fill(maps, error);
	if (!result)
		result = reload_records(records, maps, active, next, error);
	quicsteer_records_free(records);
	return result;
}

int quicsteer_reload(const struct quiclb_deployment *deployment,
		     const struct quicsteer_options *options,
		     struct quicsteer_error *error)
{
	struct quicsteer_maps maps;
	struct quicsteer_pins pins;
	int result = options_check(options, error);

	if (!result)
		result = quicsteer_pins_open(&pins, options->pin_dir, 0, error);
	if (result)
		return result;
	result = quicsteer_maps_open(&maps, pins.dir, error);
	if (!result) {
		result = reload_maps(deployment, &maps, error);
		quicsteer_maps_close(&maps);
	}
	quicsteer_pins_close(&pins);
	return result;
}

int quicsteer_down(const struct quicsteer_options *options,
		   struct quicsteer_error *error)
{
	struct quicsteer_error ignored;
	struct quiclb_control control;
	struct quicsteer_maps maps;
	struct quicsteer_pins pins;
	uint32_t restore;
	int opened, result = options_check(options, error);

	if (!result)
		result = quicsteer_pins_open(&pins, options->pin_dir, 0, error);
	if (result)
		return result;
	restore = quicsteer_control_restore(pins.dir);
	/* maps of another release, or half of them, must not keep it up */
	opened = !quicsteer_maps_open(&maps, pins.dir, &ignored);
	/* detach before the FIB stops answering the program */
	result = quicsteer_pins_remove(&pins, error);
	if (!result)
		quicsteer_sysctl_restore(restore);
	if (opened) {
		if (!result &&
		    !quicsteer_control_read(&maps, &control, &ignored))
			quicsteer_peers_release(&maps, control.generation, NULL,
						&ignored);
		quicsteer_maps_close(&maps);
	}
	quicsteer_pins_close(&pins);
	return result;
}
