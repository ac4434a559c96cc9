/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "parsers/link/frame.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

#define DLT_EN10MB 1
#define DLT_NONE   147 /* DLT_USER0: not assigned */

#define IPV4 0x0800
#define IPV6 0x86dd

#define MORE 0x2000 /* fragments follow, IPv4 */

/* The parts of a frame; a part that is zero is left out, or has its correct value. */
struct parts {
	uint16_t tags[5]; /* EtherTypes of VLAN tags; their identifiers are 100, 101, ... */
	bool ipv6;
	uint8_t version; /* if not that of the EtherType */
	uint8_t ihl;     /* if not 5 */
	uint16_t fragment;
	uint8_t extensions[10]; /* protocol numbers of IPv6 extension headers */
	uint16_t fragment6;     /* field of an extension header of type 44 */
	uint8_t protocol;
	uint8_t tcp_header; /* in octets, if not 20 */
	size_t data;        /* octets after the UDP or TCP header */
	size_t padding;     /* octets after the datagram */
	int32_t lie;        /* added to the length in the IP header; LIE_ZERO: it is zero */
	int32_t udp_lie;
};
#define LIE_ZERO INT32_MIN

static struct wire wire;

static unsigned lied(size_t length, int32_t lie)
{
	return lie == LIE_ZERO ? 0 : (unsigned)((int32_t)length + lie);
}

static void put_ethernet(const struct parts *parts)
{
	wire_fill(&wire, 0x02, 12);
	for (unsigned i = 0; i < 5 && parts->tags[i] != 0; i++) {
		wire_u16(&wire, parts->tags[i]);
		wire_u16(&wire, 0xe000 | (100 + i)); /* with a priority before the identifier */
	}
	wire_u16(&wire, parts->ipv6 ? IPV6 : IPV4);
}

static void put_transport(const struct parts *parts)
{
	if (parts->protocol == IPPROTO_UDP) {
		wire_u16(&wire, 53);
		wire_u16(&wire, 40000);
		wire_u16(&wire, lied(8 + parts->data, parts->udp_lie));
		wire_u16(&wire, 0xbad0);
	} else if (parts->protocol == IPPROTO_TCP) {
		unsigned header = parts->tcp_header != 0 ? parts->tcp_header : 20;
		wire_u16(&wire, 40001);
		wire_u16(&wire, 25);
		wire_u32(&wire, 0x01020304);
		wire_u32(&wire, 0xfffffffe);
		wire_u8(&wire, header / 4 << 4);
		wire_u8(&wire, FRAME_TCP_ACK | FRAME_TCP_FIN);
		wire_u16(&wire, 0x7fff);
		wire_u32(&wire, 0);
		wire_fill(&wire, 1, header > 20 ? header - 20 : 0);
	}
	wire_fill(&wire, 'd', parts->data);
}

static void put_ipv4(const struct parts *parts)
{
	size_t start = wire.size;
	unsigned ihl = parts->ihl != 0 ? parts->ihl : 5;
	wire_u8(&wire, (parts->version != 0 ? parts->version : 4U) << 4 | ihl);
	wire_fill(&wire, 0, 3);
	wire_u16(&wire, 0xbeef);
	wire_u16(&wire, parts->fragment);
	wire_u8(&wire, 64);
	wire_u8(&wire, parts->protocol);
	wire_u16(&wire, 0);
	wire_put(&wire, "\xc0\0\2\1\xc0\0\2\2", 8);
	wire_fill(&wire, 1, ihl > 5 ? 4 * ihl - 20 : 0);
	put_transport(parts);
	wire_patch_u16(&wire, start + 2, lied(wire.size - start, parts->lie));
}

static void put_extension(const struct parts *parts, uint8_t type, uint8_t next)
{
	wire_u8(&wire, next);
	if (type == IPPROTO_FRAGMENT) {
		wire_u8(&wire, 0);
		wire_u16(&wire, parts->fragment6);
		wire_u32(&wire, 0xdeadbeef);
	} else {
		/* 16 octets: one unit of 8 more, in AH two of 4 more than the first two. */
		wire_u8(&wire, type == IPPROTO_AH ? 2 : 1);
		wire_fill(&wire, 0, 14);
	}
}

