/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers, keys and greetings as names of the table, and their texts. */
#include "sensor/baseline/servers.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct known *known;

static int setup(void **state)
{
	(void)state;
	known = known_new();
	return known != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	known_free(known);
	return 0;
}

static void expect_text(known_id name, const char *expected)
{
	uint8_t wire[DNS_NAME_MAX];
	char text[BASELINE_TEXT_SIZE];
	assert_int_not_equal(name, 0);
	assert_true(server_text(wire, known_wire(known, name, wire), text));
	assert_string_equal(text, expected);
}

static void addresses(void **state)
{
	static const char *const texts[] = { "::ffff:192.0.2.1", "2001:db8::1",
		                             "::", "::ffff:0.0.0.0" };
	static const char *const shown[] = { "192.0.2.1", "2001:db8::1", "::", "0.0.0.0" };
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct in6_addr addr, again;
		assert_int_equal(inet_pton(AF_INET6, texts[i], &addr), 1);
		assert_int_equal(server_name(known, &addr, false), 0);
		known_id name = server_name(known, &addr, true);
		expect_text(name, shown[i]);
		assert_int_equal(server_name(known, &addr, false), name);
		assert_true(server_address(known, name, &again));
		assert_memory_equal(&addr, &again, sizeof(addr));
	}
}

/* A pair is a name of its own, without a text. */
static void pairs(void **state)
{
	struct in6_addr one, other;
	uint8_t wire[DNS_NAME_MAX];
	char text[BASELINE_TEXT_SIZE];
	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &one), 1);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &other), 1);
	assert_int_equal(server_pair(known, &one, &other, false), 0);
	known_id pair = server_pair(known, &one, &other, true);
	assert_int_not_equal(pair, 0);
	assert_int_equal(server_pair(known, &one, &other, false), pair);
	assert_int_equal(server_pair(known, &other, &one, false), 0);
	assert_false(server_text(wire, known_wire(known, pair, wire), text));
}

static void keys(void **state)
{
	uint8_t key[HISTORY_HASH_SIZE] = { 0x0a, [HISTORY_HASH_SIZE - 1] = 0xff };
	struct in6_addr addr;
	char text[2 * HISTORY_HASH_SIZE + 1];
	(void)state;
	memset(text, '0', sizeof(text) - 1);
	memcpy(text + 1, "a", 1);
	memcpy(text + sizeof(text) - 3, "ff", 3);
	known_id name = server_key(known, key, true);
	expect_text(name, text);
	assert_false(server_address(known, name, &addr));
	key[0] = 0x0b;
	assert_int_not_equal(server_key(known, key, true), name);
}

/* Names of DNS, damaged ones and those of other kinds are no texts of servers. */
static void others(void **state)
{
	static const struct {
		const char *wire;
		size_t size;
	} tests[] = {
		{ "", 0 },
		{ "", 1 },
		{ "\2mx", 4 },
		{ "\2\0\1", 4 },
		{ "\5\0\1\1\1\1", 6 },
		{ "\2\0\1\1a", 6 },
		{ "\2\3\1", 4 },
	};
	char text[BASELINE_TEXT_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		assert_false(server_text((const uint8_t *)tests[i].wire, tests[i].size, text));
	}
}

static void networks(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} tests[] = {
		{ "::ffff:192.0.2.1", "::ffff:192.0.255.1", true },
		{ "::ffff:192.0.2.1", "::ffff:192.1.2.1", false },
		{ "2001:db8::1", "2001:db8:ffff::1", true },
		{ "2001:db8::1", "2001:db9::1", false },
	};
	struct baseline *baseline = baseline_new(NULL, NULL, NULL);
	(void)state;
	assert_non_null(baseline);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct in6_addr a, b;
		uint32_t of_a, of_b;
		assert_int_equal(inet_pton(AF_INET6, tests[i].a, &a), 1);
		assert_int_equal(inet_pton(AF_INET6, tests[i].b, &b), 1);
		assert_int_equal(server_network(baseline, &a, &of_a),
		                 server_network(baseline, &b, &of_b));
		assert_int_equal(of_a == of_b, tests[i].same);
	}
	baseline_free(baseline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(pairs),    cmocka_unit_test(keys),
		cmocka_unit_test(others),    cmocka_unit_test(networks),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
