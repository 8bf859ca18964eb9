// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Gives another program a new packet each time: writes addresses, port and CID
 * of the next one in a table into the frame, and what the last run changed as
 * it was; then goes on to that program by a tail call.
 *
 * Stores have the width and place that the loads of the steering program have,
 * or the CPU could not forward them and would wait.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "driver_entry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct driver_entry);
} driver_entries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} driver_targets SEC(".maps");

__u32 driver_n;	     /* entries in use */
__u32 driver_next;   /* one of them */
__u32 driver_random; /* of 256 packets so many get a random CID */
__u64 driver_state;  /* of the random numbers: not 0 */
__u32 driver_turn;

/* Packets so far, with a CID of the table and with a random one. */
__u64 driver_n_good;
__u64 driver_n_random;

const volatile __u8 driver_macs[12]; /* an Ethernet header begins so */

static __always_inline __u64 xorshift(void)
{
	__u64 x = driver_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	driver_state = x;
	return x;
}

/* The next of the table, in turn; one way through all of it. */
static __always_inline struct driver_entry *next_entry(void)
{
	const __u32 i = driver_next;

	driver_next = i + 1 >= driver_n ? 0 : i + 1;
	return bpf_map_lookup_elem(&driver_entries, &i);
}

/* Random packets are spread among the others. */
static __always_inline int is_random(void)
{
	return driver_random && ((driver_turn++ * 97) & 255) < driver_random;
}

static __always_inline void put_cid(__u8 *data, __u64 w0, __u64 w1, __u32 w2)
{
	*(__u64 *)(data + DRIVER_CID) = w0;
	*(__u64 *)(data + DRIVER_CID + 8) = w1;
	*(__u32 *)(data + DRIVER_CID + 16) = w2;
}

static __always_inline void put_known(__u8 *data, const struct driver_entry *e)
{
	*(__u32 *)(data + DRIVER_SOURCE) = e->source;
	put_cid(data, e->cid[0], e->cid[1], e->cid_end);
	driver_n_good++;
}

/*
 * The codepoint of the first octet stays, for it names a config.  The client is
 * another one: packets of a flow that is steered go on without a CID.
 */
static __always_inline void put_random(__u8 *data, const struct driver_entry *e)
{
	const __u64 x = xorshift();

	*(__u32 *)(data + DRIVER_SOURCE) = (__u32)x;
	put_cid(data, (xorshift() & ~0xe0ull) | (e->cid[0] & 0xe0), xorshift(),
		(__u32)(x >> 32));
	driver_n_random++;
}

static __always_inline void put_frame(__u8 *data, const struct driver_entry *e)
{
	int i;

#pragma unroll
	for (i = 0; i < 12; i++)
		data[i] = driver_macs[i];
	*(__u16 *)(data + 12) = bpf_htons(0x0800);
	data[DRIVER_TTL] = 64;
	*(__u32 *)(data + DRIVER_DESTINATION) = e->destination;
	*(__u16 *)(data + DRIVER_SOURCE_PORT) = e->source_port;
	if (is_random())
		put_random(data, e);
	else
		put_known(data, e);
}

SEC("xdp")
int driver_run(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;
	const struct driver_entry *const e = next_entry();
	const __s64 grown = end - data - DRIVER_FRAME_BYTES;

	/* a tunnel's headers were put in front */
	if (grown > 0) {
		if (bpf_xdp_adjust_head(ctx, (int)grown))
			return XDP_ABORTED;
		data = (void *)(long)ctx->data;
		end = (void *)(long)ctx->data_end;
	}
	if (!e || data + DRIVER_FRAME_BYTES > end)
		return XDP_ABORTED;
	put_frame(data, e);
	bpf_tail_call(ctx, &driver_targets, 0);
	return XDP_ABORTED;
}
