/* SPDX-License-Identifier: BSD-2-Clause */
#include <glib.h>
#include <string.h>

#include "deploy.h"
#include "farm.h"
#include "unit.h"

#define ID_LEN 2
#define ICMP 8

const char *const farm_vips[FARM_N_VIPS] = { "203.0.113.1", "2001:db8:ff::1" };
struct rig farm_rig;

static struct quiclb_config config;

void farm_open(size_t n)
{
	unit_config(&config, QUICLB_CODEC_FOUR_PASS, ID_LEN, 8);
	rig_open(&farm_rig, "left", n, 0, 0);
}

struct quiclb_address farm_address(const char *text)
{
	struct quiclb_address address = { 0 };

	g_assert_cmpint(quiclb_address_parse(text, &address), ==, 0);
	return address;
}

struct quiclb_prefix farm_prefix(const char *text)
{
	struct quiclb_prefix prefix = { 0 };

	g_assert_cmpint(quiclb_prefix_parse(text, &prefix), ==, 0);
	return prefix;
}

struct quiclb_deployment *farm_new(const char *const *addresses, size_t n,
				   size_t n_local, uint8_t encapsulation)
{
	struct quiclb_deployment *const d = deploy_new(
		n_local ? QUICLB_ROLE_REAL_SERVER : QUICLB_ROLE_BALANCER);
	const size_t pool = deploy_pool(d, n);
	const int index = deploy_config(d, pool, &config);
	uint8_t id[ID_LEN] = { 0 };
	size_t i;

	d->pools[pool].encapsulation = encapsulation;
	for (i = 0; i < n; i++) {
		id[1] = (uint8_t)i;
		deploy_server(d, pool, id, ID_LEN, addresses[i], i < n_local);
	}
	for (i = 0; i < FARM_N_VIPS; i++)
		deploy_vip(d, farm_vips[i], FARM_PORT, &index, 1);
	return d;
}

void farm_use(struct quiclb_deployment *d)
{
	rig_switch(&farm_rig, d);
	quiclb_deployment_free(d);
}

struct frame_spec farm_spec(int vip)
{
	struct frame_spec spec;

	frame_spec_init(&spec, farm_vips[vip], FARM_PORT);
	return spec;
}

struct frame farm_frame_from(const struct frame_spec *spec, int server)
{
	const uint8_t id[ID_LEN] = { 0, (uint8_t)server };
	uint8_t cid[QUICLB_CID_MAX_BYTES];
	struct frame frame;
	struct quic quic;

	quic_short(&quic, cid, deploy_cid(&config, id, cid));
	frame_build(&frame, spec, &quic);
	return frame;
}

struct frame farm_frame(int vip, int server)
{
	const struct frame_spec spec = farm_spec(vip);

	return farm_frame_from(&spec, server);
}

void farm_stretch(struct frame *frame, size_t len)
{
	const unsigned int udp_len =
		(unsigned int)(len - (frame->l4 - frame->l3));

	g_assert_cmpuint(frame->l3 + len, >=, frame->len);
	frame_pad(frame, frame->l3 + len - frame->len);
	if (frame->family == 4)
		frame_put16(frame, frame->l3 + 2, (unsigned int)len);
	else
		frame_put16(frame, frame->l3 + 4, (unsigned int)len - 40);
	frame_put16(frame, frame->l4 + 4, udp_len);
	frame_checksum(frame);
}

/* ---- tunnel packets ----------------------------------------------------- */

struct farm_wrap farm_wrap_of(const char *source, const char *destination,
			      int kind)
{
	const struct farm_wrap w = { .source = source,
				     .destination = destination,
				     .kind = kind,
				     .udp_source = 0xc123,
				     .tos = 0x02,
				     .ttl = 64 };

	return w;
}

static void put_outer4(struct frame *out, const struct farm_wrap *w, size_t len,
		       uint8_t protocol)
{
	uint8_t *const ip = out->bytes + out->l3;

	memset(ip, 0, 20);
	ip[0] = 0x45;
	ip[1] = w->tos;
	frame_put16(out, out->l3 + 2, (unsigned int)(20 + len));
	frame_put16(out, out->l3 + 6, 0x4000);
	ip[8] = w->ttl;
	ip[9] = protocol;
	memcpy(ip + 12, farm_address(w->source).bytes, 4);
	memcpy(ip + 16, farm_address(w->destination).bytes, 4);
	out->l4 = out->l3 + 20;
	frame_checksum(out);
}

static void put_outer6(struct frame *out, const struct farm_wrap *w, size_t len,
		       uint8_t protocol)
{
	uint8_t *const ip = out->bytes + out->l3;

	memset(ip, 0, 40);
	ip[0] = (uint8_t)(0x60 | w->tos >> 4);
	ip[1] = (uint8_t)(w->tos << 4);
	frame_put16(out, out->l3 + 4, (unsigned int)len);
	ip[6] = protocol;
	ip[7] = w->ttl;
	memcpy(ip + 8, farm_address(w->source).bytes, 16);
	memcpy(ip + 24, farm_address(w->destination).bytes, 16);
	out->l4 = out->l3 + 40;
}

