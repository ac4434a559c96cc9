/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link types, tags and tunnels: the headers before an IP datagram. */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/link/frame.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

/* A UDP datagram of 192.0.2.1 port 53 with four octets, in IPv4. */
#define INNER                                                                                      \
	"\x45\0\0\x20\0\7\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2"                                     \
	"\0\x35\x9c\x40\0\x0c\0\0data"

/* The same in IPv6, from a Teredo address. */
#define INNER6                                                                                     \
	"\x60\0\0\0\0\x0c\x11\x40\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1"                               \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2\0\x35\x9c\x40\0\x0c\0\0data"

#define MACS "\2\2\2\2\2\2\2\2\2\2\2\2"

/* Outer headers have a length of zero, as with segmentation offload: all octets belong to them. */
#define OUTER(protocol) "\x45\0\0\0\0\1\0\0\x40" protocol "\0\0\x0a\0\0\1\x0a\0\0\2"
#define OUTER6(next)    "\x60\0\0\0\0\0" next "\x40" OUTER6_ADDRESS OUTER6_ADDRESS
#define OUTER6_ADDRESS  "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x0a"

#define ETHERNET             MACS "\x08\0"
#define IN(protocol, header) ETHERNET OUTER(protocol) header
#define IN_UDP(port, header) IN("\x11", "\x10\x00" port "\0\0\0\0" header)

#define SNAP "\xaa\xaa\3\0\0\0"

struct row {
	const char *label;
	int link;
	const char *bytes;
	size_t size;
	enum tunnel_kind tunnel;
	uint32_t id;
	int32_t vlan;
};

#define ROW(label, link, bytes)                                                                    \
	{                                                                                          \
		label, link, bytes, sizeof(bytes) - 1, 0, 0, VLAN_NONE                             \
	}
#define VIA(label, bytes, tunnel, id)                                                              \
	{                                                                                          \
		label, 1, bytes, sizeof(bytes) - 1, TUNNEL_##tunnel, id, VLAN_NONE                 \
	}
#define TAG(label, bytes, vlan)                                                                    \
	{                                                                                          \
		label, 1, bytes, sizeof(bytes) - 1, 0, 0, vlan                                     \
	}

