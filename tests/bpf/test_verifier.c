/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel says of the program: how much work it is to verify, and how
 * large it becomes.
 */
#include <bpf/bpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <string.h>

#include "codec.h"
#include "netns.h"
#include "steer/private.h"
#include "unit.h"

/*
 * Instructions that the verifier walks.  Kernels stop at 1,000,000; 123,652
 * were counted on 6.18 with clang 14, 196,105 on 5.10 and 6.1: 75,000 for the
 * codecs, 13,000 of them for each AES block.  A change that makes it walk
 * several ways through the packet instead of one shows here long before it
 * fails on 6.18; tests/vm/test_load.py has the figures of older kernels.
 */
#define VERIFIED_CEILING 130000

static struct bpf_prog_info info_of(int fd)
{
	struct bpf_prog_info info;
	uint32_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	g_assert_cmpint(bpf_obj_get_info_by_fd(fd, &info, &len), ==, 0);
	return info;
}

static void report(const char *name, const struct bpf_prog_info *info)
{
	g_test_message("%s: %u instructions verified, %u bytes translated, "
		       "%u bytes of machine code",
		       name, info->verified_insns, info->xlated_prog_len,
		       info->jited_prog_len);
}

static void program_is_under_ceiling(void)
{
	const struct quicsteer_setup setup = { 0, 0, 1, 65536, 65536 };
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	struct quicsteer_error error;
	struct bpf_prog_info info;

	quicsteer_maps_init(&maps);
	if (quicsteer_program_load(&program, &maps, &setup, &error))
		g_error("%s", error.text);
	info = info_of(program.fd);
	report("quic_steer", &info);
	/* Linux 5.16 */
	if (!info.verified_insns)
		g_test_skip("this kernel does not count");
	g_assert_cmpuint(info.verified_insns, <, VERIFIED_CEILING);
	quicsteer_program_free(&program);
	quicsteer_maps_close(&maps);
}

static void codec_is_under_ceiling(void)
{
	struct bpf_prog_info info;

	codec_open();
	info = info_of(codec_program());
	report("codec_run", &info);
	g_assert_cmpuint(info.verified_insns, <, VERIFIED_CEILING);
	codec_close();
}

static const struct unit_case cases[] = {
	{ "program_is_under_ceiling", program_is_under_ceiling },
	{ "codec_is_under_ceiling", codec_is_under_ceiling },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	netns_enter();
	unit_add("verifier", cases, G_N_ELEMENTS(cases));
	return g_test_run();
}
