/* SPDX-License-Identifier: BSD-2-Clause */
#include <glib.h>
#include <string.h>

#include "frame.h"
#include "netns.h"

#define UDP_BYTES 8
#define IPV6_BYTES 40

/* Bytes that differ from each other, and that no test looks for. */
static void fill(uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(0x51 + 7 * i);
}

static void append(struct quic *quic, const void *bytes, size_t len)
{
	g_assert_cmpuint(quic->len + len, <=, sizeof(quic->bytes));
	memcpy(quic->bytes + quic->len, bytes, len);
	quic->len += len;
}

static void append_rest(struct quic *quic)
{
	uint8_t rest[QUIC_REST_BYTES];

	fill(rest, sizeof(rest));
	append(quic, rest, sizeof(rest));
}

void quic_short(struct quic *quic, const uint8_t *dcid, size_t dcid_len)
{
	quic->len = 0;
	append(quic, "\x43", 1);
	append(quic, dcid, dcid_len);
	append_rest(quic);
}

void quic_long(struct quic *quic, uint32_t version, const uint8_t *dcid,
	       size_t dcid_len)
{
	const uint8_t head[6] = { 0xc3,
				  (uint8_t)(version >> 24),
				  (uint8_t)(version >> 16),
				  (uint8_t)(version >> 8),
				  (uint8_t)version,
				  (uint8_t)dcid_len };

	quic->len = 0;
	append(quic, head, sizeof(head));
	append(quic, dcid, dcid_len);
	append(quic, "\x08SOURCEID", 9);
	append_rest(quic);
}

void frame_spec_init(struct frame_spec *spec, const char *vip, uint16_t port)
{
	static const uint8_t client[6] = { 0x02, 0, 0, 0, 0xcc, 0x01 };

	memset(spec, 0, sizeof(*spec));
	memcpy(spec->source, client, sizeof(client));
	memcpy(spec->destination, netns_left_mac, 6);
	g_assert_cmpint(quiclb_address_parse(vip, &spec->vip), ==, 0);
	spec->port = port;
	spec->ttl = 64;
	spec->ihl = 5;
}

void frame_put16(struct frame *frame, size_t offset, unsigned int value)
{
	frame->bytes[offset] = (uint8_t)(value >> 8);
	frame->bytes[offset + 1] = (uint8_t)value;
}

unsigned int frame_get16(const struct frame *frame, size_t offset)
{
	return (unsigned int)frame->bytes[offset] << 8 |
	       frame->bytes[offset + 1];
}

void frame_pad(struct frame *frame, size_t n)
{
	g_assert_cmpuint(frame->len + n, <=, sizeof(frame->bytes));
	fill(frame->bytes + frame->len, n);
	frame->len += n;
}

static void put_ethernet(struct frame *frame, const struct frame_spec *spec)
{
	size_t i, off = 12;

	memcpy(frame->bytes, spec->destination, 6);
	memcpy(frame->bytes + 6, spec->source, 6);
	for (i = 0; i < spec->n_tags; i++) {
		frame_put16(frame, off, spec->tags[i]);
		frame_put16(frame, off + 2, 0xa000 + 100 + (unsigned int)i);
		off += 4;
	}
	frame_put16(frame, off, frame->family == 4 ? 0x0800 : 0x86dd);
	frame->l3 = off + 2;
}

static void put_ipv4(struct frame *frame, const struct frame_spec *spec,
		     size_t udp_len)
{
	uint8_t *const ip = frame->bytes + frame->l3;
	const size_t header = 4u * spec->ihl;

	memset(ip, 1, header); /* options: no operation */
	ip[0] = (uint8_t)(0x40 | spec->ihl);
	ip[1] = 0x02; /* ECT(0) */
	frame_put16(frame, frame->l3 + 2, (unsigned int)(header + udp_len));
	frame_put16(frame, frame->l3 + 4, 0x1d1d);
	frame_put16(frame, frame->l3 + 6, 0x4000); /* do not fragment */
	ip[8] = spec->ttl;
	ip[9] = 17;
	memcpy(ip + 12, "\xcb\x00\x71\x64", 4); /* 203.0.113.100 */
	memcpy(ip + 16, spec->vip.bytes, 4);
	frame->l4 = frame->l3 + header;
	frame_checksum(frame);
}

/* Each names the next, from offset at on; the last names UDP. */
static void put_ext(struct frame *frame, const struct frame_spec *spec,
		    size_t at)
{
	size_t i;

	for (i = 0; i < spec->n_ext; i++) {
		const struct frame_ext *const ext = &spec->ext[i];
		uint8_t *const header = frame->bytes + frame->l4;

		frame->bytes[at] = ext->type;
		at = frame->l4;
		frame->l4 += 8 + 8u * ext->len;
		g_assert_cmpuint(frame->l4, <, sizeof(frame->bytes));
		memset(header, 0, frame->l4 - at); /* options: padding */
		header[1] = ext->len;
		header[3] = ext->segments_left;
	}
	frame->bytes[at] = 17;
}

static void put_ipv6(struct frame *frame, const struct frame_spec *spec,
		     size_t udp_len)
{
	uint8_t *const ip = frame->bytes + frame->l3;

	memcpy(ip, "\x60\x2a\xbc\xde", 4); /* traffic class, flow label */
	ip[7] = spec->ttl;
	memset(ip + 8, 0x20, 16);
	memcpy(ip + 24, spec->vip.bytes, 16);
	frame->l4 = frame->l3 + IPV6_BYTES;
	put_ext(frame, spec, frame->l3 + 6);
	frame_put16(
		frame, frame->l3 + 4,
		(unsigned int)(frame->l4 - frame->l3 - IPV6_BYTES + udp_len));
}

void frame_build(struct frame *frame, const struct frame_spec *spec,
		 const struct quic *quic)
{
	const size_t udp_len = UDP_BYTES + quic->len;

	memset(frame, 0, sizeof(*frame));
	frame->family = spec->vip.family;
	put_ethernet(frame, spec);
	if (frame->family == 4)
		put_ipv4(frame, spec, udp_len);
	else
		put_ipv6(frame, spec, udp_len);
	frame_put16(frame, frame->l4, 40000);
	frame_put16(frame, frame->l4 + 2, spec->port);
	frame_put16(frame, frame->l4 + 4, (unsigned int)udp_len);
	frame_put16(frame, frame->l4 + 6, 0xbeef); /* nobody checks it */
	frame->payload = frame->l4 + UDP_BYTES;
	memcpy(frame->bytes + frame->payload, quic->bytes, quic->len);
	frame->len = frame->payload + quic->len;
}

unsigned int frame_sum(const struct frame *frame)
{
	const size_t words = 2u * (frame->bytes[frame->l3] & 0x0f);
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < words; i++)
		sum += frame_get16(frame, frame->l3 + 2 * i);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

void frame_checksum(struct frame *frame)
{
	if (frame->family != 4)
		return;
	frame_put16(frame, frame->l3 + 10, 0);
	frame_put16(frame, frame->l3 + 10, 0xffff - frame_sum(frame));
}

void frame_forward(struct frame *frame, const uint8_t destination[6],
		   const uint8_t source[6])
{
	memcpy(frame->bytes, destination, 6);
	memcpy(frame->bytes + 6, source, 6);
	frame->bytes[frame->l3 + (frame->family == 4 ? 8 : 7)]--;
	frame_checksum(frame);
}