static void put_ipv6(const struct parts *parts)
{
	size_t start = wire.size;
	wire_u32(&wire, (uint32_t)(parts->version != 0 ? parts->version : 6) << 28);
	wire_u16(&wire, 0);
	wire_u8(&wire, parts->extensions[0] != 0 ? parts->extensions[0] - 1U : parts->protocol);
	wire_u8(&wire, 64);
	wire_put(&wire, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	wire_put(&wire, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	for (unsigned i = 0; i < 9 && parts->extensions[i] != 0; i++) {
		uint8_t next = parts->extensions[i + 1];
		put_extension(parts, parts->extensions[i] - 1,
		              next != 0 ? next - 1 : parts->protocol);
	}
	put_transport(parts);
	wire_patch_u16(&wire, start + 4, lied(wire.size - start - 40, parts->lie));
}

/* Hop-by-hop is number 0, so extension headers are given as their number and one. */
#define EXT(number) ((uint8_t)((number) + 1))
#define HOP         EXT(IPPROTO_HOPOPTS)
#define ROUTING     EXT(IPPROTO_ROUTING)
#define DSTOPTS     EXT(IPPROTO_DSTOPTS)
#define AH          EXT(IPPROTO_AH)
#define FRAGMENT    EXT(IPPROTO_FRAGMENT)

static void put_frame(const struct parts *parts)
{
	wire.size = 0;
	put_ethernet(parts);
	if (parts->ipv6) {
		put_ipv6(parts);
	} else {
		put_ipv4(parts);
	}
	wire_fill(&wire, 0, parts->padding);
}

static const char *status_text(enum frame_status status)
{
	static const char *const texts[] = {
		"udp", "tcp", "fragment", "other", "cut", "malformed"
	};
	return texts[status];
}

#define UDP .protocol = IPPROTO_UDP, .data = 30
#define TCP .protocol = IPPROTO_TCP, .data = 30

static void kinds(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		struct parts parts;
		enum frame_status status;
		size_t size;
		int32_t vlan; /* 0: none */
	} tests[] = {
		{ "udp", { UDP }, FRAME_UDP, 30, 0 },
		{ "udp, no data", { .protocol = IPPROTO_UDP }, FRAME_UDP, 0, 0 },
		{ "tcp", { TCP }, FRAME_TCP, 30, 0 },
		{ "tcp, no data", { .protocol = IPPROTO_TCP }, FRAME_TCP, 0, 0 },
		{ "tcp, most options", { TCP, .tcp_header = 60 }, FRAME_TCP, 30, 0 },
		{ "icmp", { .protocol = IPPROTO_ICMP, .data = 8 }, FRAME_OTHER, 0, 0 },
		{ "udp6", { UDP, .ipv6 = true }, FRAME_UDP, 30, 0 },
		{ "tcp6", { TCP, .ipv6 = true }, FRAME_TCP, 30, 0 },
		{ "icmp6", { .protocol = 58, .data = 8, .ipv6 = true }, FRAME_OTHER, 0, 0 },
		{ "no next header", { .protocol = 59, .ipv6 = true }, FRAME_OTHER, 0, 0 },
		/* padding of short frames is not data */
		{ "padding", { .protocol = IPPROTO_UDP, .padding = 18 }, FRAME_UDP, 0, 0 },
		{ "padding, tcp", { .protocol = IPPROTO_TCP, .padding = 6 }, FRAME_TCP, 0, 0 },
		{ "padding, v6", { UDP, .ipv6 = true, .padding = 4 }, FRAME_UDP, 30, 0 },
		/* VLAN tags */
		{ "802.1Q", { UDP, .tags = { 0x8100 } }, FRAME_UDP, 30, 100 },
		{ "802.1ad", { UDP, .tags = { 0x88a8, 0x8100 } }, FRAME_UDP, 30, 100 },
		{ "0x9100", { UDP, .ipv6 = true, .tags = { 0x9100 } }, FRAME_UDP, 30, 100 },
		{ "three", { TCP, .tags = { 0x8100, 0x8100, 0x8100 } }, FRAME_TCP, 30, 100 },
		{ "four", { TCP, .tags = { 0x8100, 0x8100, 0x8100, 0x8100 } }, FRAME_TCP, 30, 100 },
		/* IPv4 header */
		{ "options", { UDP, .ihl = 15 }, FRAME_UDP, 30, 0 },
		{ "ihl 4", { UDP, .ihl = 4 }, FRAME_MALFORMED, 0, 0 },
		{ "version 5", { UDP, .version = 5 }, FRAME_MALFORMED, 0, 0 },
		{ "version 15", { UDP, .ipv6 = true, .version = 15 }, FRAME_MALFORMED, 0, 0 },
		/* IPv4 length */
		{ "zero", { UDP, .lie = LIE_ZERO }, FRAME_UDP, 30, 0 },
		{ "zero, tcp", { TCP, .lie = LIE_ZERO }, FRAME_TCP, 30, 0 },
		{ "one more than there is", { TCP, .lie = 1 }, FRAME_TCP, 30, 0 },
		{ "one less", { TCP, .lie = -1 }, FRAME_TCP, 29, 0 },
		{ "below udp's", { UDP, .lie = -1 }, FRAME_MALFORMED, 0, 0 },
		{ "of the ip header", { TCP, .lie = -50 }, FRAME_MALFORMED, 0, 0 },
		{ "below the ip header", { TCP, .lie = -51 }, FRAME_MALFORMED, 0, 0 },
		{ "inside the tcp header", { TCP, .lie = -31 }, FRAME_MALFORMED, 0, 0 },
		{ "just the tcp header", { TCP, .lie = -30 }, FRAME_TCP, 0, 0 },
		/* IPv6 length */
		{ "zero, v6", { UDP, .ipv6 = true, .lie = LIE_ZERO }, FRAME_UDP, 30, 0 },
		{ "one more, v6", { TCP, .ipv6 = true, .lie = 1 }, FRAME_TCP, 30, 0 },
		{ "inside the header, v6",
		  { TCP, .ipv6 = true, .lie = -31 },
		  FRAME_MALFORMED,
		  0,
		  0 },
		/* UDP length */
		{ "udp zero", { UDP, .udp_lie = LIE_ZERO }, FRAME_UDP, 30, 0 },
		{ "udp 7", { UDP, .udp_lie = -31 }, FRAME_MALFORMED, 0, 0 },
		{ "udp 8", { UDP, .udp_lie = -30 }, FRAME_UDP, 0, 0 },
		{ "udp one less", { UDP, .udp_lie = -1 }, FRAME_UDP, 29, 0 },
		{ "udp one more", { UDP, .udp_lie = 1 }, FRAME_MALFORMED, 0, 0 },
		{ "udp one more, padded",
		  { UDP, .udp_lie = 1, .padding = 9 },
		  FRAME_MALFORMED,
		  0,
		  0 },
		/* TCP header length */
		{ "tcp 16", { TCP, .tcp_header = 16 }, FRAME_MALFORMED, 0, 0 },
		{ "tcp beyond its packet",
		  { .protocol = IPPROTO_TCP, .tcp_header = 60, .lie = -4 },
		  FRAME_MALFORMED,
		  0,
		  0 },
		/* fragments */
		{ "first", { UDP, .fragment = MORE }, FRAME_FRAGMENT, 38, 0 },
		{ "last", { UDP, .fragment = 185 }, FRAME_FRAGMENT, 38, 0 },
		{ "do not fragment", { UDP, .fragment = 0x4000 }, FRAME_UDP, 30, 0 },
		{ "reserved bit", { UDP, .fragment = 0x8000 }, FRAME_UDP, 30, 0 },
		{ "first, v6",
		  { UDP, .ipv6 = true, .extensions = { FRAGMENT }, .fragment6 = 1 },
		  FRAME_FRAGMENT,
		  38,
		  0 },
		{ "last, v6",
		  { UDP, .ipv6 = true, .extensions = { FRAGMENT }, .fragment6 = 8 },
		  FRAME_FRAGMENT,
		  38,
		  0 },
		{ "atomic, v6",
		  { UDP, .ipv6 = true, .extensions = { FRAGMENT } },
		  FRAME_UDP,
		  30,
		  0 },
		/* IPv6 extension headers */
		{ "hop-by-hop", { UDP, .ipv6 = true, .extensions = { HOP } }, FRAME_UDP, 30, 0 },
		{ "each",
		  { TCP, .ipv6 = true, .extensions = { HOP, DSTOPTS, ROUTING, AH } },
		  FRAME_TCP,
		  30,
		  0 },
		{ "eight",
		  { TCP, .ipv6 = true, .extensions = { HOP, HOP, HOP, HOP, HOP, HOP, HOP, HOP } },
		  FRAME_TCP,
		  30,
		  0 },
		{ "nine",
		  { TCP, .ipv6 = true,
		    .extensions = { HOP, HOP, HOP, HOP, HOP, HOP, HOP, HOP, HOP } },
		  FRAME_TCP,
		  30,
		  0 },
		{ "longer than the packet",
		  { UDP, .ipv6 = true, .extensions = { HOP, HOP }, .lie = -39 },
		  FRAME_MALFORMED,
		  0,
		  0 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		put_frame(&tests[i].parts);
		const uint8_t *bytes = guard_lay(&guard, wire.bytes, wire.size);
		enum frame_status status = frame_decode(&frame, DLT_EN10MB, bytes, wire.size);
		if (status != tests[i].status) {
			fail_msg("%s: %s", tests[i].label, status_text(status));
		}
		if (status <= FRAME_FRAGMENT && frame.size != tests[i].size) {
			fail_msg("%s: %zu octets", tests[i].label, frame.size);
		}
		assert_int_equal(frame.encapsulation.vlan,
		                 tests[i].vlan != 0 ? tests[i].vlan : VLAN_NONE);
	}
	guard_close(&guard);
}

/* Extension headers of 16 octets, as many as fit, before the transport's header. */
static void put_chain(unsigned count, uint8_t type)
{
	const struct parts transport = { UDP, .ipv6 = true };
	for (unsigned i = 0; i < count; i++) {
		put_extension(&transport, type, i + 1 < count ? type : IPPROTO_UDP);
	}
	put_transport(&transport);
}

static void chain_as_long_as_the_packet(void **state)
{
	(void)state;
	static const uint8_t types[] = { IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_AH };
	for (size_t i = 0; i < sizeof(types); i++) {
		struct frame frame;
		put_frame(&(struct parts){ UDP, .ipv6 = true, .extensions = { DSTOPTS } });
		size_t fixed = wire.size - 16 - 8 - 30;
		wire.size = fixed;
		put_chain(80, types[i]);
		wire.bytes[fixed - 40 + 6] = types[i];
		wire_patch_u16(&wire, fixed - 40 + 4, (uint16_t)(wire.size - fixed));
		assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size),
		                 FRAME_UDP);
		assert_int_equal(frame.size, 30);
		/* The same after reassembly. */
		frame = (struct frame){ .key.protocol = types[i] };
		assert_int_equal(
		        frame_decode_transport(&frame, wire.bytes + fixed, wire.size - fixed, 0),
		        FRAME_UDP);
		assert_int_equal(frame.size, 30);
		/* Without its end it is no datagram. */
		assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, fixed + 700),
		                 FRAME_CUT);
	}
}

