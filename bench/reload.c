/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ways to switch a configuration in one step, in one run: a generation
 * filled beside the active one in the same maps, and a fresh program with
 * fresh maps put in by link update.  Prints time per packet and per reload.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "steer/private.h"

#define RUNS 21		/* odd: the middle one is the median */
#define PACKETS 1000000 /* of one run */
#define DEVICE "bench0"

static struct quicsteer_error error;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "reload: %s: %s\n", what, error.text);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median, and the quartiles around it. */
static void print(const char *what, const char *unit, double *samples)
{
	qsort(samples, RUNS, sizeof(*samples), by_value);
	printf("%-42s %9.3f %s  (%.3f .. %.3f)\n", what, samples[RUNS / 2],
	       unit, samples[RUNS / 4], samples[3 * RUNS / 4]);
}

/* One pool of n servers, the first of them local, one plain config, one VIP. */
static struct quiclb_deployment *deployment_of(size_t n)
{
	struct quiclb_deployment *const d = calloc(1, sizeof(*d));
	struct quiclb_config *c;
	uint32_t i;

	d->pools = calloc(1, sizeof(*d->pools));
	d->cid_configs = calloc(1, sizeof(*d->cid_configs));
	d->vips = calloc(1, sizeof(*d->vips));
	d->n_pools = d->n_cid_configs = d->n_vips = 1;
	d->pools->servers = calloc(n, sizeof(*d->pools->servers));
	d->pools->n_servers = n;
	for (i = 0; i < n; i++) {
		struct quiclb_server *const s = &d->pools->servers[i];

		s->server_id_len = 3;
		s->local = !i;
		s->address.family = 4;
		s->server_id[0] = (uint8_t)(i >> 16);
		s->server_id[1] = s->address.bytes[2] = (uint8_t)(i >> 8);
		s->server_id[2] = s->address.bytes[3] = (uint8_t)i;
		s->address.bytes[0] = 198;
		s->address.bytes[1] = (uint8_t)(18 + (i >> 16));
	}
	c = &d->cid_configs->config;
	quiclb_config_init(c);
	c->codec = QUICLB_CODEC_PLAIN;
	c->server_id_len = 3;
	c->nonce_len = 8;
	d->vips->address = (struct quiclb_address){ 4, { 203, 0, 113, 80 } };
	d->vips->port = 443;
	memset(d->vips->cid_configs, 0xff, sizeof(d->vips->cid_configs));
	d->vips->cid_configs[0][0] = 0;
	return d;
}

static void deployment_drop(struct quiclb_deployment *d)
{
	free(d->pools->servers);
	free(d->pools);
	free(d->cid_configs);
	free(d->vips);
	free(d);
}

static void fill(struct quicsteer_maps *maps, const struct quiclb_deployment *d,
		 uint32_t active, uint32_t generation)
{
	struct quiclb_control control = { .map_abi = QUICLB_MAP_ABI,
					  .generation = generation };
	struct quicsteer_records *records;

	must(!quicsteer_records_make(d, generation, &records, &error),
	     "records");
	must(!quicsteer_maps_fill(maps, records, active, generation, &error),
	     "fill");
	must(!quicsteer_control_write(maps, &control, &error), "control");
	quicsteer_records_free(records);
}

/* A short header packet to the VIP whose CID names the local server. */
static size_t packet(uint8_t *frame)
{
	static const uint8_t head[] = {
		2,    0,    0, 0,  0,	1, 2,	 0,  0,	   0,  0, 2,
		8,    0, /* Ethernet */
		0x45, 0,    0, 68, 0,	0, 0x40, 0,  64,   17, 0, 0, /* IPv4 */
		192,  0,    2, 1,  203, 0, 113,	 80, 0xc0, 0,  1, 0xbb,
		0,    48,   0, 0, /* UDP */
		0x40, 0x00,	  /* short header; first octet, server ID 0 */
	};

	memset(frame, 0, 82);
	memcpy(frame, head, sizeof(head));
	return 82;
}

static double ns_per_packet(int program)
{
	uint8_t frame[128], out[256];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = (uint32_t)packet(frame), .data_out = out,
		    .data_size_out = sizeof(out), .repeat = PACKETS);

	must(!bpf_prog_test_run_opts(program, &opts), "test run");
	must(opts.retval == XDP_PASS, "verdict");
	return opts.duration;
}

