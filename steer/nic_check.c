/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks nic.c and nic_judge.c for `up`: before the program is attached, when it
 * is, and when a driver does not take it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steer/nic.h"

/* Reads and judges; the caller frees *lines. */
static int find(const struct quicsteer_options *options, int attached,
		struct quicsteer_error **lines, size_t *n,
		struct quicsteer_error *error)
{
	const size_t n_nics = options->n_interfaces;
	struct quicsteer_nic nics[QUICSTEER_CAP_INTERFACES];
	unsigned int when = attached ? QUICSTEER_NIC_ATTACHED : 0;
	struct quicsteer_error *found;
	int result;

	if (options->flags & QUICSTEER_F_SKB)
		when |= QUICSTEER_NIC_SKB;
	if (n_nics > QUICSTEER_CAP_INTERFACES)
		return quicsteer_fail(error, QUICSTEER_USAGE,
				      "too many interfaces");
	result = quicsteer_nic_read(options->interfaces, n_nics, nics, error);
	if (result)
		return result;
	found = calloc(n_nics * QUICSTEER_NIC_LINES + 1, sizeof(*found));
	if (!found)
		return quicsteer_fail(error, QUICSTEER_NO, "out of memory");
	*n = quicsteer_nic_judge(nics, n_nics, when, found);
	*lines = found;
	return QUICSTEER_DONE;
}

int quicsteer_nic_problems(const struct quicsteer_options *options,
			   struct quicsteer_error **lines, size_t *n,
			   struct quicsteer_error *error)
{
	return find(options, 1, lines, n, error);
}

/* All in one line, as far as it goes: whole ones only. */
static void join(const struct quicsteer_error *lines, size_t n,
		 struct quicsteer_error *error)
{
	const size_t cap = sizeof(error->text) - sizeof("; and more");
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (len + strlen(lines[i].text) + 2 >= cap) {
			strcpy(error->text + len, "; and more");
			return;
		}
		len += (size_t)sprintf(error->text + len, "%s%s", i ? "; " : "",
				       lines[i].text);
	}
}

int quicsteer_nic_check(const struct quicsteer_options *options, int attached,
			struct quicsteer_error *error)
{
	struct quicsteer_error *lines;
	size_t n;
	int result;

	if (options->flags & QUICSTEER_F_ANY_NIC)
		return QUICSTEER_DONE;
	result = find(options, attached, &lines, &n, error);
	if (result)
		return result;
	join(lines, n, error);
	free(lines);
	return n ? QUICSTEER_NO : QUICSTEER_DONE;
}

/* A driver that cannot would drop them, and one that does not say may. */
int quicsteer_nic_frags(const struct quicsteer_options *options, uint32_t *rows,
			struct quicsteer_error *error)
{
	struct quicsteer_nic nics[QUICSTEER_CAP_INTERFACES];
	const int result = quicsteer_nic_read(
		options->interfaces, options->n_interfaces, nics, error);
	size_t i;

	*rows = 0;
	for (i = 0; i < options->n_interfaces && !result; i++)
		if (nics[i].xdp_features & QUICSTEER_XDP_NDO_XMIT_SG)
			*rows |= 1u << i;
	return result;
}

/* ---- the driver's own words ------------------------------------------- */

#define SAYS "Kernel error message: "

static char says[160];

/* libbpf prints what the kernel wrote beside the error number. */
static int hear(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[256];
	const char *words;

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	words = strstr(line, SAYS);
	if (words) {
		snprintf(says, sizeof(says), "%s", words + strlen(SAYS));
		says[strcspn(says, "\n")] = '\0';
		if (says[0] && says[strlen(says) - 1] == '.')
			says[strlen(says) - 1] = '\0';
	}
	return 0;
}

/* A link's error number is all that bpf(2) gives; rtnetlink gives words. */
static void ask_driver(int ifindex, int program)
{
	const libbpf_print_fn_t before = libbpf_set_print(hear);

	says[0] = '\0';
	if (!bpf_xdp_attach(ifindex, program,
			    XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST,
			    NULL))
		bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
	libbpf_set_print(before);
}

int quicsteer_nic_refused(const char *name, int program, int err,
			  struct quicsteer_error *error)
{
	struct quicsteer_error ignored;
	struct quicsteer_nic nic;

	memset(&nic, 0, sizeof(nic));
	if (quicsteer_nic_read(&name, 1, &nic, &ignored) || !nic.ifindex)
		return quicsteer_fail_errno(error, err,
					    "attaching to interface %s", name);
	ask_driver((int)nic.ifindex, program);
	return quicsteer_nic_explain(&nic, err, says, error);
}