static void assert_address(const struct in6_addr *addr, const char *expected)
{
	char text[INET6_ADDRSTRLEN];
	(void)inet_ntop(AF_INET6, addr, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void fields(void **state)
{
	(void)state;
	struct frame frame;
	put_frame(&(struct parts){ UDP });
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_UDP);
	assert_address(&frame.key.src, "::ffff:192.0.2.1");
	assert_address(&frame.key.dst, "::ffff:192.0.2.2");
	assert_int_equal(frame.key.sport, 53);
	assert_int_equal(frame.key.dport, 40000);
	assert_ptr_equal(frame.payload, wire.bytes + 14 + 20 + 8);
	assert_int_equal(frame.cut, 0);

	put_frame(&(struct parts){ TCP, .ipv6 = true, .tcp_header = 32 });
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_TCP);
	assert_address(&frame.key.src, "2001:db8::1");
	assert_address(&frame.key.dst, "2001:db8::2");
	assert_int_equal(frame.key.protocol, IPPROTO_TCP);
	assert_int_equal(frame.key.sport, 40001);
	assert_int_equal(frame.key.dport, 25);
	assert_int_equal(frame.tcp.seq, 0x01020304);
	assert_int_equal(frame.tcp.ack, 0xfffffffe);
	assert_int_equal(frame.tcp.flags, FRAME_TCP_ACK | FRAME_TCP_FIN);
	assert_int_equal(frame.tcp.window, 0x7fff);
	assert_ptr_equal(frame.payload, wire.bytes + 14 + 40 + 32);

	put_frame(&(struct parts){ UDP, .fragment = MORE | 185 });
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_FRAGMENT);
	assert_int_equal(frame.fragment.id, 0xbeef);
	assert_int_equal(frame.fragment.offset, 1480);
	assert_true(frame.fragment.more);
	assert_int_equal(frame.key.protocol, IPPROTO_UDP);
	assert_ptr_equal(frame.payload, wire.bytes + 14 + 20);

	put_frame(&(struct parts){ UDP, .ipv6 = true, .extensions = { HOP, FRAGMENT },
	                           .fragment6 = 1448 });
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_FRAGMENT);
	assert_int_equal(frame.fragment.id, 0xdeadbeef);
	assert_int_equal(frame.fragment.offset, 1448);
	assert_false(frame.fragment.more);
	assert_int_equal(frame.key.protocol, IPPROTO_UDP);
	assert_ptr_equal(frame.payload, wire.bytes + 14 + 40 + 16 + 8);
}

