/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"

const uint8_t netns_left_mac[6] = { 0x02, 0, 0, 0, 0x01, 0x01 };
const uint8_t netns_right_mac[6] = { 0x02, 0, 0, 0, 0x02, 0x01 };

/* Exit status 0: meson takes any other for an error of a TAP test. */
static G_NORETURN void skip(const char *what)
{
	const char *const reason = strerror(errno);

	if (!g_strcmp0(g_getenv("CI"), "true")) {
		g_print("Bail out! %s: %s\n", what, reason);
		exit(1);
	}
	g_print("1..0 # SKIP %s: %s\n", what, reason);
	exit(0);
}

static char *run(const char *arguments, gboolean *ok)
{
	g_autofree char *line = g_strconcat("ip ", arguments, NULL);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	char *output = NULL;
	int status = 0;

	*ok = g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
			   &output, NULL, &status, &error) &&
	      g_spawn_check_wait_status(status, &error);
	if (error)
		g_printerr("# %s: %s\n", line, error->message);
	return output;
}

void netns_ip(const char *format, ...)
{
	g_autofree char *arguments = NULL, *output = NULL;
	gboolean ok;
	va_list args;

	va_start(args, format);
	arguments = g_strdup_vprintf(format, args);
	va_end(args);
	output = run(arguments, &ok);
	g_assert_true(ok);
}

char *netns_ip_output(const char *arguments)
{
	gboolean ok;
	char *const output = run(arguments, &ok);

	g_assert_true(ok);
	return output;
}

void netns_neighbour(const char *device, const char *address,
		     const uint8_t mac[6])
{
	netns_ip("neigh replace %s dev %s nud permanent lladdr "
		 "%02x:%02x:%02x:%02x:%02x:%02x",
		 address, device, mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

uint32_t netns_ifindex(const char *device)
{
	const uint32_t ifindex = if_nametoindex(device);

	g_assert_cmpuint(ifindex, !=, 0);
	return ifindex;
}

/* What XDP sends to a veth's other end is lost unless XDP runs there, too. */
static int pass_program(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns,
			     G_N_ELEMENTS(insns), NULL);
}

void netns_pass(const char *device, int on)
{
	const int ifindex = (int)netns_ifindex(device);
	const int program = on ? pass_program() : -1;

	g_assert_cmpint(
		bpf_xdp_attach(ifindex, program, XDP_FLAGS_DRV_MODE, NULL), ==,
		0);
	if (on)
		close(program);
}

static void add_link(const char *name, const uint8_t mac[6], const char *ipv4,
		     const char *ipv6)
{
	g_autofree char *end = NULL;

	netns_ip("link add %s address %02x:%02x:%02x:%02x:%02x:%02x type veth "
		 "peer name %s-end",
		 name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], name);
	netns_ip("link set %s-end up", name);
	netns_ip("link set %s up", name);
	end = g_strconcat(name, "-end", NULL);
	netns_pass(end, 1);
	netns_ip("addr add %s dev %s", ipv4, name);
	netns_ip("addr add %s dev %s nodad", ipv6, name);
}

void netns_enter(void)
{
	g_autofree char *ip = g_find_program_in_path("ip");
	int probe;

	errno = EPERM;
	if (geteuid())
		skip("needs root");
	errno = ENOENT;
	if (!ip)
		skip("ip of iproute2");
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		skip("namespaces");
	if (mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) ||
	    mount("quiclb-test", "/run", "tmpfs", 0, NULL) ||
	    mkdir(NETNS_BPFFS, 0700) ||
	    mount("bpf", NETNS_BPFFS, "bpf", 0, NULL))
		skip("mounts");
	probe = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);
	if (probe < 0)
		skip("BPF");
	close(probe);
	netns_ip("link set lo up");
	add_link("left", netns_left_mac, "192.0.2.1/24", "2001:db8:1::1/64");
	add_link("right", netns_right_mac, "198.51.100.1/24",
		 "2001:db8:2::1/64");
}
