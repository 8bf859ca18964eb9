/* SPDX-License-Identifier: BSD-2-Clause */
#include "trial.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "network.h"

#define CALLS 20
#define UDP_BYTES 8
#define REST_BYTES 24

/* ---- frames ----------------------------------------------------------- */

static void put16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static size_t put_ipv4(uint8_t *ip, const struct quiclb_address *vip,
		       size_t udp_len)
{
	static const uint8_t client[4] = { 203, 0, 113, 200 };
	uint32_t sum = 0;
	size_t i;

	ip[0] = 0x45;
	put16(ip + 2, 20 + udp_len);
	put16(ip + 6, 0x4000); /* do not fragment */
	ip[8] = 255;
	ip[9] = 17;
	memcpy(ip + 12, client, 4);
	memcpy(ip + 16, vip->bytes, 4);
	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, 0xffff & ~(sum + (sum >> 16)));
	return 20;
}

static size_t put_ipv6(uint8_t *ip, const struct quiclb_address *vip,
		       size_t udp_len)
{
	ip[0] = 0x60;
	put16(ip + 4, udp_len);
	ip[6] = 17;
	ip[7] = 255;
	memset(ip + 8, 0x20, 16);
	memcpy(ip + 24, vip->bytes, 16);
	return 40;
}

void trial_frame(struct trial_frame *f, const struct quiclb_address *vip,
		 const uint8_t *cid, size_t cid_len)
{
	static const uint8_t client[6] = { 0x02, 0, 0, 0, 0xcc, 0x01 };
	const size_t udp_len = UDP_BYTES + 1 + cid_len + REST_BYTES;
	uint8_t *p = f->bytes + 14;

	memset(f, 0, sizeof(*f));
	memcpy(f->bytes, network_mac, 6);
	memcpy(f->bytes + 6, client, 6);
	put16(f->bytes + 12, vip->family == 4 ? 0x0800 : 0x86dd);
	p += vip->family == 4 ? put_ipv4(p, vip, udp_len)
			      : put_ipv6(p, vip, udp_len);
	put16(p, 40000);
	put16(p + 2, 443);
	put16(p + 4, udp_len);
	put16(p + 6, 0xbeef); /* nobody checks it */
	p[UDP_BYTES] = 0x43;
	memcpy(p + UDP_BYTES + 1, cid, cid_len);
	memset(p + UDP_BYTES + 1 + cid_len, 0x51, REST_BYTES);
	f->len = (size_t)(p - f->bytes) + udp_len;
}

/* ---- runs ------------------------------------------------------------- */

void trial_init(struct trial *t, int program, uint32_t action,
		const struct steering *steering, unsigned int reason)
{
	memset(t, 0, sizeof(*t));
	t->program = program;
	t->action = action;
	t->steering = steering;
	t->reasons = 1ull << reason;
	t->repeat = TRIAL_REPEAT;
	t->calls = CALLS;
}

/* ns per packet as the kernel says; 0: it failed, and said why. */
static double call(const struct trial *t)
{
	struct xdp_md ctx = { .data_end = (uint32_t)t->frame.len,
			      .ingress_ifindex = network_ifindex("left") };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = t->frame.bytes,
		    .data_size_in = (uint32_t)t->frame.len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)t->repeat);
	int err;

	do
		err = bpf_prog_test_run_opts(t->program, &opts);
	while (err == -EINTR);
	if (err) {
		fprintf(stderr, "test run: %s\n", strerror(-err));
		return 0;
	}
	if (t->action != TRIAL_ANY && opts.retval != t->action) {
		fprintf(stderr, "the last packet: action %u instead of %u\n",
			opts.retval, t->action);
		return 0;
	}
	/* whole ns of the mean, the rest cut off: half a ns in the mean */
	return opts.duration + 0.5;
}

static int memo_fails(const struct quiclb_counters *counted)
{
	fprintf(stderr, "memo: %llu hits, %llu misses\n",
		(unsigned long long)counted->memo_hits,
		(unsigned long long)counted->memo_misses);
	return -1;
}

/* Where there are more CIDs than one, a few push each other out. */
int trial_hits(void *unused, const struct quiclb_counters *counted)
{
	(void)unused;
	return counted->memo_hits &&
			       counted->memo_hits / 20 >= counted->memo_misses
		       ? 0
		       : memo_fails(counted);
}

int trial_misses(void *unused, const struct quiclb_counters *counted)
{
	(void)unused;
	return !counted->memo_hits && counted->memo_misses
		       ? 0
		       : memo_fails(counted);
}

/* Whether each packet was counted as it should; says which were not. */
static int check(const struct trial *t, uint64_t sent,
		 const struct quiclb_counters *counted)
{
	uint64_t right = 0;
	unsigned int i;

	for (i = 0; i < QUICLB_N_REASONS; i++) {
		const uint64_t n = counted->packets[i];

		if (t->reasons >> i & 1)
			right += n;
		else if (n)
			fprintf(stderr, "%llu of %llu packets: %s\n",
				(unsigned long long)n, (unsigned long long)sent,
				quicsteer_reason_name(i));
	}
	if (right == sent)
		return t->check ? t->check(t->check_arg, counted) : 0;
	fprintf(stderr, "%llu of %llu packets were what they should\n",
		(unsigned long long)right, (unsigned long long)sent);
	return -1;
}

/* counted: what came after `before`; t: all of it. */
static void count(struct trial *t, const struct quiclb_counters *before,
		  struct quiclb_counters *counted)
{
	int i;

	for (i = 0; i < QUICLB_REASONS_CAP; i++) {
		counted->packets[i] -= before->packets[i];
		t->counted.packets[i] += counted->packets[i];
	}
	counted->memo_hits -= before->memo_hits;
	counted->memo_misses -= before->memo_misses;
	t->counted.memo_hits += counted->memo_hits;
	t->counted.memo_misses += counted->memo_misses;
}

int trial_take(void *arg, struct measure_sample *sample)
{
	struct quiclb_counters before, counted;
	struct trial *const t = arg;
	const uint32_t first = t->warm ? 0 : 1;
	double sum = 0, ns;
	uint32_t i;

	if (t->steering)
		steering_read(t->steering, &before);
	for (i = first; i <= t->calls; i++) {
		if (t->before)
			t->before(t->steering);
		ns = call(t);
		if (ns <= 0)
			return -1;
		sum += i ? ns : 0;
	}
	sample->value = sum / t->calls;
	if (!t->steering)
		return 0;
	steering_read(t->steering, &counted);
	count(t, &before, &counted);
	return check(t, (uint64_t)t->repeat * (t->calls + 1 - first), &counted);
}
