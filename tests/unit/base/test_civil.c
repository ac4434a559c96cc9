/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <time.h>

#include "base/civil.h"

/* Every day that 64 bits of nanoseconds can hold, and on to the year 2400. */
static void every_date(void **state)
{
	(void)state;
	for (int64_t days = -106752; days < 157054; days++) {
		time_t seconds = (time_t)(days * CIVIL_SECONDS_PER_DAY);
		struct tm utc;
		assert_non_null(gmtime_r(&seconds, &utc));
		struct civil_date date = civil_from_days(days);
		assert_int_equal(date.year, utc.tm_year + 1900);
		assert_int_equal(date.month, utc.tm_mon + 1);
		assert_int_equal(date.day, utc.tm_mday);
		assert_true(civil_exists(date));
		bool is_last = civil_from_days(days + 1).day == 1;
		struct civil_date next = { date.year, date.month, date.day + 1 };
		assert_int_equal(civil_exists(next), !is_last);
		assert_int_equal(civil_to_days(date), days);
	}
}

static void dates_that_do_not_exist(void **state)
{
	(void)state;
	static const struct {
		struct civil_date date;
		bool exists;
	} tests[] = {
		{ { 2020, 2, 29 }, true },  { { 2019, 2, 29 }, false }, { { 1900, 2, 29 }, false },
		{ { 2000, 2, 29 }, true },  { { 2020, 2, 30 }, false }, { { 2020, 4, 31 }, false },
		{ { 2020, 12, 31 }, true }, { { 2020, 1, 32 }, false }, { { 2020, 1, 0 }, false },
		{ { 2020, 0, 1 }, false },  { { 2020, 13, 1 }, false }, { { 0, 1, 1 }, false },
		{ { 1, 1, 1 }, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (civil_exists(tests[i].date) != tests[i].exists) {
			fail_msg("row %zu", i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_date),
		cmocka_unit_test(dates_that_do_not_exist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
