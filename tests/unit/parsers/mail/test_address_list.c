/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/mail/address_list.h"

static const struct {
	const char *name, *text, *addresses; /* each followed by '|' */
} tests[] = {
	/* mailboxes */
	{ "empty", "", "" },
	{ "bare", "a@b.test", "a@b.test|" },
	{ "angled", "<a@b.test>", "a@b.test|" },
	{ "display name", "Alice B <a@b.test>", "a@b.test|" },
	{ "quoted name with comma", "\"B, Alice\" <a@b.test>, c@d.test", "a@b.test|c@d.test|" },
	{ "quoted name with address", "\"x@evil.test\" <a@b.test>", "a@b.test|" },
	{ "encoded name", "=?utf-8?Q?A=2C_B?= <a@b.test>", "a@b.test|" },
	{ "name without quotes that holds an address", "x@evil.test <a@b.test>", "a@b.test|" },
	{ "several", "a@b.test,c@d.test , e@f.test", "a@b.test|c@d.test|e@f.test|" },
	{ "empty members", ",, a@b.test ,,c@d.test,", "a@b.test|c@d.test|" },
	{ "quoted local part", "\"a b, <c>\"@d.test", "\"a b, <c>\"@d.test|" },
	{ "escapes in quotes", "\"a\\\"b\"@c.test", "\"a\\\"b\"@c.test|" },
	{ "literal", "<a@[192.0.2.1]>, b@[IPv6:2001:db8::1]",
	  "a@[192.0.2.1]|b@[IPv6:2001:db8::1]|" },
	{ "angled without domain", "<root>", "root|" },
	{ "8-bit", "\xe7\x94\xa8@b.test", "\xe7\x94\xa8@b.test|" },
	/* comments and blanks */
	{ "comment after it", "a@b.test (Alice, of b)", "a@b.test|" },
	{ "nested comment", "(a (b@c.test, d) e) a@b.test", "a@b.test|" },
	{ "comment inside", "a@(hidden, x)b.test", "a@b.test|" },
	{ "blanks around dots", "a . b @ c . test", "a.b@c.test|" },
	{ "blanks in brackets", "< a@b.test >", "a@b.test|" },
	/* groups and routes */
	{ "group", "Friends: a@b.test, C <c@d.test>;", "a@b.test|c@d.test|" },
	{ "empty group", "undisclosed-recipients:;", "" },
	{ "group among others", "x@y.test, G: a@b.test;, c@d.test", "x@y.test|a@b.test|c@d.test|" },
	{ "route", "<@one.test,@two.test:a@b.test>", "a@b.test|" },
	/* not an address */
	{ "words", "Alice of Sales", "" },
	{ "one word", "alice", "" },
	{ "words and an at", "meet me @ home now", "" },
	{ "empty brackets", "Alice <>", "" },
	{ "empty brackets before others", "Alice <>, <>, a@b.test", "a@b.test|" },
	{ "empty brackets in a group", "G: <>; a@b.test", "a@b.test|" },
	{ "text after empty brackets", "<> c@d.test, a@b.test", "a@b.test|" },
	{ "brackets never close", "Alice <a@b.test", "a@b.test|" },
	{ "quote never closes", "\"Alice <a@b.test>", "" },
	{ "comment never closes", "a@b.test (Alice", "a@b.test|" },
	{ "backslash at the end", "a@b.test, \\", "a@b.test|" },
	{ "text after the brackets", "<a@b.test> c@d.test", "a@b.test|" },
};

static void walk(const char *text, size_t size, bool cut, char *found)
{
	struct address_list list;
	char address[ADDRESS_MAX];
	size_t got;
	*found = '\0';
	address_list_init(&list, text, size, cut);
	while ((got = address_list_next(&list, address)) > 0) {
		strncat(found, address, got);
		strcat(found, "|");
	}
	assert_int_equal(address_list_next(&list, address), 0);
}

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char found[512];
		walk(tests[i].text, strlen(tests[i].text), false, found);
		if (strcmp(found, tests[i].addresses) != 0) {
			fail_msg("%s: %s", tests[i].name, found);
		}
	}
}

static void cut_values(void **state)
{
	(void)state;
	static const struct {
		const char *text, *addresses;
	} cut[] = {
		{ "a@b.test, c@d.te", "a@b.test|" },
		{ "a@b.test, C <c@d.te", "a@b.test|" },
		{ "a@b.test, C <c@d.test>", "a@b.test|c@d.test|" },
		{ "a@b.test,", "a@b.test|" },
	};
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		char found[64];
		walk(cut[i].text, strlen(cut[i].text), true, found);
		assert_string_equal(found, cut[i].addresses);
	}
}

static void too_long(void **state)
{
	(void)state;
	static char text[2 * ADDRESS_MAX];
	char found[2 * ADDRESS_MAX];
	memset(text, 'a', sizeof(text));
	memcpy(text + ADDRESS_MAX - 2, "@b", 2);
	walk(text, ADDRESS_MAX, false, found);
	assert_int_equal(strlen(found), ADDRESS_MAX + 1);
	walk(text, ADDRESS_MAX + 1, false, found);
	assert_string_equal(found, "");
}

int main(void)
{
	const struct CMUnitTest tests_run[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(cut_values),
		cmocka_unit_test(too_long),
	};
	return cmocka_run_group_tests(tests_run, NULL, NULL);
}
