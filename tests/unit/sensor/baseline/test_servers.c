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

/* A greeting that is no host name is a text, of which the first octets are kept. */
static void banners(void **state)
{
	static const struct {
		const char *text, *shown;
	} tests[] = {
		{ "mail..server", "mail..server" },
		{ "..", ".." },
		{ "62 octets.. abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx",
		  "62 octets.. abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx" },
		{ "63 octets.. abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxy",
		  "63 octets.. abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx" },
	};
	struct baseline *baseline = baseline_new(known, NULL, NULL);
	(void)state;
	assert_non_null(baseline);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const char *text = tests[i].text;
		uint8_t wire[DNS_NAME_MAX];
		char shown[BASELINE_TEXT_SIZE];
		assert_int_equal(server_banner(baseline, text, strlen(text), false), 0);
		known_id name = server_banner(baseline, text, strlen(text), true);
		assert_int_not_equal(name, 0);
		assert_int_equal(server_banner(baseline, text, strlen(text), false), name);
		assert_true(server_text(wire, known_wire(known, name, wire), shown));
		assert_string_equal(shown, tests[i].shown);
	}
	/* A host name is a name of DNS, in any case of its letters. */
	known_id host = server_banner(baseline, "MX.example", 10, true);
	assert_int_not_equal(host, 0);
	assert_int_equal(server_banner(baseline, "mx.Example", 10, false), host);
	baseline_free(baseline);
}

/* A value has the first and the last time and the number of all that was seen; the fields hold
 * no larger ones. */
static void values(void **state)
{
	static const struct {
		struct history_seen seen;
		uint32_t first, last, count;
	} tests[] = {
		{ { .first = 500, .last = 600, .count = 3 }, 500, 600, 3 },
		{ { .first = 550, .last = 560, .count = 1 }, 500, 600, 4 },
		{ { .first = 400, .last = 410, .count = 1 }, 400, 600, 5 },
		{ { .first = 700, .last = 701, .count = 65529 }, 400, 701, 65534 },
		{ { .first = 700, .last = 701, .count = 1 }, 400, 701, 65535 },
		{ { .first = 700, .last = 702, .count = 1 }, 400, 702, 65535 },
		{ { .first = 700, .last = (uint64_t)UINT32_MAX + 9, .count = UINT64_MAX },
		  400,
		  UINT32_MAX,
		  65535 },
	};
	struct baseline *baseline = baseline_new(known, NULL, NULL);
	struct in6_addr addr = { .s6_addr = { 1 } };
	(void)state;
	assert_non_null(baseline);
	known_id owner = server_name(known, &addr, true);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct known_value *value =
		        server_learn(baseline, owner, KNOWN_IPV4, 7, &tests[i].seen);
		assert_non_null(value);
		assert_int_equal(value->first, tests[i].first);
		assert_int_equal(value->last, tests[i].last);
		assert_int_equal(value->count, tests[i].count);
		assert_int_equal(value->kind, KNOWN_IPV4 | KNOWN_CHILD);
	}
	/* A name that has no place in the table has no value. */
	assert_null(server_learn(baseline, 0, KNOWN_IPV4, 7, &tests[0].seen));
	baseline_free(baseline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(pairs),    cmocka_unit_test(keys),
		cmocka_unit_test(others),    cmocka_unit_test(networks), cmocka_unit_test(banners),
		cmocka_unit_test(values),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
