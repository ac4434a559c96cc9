/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "rules/language/words.h"
#include "tests/unit/guard.h"

static void checks_text(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		size_t size;
		size_t column; /* 0: sound */
	} tests[] = {
		{ "", 0, 0 },
		{ "a\tb", 3, 0 },
		{ "\xc3\xa9\xe3\x81\x82\xf0\x9f\x98\x80", 9, 0 },
		{ "\xf4\x8f\xbf\xbf", 4, 0 },
		/* columns count characters */
		{ "\xc3\xa9\xe3\x81\x82\xff", 6, 3 },
		/* cut */
		{ "a\xc3", 2, 2 },
		{ "\xe3\x81", 2, 1 },
		{ "\xf0\x9f\x98", 3, 1 },
		/* stray, overlong, surrogate, too large */
		{ "ab\x80", 3, 3 },
		{ "\xc0\xaf", 2, 1 },
		{ "\xe0\x80\xaf", 3, 1 },
		{ "\xed\xa0\x80", 3, 1 },
		{ "\xf0\x80\x80\x80", 4, 1 },
		{ "\xf4\x90\x80\x80", 4, 1 },
		{ "\xe3\x81\x41", 3, 1 },
		/* controls */
		{ "a\0b", 3, 2 },
		{ "ab\x1b[31m", 7, 3 },
		{ "a\rb", 3, 2 },
		{ "a\x7f", 2, 2 },
		{ "\x1f", 1, 1 },
		/* eight octets are looked at together */
		{ "abcdefgh", 8, 0 },
		{ "        ~~~~~~~~", 16, 0 },
		{ "abcdefg\x7f", 8, 8 },
		{ "\x1f"
		  "bcdefghi",
		  9, 1 },
		{ "abcdefgh\x7f", 9, 9 },
		{ "abcdefghi\x1f"
		  "abcdefg",
		  17, 10 },
		{ "abcdefg\xc3\xa9\x7f", 10, 9 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		size_t column;
		const char *line = (const char *)guard_lay(&guard, tests[i].line, tests[i].size);
		const char *why = words_check(line, tests[i].size, &column);
		if ((why != NULL) != (tests[i].column != 0) ||
		    (why != NULL && column != tests[i].column)) {
			fail_msg("row %zu: %s at %zu", i, why, column);
		}
	}
	guard_close(&guard);
}

static void cuts(void **state)
{
	(void)state;
	/* Words are written TEXT@COLUMN, with q after those that begin with a quote. */
	static const struct {
		const char *line, *words;
	} tests[] = {
		{ "", "" },
		{ " \t ", "" },
		{ "a", "a@1 " },
		{ "  a\tbc  d ", "a@3 bc@5 d@9 " },
		/* comments begin at a word's beginning */
		{ "# a", "" },
		{ "a #b c", "a@1 " },
		{ "a#b c", "a#b@1 c@5 " },
		{ "a \"#b\"", "a@1 #b@3q " },
		/* quotes */
		{ "note=\"b c\" d", "note=b c@1 d@12 " },
		{ "\"a\"b\"c\"", "abc@1q " },
		{ "\"\"", "@1q " },
		{ "\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d@1q " },
		{ "a\\\"b c\"", "a\\b c@1 " },
		/* columns count characters */
		{ "\xc3\xa9\xe3\x81\x82 b", "\xc3\xa9\xe3\x81\x82@1 b@4 " },
		/* quotes without end, at their beginning */
		{ "a \"b c", "a@1 !3" },
		{ "a note=\"b", "a@1 !8" },
		{ "\"", "!1" },
		{ "\"a\\", "!1" },
		{ "\"a\\\"", "!1" },
	};
	struct words *words = malloc(sizeof(*words));
	assert_non_null(words);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char found[256] = "";
		size_t used = 0;
		struct word word;
		int ret;
		words_begin(words, tests[i].line, strlen(tests[i].line));
		while ((ret = words_next(words, &word)) > 0) {
			assert_int_equal(strlen(word.text), word.size);
			used += (size_t)snprintf(found + used, sizeof(found) - used, "%s@%zu%s ",
			                         word.text, word.column, word.quoted ? "q" : "");
		}
		if (ret < 0) {
			snprintf(found + used, sizeof(found) - used, "!%zu", word.column);
		}
		assert_string_equal(found, tests[i].words);
	}
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_text),
		cmocka_unit_test(cuts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
