/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into a program for AArch64, makes its CPU one without AES: qemu has
 * none.  Its instructions would still work; that none is used, test_aes.c sees.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/auxv.h>

unsigned long getauxval(unsigned long type)
{
	unsigned long (*real)(unsigned long);
	unsigned long value;

	*(void **)&real = dlsym(RTLD_NEXT, "getauxval");
	value = real(type);
	return type == AT_HWCAP ? value & ~(unsigned long)HWCAP_AES : value;
}
