/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/civil.h"

/* A year begins in March here, so that the leap day is its last day. Years are counted in cycles of
 * 400 years, each of which has the same number of days. */
enum {
	DAYS_TO_1970 = 719468, /* since 0000-03-01 */
	CYCLE_YEARS = 400,
	CYCLE_DAYS = 146097,
	CENTURY_DAYS = 36524,
	LEAP_CYCLE_DAYS = 1461, /* of four years */
};

struct civil_date civil_from_days(int64_t days)
{
	uint32_t day = (uint32_t)(days + DAYS_TO_1970);
	uint32_t cycle = day / CYCLE_DAYS;
	day %= CYCLE_DAYS;
	uint32_t year =
	        (day - day / (LEAP_CYCLE_DAYS - 1) + day / CENTURY_DAYS - day / (CYCLE_DAYS - 1)) /
	        365;
	day -= 365 * year + year / 4 - year / 100;
	/* the five months from March on, and those from August on, have 153 days */
	uint32_t month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	return (struct civil_date){ .year = cycle * CYCLE_YEARS + year + (month <= 2),
		                    .month = month,
		                    .day = day + 1 };
}

int64_t civil_to_days(struct civil_date date)
{
	unsigned since_march = date.month > 2 ? date.month - 3 : date.month + 9;
	unsigned year = date.year - (date.month <= 2);
	unsigned day_of_year = (153 * since_march + 2) / 5 + date.day - 1;
	return (int64_t)year * 365 + year / 4 - year / 100 + year / 400 + day_of_year -
	       DAYS_TO_1970;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool civil_exists(struct civil_date date)
{
	static const unsigned DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1) {
		return false;
	}
	return date.day <= DAYS[date.month - 1] + (date.month == 2 && is_leap(date.year));
}