static const struct row ROWS[] = {
	/* link types */
	ROW("ethernet", 1, ETHERNET INNER),
	ROW("802.3 with SNAP", 1, MACS "\0\x28" SNAP "\x08\0" INNER),
	ROW("null, little-endian", 0, "\2\0\0\0" INNER),
	ROW("null, big-endian", 0, "\0\0\0\2" INNER),
	ROW("null, IPv6 of Darwin", 0, "\x1e\0\0\0" INNER6),
	ROW("loop", 108, "\0\0\0\2" INNER),
	ROW("cooked", 113, "\0\0\0\1\0\6\2\2\2\2\2\2\0\0\x08\0" INNER),
	ROW("cooked v2", 276, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\2\2\2\2\2\0\0" INNER),
	ROW("raw, as captured", 12, INNER),
	ROW("raw, as registered", 101, INNER),
	ROW("raw IPv4", 228, INNER),
	ROW("raw IPv6", 229, INNER6),
	ROW("ppp", 9, "\xff\3\0\x21" INNER),
	ROW("ppp, compressed", 9, "\x21" INNER),
	ROW("ppp, IPv6", 50, "\xff\3\0\x57" INNER6),
	ROW("cisco hdlc", 104, "\x0f\0\x08\0" INNER),
	ROW("pppoe link", 51, "\x11\0\0\1\0\x22\0\x21" INNER),
	ROW("802.11", 105,
	    "\x08\2\0\0\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0\0" SNAP "\x08\0" INNER),
	ROW("radiotap", 127,
	    "\0\0\x08\0\0\0\0\0\x08\2\0\0\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0\0" SNAP
	    "\x08\0" INNER),
	ROW("nflog", 239, "\2\0\0\0\x08\0\1\0\0\0\0\0\x24\0\x09\0" INNER),
	/* tags */
	TAG("802.1Q", MACS "\x81\0\x20\x64\x08\0" INNER, 100),
	TAG("priority tag", MACS "\x81\0\xe0\0\x08\0" INNER, 0),
	TAG("802.1ad, the outer counts", MACS "\x88\xa8\0\1\x81\0\0\2\x08\0" INNER, 1),
	TAG("tag before SNAP", MACS "\x81\0\0\7\0\x28" SNAP "\x08\0" INNER, 7),
	ROW("mpls", 1, MACS "\x88\x47\0\1\0\x40\0\1\1\x40" INNER),
	ROW("mpls, pseudowire", 1, MACS "\x88\x47\0\1\1\x40\0\0\0\0" ETHERNET INNER),
	ROW("mpls in IPv4", 1, IN("\x89", "\0\1\1\x40" INNER)),
	ROW("mpls in IPv6", 1, MACS "\x86\xdd" OUTER6("\x89") "\0\1\0\x40\0\1\1\x40" INNER6),
	ROW("mpls in IPv4, pseudowire", 1, IN("\x89", "\0\1\1\x40\0\0\0\0" ETHERNET INNER)),
	ROW("pppoe", 1, MACS "\x88\x64\x11\0\0\1\0\x22\0\x21" INNER),
	/* tunnels */
	VIA("IPv4 in IPv4", IN("\4", INNER), IP, 0),
	VIA("IPv6 in IPv4", IN("\x29", INNER6), IP, 0),
	VIA("IPv4 in IPv6", MACS "\x86\xdd" OUTER6("\4") INNER, IP, 0),
	VIA("twice", IN("\4", OUTER("\4") INNER), IP, 0),
	VIA("gre", IN("\x2f", "\0\0\x08\0" INNER), GRE, 0),
	VIA("gre with all", IN("\x2f", "\xb0\0\x08\0\0\0\0\0\0\0\0\7\0\0\0\1" INNER), GRE, 7),
	VIA("gre, ethernet", IN("\x2f", "\0\0\x65\x58" ETHERNET INNER), GRE, 0),
	VIA("gre, pptp", IN("\x2f", "\x30\x81\x88\x0b\0\x24\0\7\0\0\0\1\0\0\0\1\0\x21" INNER), GRE,
	    0x00240007),
	VIA("erspan I", IN("\x2f", "\0\0\x88\xbe" ETHERNET INNER), ERSPAN, 0),
	VIA("erspan II", IN("\x2f", "\x10\0\x88\xbe\0\0\0\1\x10\0\x0c\5\0\0\0\0" ETHERNET INNER),
	    ERSPAN, 5),
	VIA("erspan III",
	    IN("\x2f", "\x10\0\x22\xeb\0\0\0\1\x20\0\0\5\0\0\0\0\0\0\0\0" ETHERNET INNER), ERSPAN,
	    5),
	VIA("erspan III, sub-header",
	    IN("\x2f",
	       "\x10\0\x22\xeb\0\0\0\1\x20\0\0\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0" ETHERNET INNER),
	    ERSPAN, 5),
	VIA("etherip", IN("\x61", "\x30\0" ETHERNET INNER), ETHERIP, 0),
	VIA("vxlan", IN_UDP("\x12\xb5", "\x08\0\0\0\0\0\7\0" ETHERNET INNER), VXLAN, 7),
	VIA("geneve", IN_UDP("\x17\xc1", "\0\0\x65\x58\0\0\7\0" ETHERNET INNER), GENEVE, 7),
	VIA("geneve, options", IN_UDP("\x17\xc1", "\1\0\x08\0\0\0\7\0\0\0\0\0" INNER), GENEVE, 7),
	VIA("gtp-u", IN_UDP("\x08\x68", "\x30\xff\0\x20\0\0\0\7" INNER), GTP, 7),
	VIA("gtp-u, extension",
	    IN_UDP("\x08\x68", "\x34\xff\0\x28\0\0\0\7\0\0\0\x85\1\0\0\0" INNER), GTP, 7),
	VIA("teredo", IN_UDP("\x0d\xd8", INNER6), TEREDO, 0),
	VIA("teredo, indications",
	    IN_UDP("\x0d\xd8", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4\5\6" INNER6), TEREDO, 0),
	VIA("vxlan in gre, the outer counts",
	    IN("\x2f", "\x20\0\x08\0\0\0\0\x09" OUTER("\x11") "\x10\0\x12\xb5\0\0\0\0"
	                                                      "\x08\0\0\0\0\0\7\0" ETHERNET INNER),
	    GRE, 9),
};

static void decodes_to_the_innermost(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const struct row *row = &ROWS[i];
		struct frame frame;
		const uint8_t *bytes = guard_lay(&guard, row->bytes, row->size);
		enum frame_status status = frame_decode(&frame, row->link, bytes, row->size);
		if (status != FRAME_UDP || frame.key.sport != 53 || frame.key.dport != 40000 ||
		    frame.size != 4) {
			fail_msg("%s: status %d, port %u, %zu octets", row->label, status,
			         frame.key.sport, frame.size);
		}
		assert_memory_equal(frame.payload, "data", 4);
		if (frame.encapsulation.tunnel != row->tunnel ||
		    frame.encapsulation.tunnel_id != row->id) {
			fail_msg("%s: tunnel %d, id %u", row->label, frame.encapsulation.tunnel,
			         frame.encapsulation.tunnel_id);
		}
		assert_int_equal(frame.encapsulation.vlan, row->vlan);
		assert_true(frame_link_known(row->link));
	}
	guard_close(&guard);
}

/* Cut anywhere, or with any octet wrong, the payload is inside the frame and nothing outside of
 * it is read. */
static void stays_inside(void **state)
{
	(void)state;
	static struct wire wire;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		for (size_t n = 0; n < ROWS[i].size * 257; n++) {
			struct frame frame;
			wire.size = 0;
			wire_put(&wire, ROWS[i].bytes, ROWS[i].size);
			if (n % 257 < 256) {
				wire.bytes[n / 257] = (uint8_t)(n % 257);
			} else {
				wire.size = n / 257;
			}
			const uint8_t *bytes = guard_lay(&guard, wire.bytes, wire.size);
			if (frame_decode(&frame, ROWS[i].link, bytes, wire.size) > FRAME_FRAGMENT) {
				continue;
			}
			assert_true(frame.payload >= bytes);
			assert_true(frame.size <= (size_t)(bytes + wire.size - frame.payload));
		}
	}
	guard_close(&guard);
}

/* A datagram to a tunnel's port that holds no valid packet is decoded as UDP. */
static void port_is_only_a_hint(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
	} tests[] = {
#define FRAME(bytes) { bytes, sizeof(bytes) - 1 }
		FRAME(IN_UDP("\x12\xb5", "\x12\x34\x81\x80\0\1\0\0\0\0\0\0")),
		FRAME(IN_UDP("\x17\xc1", "")),
		FRAME(IN_UDP("\x08\x68", "\x32\1\0\4\0\0\0\0\0\0\0\0")),
		FRAME(IN_UDP("\x0d\xd8", "\0\1\xff\xff")),
		FRAME(IN_UDP("\x12\xb5", "\x08\0\0\0\0\0\7\0" MACS "\x08\x06")),
#undef FRAME
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		enum frame_status status =
		        frame_decode(&frame, 1, (const uint8_t *)tests[i].bytes, tests[i].size);
		assert_int_equal(status, FRAME_UDP);
		assert_int_equal(frame.key.sport, 0x1000);
		assert_int_equal(frame.encapsulation.tunnel, TUNNEL_NONE);
		assert_int_equal(frame.size, tests[i].size - 42);
	}
}

/* Nested headers are decoded up to the limit. */
static void depth_is_limited(void **state)
{
	(void)state;
	static const uint8_t outer[] = OUTER("\4");
	static struct wire wire;
	struct frame frame;
	enum frame_status last = FRAME_UDP;
	for (unsigned depth = 0; depth < 3 * FRAME_LAYERS_MAX; depth++) {
		wire.size = 0;
		for (unsigned i = 0; i < depth; i++) {
			wire_put(&wire, outer, sizeof(outer) - 1);
		}
		wire_put(&wire, INNER, sizeof(INNER) - 1);
		enum frame_status status = frame_decode(&frame, 101, wire.bytes, wire.size);
		/* Each level takes two steps, the header and the choice of the next one. */
		assert_int_equal(status,
		                 2 * depth + 2 <= FRAME_LAYERS_MAX ? FRAME_UDP : FRAME_MALFORMED);
		last = status;
	}
	assert_int_equal(last, FRAME_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_to_the_innermost),
		cmocka_unit_test(stays_inside),
		cmocka_unit_test(port_is_only_a_hint),
		cmocka_unit_test(depth_is_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
