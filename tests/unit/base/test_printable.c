/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"

static void texts(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown;
	} tests[] = {
		{ "plain ~!", "plain ~!" },
		{ "\t\n\r\033[2J\x7f", "\\x09\\x0a\\x0d\\x1b[2J\\x7f" },
		{ "\xc3\xa4 \xe6\x97\xa5 \xf0\x9f\x98\x80",
		  "\xc3\xa4 \xe6\x97\xa5 \xf0\x9f\x98\x80" },
		/* C1: CSI in UTF-8, and as an octet */
		{ "\xc2\x9b"
		  "31m",
		  "\\u{009b}31m" },
		{ "\x9b"
		  "31m",
		  "\\x9b31m" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\u{0080}\\u{009f}\xc2\xa0" },
		/* bidirectional formatting: the Trojan Source characters */
		{ "\xe2\x80\xae"
		  "cod.exe",
		  "\\u{202e}cod.exe" },
		{ "\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c",
		  "\\u{202a}\\u{2066}\\u{2069}\\u{061c}" },
		{ "\xe2\x80\x8e\xe2\x80\x8f", "\\u{200e}\\u{200f}" },
		/* zero width, soft hyphen, byte order mark, variation selector, Hangul filler */
		{ "a\xe2\x80\x8b"
		  "b\xc2\xad\xef\xbb\xbf",
		  "a\\u{200b}b\\u{00ad}\\u{feff}" },
		{ "\xef\xb8\x8f\xe3\x85\xa4\xe2\x81\xa0", "\\u{fe0f}\\u{3164}\\u{2060}" },
		/* separators of lines and paragraphs */
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}" },
		/* tags, private use, not a character */
		{ "\xf3\xa0\x81\x81", "\\u{e0041}" },
		{ "\xf4\x8f\xbf\xbd\xef\xbf\xbf", "\\u{10fffd}\\u{ffff}" },
		{ "\xf3\xbf\xbf\xbf\xf4\x80\x80\x80", "\\u{fffff}\\u{100000}" },
		{ "\xf0\x90\x80\x80", "\xf0\x90\x80\x80" },
		/* not UTF-8: overlong, surrogate, cut */
		{ "\xc0\x9b\xed\xa0\x80\xe2\x80", "\\xc0\\x9b\\xed\\xa0\\x80\\xe2\\x80" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char memory[128];
		struct writer out;
		writer_init(&out, memory, sizeof(memory));
		printable_put(&out, tests[i].text, strlen(tests[i].text));
		assert_string_equal(writer_text(&out), tests[i].shown);
	}
}

/* The same value, on one line. */
static void json(void **state)
{
	(void)state;
	static const struct {
		const char *json, *shown;
	} tests[] = {
		{ "{\"a\":1}", "{\"a\":1}" },
		{ "{\n\t\"a\":\r1}", "{  \"a\": 1}" },
		{ "\"\\u009b \xc2\x9b\"", "\"\\u009b \\u009b\"" },
		{ "\"\xe2\x80\xae\xe2\x80\xa8\xc3\xa4\x7f\"", "\"\\u202e\\u2028\xc3\xa4\\u007f\"" },
		{ "\"\xf3\xa0\x81\x81\"", "\"\\udb40\\udc41\"" },
		{ "\"\xff\"", "\"\\ufffd\"" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char memory[128];
		struct writer out;
		writer_init(&out, memory, sizeof(memory));
		printable_put_json(&out, tests[i].json, strlen(tests[i].json));
		assert_string_equal(writer_text(&out), tests[i].shown);
	}
}

/* A character that is cut: its other octets are there, but are not part of the text. */
static void cut_characters(void **state)
{
	(void)state;
	static const char text[] = "a\xf0\x9f\x98\x80";
	static const char *const SHOWN[] = { "",  "a", "a\\xf0", "a\\xf0\\x9f", "a\\xf0\\x9f\\x98",
		                             text };
	static const char *const JSON[] = {
		"", "a", "a\\ufffd", "a\\ufffd\\ufffd", "a\\ufffd\\ufffd\\ufffd", text
	};
	for (size_t size = 0; size < sizeof(text); size++) {
		char memory[128];
		struct writer out;
		writer_init(&out, memory, sizeof(memory));
		printable_put(&out, text, size);
		assert_string_equal(writer_text(&out), SHOWN[size]);
		writer_init(&out, memory, sizeof(memory));
		printable_put_json(&out, text, size);
		assert_string_equal(writer_text(&out), JSON[size]);
	}
}

/* Each code point of four octets is shown as itself, or without any octet of it. */
static void code_points(void **state)
{
	(void)state;
	size_t hidden = 0;
	for (uint32_t code = 0x10000; code <= 0x10ffff; code++) {
		const char text[4] = { (char)(0xf0 | code >> 18),
			               (char)(0x80 | (code >> 12 & 0x3f)),
			               (char)(0x80 | (code >> 6 & 0x3f)),
			               (char)(0x80 | (code & 0x3f)) };
		char shown[PRINTABLE_MAX];
		size_t used;
		size_t size = printable_next(text, sizeof(text), shown, &used);
		assert_int_equal(used, sizeof(text));
		if (printable_is(code)) {
			assert_memory_equal(shown, text, sizeof(text));
		} else {
			hidden++;
			for (size_t i = 0; i < size; i++) {
				assert_true(shown[i] > 0x20 && shown[i] < 0x7f);
			}
		}
	}
	assert_int_equal(hidden, 2 + 16 + 4 + 8 + 0x1000 + 0x20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(json),
		cmocka_unit_test(cut_characters),
		cmocka_unit_test(code_points),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
