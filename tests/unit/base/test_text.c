/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "base/text.h"

#define S 1000000000LL

static void assert_written(char *text, const char *end, const char *expected)
{
	text[end - text] = '\0';
	assert_string_equal(text, expected);
}

static void numbers(void **state)
{
	(void)state;
	static const uint64_t more[] = { 999,        1000,       9999,           10000,
		                         UINT16_MAX, UINT32_MAX, UINT32_MAX + 1, INT64_MAX,
		                         UINT64_MAX };
	for (uint64_t i = 0; i < 300 + sizeof(more) / sizeof(more[0]); i++) {
		uint64_t value = i < 300 ? i : more[i - 300];
		char text[TEXT_NUMBER_MAX + 1], expected[32];
		(void)snprintf(expected, sizeof(expected), "%" PRIu64, value);
		assert_written(text, text_number(text, value), expected);
		assert_int_equal(text_count_digits(value), strlen(expected));
	}
}

/* Where the number of digits changes, up to 64 bits. */
static void every_power_of_ten(void **state)
{
	(void)state;
	uint64_t power = 10;
	for (unsigned digits = 1; digits < 20; digits++) {
		assert_int_equal(text_count_digits(power - 1), digits);
		assert_int_equal(text_count_digits(power), digits + 1);
		power *= 10;
	}
}

static void digits(void **state)
{
	(void)state;
	static const struct {
		uint64_t value;
		unsigned digits;
		const char *text;
	} tests[] = {
		{ 0, 1, "0" },
		{ 0, 3, "000" },
		{ 7, 2, "07" },
		{ 345678, 6, "345678" },
		/* more than fit: the last ones */
		{ 12345, 3, "345" },
		{ 5, 0, "" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[16];
		assert_written(text, text_digits(text, tests[i].value, tests[i].digits),
		               tests[i].text);
	}
}

static void hex(void **state)
{
	(void)state;
	char text[17];
	assert_written(text, text_hex(text, (const uint8_t *)"\x00\x9a\xff", 3), "009aff");
	assert_written(text, text_hex(text, NULL, 0), "");
	assert_written(text, text_hex64(text, 0), "0000000000000000");
	assert_written(text, text_hex64(text, 0x0123456789abcdef), "0123456789abcdef");
	assert_written(text, text_hex64(text, UINT64_MAX), "ffffffffffffffff");
}

/* No octet after the documented maximum is written. */
static void assert_address(const struct in6_addr *addr)
{
	char text[TEXT_ADDRESS_MAX + 1], expected[INET6_ADDRSTRLEN];
	bool ipv4 = IN6_IS_ADDR_V4MAPPED(addr);
	size_t room = ipv4 ? TEXT_IPV4_MAX : TEXT_ADDRESS_MAX;
	text[room] = '#';
	assert_non_null(inet_ntop(ipv4 ? AF_INET : AF_INET6,
	                          ipv4 ? addr->s6_addr + 12 : addr->s6_addr, expected,
	                          sizeof(expected)));
	const char *end = text_address(text, addr);
	assert_int_equal(text[room], '#');
	assert_written(text, end, expected);
}

static void every_octet(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		struct in6_addr addr = { .s6_addr = { [10] = 0xff,
			                              0xff,
			                              (uint8_t)i,
			                              0,
			                              (uint8_t)(255 - i),
			                              (uint8_t)i } };
		assert_address(&addr);
	}
}

/* Groups of zero, of one digit and of four, in all orders: every run of zeros there is. */
static void every_run_of_zeros(void **state)
{
	(void)state;
	static const uint16_t groups[] = { 0, 1, 0xffff };
	for (unsigned number = 0; number < 6561; number++) {
		struct in6_addr addr;
		unsigned rest = number;
		for (unsigned i = 0; i < 8; i++) {
			addr.s6_addr16[i] = htons(groups[rest % 3]);
			rest /= 3;
		}
		assert_address(&addr);
	}
}

static void every_width_of_a_group(void **state)
{
	(void)state;
	for (unsigned group = 0; group < 65536; group += 15) {
		struct in6_addr addr = { .s6_addr = { 0x20, 1, 0x0d, 0xb8, (uint8_t)(group >> 8),
			                              (uint8_t)group, 0, 1, [15] = 1 } };
		assert_address(&addr);
	}
}

