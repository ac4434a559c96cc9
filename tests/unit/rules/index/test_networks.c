/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rules/index/networks.h"
#include "rules/language/indicator.h"

static struct network network_of(const char *text)
{
	struct indicator indicator;
	char why[INDICATOR_WHY_SIZE];
	if (indicator_parse(text, &indicator, why) != 0) {
		fail_msg("%s: %s", text, why);
	}
	return indicator.network;
}

static struct in6_addr addr_of(const char *text)
{
	struct in6_addr addr;
	char mapped[64];
	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') == NULL ? "::ffff:" : "", text);
	assert_int_equal(inet_pton(AF_INET6, mapped, &addr), 1);
	return addr;
}

static void holds(void **state)
{
	(void)state;
	static const struct {
		const char *network, *addr;
		bool holds;
	} tests[] = {
		/* IPv4: first and last, and one beside them */
		{ "192.0.2.0/24", "192.0.2.0", true },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/24", "192.0.1.255", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "192.0.2.0/31", "192.0.2.1", true },
		{ "128.0.0.0/1", "255.255.255.255", true },
		{ "128.0.0.0/1", "127.255.255.255", false },
		{ "0.0.0.0/0", "203.0.113.7", true },
		/* IPv6 */
		{ "2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::", false },
		{ "::/0", "2001:db8::1", true },
		/* each family by itself */
		{ "::/0", "192.0.2.1", false },
		{ "::/80", "192.0.2.1", false },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "0.0.0.0/0", "::1", false },
		{ "::ffff:0:0/96", "192.0.2.1", true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct networks networks = { .keys = { .count = 0 } };
		struct network network = network_of(tests[i].network);
		struct in6_addr addr = addr_of(tests[i].addr);
		uint32_t number = networks_add(&networks, &network);
		assert_int_equal(networks_close(&networks), 0);
		struct networks_walk walk = networks_walk_init(&networks, &addr);
		bool found = networks_walk_next(&walk) == number;
		assert_true(!found || networks_may_hold(&networks, &addr));
		/* The index and the plain comparison must agree. */
		if (found != tests[i].holds || network_holds(&network, &addr) != found) {
			fail_msg("%s, %s: found is %d", tests[i].network, tests[i].addr, found);
		}
		assert_int_equal(networks_walk_next(&walk), INTERN_NONE);
		networks_free(&networks);
	}
}

static void longest_prefix_first(void **state)
{
	(void)state;
	static const char *const ADDED[] = { "0.0.0.0/0",    "192.0.2.0/24", "192.0.2.1",
		                             "192.0.0.0/16", "192.0.3.0/24", "::/0" };
	static const uint32_t ORDER[] = { 2, 1, 3, 0, INTERN_NONE, INTERN_NONE };
	struct networks networks = { .keys = { .count = 0 } };
	for (size_t i = 0; i < sizeof(ADDED) / sizeof(ADDED[0]); i++) {
		struct network network = network_of(ADDED[i]);
		assert_int_equal(networks_add(&networks, &network), i);
	}
	struct in6_addr addr = addr_of("192.0.2.1");
	/* Before and after all networks are known to be there, the same is found. */
	for (int round = 0; round < 2; round++) {
		struct networks_walk walk = networks_walk_init(&networks, &addr);
		assert_true(networks_may_hold(&networks, &addr));
		for (size_t i = 0; i < sizeof(ORDER) / sizeof(ORDER[0]); i++) {
			assert_int_equal(networks_walk_next(&walk), ORDER[i]);
		}
		bloom_free(&networks.bloom);
		assert_int_equal(networks_close(&networks), 0);
	}
	networks_free(&networks);
}

/* Short prefixes and long ones: of addresses far from them next to none may be held. */
static void most_are_not_held(void **state)
{
	(void)state;
	static const char *const ADDED[] = { "192.0.2.1", "198.18.0.0/15", "10.0.0.0/8",
		                             "2001:db8::/32", "2001:db8::1" };
	struct networks networks = { .keys = { .count = 0 } };
	unsigned held = 0;
	for (size_t i = 0; i < sizeof(ADDED) / sizeof(ADDED[0]); i++) {
		struct network network = network_of(ADDED[i]);
		assert_int_equal(networks_add(&networks, &network), i);
	}
	assert_int_equal(networks_close(&networks), 0);
	for (unsigned i = 0; i < 1000; i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "100.%u.%u.1", i / 250, i % 250);
		struct in6_addr addr = addr_of(text);
		held += networks_may_hold(&networks, &addr);
		(void)snprintf(text, sizeof(text), "2620:%x::1", i);
		addr = addr_of(text);
		held += networks_may_hold(&networks, &addr);
	}
	assert_in_range(held, 0, 20);
	networks_free(&networks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(longest_prefix_first),
		cmocka_unit_test(most_are_not_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
