/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/checksum.h"

/* Segments as tcpdump calls them correct. */
static const struct {
	const char *source, *target;
	const char *bytes;
	size_t size;
} SEGMENTS[] = {
	{ "::ffff:192.0.2.9", "::ffff:192.0.2.1",
	  "\x4e\x20\x00\x19\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\xfa\x00\xe3\x9c\x00\x00", 20 },
	{ "2001:db8::9", "2001:db8::1",
	  "\x4e\x20\x00\x19\x00\x00\x00\x01\x00\x00\x00\x02\x50\x18\xfa\x00\x43\x59\x00\x00"
	  "QUIT\r\n!",
	  27 },
};

static bool is_right(const char *source, const char *target, const uint8_t *bytes, size_t size)
{
	struct flow_key key = { .protocol = IPPROTO_TCP };
	uint8_t *exact = malloc(size);
	inet_pton(AF_INET6, source, &key.src);
	inet_pton(AF_INET6, target, &key.dst);
	memcpy(exact, bytes, size);
	bool right = checksum_is_right(&key, exact, size);
	free(exact);
	return right;
}

static void each_changed_bit_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(SEGMENTS) / sizeof(SEGMENTS[0]); i++) {
		uint8_t bytes[32];
		size_t size = SEGMENTS[i].size;
		memcpy(bytes, SEGMENTS[i].bytes, size);
		assert_true(is_right(SEGMENTS[i].source, SEGMENTS[i].target, bytes, size));
		for (size_t bit = 0; bit < 8 * size; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(is_right(SEGMENTS[i].source, SEGMENTS[i].target, bytes, size));
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_false(is_right(SEGMENTS[i].source, SEGMENTS[i].target, bytes, size - 1));
		assert_false(is_right(SEGMENTS[i].source, "2001:db8::7", bytes, size));
	}
}

/* What Linux writes to a segment that it has merged: the sum of the pseudo-header. */
static void partial_sums(void **state)
{
	(void)state;
	struct flow_key key = { .protocol = IPPROTO_TCP };
	inet_pton(AF_INET6, "::ffff:192.0.2.9", &key.src);
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &key.dst);
	assert_true(checksum_is_partial(&key, 20, (const uint8_t *)"\x84\x25"));
	assert_false(checksum_is_partial(&key, 20, (const uint8_t *)"\x7b\xda"));
	assert_false(checksum_is_partial(&key, 21, (const uint8_t *)"\x84\x25"));
	/* 0x8411 and 220,020 octets. */
	assert_true(checksum_is_partial(&key, 220020, (const uint8_t *)"\xdf\x88"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_changed_bit_is_seen),
		cmocka_unit_test(partial_sums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
