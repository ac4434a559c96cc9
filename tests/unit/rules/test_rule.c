/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/keywords.h"

static void joins_words(void **state)
{
	static const char *const FRUIT[] = { "apple", "pear", "plum", "fig", NULL };
	static const struct {
		const char *expected;
		uint32_t chosen;
	} tests[] = {
		{ "", 0 },
		{ "pear", 2 },
		{ "apple or fig", 9 },
		{ "pear, plum or fig", 14 },
		{ "apple, pear, plum or fig", KEYWORD_ALL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[KEYWORD_LIST_SIZE];
		keyword_list(FRUIT, tests[i].chosen, "or", text, sizeof(text));
		assert_string_equal(text, tests[i].expected);
	}
}

static void cuts_long_list(void **state)
{
	static const char *const FRUIT[] = { "apple", "pear", "plum", NULL };
	char text[9];
	(void)state;
	keyword_list(FRUIT, KEYWORD_ALL, "or", text, sizeof(text));
	assert_string_equal(text, "apple, p");
}

static void corrects_words(void **state)
{
	static const char *const WORDS[] = { "alert", "allow", "pin", "protect", NULL };
	static const struct {
		const char *word, *near;
	} tests[] = {
		/* a letter changed, missing, more, and two exchanged */
		{ "alerd", "alert" },
		{ "alrt", "alert" },
		{ "aallow", "allow" },
		{ "laert", "alert" },
		{ "protetc", "protect" },
		{ "PROTECT", "protect" },
		/* two mistakes, and three */
		{ "prodegt", "protect" },
		{ "brodegt", NULL },
		{ "tlaert", "alert" },
		/* with more than half of its letters wrong it is another word */
		{ "pan", "pin" },
		{ "p", NULL },
		{ "pxx", "pin" },
		{ "xxn", "pin" },
		{ "xxx", NULL },
		{ "", NULL },
		/* the nearest, of equal ones the first */
		{ "aleow", "allow" },
		{ "allert", "alert" },
		/* of 14, 15 and 16 octets */
		{ "protectprotec", NULL },
		{ "alert6789012345", NULL },
		{ "alert67890123456", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const char *near = keyword_near(WORDS, tests[i].word);
		if ((near == NULL) != (tests[i].near == NULL) ||
		    (near != NULL && strcmp(near, tests[i].near) != 0)) {
			fail_msg("%s: %s", tests[i].word, near != NULL ? near : "nothing");
		}
	}
}

/* What docs/rules.md states of each kind. */
static void derives_sets_of_kinds(void **state)
{
	const struct {
		unsigned kinds;
		const char *expected;
	} tests[] = {
		{ KINDS_DNS, "ns, mx, cname, name, ip, resolver, ds and txt" },
		{ KINDS_SMTP, "server, banner, helo, sni, from, rcpt and tls" },
		{ KINDS_OF_INDICATORS, "ns, mx, cname, name, ip, resolver, server, banner, helo, "
		                       "sni, from and rcpt" },
		{ KINDS_PINNED, "ns, mx, cname, ip, banner, rcpt, ds, txt and tls" },
		{ KINDS_PROTECTED, "ns, mx, cname, banner, helo, sni, from and rcpt" },
		{ KINDS_OF_NETWORKS, "ip, resolver and server" },
		{ KINDS_OF_MAILBOXES, "from and rcpt" },
		{ observation_kinds_of(KIND_ANY, FORM_NAME),
		  "ns, mx, cname, name, banner, helo, sni, from and rcpt" },
		{ observation_kinds_of(KIND_ANY, FORM_NETWORK), "ip, resolver and server" },
		{ observation_kinds_of(KIND_MX, FORM_NAME), "mx" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[KEYWORD_LIST_SIZE];
		keyword_list(KEYWORD_KINDS, tests[i].kinds, "and", text, sizeof(text));
		assert_string_equal(text, tests[i].expected);
	}
}

/* The longest list fits in the room that is reserved for it. */
static void longest_list_fits(void **state)
{
	char text[KEYWORD_LIST_SIZE];
	(void)state;
	keyword_list(KEYWORD_KINDS, KEYWORD_ALL, "and", text, sizeof(text));
	assert_string_equal(text, "ns, mx, cname, name, ip, resolver, server, banner, helo, sni, "
	                          "from, rcpt, ds, txt, tls and any");
}

/* Every kind of observation and every part that is learned is a kind of hits; "any" and "all" are
 * not. */
static void lists_kinds_of_hits(void **state)
{
	char text[KEYWORD_LIST_SIZE];
	(void)state;
	keyword_list(KEYWORD_HIT_KINDS, KEYWORD_ALL, "or", text, sizeof(text));
	assert_string_equal(text, "ns, mx, cname, name, ip, resolver, server, banner, helo, sni, "
	                          "from, rcpt, ds, txt, tls, ttl, mail, certificate or health");
	for (int i = 0; i < KIND_COUNT; i++) {
		assert_int_equal(keyword_find(KEYWORD_HIT_KINDS, KEYWORD_KINDS[i]), i);
	}
	for (int i = 0; i < LEARN_COUNT; i++) {
		assert_true(keyword_find(KEYWORD_HIT_KINDS, KEYWORD_LEARNED[i]) >= 0);
	}
	for (int i = 0; KEYWORD_HIT_KINDS[i] != NULL; i++) {
		assert_int_equal(keyword_find(KEYWORD_HIT_KINDS, KEYWORD_HIT_KINDS[i]), i);
		assert_true(i < 32);
	}
}

static void chooses_words(void **state)
{
	static const char *const FRUIT[] = { "apple", "pear", "plum", NULL };
	(void)state;
	assert_true(keyword_is_chosen(FRUIT, 5, "apple"));
	assert_false(keyword_is_chosen(FRUIT, 5, "pear"));
	assert_true(keyword_is_chosen(FRUIT, 5, "plum"));
	assert_false(keyword_is_chosen(FRUIT, 5, "fig"));
	assert_false(keyword_is_chosen(FRUIT, 5, ""));
	assert_true(keyword_is_chosen(FRUIT, 0, "pear"));
	assert_true(keyword_is_chosen(FRUIT, 0, "fig"));
}

static void numbers_severities(void **state)
{
	static const unsigned NUMBERS[] = { 25, 50, 75, 99 };
	(void)state;
	for (int i = 0; i < SEVERITY_COUNT; i++) {
		assert_int_equal(rule_severity_number((enum rule_severity)i), NUMBERS[i]);
	}
	assert_int_equal(keyword_find(KEYWORD_SEVERITIES, "critical"), SEVERITY_CRITICAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_words),         cmocka_unit_test(corrects_words),
		cmocka_unit_test(cuts_long_list),      cmocka_unit_test(derives_sets_of_kinds),
		cmocka_unit_test(longest_list_fits),   cmocka_unit_test(numbers_severities),
		cmocka_unit_test(lists_kinds_of_hits), cmocka_unit_test(chooses_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
