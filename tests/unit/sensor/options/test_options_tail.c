/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rules/keywords.h"
#include "sensor/options/options.h"

#define WORDS_MAX 16

static char line[512];
static char *words[WORDS_MAX];

static bool parse(struct options *options, const char *text, char error[OPTIONS_ERROR_MAX])
{
	int count = 0;
	(void)snprintf(line, sizeof(line), "%s", text);
	for (char *rest = line, *word; (word = strsep(&rest, " ")) != NULL;) {
		assert_true(count < WORDS_MAX);
		words[count] = word;
		count += word[0] != '\0';
	}
	return options_parse(options, COMMAND_TAIL, count, words, error);
}

static void parse_well(struct options *options, const char *text)
{
	char error[OPTIONS_ERROR_MAX];
	if (!parse(options, text, error)) {
		fail_msg("%s: %s", text, error);
	}
}

static void defaults(void **state)
{
	(void)state;
	struct options options;
	parse_well(&options, "");
	assert_int_equal(options.operands.count, 0);
	assert_null(options.group);
	assert_true(options.consumer[0] != '\0');
	assert_int_equal(options.since_ms, OPTIONS_SINCE_NOW);
	assert_false(options.json);
	assert_int_equal(options.severity, 0);
	assert_int_equal(options.hit_kinds, 0);
	assert_null(options.rule);
	options_free(&options);
}

static void every_option(void **state)
{
	(void)state;
	struct options options;
	/* Options may follow the target. */
	parse_well(&options, "--group g redis://h --consumer=c --json --severity high "
	                     "--what ns,rcpt,mail --what ip -r a*");
	assert_string_equal(options.group, "g");
	assert_string_equal(options.consumer, "c");
	assert_true(options.json);
	assert_int_equal(options.severity, 75);
	assert_int_equal(options.hit_kinds, 1U << KIND_NS | 1U << KIND_RCPT | 1U << KIND_IP |
	                                            1U << keyword_find(KEYWORD_HIT_KINDS, "mail"));
	assert_string_equal(options.rule, "a*");
	assert_int_equal(options.operands.count, 1);
	assert_string_equal(options.operands.items[0], "redis://h");
	options_free(&options);
}

static void severities(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned number;
	} tests[] = {
		{ "--severity low", 25 },
		{ "--severity medium", 50 },
		{ "--severity high", 75 },
		{ "--severity critical", 99 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		parse_well(&options, tests[i].text);
		assert_int_equal(options.severity, tests[i].number);
		options_free(&options);
	}
}

static void since(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
		int64_t ago_s; /* -1: `ms` counts */
	} tests[] = {
		{ "--since 0", 0, -1 },
		{ "--since 1970-01-02", 86400000, -1 },
		{ "--since 2020-05-31T00:05:12.5Z", 1590883512500, -1 },
		{ "--since 0s", 0, 0 },
		{ "--since 90s", 0, 90 },
		{ "--since 10m", 0, 600 },
		{ "--since 2h", 0, 7200 },
		{ "--since 7d", 0, 7 * 86400 },
		/* before 1970 is all */
		{ "--since 9999999d", 0, -1 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		int64_t now = time(NULL);
		parse_well(&options, tests[i].text);
		if (tests[i].ago_s < 0) {
			assert_int_equal(options.since_ms, tests[i].ms);
		} else {
			assert_in_range(options.since_ms, (now - tests[i].ago_s) * 1000,
			                (now - tests[i].ago_s + 5) * 1000);
		}
		options_free(&options);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *named; /* what the message must hold */
	} tests[] = {
		{ "--since", "'--since'" },
		{ "--since 5", "--since '5'" },
		{ "--since 5w", "--since '5w'" },
		{ "--since 123456789s", "--since" },
		{ "--severity", "'--severity'" },
		{ "--severity 75", "low, medium, high or critical" },
		{ "--what any", "--what 'any': expected ns, mx, cname, name, ip, resolver, server, "
		                "banner, helo, sni, from, rcpt, ds, txt, tls, ttl, mail, "
		                "certificate or health" },
		{ "--what all", "--what 'all'" },
		{ "--what ns,", "--what 'ns,'" },
		{ "--what n", "--what 'n'" },
		{ "--json=yes", "'--json' takes no value" },
		{ "--colour", "'--colour'" },
		{ "-x", "'-x'" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		if (parse(&options, tests[i].text, error)) {
			fail_msg("%s: accepted", tests[i].text);
		}
		if (strstr(error, tests[i].named) == NULL) {
			fail_msg("%s: %s", tests[i].text, error);
		}
		options_free(&options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),   cmocka_unit_test(every_option),
		cmocka_unit_test(severities), cmocka_unit_test(since),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
