/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/feeds/import/clean.h"
#include "rules/feeds/import/imported_rules.h"
#include "tests/unit/rules/feeds/import.h"

#define DAY_NS INT64_C(86400000000000)

static const struct imported_rule PLAIN = IMPORTED_RULE_INIT;

static int add(struct imported_rules *rules, const struct imported_rule *rule, const char *word)
{
	struct indicator indicator;
	char why[INDICATOR_WHY_SIZE];
	assert_int_equal(indicator_parse(word, &indicator, why), 0);
	return imported_rules_add(rules, rule, &indicator);
}

/* Writes the rules without their ids, and frees them. */
static void expect(struct imported_rules *rules, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	char stripped[4096];
	FILE *out = open_memstream(&text, &size);
	assert_int_equal(imported_rules_write(rules, "test", out), 0);
	assert_int_equal(fclose(out), 0);
	import_strip(text, stripped, sizeof(stripped));
	assert_string_equal(stripped, expected);
	free(text);
	imported_rules_free(rules);
}

/* A rule that holds for some servers and one that holds for others or all are one for all. */
static void merges_servers(void **state)
{
	static const struct {
		const char *first, *second, *expected;
	} tests[] = {
		{ "192.0.2.1", "192.0.2.1", "alert rcpt a@b.example server=192.0.2.1\n" },
		{ "192.0.2.1", "192.0.2.2", "alert rcpt a@b.example\n" },
		{ "192.0.2.1", NULL, "alert rcpt a@b.example\n" },
		{ "", "192.0.2.1", "alert rcpt a@b.example\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported_rules rules = { .room = 0 };
		struct imported_rule rule = PLAIN;
		rule.kind = KIND_RCPT;
		rule.servers = tests[i].first;
		assert_int_equal(add(&rules, &rule, "a@b.example"), 1);
		rule.servers = tests[i].second;
		assert_int_equal(add(&rules, &rule, "a@b.example"), 0);
		expect(&rules, tests[i].expected);
	}
}

/* The order does not matter: the longer period, the higher severity and confidence remain. */
static void merges(void **state)
{
	(void)state;
	static const struct imported_rule low = {
		.kind = KIND_IP,
		.severity = SEVERITY_LOW,
		.confidence = 30,
		.since_ns = DAY_NS,
		.until_ns = 3 * DAY_NS,
	};
	static const struct imported_rule high = {
		.kind = KIND_IP,
		.severity = SEVERITY_HIGH,
		.confidence = 31,
		.since_ns = 0,
		.until_ns = 4 * DAY_NS,
	};
	for (int first = 0; first < 2; first++) {
		struct imported_rules rules = { .room = 0 };
		assert_int_equal(add(&rules, first != 0 ? &high : &low, "192.0.2.1"), 1);
		assert_int_equal(add(&rules, first != 0 ? &low : &high, "192.0.2.1"), 0);
		expect(&rules, "alert ip 192.0.2.1 sev=high conf=31 since=1970-01-01 "
		               "until=1970-01-04\n");
	}
}

/* Texts of the first, and those that only the second has. */
static void keeps_first_texts(void **state)
{
	(void)state;
	struct imported_rules rules = { .room = 0 };
	struct imported_rule rule = PLAIN;
	rule.ref = "https://a.example/";
	rule.note = "one";
	assert_int_equal(add(&rules, &rule, "a.example"), 1);
	rule.ref = "https://b.example/";
	rule.note = "two";
	rule.tags = "x";
	rule.feed = "f";
	assert_int_equal(add(&rules, &rule, "a.example"), 0);
	expect(&rules, "alert any a.example feed=f ref=https://a.example/ tags=x note=\"one\"\n");
}

/* A rule is in force if one of those that were merged is. */
static void sets_aside(void **state)
{
	(void)state;
	struct imported_rule aside = PLAIN;
	aside.aside = "because";
	const struct imported_rule *const in[][3] = {
		{ &aside, &aside, &aside },
		{ &aside, &PLAIN, &aside },
		{ &PLAIN, &aside, &aside },
		{ &aside, &aside, &PLAIN },
	};
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		struct imported_rules rules = { .room = 0 };
		for (size_t j = 0; j < 3; j++) {
			assert_int_equal(add(&rules, in[i][j], "a.example"), j == 0);
		}
		expect(&rules,
		       i == 0 ? "# because\n# alert any a.example\n" : "alert any a.example\n");
	}
}

/* Rules are sorted by verb, kind and indicator; those that are set aside come last. */
static void sorts(void **state)
{
	(void)state;
	struct imported_rules rules = { .room = 0 };
	struct imported_rule rule = PLAIN;
	add(&rules, &rule, "b.example");
	add(&rules, &rule, "a.example");
	rule.kind = KIND_NS;
	add(&rules, &rule, "c.example");
	rule.kind = KIND_ANY;
	rule.verb = RULE_ALLOW;
	add(&rules, &rule, "0.example");
	rule.verb = RULE_ALERT;
	rule.aside = "no";
	add(&rules, &rule, "0.example");
	expect(&rules, "alert ns c.example\nalert any a.example\nalert any b.example\n"
	               "allow any 0.example\n# no\n# alert any 0.example\n");
}

