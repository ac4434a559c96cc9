/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/duration.h"

static void reads_and_writes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *canonical;
		uint64_t seconds;
	} tests[] = {
		{ "0s", "0d", 0 },        { "90s", "90s", 90 },
		{ "60s", "1m", 60 },      { "120m", "2h", 7200 },
		{ "36h", "36h", 129600 }, { "7d", "7d", 604800 },
		{ "168h", "7d", 604800 }, { "9999999d", "9999999d", 9999999ULL * 86400 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[DURATION_TEXT_SIZE];
		uint64_t seconds;
		assert_true(duration_parse(tests[i].text, &seconds));
		assert_int_equal(seconds, tests[i].seconds);
		duration_text(seconds, text);
		assert_string_equal(text, tests[i].canonical);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const char *const tests[] = { "",   "7",   "d",    "-7d",      " 7d",
		                             "7D", "7dd", "7.5d", "12345678d" };
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint64_t seconds;
		assert_false(duration_parse(tests[i], &seconds));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