/* An octet at every offset: in blocks of sixteen, in those of eight, and in the rest. */
static void find_at_each_offset(char *text, size_t size, unsigned octet)
{
	bool plain = octet >= 0x20 && octet <= 0x7e && octet != '"' && octet != '\\';
	for (size_t at = 0; at < size; at++) {
		text[at] = (char)octet;
		assert_int_equal(text_plain(text, size), plain ? size : at);
		text[at] = 'x';
	}
}

static void plain_runs(void **state)
{
	(void)state;
	char text[45];
	memset(text, 'x', sizeof(text));
	for (size_t size = 0; size <= sizeof(text); size++) {
		assert_int_equal(text_plain(text, size), size);
		for (unsigned octet = 0; octet < 256; octet++) {
			find_at_each_offset(text, size, octet);
		}
	}
}

static void dates(void **state)
{
	(void)state;
	char text[16];
	assert_int_equal(text_date(text, 18413) - text, 10);
	assert_memory_equal(text, "2020-05-31", 10);
	assert_int_equal(text_clock(text, 86399) - text, 8);
	assert_memory_equal(text, "23:59:59", 8);
}

static void times(void **state)
{
	(void)state;
	static const struct {
		int64_t ns;
		const char *text;
	} tests[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 1590883512 * S + 345678000, "2020-05-31T00:05:12.345678Z" },
		/* nanoseconds only when there are any */
		{ 1590883512 * S + 345678900, "2020-05-31T00:05:12.345678900Z" },
		{ 1590883512 * S + 1, "2020-05-31T00:05:12.000000001Z" },
		{ 1590883512 * S + 1000, "2020-05-31T00:05:12.000001Z" },
		{ 1590883512 * S + 999999999, "2020-05-31T00:05:12.999999999Z" },
		/* the last second of a leap day, of 32 bits */
		{ 1583020799 * S, "2020-02-29T23:59:59.000000Z" },
		{ 2147483648 * S, "2038-01-19T03:14:08.000000Z" },
		/* before 1970 */
		{ -1, "1969-12-31T23:59:59.999999999Z" },
		{ -1000, "1969-12-31T23:59:59.999999Z" },
		{ -S, "1969-12-31T23:59:59.000000Z" },
		{ -S - 1, "1969-12-31T23:59:58.999999999Z" },
		{ -2203891200 * S, "1900-03-01T00:00:00.000000Z" },
		/* as far as 64 bits go */
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[TEXT_TIME_MAX];
		assert_written(text, text_time(text, tests[i].ns), tests[i].text);
	}
}

static void addresses(void **state)
{
	(void)state;
	static const struct {
		const char *given;
		const char *text;
		bool ipv4;
	} tests[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "::ffff:192.0.2.1", "192.0.2.1", true },
		{ "0.0.0.0", "0.0.0.0", true },
		{ "255.255.255.255", "255.255.255.255", true },
		/* RFC 5952: lower case, no leading zeros, the longest and first run of zeros */
		{ "2001:DB8::1", "2001:db8::1", false },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", false },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1", false },
		{ "::", "::", false },
		{ "::1", "::1", false },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
		/* near to v4-mapped */
		{ "::fffe:c000:201", "::fffe:c000:201", false },
		{ "64:ff9b::c000:201", "64:ff9b::c000:201", false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct in6_addr addr;
		const char *given = tests[i].given;
		char mapped[INET6_ADDRSTRLEN + 8];
		(void)snprintf(mapped, sizeof(mapped), "%s%s",
		               strchr(given, ':') ? "" : "::ffff:", given);
		assert_int_equal(inet_pton(AF_INET6, mapped, &addr), 1);
		char text[TEXT_ADDRESS_MAX];
		assert_written(text, text_address(text, &addr), tests[i].text);
		assert_int_equal(address_is_ipv4(&addr), tests[i].ipv4);
	}
}

/* The AAAA record of a v4-mapped address is an IPv6 address that ends in an IPv4 one. */
static void mapped_as_ipv6(void **state)
{
	(void)state;
	struct in6_addr addr;
	char text[TEXT_ADDRESS_MAX];
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &addr), 1);
	assert_written(text, text_ipv6(text, addr.s6_addr), "::ffff:192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_runs),
		cmocka_unit_test(numbers),
		cmocka_unit_test(every_power_of_ten),
		cmocka_unit_test(digits),
		cmocka_unit_test(hex),
		cmocka_unit_test(dates),
		cmocka_unit_test(times),
		cmocka_unit_test(addresses),
		cmocka_unit_test(every_octet),
		cmocka_unit_test(every_run_of_zeros),
		cmocka_unit_test(every_width_of_a_group),
		cmocka_unit_test(mapped_as_ipv6),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
