/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/mail/encoded_word.h"

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
	{ "ISO-2022-JP, circled number", "=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "\xe2\x91\xa0" },
	{ "ISO-2022-JP, half-width katakana", "=?ISO-2022-JP?Q?=1B(I1=1B(B?=", "\xef\xbd\xb1" },
	{ "ISO-2022-JP, IBM's character", "=?ISO-2022-JP?Q?=1B$B|b=1B(B?=", "\xe9\xab\x99" },
	{ "ISO-2022-JP, JIS X 0212 is not read",
	  "=?ISO-2022-JP-1?Q?=1B$(D0!=1B(B?=", "\xef\xbf\xbd" },
	{ "ISO-2022-JP, beyond the rows of JIS X 0208",
	  "=?ISO-2022-JP?Q?=1B$B~!=1B(B?=", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "ISO-2022-JP, octets that are no characters",
	  "=?ISO-2022-JP?Q?=1B$B_=7F!_=1B(Bx?=", " \x7f\xef\xbf\xbdx" },
	{ "ISO-2022-JP, old escapes", "=?iso-2022-jp?Q?=1B$@K\\=1B(Ja?=",
	  "\xe6\x9c\xac"
	  "a" },
	{ "ISO-2022-JP, a character in two words",
	  "=?iso-2022-jp?B?GyRCS1w=?= =?iso-2022-jp?B?P00bKEI=?=", "\xe6\x9c\xac\xe4\xba\xba" },
	{ "ISO-2022-JP, escapes in each word",
	  "=?iso-2022-jp?B?GyRCS1wbKEI=?= =?iso-2022-jp?B?GyRCP00bKEI=?=",
	  "\xe6\x9c\xac\xe4\xba\xba" },
	{ "ISO-2022-JP, never back to ASCII", "=?iso-2022-jp?B?GyRCS1w=?= x", "\xe6\x9c\xac x" },
	{ "ISO-2022-JP, half a character", "=?iso-2022-jp?Q?=1B$BK?=", "\xef\xbf\xbd" },
	{ "ISO-2022-JP, unknown escape", "=?iso-2022-jp?Q?=1B%Ga?=", "\x1b%Ga" },
	{ "ISO-2022-JP, escape cut", "=?iso-2022-jp?Q?a=1B$?=", "a\x1b$" },
	{ "Shift_JIS, circled number", "=?Shift_JIS?B?h0A=?=", "\xe2\x91\xa0" },
	{ "Shift_JIS, half-width katakana", "=?shift_jis?Q?=B1?=", "\xef\xbd\xb1" },
	{ "EUC-JP, half-width katakana", "=?euc-jp?Q?=8E=B1?=", "\xef\xbd\xb1" },
	{ "no =?", "=A?utf-8?Q?x?= A?utf-8?Q?x?= ?utf-8?Q?x?=",
	  "=A?utf-8?Q?x?= A?utf-8?Q?x?= ?utf-8?Q?x?=" },
	{ "windows-1250", "=?windows-1250?Q?=9A?=", "\xc5\xa1" },
	{ "windows-1252",
	  "=?windows-1252?Q?=80_=93x=94?=", "\xe2\x82\xac \xe2\x80\x9cx\xe2\x80\x9d" },
	{ "windows-1252 under another name", "=?iso-8859-1?Q?=93?=", "\xe2\x80\x9c" },
	{ "windows-1254", "=?windows-1254?Q?=FD?=", "\xc4\xb1" },
	{ "windows-1255", "=?windows-1255?Q?=F9?=", "\xd7\xa9" },
	{ "windows-1258", "=?windows-1258?Q?a=EC?=", "\xc3\xa1" },
	{ "windows-1256", "=?windows-1256?Q?=C7?=", "\xd8\xa7" },
	{ "KOI8-R", "=?koi8-r?B?8NLJ18XU?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82" },
	{ "GB2312", "=?GB2312?B?1tDOxA==?=", "\xe4\xb8\xad\xe6\x96\x87" },
	{ "Big5", "=?big5?B?pKSk5Q==?=", "\xe4\xb8\xad\xe6\x96\x87" },
	{ "EUC-KR", "=?euc-kr?B?x9GxuQ==?=", "\xed\x95\x9c\xea\xb5\xad" },
	{ "a character in two words", "=?utf-8?B?5pw=?= =?utf-8?B?rA==?=", "\xe6\x9c\xac" },
	{ "two charsets", "=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "a\xc3\xa9" },
	/* bad input */
	{ "unknown charset", "=?x-none?Q?a?= b", "=?x-none?Q?a?= b" },
	{ "charset with iconv's suffix", "=?utf-8//TRANSLIT?Q?a?=", "=?utf-8//TRANSLIT?Q?a?=" },
	{ "unknown encoding", "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
	{ "invalid UTF-8 stays", "=?utf-8?Q?a=FFb?=",
	  "a\xff"
	  "b" },
	{ "UTF-8, half a character at the end", "=?utf-8?B?5pw=?=", "\xe6\x9c" },
	{ "base64 with strangers", "=?utf-8?B?Y2!F*m?=", "caf" },
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

/* For any size of the output, nothing is written past it, and it holds a prefix of the text. */
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
