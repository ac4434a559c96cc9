/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;
	assert_int_equal(inet_pton(AF_INET6, text, &addr), 1);
	return addr;
}

/* The addresses in the table of RFC 6052 section 2.4, in the prefixes that have a meaning of their
 * own, and what is near these. */
static void embedded(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *ipv4; /* NULL: none */
	} tests[] = {
		{ "64:ff9b::c000:221", "192.0.2.33" },
		{ "64:ff9b::", "0.0.0.0" },
		{ "64:ff9b::255.255.255.255", "255.255.255.255" },
		/* RFC 8215: /48, /56, /64, /96 */
		{ "64:ff9b:1:c000:2:2100::", "192.0.2.33" },
		{ "64:ff9b:1:44c0:0:221::", "192.0.2.33" },
		{ "64:ff9b:1:4455:c0:2:2100::", "192.0.2.33" },
		{ "64:ff9b:1::c000:221", "192.0.2.33" },
		{ "64:ff9b:1:4455:6677:8899:c000:221", "192.0.2.33" },
		{ "64:ff9b:1:4455:6600:8899:c000:221", "192.0.2.33" },
		{ "64:ff9b:1:4455:66c0:2:2100:0", "33.0.0.0" },
		{ "64:ff9b:1::", "0.0.0.0" },
		{ "2002:c000:221::1", "192.0.2.33" },
		{ "2002:c000:221:ffff:ffff:ffff:ffff:ffff", "192.0.2.33" },
		{ "64:ff9b::1:c000:221", NULL },
		{ "64:ff9b:2::c000:221", NULL },
		{ "64:ff9a::c000:221", NULL },
		{ "164:ff9b::c000:221", NULL },
		{ "2003:c000:221::1", NULL },
		{ "2001::c000:221", NULL },
		{ "2001:db8::192.0.2.33", NULL },
		{ "::ffff:192.0.2.33", NULL },
		{ "::192.0.2.33", NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct in6_addr addr = address(tests[i].text);
		struct in6_addr ipv4;
		char text[INET_ADDRSTRLEN] = "";
		bool found = address_embedded(&addr, &ipv4);
		if (found) {
			assert_true(address_is_ipv4(&ipv4));
			(void)inet_ntop(AF_INET, &ipv4.s6_addr[12], text, sizeof(text));
		}
		if (found != (tests[i].ipv4 != NULL) ||
		    (found && strcmp(text, tests[i].ipv4) != 0)) {
			fail_msg("%s: %s", tests[i].text, found ? text : "none");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(embedded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