/* The program with a constant for the generation, on the same maps. */
static struct bpf_object *load_fixed(const char *path,
				     const struct quicsteer_maps *maps)
{
	struct bpf_object *const object = bpf_object__open(path);
	size_t i;

	must(object != NULL, path);
	for (i = 0; i < QUICSTEER_N_MAPS; i++) {
		struct bpf_map *const map = bpf_object__find_map_by_name(
			object, quicsteer_map_names[i]);

		/* it has no use for the control map, so there may be none */
		must(!map || !bpf_map__reuse_fd(map, maps->fd[i]), "maps");
	}
	must(!bpf_object__load(object), "load");
	return object;
}

static int load(struct quicsteer_program *program, struct quicsteer_maps *maps,
		size_t n_addresses)
{
	const struct quicsteer_setup setup = { .n_addresses = n_addresses };

	return quicsteer_program_load(program, maps, &setup, &error);
}

static void bench_packets(const char *fixed_path)
{
	struct quiclb_deployment *const d = deployment_of(2);
	double with[RUNS], without[RUNS];
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	struct bpf_object *fixed;
	int fixed_fd, i;

	quicsteer_maps_init(&maps);
	must(!load(&program, &maps, 2), "load");
	fill(&maps, d, 0, 1);
	fixed = load_fixed(fixed_path, &maps);
	fixed_fd = bpf_program__fd(bpf_object__next_program(fixed, NULL));
	for (i = 0; i < RUNS; i++) {
		with[i] = ns_per_packet(program.fd);
		without[i] = ns_per_packet(fixed_fd);
	}
	print("packet, generation read from control", "ns", with);
	print("packet, generation constant", "ns", without);
	bpf_object__close(fixed);
	quicsteer_program_free(&program);
	quicsteer_maps_close(&maps);
	deployment_drop(d);
}

static int attach(int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	const int link = bpf_link_create(program, (int)if_nametoindex(DEVICE),
					 BPF_XDP, &opts);

	must(link >= 0, "attach");
	return link;
}

static void bench_generations(const struct quiclb_deployment *d, size_t n)
{
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	double samples[RUNS];
	char what[64];
	uint32_t i;
	int link;

	quicsteer_maps_init(&maps);
	must(!load(&program, &maps, n), "load");
	fill(&maps, d, 0, 1);
	link = attach(program.fd);
	for (i = 0; i < RUNS; i++) {
		const double start = now_ms();

		fill(&maps, d, i + 1, i + 2);
		quicsteer_grace();
		must(!quicsteer_maps_sweep(&maps, i + 2, &error), "sweep");
		samples[i] = now_ms() - start;
	}
	snprintf(what, sizeof(what), "reload of %zu servers, generations", n);
	print(what, "ms", samples);
	close(link);
	quicsteer_program_free(&program);
	quicsteer_maps_close(&maps);
}

static void bench_link_update(const struct quiclb_deployment *d, size_t n)
{
	struct quicsteer_program old, fresh;
	struct quicsteer_maps old_maps, maps;
	double samples[RUNS];
	char what[64];
	int i, link;

	quicsteer_maps_init(&old_maps);
	must(!load(&old, &old_maps, n), "load");
	fill(&old_maps, d, 0, 1);
	link = attach(old.fd);
	for (i = 0; i < RUNS; i++) {
		const double start = now_ms();

		quicsteer_maps_init(&maps);
		must(!load(&fresh, &maps, n), "load");
		fill(&maps, d, 0, 1);
		must(!bpf_link_update(link, fresh.fd, NULL), "link update");
		quicsteer_program_free(&old);
		quicsteer_maps_close(&old_maps);
		samples[i] = now_ms() - start;
		old = fresh;
		old_maps = maps;
	}
	snprintf(what, sizeof(what), "reload of %zu servers, link update", n);
	print(what, "ms", samples);
	close(link);
	quicsteer_program_free(&old);
	quicsteer_maps_close(&old_maps);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 2, 1024, 65536 };
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_reload fixed_generation.bpf.o\n");
		return 2;
	}
	must(!unshare(CLONE_NEWNET), "unshare");
	must(!system("ip link add " DEVICE " type veth peer name bench1 && "
		     "ip link set " DEVICE " up && ip link set bench1 up"),
	     "veth");
	bench_packets(argv[1]);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct quiclb_deployment *const d = deployment_of(sizes[i]);

		bench_generations(d, sizes[i]);
		bench_link_update(d, sizes[i]);
		deployment_drop(d);
	}
	return 0;
}
