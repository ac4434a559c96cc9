/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/mail/mail_date.h"

static const struct {
	const char *text;
	int64_t seconds; /* -1: no date */
} tests[] = {
	/* as it should be */
	{ "Sun, 31 May 2020 00:05:12 +0900", 1590851112 },
	{ "Sat, 30 May 2020 15:05:12 +0000", 1590851112 },
	{ "Sat, 30 May 2020 08:05:12 -0700", 1590851112 },
	{ "30 May 2020 15:05 +0000", 1590851100 },
	{ "Thu, 1 Jan 1970 00:00:00 +0000", 0 },
	{ "29 Feb 2020 00:00:00 +0000", 1582934400 },
	{ "31 Dec 2199 23:59:59 +0000", 7258118399 },
	{ "30 Jun 2015 23:59:60 +0000", 1435708800 },
	/* obsolete, and what is met */
	{ "Sat, 30 May 20 15:05:12 GMT", 1590851112 },
	{ "Sat, 30 May 2020 11:05:12 EDT", 1590851112 },
	{ "Sat, 30 May 2020 10:05:12 est", 1590851112 },
	{ "Sat, 30 May 2020 10:05:12 CDT", 1590851112 },
	{ "Sat, 30 May 2020 09:05:12 CST", 1590851112 },
	{ "Sat, 30 May 2020 09:05:12 MDT", 1590851112 },
	{ "Sat, 30 May 2020 08:05:12 MST", 1590851112 },
	{ "Sat, 30 May 2020 08:05:12 PDT", 1590851112 },
	{ "Sat, 30 May 2020 07:05:12 PST", 1590851112 },
	{ "Sat, 30 May 2020 15:05:12 PSTX", 1590851112 },
	{ "Sat, 30 May 2020 15:05:12 PS", 1590851112 },
	{ "Sat, 30 May 2020 20:35:12 +0530", 1590851112 },
	{ "Sat, 30 May 2020 11:35:12 -0330", 1590851112 },
	{ "Sat, 30 May 2020 15:05:12 +900", 1590851112 },
	{ "Sat, 30 May 2020 15:05:12 Z", 1590851112 },
	{ "Sat, 30 May 2020 15:05:12", 1590851112 },
	{ "Sun, 31 May 2020 00:05:12 +0900 (JST)", 1590851112 },
	{ "Sun (x (y)), 31 (z) May 2020 00 : 05 : 12 +0900", 1590851112 },
	{ "sun 31 MAY 2020 00:05:12 +0900", 1590851112 },
	{ "  31 May 120 00:05:12 +0900", 1590851112 },
	/* none */
	{ "", -1 },
	{ "yesterday", -1 },
	{ "Sun, May 31 2020 00:05:12", -1 },
	{ "31 Mai 2020 00:05:12 +0900", -1 },
	{ "32 May 2020 00:05:12 +0900", -1 },
	{ "0 May 2020 00:05:12 +0900", -1 },
	{ "29 Feb 2019 00:05:12 +0900", -1 },
	{ "31 May 2200 00:05:12 +0900", -1 },
	{ "31 May 20200 00:05:12 +0900", -1 },
	{ "31 May 2020 24:00:00 +0900", -1 },
	{ "31 May 2020 00:60:00 +0900", -1 },
	{ "31 May 2020 00:00:61 +0900", -1 },
	{ "31 May 2020 00: +0900", -1 },
	{ "31 May 2020", -1 },
	{ "31 )( May 2020 00:05:12 +0900", -1 },
	{ "31 May 2020 (never closed 00:05:12", -1 },
};

static void dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		int64_t time_ns = -1;
		bool read = mail_date_parse(tests[i].text, strlen(tests[i].text), &time_ns);
		if (read != (tests[i].seconds >= 0) ||
		    (read && time_ns != tests[i].seconds * 1000000000)) {
			fail_msg("%s: %d, %lld", tests[i].text, read, (long long)time_ns);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests_run[] = {
		cmocka_unit_test(dates),
	};
	return cmocka_run_group_tests(tests_run, NULL, NULL);
}
