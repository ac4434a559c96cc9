/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/encoded_word.h"

static const struct {
	const char *name, *text, *decoded;
} tests[] = {
	/* nothing to decode */
	{ "empty", "", "" },
	{ "plain", "Hello, world", "Hello, world" },
	{ "blanks stay", " a  b ", " a  b " },
	{ "raw octets stay", "caf\xc3\xa9 \xe9", "caf\xc3\xa9 \xe9" },
	/* words */
	{ "Q", "=?utf-8?Q?caf=C3=A9?=", "caf\xc3\xa9" },
	{ "q, lower hex, underscore", "=?UTF-8?q?a_b=c3=a9?=", "a b\xc3\xa9" },
	{ "B", "=?utf-8?B?Y2Fmw6k=?=", "caf\xc3\xa9" },
	{ "b without padding", "=?utf-8?b?Y2Fmw6k?=", "caf\xc3\xa9" },
	{ "padding in the middle", "=?utf-8?B?YQ==Yg==?=", "ab" },
	{ "text around", "Re: =?utf-8?Q?=C3=A9?= (x)", "Re: \xc3\xa9 (x)" },
	{ "blank between words goes", "=?utf-8?Q?a?=  \t=?utf-8?Q?b?=", "ab" },
	{ "blank before text stays", "=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c" },
	{ "no blank between", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab" },
	{ "inside a word of text", "x=?utf-8?Q?a?=y", "xay" },
	{ "language", "=?us-ascii*en?Q?a?=", "a" },
	{ "empty body", "=?utf-8?Q?\?=", "" },
	{ "blanks inside", "=?utf-8?Q?a b?=", "a b" },
	{ "a body that begins with =", "=?utf-8?Q?=41?=", "A" },
	/* charsets */
	{ "ISO-8859-1", "=?iso-8859-1?Q?F=FCr?=", "F\xc3\xbcr" },
	{ "ISO-8859-15", "=?ISO-8859-15?Q?=A4?=", "\xe2\x82\xac" },
	{ "windows-1251",
	  "=?windows-1251?B?z/Do4uXy?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82" },
	{ "ISO-2022-JP", "=?ISO-2022-JP?B?GyRCS1w/TRsoQg==?=", "\xe6\x9c\xac\xe4\xba\xba" },
	{ "Shift_JIS", "=?Shift_JIS?B?lnuQbA==?=", "\xe6\x9c\xac\xe4\xba\xba" },
	{ "EUC-JP", "=?EUC-JP?B?y9y/zQ==?=", "\xe6\x9c\xac\xe4\xba\xba" },
	{ "a character in two words", "=?utf-8?B?5pw=?= =?utf-8?B?rA==?=", "\xe6\x9c\xac" },
	{ "two charsets", "=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "a\xc3\xa9" },
	/* bad input */
	{ "unknown charset", "=?x-none?Q?a?= b", "=?x-none?Q?a?= b" },
	{ "charset with iconv's suffix", "=?utf-8//TRANSLIT?Q?a?=", "=?utf-8//TRANSLIT?Q?a?=" },
	{ "unknown encoding", "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
	{ "never ends", "=?utf-8?Q?a", "=?utf-8?Q?a" },
	{ "ends in a question mark", "=?utf-8?Q?a?", "=?utf-8?Q?a?" },
	{ "only the opening", "=?", "=?" },
	{ "bad hex", "=?utf-8?Q?=4x=?=", "=4x=" },
	{ "bad octets of the charset", "=?Shift_JIS?Q?a=80b=FD?=",
	  "a\xef\xbf\xbd"
	  "b\xef\xbf\xbd" },
	{ "half a character", "=?Shift_JIS?Q?=96?=", "\xef\xbf\xbd" },
};

static void decodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char out[256];
		size_t size =
		        encoded_word_decode(tests[i].text, strlen(tests[i].text), out, sizeof(out));
		if (size != strlen(tests[i].decoded) || memcmp(out, tests[i].decoded, size) != 0) {
			fail_msg("%s: %.*s", tests[i].name, (int)size, out);
		}
	}
}

/* Whatever the room, nothing is written behind it, and what is written is a beginning. */
static void room_is_kept(void **state)
{
	(void)state;
	static const char text[] = "ab =?ISO-2022-JP?B?GyRCS1w/TRsoQg==?= =?utf-8?Q?=C3=A9?= cd";
	char whole[64];
	size_t size = encoded_word_decode(text, strlen(text), whole, sizeof(whole));
	for (size_t room = 0; room < size; room++) {
		char out[64];
		memset(out, '#', sizeof(out));
		size_t got = encoded_word_decode(text, strlen(text), out, room);
		assert_in_range(got, 0, room);
		assert_memory_equal(out, whole, got);
		assert_int_equal(out[got], '#');
		/* No character is cut in two. */
		assert_true(((unsigned char)whole[got] & 0xc0) != 0x80);
	}
}

static void long_run_is_cut(void **state)
{
	(void)state;
	static char text[4 * ENCODED_WORD_MAX], out[4 * ENCODED_WORD_MAX];
	size_t size = (size_t)snprintf(text, sizeof(text), "=?utf-8?Q?");
	memset(text + size, 'a', 2 * ENCODED_WORD_MAX);
	memcpy(text + size + 2 * ENCODED_WORD_MAX, "?=", 2);
	size += 2 * ENCODED_WORD_MAX + 2;
	assert_int_equal(encoded_word_decode(text, size, out, sizeof(out)), ENCODED_WORD_MAX);
}

int main(void)
{
	const struct CMUnitTest tests_run[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(room_is_kept),
		cmocka_unit_test(long_run_is_cut),
	};
	return cmocka_run_group_tests(tests_run, NULL, NULL);
}
