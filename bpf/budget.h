/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a generation allows, and how much of it a CPU has left.
 */
#ifndef QUICLB_BUDGET_H
#define QUICLB_BUDGET_H

#include "maps.h"

static __always_inline const struct quiclb_settings *
quiclb_settings_of(__u32 generation)
{
	const __u32 index = generation & 1;

	return bpf_map_lookup_elem(&quiclb_settings, &index);
}

/*
 * Whether this CPU may do once more what costs so many ns of its time.  What
 * was not used within a second is lost: no burst is longer than a second's.
 */
static __noinline int quiclb_budget_take(__u32 which, __u32 cost_ns)
{
	struct quiclb_budget *const budget =
		bpf_map_lookup_elem(&quiclb_budgets, &which);
	const __u64 second = 1000000000;
	__u64 now;

	if (!budget || !cost_ns)
		return 1;
	now = bpf_ktime_get_ns();
	budget->credit += now - budget->at;
	budget->at = now;
	if (budget->credit > second)
		budget->credit = second;
	if (budget->credit < cost_ns)
		return 0;
	budget->credit -= cost_ns;
	return 1;
}

#endif /* QUICLB_BUDGET_H */
