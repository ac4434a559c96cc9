/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "rules/language/range.h"

/*! \brief The networks of a range with a blank after each, or why it is invalid. */
static void parse(const char *word, char text[4096])
{
	struct network networks[RANGE_NETWORKS_MAX];
	char why[INDICATOR_WHY_SIZE] = "";
	int count = range_parse(word, networks, why);
	size_t used = (size_t)snprintf(text, 4096, "%s", count < 0 ? why : "");
	for (int i = 0; i < count; i++) {
		char network[NETWORK_TEXT_SIZE];
		network_text(&networks[i], network);
		used += (size_t)snprintf(text + used, 4096 - used, "%s ", network);
		assert_true(used < 4096);
	}
}

static void splits(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		const char *networks; /*!< Or why it is invalid; empty: it is no range. */
	} tests[] = {
		{ "203.0.113.0-203.0.113.255", "203.0.113.0/24 " },
		{ "203.0.113.0-255", "203.0.113.0/24 " },
		{ "203.0.113.0 - 203.0.113.255", "203.0.113.0/24 " },
		{ "203.0.113.7-203.0.113.9", "203.0.113.7 203.0.113.8/31 " },
		{ "203.0.113.7-203.0.113.7", "203.0.113.7 " },
		{ "203[.]0[.]113[.]0-203[.]0[.]113[.]1", "203.0.113.0/31 " },
		{ "203.0.113.0\xe2\x80\x93"
		  "203.0.113.3",
		  "203.0.113.0/30 " },
		{ "0.0.0.0-255.255.255.255", "0.0.0.0/0 " },
		{ "255.255.255.254-255.255.255.255", "255.255.255.254/31 " },
		{ "2001:db8::-2001:db8::ff", "2001:db8::/120 " },
		{ "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32 " },
		{ "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0 " },
		/* no ranges */
		{ "", "" },
		{ "203.0.113.7", "" },
		{ "evil-1.com", "" },
		{ "1-2.com", "" },
		{ "face-b00c.de", "" },
		{ "10-20", "" },
		{ "203.0.113.7-", "" },
		{ "1-2-3.4", "" },
		/* invalid ones */
		{ "203.0.113.9-203.0.113.7", "the first address of a range must not exceed the "
		                             "second, and both must be IPv4, or both IPv6" },
		{ "203.0.113.9-2001:db8::1", "the first address of a range must not exceed the "
		                             "second, and both must be IPv4, or both IPv6" },
		{ "203.0.113.0/24-203.0.114.0", "" },
		{ "2001:db8::/64-2001:db8::1", "" },
		{ "2001-2001:db8::1", "`2001` is not an IPv4 address: write four numbers up to 255 "
		                      "without leading zeros" },
		{ "203.0.113.0-203.0.113.256",
		  "`203.0.113.256` is not an IPv4 address: write four numbers up to "
		  "255 without leading zeros" },
		{ "1-2.3", "`1` is not an IPv4 address: write four numbers up to 255 without "
		           "leading zeros" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[4096];
		parse(tests[i].word, text);
		if (strcmp(text, tests[i].networks) != 0) {
			fail_msg("%s: %s", tests[i].word, text);
		}
	}
}

/*! \brief The range of the most networks of each family: all addresses but the first and last. */
static void splits_the_widest(void **state)
{
	(void)state;
	struct network networks[RANGE_NETWORKS_MAX];
	char why[INDICATOR_WHY_SIZE];
	assert_int_equal(range_parse("0.0.0.1-255.255.255.254", networks, why), 62);
	assert_int_equal(range_parse("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", networks, why),
	                 RANGE_NETWORKS_MAX);
	assert_int_equal(networks[0].bits, 128);
	assert_int_equal(networks[RANGE_NETWORKS_MAX - 1].bits, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(splits_the_widest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
