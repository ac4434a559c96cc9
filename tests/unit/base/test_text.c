/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

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

/* Every octet, at every offset: in blocks of eight and in the rest. */
static void plain_runs(void **state)
{
	(void)state;
	char text[20];
	memset(text, 'x', sizeof(text));
	assert_int_equal(text_plain(text, sizeof(text)), sizeof(text));
	assert_int_equal(text_plain(text, 0), 0);
	for (unsigned octet = 0; octet < 256; octet++) {
		bool plain = octet >= 0x20 && octet <= 0x7e && octet != '"' && octet != '\\';
		for (size_t at = 0; at < sizeof(text); at++) {
			text[at] = (char)octet;
			assert_int_equal(text_plain(text, sizeof(text)), plain ? sizeof(text) : at);
			text[at] = 'x';
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_runs),
		cmocka_unit_test(numbers),
		cmocka_unit_test(every_power_of_ten),
		cmocka_unit_test(digits),
		cmocka_unit_test(hex),
		cmocka_unit_test(dates),
		cmocka_unit_test(every_octet),
		cmocka_unit_test(every_run_of_zeros),
		cmocka_unit_test(every_width_of_a_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