/* Cut in a header, it is a cut frame; cut in the data, the missing octets are counted. */
static void cut_at_every_octet(void **state)
{
	(void)state;
	static const struct {
		struct parts parts;
		size_t headers;
	} tests[] = {
		{ { UDP }, 42 },
		{ { TCP, .tcp_header = 40 }, 74 },
		{ { UDP, .tags = { 0x88a8, 0x8100 }, .ihl = 8 }, 62 },
		{ { TCP, .ipv6 = true, .extensions = { HOP, ROUTING, AH } }, 122 },
		{ { UDP, .fragment = MORE }, 34 },
		{ { UDP, .ipv6 = true, .extensions = { DSTOPTS, FRAGMENT }, .fragment6 = 9 }, 78 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		put_frame(&tests[i].parts);
		for (size_t size = 0; size < wire.size; size++) {
			struct frame frame;
			const uint8_t *bytes = guard_lay(&guard, wire.bytes, size);
			enum frame_status status = frame_decode(&frame, DLT_EN10MB, bytes, size);
			if ((status == FRAME_CUT) != (size < tests[i].headers)) {
				fail_msg("row %zu, %zu octets: %s", i, size, status_text(status));
			}
			if (size >= tests[i].headers) {
				assert_true(status <= FRAME_FRAGMENT);
				assert_int_equal(frame.size, size - tests[i].headers);
				assert_int_equal(frame.cut, wire.size - size);
			}
		}
	}
	guard_close(&guard);
}

/* Each octet of the headers with each value: the payload is inside the frame. */
static void every_octet_changed(void **state)
{
	(void)state;
	static const struct parts tests[] = {
		{ .protocol = IPPROTO_UDP, .data = 4, .tags = { 0x8100 } },
		{ .protocol = IPPROTO_TCP, .data = 4, .ihl = 6 },
		{ .protocol = IPPROTO_TCP,
		  .data = 4,
		  .ipv6 = true,
		  .extensions = { HOP, AH, FRAGMENT } },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		put_frame(&tests[i]);
		for (size_t n = 0; n < wire.size * 256; n++) {
			struct frame frame;
			uint8_t kept = wire.bytes[n / 256];
			wire.bytes[n / 256] = (uint8_t)n;
			const uint8_t *bytes = guard_lay(&guard, wire.bytes, wire.size);
			wire.bytes[n / 256] = kept;
			if (frame_decode(&frame, DLT_EN10MB, bytes, wire.size) > FRAME_FRAGMENT) {
				continue;
			}
			assert_true(frame.payload >= bytes + 14);
			assert_true(frame.size <= (size_t)(bytes + wire.size - frame.payload));
			assert_true(frame.cut <= 65535);
		}
	}
	guard_close(&guard);
}

static void transport_of_a_whole_datagram(void **state)
{
	(void)state;
	struct guard guard;
	struct frame frame = { .key.protocol = IPPROTO_UDP };
	guard_open(&guard);
	wire.size = 0;
	put_transport(&(struct parts){ UDP });
	for (size_t size = 0; size <= wire.size; size++) {
		const uint8_t *bytes = guard_lay(&guard, wire.bytes, size);
		enum frame_status status = frame_decode_transport(&frame, bytes, size, 0);
		/* A reassembled datagram is not cut: a length beyond its end is malformed. */
		assert_int_equal(status, size < wire.size ? FRAME_MALFORMED : FRAME_UDP);
	}
	assert_int_equal(frame.size, 30);
	frame.key.protocol = IPPROTO_ICMP;
	assert_int_equal(frame_decode_transport(&frame, wire.bytes, wire.size, 0), FRAME_OTHER);
	guard_close(&guard);
}

static void largest_datagram(void **state)
{
	(void)state;
	struct frame frame;
	put_frame(&(struct parts){ .protocol = IPPROTO_UDP, .data = 65535 - 28 });
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_UDP);
	assert_int_equal(frame.size, 65535 - 28);
}

