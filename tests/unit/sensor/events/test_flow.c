/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "sensor/events/flow.h"

#define S 1000000000LL

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
		char text[FLOW_TIME_TEXT_MAX];
		flow_time_text(tests[i].ns, text);
		assert_string_equal(text, tests[i].text);
	}
}

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;
	char mapped[INET6_ADDRSTRLEN + 8] = "::ffff:";
	strcat(mapped, text);
	assert_int_equal(inet_pton(AF_INET6, strchr(text, ':') != NULL ? text : mapped, &addr), 1);
	return addr;
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
		struct in6_addr addr = address(tests[i].given);
		char text[FLOW_ADDRESS_TEXT_MAX];
		flow_address_text(&addr, text);
		assert_string_equal(text, tests[i].text);
		assert_int_equal(flow_is_ipv4(&addr), tests[i].ipv4);
	}
}

/* The first three are in the test data of the specification; all were computed apart from
 * this program: SHA-1 of seed, lower end's address, the other's, protocol, zero, ports. */
static void community_ids(void **state)
{
	(void)state;
	static const struct {
		uint8_t protocol;
		const char *client;
		uint16_t client_port;
		const char *server;
		uint16_t server_port;
		const char *id;
	} tests[] = {
		{ IPPROTO_TCP, "128.232.110.120", 34855, "66.35.250.204", 80,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ IPPROTO_UDP, "192.168.1.52", 54585, "8.8.8.8", 53,
		  "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ IPPROTO_TCP, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
		  "2607:f8b0:400c:c03::1a", 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ IPPROTO_UDP, "192.0.2.53", 40000, "198.51.100.1", 53,
		  "1:NwZb+rd9j1EuMxS1Juq52+F+Ilw=" },
		{ IPPROTO_TCP, "192.0.2.25", 50000, "45.77.24.250", 25,
		  "1:6Fqp5k1DeBGNrQLMwqfNxAS2jXg=" },
		{ IPPROTO_UDP, "2001:db8::1", 40000, "2001:db8::2", 53,
		  "1:eO0ltZ3MqOvc7QA+zuku3dNgCuE=" },
		/* one address: the ports decide; both the same */
		{ IPPROTO_UDP, "192.0.2.1", 5353, "192.0.2.1", 53,
		  "1:iVv1C0qyYKq/7I2sj9xHPi+pCIw=" },
		{ IPPROTO_UDP, "192.0.2.1", 0, "192.0.2.1", 65535,
		  "1:1EdwXwCIpNDsirb1lgKP1f/MsVY=" },
		{ IPPROTO_UDP, "192.0.2.1", 53, "192.0.2.1", 53, "1:VhU48Hd56gY4uMB4RSfQoMoIzzg=" },
		/* octets compare as unsigned numbers, from the first on */
		{ IPPROTO_UDP, "9.255.255.255", 1024, "10.0.0.0", 53,
		  "1:4mHr/lziiFf7XJZWThOUV4Uo/iQ=" },
		{ IPPROTO_UDP, "127.255.255.255", 1024, "128.0.0.0", 53,
		  "1:qd4HAy/LGn5CCd4NqJOYWcd6Kn4=" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct flow flow = {
			.key = {
				.client = address(tests[i].client),
				.server = address(tests[i].server),
				.client_port = tests[i].client_port,
				.server_port = tests[i].server_port,
				.protocol = tests[i].protocol,
			},
		};
		const struct flow reversed = { .key = flow_key_reverse(&flow.key) };
		char text[FLOW_COMMUNITY_ID_MAX];
		assert_true(flow_community_id(&flow, text));
		assert_string_equal(text, tests[i].id);
		assert_true(flow_community_id(&reversed, text));
		assert_string_equal(text, tests[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(addresses),
		cmocka_unit_test(community_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
