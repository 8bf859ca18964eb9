/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU does by itself of what the library needs, found out once.
 */
#include "aes.h"

_Atomic unsigned int quiclb_priv_cpu_flags;
static _Atomic unsigned int allowed = ~0u;

unsigned int quiclb_priv_cpu_find_out(void)
{
	unsigned int flags = 0;

#if QUICLB_HAVE_NATIVE
	if (quiclb_priv_native_available())
		flags |= QUICLB_CPU_AES;
#endif
	if (quiclb_priv_vaes_available())
		flags |= QUICLB_CPU_VAES;
	flags &= atomic_load(&allowed);
	/* VAES has AES beside it, for what is left over */
	if (!(flags & QUICLB_CPU_AES))
		flags = 0;
	atomic_store(&quiclb_priv_cpu_flags, flags | QUICLB_CPU_KNOWN);
	return flags;
}

unsigned int quiclb_cpu(void)
{
	const unsigned int flags = quiclb_priv_cpu();

	return (flags ? flags : quiclb_priv_cpu_find_out()) & ~QUICLB_CPU_KNOWN;
}

void quiclb_set_cpu_mask(unsigned int mask)
{
	atomic_store(&allowed, mask);
	quiclb_priv_cpu_find_out();
}