static void links(void **state)
{
	(void)state;
	struct frame frame;
	put_frame(&(struct parts){ UDP });
	assert_true(frame_link_known(DLT_EN10MB));
	assert_false(frame_link_known(DLT_NONE));
	assert_false(frame_link_known(-1));
	assert_int_equal(frame_decode(&frame, DLT_NONE, wire.bytes, wire.size), FRAME_OTHER);
	/* ARP; an 802.3 length field */
	wire_patch_u16(&wire, 12, 0x0806);
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_OTHER);
	wire_patch_u16(&wire, 12, 100);
	assert_int_equal(frame_decode(&frame, DLT_EN10MB, wire.bytes, wire.size), FRAME_OTHER);
}

/* A jumbogram (RFC 2675): its hop-by-hop header has `options`, and the length in IPv6 is zero. */
static void put_jumbogram(const char *options, size_t options_size, uint32_t length)
{
	put_frame(&(struct parts){ TCP, .ipv6 = true, .extensions = { HOP }, .lie = LIE_ZERO });
	memcpy(wire.bytes + 14 + 40 + 2, options, options_size);
	if (length > 0) {
		wire_patch_u16(&wire, 14 + 40 + 2 + options_size, length >> 16);
		wire_patch_u16(&wire, 14 + 40 + 4 + options_size, length & 0xffff);
	}
}

