/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/language/refang.h"

static void signs(void **state)
{
	(void)state;
	static const struct {
		const char *text, *plain;
	} tests[] = {
		{ "", "" },
		{ "a", "a" },
		/* a sign in brackets of each kind, with blanks or not */
		{ "a[.]b", "a.b" },
		{ "a(.)b{.}c<.>d", "a.b.c.d" },
		{ "a[ . ]b[  dot  ]c", "a.b.c" },
		{ "a[.)b", "a[.b" },
		{ "a[x]b", "a[x]b" },
		{ "a]b[c", "a]b[c" },
		{ "a[DOT]b(d0t)c[\\.]d[,]e", "a.b.c.d.e" },
		{ "a[punkt]b[point]c[punto]d[ponto]e", "a.b.c.d.e" },
		{ "a[@]b", "a@b" },
		{ "a[at]b", "a@b" },
		{ "a[:]b[colon]c", "a:b:c" },
		{ "a[/]b[slash]c[//]d", "a/b/c//d" },
		{ "a[-]b[dash]c", "a-b-c" },
		/* of a dot or an at sign, one bracket is enough */
		{ "a[.b", "a.b" },
		{ "a.]b", "a.b" },
		{ "a.)b.}c.>d", "a.b.c.d" },
		{ "a[@b", "a@b" },
		{ "a@]b", "a@b" },
		{ "a\\.b", "a.b" },
		{ "a[.", "a[." },
		{ "a.]", "a.]" },
		{ "a.]]", "a.]]" },
		{ "a[ .b", "a[ .b" },
		{ "a[:b", "a[:b" },
		{ "a:]b", "a:]b" },
		{ "a\\b", "a\\b" },
		/* a quoted local part is as it is */
		{ "\"a[.]b\"[at]c[.]d", "\"a[.]b\"@c.d" },
		{ "\"a\\\"[.]b\"[.]c", "\"a\\\"[.]b\".c" },
		{ "\"a[.]b", "\"a.b" },
		{ "\"a[.]b\\\"", "\"a.b\\\"" },
		{ "\"[.]\\", "\".\\" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[256];
		assert_int_equal(refang(tests[i].text, text, sizeof(text)), 0);
		assert_string_equal(text, tests[i].plain);
	}
}

static void urls(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
		int ret;
	} tests[] = {
		{ "http://a.b", "a.b", 1 },
		{ "h://a.b/c?d#e", "a.b", 1 },
		{ "http:\\\\a.b\\c", "a.b", 1 },
		{ "a+b.c-d://a.b#e", "a.b", 1 },
		{ "h**p://a.b?d", "a.b", 1 },
		{ "[http]://a.b", "a.b", 1 },
		{ "http://u:p@v@a.b:80/x@y", "a.b", 1 },
		{ "http://a.b:", "a.b", 1 },
		{ "http://a.b:x", "a.b:x", 1 },
		{ "http://a.b:8x", "a.b:8x", 1 },
		{ "http://[2001:db8::1]:80/", "2001:db8::1", 1 },
		{ "http://[2001:db8::1]", "2001:db8::1", 1 },
		{ "http://2001:db8::1/", "2001:db8::1", 1 },
		{ "[::]", "::", 0 },
		{ "[:]", ":", 0 },
		{ "[a]", "[a]", 0 },
		{ "[a:b", "[a:b", 0 },
		{ "a:b]", "a:b]", 0 },
		{ "mailto:u@a.b?x=y", "u@a.b", 0 },
		{ "MAILTO:u@a.b", "u@a.b", 0 },
		{ "mailto", "mailto", 0 },
		/* no scheme */
		{ "://a.b", "://a.b", 0 },
		{ "9://a.b", "9://a.b", 0 },
		{ "+a://a.b", "+a://a.b", 0 },
		{ "a_b://a.b", "a_b://a.b", 0 },
		{ "a:/a.b", "a:/a.b", 0 },
		{ "a:\\a.b", "a:\\a.b", 0 },
		{ "[a://b.c", "b.c", 1 },
		{ "a]://b.c", "a]://b.c", 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[256];
		int ret = refang(tests[i].text, text, sizeof(text));
		if (ret != tests[i].ret || strcmp(text, tests[i].host) != 0) {
			fail_msg("%s: %d %s", tests[i].text, ret, text);
		}
	}
}

/* Up to the last octet, for words that have a sign and those that have none. */
static void room(void **state)
{
	(void)state;
	static const char *const TEXTS[] = { "abc", "a[.]c", "\"a\"", "[.]bc", "a_c" };
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		for (size_t size = 1; size <= 5; size++) {
			char text[8] = "xxxxxxx";
			int ret = refang(TEXTS[i], text, size);
			assert_int_equal(ret, size >= 4 ? 0 : -1);
			assert_int_equal(text[size], 'x');
		}
	}
}

static size_t put_utf8(char *to, uint32_t code)
{
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* What each character of Unicode becomes; most remain as they are. */
static void characters(void **state)
{
	(void)state;
	static const char EXPECTED[] =
	        "a0   ad 200b 200e 200f 2010 - 2011 - 2012 - 2013 - 2014 - 2015 - 2022 . 2024 . "
	        "202a 202b 202c 202d 202e 2044 / 2060 2061 2062 2063 2064 2065 2066 2067 2068 "
	        "2069 2212 - 2215 / 2219 . 2236 : 3000   3002 . 3010 [ 3011 ] 3014 [ 3015 ] "
	        "fe52 . fe55 : fe63 - fe6b @ feff ff61 . ";
	char found[1024] = "";
	size_t used = 0;
	for (uint32_t code = 0x80; code <= 0x10ffff; code++) {
		char text[8] = "";
		char plain[REFANG_SIGN_SIZE];
		size_t size = put_utf8(text, code);
		size_t step = refang_sign(text, size, plain);
		if (step == 0) {
			continue;
		}
		assert_int_equal(step, size);
		if (code >= 0xff01 && code <= 0xff5e) {
			assert_int_equal(plain[0], code - 0xff01 + '!');
			assert_int_equal(plain[1], '\0');
			continue;
		}
		used += (size_t)snprintf(found + used, sizeof(found) - used, "%x%s%s ", code,
		                         plain[0] != '\0' ? " " : "", plain);
		assert_true(used < sizeof(found));
	}
	assert_string_equal(found, EXPECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs),
		cmocka_unit_test(urls),
		cmocka_unit_test(room),
		cmocka_unit_test(characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
