/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "load.skel.h"
#include "netns.h"

/*
 * Of one system call.  Making and releasing the pages of one takes 10 ms or
 * more; between batches the kernel lets receivers run.
 */
#define REPEAT 200000
#define BATCH 64

#define PATIENCE_US (5 * G_USEC_PER_SEC) /* then a frame is lost */

static struct load_bpf *skel;
static const char *const ends[] = { "left-end", "right-end" };
static const char *const devices[] = { "left", "right" };
static int taps[2]; /* on devices, behind the program */

static GThread *thread;
static gint64 began;
static gint stop, is_short;

/* Counts frames of the load that went up the stack, without reading them. */
static int open_tap(const char *device)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOAD_MAGIC_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(LOAD_MAGIC), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { G_N_ELEMENTS(code), code };
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_ALL) };
	const int fd = socket(AF_PACKET, SOCK_RAW, 0);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
				   sizeof(program)),
			==, 0);
	address.sll_ifindex = (int)netns_ifindex(device);
	g_assert_cmpint(
		bind(fd, (const struct sockaddr *)&address, sizeof(address)),
		==, 0);
	return fd;
}

/* Frames that found no room in the socket are in tp_packets, too. */
static uint64_t read_tap(int fd)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	g_assert_cmpint(
		getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len), ==,
		0);
	return stats.tp_packets;
}

/* In the place of what netns.c may have attached there. */
static void set_end(const char *device, int program)
{
	g_assert_cmpint(bpf_xdp_attach((int)netns_ifindex(device), program,
				       XDP_FLAGS_DRV_MODE, NULL),
			==, 0);
}

/* One frame of zeros, which the receiver passes; -1: not on this kernel. */
static int try_live_frames(void)
{
	static const uint8_t frame[LOAD_FRAME_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return bpf_prog_test_run_opts(bpf_program__fd(skel->progs.load_receive),
				      &opts)
		       ? -1
		       : 0;
}

int load_open(void)
{
	size_t i;

	skel = load_bpf__open();
	g_assert_nonnull(skel);
	bpf_program__set_autoload(skel->progs.load_hold, false);
	g_assert_cmpint(load_bpf__load(skel), ==, 0);
	if (try_live_frames()) {
		load_bpf__destroy(skel);
		return -1;
	}
	for (i = 0; i < G_N_ELEMENTS(ends); i++) {
		set_end(ends[i], bpf_program__fd(skel->progs.load_receive));
		taps[i] = open_tap(devices[i]);
	}
	return 0;
}

void load_close(void)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(ends); i++) {
		set_end(ends[i], -1);
		close(taps[i]);
	}
	load_bpf__destroy(skel);
}

void load_end_at(unsigned int way, const char *device, const uint8_t mac[6])
{
	struct load_end *const end = &skel->bss->load_ends[way];

	end->ifindex = netns_ifindex(device);
	memcpy(end->mac, mac, 6);
}

void load_put(unsigned int set, unsigned int i, const char *device,
	      unsigned int way, const struct frame *frame)
{
	struct load_frame *const f = &skel->bss->load_frames[set][i];
	const uint32_t magic = LOAD_MAGIC;
	uint8_t *const bytes = (uint8_t *)f->words;

	g_assert_cmpuint(frame->len, <=, LOAD_MAGIC_OFFSET);
	memset(bytes, 0, LOAD_FRAME_BYTES);
	memcpy(bytes, frame->bytes, frame->len);
	memcpy(bytes + LOAD_MAGIC_OFFSET, &magic, sizeof(magic));
	memcpy(bytes + LOAD_WAY_OFFSET, &way, sizeof(way));
	f->ifindex = netns_ifindex(device);
	f->way = way;
}

static uint64_t under_way(void)
{
	return skel->bss->load_n_sent -
	       __atomic_load_n(&skel->bss->load_n_arrived, __ATOMIC_ACQUIRE);
}

/* Waits until every frame came out; or gives up, and sets is_short. */
static void drain(void)
{
	const gint64 deadline = g_get_monotonic_time() + PATIENCE_US;

	while (under_way()) {
		sched_yield();
		if (g_get_monotonic_time() < deadline)
			continue;
		g_atomic_int_set(&is_short, 1);
		return;
	}
}

static void send_some(void)
{
	static const uint8_t room[LOAD_FRAME_BYTES];
	struct xdp_md ctx = { .data_end = sizeof(room) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = room,
		    .data_size_in = sizeof(room), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = REPEAT,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);

	g_assert_cmpint(bpf_prog_test_run_opts(
				bpf_program__fd(skel->progs.load_send), &opts),
			==, 0);
}

static gpointer run(gpointer data)
{
	(void)data;
	while (!g_atomic_int_get(&stop) && !g_atomic_int_get(&is_short)) {
		send_some();
		drain();
	}
	return NULL;
}

void load_start(unsigned int set)
{
	skel->bss->load_set = skel->bss->load_wanted = set;
	g_atomic_int_set(&stop, 0);
	g_atomic_int_set(&is_short, 0);
	began = g_get_monotonic_time();
	thread = g_thread_new("load", run, NULL);
}

void load_use(unsigned int set)
{
	__atomic_store_n(&skel->bss->load_wanted, set, __ATOMIC_RELEASE);
	while (__atomic_load_n(&skel->bss->load_set, __ATOMIC_ACQUIRE) != set &&
	       !load_is_short())
		g_usleep(100);
}

int load_is_short(void)
{
	return g_atomic_int_get(&is_short);
}

void load_stop(struct load_sum *sum)
{
	size_t i;

	g_atomic_int_set(&stop, 1);
	g_thread_join(thread);
	memset(sum, 0, sizeof(*sum));
	sum->seconds = (double)(g_get_monotonic_time() - began) / 1e6;
	sum->n_sent = skel->bss->load_n_sent;
	for (i = 0; i < LOAD_N_WAYS; i++) {
		sum->sent[i] = skel->bss->load_sent[i];
		sum->right[i] = skel->bss->load_right[i];
		sum->n_right += sum->right[i];
		sum->n_wrong += skel->bss->load_wrong[i];
	}
	for (i = 0; i < G_N_ELEMENTS(taps); i++)
		sum->n_passed += read_tap(taps[i]);
}

/* ---- a packet that takes long ----------------------------------------- */

static gpointer hold(gpointer data)
{
	static const uint8_t frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1);

	(void)data;
	g_assert_cmpint(bpf_prog_test_run_opts(
				bpf_program__fd(skel->progs.load_hold), &opts),
			==, 0);
	return NULL;
}

static uint32_t held(void)
{
	return __atomic_load_n(&skel->bss->load_held, __ATOMIC_ACQUIRE);
}

int load_hold(void)
{
	skel = load_bpf__open_and_load();
	if (!skel)
		return -1;
	thread = g_thread_new("hold", hold, NULL);
	while (!held())
		g_usleep(100);
	return 0;
}

int load_release(void)
{
	const int was_in = held() == LOAD_HOLD_IN;

	__atomic_store_n(&skel->bss->load_released, 1, __ATOMIC_RELEASE);
	g_thread_join(thread);
	load_bpf__destroy(skel);
	return was_in;
}