static void jumbograms(void **state)
{
	(void)state;
	enum { WHOLE = 16 + 20 + 30 }; /* hop-by-hop, TCP, data */
	static const struct {
		const char *label, *options;
		size_t options_size;
		uint32_t length;
		enum frame_status status;
		size_t size, cut;
		bool unbounded;
	} tests[] = {
		{ "whole", "\xc2\4", 2, WHOLE, FRAME_TCP, 30, 0, false },
		{ "after padding", "\0\1\1\0\xc2\4", 6, WHOLE, FRAME_TCP, 30, 0, false },
		{ "shorter than the packet", "\xc2\4", 2, WHOLE - 6, FRAME_TCP, 24, 0, false },
		{ "cut", "\xc2\4", 2, WHOLE + 500000, FRAME_TCP, 30, 500000, false },
		{ "cut, the longest", "\xc2\4", 2, UINT32_MAX, FRAME_TCP, 30,
		  (size_t)UINT32_MAX - WHOLE, false },
		{ "below its header", "\xc2\4", 2, 15, FRAME_MALFORMED, 0, 0, false },
		{ "within TCP's header", "\xc2\4", 2, 16 + 19, FRAME_MALFORMED, 0, 0, false },
		{ "option of another length", "\xc2\5", 2, WHOLE, FRAME_TCP, 30, 0, true },
		{ "option that exceeds the header", "\1\7\0\0\0\0\0\0\0\xc2\4", 11, 0, FRAME_TCP,
		  30, 0, true },
		{ "without option", "\1\14", 2, 0, FRAME_TCP, 30, 0, true },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		put_jumbogram(tests[i].options, tests[i].options_size, tests[i].length);
		const uint8_t *bytes = guard_lay(&guard, wire.bytes, wire.size);
		enum frame_status status = frame_decode(&frame, DLT_EN10MB, bytes, wire.size);
		if (status != tests[i].status || frame.unbounded != tests[i].unbounded ||
		    (status == FRAME_TCP &&
		     (frame.size != tests[i].size || frame.cut != tests[i].cut))) {
			fail_msg("%s: %s, %zu octets, %zu cut", tests[i].label, status_text(status),
			         frame.size, frame.cut);
		}
	}
	guard_close(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(chain_as_long_as_the_packet),
		cmocka_unit_test(fields),
		cmocka_unit_test(cut_at_every_octet),
		cmocka_unit_test(every_octet_changed),
		cmocka_unit_test(transport_of_a_whole_datagram),
		cmocka_unit_test(largest_datagram),
		cmocka_unit_test(links),
		cmocka_unit_test(jumbograms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
