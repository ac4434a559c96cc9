/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "sensor/redis/redis_networks.h"

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage storage = { .ss_family = AF_INET };
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&storage;
	if (inet_pton(AF_INET, text, &ipv4->sin_addr) != 1) {
		storage.ss_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &ipv6->sin6_addr), 1);
	}
	return storage;
}

static void members(void **state)
{
	(void)state;
	static const struct {
		const char *networks, *address;
		bool has;
	} tests[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "192.0.2.1/31", "192.0.2.0", true },
		{ "10.0.0.0/9", "10.128.0.0", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "0.0.0.0/0", "::ffff:192.0.2.1", true },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "192.0.2.1,2001:db8::1", "2001:db8::1", true },
		{ "192.0.2.1,2001:db8::1", "2001:db8::2", false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct redis_networks networks = { .count = 0 };
		struct sockaddr_storage address = address_of(tests[i].address);
		assert_true(redis_networks_add(&networks, tests[i].networks));
		if (redis_networks_have(&networks, (struct sockaddr *)&address) != tests[i].has) {
			fail_msg("%s %s", tests[i].networks, tests[i].address);
		}
	}
}

static void mistakes(void **state)
{
	(void)state;
	static const char *const tests[] = {
		"",
		"x",
		"192.0.2.1,",
		",192.0.2.1",
		"192.0.2.0/33",
		"192.0.2.0/",
		"::/129",
		"192.0.2/24",
		"192.0.2.0/-1",
		"::/1x",
		"host.example",
		"::/0000",
		"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
		"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct redis_networks networks = { .count = 0 };
		if (redis_networks_add(&networks, tests[i])) {
			fail_msg("%s", tests[i]);
		}
	}
}

static void same_host(void **state)
{
	(void)state;
	struct sockaddr_storage one = address_of("192.0.2.1"),
	                        mapped = address_of("::ffff:192.0.2.1");
	struct sockaddr_storage other = address_of("192.0.2.2"), none = { .ss_family = AF_UNIX };
	((struct sockaddr_in *)&one)->sin_port = htons(1);
	assert_true(redis_networks_same((struct sockaddr *)&one, (struct sockaddr *)&mapped));
	assert_false(redis_networks_same((struct sockaddr *)&one, (struct sockaddr *)&other));
	assert_false(redis_networks_same((struct sockaddr *)&none, (struct sockaddr *)&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(same_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
