/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/link/frame.h"
#include "parsers/link/glance.h"
#include "tests/unit/guard.h"

#define ETHERNET "\2\0\0\0\0\1\2\0\0\0\0\2"
#define IPV4(length, protocol)                                                                     \
	"\x08\0\x45\0\0" length "\xbe\xef\x40\0\x40" protocol "\0\0\xc0\0\2\1\xc0\0\2\2"
#define IPV6(length, protocol)                                                                     \
	"\x86\xdd\x60\0\0\0\0" length protocol "\x40"                                              \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"                                                    \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
#define UDP "\x9c\x40\x01\xbb\0\x0a\0\0hi"
#define TCP "\x9c\x40\x01\xbb\1\2\3\4\5\6\7\x8\x60\x10\x7f\xff\0\0\0\0\1\1\1\0hi"

#define SPORT 40000
#define DPORT 443

struct row {
	const char *bytes;
	size_t size;
	size_t headers;
};

#define ROW(ip, transport, headers)                                                                \
	{                                                                                          \
		ETHERNET ip transport, sizeof(ETHERNET ip transport) - 1, headers                  \
	}

static const struct row ROWS[] = {
	ROW(IPV4("\x1e", "\x11"), UDP, 14 + 20 + 8),
	ROW(IPV4("\x2e", "\x06"), TCP, 14 + 20 + 24),
	ROW(IPV6("\x0a", "\x11"), UDP, 14 + 40 + 8),
	ROW(IPV6("\x1a", "\x06"), TCP, 14 + 40 + 24),
};
#define COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

/* Ports are found only if the decoder finds the same ones. */
static bool glance_and_compare(const uint8_t *bytes, size_t size)
{
	struct glance glance;
	struct frame frame;
	if (!glance_read(&glance, 1, bytes, size)) {
		return false;
	}
	enum frame_status status = frame_decode(&frame, 1, bytes, size);
	assert_true(status == FRAME_UDP || status == FRAME_TCP);
	assert_int_equal(glance.sport, frame.key.sport);
	assert_int_equal(glance.dport, frame.key.dport);
	assert_int_equal(frame.encapsulation.tunnel, TUNNEL_NONE);
	assert_int_equal(frame.encapsulation.vlan, VLAN_NONE);
	return true;
}

static void ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		struct glance glance;
		const uint8_t *bytes = (const uint8_t *)ROWS[i].bytes;
		assert_true(glance_read(&glance, 1, bytes, ROWS[i].size));
		assert_int_equal(glance.sport, SPORT);
		assert_int_equal(glance.dport, DPORT);
		/* The same octets have another meaning for another link type. */
		assert_false(glance_read(&glance, 113, bytes, ROWS[i].size));
	}
}

/* A packet whose end was not captured has its ports, if all its headers were captured. */
static void cut_at_every_octet(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t size = 0; size <= ROWS[i].size; size++) {
			const uint8_t *bytes =
			        guard_lay(&guard, (const uint8_t *)ROWS[i].bytes, size);
			assert_int_equal(glance_and_compare(bytes, size), size >= ROWS[i].headers);
		}
	}
	guard_close(&guard);
}

static void every_octet_changed(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < COUNT; i++) {
		uint8_t bytes[128];
		unsigned found = 0;
		memcpy(bytes, ROWS[i].bytes, ROWS[i].size);
		for (size_t place = 0; place < ROWS[i].headers; place++) {
			uint8_t kept = bytes[place];
			for (unsigned value = 0; value < 256; value++) {
				bytes[place] = (uint8_t)value;
				found += glance_and_compare(guard_lay(&guard, bytes, ROWS[i].size),
				                            ROWS[i].size);
			}
			bytes[place] = kept;
		}
		assert_in_range(found, 1000, ROWS[i].headers * 256 - 1);
	}
	guard_close(&guard);
}

static void needs_decoding(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		size_t row;
		size_t place;
		const char *octets; /* two */
	} tests[] = {
		{ "a tag", 0, 12, "\x81\0" },
		{ "an option of IPv4", 1, 14, "\x46\0" },
		{ "the first fragment", 0, 20, "\x20\0" },
		{ "a later fragment", 0, 20, "\0\1" },
		{ "no length in the IPv4 header", 1, 16, "\0\0" },
		{ "no length in the IPv6 header", 3, 18, "\0\0" },
		{ "an extension header", 2, 20, "\x3c\x40" },
		{ "a tunnel by its port", 0, 36, "\x12\xb5" },
		{ "a tunnel, from its port", 2, 54, "\x06\xa5" },
		{ "a header of TCP too short", 1, 46, "\x40\x10" },
		{ "a header of TCP beyond its packet", 1, 46, "\x70\x10" },
		{ "no length in the UDP header", 0, 38, "\0\0" },
		{ "a length of UDP beyond its packet", 0, 38, "\0\x0b" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct row *row = &ROWS[tests[i].row];
		struct glance glance;
		uint8_t bytes[128];
		memcpy(bytes, row->bytes, row->size);
		memcpy(bytes + tests[i].place, tests[i].octets, 2);
		if (glance_read(&glance, 1, bytes, row->size)) {
			fail_msg("%s: ports were found", tests[i].label);
		}
	}
}

static void ports_of_tunnels_that_the_user_sets(void **state)
{
	(void)state;
	static const struct tunnel_ports set = { .extra = { { DPORT, TUNNEL_VXLAN } }, .count = 1 };
	struct glance glance;
	const uint8_t *udp = (const uint8_t *)ROWS[0].bytes, *tcp = (const uint8_t *)ROWS[1].bytes;
	frame_set_tunnel_ports(&set, NULL);
	bool tunnel = !glance_read(&glance, 1, udp, ROWS[0].size);
	bool other = glance_read(&glance, 1, tcp, ROWS[1].size);
	frame_set_tunnel_ports(NULL, NULL);
	assert_true(tunnel);
	assert_true(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),
		cmocka_unit_test(cut_at_every_octet),
		cmocka_unit_test(every_octet_changed),
		cmocka_unit_test(needs_decoding),
		cmocka_unit_test(ports_of_tunnels_that_the_user_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