/* More than there is room for at first. */
static void grows(void **state)
{
	(void)state;
	struct imported_rules rules = { .room = 0 };
	for (int i = 0; i < 200; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "a%d.example", i);
		assert_int_equal(add(&rules, &PLAIN, name), 1);
		assert_int_equal(add(&rules, &PLAIN, name), 0);
	}
	assert_int_equal(rules.keys.count, 200);
	imported_rules_free(&rules);
	assert_null(rules.stored);
	expect(&rules, "");
}

/* The rule of a name is written with these options. */
static void expect_options(const struct imported_rule *rule, const char *options)
{
	struct imported_rules rules = { .room = 0 };
	char expected[128];
	add(&rules, rule, "a.example");
	(void)snprintf(expected, sizeof(expected), "alert any a.example%s\n", options);
	expect(&rules, expected);
}

static void cleans_tags(void **state)
{
	(void)state;
	static const struct {
		const char *tags, *written;
	} tests[] = {
		{ "a,b", " tags=a,b" },
		{ ",", "" },
		{ "", "" },
		{ " , , ", "" },
		{ ",a,,b,", " tags=a,b" },
		{ "a , b", " tags=a,b" },
		{ "a b,c", " tags=\"a b,c\"" },
		{ "a,", " tags=a" },
		{ "a", " tags=a" },
		{ "a\x01,b", " tags=a,b" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported_rule rule = PLAIN;
		rule.tags = tests[i].tags;
		expect_options(&rule, tests[i].written);
	}
}

/* What is no whole URL is no reference. */
static void checks_references(void **state)
{
	(void)state;
	static const struct {
		const char *ref;
		bool kept;
	} tests[] = {
		{ "https://a.example/", true },
		{ "x://y", true },
		{ "://a", false },
		{ "https:/a", false },
		{ "https://", false },
		{ "https:// a", false },
		{ "a", false },
		{ "1x://a", false },
	};
	char longest[CLEAN_SIZE] = "x://";
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported_rules rules = { .room = 0 };
		struct imported_rule rule = PLAIN;
		char expected[128];
		rule.ref = tests[i].ref;
		add(&rules, &rule, "a.example");
		(void)snprintf(expected, sizeof(expected), "alert any a.example%s%s\n",
		               tests[i].kept ? " ref=" : "", tests[i].kept ? tests[i].ref : "");
		expect(&rules, expected);
	}
	for (size_t size = CLEAN_SIZE - 5; size <= CLEAN_SIZE - 4; size++) {
		struct imported_rules rules = { .room = 0 };
		struct imported_rule rule = PLAIN;
		memset(longest + 4, 'a', size - 4);
		rule.ref = longest;
		add(&rules, &rule, "a.example");
		assert_int_equal(rules.texts.count, size == CLEAN_SIZE - 5);
		imported_rules_free(&rules);
	}
}

static void quotes_words(void **state)
{
	(void)state;
	static const struct {
		const char *note, *ref, *written;
	} tests[] = {
		{ "a", "x://a", " ref=x://a note=\"a\"" },
		{ "a \"b\" \\", "x://a?b=c", " ref=\"x://a?b=c\" note=\"a \\\"b\\\" \\\\\"" },
		{ "#", "x://a#b", " ref=x://a#b note=\"#\"" },
		{ "a", "x://a\"b", " ref=\"x://a\\\"b\" note=\"a\"" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported_rule rule = PLAIN;
		rule.note = tests[i].note;
		rule.ref = tests[i].ref;
		expect_options(&rule, tests[i].written);
	}
}

/* An id is the same from one import to the next, in any version. */
static void writes_ids(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	struct imported_rules rules = { .room = 0 };
	struct imported_rule rule = PLAIN;
	FILE *out = open_memstream(&text, &size);
	add(&rules, &rule, "a.example");
	rule.verb = RULE_ALLOW;
	add(&rules, &rule, "a.example");
	assert_int_equal(imported_rules_write(&rules, "f", out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "alert any a.example id=f-4a2a403cd1425140\n"
	                          "allow any a.example id=f-9d3c4cf91a17950e\n");
	free(text);
	imported_rules_free(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges),
		cmocka_unit_test(merges_servers),
		cmocka_unit_test(keeps_first_texts),
		cmocka_unit_test(sets_aside),
		cmocka_unit_test(sorts),
		cmocka_unit_test(grows),
		cmocka_unit_test(cleans_tags),
		cmocka_unit_test(checks_references),
		cmocka_unit_test(quotes_words),
		cmocka_unit_test(writes_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
