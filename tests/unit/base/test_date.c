/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/date.h"

#define S INT64_C(1000000000)
/* 2020-05-31T00:00:00Z */
#define DAY (INT64_C(1590883200) * S)

static void reads(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool end;
		int64_t ns;
		const char *canonical;
	} tests[] = {
		/* a date alone: its beginning, or its end */
		{ "2020-05-31", false, DAY, "2020-05-31" },
		{ "2020-05-31", true, DAY + 86400 * S, "2020-05-31" },
		{ "20200531", false, DAY, "2020-05-31" },
		{ "1970-01-01", false, 0, "1970-01-01" },
		{ "1970-01-01", true, 86400 * S, "1970-01-01" },
		{ "2020-02-29", false, INT64_C(1582934400) * S, "2020-02-29" },
		{ "2000-02-29", false, INT64_C(951782400) * S, "2000-02-29" },
		{ "2261-12-31", true, INT64_C(9214646400) * S, "2261-12-31" },
		/* with a time */
		{ "2020-05-31T00:05Z", false, DAY + 300 * S, "2020-05-31T00:05:00Z" },
		{ "2020-05-31T00:05:06Z", true, DAY + 306 * S, "2020-05-31T00:05:06Z" },
		{ "20200531T000500Z", false, DAY + 300 * S, "2020-05-31T00:05:00Z" },
		{ "20200531T0005Z", false, DAY + 300 * S, "2020-05-31T00:05:00Z" },
		{ "2020-05-31t00:05:00z", false, DAY + 300 * S, "2020-05-31T00:05:00Z" },
		{ "2020-05-31 00:05:00Z", false, DAY + 300 * S, "2020-05-31T00:05:00Z" },
		{ "2020-05-31T00:00Z", false, DAY, "2020-05-31" },
		{ "2020-05-31T00:00Z", true, DAY, "2020-05-30" },
		{ "1970-01-01T00:00Z", true, 0, "1970-01-01T00:00:00Z" },
		{ "2020-05-30T23:59:60Z", false, DAY, "2020-05-31" },
		/* fractions */
		{ "2020-05-31T00:00:00.5Z", false, DAY + S / 2, "2020-05-31T00:00:00.500000000Z" },
		{ "2020-05-31T00:00:00.123456789Z", false, DAY + 123456789,
		  "2020-05-31T00:00:00.123456789Z" },
		{ "2020-05-31T00:00:00.1234567891Z", false, DAY + 123456789,
		  "2020-05-31T00:00:00.123456789Z" },
		/* offsets */
		{ "2020-05-31T00:05+09:00", false, DAY + 300 * S - 32400 * S,
		  "2020-05-30T15:05:00Z" },
		{ "2020-05-31T00:05+0900", false, DAY + 300 * S - 32400 * S,
		  "2020-05-30T15:05:00Z" },
		{ "2020-05-31T00:05-01", false, DAY + 3900 * S, "2020-05-31T01:05:00Z" },
		{ "20200531T000500+0900", false, DAY + 300 * S - 32400 * S,
		  "2020-05-30T15:05:00Z" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[DATE_TEXT_SIZE];
		int64_t ns = -1;
		const char *why = date_parse(tests[i].text, tests[i].end, &ns);
		if (why != NULL || ns != tests[i].ns) {
			fail_msg("%s: %s, %lld", tests[i].text, why, (long long)ns);
		}
		date_text(ns, tests[i].end, text);
		assert_string_equal(text, tests[i].canonical);
		assert_null(date_parse(text, tests[i].end, &ns));
		assert_int_equal(ns, tests[i].ns);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} tests[] = {
		/* no date */
		{ "yesterday", "2020-05-31" },
		{ "2020", "2020-05-31" },
		{ "2020-5-31", "2020-05-31" },
		{ "2020-0531", "2020-05-31" },
		{ "31.05.2020", "2020-05-31" },
		{ "2020-05-31Z", "2020-05-31" },
		{ "2020-05-31T", "2020-05-31" },
		{ "2020-05-31T0", "2020-05-31" },
		{ "2020-05-31T00:05:0Z", "2020-05-31" },
		{ "2020-05-31T00:05:00.Z", "2020-05-31" },
		{ "2020-05-31T00:05Zx", "2020-05-31" },
		/* no such day or time */
		{ "2020-13-01", "month must lie" },
		{ "2020-00-01", "month must lie" },
		{ "2020-02-30", "does not have this day" },
		{ "2019-02-29", "does not have this day" },
		{ "2100-02-29", "does not have this day" },
		{ "2020-04-00", "does not have this day" },
		{ "2020-05-31T24:00Z", "time of day" },
		{ "2020-05-31T00:60Z", "time of day" },
		{ "2020-05-31T00:00:61Z", "time of day" },
		/* out of 64 bits */
		{ "1969-12-31", "1970" },
		{ "2262-01-01", "2261" },
		{ "1970-01-01T00:00+09:00", "1970" },
		/* zone */
		{ "2020-05-31T00:05", "zone" },
		{ "2020-05-31T00:05:00", "zone" },
		{ "2020-05-31T00:05+9", "+09:00" },
		{ "2020-05-31T00:05+09:", "+09:00" },
		{ "2020-05-31T00:05+24:00", "+09:00" },
		{ "2020-05-31T00:05+09:60", "+09:00" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		int64_t ns;
		const char *why = date_parse(tests[i].text, false, &ns);
		if (why == NULL || strstr(why, tests[i].why) == NULL) {
			fail_msg("%s: %s, not %s", tests[i].text, why, tests[i].why);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
