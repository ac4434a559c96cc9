/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/feeds/import/clean.h"

static void cleans_text(void **state)
{
	(void)state;
	static const struct {
		const char *text, *clean;
	} tests[] = {
		{ "", "" },
		{ "  a \t\r\n b  ", "a b" },
		{ "\x1b[31m\x7f", "[31m" },
		{ "a\xc2\x9b"
		  "b",
		  "a b" }, /* C1 */
		{ "a\xe2\x80\xae"
		  "b",
		  "a b" },                                      /* right to left override */
		{ "\xe3\x81\x82\xe3\x80\x80", "\xe3\x81\x82" }, /* ideographic space */
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		/* no UTF-8: overlong, surrogate, too large, cut */
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe3\x81", "\xef\xbf\xbd\xef\xbf\xbd" },
	};
	char clean[CLEAN_SIZE];
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		assert_int_equal(clean_text(tests[i].text, strlen(tests[i].text), clean),
		                 strlen(tests[i].clean));
		assert_string_equal(clean, tests[i].clean);
	}
	/* the longest, and one more */
	char text[CLEAN_SIZE];
	memset(text, 'x', sizeof(text));
	assert_int_equal(clean_text(text, CLEAN_SIZE - 4, clean), CLEAN_SIZE - 4);
	assert_int_equal(clean[CLEAN_SIZE - 5], 'x');
	assert_int_equal(clean_text(text, CLEAN_SIZE - 3, clean), CLEAN_SIZE - 1);
	assert_string_equal(clean + CLEAN_SIZE - 4, "\xe2\x80\xa6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