struct frame farm_wrapped(const struct frame *in, const struct farm_wrap *w)
{
	const size_t ip_len = in->family == 4
				      ? frame_get16(in, in->l3 + 2)
				      : 40 + frame_get16(in, in->l3 + 4);
	const size_t udp = w->kind == FARM_GUE ? 8 + w->gue_len : 0;
	const uint8_t protocol = udp ? 17 : in->family == 4 ? 4 : 41;
	struct frame out = { .family = farm_address(w->destination).family,
			     .l3 = in->l3 };

	memcpy(out.bytes, in->bytes, in->l3);
	frame_put16(&out, in->l3 - 2, out.family == 4 ? 0x0800 : 0x86dd);
	if (out.family == 4)
		put_outer4(&out, w, udp + ip_len, protocol);
	else
		put_outer6(&out, w, udp + ip_len, protocol);
	out.payload = out.l4 + udp;
	if (udp) {
		frame_put16(&out, out.l4, w->udp_source);
		memcpy(out.bytes + out.l4 + 8, w->gue, w->gue_len);
		frame_put16(&out, out.l4 + 2, FARM_GUE_PORT);
		frame_put16(&out, out.l4 + 4, (unsigned int)(udp + ip_len));
	}
	memcpy(out.bytes + out.payload, in->bytes + in->l3, ip_len);
	out.len = out.payload + ip_len;
	return out;
}

/* ---- VLAN tags ---------------------------------------------------------- */

struct frame farm_tagged(const struct frame *in, const struct farm_tag *tags,
			 size_t n)
{
	const size_t l3 = 14 + 4 * n;
	struct frame out = *in;
	size_t i;

	memcpy(out.bytes + l3, in->bytes + in->l3, in->len - in->l3);
	for (i = 0; i < n; i++) {
		frame_put16(&out, 12 + 4 * i, tags[i].type);
		frame_put16(&out, 14 + 4 * i, tags[i].tci);
	}
	memcpy(out.bytes + l3 - 2, in->bytes + in->l3 - 2, 2);
	out.l3 = l3;
	out.l4 = l3 + in->l4 - in->l3;
	out.payload = l3 + in->payload - in->l3;
	out.len = l3 + in->len - in->l3;
	return out;
}

/* ---- Packet Too Big ----------------------------------------------------- */

static void put32(struct frame *f, size_t at, unsigned int value)
{
	frame_put16(f, at, value >> 16);
	frame_put16(f, at + 2, value & 0xffff);
}

static unsigned int sum(const uint8_t *bytes, size_t len)
{
	unsigned int all = 0;
	size_t i;

	for (i = 0; i < len; i += 2)
		all += (unsigned int)bytes[i] << 8 | bytes[i + 1];
	return all;
}

static unsigned int folded(unsigned int all)
{
	while (all > 0xffff)
		all = (all & 0xffff) + (all >> 16);
	return 0xffff - all;
}

static void put_header(struct frame *out, const struct frame *in)
{
	uint8_t *const ip = out->bytes + out->l3;
	const uint8_t *const old = in->bytes + in->l3;

	if (in->family == 4) {
		ip[0] = 0x45;
		frame_put16(out, out->l3 + 2, 20 + ICMP + FARM_QUOTE);
		frame_put16(out, out->l3 + 6, 0x4000);
		ip[8] = 64;
		ip[9] = 1;
		memcpy(ip + 12, old + 16, 4);
		memcpy(ip + 16, old + 12, 4);
		out->l4 = out->l3 + 20;
		frame_checksum(out);
		return;
	}
	ip[0] = 0x60;
	frame_put16(out, out->l3 + 4, ICMP + FARM_QUOTE);
	ip[6] = 58;
	ip[7] = 64;
	memcpy(ip + 8, old + 24, 16);
	memcpy(ip + 24, old + 8, 16);
	out->l4 = out->l3 + 40;
}

/* RFC 792 with RFC 1191; RFC 4443, 3.2. */
static void put_message(struct frame *out, const struct frame *in, size_t mtu)
{
	unsigned int all;

	out->bytes[out->l4] = in->family == 4 ? 3 : 2;
	out->bytes[out->l4 + 1] = in->family == 4 ? 4 : 0;
	put32(out, out->l4 + 4, (unsigned int)mtu);
	memcpy(out->bytes + out->l4 + ICMP, in->bytes + in->l3, FARM_QUOTE);
	all = sum(out->bytes + out->l4, ICMP + FARM_QUOTE);
	if (in->family == 6)
		all += sum(out->bytes + out->l3 + 8, 32) + ICMP + FARM_QUOTE +
		       58;
	frame_put16(out, out->l4 + 2, folded(all));
	out->payload = out->l4 + ICMP;
	out->len = out->payload + FARM_QUOTE;
}

struct frame farm_too_big(const struct frame *in, size_t mtu,
			  const uint8_t destination[6], const uint8_t source[6])
{
	struct frame out = { .family = in->family, .l3 = in->l3 };

	memcpy(out.bytes, destination, 6);
	memcpy(out.bytes + 6, source, 6);
	memcpy(out.bytes + 12, in->bytes + 12, in->l3 - 12);
	put_header(&out, in);
	put_message(&out, in, mtu);
	return out;
}
